"""Uploads get a random name and an address of ours; everything is checked before it is kept."""

import asyncio
import io
import re
from types import SimpleNamespace
from typing import cast

import pytest
from PIL import Image

from instance.errors import Invalid
from instance.resources import Instance
from instance.settings import LimitSettings, Settings
from media.uploads import remove_picture, store_picture, stored_name
from storage import media
from storage.records import BlockedPicture


class MemoryBlobs:
    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def put(self, name: str, data: bytes, media_type: str) -> None:
        assert media_type == "image/webp"
        self.kept[name] = data

    async def remove(self, name: str) -> None:
        self.kept.pop(name, None)


@pytest.fixture(autouse=True)
def _nothing_blocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no database here."""

    async def nothing() -> list[BlockedPicture]:
        return []

    monkeypatch.setattr(media, "list_blocked", nothing)


def make_instance() -> tuple[Instance, dict[str, bytes]]:
    blobs = MemoryBlobs()
    limits = LimitSettings(upload_bytes_max=1024 * 1024)
    settings = Settings(domain="home.test", limits=limits)
    decoders = asyncio.Semaphore(2)
    made = SimpleNamespace(settings=settings, blobs=blobs, decoders=decoders)
    return cast("Instance", made), blobs.kept


def png(size: tuple[int, int] = (900, 900)) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, (1, 2, 3)).save(written, "PNG")
    return written.getvalue()


async def test_md6_md12_a_picture_gets_a_random_name() -> None:
    instance, kept = make_instance()
    first = await store_picture(instance, png(), purpose="avatar")
    second = await store_picture(instance, png(), purpose="header")
    assert re.fullmatch(r"https://home\.test/media/[0-9a-f]{32}\.webp", first)
    assert first != second
    sizes = [Image.open(io.BytesIO(data)).size for data in kept.values()]
    assert sizes == [(400, 400), (900, 300)]


async def test_a_file_too_big_is_refused_in_numbers() -> None:
    instance, kept = make_instance()
    with pytest.raises(Invalid, match=r"This file has 1\.5 MB, the server takes 1 MB\."):
        await store_picture(instance, b"x" * (1024 * 1536), purpose="avatar")
    with pytest.raises(Invalid, match="empty"):
        await store_picture(instance, b"", purpose="avatar")
    assert not kept


async def test_md13_a_replaced_picture_is_removed() -> None:
    instance, kept = make_instance()
    url = await store_picture(instance, png(), purpose="avatar")
    await remove_picture(instance, "https://far.test/media/x.webp")
    await remove_picture(instance, None)
    assert kept
    await remove_picture(instance, url)
    assert not kept


@pytest.mark.parametrize(
    "name", ["../kittiwake.toml", "a/b.webp", "x.webp", "a" * 3000, "a" * 32 + ".webp\x00", ""]
)
def test_md6_only_names_that_we_made_are_names(name: str) -> None:
    base = "https://home.test"
    assert stored_name(f"{base}/media/{name}", base) is None
    good = "0" * 32 + ".webp"
    assert stored_name(f"{base}/media/{good}", base) == good
