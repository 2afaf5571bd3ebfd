"""Pictures as bytes -> small, clean WebP pictures as bytes. Run by `decoder.py` alone (MD-9).

The type comes from the content alone (MD-2), the size from the header before anything is decoded
(MD-5), and nothing but pixels is kept (MD-4).
"""

import contextlib
import io
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from PIL import Image, ImageOps, ImageSequence

from instance.errors import Invalid
from media import blurhash, fingerprint

PIXELS_MAX = 40_000_000
SIDE_PIXELS_MAX = 16_384
FRAMES_MAX = 300
# All frames of an animation together.
MOVING_PIXELS_MAX = 150_000_000
# As large as other servers show pictures, and as large as lists of them do.
WHOLE_PIXELS_MAX = 3840 * 2160
PREVIEW_PIXELS_MAX = 640 * 360
MOVING_FRAME_PIXELS_MAX = 800 * 600
_QUALITY = 82
_HASHED_SIDE = 32
_FRAME_MS = 100

# Pillow warns above this number of pixels; here a warning is a refusal.
Image.MAX_IMAGE_PIXELS = PIXELS_MAX
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)

_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
# What Pillow raises for files that are broken, cut short, or not what they begin as.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)
_TOO_LARGE = f"This picture is too large: {PIXELS_MAX // 1_000_000} million pixels at most."
_TOO_LONG = "This animation is too long or too large."
_UNREADABLE = "This picture is broken or cut short: it cannot be read."
_UNKNOWN = "This is not a picture this server takes: JPEG, PNG, GIF, WebP, AVIF or HEIC."
# ISO base media files say after "ftyp" which kind they are.
_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    **dict.fromkeys((b"heic", b"heix", b"mif1", b"heim", b"heis"), "image/heic"),
}
_SVG = "SVG pictures can carry programs, so this server does not take them: save it as PNG."


