"""`Cache`: short-lived values and counters, in memory or in Redis. Losing it costs only time."""

import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol, TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

T = TypeVar("T")

ENTRIES_MAX = 10_000
VALUE_BYTES_MAX = 64 * 1024
REDIS_TIMEOUT_S = 0.5

_log = logging.getLogger(__name__)


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
        counter = (key, _window(window_s, now))
        self._counts[counter] = self._counts.get(counter, 0) + 1
        self._counts.move_to_end(counter)
        if len(self._counts) > self._entries_max:
            self._counts.popitem(last=False)
        return self._counts[counter]

    async def close(self) -> None:
        """Do nothing."""


class RedisCache:
    """A cache in Redis or Valkey, shared by processes.

    While Redis is away nothing is found and this process counts for itself (RELIABILITY FA-29).
    """

    def __init__(self, url: str, *, prefix: str = "kittiwake:") -> None:
        self._redis = Redis.from_url(
            url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S
        )
        self._prefix = prefix
        self._substitute = MemoryCache()

    async def get(self, key: str) -> bytes | None:
        """Return a value that is not expired."""
        value = await self._or(self._redis.get(self._prefix + key), None)
        return value.encode() if isinstance(value, str) else value

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """Keep a value for so long, or shorter."""
        if len(value) > VALUE_BYTES_MAX:
            await self.delete(key)
            return
        ttl_ms = max(1, int(ttl_s * 1000))
        await self._or(self._redis.set(self._prefix + key, value, px=ttl_ms), None)

    async def delete(self, key: str) -> None:
        """Forget a value."""
        await self._or(self._redis.delete(self._prefix + key), 0)

    async def count(self, key: str, window_s: int, now: datetime) -> int:
        """Count once more in the current window and return the count."""
        name = f"{self._prefix}count:{key}:{window_s}:{_window(window_s, now)}"
        pipeline: Any = self._redis.pipeline(transaction=False)  # its methods have wrong types
        pipeline.incr(name)
        pipeline.expire(name, 2 * window_s)
        answers = await self._or(pipeline.execute(), None)
        if answers is None:
            return await self._substitute.count(key, window_s, now)
        return int(answers[0])

    async def close(self) -> None:
        """Close connections."""
        await self._redis.aclose()

    async def _or(self, answer: Awaitable[T], otherwise: T) -> T:
        try:
            return await answer
        except (RedisError, OSError, TimeoutError) as error:
            _log.warning("the cache does not answer: %s", error)
            return otherwise


def _window(window_s: int, now: datetime) -> int:
    return int(now.timestamp()) // window_s
