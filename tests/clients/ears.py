"""Apps that listen: a WebSocket and server-sent events, straight to the ASGI application."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

from instance import hints
from instance.hints import Kind
from instance.resources import Instance

LONG_S = 60.0
"""For what comes for certain, on however busy a machine; so long only that takes which is wrong."""
Messages = list[dict[str, Any]]
_LAST = {"stream": ["user"], "event": "announcement.delete", "payload": 0}
"""Of an announcement that there never was: what everybody hears who listens at home."""


class Ear:
    """One open stream: what the application sent, in its order, and a way to say something."""

    def __init__(self, app: Any, token: str) -> None:
        self._app, self._token = app, token
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
        """Wait until what was said was heard, with nothing else to hear meanwhile."""
        assert await self._until_answered() == []

    async def silence(self, instance: Instance) -> Messages:
        """What a WebSocket was told of all that has happened by now, and nobody has asked for yet.

        Streams are told one thing after the other: who hears the last knows that it was the last.
        """
        async with listening(self._app, token=self._token, stream="user") as other:
            await other.settled()
            hints.give(instance, Kind.WITHDRAWN, 0)
            while await other.event() != _LAST:
                pass
        return [each for each in await self._until_answered() if each != _LAST]

    async def _until_answered(self) -> Messages:
        """What it is told until an unknown stream is answered, in its turn."""
        await self.say(type="subscribe", stream="no such stream")
        found: Messages = []
        while (said := await self.event()) != {"error": "Unknown stream type", "status": 400}:
            found.append(said)
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
    ear = Ear(app, query.get("access_token", ""))
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
