"""Files in an S3-compatible store: a real one, one that fails, and one that hangs (FA-30)."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from instance.building import build, close
from instance.errors import Invalid, Misconfigured, Unavailable
from instance.settings import MediaSettings, Settings, load
from storage.s3_blobs import S3Blobs
from tests.s3 import BUCKET, KEYS, Store, broken_store, s3_store

NAME = "0123456789abcdef0123456789abcdef.webp"
FAILING = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with s3_store(tmp_path_factory.mktemp("s3")) as store:
        yield store


def _blobs(endpoint: str, *, bucket: str = BUCKET, secret: str = KEYS[1]) -> S3Blobs:
    return S3Blobs(
        f"s3://{bucket}/media/",
        endpoint=endpoint,
        region="us-east-1",
        keys=(KEYS[0], secret),
        public_url="",
    )


@pytest.fixture
async def blobs(s3: Store) -> AsyncIterator[S3Blobs]:
    opened = _blobs(s3.endpoint)
    yield opened
    await opened.close()


async def test_a_blob_is_kept_until_it_is_removed(blobs: S3Blobs, s3: Store) -> None:
    await blobs.check()
    assert s3.names() == set()
    data = bytes(range(256)) * 4096
    await blobs.put(NAME, data, "image/webp")
    assert s3.names() == {f"media/{NAME}"}
    assert await blobs.read(NAME) == data
    assert blobs.public_url(NAME) is None
    await blobs.remove(NAME)
    await blobs.remove(NAME)
    assert await blobs.read(NAME) is None
    assert s3.names() == set()


async def test_many_at_once_are_all_kept(blobs: S3Blobs, s3: Store) -> None:
    names = [f"{number:032x}.webp" for number in range(40)]
    await asyncio.gather(*(blobs.put(name, name.encode(), "image/webp") for name in names))
    assert await asyncio.gather(*map(blobs.read, names)) == [name.encode() for name in names]
    await asyncio.gather(*map(blobs.remove, names))
    assert s3.names() == set()


@pytest.mark.parametrize("name", ["../a.webp", "a/b.webp", "", ".hidden"])
async def test_no_name_leads_elsewhere(blobs: S3Blobs, name: str) -> None:
    with pytest.raises(Invalid):
        await blobs.put(name, b"", "image/webp")
    assert await blobs.read(name) is None
    with pytest.raises(Invalid):
        await blobs.remove(name)


@pytest.mark.parametrize("answer", [FAILING, None])
async def test_a_store_that_fails_or_hangs_is_unavailable_within_seconds(
    answer: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FA-30: 500s or silence: Unavailable (503, with Retry-After), for each operation."""
    monkeypatch.setattr("storage.s3_blobs.TIMEOUT", timedelta(seconds=0.3))
    async with broken_store(answer) as endpoint:
        blobs = _blobs(endpoint)
        async with asyncio.timeout(30):
            for call in (blobs.put(NAME, b"x", "image/webp"), blobs.read(NAME), blobs.remove(NAME)):
                with pytest.raises(Unavailable) as raised:
                    await call
                assert raised.value.retry_after_s
                assert "\n" not in raised.value.detail
        await blobs.close()


async def test_check_names_the_setting_that_is_wrong(s3: Store) -> None:
    for wrong, setting in (
        (_blobs(s3.endpoint, secret="no"), "KITTIWAKE_MEDIA__SECRET_KEY"),
        (_blobs(s3.endpoint, bucket="none"), "KITTIWAKE_MEDIA__URL"),
        (_blobs("http://127.0.0.1:1"), "KITTIWAKE_MEDIA__ENDPOINT"),
    ):
        with pytest.raises(Misconfigured, match=setting):
            await wrong.check()
        await wrong.close()


@pytest.mark.parametrize(
    ("name", "value"),
    [("URL", "kittiwake"), ("URL", "s3://"), ("ENDPOINT", "s3.example"), ("PUBLIC_URL", "//x")],
)
def test_settings_that_cannot_be_are_refused(name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=f"KITTIWAKE_MEDIA__{name}"):
        load({f"KITTIWAKE_MEDIA__{name}": value}, None)


async def test_the_setting_opens_the_store_and_its_public_address(
    s3: Store, tmp_path: Path
) -> None:
    media = MediaSettings(
        url=f"s3://{BUCKET}",
        endpoint=s3.endpoint,
        access_key=KEYS[0],
        secret_key=KEYS[1],
        public_url="https://files.example.org/kittiwake/",
    )
    settings = Settings(data_dir=tmp_path, media=media)
    instance = await build(settings)
    try:
        assert isinstance(instance.blobs, S3Blobs)
        url = "https://files.example.org/kittiwake/" + NAME
        assert instance.blobs.public_url(NAME) == url
        assert instance.blobs.public_url("../x") is None
    finally:
        await close(instance)
    assert "test-secret" not in repr(replace(settings))


def test_a_process_that_used_the_store_ends_in_an_orderly_way(s3: Store) -> None:
    """The asynchronous functions of obstore 0.12 abort one process in five at its end."""
    program = (
        "import asyncio, sys\n"
        "from storage.s3_blobs import S3Blobs\n"
        "async def main():\n"
        "    blobs = S3Blobs(sys.argv[1], endpoint=sys.argv[2], region='us-east-1',\n"
        f"                    keys={KEYS!r}, public_url='')\n"
        "    await blobs.check()\n"
        "    await blobs.close()\n"
        "asyncio.run(main())\n"
    )
    # A folder each: rclone removes one that is empty, also while somebody else is filling it.
    folders = [f"s3://{BUCKET}/end{number}" for number in range(6)]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, folder, s3.endpoint], cwd=Path(__file__).parents[2]
        )
        for folder in folders
    ]
    assert [process.wait(timeout=60) for process in running] == [0] * 6
