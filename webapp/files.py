"""Our own static files: held in memory, addressed by their content, cached for a year.

The path of a file is its address without the hash; an old hash answers with the file of today, but
is not to be kept (a page that is still open after an update finds its style).
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".txt": "text/plain; charset=utf-8",
}
YEAR = "public, max-age=31536000, immutable"
_HASH_LETTERS = 6
_SAVES_AT_LEAST = 0.1


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file, its type and the hash of its content; `packed` by gzip, where that saves bytes."""

    content: bytes
    media_type: str
    content_hash: str
    packed: bytes | None


@cache
def find(name: str) -> StaticFile | None:
    """Return a file by its plain name; only what lies in the folder can be named (OP-1)."""
    return _files().get(name)


@cache
def url(name: str) -> str:
    """Return the address of a file of ours; KeyError for one that does not exist."""
    return f"/static/{_files()[name].content_hash}/{name}"


def cache_control(file: StaticFile, content_hash: str) -> str:
    """Return how long an answer may be kept: for ever under its own hash."""
    return YEAR if content_hash == file.content_hash else "no-cache"


@cache
def _files() -> dict[str, StaticFile]:
    found = {}
    for path in sorted(_FOLDER.iterdir()):
        if media_type := _TYPES.get(path.suffix):
            content = path.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:_HASH_LETTERS]
            found[path.name] = StaticFile(content, media_type, digest, _packed(content))
    return found


def _packed(content: bytes) -> bytes | None:
    """Pack once for all: these files hold no secret, so their length may tell what is in them."""
    packed = gzip.compress(content, mtime=0)
    return packed if len(packed) < len(content) * (1 - _SAVES_AT_LEAST) else None
