"""What a client can get wrong below the application: hardly HTTP, at a real server."""

import errno
import socket
from collections.abc import Iterator

import httpx
import pytest

from tests.processes.servers import Server

POST = b"POST /inbox HTTP/1.1\r\nHost: x\r\n"
ODD_REQUESTS = (
    b"\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /%ff%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://evil.example/ HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX\x00: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n: empty\r\n\r\n",
    POST + b"Content-Length: +5\r\n\r\nhello",
    POST + b"Content-Length: -1\r\n\r\n",
    POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello",
    POST + b"Transfer-Encoding: xchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
    b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 100,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    one = Server("odd", "127.0.10.1", tmp_path_factory.mktemp("odd"))
    one.start()
    yield one
    one.stop()


# What one meets who goes on talking on a line that the other side has closed.
CLOSED = (errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN)


def _answer(server: Server, request: bytes) -> bytes:
    with socket.create_connection((server.address, server.port), timeout=60) as line:
        try:
            line.sendall(request)
            line.shutdown(socket.SHUT_WR)
            answer = line.recv(65536)
        except OSError as error:
            if error.errno not in CLOSED:
                raise
            return b""
    return answer


@pytest.mark.parametrize("request_bytes", ODD_REQUESTS, ids=lambda r: repr(r[:48]))
def test_op2_rx20_odd_http_is_refused(server: Server, request_bytes: bytes) -> None:
    """OP-2, OP-3, RX-20: refused with a 4xx or a closed line, and the server lives."""
    answer = _answer(server, request_bytes)
    if answer.startswith(b"HTTP/1"):
        status = int(answer.split(b" ")[1])
        # RFC 9112 6.1: an unknown transfer coding is answered with 501, and the line is closed.
        is_unknown_coding = b"Transfer-Encoding: xchunked" in request_bytes
        assert status < 500 or (is_unknown_coding and status == 501), answer[:300]
    assert httpx.get(f"{server.url}/.well-known/nodeinfo", timeout=60).status_code == 200


def test_rx6_a_huge_inbox_body_is_refused_early(server: Server) -> None:
    """RX-6: 64 MiB announced at the inbox gives 413 before it is sent."""
    head = (
        f"POST /inbox HTTP/1.1\r\nHost: {server.domain}\r\n"
        "Content-Type: application/activity+json\r\nContent-Length: 67108864\r\n\r\n"
    ).encode()
    with socket.create_connection((server.address, server.port), timeout=60) as line:
        line.sendall(head + b"{" * 1000)
        assert b" 413 " in line.recv(4096).split(b"\r\n")[0] + b" "


def test_rx6_a_huge_chunked_body_is_cut(server: Server) -> None:
    """RX-6: without an announced length the body is counted."""

    def endless() -> Iterator[bytes]:
        for _ in range(64):
            yield b" " * 65536

    answer = httpx.post(
        f"{server.url}/inbox",
        content=endless(),
        headers={"Content-Type": "application/activity+json"},
        timeout=60,
    )
    assert answer.status_code == 413
    assert answer.text
