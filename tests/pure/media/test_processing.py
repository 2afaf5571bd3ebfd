"""Pictures come in wild and leave small, still and bare."""

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from instance.errors import Invalid
from media.processing import Box, cropped, media_type_of

BOX = Box(400, 400)


def picture(format_name: str, size: tuple[int, int] = (64, 48), **more: Any) -> bytes:
    written = io.BytesIO()
    mode = "P" if format_name == "GIF" else "RGB"
    Image.new(mode, size, 3 if mode == "P" else (200, 30, 30)).save(written, format_name, **more)
    return written.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "GIF", "WEBP"])
def test_the_four_formats_become_webp(format_name: str) -> None:
    result = cropped(picture(format_name), BOX)
    assert result.media_type == "image/webp"
    assert media_type_of(result.data) == "image/webp"
    assert opened(result.data).size == (result.width, result.height) == (48, 48)


@pytest.mark.parametrize(
    ("size", "box", "shape"),
    [
        ((1000, 500), Box(400, 400), (400, 400)),
        ((500, 1000), Box(400, 400), (400, 400)),
        ((100, 50), Box(400, 400), (50, 50)),
        ((3000, 3000), Box(1500, 500), (1500, 500)),
        ((300, 300), Box(1500, 500), (300, 100)),
        ((1, 1), Box(1500, 500), (1, 1)),
    ],
)
def test_pictures_are_cut_to_shape_and_never_blown_up(
    size: tuple[int, int], box: Box, shape: tuple[int, int]
) -> None:
    result = cropped(picture("PNG", size), box)
    assert (result.width, result.height) == shape


def test_md4_exif_position_comments_and_profiles_are_gone() -> None:
    """B62."""
    exif = Image.Exif()
    exif[0x010E] = "SECRETEXIF"
    exif.get_ifd(0x8825)[1] = "N"
    info = PngInfo()
    info.add_text("Comment", "SECRETTEXT")
    info.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>SECRETXMP</x:xmpmeta>")
    for data in (
        picture("JPEG", exif=exif, comment=b"SECRETCOMMENT", icc_profile=b"SECRETICC"),
        picture("PNG", exif=exif, pnginfo=info),
        picture("WEBP", exif=exif, xmp=b"SECRETXMP"),
    ):
        assert b"SECRET" in data
        result = cropped(data, BOX).data
        assert b"SECRET" not in result
        assert not opened(result).getexif()
        assert not {b"EXIF", b"XMP ", b"ICCP"} & {result[n : n + 4] for n in range(len(result))}


def test_md4_the_orientation_of_exif_is_applied_first() -> None:
    image = Image.new("RGB", (40, 20), (255, 0, 0))
    image.paste((0, 0, 255), (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned right: the left half is on top
    written = io.BytesIO()
    image.save(written, "PNG", exif=exif)
    upright = opened(cropped(written.getvalue(), Box(20, 40)).data).convert("RGB")
    assert upright.size == (20, 40)
    top, bottom = upright.getpixel((10, 5)), upright.getpixel((10, 35))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[2] > 200
    assert bottom[0] > 200


def test_transparency_stays() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(written, "PNG")
    assert opened(cropped(written.getvalue(), BOX).data).mode == "RGBA"


def test_animations_stand_still() -> None:
    frames = [Image.new("RGB", (20, 20), (shade, 0, 0)) for shade in (0, 120, 240)]
    for format_name in ("GIF", "WEBP", "PNG"):
        written = io.BytesIO()
        frames[0].save(written, format_name, save_all=True, append_images=frames[1:])
        result = opened(cropped(written.getvalue(), BOX).data)
        assert getattr(result, "n_frames", 1) == 1


SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
)


@pytest.mark.parametrize(
    "data", [SVG, b"\xef\xbb\xbf\n<svg onload='x'/>", b"<!-- x --><svg></svg>"]
)
def test_md1_svg_is_refused_and_told_why(data: bytes) -> None:
    with pytest.raises(Invalid, match="SVG pictures can carry programs"):
        cropped(data, BOX)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><script>alert(1)</script>",
        b'{"@context": "https://www.w3.org/ns/activitystreams"}',
        b"%PDF-1.7",
        b"#EXTM3U\nfile:///etc/passwd",
        b"II*\x00" + b"\x00" * 100,
        b"8BPS\x00\x01",
        b"push graphic-context\nimage over 0,0 0,0 'url(https://x.test)'",
        b"\x00\x00\x00\x20ftypmp42",
        b"%!PS-Adobe",
        b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>",
    ],
)
def test_md2_md3_md9_md14_everything_else_is_refused(data: bytes) -> None:
    """E120: the type comes from the content, and four types are read."""
    with pytest.raises(Invalid, match="not a picture this server takes"):
        cropped(data, BOX)


def test_md2_a_polyglot_loses_its_other_half() -> None:
    for format_name in ("GIF", "JPEG", "PNG"):
        result = cropped(picture(format_name) + b"<script>alert(1)</script>PK\x03\x04", BOX)
        assert b"script" not in result.data


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "GIF", "WEBP"])
def test_broken_files_are_told_so(format_name: str) -> None:
    whole = picture(format_name, (300, 200))
    for data in (whole[:20], whole[: len(whole) // 2], whole[:12] + b"\xff" * 500):
        assert refusal(data) in {"", "This picture is broken or cut short: it cannot be read."}
    assert refusal(whole[:20])


def refusal(data: bytes) -> str:
    """What is told about a file that is not taken; '' when it is."""
    try:
        cropped(data, BOX)
    except Invalid as refused:
        return refused.public
    return ""


def png_bomb(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\x00" * 100_000)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def gif_bomb(width: int, height: int) -> bytes:
    screen = struct.pack("<HHBBB", width, height, 0, 0, 0)
    block = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0)
    return b"GIF89a" + screen + block + b"\x02\x02\x44\x01\x00;"


def webp_bomb(width: int, height: int) -> bytes:
    body = b"\x02\x00\x00\x00" + (width - 1).to_bytes(3, "little")
    body += (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + body
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    "data",
    [
        png_bomb(30_000, 30_000),
        png_bomb(2_000_000_000, 1),
        png_bomb(8_000, 8_000),
        gif_bomb(65_535, 65_535),
        webp_bomb(16_777_216, 16_777_216),
        webp_bomb(16_000, 16_000),
        b"RIFF\x00\x00\x00\x00WEBPVP8L\x00\x00\x00\x00\x2f\xff\xff\xff\xff",
        b"RIFF\x00\x00\x00\x00WEBPVP8 \x00\x00\x00\x00\x00\x00\x00\x9d\x01\x2a\xff\x3f\xff\x3f",
    ],
    ids=["png", "long", "png-below-limit", "gif", "webp-x", "webp-16k", "webp-l", "webp-plain"],
)
def test_md5_giants_are_refused_from_the_header(data: bytes) -> None:
    with pytest.raises(Invalid, match="too large"):
        cropped(data, BOX)


@pytest.mark.parametrize("tail", [b"", b"VP8X", b"VP8L", b"VP8 ", b"XXXX" + b"\0" * 50])
def test_a_webp_that_ends_in_its_header(tail: bytes) -> None:
    with pytest.raises(Invalid):
        cropped(b"RIFF\x00\x00\x00\x00WEBP" + tail, BOX)
