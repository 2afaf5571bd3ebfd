"""`RedisCache`: a cache that processes share. Imported only where a setting names one."""

import logging
from collections.abc import Awaitable
from datetime import datetime
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from storage.cache import VALUE_BYTES_MAX, MemoryCache, window

T = TypeVar("T")

REDIS_TIMEOUT_S = 0.5

_log = logging.getLogger(__name__)


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
        name = f"{self._prefix}count:{key}:{window_s}:{window(window_s, now)}"
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
