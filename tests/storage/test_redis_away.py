"""RELIABILITY FA-29: Redis killed, hung or flushed: caches and events degrade, nothing fails."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from instance.building import build, close
from instance.errors import TooMany
from instance.settings import CacheSettings, Settings
from moderation import limits
from storage import redis_link
from storage.redis_cache import RedisCache
from storage.redis_link import TRY_AGAIN_S, RedisAway, RedisLink
from tests.services import OwnRedis, ServiceMissingError, own_redis

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def redis() -> OwnRedis:
    try:
        return own_redis()
    except ServiceMissingError as missing:
        pytest.skip(str(missing))


class Clock:
    """A clock for the pause after which Redis is tried again."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def link(redis: OwnRedis, clock: Clock) -> AsyncIterator[RedisLink]:
    opened = RedisLink(redis.url, clock=clock)
    yield opened
    await opened.close()


async def test_a_killed_redis_fails_no_call_and_is_used_again(
    redis: OwnRedis, link: RedisLink, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """FA-29: limits hold from our own memory; the log has one line at each end."""
    cache = RedisCache(link)
    await cache.set("a", b"1", 60)
    assert [await cache.count("k", 60, NOW) for _ in range(2)] == [1, 2]
    redis.kill()
    with caplog.at_level(logging.INFO):
        assert [await cache.count("k", 60, NOW) for _ in range(3)] == [1, 2, 3]
        assert await cache.get("a") is None
        await cache.set("a", b"meanwhile", 60)
        assert await cache.get("a") == b"meanwhile"
        await cache.delete("a")
        assert await cache.get("a") is None
        redis.start()
        clock.seconds += TRY_AGAIN_S
        assert await cache.count("k", 60, NOW) == 1
        assert await cache.count("k", 60, NOW) == 2
    assert len(caplog.records) == 2
    assert "KITTIWAKE_CACHE__URL" in caplog.text
    assert "answers again" in caplog.text


async def test_a_hung_redis_holds_up_one_call_and_no_more(
    redis: OwnRedis, link: RedisLink, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FA-29 slow: who is refused at once opens no connection and waits for nobody."""
    calls = 0

    async def ping(client: object) -> object:
        nonlocal calls
        calls += 1
        return await client.ping()  # type: ignore[attr-defined]  # a Redis

    await link.ask(ping)
    redis.hang()
    monkeypatch.setattr(redis_link, "TIMEOUT_S", 0.5)
    for _ in range(100):
        with pytest.raises(RedisAway):
            await link.ask(ping)
    assert calls == 2
    clock.seconds += TRY_AGAIN_S
    results = await asyncio.gather(*(link.ask(ping) for _ in range(100)), return_exceptions=True)
    assert all(isinstance(result, RedisAway) for result in results)
    assert calls == 3
    redis.wake()
    monkeypatch.setattr(redis_link, "TIMEOUT_S", 60.0)
    clock.seconds += TRY_AGAIN_S
    assert await link.ask(ping)


async def test_a_flushed_redis_forgets_and_goes_on(link: RedisLink) -> None:
    cache = RedisCache(link)
    await cache.set("a", b"1", 60)
    await cache.count("k", 60, NOW)
    await link.ask(lambda client: client.flushall())
    assert await cache.get("a") is None
    assert await cache.count("k", 60, NOW) == 1


async def test_limits_count_for_all_processes_and_without_redis_for_each(
    redis: OwnRedis, tmp_path: Path
) -> None:
    """FA-29: two processes share a limit; when Redis is gone no request fails for it."""
    settings = [
        Settings(data_dir=tmp_path / name, cache=CacheSettings(url=redis.url)) for name in "ab"
    ]
    one, two = [await build(each) for each in settings]
    try:
        for instance in (one, two):
            await limits.allow(instance, "log in", max=2, window_s=3600, address=None)
        with pytest.raises(TooMany):
            await limits.allow(one, "log in", max=2, window_s=3600, address=None)
        redis.kill()
        for instance in (one, two):
            await limits.allow(instance, "log in", max=1, window_s=3600, address=None)
            with pytest.raises(TooMany):
                await limits.allow(instance, "log in", max=1, window_s=3600, address=None)
    finally:
        await close(one)
        await close(two)
