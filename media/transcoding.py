"""Films and sounds -> what every browser plays, by ffmpeg in a limited process (B58, B63, MD-9).

The kind of the file is told by its content and its reader chosen by us, so that no playlist is ever
followed; ffmpeg may open the files that we name and nothing else. Only pictures and sound are kept
(MD-4). https://ffmpeg.org/ffmpeg.html
"""

import asyncio
import re
import shutil
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from instance.errors import Invalid
from instance.resources import Instance
from media import kinds

MEMORY_BYTES_MAX: Final = 3 * 1024**3
CPU_S_MAX: Final = 900
TIMEOUT_S: Final = 1200.0
FILE_BYTES_MAX: Final = 200 * 1024**2
PIXELS_MAX: Final = 4096 * 2304
SIDE_PIXELS_MAX: Final = 1920
FRAMES_PER_S_MAX: Final = 60
LENGTH_S_MAX: Final = 3600
MESSAGES_BYTES_MAX: Final = 256 * 1024

# MD-9: what may read a file of this type; "auto" could be a playlist that names other files.
_READERS: Final = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
    "video/ogg": "ogg",
    "image/gif": "gif",
    "audio/mp4": "mov",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
    "audio/wav": "wav",
}
_ROOT: Final = Path(__file__).parents[1]
_PASSED: Final = re.compile(rb"^out_time_us=([0-9]{1,15})$", re.MULTILINE)
_SCALE: Final = (
    f"scale=w='min({SIDE_PIXELS_MAX},iw)':h='min({SIDE_PIXELS_MAX},ih)'"
    ":force_original_aspect_ratio=decrease:force_divisible_by=2,format=yuv420p"
)
_FILM: Final = (
    *("-map", "0:v:0", "-map", "0:a:0?", "-vf", _SCALE, "-fpsmax", str(FRAMES_PER_S_MAX)),
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-profile:v", "high"),
    *("-c:a", "aac", "-b:a", "128k", "-ac", "2", "-movflags", "+faststart", "-f", "mp4"),
)
# A GIF says nothing and is short: small, and to be started at once.
_GIFV: Final = (
    *("-map", "0:v:0", "-an", "-vf", _SCALE, "-fpsmax", str(FRAMES_PER_S_MAX)),
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-profile:v", "high"),
    *("-movflags", "+faststart", "-f", "mp4"),
)
_SOUND: Final = ("-map", "0:a:0", "-c:a", "libmp3lame", "-q:a", "2", "-ac", "2", "-f", "mp3")
_RECIPES: Final = {"video": _FILM, "image": _GIFV, "audio": _SOUND}
_BARE: Final = ("-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn", "-fflags", "+bitexact")
_NOT_HERE: Final = (
    "This server takes pictures alone: for films and sounds it needs ffmpeg, "
    "which is not installed."
)
_UNREADABLE: Final = "This film or sound cannot be read: it is broken, or of an unusual kind."
_TOO_MUCH: Final = "This film or sound takes too much time or memory to be prepared."


@dataclass(frozen=True, slots=True)
class Transcoded:
    """A film or sound that we made ourselves; `frame` is the first of a film, as PNG."""

    data: bytes
    media_type: str
    duration_ms: int
    frame: bytes | None


def is_possible(instance: Instance) -> bool:
    """Whether there is an ffmpeg."""
    return _program(instance) is not None


def check_possible(instance: Instance) -> None:
    """Raise `Invalid` where there is no ffmpeg."""
    if not is_possible(instance):
        raise Invalid(_NOT_HERE)


async def transcode(instance: Instance, data: bytes) -> Transcoded:
    """Make a film (MP4: H.264, AAC) or a sound (MP3) of a file; takes minutes. Raises `Invalid`.

    A GIF becomes a film without sound.
    """
    media_type = kinds.media_type_of(data) or ""
    reader = _READERS.get(media_type)
    if reader is None:
        raise Invalid(_UNREADABLE, detail=media_type)
    with tempfile.TemporaryDirectory(prefix="kittiwake-") as folder:
        source = Path(folder) / "source"
        await asyncio.to_thread(source.write_bytes, data)
        recipe = _RECIPES[media_type.partition("/")[0]]
        try:
            found = await _made(instance, source, reader, recipe)
        except Invalid:
            # A file of films may hold sound alone, and is told by nothing else.
            if recipe is not _FILM or reader != "mov":
                raise
            found = await _made(instance, source, reader, _SOUND)
    return found


async def _made(
    instance: Instance, source: Path, reader: str, recipe: tuple[str, ...]
) -> Transcoded:
    target, frame = source.with_name("target"), source.with_name("frame")
    is_film = recipe is not _SOUND
    told = await _run(
        instance,
        *("-max_pixels", str(PIXELS_MAX), "-f", reader, "-i", str(source)),
        *("-t", str(LENGTH_S_MAX), *_BARE, *recipe, "-progress", "pipe:1", str(target)),
    )
    passed = _PASSED.findall(told)
    if is_film:
        picture = ("-frames:v", "1", "-c:v", "png", "-f", "image2", "-update", "1", str(frame))
        await _run(instance, "-f", "mov", "-i", str(target), *picture)
    return Transcoded(
        data=await asyncio.to_thread(target.read_bytes),
        media_type="video/mp4" if is_film else "audio/mpeg",
        duration_ms=int(passed[-1]) // 1000 if passed else 0,
        frame=await asyncio.to_thread(frame.read_bytes) if is_film else None,
    )


async def _run(instance: Instance, *arguments: str) -> bytes:
    """Run ffmpeg; returns what it said of its progress."""
    program = _program(instance)
    if program is None:
        raise Invalid(_NOT_HERE)
    limits = (str(MEMORY_BYTES_MAX), str(CPU_S_MAX), str(FILE_BYTES_MAX))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "media.limited", *limits, program),
        *("-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-threads", "1"),
        *("-filter_threads", "1", "-protocol_whitelist", "file"),
        *arguments[:-1],
        *("-threads", "1", arguments[-1]),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        cwd=_ROOT,
        env={},  # ours holds secrets, and nothing that is needed there
    )
    try:
        async with asyncio.timeout(TIMEOUT_S):
            told, wrong = await process.communicate()
    except TimeoutError as late:
        raise Invalid(_TOO_MUCH, detail="time") from late
    finally:
        await _end(process)
    if process.returncode != 0:
        is_killed = process.returncode is not None and process.returncode < 0
        raise Invalid(
            _TOO_MUCH if is_killed else _UNREADABLE,
            detail=wrong[-500:].decode(errors="replace"),
        )
    return told[-MESSAGES_BYTES_MAX:]


async def _end(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _program(instance: Instance) -> str | None:
    named = instance.settings.media.ffmpeg
    return shutil.which(named) if named else None
