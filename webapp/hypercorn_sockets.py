"""WebSockets of Hypercorn as thousands of them need to be: never compressed, and gone when closed.

Hypercorn has no settings for either. Compression would cost 300 KB of memory a connection, and all
that one post says to thousands would be compressed for each of them. Its pings sleep on after the
connection has ended: memory is held, and a server that stops waits for them in vain.
"""

import asyncio
import contextlib
from dataclasses import replace

from hypercorn.protocol import h2, h11
from hypercorn.protocol.events import Event, Request
from hypercorn.protocol.ws_stream import Ping, WSStream  # type: ignore[attr-defined]  # its Ping

_EXTENSIONS = b"sec-websocket-extensions"


class PlainSocket(WSStream):
    """A WebSocket that takes no extension, and whose pings end with it."""

    _ended: asyncio.Event | None = None

    async def handle(self, event: Event) -> None:
        """Take what the connection brings."""
        if isinstance(event, Request):
            kept = [pair for pair in event.headers if pair[0].lower() != _EXTENSIONS]
            event = replace(event, headers=kept)
        await super().handle(event)
        if self.closed and self._ended is not None:
            self._ended.set()

    async def _send_pings(self) -> None:
        self._ended = asyncio.Event()
        while not self.closed:
            await self._send_wsproto_event(Ping())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.config.websocket_ping_interval):
                    await self._ended.wait()


def install() -> None:
    """Let Hypercorn make its WebSockets so."""
    for protocol in (h11, h2):
        protocol.WSStream = PlainSocket  # type: ignore[attr-defined]  # imported there
