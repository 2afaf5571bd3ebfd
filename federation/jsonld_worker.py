"""A process that does JSON-LD for the server, one document at a time, until its input ends.

A document may be made to take hours (the canonical form of a graph) or all memory: so it is handled
here, where little may be used, and who asked ends us when it takes too long (`linked_data.py`).
Each message is a JSON object after four bytes that tell its length.
"""

import json
import resource
import sys
from typing import Any

from federation import jsonld_processing
from instance.errors import Invalid

MEMORY_BYTES_MAX = 512 * 1024 * 1024
SIZE_BYTES = 4


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked for; `{"refused": why}` for what cannot be done."""
    try:
        if asked["do"] == "compact":
            return {"reading": jsonld_processing.compacted(asked["document"])}
        hashes, reading = jsonld_processing.signed_reading(asked["document"], asked["options"])
    except Invalid as refused:
        return {"refused": refused.public}
    except MemoryError:
        return {"refused": "The document needs too much memory."}
    return {"hashes": hashes, "reading": reading}


def main() -> None:
    """Answer what comes on standard input."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    source = sys.stdin.buffer
    _say({"ready": True})
    while size := source.read(SIZE_BYTES):
        _say(answer(json.loads(source.read(int.from_bytes(size, "big")))))


def _say(found: dict[str, Any]) -> None:
    text = json.dumps(found).encode()
    sys.stdout.buffer.write(len(text).to_bytes(SIZE_BYTES, "big") + text)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
