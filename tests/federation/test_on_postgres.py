"""Races that only PostgreSQL knows: it lets two transactions write at the same time."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from instance.settings import Settings, StorageSettings
from tests import services
from tests.federation.peers import Peer
from tests.federation.world import World, make_world
from tests.instances import FakeClock, Instances
from tests.internet import FakeInternet
from tests.storage.databases import new_database
from webapp.app import create_asgi

AT_ONCE = 4


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
