"""`Blobs`: files of people, such as pictures, in a folder; in S3: `s3_blobs.py`.

Whoever puts one checks what is in it.
"""

import asyncio
import contextlib
import os
import re
import secrets
from pathlib import Path
from typing import Protocol

from instance.errors import Invalid, Unavailable

# One folder deep at most, no hidden files, nothing that leads elsewhere.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}(\.[A-Za-z0-9]{1,10})?", re.ASCII)
TEMPORARY = ".new-"


class Blobs(Protocol):
    """Files by name. A name is used once: what it stands for never changes."""

    async def put(self, name: str, data: bytes, media_type: str) -> None:
        """Keep a blob; afterwards it is there whole, or not at all. Raises `Unavailable`."""

    async def read(self, name: str) -> bytes | None:
        """Return a blob; None if there is none. Raises `Unavailable`."""

    async def size(self, name: str) -> int | None:
        """Return how many bytes a blob has; None if there is none. Raises `Unavailable`."""

    async def read_part(self, name: str, start: int, end: int) -> bytes:
        """Return a blob from one byte to before another; both within it. Raises `Unavailable`."""

    def public_url(self, name: str) -> str | None:
        """Return where everybody finds a blob without us; None if only we have it."""

    async def remove(self, name: str) -> None:
        """Remove a blob; nothing happens if there is none. Raises `Unavailable`."""

    async def check(self) -> None:
        """Try whether blobs can be kept; raises `Misconfigured`, naming the setting."""

    async def close(self) -> None:
        """End what is running."""


def checked_name(name: str) -> str:
    """Return a name that leads nowhere else; raises `Invalid` for any other."""
    if not NAME.fullmatch(name):
        raise Invalid("This is no name of a file.", detail=f"blob name {name!r}")
    return name


class FolderBlobs:
    """Blobs as files in `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, name: str, data: bytes, media_type: str) -> None:
        """Keep a blob; a folder needs no `media_type`: the end of the name says it."""
        del media_type
        path = self._root / checked_name(name)
        try:
            await asyncio.to_thread(_write, path, data)
        except OSError as error:
            detail = f"cannot write {path}: {error}"
            raise Unavailable("Files cannot be stored just now.", detail=detail) from error

    async def read(self, name: str) -> bytes | None:
        """Return a blob; None if there is none of that name."""
        path = self.path(name)
        return await asyncio.to_thread(path.read_bytes) if path is not None else None

    async def size(self, name: str) -> int | None:
        """Return how many bytes a blob has; None if there is none of that name."""
        path = self.path(name)
        return path.stat().st_size if path is not None else None

    async def read_part(self, name: str, start: int, end: int) -> bytes:
        """Return a part of a blob."""
        path = self.path(name)
        return b"" if path is None else await asyncio.to_thread(_part, path, start, end)

    def public_url(self, name: str) -> None:
        """Say that only we have it."""

    def path(self, name: str) -> Path | None:
        """Return where a blob lies; None if there is none of that name."""
        if not NAME.fullmatch(name):
            return None
        path = self._root / name
        return path if path.is_file() and not path.is_symlink() else None

    async def remove(self, name: str) -> None:
        """Remove a blob; nothing happens if there is none."""
        path = self._root / checked_name(name)
        try:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        except OSError as error:
            detail = f"cannot remove {path}: {error}"
            raise Unavailable("Files cannot be removed just now.", detail=detail) from error

    async def check(self) -> None:
        """Do nothing: whether we may write to the data folder was tried at the start."""

    async def close(self) -> None:
        """Do nothing."""


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{TEMPORARY}{secrets.token_hex(8)}")
    try:
        with new.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            new.unlink()


def _part(path: Path, start: int, end: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(end - start)
