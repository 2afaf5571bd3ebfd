"""A process that decodes one picture and ends: what a file makes it do, it does alone (MD-9).

On standard input: four bytes with the length of a task as JSON, the task, and the file. On standard
output: four bytes and an answer as JSON, which names the lengths of the files that follow it.
"""

import json
import resource
import sys
from typing import Any

import pillow_heif

from instance.errors import Invalid
from media import processing
from media.processing import Box, Picture

MEMORY_BYTES_MAX = 1536 * 1024 * 1024
CPU_S_MAX = 30
SIZE_BYTES = 4

pillow_heif.register_heif_opener(thumbnails=False)


def answer(task: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Do a task; `{"refused": why}` for a file that is not taken."""
    try:
        if task["do"] == "crop":
            return _answer_of(_cropped(data, Box(task["width"], task["height"]), task["moves"]))
        prepared = processing.prepared(data)
    except Invalid as refused:
        return {"refused": refused.public, "detail": refused.detail}, []
    except MemoryError:
        return {"refused": "This picture needs too much memory.", "detail": "memory"}, []
    said, files = _answer_of([prepared.whole, prepared.preview])
    return said | {"blurhash": prepared.blurhash, "is_moving": prepared.is_moving}, files


def _cropped(data: bytes, box: Box, moves: bool) -> list[Picture]:  # noqa: FBT001 - of the task
    still = processing.cropped(data, box)
    moving = processing.cropped_moving(data, box) if moves else None
    return [still, moving] if moving is not None else [still]


def _answer_of(pictures: list[Picture]) -> tuple[dict[str, Any], list[bytes]]:
    return {"pictures": [_measures(each) for each in pictures]}, [each.data for each in pictures]


def _measures(picture: Picture) -> dict[str, Any]:
    return {
        "type": picture.media_type,
        "width": picture.width,
        "height": picture.height,
        "size": len(picture.data),
        "fingerprint": picture.fingerprint,
    }


def main() -> None:
    """Answer what comes on standard input."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S_MAX, CPU_S_MAX))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    source, target = sys.stdin.buffer, sys.stdout.buffer
    size = int.from_bytes(source.read(SIZE_BYTES), "big")
    said, files = answer(json.loads(source.read(size)), source.read())
    text = json.dumps(said).encode()
    target.write(len(text).to_bytes(SIZE_BYTES, "big") + text + b"".join(files))


if __name__ == "__main__":
    main()