@dataclass(frozen=True, slots=True)
class Box:
    """The largest size of a picture; what is of another shape is cut around its middle."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that we made ourselves; `fingerprint` is of what it was made of, uncut."""

    data: bytes
    media_type: str
    width: int
    height: int
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture for a post: as it is shown alone, as it is shown in a list, and its BlurHash."""

    whole: Picture
    preview: Picture
    blurhash: str
    is_moving: bool


def _formats() -> tuple[str, ...]:
    """What Pillow may take a file for; HEIC where its reader was registered (`decoder.py`)."""
    return (*_FORMATS, "HEIF") if "HEIF" in Image.OPEN else _FORMATS


def media_type_of(data: bytes) -> str | None:
    """The type of a picture by its first bytes; None for everything that we do not take (E120)."""
    for signature, media_type in _SIGNATURES:
        if data.startswith(signature):
            return media_type
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12])
    is_webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return "image/webp" if is_webp else None


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height by the header, nothing decoded; None for what we would not take."""
    if media_type_of(data) is None:
        return None
    try:
        with Image.open(io.BytesIO(data), formats=_formats()) as opened:
            width, height = opened.size
    except (*_BROKEN, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    if not 0 < width <= SIDE_PIXELS_MAX or not 0 < height <= SIDE_PIXELS_MAX:
        return None
    return width, height


def is_moving(data: bytes) -> bool:
    """Whether a picture has several frames, by its header and no more than its second frame."""
    try:
        with Image.open(io.BytesIO(data), formats=_formats()) as opened:
            return bool(getattr(opened, "is_animated", False))
    except (*_BROKEN, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return False


def cropped_moving(data: bytes, box: Box) -> Picture | None:
    """An animation that keeps moving, in the shape of `box`; None for what does not move.

    None also for one that is too long: what is small and everywhere is better still.
    """
    if not is_moving(data):
        return None
    with _opened(data) as opened:
        frames = int(getattr(opened, "n_frames", 1))
        if _is_too_long(opened, frames):
            return None
        return _animated(opened, lambda frame: _fitted(frame, box))


def cropped(data: bytes, box: Box) -> Picture:
    """A still WebP of at most the size and exactly the shape of `box`. Raises `Invalid`.

    Animations keep their first frame; small pictures are not blown up.
    """
    with _opened(data) as opened:
        opened.draft("RGB", (box.width * 2, box.height * 2))
        upright = _plain_mode(ImageOps.exif_transpose(opened))
        return replace(_as_webp(_fitted(upright, box)), fingerprint=fingerprint.of(upright))


def prepared(data: bytes) -> Prepared:
    """A picture for a post, in its own shape: whole, small, and as a hash. Raises `Invalid`.

    What moves keeps moving, in fewer pixels.
    """
    with _opened(data) as opened:
        frames = int(getattr(opened, "n_frames", 1))
        if frames > 1:
            whole = _moving(opened, frames)
            opened.seek(0)
            first = _plain_mode(opened)
        else:
            first = _plain_mode(ImageOps.exif_transpose(opened))
            whole = _as_webp(_scaled(first, WHOLE_PIXELS_MAX))
        whole = replace(whole, fingerprint=fingerprint.of(first))
        preview = _as_webp(_scaled(first, PREVIEW_PIXELS_MAX))
        return Prepared(whole, preview, _hashed(first), is_moving=frames > 1)


@contextlib.contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """Open a picture whose type and size are in order; what is wrong with it is `Invalid`."""
    check_type(data)
    _check_webp_header(data)
    try:
        with Image.open(io.BytesIO(data), formats=_formats()) as opened:
            _check_size(opened.width, opened.height)
            yield opened
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise Invalid(_TOO_LARGE, detail=str(bomb)) from bomb
    except _BROKEN as broken:
        raise Invalid(_UNREADABLE, detail=repr(broken)[:200]) from broken


def _moving(opened: Image.Image, frames: int) -> Picture:
    if _is_too_long(opened, frames):
        raise Invalid(_TOO_LONG, detail=f"{frames} x {opened.width} x {opened.height}")
    return _animated(opened, lambda frame: _scaled(frame, MOVING_FRAME_PIXELS_MAX))


def _is_too_long(opened: Image.Image, frames: int) -> bool:
    return frames > FRAMES_MAX or frames * opened.width * opened.height > MOVING_PIXELS_MAX


def _animated(opened: Image.Image, shaped: Callable[[Image.Image], Image.Image]) -> Picture:
    found, durations = [], []
    for frame in ImageSequence.Iterator(opened):
        durations.append(int(frame.info.get("duration") or _FRAME_MS))
        found.append(shaped(_plain_mode(frame)))
    bare = [_bare(frame) for frame in found]
    written = io.BytesIO()
    bare[0].save(
        written,
        "WEBP",
        save_all=True,
        append_images=bare[1:],
        duration=durations,
        loop=0,
        quality=_QUALITY,
    )
    return Picture(written.getvalue(), "image/webp", bare[0].width, bare[0].height)


def _scaled(image: Image.Image, pixels_max: int) -> Image.Image:
    """The picture in at most so many pixels, in its shape."""
    size = scaled_size(image.width, image.height, pixels_max)
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)


def scaled_size(width: int, height: int, pixels_max: int = PREVIEW_PIXELS_MAX) -> tuple[int, int]:
    """Return width and height of a picture in at most so many pixels; by itself of its preview."""
    scale = min(1.0, (pixels_max / (width * height)) ** 0.5)
    return (
        (width, height)
        if scale == 1.0
        else (max(1, int(width * scale)), max(1, int(height * scale)))
    )


def _hashed(image: Image.Image) -> str:
    small = image.convert("RGB").resize((_HASHED_SIDE, _HASHED_SIDE))
    flat = small.tobytes()
    row = _HASHED_SIDE * 3
    return blurhash.encode(
        [
            [(line[at], line[at + 1], line[at + 2]) for at in range(0, row, 3)]
            for line in (flat[start : start + row] for start in range(0, len(flat), row))
        ]
    )


def check_type(data: bytes) -> None:
    """Raise `Invalid` for a file that does not begin as a picture we take; says which it may be."""
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
    bare = _bare(image)
    written = io.BytesIO()
    bare.save(written, "WEBP", quality=_QUALITY, method=4)
    return Picture(written.getvalue(), "image/webp", bare.width, bare.height)


def _bare(image: Image.Image) -> Image.Image:
    """A new image has no `info`: EXIF, XMP, comments and colour profiles stay behind (MD-4)."""
    found = Image.new(image.mode, image.size)
    found.paste(image)
    return found
