"""Files of people, such as pictures, in a folder. Whoever puts one checks what is in it."""

import asyncio
import contextlib
import os
import re
import secrets
from pathlib import Path

from instance.errors import Invalid, Unavailable

# One folder deep at most, no hidden files, nothing that leads elsewhere.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}(\.[A-Za-z0-9]{1,10})?", re.ASCII)
TEMPORARY = ".new-"


class FolderBlobs:
    """Blobs as files in `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, name: str, data: bytes, media_type: str) -> None:
        """Keep a blob; afterwards it is there whole, or not at all.

        A folder needs no `media_type`: the end of the name says it. Raises Unavailable when the
        disk is full.
        """
        del media_type
        path = self._checked(name)
        try:
            await asyncio.to_thread(_write, path, data)
        except OSError as error:
            detail = f"cannot write {path}: {error}"
            raise Unavailable("Files cannot be stored just now.", detail=detail) from error

    def path(self, name: str) -> Path | None:
        """Return where a blob lies; None if there is none of that name."""
        if not NAME.fullmatch(name):
            return None
        path = self._root / name
        return path if path.is_file() and not path.is_symlink() else None

    async def remove(self, name: str) -> None:
        """Remove a blob; nothing happens if there is none."""
        await asyncio.to_thread(self._checked(name).unlink, missing_ok=True)

    def _checked(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise Invalid("This is no name of a file.", detail=f"blob name {name!r}")
        return self._root / name


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
