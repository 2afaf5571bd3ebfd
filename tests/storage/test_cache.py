"""The cache: in memory and in a real Redis."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from storage.cache import VALUE_BYTES_MAX, Cache, MemoryCache
from storage.redis_cache import RedisCache
from storage.redis_link import RedisLink
from tests.factories import START


@pytest.fixture(params=["memory", "redis"])
async def cache(request: pytest.FixtureRequest) -> AsyncIterator[Cache]:
    kind: Cache
    if request.param == "redis":
        kind = RedisCache(RedisLink(request.getfixturevalue("redis_url")))
    else:
        kind = MemoryCache()
    yield kind
    await kind.close()


async def test_values_are_kept_until_they_are_deleted(cache: Cache) -> None:
    assert await cache.get("a") is None
    await cache.set("a", b"\x00\xff", 60)
    await cache.set("b", b"2", 60)
    assert await cache.get("a") == b"\x00\xff"
    await cache.set("a", b"new", 60)
    assert await cache.get("a") == b"new"
    await cache.delete("a")
    await cache.delete("a")
    assert await cache.get("a") is None
    assert await cache.get("b") == b"2"


async def test_values_expire(cache: Cache) -> None:
    await cache.set("a", b"1", 0.02)
    async with asyncio.timeout(60):
        while await cache.get("a") is not None:  # noqa: ASYNC110 - Redis has its own clock
            await asyncio.sleep(0.01)
    assert await cache.get("a") is None


async def test_values_that_are_too_large_are_not_kept(cache: Cache) -> None:
    await cache.set("a", b"1", 60)
    await cache.set("a", b"x" * (VALUE_BYTES_MAX + 1), 60)
    assert await cache.get("a") is None


async def test_counts_begin_anew_with_each_window(cache: Cache) -> None:
    assert [await cache.count("k", 60, START) for _ in range(3)] == [1, 2, 3]
    assert await cache.count("other", 60, START) == 1
    assert await cache.count("k", 300, START) == 1
    assert await cache.count("k", 60, START + timedelta(seconds=59)) == 4
    assert await cache.count("k", 60, START + timedelta(seconds=60)) == 1


async def test_counts_and_values_do_not_meet(cache: Cache) -> None:
    await cache.set("k", b"text", 60)
    assert await cache.count("k", 60, START) == 1
    assert await cache.get("k") == b"text"


async def test_memory_forgets_the_least_used() -> None:
    cache = MemoryCache(entries_max=2)
    await cache.set("a", b"1", 60)
    await cache.set("b", b"2", 60)
    await cache.get("a")
    await cache.set("c", b"3", 60)
    assert [await cache.get(key) for key in "abc"] == [b"1", None, b"3"]


async def test_memory_is_bounded_in_counters_too() -> None:
    """ATTACKS, limits: a flood of addresses does not fill the memory."""
    cache = MemoryCache(entries_max=10)
    for number in range(1000):
        await cache.count(str(number), 60, START)
    assert len(cache._counts) == 10
    await cache.set("a", b"1", 60)
    assert await cache.count("999", 60, START) == 2


async def test_memory_expires_by_its_own_clock() -> None:
    moment = 0.0
    cache = MemoryCache(clock=lambda: moment)
    await cache.set("a", b"1", 10)
    moment = 9.9
    assert await cache.get("a") == b"1"
    moment = 10.0
    assert await cache.get("a") is None
