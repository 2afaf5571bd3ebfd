"""Events: in memory, and between processes by a real Redis that comes and goes."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest

from instance.building import build, close
from instance.settings import CacheSettings, Settings
from storage.events import (
    JOBS_DUE,
    MISSED,
    PAYLOAD_BYTES_MAX,
    Event,
    Events,
    MemoryEvents,
    Subscription,
    subscribed,
)
from storage.redis_events import UNSENT_MAX, RedisEvents
from storage.redis_link import RedisLink
from tests.services import OwnRedis, ServiceMissingError, own_redis

WAIT_S = 60.0
_serial = count()


@pytest.fixture
def redis() -> OwnRedis:
    try:
        return own_redis()
    except ServiceMissingError as missing:
        pytest.skip(str(missing))


@pytest.fixture
async def pair(redis: OwnRedis) -> AsyncIterator[tuple[RedisEvents, RedisEvents]]:
    """The events of two processes of one server."""
    links = [RedisLink(redis.url) for _ in range(2)]
    one, two = [RedisEvents(link, "kittiwake:a.example:events") for link in links]
    yield one, two
    for events in (one, two):
        await events.close()
    for link in links:
        await link.close()


async def _connected(sender: Events, subscription: Subscription) -> None:
    """Publish until one of these arrives: a subscription at Redis takes a moment."""
    mine = Event("ready", str(next(_serial)).encode())
    async with asyncio.timeout(WAIT_S):
        while mine not in subscription._buffer:
            sender.publish(mine.channel, mine.payload)
            await asyncio.sleep(0.02)


async def _next(subscription: Subscription) -> Event:
    """Return the next event that is not one of `_connected`, of which some may be on their way."""
    async with asyncio.timeout(WAIT_S):
        while (event := await subscription.next()).channel == "ready":
            pass
        return event


def _left(subscription: Subscription) -> list[Event]:
    return [event for event in subscription._buffer if event.channel != "ready"]


async def test_listeners_hear_their_channels_only() -> None:
    events = MemoryEvents()
    with subscribed(events, "home:1", "home:2") as both, subscribed(events, "home:2") as second:
        events.publish("home:1", b"a")
        events.publish("home:2", b"b")
        events.publish("home:3", b"c")
        assert [await both.next(), await both.next()] == [
            Event("home:1", b"a"),
            Event("home:2", b"b"),
        ]
        assert await second.next() == Event("home:2", b"b")
        assert not both._buffer
    events.publish("home:1", b"nobody listens any more")
    assert not events._listeners
    assert not both._buffer


async def test_a_slow_listener_is_told_that_it_missed_something_and_memory_stays_bounded() -> None:
    """FA-44: who does not read holds a hundred events at most, then one: MISSED."""
    events = MemoryEvents()
    with subscribed(events, "home:1") as subscription:
        for number in range(1000):
            events.publish("home:1", str(number).encode())
            assert len(subscription._buffer) <= 100
        assert await subscription.next() is MISSED
        later = [await subscription.next() for _ in range(len(subscription._buffer))]
        assert later[-1] == Event("home:1", b"999")
        assert later == [Event("home:1", str(n).encode()) for n in range(1000 - len(later), 1000)]


async def test_an_event_is_a_hint_and_no_document() -> None:
    events = MemoryEvents()
    for channel, payload in (("home", b"x" * (PAYLOAD_BYTES_MAX + 1)), ("", b""), ("a\nb", b"")):
        with pytest.raises(ValueError, match="no event"):
            events.publish(channel, payload)


async def test_events_cross_processes_once_and_in_order(
    pair: tuple[RedisEvents, RedisEvents],
) -> None:
    one, two = pair
    with subscribed(one, "home:1", "ready") as here, subscribed(two, "home:1", "ready") as there:
        await _connected(one, there)
        await _connected(two, here)
        for number in range(50):
            one.publish("home:1", bytes([number]))
        wanted = [Event("home:1", bytes([number])) for number in range(50)]
        assert [await _next(there) for _ in range(50)] == wanted
        assert [await _next(here) for _ in range(50)] == wanted
        two.publish("home:1", b"back")
        assert await _next(here) == Event("home:1", b"back")
        assert await _next(there) == Event("home:1", b"back")
        assert not _left(here)
        assert not _left(there)


@pytest.mark.parametrize("fault", ["killed", "hung"])
async def test_events_go_on_here_while_redis_is_away_and_between_all_when_it_is_back(
    pair: tuple[RedisEvents, RedisEvents],
    redis: OwnRedis,
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """FA-29: publishing neither waits nor fails nor grows; listeners are told of the gap."""
    monkeypatch.setattr("storage.redis_events.QUIET_S", 0.2)
    one, two = pair
    with subscribed(one, "home:1") as here, subscribed(two, "home:1", "ready") as there:
        await _connected(one, there)
        monkeypatch.setattr("storage.redis_link.TIMEOUT_S", 0.5)
        redis.kill() if fault == "killed" else redis.hang()
        for number in range(2 * UNSENT_MAX):
            one.publish("home:1", str(number).encode())
            assert len(one._unsent) <= UNSENT_MAX
        assert await _next(here) is MISSED  # it had 2000 at once
        async with asyncio.timeout(WAIT_S):
            while not two._link._is_away:  # noqa: ASYNC110 - nobody is told of it
                await asyncio.sleep(0.02)
        redis.start() if fault == "killed" else redis.wake()
        async with asyncio.timeout(WAIT_S):
            while await there.next() is not MISSED:
                pass
        # From here on who is late is not away again.
        for name in ("redis_link.TIMEOUT_S", "redis_events.TIMEOUT_S", "redis_events.QUIET_S"):
            monkeypatch.setattr(f"storage.{name}", WAIT_S)
        await _connected(one, there)
        one.publish("home:1", b"after")
        assert await _next(there) == Event("home:1", b"after")


async def test_a_job_enqueued_by_one_process_wakes_the_worker_of_another(
    redis: OwnRedis, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, cache=CacheSettings(url=redis.url))
    web, worker = await build(settings), await build(settings)
    try:
        await web.store.migrate()
        with (
            worker.events.listening(JOBS_DUE, lambda _: worker.queue.notify()),
            subscribed(worker.events, "ready") as ready,
        ):
            await _connected(web.events, ready)
            waiting = asyncio.create_task(worker.queue.wait(60))
            await asyncio.sleep(0)
            with web.store.active():
                async with web.store.transaction():
                    await web.queue.enqueue("fan_out", {}, now=web.now())
                    await asyncio.sleep(0.1)
                    assert not waiting.done()  # nobody is woken before the commit
            async with asyncio.timeout(WAIT_S):
                await waiting
            with worker.store.active():
                jobs = await worker.queue.claim(10, worker.now())
            assert [job.kind for job in jobs] == ["fan_out"]
    finally:
        await close(web)
        await close(worker)


async def test_what_was_published_before_the_end_of_a_short_command_is_sent(
    pair: tuple[RedisEvents, RedisEvents],
) -> None:
    one, two = pair
    with subscribed(two, "ready", "jobs") as there:
        await _connected(one, there)
        one.publish("jobs")
        await one.close()
        assert await _next(there) == Event("jobs")
