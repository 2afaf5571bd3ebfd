"""Apps that listen: a WebSocket and server-sent events, straight to the ASGI application."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

LONG_S = 10.0
Messages = list[dict[str, Any]]


class Ear:
    """One open stream: what the application sent, in its order, and a way to say something."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.is_deaf = False
        """Whether it takes nothing of what is sent to it, without hanging up."""

    async def send(self, message: dict[str, Any]) -> None:
        if self.is_deaf:
            await asyncio.Event().wait()
        await self.sent.put(message)

    async def next(self) -> dict[str, Any]:
        """The next thing that the application sends."""
        async with asyncio.timeout(LONG_S):
            return await self.sent.get()

    async def event(self) -> dict[str, Any]:
        """The next thing that a WebSocket is told; its payload is read."""
        message = await self.next()
        assert message["type"] == "websocket.send", message
        said: dict[str, Any] = json.loads(message["text"])
        if said.get("event") not in (None, "delete") and "payload" in said:
            said["payload"] = json.loads(said["payload"])
        return said

    async def say(self, **said: Any) -> None:
        """Say something to the application, as JSON."""
        await self.heard.put({"type": "websocket.receive", "text": json.dumps(said)})

    async def settled(self) -> None:
        """Wait until what was said was heard: an unknown stream is answered, in its turn."""
        await self.say(type="subscribe", stream="no such stream")
        said = await self.event()
        assert said == {"error": "Unknown stream type", "status": 400}

    async def silence(self) -> Messages:
        """What else has come by now, after the application had time for what it had to do."""
        for _ in range(200):
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        found = []
        while not self.sent.empty():
            found.append(self.sent.get_nowait())
        return found


@contextlib.asynccontextmanager
async def listening(
    app: Any, path: str = "/api/v1/streaming", *, token: str = "", **query: str
) -> AsyncIterator[Ear]:
    """Open a WebSocket; `token` goes into the query, as most apps do it."""
    async with opened(app, path, "websocket", {"access_token": token, **query}) as ear:
        accepted = await ear.next()
        assert accepted["type"] == "websocket.accept", accepted
        yield ear


@contextlib.asynccontextmanager
async def opened(
    app: Any,
    path: str,
    kind: str,
    query: dict[str, str],
    headers: tuple[tuple[bytes, bytes], ...] = (),
    subprotocols: tuple[str, ...] = (),
) -> AsyncIterator[Ear]:
    """Open a stream of either kind, whatever the application says to it."""
    ear = Ear()
    if kind == "websocket":
        await ear.heard.put({"type": "websocket.connect"})
    else:
        await ear.heard.put({"type": "http.request", "body": b"", "more_body": False})
    scope = {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "ws" if kind == "websocket" else "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": urlencode({k: v for k, v in query.items() if v}).encode(),
        "root_path": "",
        "headers": [(b"host", b"alpha.test"), *headers],
        "client": ("127.0.0.1", 40000),
        "server": ("127.0.0.1", 8000),
        "subprotocols": list(subprotocols),
        "extensions": {"websocket.http.response": {}},
    }
    running = asyncio.create_task(app(scope, ear.heard.get, ear.send))
    try:
        yield ear
    finally:
        end = "websocket.disconnect" if kind == "websocket" else "http.disconnect"
        await ear.heard.put({"type": end, "code": 1000})
        async with asyncio.timeout(LONG_S):
            await running
