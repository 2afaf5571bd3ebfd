"""What a peer does with a POST: takes it, refuses it, hangs, drips, cuts the line, sends elsewhere.

A way of answering is a function of request and line. `peer.answers(hang())` changes the rule,
`peer.answers(status(401), times=1)` the next answer only.
"""

import asyncio
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

REASONS = {200: "OK", 202: "Accepted", 301: "Moved Permanently", 308: "Permanent Redirect"}
# Longer than any deadline of the other side.
FOR_EVER_S = 600.0


@dataclass(frozen=True)
class Request:
    """One request as it came; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def host(self) -> str:
        return self.headers.get("host", "")


class Line:
    """One connection of a client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.opened_at = time.monotonic()

    async def request(self) -> Request | None:
        """Read the next request; None when the client has hung up."""
        try:
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        first, *lines = head.strip().split("\r\n")
        method, path, _ = first.split(" ", maxsplit=2)
        named = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in named}
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return Request(method, path, headers, body)

    async def answer(
        self, status: int, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> None:
        self.writer.write(answer_bytes(status, headers, body))
        await self.writer.drain()

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        """End the connection by RST, in the middle of whatever was said."""
        end: socket.socket = self.writer.get_extra_info("socket")
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def answer_bytes(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'So')}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True)
class Way:
    """A way of answering. `is_taken`: the peer keeps what the POST brought, and acts on it."""

    answer: Callable[[Request, Line], Awaitable[None]]
    is_taken: bool = False


def take() -> Way:
    """202: what every good server does."""
    return Way(lambda _, line: line.answer(202), is_taken=True)


def status(code: int, **headers: str) -> Way:
    """Say no; header names with `_` for `-`: `status(503, retry_after="5")`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Way(lambda _, line: line.answer(code, named), is_taken=code < 300)


def redirect(code: int, path: str) -> Way:
    return Way(lambda _, line: line.answer(code, {"Location": path}))


def hang() -> Way:
    """Never answer."""

    async def wait(_: Request, line: Line) -> None:
        await line.reader.read()  # until the client hangs up

    return Way(wait)


def late(seconds: float) -> Way:
    """Take it, and say so after a while."""

    async def answer(_: Request, line: Line) -> None:
        await asyncio.sleep(seconds)
        await line.answer(202)

    return Way(answer, is_taken=True)


def drip() -> Way:
    """Take it, and send the answer letter by letter, one a second."""

    async def answer(_: Request, line: Line) -> None:
        for letter in answer_bytes(202, {"X-Patience": "y" * 100}):
            line.writer.write(bytes([letter]))
            await line.writer.drain()
            await asyncio.sleep(1)

    return Way(answer, is_taken=True)


def cut_at_once() -> Way:
    """Hang up without a word, though it was taken."""

    async def cut(_: Request, line: Line) -> None:
        line.close()

    return Way(cut, is_taken=True)


def cut_after_headers() -> Way:
    """A header that promises a body, and no body."""

    async def cut(_: Request, line: Line) -> None:
        line.writer.write(answer_bytes(202, body=b"x" * 1000)[:-1000])
        await line.writer.drain()
        line.close()

    return Way(cut, is_taken=True)


def cut_in_the_body() -> Way:
    """Half of the promised body."""

    async def cut(_: Request, line: Line) -> None:
        line.writer.write(answer_bytes(202, body=b"x" * 1000)[:-500])
        await line.writer.drain()
        line.close()

    return Way(cut, is_taken=True)


def reset() -> Way:
    """RST, though it was taken."""

    async def cut(_: Request, line: Line) -> None:
        line.reset()

    return Way(cut, is_taken=True)
