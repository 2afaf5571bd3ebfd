"""Films and sounds by a real ffmpeg: made playable everywhere, in a process that can do no harm."""

import io
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from instance.errors import Invalid
from instance.resources import Instance
from media import kinds, transcoding
from posts import files
from storage import actors, media
from storage.records import MediaState
from tests.clients.apps import App
from tests.clients.schema import assert_valid
from tests.clients.test_media import upload
from tests.films import ffmpeg
from tests.instances import drain
from tests.pages.browser import Browser
from tests.pictures import animation, picture
from webapp.app import create_asgi

PLACE = "+52.5200+013.4050/"


def made_by_ffmpeg(folder: Path, name: str, *arguments: str) -> bytes:
    target = folder / name
    asked = [ffmpeg(), "-hide_banner", "-loglevel", "error", "-y", *arguments, str(target)]
    subprocess.run(asked, check=True, timeout=60)
    return target.read_bytes()


PICTURES = ("-f", "lavfi", "-i", "testsrc=size=320x240:rate=15:duration=1")
TONE = ("-f", "lavfi", "-i", "sine=frequency=440:duration=1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


@pytest.fixture(scope="module")
def film(folder: Path) -> bytes:
    """A QuickTime film that says where it was made, in a codec that browsers do not play."""
    place = ("-metadata", f"location={PLACE}", "-metadata", f"location-eng={PLACE}")
    return made_by_ffmpeg(folder, "a.mov", *PICTURES, *TONE, "-c:v", "mpeg4", "-c:a", "aac", *place)


@pytest.fixture(scope="module")
def sound(folder: Path) -> bytes:
    return made_by_ffmpeg(folder, "a.flac", *TONE, "-metadata", "title=secret place")


@pytest.fixture
def with_ffmpeg(instance: Instance) -> Instance:
    given = replace(instance.settings.media, ffmpeg=ffmpeg())
    return replace(instance, settings=replace(instance.settings, media=given))


@pytest.fixture
def app(with_ffmpeg: Instance) -> Any:
    return create_asgi(with_ffmpeg)


@pytest.fixture
def active(with_ffmpeg: Instance) -> Iterator[Instance]:
    with with_ffmpeg.store.active():
        yield with_ffmpeg


async def test_b63_a_moving_gif_becomes_a_silent_film(
    phone: App, active: Instance, browser: Browser
) -> None:
    """B63. POST /api/v2/media: Mastodon's gifv; pages repeat it when it is pointed at, muted."""
    found = await upload(phone, animation(), description="Colours change")
    assert (phone.status, found["type"]) == (202, "gifv")
    assert_valid("POST", "/api/v2/media", 202, found)
    await drain(active)
    ready = await phone.get(f"/api/v1/media/{found['id']}")
    assert_valid("GET", "/api/v1/media/{id}", 200, ready)
    assert ready["type"] == "gifv"
    assert ready["meta"]["original"]["size"] == "64x48"
    await phone.get(ready["url"].removeprefix("https://alpha.test"), Range="")
    assert phone.answer.headers["content-type"] == "video/mp4"
    assert b"vide" in phone.answer.body
    assert b"soun" not in phone.answer.body
    sent = {"status": "Look", "media_ids[]": [found["id"]]}
    status = await phone.post("/api/v1/statuses", sent)
    assert status["media_attachments"][0]["type"] == "gifv"
    await browser.get(status["url"].removeprefix("https://alpha.test"))
    tag = re.search(r'<video class="gif"[^>]*>', browser.text)
    assert tag
    assert all(word in tag[0] for word in (" loop", " muted", " controls", 'preload="none"'))
    assert f'poster="{ready["preview_url"]}"' in tag[0]
    still = await upload(phone, picture((60, 40), "GIF"))
    assert still["type"] == "image"


async def test_b58_b63_a_film_is_prepared_while_the_app_waits(
    phone: App, active: Instance, film: bytes
) -> None:
    """POST /api/v2/media, GET /api/v1/media/{id}: 202, 206, then 200 (B58, B61, B63, MD-4)."""
    assert PLACE.encode() in film
    found = await upload(phone, film, description="A test picture moves")
    assert phone.status == 202
    assert found["url"] is None
    assert found["type"] == "video"
    assert_valid("POST", "/api/v2/media", 202, found)
    path = f"/api/v1/media/{found['id']}"
    await phone.get(path)
    assert phone.status == 206
    waiting = await media.find(int(found["id"]))
    assert waiting is not None
    original = waiting.original
    await phone.get(f"/media/{original}")
    assert phone.status == 404
    await drain(active)
    ready = await phone.get(path)
    assert phone.status == 200
    assert_valid("GET", "/api/v1/media/{id}", 200, ready)
    assert ready["type"] == "video"
    assert ready["description"] == "A test picture moves"
    assert ready["meta"]["original"]["width"] == 320
    assert 0.9 < ready["meta"]["original"]["duration"] < 1.2
    assert len(ready["blurhash"]) > 6
    await phone.get(ready["url"].removeprefix("https://alpha.test"), Range="")
    assert phone.answer.headers["content-type"] == "video/mp4"
    whole = phone.answer.body
    assert kinds.media_type_of(whole) == "video/mp4"
    assert b"52.52" not in whole
    assert b"avc1" in whole
    await phone.get(ready["preview_url"].removeprefix("https://alpha.test"))
    assert Image.open(io.BytesIO(phone.answer.body)).size == (320, 240)
    await phone.call("GET", ready["url"].removeprefix("https://alpha.test"), Range="bytes=4-7")
    assert (phone.status, phone.answer.body) == (206, b"ftyp")
    stored = {path.name for path in (active.settings.data_dir / "media").iterdir()}
    assert original not in stored
    await phone.call("DELETE", path)
    assert list((active.settings.data_dir / "media").iterdir()) == []


async def test_b58_a_sound_becomes_an_mp3_and_may_have_a_picture(
    phone: App, active: Instance, sound: bytes
) -> None:
    """PUT /api/v1/media/{id}: a custom thumbnail (B63)."""
    found = await upload(phone, sound)
    assert phone.status == 202
    await drain(active)
    ready = await phone.get(f"/api/v1/media/{found['id']}")
    assert ready["type"] == "audio"
    assert ready["preview_url"] is None  # as Mastodon: a player shows no sound as its picture
    await phone.get(ready["url"].removeprefix("https://alpha.test"))
    assert phone.answer.headers["content-type"] == "audio/mpeg"
    assert b"secret place" not in phone.answer.body
    row = await media.find(int(found["id"]))
    assert row is not None
    after = await files.describe(
        active,
        await _owner(row.actor_id),
        row.id,
        description=None,
        focal_point=None,
        thumbnail=picture((300, 200)),
    )
    assert after.preview_url is not None
    assert after.preview_url.endswith(".webp")
    assert after.blurhash


async def _owner(actor_id: int) -> Any:
    return await actors.get(actor_id)


@pytest.mark.parametrize(
    "broken",
    [
        b"\x00\x00\x00\x18ftypisom" + b"\xff" * 4000,
        b"\x1aE\xdf\xa3webm" + b"\x00" * 4000,
        b"ID3" + b"\x00" * 4000,
    ],
)
async def test_md9_what_is_broken_fails_with_a_clear_reason(
    phone: App, active: Instance, broken: bytes
) -> None:
    found = await upload(phone, broken)
    assert phone.status == 202
    await drain(active)
    answer = await phone.get(f"/api/v1/media/{found['id']}")
    assert phone.status == 422
    assert "cannot be read" in answer["error"]
    assert list((active.settings.data_dir / "media").iterdir()) == []


@pytest.mark.parametrize(
    "playlist",
    [
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\nconcat:http://evil.test/|file:///etc/passwd",
        b"push graphic-context\nviewbox 0 0 640 480\nfill 'url(https://evil.test)'",
        b"%!PS\n(/etc/passwd) (r) file",
        b"RIFF\x00\x00\x00\x00AVI LIST#EXTM3U\nfile:///etc/passwd",
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><svg>&b;</svg>",
    ],
)
async def test_md9_md14_playlists_and_scripts_reach_no_decoder(
    phone: App, active: Instance, playlist: bytes
) -> None:
    """MD-9, MD-14: refused by their first bytes."""
    await upload(phone, playlist)
    assert phone.status == 422
    with pytest.raises(Invalid):
        await transcoding.transcode(active, playlist)


async def test_md9_a_film_cannot_name_another_file(active: Instance, folder: Path) -> None:
    """The reader is ours to choose: what looks like sound and is a playlist is not followed."""
    secret = folder / "secret.flac"
    secret.write_bytes(b"secret")
    lie = b"ID3\x03\x00\x00\x00\x00\x00\x00#EXTM3U\n" + str(secret).encode() + b"\n"
    with pytest.raises(Invalid):
        await transcoding.transcode(active, lie)


async def test_b58_without_ffmpeg_the_reason_is_said(
    instance: Instance, phone: App, film: bytes
) -> None:
    none = replace(instance.settings.media, ffmpeg="")
    bare = replace(instance, settings=replace(instance.settings, media=none))
    phone.app = create_asgi(bare)
    answer = await upload(phone, film)
    assert phone.status == 422
    assert "ffmpeg" in answer["error"]


async def test_preparing_twice_is_once(phone: App, active: Instance, sound: bytes) -> None:
    found = await upload(phone, sound)
    payload: dict[str, object] = {"media_id": int(found["id"])}
    await files.prepare(active, payload)
    first = await media.find(int(found["id"]))
    await files.prepare(active, payload)
    assert await media.find(int(found["id"])) == first
    assert first is not None
    assert first.state is MediaState.READY


async def test_md8_films_of_others_are_not_found(
    phone: App, client: App, bob: Browser, sound: bytes
) -> None:
    found = await upload(phone, sound)
    other = await client.let_in_by(bob)
    for method in ("GET", "PUT", "DELETE"):
        await other.call(method, f"/api/v1/media/{found['id']}")
        assert other.status == 404
