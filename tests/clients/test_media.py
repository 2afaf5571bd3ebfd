"""Files for posts: uploaded by an app or a client, clean, described, and gone with their post."""

import io
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import commands.media
import main
import serving
from commands.results import Result
from instance.errors import Conflict, Invalid, NotFound
from instance.resources import Instance
from instance.settings import Settings
from media import fingerprint, transcoding, uploads
from posts import blocked_pictures, files
from storage import audit, media
from storage.records import Page, RowId
from tests.clients.apps import App
from tests.pages.browser import Browser
from tests.pictures import animation, landscape, picture
from tests.pure.media.test_processing import png_bomb

NAMES = re.compile(r"https://alpha\.test/media/[0-9a-f]{32}\.webp")


async def upload(app: App, data: bytes, path: str = "/api/v2/media", **fields: str) -> Any:
    parts = b""
    for name, value in fields.items():
        head = f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        parts += head.encode() + value.encode() + b"\r\n"
    parts += b'--b\r\nContent-Disposition: form-data; name="file"; filename="../x"\r\n\r\n'
    parts += data + b"\r\n--b--\r\n"
    return await app.call("POST", path, parts, "multipart/form-data; boundary=b")


async def fetched(app: App, url: str) -> Image.Image:
    await app.call("GET", url.removeprefix("https://alpha.test"))
    assert app.status == 200
    return Image.open(io.BytesIO(app.answer.body))


@pytest.mark.parametrize("path", ["/api/v1/media", "/api/v2/media"])
async def test_a_picture_is_whole_small_and_hashed(phone: App, path: str) -> None:
    """B58-B61. POST /api/v1/media, POST /api/v2/media."""
    found = await upload(phone, picture(), path, description="Two colours", focus="0.5,-0.25")
    assert phone.status == 200, found
    assert found["type"] == "image"
    assert found["description"] == "Two colours"
    assert found["meta"]["focus"] == {"x": 0.5, "y": -0.25}
    assert found["meta"]["original"]["width"] == 1200
    assert 20 <= len(found["blurhash"]) <= 40
    assert NAMES.fullmatch(found["url"])  # MD-6
    small = await fetched(phone, found["preview_url"])
    assert small.width * small.height <= 640 * 360
    told = found["meta"]["small"]
    assert (told["width"], told["height"]) == small.size
    assert abs(small.width / small.height - 1.5) < 0.02


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
async def test_kinds_of_pictures(phone: App, kind: str) -> None:
    """B63."""
    found = await upload(phone, picture((90, 60), kind))
    assert phone.status == 200, found
    assert (await fetched(phone, found["url"])).size == (90, 60)


async def test_telephones_have_heic(phone: App) -> None:
    """B63."""
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    found = await upload(phone, picture((90, 60), "HEIF"))
    assert phone.status == 200, found


async def test_what_moves_keeps_moving(phone: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """B58."""
    monkeypatch.setattr(transcoding, "is_possible", lambda _: False)
    found = await upload(phone, animation())
    moving = await fetched(phone, found["url"])
    assert moving.n_frames == 5  # type: ignore[attr-defined]  # of files that move
    assert (await fetched(phone, found["preview_url"])).format == "WEBP"


async def test_md4_where_it_was_taken_is_gone(phone: App) -> None:
    """B62."""
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif.get_ifd(0x8825)[1] = "N"
    found = await upload(phone, picture((120, 80), "JPEG", exif=exif.tobytes()))
    kept = await fetched(phone, found["url"])
    assert kept.size == (80, 120)
    assert not kept.getexif()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg onload=alert(1)>",
        b"#EXTM3U\nfile:///etc/passwd",
        b"\x89PNG\r\n\x1a\n",
        b"x" * 99,
    ],
)
async def test_md1_md2_md9_what_is_no_picture_is_refused(phone: App, data: bytes) -> None:
    found = await upload(phone, data)
    assert phone.status == 422
    assert found["error"]


