"""Pictures as bytes -> small, clean WebP pictures as bytes. Blocking: callers use a thread.

The type comes from the content alone (MD-2), the size from the header before anything is decoded
(MD-5), and nothing but pixels is kept (MD-4).
"""

import io
import struct
import warnings
import zlib
from dataclasses import dataclass

from PIL import Image, ImageOps

from instance.errors import Invalid

PIXELS_MAX = 40_000_000
SIDE_PIXELS_MAX = 16_384
_QUALITY = 82

# Pillow warns above this number of pixels; here a warning is a refusal.
Image.MAX_IMAGE_PIXELS = PIXELS_MAX
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)

_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
# What Pillow raises for files that are broken, cut short, or not what they begin as.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)
_TOO_LARGE = f"This picture is too large: {PIXELS_MAX // 1_000_000} million pixels at most."
_UNREADABLE = "This picture is broken or cut short: it cannot be read."
_UNKNOWN = "This is not a picture this server takes: choose a JPEG, PNG, GIF or WebP file."
_SVG = "SVG pictures can carry programs, so this server does not take them: save it as PNG."


@dataclass(frozen=True, slots=True)
class Box:
    """The largest size of a picture; what is of another shape is cut around its middle."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that we made ourselves."""

    data: bytes
    media_type: str
    width: int
    height: int


def media_type_of(data: bytes) -> str | None:
    """The type of a picture by its first bytes; None for everything that we do not take (E120)."""
    for signature, media_type in _SIGNATURES:
        if data.startswith(signature):
            return media_type
    is_webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return "image/webp" if is_webp else None


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height by the header, nothing decoded; None for what we would not take."""
    if media_type_of(data) is None:
        return None
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
            width, height = opened.size
    except (*_BROKEN, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    if not 0 < width <= SIDE_PIXELS_MAX or not 0 < height <= SIDE_PIXELS_MAX:
        return None
    return width, height


def cropped(data: bytes, box: Box) -> Picture:
    """A still WebP of at most the size and exactly the shape of `box`. Raises `Invalid`.

    Animations keep their first frame; small pictures are not blown up.
    """
    _check_type(data)
    _check_webp_header(data)
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
            _check_size(opened.width, opened.height)
            opened.draft("RGB", (box.width * 2, box.height * 2))
            upright = ImageOps.exif_transpose(opened)
            pixels = _fitted(_plain_mode(upright), box)
            return _as_webp(pixels)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise Invalid(_TOO_LARGE, detail=str(bomb)) from bomb
    except _BROKEN as broken:
        raise Invalid(_UNREADABLE, detail=repr(broken)[:200]) from broken


def _check_type(data: bytes) -> None:
    if media_type_of(data) is not None:
        return
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    is_svg = b"<svg" in start or (start.startswith(b"<?xml") and b"svg" in start)
    raise Invalid(_SVG if is_svg else _UNKNOWN)


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise Invalid(_UNREADABLE)
    if max(width, height) > SIDE_PIXELS_MAX or width * height > PIXELS_MAX:
        raise Invalid(_TOO_LARGE, detail=f"{width} x {height}")


def _check_webp_header(data: bytes) -> None:
    """Pillow's WebP decoder makes room for the whole canvas while it opens a file: look first.

    https://developers.google.com/speed/webp/docs/riff_container
    """
    if media_type_of(data) != "image/webp":
        return
    kind = data[12:16]
    try:
        if kind == b"VP8X":
            width = int.from_bytes(data[24:27], "little") + 1
            height = int.from_bytes(data[27:30], "little") + 1
        elif kind == b"VP8L":
            (bits,) = struct.unpack_from("<I", data, 21)
            width, height = (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
        elif kind == b"VP8 ":
            width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
        else:
            raise Invalid(_UNREADABLE)
    except struct.error as short:
        raise Invalid(_UNREADABLE) from short
    _check_size(width, height)


def _plain_mode(image: Image.Image) -> Image.Image:
    is_transparent = "A" in image.getbands() or "transparency" in image.info
    return image.convert("RGBA" if is_transparent else "RGB")


def _fitted(image: Image.Image, box: Box) -> Image.Image:
    scale = min(1.0, image.width / box.width, image.height / box.height)
    size = (max(1, round(box.width * scale)), max(1, round(box.height * scale)))
    return ImageOps.fit(image, size, method=Image.Resampling.LANCZOS)


def _as_webp(image: Image.Image) -> Picture:
    # A new image has no `info`: EXIF, XMP, comments and colour profiles stay behind.
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    written = io.BytesIO()
    bare.save(written, "WEBP", quality=_QUALITY, method=4)
    return Picture(written.getvalue(), "image/webp", bare.width, bare.height)
