"""`storage move`: a real little network goes from SQLite to PostgreSQL and comes out the same."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import main
from instance.errors import Conflict, Misconfigured
from storage import moving, timelines
from storage.store import Store
from tests import factories
from tests.storage.databases import new_database

DOMAIN = "alpha.test"
PEOPLE = 12
INTERRUPTIONS = 2


@pytest.fixture
async def target(postgres_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(postgres_url, data_dir=tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def source(tmp_path: Path) -> AsyncIterator[Store]:
    await asyncio.to_thread(new_database, "sqlite", tmp_path)
    opened = await Store.open("", data_dir=tmp_path)
    with opened.active():
        await _fill()
    yield opened
    await opened.close()


async def _fill() -> None:
    """A row of each kind that is kept differently: text, flags, nothing, JSON, given-out keys."""
    people = [factories.make_actor(f"person{n}", is_locked=n % 2 == 0) for n in range(PEOPLE)]
    for actor in people:
        await factories.insert(actor)
    for author in people:
        post = factories.make_post(author, source="ümläut 🐦 \\ ' \" \n%s ? $1")
        await factories.insert(post)
        await timelines.insert_entries([factories.make_entry(owner, post) for owner in people])
    await factories.insert(factories.make_follow(people[0], people[1]))


async def _counts(store: Store, tables: list[moving.Table]) -> dict[str, int]:
    return {
        table.name: int((await store.read(f"SELECT COUNT(*) FROM {table.name}"))[0][0])  # noqa: S608 - a name of our own
        for table in tables
    }


def _nothing(_text: str, _done: int, _total: int) -> None:
    """Show nobody how far it is."""


async def test_all_rows_are_the_same_afterwards(source: Store, target: Store) -> None:
    """Ids unchanged, counts and checksums equal; the note of the move itself is gone."""
    found = await moving.move(source, target, domain=DOMAIN, report=_nothing)
    tables = await moving.tables_of(target)
    assert await _counts(source, tables) == await _counts(target, tables)
    assert found["feed_entries"].rows == PEOPLE * PEOPLE
    here = await source.read("SELECT id, username, is_locked FROM actors ORDER BY id")
    there = await target.read("SELECT id, username, is_locked FROM actors ORDER BY id")
    assert [(i, n, bool(f)) for i, n, f in here] == [tuple(row) for row in there]
    with pytest.raises(Misconfigured, match="not empty"):
        await moving.move(source, target, domain=DOMAIN, report=_nothing)


async def test_the_server_writes_on_after_the_move(source: Store, target: Store) -> None:
    """Keys that the database gives out go on after those that were moved."""
    await moving.move(source, target, domain=DOMAIN, report=_nothing)
    with target.active():
        author = factories.make_actor()
        await factories.insert(author)
        before = (await target.read("SELECT COUNT(*) FROM hashtags"))[0][0]
        await factories.insert(factories.make_post(author, hashtags=("birds",)))
        assert (await target.read("SELECT COUNT(*) FROM hashtags"))[0][0] == before + 1


class InterruptedMoveError(Exception):
    """Somebody pressed Ctrl-C, or the machine went away."""


@pytest.mark.parametrize("calls", [1, 2, 9, 17])
async def test_an_interrupted_move_goes_on_where_it_was(
    source: Store, target: Store, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    """Cut at any step, also twice: no row is missing or there twice."""
    monkeypatch.setattr(moving, "SLICE_ROWS", 25)
    for _ in range(INTERRUPTIONS):
        with contextlib.suppress(InterruptedMoveError):
            await moving.move(source, target, domain=DOMAIN, report=_cut_at(calls))
            pytest.fail("the move was over before it was interrupted")
    found = await moving.move(source, target, domain=DOMAIN, report=_nothing)
    assert found["feed_entries"].rows == PEOPLE * PEOPLE


def _cut_at(calls: int) -> moving.Report:
    """Interrupt at so many calls."""
    numbers = itertools.count(1)

    def report(_text: str, _done: int, _total: int) -> None:
        if next(numbers) == calls:
            raise InterruptedMoveError

    return report


async def test_what_changed_meanwhile_is_noticed(
    source: Store, target: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that ran between two halves of a move: said so, instead of half of its posts."""
    copied = moving._copy

    async def copy(one: Store, other: Store, table: moving.Table, report: moving.Report) -> None:
        await copied(one, other, table, report)
        if table.name == "posts":
            await one.write("UPDATE posts SET summary = 'edited'")

    monkeypatch.setattr(moving, "_copy", copy)
    with pytest.raises(Conflict, match="table posts is not the same"):
        await moving.move(source, target, domain=DOMAIN, report=_nothing)


async def test_half_a_move_of_another_server_is_not_touched(source: Store, target: Store) -> None:
    with pytest.raises(InterruptedMoveError):
        await moving.move(source, target, domain="beta.test", report=_cut_at(1))
    with pytest.raises(Misconfigured, match=r"half a move of beta\.test"):
        await moving.move(source, target, domain=DOMAIN, report=_nothing)


def test_the_command(
    postgres_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It shows how far it is, says what to set, and the server finds its people there."""
    monkeypatch.setenv("KITTIWAKE_DATA_DIR", str(tmp_path))
    new_database("sqlite", tmp_path)
    asyncio.run(_filled(tmp_path))
    assert main.main(["storage", "move", postgres_url, "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["tables"]["actors"]["rows"] == PEOPLE
    assert "copying actors: 12 of 12" in err
    assert "comparing feed_entries" in err
    monkeypatch.setenv("KITTIWAKE_STORAGE__URL", postgres_url)
    monkeypatch.setenv("KITTIWAKE_DOMAIN", DOMAIN)
    assert main.main(["storage", "move", postgres_url]) == 1
    assert "only the SQLite file can be moved" in capsys.readouterr().err
    assert main.main(["user", "add", "newcomer", "--password", "a long password"]) == 0, (
        capsys.readouterr().err
    )


async def _filled(folder: Path) -> None:
    store = await Store.open("", data_dir=folder)
    with store.active():
        await _fill()
    await store.close()


def test_an_address_that_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KITTIWAKE_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("KITTIWAKE_STORAGE__URL", raising=False)
    assert main.main(["storage", "move", "mysql://host/name"]) == 1
    assert "postgres://user@host/name" in capsys.readouterr().err
