"""`LinkedData`: JSON-LD in a process of its own, bounded in time, memory, size and number.

Few documents need it: those in unusual shape (E70), and those that carry a signature of linked data
(E60). The process is started for the first of them, and anew after one that it did not survive.
"""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import Any

from federation import jsonld
from federation.vocabulary import Document
from instance.errors import Invalid, Unavailable

TIMEOUT_S = 2.0
START_TIMEOUT_S = 20.0
WAIT_S = 10.0
WAITING_MAX = 32
DOCUMENT_BYTES_MAX = 256 * 1024
ANSWER_BYTES_MAX = 4 * DOCUMENT_BYTES_MAX

_ROOT = Path(__file__).parents[1]


class TooCostly(Invalid):
    """The process was ended because of this document."""


class LinkedData:
    """Asks the process, one document after the other. Raises `Invalid`, `Unavailable`."""

    def __init__(self, *, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._process: Process | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def plain(self, document: Document) -> Document:
        """The document in plain compacted form: itself nearly always, without asking anybody."""
        if not jsonld.is_unusual(document):
            return document
        jsonld.check_bounds(document)
        reading: Document = (await self._ask({"do": "compact", "document": document}))["reading"]
        return reading

    async def signed_reading(self, document: Document, options: Document) -> tuple[str, Document]:
        """See `jsonld_processing.signed_reading`."""
        jsonld.check_bounds(document)
        found = await self._ask({"do": "sign", "document": document, "options": options})
        return found["hashes"], found["reading"]

    async def aclose(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            await _end(process)

    async def _ask(self, request: Document) -> dict[str, Any]:
        asked = json.dumps(request).encode()
        if len(asked) > DOCUMENT_BYTES_MAX:
            raise Invalid("The document is too large for a form that needs JSON-LD.")
        if self._waiting >= WAITING_MAX:
            raise Unavailable("Too many documents need JSON-LD just now.")
        self._waiting += 1
        try:
            await self._take_turn()
            try:
                found = await self._answer(asked)
            finally:
                self._turn.release()
        finally:
            self._waiting -= 1
        if "refused" in found:
            raise Invalid(str(found["refused"]))
        return found

    async def _take_turn(self) -> None:
        try:
            async with asyncio.timeout(WAIT_S):
                await self._turn.acquire()
        except TimeoutError as late:
            raise Unavailable("Too many documents need JSON-LD just now.") from late

    async def _answer(self, asked: bytes) -> dict[str, Any]:
        is_well = False
        try:
            process = await self._running()
            async with asyncio.timeout(self._timeout_s):
                found = await _exchange(process, asked)
            is_well = True
        except (TimeoutError, asyncio.IncompleteReadError, OSError) as failure:
            raise TooCostly("The document takes too much time or memory as JSON-LD.") from failure
        finally:
            if not is_well:  # it may still be at work, or have half an answer to give
                await self.aclose()
        return found

    async def _running(self) -> Process:
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "federation.jsonld_worker"),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                cwd=_ROOT,
                env={},  # ours holds secrets, and nothing that is needed there
            )
            try:
                async with asyncio.timeout(START_TIMEOUT_S):
                    await _read(self._process)
            except (TimeoutError, asyncio.IncompleteReadError) as failure:
                raise Unavailable("The process that reads JSON-LD does not start.") from failure
        return self._process


async def _exchange(process: Process, asked: bytes) -> dict[str, Any]:
    if process.stdin is None:
        raise OSError
    process.stdin.write(len(asked).to_bytes(4, "big") + asked)
    await process.stdin.drain()
    return await _read(process)


async def _read(process: Process) -> dict[str, Any]:
    if process.stdout is None:
        raise OSError
    size = int.from_bytes(await process.stdout.readexactly(4), "big")
    if size > ANSWER_BYTES_MAX:
        raise OSError
    found: dict[str, Any] = json.loads(await process.stdout.readexactly(size))
    return found


async def _end(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
    if process.stdin is not None:
        process.stdin.close()
    await process.wait()
