"""Has pictures decoded by a process of its own (`decoder.py`), few at once, bounded (MD-9)."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import Any

from instance.errors import Invalid
from instance.resources import Instance
from media.processing import Box, Picture, Prepared

TIMEOUT_S = 40.0
ANSWER_BYTES_MAX = 64 * 1024 * 1024
SIZE_BYTES = 4

_ROOT = Path(__file__).parents[1]
_TOO_MUCH = "This picture takes too much time or memory to be read."


async def cropped(instance: Instance, data: bytes, box: Box) -> Picture:
    """See `processing.cropped`; raises `Invalid`."""
    return (await _crop(instance, data, box, moves=False))[0]


async def cropped_moving(
    instance: Instance, data: bytes, box: Box
) -> tuple[Picture, Picture | None]:
    """A picture as `cropped`, and the same as it moves, if it does; raises `Invalid`."""
    still, *moving = await _crop(instance, data, box, moves=True)
    return still, moving[0] if moving else None


async def prepared(instance: Instance, data: bytes) -> Prepared:
    """See `processing.prepared`; raises `Invalid`."""
    said, (whole, preview) = await _do(instance, {"do": "prepare"}, data)
    return Prepared(whole, preview, said["blurhash"], said["is_moving"])


async def _crop(instance: Instance, data: bytes, box: Box, *, moves: bool) -> list[Picture]:
    task = {"do": "crop", "width": box.width, "height": box.height, "moves": moves}
    _, pictures = await _do(instance, task, data)
    return pictures


async def _do(
    instance: Instance, task: dict[str, Any], data: bytes
) -> tuple[dict[str, Any], list[Picture]]:
    async with instance.decoders:
        said, rest = await _exchange(task, data)
    if "refused" in said:
        raise Invalid(str(said["refused"]), detail=str(said["detail"]))
    return said, _pictures(said, rest)


def _pictures(said: dict[str, Any], rest: bytes) -> list[Picture]:
    found, start = [], 0
    for each in said["pictures"]:
        data = rest[start : start + each["size"]]
        measures = each["type"], each["width"], each["height"], each["fingerprint"]
        found.append(Picture(data, *measures))
        start += each["size"]
    return found


async def _exchange(task: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "media.decoder"),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        cwd=_ROOT,
        env={},  # ours holds secrets, and nothing that is needed there
    )
    asked = json.dumps(task).encode()
    try:
        async with asyncio.timeout(TIMEOUT_S):
            answer, _ = await process.communicate(
                len(asked).to_bytes(SIZE_BYTES, "big") + asked + data
            )
    except TimeoutError as late:
        raise Invalid(_TOO_MUCH, detail="time") from late
    finally:
        await _end(process)
    size = int.from_bytes(answer[:SIZE_BYTES], "big")
    if process.returncode != 0 or not size or len(answer) > ANSWER_BYTES_MAX:
        raise Invalid(_TOO_MUCH, detail=f"ended with {process.returncode}")
    end = SIZE_BYTES + size
    said: dict[str, Any] = json.loads(answer[SIZE_BYTES:end])
    return said, answer[end:]


async def _end(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
