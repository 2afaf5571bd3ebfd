"""A real S3-compatible store for tests (`rclone serve s3`), and two that are broken."""

import asyncio
import contextlib
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import services

KEYS = ("test-key", "test-secret")
BUCKET = "kittiwake"


@dataclass(frozen=True)
class Store:
    """An S3-compatible store that keeps its objects as files below `folder`."""

    folder: Path
    endpoint: str

    def names(self) -> set[str]:
        """What is in the bucket."""
        bucket = self.folder / BUCKET
        return {str(file.relative_to(bucket)) for file in bucket.rglob("*") if file.is_file()}


@contextlib.contextmanager
def s3_store(folder: Path) -> Iterator[Store]:
    """Run a store with one empty bucket."""
    beside = Path(sys.executable).with_name("rclone")
    program = str(beside) if beside.exists() else shutil.which("rclone")
    if program is None:
        pytest.skip("NOT TESTED: no rclone found, which plays S3 (requirements/dev.txt has it)")
    (folder / BUCKET).mkdir(parents=True)
    port = services.free_port()
    process = subprocess.Popen(
        [
            *(program, "serve", "s3", "--addr", f"127.0.0.1:{port}"),
            *("--auth-key", ",".join(KEYS), "--config", "", "--log-level", "ERROR"),
            str(folder),
        ],
        stderr=subprocess.DEVNULL,
    )
    try:
        services.wait_until(lambda: process.poll() is not None or services.answers(port))
        assert process.poll() is None, "rclone ended"
        yield Store(folder, f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()


@contextlib.asynccontextmanager
async def broken_store(answer: bytes | None) -> AsyncIterator[str]:
    """Run a store that gives this answer to everything, or never any; yields its address."""

    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            while await reader.read(65536):
                if answer is not None:
                    writer.write(answer)
                    await writer.drain()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
