"""Our own static files: held in memory, addressed by their content, cached for a year.

The path of a file is its address without the hash; an old hash answers with the file of today, but
is not to be kept (a page that is still open after an update finds its style).
"""

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


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file, its type and the hash of its content."""

    content: bytes
    media_type: str
    content_hash: str


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
            found[path.name] = StaticFile(content, media_type, digest)
    return found
