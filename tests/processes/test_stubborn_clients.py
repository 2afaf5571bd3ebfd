"""Clients that hold on to a real server: slow headers, HTTP/2 floods, sockets nobody asked for."""

import asyncio
import contextlib
from collections.abc import Iterator

import h2.config
import h2.connection
import h2.exceptions
import httpx
import pytest

from tests.processes.servers import Server
from webapp.server import HEADER_TIMEOUT_S

SLOW_CLIENTS = 150
STREAMS = 3000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    one = Server("stubborn", "127.0.10.1", tmp_path_factory.mktemp("stubborn"))
    one.start()
    yield one
    one.stop()


def is_well(server: Server) -> bool:
    return httpx.get(f"{server.url}/.well-known/nodeinfo", timeout=60).status_code == 200


async def test_rx19_slow_headers_hold_up_nobody_and_are_cut(server: Server) -> None:
    """RX-19: 150 clients that send a letter a second; others are served, all lines are cut."""

    async def drip_until_cut() -> None:
        reader, writer = await asyncio.open_connection(server.address, server.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
        at_work.release()
        with contextlib.suppress(ConnectionError):
            while not reader.at_eof():
                writer.write(b"y")
                await writer.drain()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(1000), 1)
        writer.close()

    at_work = asyncio.Semaphore(0)
    slow = [asyncio.create_task(drip_until_cut()) for _ in range(SLOW_CLIENTS)]
    async with asyncio.timeout(60):
        for _ in slow:
            await at_work.acquire()
    assert await asyncio.to_thread(is_well, server)
    assert not all(each.done() for each in slow)
    async with asyncio.timeout(HEADER_TIMEOUT_S + 60):
        await asyncio.gather(*slow)


def _client() -> h2.connection.H2Connection:
    config = h2.config.H2Configuration(client_side=True, validate_outbound_headers=False)
    made = h2.connection.H2Connection(config)
    made.initiate_connection()
    return made


HEADERS = [
    (":method", "GET"),
    (":path", "/"),
    (":scheme", "http"),
    (":authority", "x"),
]


async def test_rx23_rapid_resets_and_many_streams_are_bounded(server: Server) -> None:
    """RX-23, CVE-2023-44487: streams opened and reset at once; CONTINUATION without end."""
    reader, writer = await asyncio.open_connection(server.address, server.port)
    client = _client()
    with contextlib.suppress(ConnectionError, h2.exceptions.ProtocolError):
        for number in range(STREAMS):
            client.send_headers(1 + 2 * number, HEADERS, end_stream=True)
            client.reset_stream(1 + 2 * number)
            writer.write(client.data_to_send())
        await writer.drain()
    assert await asyncio.to_thread(is_well, server)
    writer.close()
    del reader


async def test_rx23_a_flood_of_continuations_is_cut(server: Server) -> None:
    """RX-23: a header block that never ends."""
    reader, writer = await asyncio.open_connection(server.address, server.port)
    writer.write(_client().data_to_send())
    writer.write(b"\x00\x00\x01\x01\x00" + (1).to_bytes(4) + b"\x82")  # HEADERS, not the last
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < 16 * 2**20 and not reader.at_eof():
            block = b"\x00\x03x-a\x01b" * 1000  # literal header fields
            writer.write(len(block).to_bytes(3) + b"\x09\x00" + (1).to_bytes(4) + block)
            await writer.drain()
            sent += len(block)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(reader.read(65536), 0.001)
    assert sent < 8 * 2**20
    assert await asyncio.to_thread(is_well, server)
    writer.close()


async def test_rx24_sockets_that_nobody_serves_are_refused(server: Server) -> None:
    """RX-24: without a token, and elsewhere, a handshake gets a 4xx and holds nothing."""
    for path in ("/", "/api/v1/streaming", "/inbox"):
        reader, writer = await asyncio.open_connection(server.address, server.port)
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {server.domain}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        answer = await asyncio.wait_for(reader.read(4096), 60)
        assert 400 <= int(answer.split(b" ")[1]) < 500, answer[:200]
        writer.close()
    assert await asyncio.to_thread(is_well, server)
