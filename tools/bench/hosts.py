"""A hundred other servers in one process: actors to fetch, inboxes that answer, over real TLS.

They live on loopback addresses of their own (127.1.0.1 …), all on one port. The bench steers them
by lines on standard input and reads answers from standard output; when it ends, they end.
"""

import asyncio
import json
import ssl
import sys
import time
from collections.abc import Mapping
from typing import Any

from tools.bench.remote import ACTIVITY, actor_document

_END_OF_HEADERS = b"\r\n\r\n"


class Hosts:
    """What all of them know together."""

    def __init__(self, pems: Mapping[str, str]) -> None:
        self.pems = pems
        self.delay_s = 0.0
        self.posts: list[float] = []
        """When each POST came."""

    def obey(self, line: str) -> dict[str, Any]:
        """Carry out one line of the bench; return the answer."""
        word, _, value = line.strip().partition(" ")
        if word == "delay":
            self.delay_s = float(value)
        if word == "forget":
            self.posts.clear()
        span_s = self.posts[-1] - self.posts[0] if self.posts else 0.0
        return {"posts": len(self.posts), "span_s": span_s}

    def answer(self, head: str) -> bytes:
        """Return the whole answer to a request."""
        method, target, _ = head.split(" ", 2)
        if method == "POST":
            self.posts.append(time.perf_counter())
            return b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"
        authority = head.lower().partition("\r\nhost:")[2].partition("\r\n")[0].strip()
        if not target.startswith("/users/"):
            return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
        uri = f"https://{authority}{target}"
        body = json.dumps(actor_document(uri, self.pems[authority])).encode()
        start = (
            f"HTTP/1.1 200 OK\r\ncontent-type: {ACTIVITY}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return start.encode() + body


class _Connection(asyncio.Protocol):
    """Reads requests, also when they come in pieces, and answers after the delay."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP and TLS have nothing else
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while _END_OF_HEADERS in self._received:
            head, _, rest = self._received.partition(_END_OF_HEADERS)
            length = _length(head)
            if len(rest) < length:
                return
            self._received = rest[length:]
            answer = self._hosts.answer(head.decode())
            if self._hosts.delay_s:
                loop = asyncio.get_running_loop()
                loop.call_later(self._hosts.delay_s, self._write, answer)
            else:
                self._write(answer)

    def _write(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


def _length(head: bytes) -> int:
    found = head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
    return int(found) if found else 0


async def run(config: Mapping[str, Any]) -> None:
    """Listen on all addresses until standard input ends."""
    hosts = Hosts(config["pems"])
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(config["certificate"], config["private_key"])
    loop = asyncio.get_running_loop()
    for address in config["addresses"]:
        await loop.create_server(
            lambda: _Connection(hosts), address, config["port"], ssl=tls, backlog=128
        )
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    _say({"listening": len(config["addresses"])})
    while line := await reader.readline():
        _say(hosts.obey(line.decode()))


def _say(answer: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(run(json.loads(sys.argv[1])))
