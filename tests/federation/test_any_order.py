"""What comes twice or in another order ends in the same state, on both databases."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from instance.settings import Settings, StorageSettings
from storage import store
from tests import services
from tests.federation.peers import Person
from tests.federation.world import World, make_world
from tests.instances import FakeClock, Instances
from tests.internet import FakeInternet
from tests.storage.databases import DIALECTS, new_database
from tests.usecases.social import say
from webapp.app import create_asgi

CONNECTIONS = 4
Sent = list[tuple[Person, dict[str, Any]]]

# All that activities leave behind, by names that are the same in every world. Of what was deleted
# either the row or a tombstone stays, as it was there before or not.
STATE = {
    "posts": "SELECT uri, in_reply_to_id IS NULL, content FROM posts "
    "WHERE is_local = FALSE AND deleted_at IS NULL",
    "interactions": "SELECT i.kind, i.uri, a.uri, p.content FROM interactions i "
    "JOIN actors a ON a.id = i.actor_id JOIN posts p ON p.id = i.post_id",
    "follows": "SELECT a.uri, b.uri, f.state FROM follows f "
    "JOIN actors a ON a.id = f.follower_id JOIN actors b ON b.id = f.followed_id",
    "blocks": "SELECT a.uri, b.uri FROM blocks k "
    "JOIN actors a ON a.id = k.actor_id JOIN actors b ON b.id = k.target_id",
    "notifications": "SELECT o.uri, n.kind, a.uri, p.content FROM notifications n "
    "JOIN actors o ON o.id = n.owner_id JOIN actors a ON a.id = n.actor_id "
    "LEFT JOIN posts p ON p.id = n.post_id",
    "feeds": "SELECT DISTINCT o.uri, p.uri FROM feed_entries e "
    "JOIN actors o ON o.id = e.owner_id JOIN posts p ON p.id = e.post_id WHERE p.is_local = FALSE",
    "jobs": "SELECT kind, state FROM jobs",
}


async def state_of(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """What is there, with our own addresses made the same in every world."""
    found = {}
    for name, query in STATE.items():
        rows = [tuple(_ours(world, each) for each in row) for row in await store.read(query)]
        found[name] = sorted(rows, key=str)
    return found


def _ours(world: World, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    for name, person in (("alice", world.alice), ("bob", world.bob)):
        value = value.replace(str(person.id), name)
    return value


@asynccontextmanager
async def new_world(dialect: str, folder: Path, template: Path) -> AsyncIterator[World]:
    """A server of its own, with an internet and a clock of its own."""
    clock, internet = FakeClock(), FakeInternet()
    await asyncio.to_thread(folder.mkdir)
    settings, url = Settings(), ""
    if dialect == "postgres":
        url = await asyncio.to_thread(new_database, dialect, folder)
        settings = replace(settings, storage=StorageSettings(url=url))
    instances = Instances(folder, template, clock, internet)
    made = await instances.make("alpha", settings)
    try:
        with made.store.active():
            yield await make_world(made, create_asgi(made), internet, clock)
    finally:
        await instances.close()
        if url:
            await asyncio.to_thread(services.drop_database, url)


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# ---------------------------------------------------------------- each three times


async def many_acts(world: World) -> Sent:
    """What three people of three servers do within a minute; the same in every world."""
    post = await say(world.instance, world.alice, "to be liked")
    sent: Sent = []
    for person in (world.mallory, world.victor, world.honest):
        for number in range(4):
            note = person.note(f"number {number}", cc=[person.followers, world.alice.uri])
            if number == 1:
                note["inReplyTo"] = post.uri
            sent.append((person, person.create(note)))
            if number == 2:
                sent.append((person, person.activity("Delete", object=note["id"])))
        like = person.activity("Like", object=post.uri)
        boost = person.activity("Announce", object=post.uri)
        sent += [(person, like), (person, boost)]
        for target in (world.alice, world.bob):
            sent.append((person, person.activity("Follow", object=target.uri)))
    for person, activity in list(sent):
        if activity["type"] in {"Like", "Announce"} and person is not world.honest:
            sent.append((person, person.activity("Undo", object=activity)))
    sent.append((world.neighbour, world.neighbour.activity("Block", object=world.bob.uri)))
    return sent


async def test_fa36_each_three_times_in_any_order_is_as_each_once(
    dialect: str, tmp_path: Path, database_template: Path
) -> None:
    """FA-36: three copies of each, shuffled, over four connections."""
    async with new_world(dialect, tmp_path / "once", database_template) as world:
        for person, activity in await many_acts(world):
            assert await world.tell(person, activity) == 202
        once = await state_of(world)
    assert all(once[name] for name in STATE if name != "jobs")
    assert once["jobs"] == []
    for seed in range(3):
        async with new_world(dialect, tmp_path / f"often{seed}", database_template) as world:
            copies = await many_acts(world) * 3
            random.Random(seed).shuffle(copies)
            waiting = iter(copies)

            async def connection(world: World = world, waiting: Any = waiting) -> None:
                for person, activity in waiting:
                    assert (await world.post(person, activity)).status == 202

            await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
            await world.settle()
            assert await state_of(world) == once, seed


# ---------------------------------------------------------------- in every order


def a_post_that_is_deleted(world: World) -> Sent:
    person = world.honest
    note = person.note("before")
    later = world.clock().replace(hour=13).isoformat()
    edited = {**note, "content": "after", "updated": later}
    return [
        (person, person.create(note)),
        (person, person.activity("Update", object=edited)),
        (person, person.activity("Delete", object=note["id"])),
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_fa37_create_update_and_delete_in_every_order(
    dialect: str, tmp_path: Path, database_template: Path, order: tuple[int, ...]
) -> None:
    """FA-37, FL-5: the post is gone, whatever came first; nothing of its words is left."""
    async with new_world(dialect, tmp_path / "world", database_template) as world:
        sent = a_post_that_is_deleted(world)
        for number in order:
            assert await world.tell(*sent[number]) == 202
        assert await world.find(sent[0][1]["object"]["id"]) is None
        assert await world.home() == []
        for query in ("SELECT content FROM posts", "SELECT content FROM revisions"):
            assert all(content == "" for (content,) in await store.read(query))


@pytest.mark.parametrize("kind", ["Like", "Announce"])
@pytest.mark.parametrize("is_late", [False, True])
async def test_fa37_a_reaction_and_its_undo_in_every_order(
    dialect: str, tmp_path: Path, database_template: Path, kind: str, *, is_late: bool
) -> None:
    """FA-37, FL-13, E110: what was undone before it came stays away."""
    async with new_world(dialect, tmp_path / "world", database_template) as world:
        post = await say(world.instance, world.alice, "to be liked")
        done = world.honest.activity(kind, object=post.uri)
        undone = world.honest.activity("Undo", object=done)
        for activity in (undone, done) if is_late else (done, undone):
            assert await world.tell(world.honest, activity) == 202
        assert await store.read("SELECT 1 FROM interactions") == []
        assert await store.read("SELECT 1 FROM notifications") == []
        entries = await store.read("SELECT 1 FROM feed_entries WHERE booster_id IS NOT NULL")
        assert entries == []
