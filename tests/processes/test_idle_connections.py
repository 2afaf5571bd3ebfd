"""Connections on which nothing is asked just now: what they hold, and when they end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from instance.settings import Settings
from webapp import hypercorn_idling, server

LONG_S = 3600.0
ASK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answers everything with two letters."""
    if scope["type"] == "lifespan":
        for word in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{word}.complete"})
        return
    headers = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


@contextlib.asynccontextmanager
async def served() -> AsyncIterator[tuple[str, int]]:
    """A server in this process; yields its address when all its own tasks are there."""
    begun, stop = asyncio.Event(), asyncio.Event()

    async def until() -> None:
        begun.set()
        await stop.wait()

    settings = Settings(listen="127.0.0.1:0")
    listener = server.bind(settings)
    address = listener.getsockname()
    serving = asyncio.create_task(server.serve(settings, application, listener, until=until))
    try:
        await asyncio.wait_for(begun.wait(), 60)
        yield address
    finally:
        stop.set()
        await asyncio.wait_for(serving, 60)


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(ASK)
    assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")


async def test_a_client_that_goes_on_asking_is_not_watched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """P10: no task waits for a connection to be idle while it is not."""
    monkeypatch.setattr(hypercorn_idling, "IDLE_AFTER_S", LONG_S)
    async with served() as address:
        reader, writer = await asyncio.open_connection(*address)
        for _ in range(3):
            await ask(reader, writer)
            running = [str(task.get_coro()) for task in asyncio.all_tasks()]
            assert any("_server_callback" in each for each in running)
            assert not any("_idle_timeout" in each for each in running)
        writer.close()


@pytest.mark.parametrize("idle_after_s", [0, LONG_S], ids=["was idle", "was not idle"])
async def test_who_hangs_up_is_let_go_at_once(
    monkeypatch: pytest.MonkeyPatch, idle_after_s: float
) -> None:
    """RX-19: a connection that its client has closed is not held until it were idle too long."""
    monkeypatch.setattr(server, "HEADER_TIMEOUT_S", LONG_S)
    monkeypatch.setattr(hypercorn_idling, "IDLE_AFTER_S", idle_after_s)
    async with served() as address:
        before = asyncio.all_tasks()
        reader, writer = await asyncio.open_connection(*address)
        await ask(reader, writer)
        connection = asyncio.all_tasks() - before
        writer.close()
        _, held = await asyncio.wait(connection, timeout=60)
        assert connection
        assert not held


async def test_who_asks_nothing_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """RX-19: silent from the beginning, or after an answer."""
    monkeypatch.setattr(server, "HEADER_TIMEOUT_S", 0.01)
    async with served() as address:
        monkeypatch.setattr(hypercorn_idling, "IDLE_AFTER_S", LONG_S)
        reader, writer = await asyncio.open_connection(*address)
        await ask(reader, writer)
        monkeypatch.setattr(hypercorn_idling, "IDLE_AFTER_S", 0)
        await ask(reader, writer)
        silent_reader, silent_writer = await asyncio.open_connection(*address)
        for one in (reader, silent_reader):
            assert await asyncio.wait_for(one.read(), 60) == b""
        for each in (writer, silent_writer):
            each.close()
