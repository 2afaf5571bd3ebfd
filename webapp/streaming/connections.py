"""`Connection`: one open stream of somebody's app, with a bounded buffer of what is to be sent.

Who reads too slowly is cut and comes again: nobody's slowness fills our memory. A connection that
has nothing to send costs no task of ours.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

from webapp.auth import Viewer
from webapp.front import Send
from webapp.streaming.messages import BEAT, Message

BUFFERED_MAX: Final = 500
BUFFERED_CHARACTERS_MAX: Final = 1024 * 1024
SEND_TIMEOUT_S: Final = 30.0

SLOW: Final = "This app reads too slowly. Connect again."
STOPPING: Final = "The server stops. Connect again."
TOO_MUCH: Final = "This is more than an app has to say at once."
ENDED: Final = "The access token is no longer valid."


class Connection(ABC):
    """One app that listens. Its `actor` is read anew when the row changes (`pump.py`)."""

    def __init__(self, viewer: Viewer, token_hash: str, send: Send) -> None:
        self.actor = viewer.actor
        self.scopes = viewer.scopes
        self.token_hash = token_hash
        self.why_cut = ""
        self._send = send
        self._buffer: deque[str | bytes] = deque()
        self._buffered = 0
        self._is_writing = True  # until `begin`, as if somebody were: what is put waits
        self._group: asyncio.TaskGroup | None = None
        self._limit: asyncio.Timeout | None = None

    async def run(self, listen: Callable[[], Awaitable[None]]) -> None:
        """Send what is put until `listen` returns, or somebody cuts the connection."""
        try:
            async with asyncio.timeout(None) as self._limit, asyncio.TaskGroup() as self._group:
                await listen()
        except TimeoutError:
            if not self.why_cut:
                raise
        finally:
            self._group = self._limit = None

    def begin(self) -> None:
        """Let go out what was put, and what will be: the app has been answered."""
        self._is_writing = False
        self._write_soon()

    def cut(self, reason: str) -> None:
        """End the connection from our side."""
        if self._limit is not None and not self.why_cut:
            self.why_cut = reason
            self._limit.reschedule(asyncio.get_running_loop().time())

    @abstractmethod
    def tell(self, message: Message, label: tuple[str, ...]) -> None:
        """Send a message that came by the stream with this label."""

    @abstractmethod
    def beat(self) -> None:
        """Show whoever is between that the connection is alive."""

    @abstractmethod
    def framed(self, text: str | bytes) -> dict[str, Any]:
        """As the server is given it (ASGI)."""

    def put(self, text: str | bytes) -> None:
        """Send soon; who has too much waiting is cut."""
        if self._group is None or self.why_cut:
            return
        self._buffer.append(text)
        self._buffered += len(text)
        if len(self._buffer) > BUFFERED_MAX or self._buffered > BUFFERED_CHARACTERS_MAX:
            self.cut(SLOW)
        else:
            self._write_soon()

    def _write_soon(self) -> None:
        if self._group is not None and self._buffer and not self._is_writing:
            self._is_writing = True
            self._group.create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._buffer:
                text = self._buffer.popleft()
                self._buffered -= len(text)
                async with asyncio.timeout(SEND_TIMEOUT_S):
                    await self._send(self.framed(text))
        except TimeoutError:
            self.cut(SLOW)
        finally:
            self._is_writing = False


class SocketConnection(Connection):
    """A WebSocket. The server sends the pings."""

    def tell(self, message: Message, label: tuple[str, ...]) -> None:
        """Send a message that came by the stream with this label."""
        self.put(message.for_socket(label))

    def beat(self) -> None:
        """Do nothing: pings are the server's (`webapp/server.py`)."""

    def framed(self, text: str | bytes) -> dict[str, Any]:
        """As the server is given it."""
        return {"type": "websocket.send", "text": text}


class EventsConnection(Connection):
    """Server-sent events: an answer that goes on."""

    def tell(self, message: Message, label: tuple[str, ...]) -> None:
        """Send a message; there is one stream, and so no label."""
        del label
        self.put(message.as_event())

    def beat(self) -> None:
        """Send a comment."""
        self.put(BEAT)

    def framed(self, text: str | bytes) -> dict[str, Any]:
        """As the server is given it."""
        return {"type": "http.response.body", "body": text, "more_body": True}
