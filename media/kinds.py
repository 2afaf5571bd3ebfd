"""Which kind of film or sound a file is, by its first bytes and never by its name (MD-2). Pure.

Pictures: `processing.media_type_of`.
"""

from typing import Final

from media import processing

# ISO base media files say after "ftyp" which kind they are; most brands are films.
_SOUND_BRANDS: Final = frozenset({b"M4A ", b"M4B "})
_QUICKTIME: Final = b"qt  "
_MATROSKA: Final = b"\x1aE\xdf\xa3"
_HEAD_BYTES: Final = 4096
_MPEG_LAYERS: Final = {0xFB, 0xF3, 0xF2, 0xFA}

EXTENSIONS: Final = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-matroska": "mkv",
    "video/ogg": "ogv",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
    "audio/wav": "wav",
}
"""The end of the name of a file by its type; also: what browsers are sent at all."""
TYPES_BY_EXTENSION: Final = {extension: name for name, extension in EXTENSIONS.items()}


def media_type_of(data: bytes) -> str | None:
    """The type of a picture, film or sound by its content; None for everything else (MD-3)."""
    return processing.media_type_of(data) or _film(data) or _sound(data)


def _film(data: bytes) -> str | None:
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        if brand in _SOUND_BRANDS:
            return "audio/mp4"
        return "video/quicktime" if brand == _QUICKTIME else "video/mp4"
    if data.startswith(_MATROSKA):
        return "video/webm" if b"webm" in data[:_HEAD_BYTES] else "video/x-matroska"
    if data.startswith(b"OggS"):
        return "video/ogg" if b"\x80theora" in data[:_HEAD_BYTES] else "audio/ogg"
    return None


def _sound(data: bytes) -> str | None:
    if data.startswith(b"fLaC"):
        return "audio/flac"
    if data.startswith(b"RIFF") and data[8:12] == b"WAVE":
        return "audio/wav"
    is_mpeg = data[:1] == b"\xff" and data[1:2] != b"" and data[1] in _MPEG_LAYERS
    return "audio/mpeg" if is_mpeg or data.startswith(b"ID3") else None
