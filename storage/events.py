"""`Events`: what just happened, told to whoever listens, in memory; in Redis: `redis_events.py`.

An event is a hint and nothing more: whoever misses one finds the same in the database a little
later. So publishing never waits and never fails, and nobody may build a promise on an event.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

PAYLOAD_BYTES_MAX: Final = 4 * 1024
BUFFERED_MAX: Final = 100

JOBS_DUE: Final = "jobs"
"""The channel that says: there is something to claim in the queue."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `channel` is empty in `MISSED`."""

    channel: str
    payload: bytes = b""


MISSED: Final = Event("")
"""Told to a listener in place of what was lost: look into the database again."""

Listener: TypeAlias = Callable[[Event], None]


class Events(Protocol):
    """Publishes and subscribes by channel: `jobs`, `home:<actor id>` and the like."""

    def publish(self, channel: str, payload: bytes = b"") -> None:
        """Tell the listeners in all processes, soon; a payload is an id or two, not a document."""

    def listening(self, channel: str, listener: Listener) -> AbstractContextManager[None]:
        """Call the listener for each event of a channel, and with `MISSED`; it must be quick."""

    async def close(self) -> None:
        """Close connections."""


class Subscription:
    """A bounded buffer of events. Who reads too slowly gets one `MISSED` for what was dropped."""

    def __init__(self, buffered_max: int = BUFFERED_MAX) -> None:
        self._buffer: deque[Event] = deque()
        self._buffered_max = buffered_max
        self._filled = asyncio.Event()

    async def next(self) -> Event:
        """Wait for the next event and return it."""
        while not self._buffer:
            self._filled.clear()
            await self._filled.wait()
        return self._buffer.popleft()

    def put(self, event: Event) -> None:
        """Keep an event until it is read; all that are kept give way to `MISSED` when too many."""
        if len(self._buffer) >= self._buffered_max or event is MISSED:
            self._buffer.clear()
            event = MISSED
        self._buffer.append(event)
        self._filled.set()


@contextlib.contextmanager
def subscribed(events: Events, *channels: str) -> Iterator[Subscription]:
    """Buffer the events of these channels as long as the block runs."""
    subscription = Subscription()
    with contextlib.ExitStack() as stack:
        for channel in channels:
            stack.enter_context(events.listening(channel, subscription.put))
        yield subscription


class MemoryEvents:
    """Events inside this process."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Listener]] = {}

    def publish(self, channel: str, payload: bytes = b"") -> None:
        """Tell the listeners at once."""
        self.tell(channel, new_event(channel, payload))

    @contextlib.contextmanager
    def listening(self, channel: str, listener: Listener) -> Iterator[None]:
        """Call the listener for each event of a channel as long as the block runs."""
        self._listeners.setdefault(channel, []).append(listener)
        try:
            yield
        finally:
            left = self._listeners[channel]
            left.remove(listener)
            if not left:
                del self._listeners[channel]

    def tell(self, channel: str, event: Event) -> None:
        """Call the listeners of a channel."""
        for listener in tuple(self._listeners.get(channel, ())):
            listener(event)

    def tell_all_missed(self) -> None:
        """Tell every listener that something was lost."""
        for channel in tuple(self._listeners):
            self.tell(channel, MISSED)

    async def close(self) -> None:
        """Do nothing."""


def new_event(channel: str, payload: bytes) -> Event:
    """Return an event; raises ValueError for what is too large to be a hint."""
    if len(payload) > PAYLOAD_BYTES_MAX or not channel or "\n" in channel:
        message = f"no event: {len(payload)} bytes for channel {channel!r}"
        raise ValueError(message)
    return Event(channel, payload)
