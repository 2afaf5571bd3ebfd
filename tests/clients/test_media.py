"""Files for posts: uploaded by an app or a client, clean, described, and gone with their post."""

import io
import re
from typing import Any

import pytest
from PIL import Image

from instance.resources import Instance
from posts import files
from storage import media
from tests.clients.apps import App
from tests.pages.browser import Browser
from tests.pictures import animation, picture

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
async def test_b4_a_picture_is_whole_small_and_hashed(phone: App, path: str) -> None:
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
    assert abs(small.width / small.height - 1.5) < 0.02


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
async def test_b4_kinds_of_pictures(phone: App, kind: str) -> None:
    found = await upload(phone, picture((90, 60), kind))
    assert phone.status == 200, found
    assert (await fetched(phone, found["url"])).size == (90, 60)


async def test_b4_telephones_have_heic(phone: App) -> None:
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    found = await upload(phone, picture((90, 60), "HEIF"))
    assert phone.status == 200, found


async def test_what_moves_keeps_moving(phone: App) -> None:
    found = await upload(phone, animation())
    moving = await fetched(phone, found["url"])
    assert moving.n_frames == 5  # type: ignore[attr-defined]  # of files that move
    assert (await fetched(phone, found["preview_url"])).format == "WEBP"


async def test_md4_where_it_was_taken_is_gone(phone: App) -> None:
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


async def test_md5_bombs_are_refused_from_the_header(phone: App) -> None:
    written = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(written, "PNG")
    found = await upload(phone, written.getvalue())
    assert phone.status == 422
    assert "too large" in found["error"]
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
    made = await upload(phone, picture())
    path = f"/api/v1/media/{made['id']}"
    after = await phone.send("PUT", path, {"description": "words", "focus": "0,1"})
    assert (after["description"], after["meta"]["focus"]) == ("words", {"x": 0.0, "y": 1.0})
    await phone.send("PUT", path, {"focus": "2,2"})
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
