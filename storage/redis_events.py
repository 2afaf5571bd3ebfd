"""`RedisEvents`: events between processes. Imported only where a setting names a Redis.

All events of a server go over one Redis channel, and each process picks what it listens to. So
listening begins at once, without a round trip in which an event could be missed.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractContextManager
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from storage.events import Event, Listener, MemoryEvents, new_event
from storage.redis_link import FAULTS, TIMEOUT_S, RedisAway, RedisLink

UNSENT_MAX: Final = 1000
SENT_AT_ONCE_MAX: Final = 100
QUIET_S: Final = 5.0
WAIT_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_SENDER_BYTES = 8


class RedisEvents:
    """Events between the processes of one server, at most once.

    Listeners of this process are told directly, also while Redis is away. When the connection was
    lost and is back, every listener is told `MISSED` (RELIABILITY FA-29).
    """

    def __init__(self, link: RedisLink, name: str) -> None:
        self._link = link
        self._name = name
        self._here = MemoryEvents()
        self._sender = secrets.token_bytes(_SENDER_BYTES)
        self._unsent: dict[Event, None] = {}  # in order; the same one twice is sent once
        self._has_unsent = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def publish(self, channel: str, payload: bytes = b"") -> None:
        """Tell the listeners here at once and those of other processes soon."""
        event = new_event(channel, payload)
        self._here.tell(channel, event)
        if len(self._unsent) < UNSENT_MAX:
            self._unsent[event] = None
            self._has_unsent.set()
        self._keep_running("send", self._send)

    def listening(self, channel: str, listener: Listener) -> AbstractContextManager[None]:
        """Call the listener for each event of a channel as long as the block runs."""
        self._keep_running("receive", self._receive)
        return self._here.listening(channel, listener)

    async def close(self) -> None:
        """Send what is left, and end. The link stays open: the cache closes it."""
        with contextlib.suppress(RedisAway):
            while self._unsent:
                await self._link.ask(self._send_some)
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _keep_running(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start a task when it is needed first: a short command needs none."""
        running = self._tasks.get(name)
        if running is None or running.done():
            self._tasks[name] = asyncio.create_task(work(), name=f"redis events: {name}")

    # ------------------------------------------------------------ sending

    async def _send(self) -> None:
        while True:
            await self._has_unsent.wait()
            self._has_unsent.clear()
            try:
                while self._unsent:
                    await self._link.ask(self._send_some)
            except RedisAway:
                self._unsent.clear()  # it is old when Redis is back; receivers learn of the gap

    async def _send_some(self, redis: Redis) -> None:
        pipeline: Any = redis.pipeline(transaction=False)  # its methods have wrong types
        for event in list(self._unsent)[:SENT_AT_ONCE_MAX]:
            del self._unsent[event]
            head = self._sender + event.channel.encode() + b"\n"
            pipeline.publish(self._name, head + event.payload)
        await pipeline.execute()

    # ------------------------------------------------------------ receiving

    async def _receive(self) -> None:
        failures = 0
        while True:
            try:
                async with self._link.client.pubsub() as channel:
                    await channel.subscribe(self._name)
                    async for data in _messages(channel):
                        if failures and not data:
                            self._link.found()
                            self._here.tell_all_missed()
                        failures = 0
                        self._told(data)
            except FAULTS as error:
                self._link.lost(error)
                await asyncio.sleep(WAIT_S[min(failures, len(WAIT_S) - 1)])
                failures += 1

    def _told(self, data: bytes) -> None:
        """Tell the listeners here what another process published."""
        if not data or data.startswith(self._sender):
            return
        channel, _, payload = data[_SENDER_BYTES:].partition(b"\n")
        name = channel.decode(errors="replace")
        self._here.tell(name, Event(name, payload))


async def _messages(channel: PubSub) -> AsyncIterator[bytes]:
    """Yield what comes, and b"" when the subscription is confirmed or the connection proved alive.

    A Redis that hangs says nothing: when it is quiet we ask whether it is still there.
    """
    while True:
        message = await channel.get_message(timeout=QUIET_S)
        if message is None:
            await channel.ping()
            message = await channel.get_message(timeout=TIMEOUT_S)
        if message is None:
            raise TimeoutError("Redis hangs")
        yield message["data"] if message["type"] == "message" else b""