async def test_md5_bombs_are_refused_from_the_header(
    phone: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await upload(phone, png_bomb(30_000, 30_000))
    assert phone.status == 422
    assert "too large" in found["error"]
    monkeypatch.setattr(transcoding, "is_possible", lambda _: False)
    found = await upload(phone, animation(400))
    assert phone.status == 422
    assert "too long" in found["error"]


async def test_md8_files_of_others_are_not_there(phone: App, client: App, bob: Browser) -> None:
    mine = await upload(phone, picture())
    theirs = await client.let_in_by(bob)
    for method in ("GET", "DELETE"):
        await theirs.call(method, f"/api/v1/media/{mine['id']}")
        assert theirs.status == 404
    await theirs.send("PUT", f"/api/v1/media/{mine['id']}", {"description": "x"})
    assert theirs.status == 404
    await phone.get(f"/api/v1/media/{mine['id']}")
    assert phone.status == 200


async def test_a_file_is_described_and_thrown_away(phone: App) -> None:
    """GET /api/v1/media/{id}, PUT /api/v1/media/{id}, DELETE /api/v1/media/{id}."""
    made = await upload(phone, picture())
    path = f"/api/v1/media/{made['id']}"
    after = await phone.send("PUT", path, {"description": "words", "focus": "0,1"})
    assert (after["description"], after["meta"]["focus"]) == ("words", {"x": 0.0, "y": 1.0})
    after = await phone.send("PATCH", path, {"focus": "1.001,-2"})  # by either method
    assert after["meta"]["focus"] == {"x": 1.0, "y": -1.0}
    for nonsense in ("2", "nan,0", "a,b"):
        await phone.send("PUT", path, {"focus": nonsense})
        assert phone.status == 422
    await phone.call("DELETE", path)
    assert phone.status == 200
    await phone.get(path)
    assert phone.status == 404
    await phone.call("GET", made["url"].removeprefix("https://alpha.test"))
    assert phone.status == 404


async def test_files_that_no_post_became_of_are_removed(
    phone: App, instance: Instance, clock: Any
) -> None:
    made = await upload(phone, picture())
    with instance.store.active():
        await files.tidy(instance, {})
        assert await media.find(int(made["id"])) is not None
        clock.advance(days=2)
        await files.tidy(instance, {})
        assert await media.find(int(made["id"])) is None


async def test_only_an_app_that_may_write_media_uploads(client: App, alice: Browser) -> None:
    reader = await client.let_in_by(alice, scope="read")
    await upload(reader, picture())
    assert reader.status == 403


def _encoded(image: Image.Image, kind: str) -> bytes:
    written = io.BytesIO()
    image.save(written, kind)
    return written.getvalue()


@pytest.mark.parametrize("ranges", ["bytes=" + "0-1," * 1000, "bytes=-5-3", "bytes=9999999999-"])
async def test_md15_odd_ranges_get_the_whole_file_or_nothing(phone: App, ranges: str) -> None:
    found = await upload(phone, picture())
    path = found["url"].removeprefix("https://alpha.test")
    await phone.call("GET", path)
    whole = len(phone.answer.body)
    await phone.call("GET", path, Range=ranges)
    assert phone.status in {200, 416}
    assert len(phone.answer.body) <= whole


@pytest.fixture
def active(instance: Instance) -> Iterator[Instance]:
    """The instance, for use cases beside the calls of an app."""
    with instance.store.active():
        yield instance


async def test_mo11_a_blocked_picture_comes_back_in_no_other_clothes(
    phone: App, active: Instance
) -> None:
    image = landscape(3)
    assert (await upload(phone, _encoded(image, "PNG")))["url"]
    made = await blocked_pictures.block(active, _encoded(image, "PNG"))
    small, cut = image.resize((200, 150)), image.crop((6, 5, 633, 475))
    for copy in (_encoded(image, "PNG"), _encoded(small, "JPEG"), _encoded(cut, "WEBP")):
        refused = await upload(phone, copy)
        assert phone.status == 422
        assert "is blocked on this server" in refused["error"]
    await upload(phone, _encoded(landscape(4), "PNG"))
    assert phone.status == 200
    await blocked_pictures.unblock(active, made.id)
    await upload(phone, _encoded(small, "JPEG"))
    assert phone.status == 200
    noted = [each.words for each in await audit.list_page(Page(limit=2))]
    assert noted == [f"{did} the picture {made.id} for uploads" for did in ("unblocked", "blocked")]


async def test_mo11_a_picture_of_ours_is_blocked_by_its_address_and_is_no_avatar(
    phone: App, active: Instance
) -> None:
    found = await upload(phone, _encoded(landscape(5), "PNG"))
    data = await blocked_pictures.read(active, found["url"])
    await blocked_pictures.block(active, data)
    for purpose in ("avatar", "header", "emoji"):
        with pytest.raises(Invalid, match="blocked on this server"):
            await uploads.store_picture(
                active,
                _encoded(landscape(5), "JPEG"),
                purpose=purpose,
            )
    with pytest.raises(Conflict):
        await blocked_pictures.block(active, data)
    with pytest.raises(NotFound):
        await blocked_pictures.read(active, found["url"].replace(".webp", "0.webp"))
    with pytest.raises(NotFound):
        await blocked_pictures.unblock(active, RowId(1))


async def test_mo11_one_colour_is_not_blocked_and_fingerprints_are_kept(
    phone: App, active: Instance
) -> None:
    with pytest.raises(Invalid, match="too plain"):
        await blocked_pictures.block(active, _encoded(Image.new("RGB", (64, 64)), "PNG"))
    found = await upload(phone, _encoded(landscape(6), "PNG"))
    row = await media.find(int(found["id"]))
    assert row is not None
    assert row.fingerprint == fingerprint.of(landscape(6))


async def test_mo11_the_command_blocks_lists_and_unblocks(
    active: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def opened(_: Settings) -> AsyncIterator[Instance]:
        yield active

    async def command(*words: str) -> Result:
        given = main.parser().parse_args(["media", *words])
        return await commands.media.run(given, active.settings)

    monkeypatch.setattr(serving, "opened", opened)
    file = tmp_path / "gulls.png"
    file.write_bytes(_encoded(landscape(7), "PNG"))
    made = await command("block", str(file))
    assert made.data["fingerprint"] == fingerprint.of(landscape(7))
    assert (await command("list")).data == {"blocked": [made.data]}
    await command("unblock", str(made.data["id"]))
    assert (await command("list")).text == "No picture is blocked."
    with pytest.raises(Invalid, match="cannot be read"):
        await command("block", str(tmp_path / "nothing.png"))
    with pytest.raises(NotFound):
        await command("block", f"{active.settings.base_url}/media/{'0' * 32}.webp")
