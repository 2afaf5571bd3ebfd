"""What many of something cost, by counting: statements, commits, signatures, requests.

One post and one activity have `tests/federation/test_write_costs.py`, pages
`tests/pages/test_costs_of_pages.py`, kept documents `tests/federation/test_kept.py`. Time is
measured by `make bench`; here a change that makes an act dearer is seen in CI, where time says
little. Every limit is a little above what was counted; a lower count may lower it.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx2
import pytest

from federation import signatures
from federation.keys import check_new_key
from feeds import home
from instance.resources import Instance
from storage import sqlite
from storage.records import Actor, Page
from tests.federation.peers import ACTIVITY, Forgery, signed
from tests.federation.world import S, World, make_world
from tests.instances import FakeClock, drain, is_on_postgres
from tests.internet import FakeInternet
from tests.usecases.queries import counted
from tests.usecases.social import befriend, make_person, make_remote, say
from webapp.app import create_asgi

ON_SQLITE_ONLY = pytest.mark.skipif(is_on_postgres(), reason="PostgreSQL commits each one")
# All limits in one place: what an act may cost until nothing is left to do.
STATEMENTS = {
    "fan-out of 300": 20,
    "40 deliveries": 70,
    "home": 4,  # two of them are the worker's, who finds nothing to do
}
COMMITS_OF_16_CREATES = 6
SIGNATURES_PER_DELIVERY = 1

INBOXES, HOSTS = 40, 10
AT_ONCE = 16


@pytest.fixture
async def world(
    instance: Instance,
    internet: FakeInternet,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    monkeypatch.setattr("actors.remote.check_new_key", cache(check_new_key))
    return await make_world(instance, create_asgi(instance), internet, clock)


def request(world: World) -> tuple[dict[str, str], bytes]:
    """A signed Create of a public post by somebody whom alice follows."""
    honest = world.honest
    body = json.dumps(honest.create(honest.note("Some words of usual length. " * 8))).encode()
    headers = signed(honest, "POST", S, "/inbox", body, Forgery())
    return {"host": S, "content-type": ACTIVITY, **headers}, body


async def receive(world: World, sent: tuple[dict[str, str], bytes]) -> None:
    answer = await world.call("POST", "/inbox", *sent)
    assert answer.status == 202


async def warm(world: World) -> None:
    """Fill the caches that a running server has filled."""
    for _ in range(2):
        await receive(world, request(world))
        await say(world.instance, world.alice, "first")
        await world.settle()


async def more_people(world: World, count: int, *, follow: Actor | None = None) -> None:
    for number in range(count):
        person = await make_person(world.instance, f"local{number}x{count}")
        if follow is not None:
            await befriend(world.instance, person, follow)


async def statements_of(
    world: World, monkeypatch: pytest.MonkeyPatch, act: Awaitable[object]
) -> list[str]:
    """What an act asks of the database, until nothing is left to do."""
    with counted(world.instance, monkeypatch) as statements:
        await act
        await world.settle()
    return statements


@dataclass
class Commits:
    """Transactions that were committed, statements of their own included."""

    count: int = 0


@contextmanager
def commits(monkeypatch: pytest.MonkeyPatch) -> Iterator[Commits]:
    """Count what SQLite commits within the block."""
    found = Commits()
    fetch: Callable[..., Awaitable[Any]] = sqlite._fetch

    async def count(connection: Any, sql: str, values: list[Any]) -> Any:
        is_alone = not connection.in_transaction and not sql.startswith(("SELECT", "BEGIN"))
        found.count += sql == "COMMIT" or is_alone
        return await fetch(connection, sql, values)

    with monkeypatch.context() as patch:
        patch.setattr(sqlite, "_fetch", count)
        yield found


@ON_SQLITE_ONLY
async def test_creates_that_come_together_are_committed_together(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Receipts are committed in groups, and so is what they do."""
    await warm(world)
    sent = [request(world) for _ in range(AT_ONCE)]
    with commits(monkeypatch) as done:
        await asyncio.gather(*(receive(world, each) for each in sent))
        await world.settle()
    assert 0 < done.count <= COMMITS_OF_16_CREATES


async def test_a_delivery_is_one_signature_one_request_and_few_statements(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance, asked = world.instance, list[str]()

    def accept(seen: httpx2.Request) -> httpx2.Response:
        asked.append(str(seen.url))
        return httpx2.Response(202)

    for number in range(INBOXES):
        host = f"h{number % HOSTS}.test"
        url = f"https://{host}/users/{number}/inbox"
        fan = await make_remote(instance, f"f{number}", host, shared_inbox_url=None, inbox_url=url)
        await befriend(instance, fan, world.bob)
        world.internet.add(host, accept)
    await say(instance, world.bob, "first")
    await drain(instance)
    asked.clear()
    made: list[str] = []
    sign = signatures.sign_cavage

    def counting(outgoing: Any, *more: Any) -> dict[str, str]:
        made.append(outgoing.url)
        return sign(outgoing, *more)

    monkeypatch.setattr(signatures, "sign_cavage", counting)
    with counted(instance, monkeypatch) as statements:
        await say(instance, world.bob, "to all of you")
        await drain(instance)
    assert len(asked) == INBOXES
    assert len(made) == INBOXES * SIGNATURES_PER_DELIVERY
    assert len(statements) <= STATEMENTS["40 deliveries"]


async def test_a_fan_out_is_a_few_statements_for_any_number_of_followers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await more_people(world, 110, follow=world.alice)
    await say(world.instance, world.alice, "first, with caches that are empty")
    await world.settle()
    seen = []
    for people in (40, 150):
        await more_people(world, people, follow=world.alice)
        saying = say(world.instance, world.alice, "to all of you")
        seen.append(await statements_of(world, monkeypatch, saying))
    assert len(seen[0]) == len(seen[1]) <= STATEMENTS["fan-out of 300"], seen[1]


async def test_home_is_the_same_few_statements_for_any_number_of_follows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await home.read(world.instance, world.bob, Page(limit=20))  # his filters are then known
    seen = []
    for number, follows in enumerate((25, 75)):
        for each in range(follows):
            followed = await make_person(world.instance, f"followed{number}x{each}")
            await befriend(world.instance, world.bob, followed)
            await say(world.instance, followed)
        await world.settle()
        reading = home.read(world.instance, world.bob, Page(limit=20))
        seen.append(await statements_of(world, monkeypatch, reading))
    assert len(seen[0]) == len(seen[1]) <= STATEMENTS["home"], seen[1]
