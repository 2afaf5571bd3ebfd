"""`S3Blobs`: files in a bucket of any S3-compatible store. Imported only where a setting names one.

The library has asynchronous functions too, but a process that ends while their threads still run
is aborted (obstore 0.12): so its plain ones run in a few threads of ours.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final, TypeVar
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import (
    BaseError,
    NotFoundError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from obstore.store import S3Store

from instance.errors import Misconfigured, Unavailable
from storage.blobs import NAME, checked_name

T = TypeVar("T")

CONNECT_TIMEOUT = timedelta(seconds=3)
TIMEOUT = timedelta(seconds=10)
RETRIES_MAX: Final = 1
AT_ONCE_MAX: Final = 8
BLOB_BYTES_MAX: Final = 64 * 1024 * 1024
YEAR: Final = "public, max-age=31536000, immutable"


class S3Blobs:
    """Blobs in a bucket. A store that is slow or away fails the request within seconds (FA-30)."""

    def __init__(
        self, url: str, *, endpoint: str, region: str, keys: tuple[str, str], public_url: str
    ) -> None:
        """Take `s3://BUCKET/PREFIX`; opens no connection."""
        parts = urlsplit(url)
        access_key, secret_key = keys
        self._store = S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            endpoint=endpoint or f"https://s3.{region}.amazonaws.com",
            region=region,
            access_key_id=access_key,
            secret_access_key=secret_key,
            client_options={
                "allow_http": True,
                "connect_timeout": CONNECT_TIMEOUT,
                "timeout": TIMEOUT,
            },
            retry_config={"max_retries": RETRIES_MAX, "retry_timeout": TIMEOUT},
        )
        self._public_url = public_url.rstrip("/")
        self._threads = ThreadPoolExecutor(AT_ONCE_MAX, thread_name_prefix="s3")

    async def put(self, name: str, data: bytes, media_type: str) -> None:
        """Keep a blob: a store shows an object when all of it has come, or never."""
        checked_name(name)
        attributes = {"Content-Type": media_type, "Cache-Control": YEAR}
        with _explained("Files cannot be stored just now."):
            await self._run(lambda: self._put(name, data, attributes))

    async def read(self, name: str) -> bytes | None:
        """Return a blob; None if there is none, or if it is larger than any of ours."""
        if not NAME.fullmatch(name):
            return None
        with _explained("Files cannot be read just now."):
            return await self._run(lambda: self._read(name))

    async def size(self, name: str) -> int | None:
        """Return how many bytes a blob has; None if there is none."""
        if not NAME.fullmatch(name):
            return None
        with _explained("Files cannot be read just now."):
            return await self._run(lambda: self._size(name))

    async def read_part(self, name: str, start: int, end: int) -> bytes:
        """Return a part of a blob."""
        checked_name(name)
        with _explained("Files cannot be read just now."):
            return await self._run(
                lambda: bytes(obstore.get_range(self._store, name, start=start, end=end))
            )

    def public_url(self, name: str) -> str | None:
        """Return where everybody finds a blob, if the settings say so."""
        return f"{self._public_url}/{name}" if self._public_url and NAME.fullmatch(name) else None

    async def remove(self, name: str) -> None:
        """Remove a blob; nothing happens if there is none."""
        checked_name(name)
        with _explained("Files cannot be removed just now."):
            await self._run(lambda: self._remove(name))

    async def check(self) -> None:
        """Write, read and remove a small file."""
        probe = f"check-{secrets.token_hex(8)}.txt"  # others may check at the same time
        try:
            await self._run(lambda: self._put(probe, b"kittiwake", {"Content-Type": "text/plain"}))
            found = await self._run(lambda: self._read(probe))
            await self._run(lambda: self._remove(probe))
        except (PermissionDeniedError, UnauthenticatedError) as error:
            names = "KITTIWAKE_MEDIA__ACCESS_KEY and KITTIWAKE_MEDIA__SECRET_KEY"
            message = f"{names}: the store of files refuses them. {_reason(error)}"
            raise Misconfigured(message) from error
        except (BaseError, OSError) as error:
            names = "KITTIWAKE_MEDIA__URL, KITTIWAKE_MEDIA__ENDPOINT"
            message = f"{names}: the bucket cannot be used. {_reason(error)}"
            raise Misconfigured(message) from error
        if found != b"kittiwake":
            raise Misconfigured("KITTIWAKE_MEDIA__URL: the bucket returned another file than ours.")

    async def close(self) -> None:
        """Wait for what is running."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    async def _run(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _put(self, name: str, data: bytes, attributes: dict[str, str]) -> None:
        # In one request: in parts, a half one would lie there and cost money.
        obstore.put(self._store, name, data, attributes=attributes, use_multipart=False)

    def _read(self, name: str) -> bytes | None:
        try:
            found = obstore.get(self._store, name)
        except (NotFoundError, FileNotFoundError):
            return None
        return bytes(found.bytes()) if found.meta["size"] <= BLOB_BYTES_MAX else None

    def _size(self, name: str) -> int | None:
        try:
            return int(obstore.head(self._store, name)["size"])
        except (NotFoundError, FileNotFoundError):
            return None

    def _remove(self, name: str) -> None:
        with contextlib.suppress(NotFoundError, FileNotFoundError):
            obstore.delete(self._store, name)


@contextlib.contextmanager
def _explained(public: str) -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise Unavailable(public, detail=f"S3: {_reason(error)}") from error


def _reason(error: BaseException) -> str:
    """Return the first line: the rest is for those who build the library."""
    return str(error).partition("\n")[0][:300]
