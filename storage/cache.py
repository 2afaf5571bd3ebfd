"""`Cache`: short-lived values and counters, in memory; in Redis: `redis_cache.py`.

Losing one costs only time.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

ENTRIES_MAX = 10_000
VALUE_BYTES_MAX = 64 * 1024


class Cache(Protocol):
    """Bytes by key. What it forgets, and when, is its own business."""

    async def get(self, key: str) -> bytes | None:
        """Return a value that is not expired."""

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """Keep a value for so long, or shorter. Too large ones are not kept."""

    async def delete(self, key: str) -> None:
        """Forget a value."""

    async def count(self, key: str, window_s: int, now: datetime) -> int:
        """Count once more in the current window and return the count.

        Windows begin at multiples of their length since 1970.
        """

    async def check(self) -> None:
        """Try whether it answers; raises `Misconfigured`, naming the setting."""

    async def close(self) -> None:
        """Close connections."""


class MemoryCache:
    """A cache inside this process, bounded by entries; the least used go first."""

    def __init__(
        self, *, entries_max: int = ENTRIES_MAX, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._values: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        # Apart from the values: a flood of those must not reset rate limits.
        self._counts: OrderedDict[tuple[str, int], int] = OrderedDict()
        self._entries_max = entries_max
        self._clock = clock

    async def get(self, key: str) -> bytes | None:
        """Return a value that is not expired."""
        found = self._values.get(key)
        if found is None:
            return None
        until, value = found
        if until <= self._clock():
            del self._values[key]
            return None
        self._values.move_to_end(key)
        return value

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """Keep a value for so long, or until it is the least used."""
        if len(value) > VALUE_BYTES_MAX:
            self._values.pop(key, None)
            return
        self._values[key] = (self._clock() + ttl_s, value)
        self._values.move_to_end(key)
        if len(self._values) > self._entries_max:
            self._values.popitem(last=False)

    async def delete(self, key: str) -> None:
        """Forget a value."""
        self._values.pop(key, None)

    async def count(self, key: str, window_s: int, now: datetime) -> int:
        """Count once more in the current window and return the count."""
        counter = (key, window(window_s, now))
        self._counts[counter] = self._counts.get(counter, 0) + 1
        self._counts.move_to_end(counter)
        if len(self._counts) > self._entries_max:
            self._counts.popitem(last=False)
        return self._counts[counter]

    async def check(self) -> None:
        """Do nothing: our own memory answers."""

    async def close(self) -> None:
        """Do nothing."""


def window(window_s: int, now: datetime) -> int:
    """Return which window of this length a moment is in."""
    return int(now.timestamp()) // window_s
