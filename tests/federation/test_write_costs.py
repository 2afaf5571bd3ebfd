"""What a post and an inbox activity cost to write: statements, threads, commits, bytes; not time.

Held as counts, so that whoever adds a query to a hot path sees it here (issue 3, BUDGETS). On
PostgreSQL the counts are the same but for a lock of the actor.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from storage import sqlite
from storage.store import SQLITE_FILE
from tests.federation.world import World
from tests.instances import drain, is_on_postgres
from tests.usecases.queries import counted
from tests.usecases.social import make_person, say

pytestmark = pytest.mark.skipif(is_on_postgres(), reason="counts the commits and bytes of SQLite")

TIMES = 20
HANDED = 2  # BEGIN, which may wait for the lock, and COMMIT, which waits for the disk


@dataclass(frozen=True)
class Cost:
    statements: float
    handed: float
    """Statements that went to another thread and back: each costs more than ten that do not."""
    commits: float
    kilobytes: float


async def cost_of(
    world: World, monkeypatch: pytest.MonkeyPatch, act: Callable[[], Awaitable[object]]
) -> Cost:
    """What an act costs until all of its jobs are done, as the mean of several."""
    instance, handed = world.instance, list[str]()
    await instance.store.write("PRAGMA wal_autocheckpoint = 0")
    wal = instance.settings.data_dir / f"{SQLITE_FILE}-wal"
    await act()  # what is cached is read once
    await drain(instance)
    fetch = sqlite._fetch

    async def counting(connection: Any, sql: str, values: list[Any]) -> Any:
        handed.append(sql)
        return await fetch(connection, sql, values)

    before = wal.stat().st_size
    with monkeypatch.context() as patch, counted(instance, monkeypatch) as statements:
        patch.setattr(sqlite, "_fetch", counting)
        for _ in range(TIMES):
            await act()
        asked, gone = len(statements), len(handed)
        await drain(instance)
    written = (wal.stat().st_size - before) / 1024 / TIMES
    return Cost(asked / TIMES, gone / TIMES, handed.count("COMMIT") / TIMES, written)


async def more_people(world: World) -> None:
    for number in range(48):
        await make_person(world.instance, f"other{number}")


async def test_an_inbox_create_is_one_commit_of_few_bytes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BUDGETS: at most 40 KB an activity, and the same whatever the number of local users."""

    async def create() -> None:
        note = world.honest.note("Some words of usual length. " * 8)
        assert (await world.post(world.honest, world.honest.create(note))).status == 202

    few = await cost_of(world, monkeypatch, create)
    await more_people(world)
    many = await cost_of(world, monkeypatch, create)
    assert few.commits == many.commits == 1
    assert few.statements == many.statements <= 9
    assert few.handed == many.handed == HANDED
    assert max(few.kilobytes, many.kilobytes) <= 17
    assert len(await world.home()) == 2 * (TIMES + 1)


async def test_a_post_is_one_commit_of_few_bytes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BUDGETS: POST without remote followers."""

    async def post() -> None:
        await say(world.instance, world.alice, "Some words of usual length. " * 6)

    few = await cost_of(world, monkeypatch, post)
    await more_people(world)
    many = await cost_of(world, monkeypatch, post)
    assert few.commits == many.commits == 1
    assert few.statements == many.statements <= 6
    assert few.handed == many.handed == HANDED
    assert max(few.kilobytes, many.kilobytes) <= 25


async def test_what_nobody_here_wants_costs_a_receipt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def like() -> None:
        far = world.victor.note()["id"]
        activity = world.honest.activity("Like", object=far)
        assert (await world.post(world.honest, activity)).status == 202

    cost = await cost_of(world, monkeypatch, like)
    assert (cost.commits, cost.statements <= 6, cost.kilobytes <= 7) == (1, True, True)


async def test_deletes_of_strangers_cost_no_write(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SG-35: storms of them come for people whom nobody here ever saw."""

    async def delete() -> None:
        stranger = f"https://gone.test/users/{world.honest.peer.serial}"
        activity = {**world.honest.activity("Delete", object=stranger), "actor": stranger}
        assert (await world.post(world.honest, activity)).status == 202

    cost = await cost_of(world, monkeypatch, delete)
    assert (cost.commits, cost.kilobytes) == (0, 0)
    assert cost.statements <= 2
