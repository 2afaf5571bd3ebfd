"""Races that only PostgreSQL knows: it lets two transactions write at the same time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from feeds import fanout
from instance.resources import Instance
from instance.settings import Settings, StorageSettings
from outbox import blocking, following
from storage import feeding, relations
from storage import store as storage
from storage.records import Actor
from tests import services
from tests.federation.peers import Peer
from tests.federation.world import World, make_world
from tests.instances import FakeClock, Instances
from tests.internet import FakeInternet
from tests.storage.databases import new_database
from tests.usecases.social import make_person, say
from webapp.app import create_asgi

AT_ONCE = 4

End = Callable[[Instance, Actor, Actor], Awaitable[None]]


@pytest.fixture
async def world(
    instances: Instances, internet: FakeInternet, clock: FakeClock, tmp_path: Path
) -> AsyncIterator[World]:
    """Our server on PostgreSQL, and those around it."""
    url = await asyncio.to_thread(new_database, "postgres", tmp_path)
    settings = replace(Settings(), storage=StorageSettings(url=url))
    made = await instances.make("alpha", settings)
    with made.store.active():
        yield await make_world(made, create_asgi(made), internet, clock)
    await instances.close()
    await asyncio.to_thread(services.drop_database, url)


async def test_an_unknown_actor_may_send_several_activities_at_once(
    world: World, internet: FakeInternet, clock: FakeClock
) -> None:
    """E44, FL-17: the actor is new to each of them; one inserts it, none of them is refused.

    A server that is answered 409 would not send the activity again.
    """
    for number in range(3):
        zoe = Peer(internet, f"z{number}.test", clock).join("zoe", 3)
        sent = [zoe.create(zoe.note(f"@alice {n}")) for n in range(AT_ONCE)]
        answers = await asyncio.gather(*(world.post(zoe, activity) for activity in sent))
        assert [answer.status for answer in answers] == [202] * AT_ONCE


async def _unfollow(instance: Instance, reader: Actor, author: Actor) -> None:
    await following.unfollow(instance, reader, author)


async def _block(instance: Instance, reader: Actor, author: Actor) -> None:
    await blocking.block(instance, reader, author.id)


async def _be_removed(instance: Instance, reader: Actor, author: Actor) -> None:
    await following.remove_follower(instance, author, reader.id)


async def _meanwhile(
    instance: Instance, first: Awaitable[object], second: Awaitable[object]
) -> None:
    """Do both in transactions; the second begins while what the first did is not committed."""
    has_begun = asyncio.Event()

    async def begin() -> None:
        async with instance.store.transaction():
            await first
            has_begun.set()
            await asyncio.sleep(0.2)

    async def follow_up() -> None:
        await has_begun.wait()
        await second

    await asyncio.wait_for(asyncio.gather(begin(), follow_up()), 30)


@pytest.mark.parametrize("end", [_unfollow, _block, _be_removed])
@pytest.mark.parametrize("is_first", [True, False])
async def test_what_is_said_while_a_follow_ends_stays_in_no_feed(
    world: World, end: End, *, is_first: bool
) -> None:
    """PV-19: neither when the post is pushed first nor when the follow ends first."""
    instance = world.instance
    reader, author = await make_person(instance, "reader"), await make_person(instance, "author")
    await following.follow(instance, reader, author)
    saying, ending = say(instance, author), end(instance, reader, author)
    if is_first:
        await _meanwhile(instance, ending, saying)
    else:
        await _meanwhile(instance, saying, ending)
    assert await _feed_of(reader) == 0
    assert await _feed_of(author) == 1


async def test_a_slice_of_a_fan_out_sees_that_a_follow_ends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PV-19, by the job: the unfollow comes while a slice is written and not yet committed."""
    instance = world.instance
    monkeypatch.setattr(fanout, "AT_ONCE_MAX", 0)
    reader, author = await make_person(instance, "reader"), await make_person(instance, "author")
    await following.follow(instance, reader, author)
    push, has_begun = feeding.push, asyncio.Event()

    async def slowly(*given: Any, **named: Any) -> None:
        await push(*given, **named)
        has_begun.set()
        await asyncio.sleep(0.2)

    post = await say(instance, author)
    monkeypatch.setattr(feeding, "push", slowly)

    async def unfollow() -> None:
        await has_begun.wait()
        await following.unfollow(instance, reader, author)

    job = fanout.fan_out(instance, {"post_id": post.id})
    await asyncio.wait_for(asyncio.gather(job, unfollow()), 30)
    assert await _feed_of(reader) == 0


async def test_two_who_block_each_other_at_once_both_do(world: World) -> None:
    instance = world.instance
    people = [await make_person(instance, f"p{number}") for number in range(2)]
    for one, other in (people, people[::-1]):
        await following.follow(instance, one, other)
    await asyncio.gather(
        *(blocking.block(instance, one, other.id) for one, other in (people, people[::-1]))
    )
    for one, other in (people, people[::-1]):
        assert await relations.find_block(one.id, other.id) is not None


async def _feed_of(owner: Actor) -> int:
    rows = await storage.read("SELECT COUNT(*) FROM feed_entries WHERE owner_id = ?", owner.id)
    return int(rows[0][0])
