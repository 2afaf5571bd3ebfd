"""A load generator that costs little: requests are bytes made before, over kept connections."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

CONNECTIONS = 8
ANSWER_TIMEOUT_S = 60.0
_END_OF_HEADERS = b"\r\n\r\n"


class LoadError(Exception):
    """The server did not do what the bench asked for: its figure would mean nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, the headers as they came, and the body."""

    status: int
    head: bytes
    body: bytes


class Client:
    """Sends to one server. Each of its connections has one request on its way at a time."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def send(
        self, requests: Sequence[bytes], wanted: int, *, connections: int = CONNECTIONS
    ) -> None:
        """Send all, in turns over the connections; raises `LoadError` at another status."""
        shares = [requests[number::connections] for number in range(connections)]
        await asyncio.gather(*(self._send_share(share, wanted) for share in shares if share))

    async def ask(self, request: bytes) -> Answer:
        """Send one request over a connection of its own."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            return await _exchange(reader, writer, request)
        finally:
            writer.close()

    async def _send_share(self, requests: Sequence[bytes], wanted: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            for request in requests:
                try:
                    answer = await _exchange(reader, writer, request)
                except (asyncio.IncompleteReadError, ConnectionError):
                    # On a busy machine it was idle for longer than the server keeps one.
                    writer.close()
                    reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                    answer = await _exchange(reader, writer, request)
                if answer.status != wanted:
                    first = request.partition(b"\r\n")[0].decode()
                    text = answer.body[:300].decode(errors="replace")
                    message = f"{first}: {answer.status} instead of {wanted}: {text}"
                    raise LoadError(message)
        finally:
            writer.close()


def request(
    method: str, target: str, host: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> bytes:
    """Write a request as it goes over the wire."""
    lines = [f"{method} {target} HTTP/1.1", f"host: {host}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items() if name != "host"]
    if body or method == "POST":
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join(lines).encode() + _END_OF_HEADERS + body


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: bytes
) -> Answer:
    writer.write(sent)
    async with asyncio.timeout(ANSWER_TIMEOUT_S):
        head = await reader.readuntil(_END_OF_HEADERS)
        small = head.lower()
        status = int(head[9:12])
        if b"transfer-encoding: chunked" in small:
            return Answer(status, head, await _chunks(reader))
        return Answer(status, head, await reader.readexactly(_length(small)))


def _length(head: bytes) -> int:
    found = head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
    return int(found) if found else 0


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
    return bytes(body)
