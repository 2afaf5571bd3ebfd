"""`RedisCache`: a cache that processes share. Imported only where a setting names one."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

from redis.asyncio import Redis

from instance.errors import Misconfigured
from storage.cache import VALUE_BYTES_MAX, MemoryCache, window
from storage.redis_link import RedisAway, RedisLink

T = TypeVar("T")


class RedisCache:
    """A cache in Redis or Valkey, shared by processes.

    While Redis is away this process remembers and counts for itself (RELIABILITY FA-29).
    """

    def __init__(self, link: RedisLink, *, prefix: str = "kittiwake:") -> None:
        self._link = link
        self._prefix = prefix
        self._substitute: MemoryCache | None = None

    async def get(self, key: str) -> bytes | None:
        """Return a value that is not expired."""
        value = await self._either(
            lambda redis: redis.get(self._prefix + key), lambda memory: memory.get(key)
        )
        return value.encode() if isinstance(value, str) else value

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """Keep a value for so long, or shorter."""
        if len(value) > VALUE_BYTES_MAX:
            await self.delete(key)
            return
        ttl_ms = max(1, int(ttl_s * 1000))
        await self._either(
            lambda redis: redis.set(self._prefix + key, value, px=ttl_ms),
            lambda memory: memory.set(key, value, ttl_s),
        )

    async def delete(self, key: str) -> None:
        """Forget a value."""
        await self._either(
            lambda redis: redis.delete(self._prefix + key), lambda memory: memory.delete(key)
        )

    async def count(self, key: str, window_s: int, now: datetime) -> int:
        """Count once more in the current window and return the count."""
        name = f"{self._prefix}count:{key}:{window_s}:{window(window_s, now)}"

        async def count(redis: Redis) -> int:
            pipeline: Any = redis.pipeline(transaction=False)  # its methods have wrong types
            pipeline.incr(name)
            pipeline.expire(name, 2 * window_s)
            return int((await pipeline.execute())[0])

        return await self._either(count, lambda memory: memory.count(key, window_s, now))

    async def check(self) -> None:
        """Try whether Redis answers."""
        try:
            await self._link.ping()
        except RedisAway as away:
            message = f"KITTIWAKE_CACHE__URL: Redis does not answer ({away})."
            raise Misconfigured(f"{message} Is it running, and is the address right?") from away

    async def close(self) -> None:
        """Close the connections of the link."""
        await self._link.close()

    async def _either(
        self,
        ask: Callable[[Redis], Awaitable[T]],
        substitute: Callable[[MemoryCache], Awaitable[Any]],
    ) -> T:
        """Ask Redis, and while it is away a memory of our own that ends when it is back."""
        try:
            answer = await self._link.ask(ask)
        except RedisAway:
            self._substitute = self._substitute or MemoryCache()
            instead: T = await substitute(self._substitute)
            return instead
        self._substitute = None
        return answer
