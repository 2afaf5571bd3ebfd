"""`RedisLink`: one Redis or Valkey that may be away, slow or hung without anybody waiting for it.

What uses it has a substitute. While it does not answer one call a second tries it again; the
others are refused at once. The log gets one line when it goes and one when it is back.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

T = TypeVar("T")

TIMEOUT_S: Final = 0.5
TRY_AGAIN_S: Final = 1.0
CONNECTIONS_MAX: Final = 32
FAULTS: Final = (RedisError, OSError, TimeoutError)

_log = logging.getLogger("kittiwake.redis")


class RedisAway(Exception):  # noqa: N818 - a state of affairs, not a mistake
    """Redis does not answer just now: use the substitute."""


class RedisLink:
    """Connections to one Redis, shared by the cache and the events of a process."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS_MAX,
            timeout=TIMEOUT_S,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        )
        self.client: Redis = Redis.from_pool(pool)
        self._clock = clock
        self._is_away = False
        self._next_try = 0.0

    async def ask(self, call: Callable[[Redis], Awaitable[T]]) -> T:
        """Return what a call answers; raises `RedisAway` within half a second."""
        if self._is_away:
            now = self._clock()
            if now < self._next_try:
                raise RedisAway
            self._next_try = now + TRY_AGAIN_S
        try:
            async with asyncio.timeout(TIMEOUT_S):
                answer = await call(self.client)
        except FAULTS as error:
            self.lost(error)
            raise RedisAway from error
        self.found()
        return answer

    async def ping(self) -> None:
        """Raise `RedisAway` unless it answers now; nothing is remembered or logged."""
        client: Any = self.client  # its methods have wrong types
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await client.ping()
        except FAULTS as error:
            raise RedisAway(f"{type(error).__name__}: {error}") from error

    def lost(self, error: BaseException) -> None:
        """Remember that it does not answer."""
        self._next_try = self._clock() + TRY_AGAIN_S
        if not self._is_away:
            self._is_away = True
            reason = f"{type(error).__name__}: {error}"
            _log.warning("KITTIWAKE_CACHE__URL: Redis does not answer; on without it (%s)", reason)

    def found(self) -> None:
        """Remember that it answers."""
        if self._is_away:
            self._is_away = False
            _log.warning("Redis answers again")

    async def close(self) -> None:
        """Close connections."""
        await self.client.aclose()
