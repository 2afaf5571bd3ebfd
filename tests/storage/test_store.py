"""Transactions, concurrency, failures, migrations, and several stores in one process."""

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiosqlite
import pytest

from instance.errors import Conflict, Invalid, Misconfigured, Unavailable
from storage import actors, full_text, migrating, site, sqlite, store, users
from storage.matching import Match, Term
from storage.postgres import PostgresDatabase
from storage.records import ActorUri, Page, Site
from storage.sqlite import SqliteDatabase
from storage.store import SQLITE_FILE, Store
from tests import services
from tests.factories import insert, insert_actor, make_actor, make_user
from tests.storage.databases import DIALECTS, open_store

# Only ends a test whose answer never comes.
WAIT_S = 60.0


class StopError(Exception):
    """Raised by tests inside transactions."""


# ---------------------------------------------------------------- transactions


async def test_a_transaction_that_raises_leaves_nothing(store: Store) -> None:
    actor = make_actor()

    async def fail() -> None:
        async with store.transaction():
            await actors.insert(actor)
            assert await actors.find(actor.id) == actor
            raise StopError

    with pytest.raises(StopError):
        await fail()
    assert await actors.find(actor.id) is None


async def test_nested_transactions_join_the_outer_one(store: Store) -> None:
    first, second = make_actor(), make_actor()

    async def fail() -> None:
        async with store.transaction():
            async with store.transaction():
                await actors.insert(first)
            await actors.insert(second)
            raise StopError

    with pytest.raises(StopError):
        await fail()
    assert await actors.by_ids([first.id, second.id]) == {}


async def test_others_see_a_transaction_only_when_it_is_done(store: Store) -> None:
    actor = make_actor()
    inserted, looked = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        async with store.transaction():
            await actors.insert(actor)
            inserted.set()
            await looked.wait()

    writing = asyncio.create_task(write())
    await inserted.wait()
    assert await actors.find(actor.id) is None
    looked.set()
    await writing
    assert await actors.find(actor.id) == actor


async def test_reads_do_not_wait_for_an_open_transaction(store: Store) -> None:
    """Issue 2, section 3: no read waits for somebody's transaction."""
    known = await insert_actor()
    started, finish = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        async with store.transaction():
            await actors.insert(make_actor())
            started.set()
            await finish.wait()

    writing = asyncio.create_task(write())
    await started.wait()
    async with asyncio.timeout(WAIT_S):
        assert await actors.find(known.id) == known
    finish.set()
    await writing


async def test_a_cancelled_transaction_leaves_nothing_and_blocks_nobody(store: Store) -> None:
    actor, later = make_actor(), make_actor()
    inserted = asyncio.Event()

    async def write() -> None:
        async with store.transaction():
            await actors.insert(actor)
            inserted.set()
            await asyncio.Event().wait()

    writing = asyncio.create_task(write())
    await inserted.wait()
    writing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await writing
    assert await actors.find(actor.id) is None
    async with asyncio.timeout(WAIT_S):
        await actors.insert(later)
    assert await actors.find(later.id) == later


async def test_a_transaction_cancelled_at_any_point_is_whole_or_nothing(store: Store) -> None:
    """Cancelled while it begins, writes or commits: both rows are there, or none."""
    for turns in range(60):
        first, second = make_actor(), make_actor()

        async def write(first: object = first, second: object = second) -> None:
            async with store.transaction():
                await insert(first)
                await insert(second)

        writing = asyncio.create_task(write())
        for _ in range(turns):
            await asyncio.sleep(0)
            await asyncio.sleep(0.0001)
        writing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await writing
        async with asyncio.timeout(WAIT_S), store.transaction():
            assert len(await actors.by_ids([first.id, second.id])) in {0, 2}


async def test_who_waits_for_a_commit_is_told_also_if_its_task_is_cancelled_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a job that was handed over in it would wait until its lease ends."""
    told: list[str] = []

    async def write() -> None:
        async with store.transaction():
            await insert(make_actor())
            store.after_commit(lambda: told.append("committed"))

    fetch = sqlite._fetch

    async def cancelling(connection: aiosqlite.Connection, sql: str, values: list[object]) -> Any:
        if sql == "COMMIT":
            writing.cancel()
            await asyncio.sleep(0)
        return await fetch(connection, sql, values)

    async with open_store("sqlite", tmp_path) as store:
        monkeypatch.setattr(sqlite, "_fetch", cancelling)
        with store.active():
            writing = asyncio.create_task(write())
            with pytest.raises(asyncio.CancelledError):
                await writing
            assert told == ["committed"]
            monkeypatch.undo()
            assert await store.read("SELECT COUNT(*) FROM actors") == [(1,)]


async def test_writes_of_many_tasks_wait_for_each_other(store: Store) -> None:
    await site.save(Site(name="0"))

    async def count() -> None:
        async with store.transaction():
            if store.dialect == "postgres":
                await store.write("LOCK TABLE sites IN EXCLUSIVE MODE")
            number = int((await site.read()).name)
            await asyncio.sleep(0)
            await site.save(Site(name=str(number + 1)))

    await asyncio.gather(*(count() for _ in range(30)))
    assert (await site.read()).name == "30"


async def test_single_writes_wait_for_an_open_transaction(store: Store) -> None:
    """Of one process, nobody ever sees "database is locked"."""
    people = [make_actor() for _ in range(40)]

    async def together(one: object, other: object) -> None:
        async with store.transaction():
            await insert(one)
            await asyncio.sleep(0.001)
            await insert(other)

    pairs = zip(people[:20:2], people[1:20:2], strict=True)
    await asyncio.gather(*(together(*pair) for pair in pairs), *map(actors.insert, people[20:]))
    assert len(await actors.by_ids(each.id for each in people)) == 40


async def test_a_task_that_outlives_a_transaction_is_not_in_it(store: Store) -> None:
    go = asyncio.Event()
    actor = make_actor()

    async def later() -> None:
        await go.wait()
        await actors.insert(actor)

    async with store.transaction():
        task = asyncio.create_task(later())
        await actors.insert(make_actor())
    go.set()
    await task
    assert await actors.find(actor.id) == actor


async def test_many_writes_are_one_transaction(store: Store) -> None:
    same = (1, "name", "", None, False)
    sql = "INSERT INTO sites (id, name, description, registration, is_set_up) VALUES (?,?,?,?,?)"
    with pytest.raises(Conflict):
        await store.write_many(sql, [(2, "first", "", None, False), same, same])
    assert await store.read("SELECT id FROM sites") == []


# ---------------------------------------------------------------- commits of SQLite


@pytest.fixture
async def commits(store: Store) -> list[str]:
    """What the writing connection begins and ends, as it happens."""
    seen: list[str] = []

    def note(statement: str) -> None:
        if statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT")):
            seen.append(statement)

    await writer_of(store).set_trace_callback(note)
    return seen


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_what_is_written_at_once_is_committed_together(
    store: Store, commits: list[str]
) -> None:
    """ARCHITECTURE 17: group commit; one fsync for many transactions."""
    people = [make_actor() for _ in range(64)]

    async def write(actor: object) -> None:
        async with store.transaction():
            await insert(actor)

    await asyncio.gather(*map(write, people))
    assert len(await actors.by_ids(each.id for each in people)) == 64
    assert commits.count("COMMIT") <= 3
    assert commits.count("BEGIN IMMEDIATE") == commits.count("COMMIT")


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_a_transaction_alone_is_begun_and_committed(store: Store, commits: list[str]) -> None:
    async with store.transaction():
        await insert(make_actor())
    await insert(make_actor())
    assert commits == ["BEGIN IMMEDIATE", "COMMIT"]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_one_that_fails_takes_nobody_with_it(store: Store, commits: list[str]) -> None:
    people = [make_actor() for _ in range(30)]

    async def write(number: int) -> None:
        async with store.transaction():
            await insert(people[number])
            await asyncio.sleep(0)
            if number % 3 == 0:
                raise StopError
            if number % 3 == 1:
                await insert(make_actor(uri=people[0].uri), make_actor(uri=people[0].uri))

    ended = await asyncio.gather(*map(write, range(30)), return_exceptions=True)
    kinds = [type(each) for each in ended]
    assert kinds == [StopError, Conflict, type(None)] * 10
    assert set(await actors.by_ids(each.id for each in people)) == {
        each.id for each in people[2::3]
    }
    assert commits.count("COMMIT") < 10


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_nobody_is_told_of_success_when_the_common_commit_fails(store: Store) -> None:
    """RELIABILITY FA-22, accepted = kept: the disk fills up while several write."""
    pages = await pragma_of(store, "page_count")
    await writer_of(store).execute_fetchall(f"PRAGMA max_page_count = {pages}")
    people = [make_actor(summary="x" * 200) for _ in range(60)]

    async def write(actor: object) -> None:
        async with store.transaction():
            await insert(actor)

    ended = await asyncio.gather(
        *map(write, people[:30]), *map(actors.insert, people[30:]), return_exceptions=True
    )
    stored = await actors.by_ids(each.id for each in people)
    accepted = {each.id for each, end in zip(people, ended, strict=True) if end is None}
    assert set(stored) == accepted
    assert {type(end) for end in ended if end is not None} == {Unavailable}
    await writer_of(store).execute_fetchall("PRAGMA max_page_count = 1000000")
    await insert_actor()


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_cancelling_some_of_a_group_harms_no_others(store: Store) -> None:
    for turns in range(0, 60, 3):
        people = [make_actor() for _ in range(12)]

        async def write(actor: object) -> None:
            async with store.transaction():
                await insert(actor)
                await asyncio.sleep(0)

        tasks = [asyncio.create_task(write(actor)) for actor in people]
        for _ in range(turns):
            await asyncio.sleep(0.0002)
        for task in tasks[::2]:
            task.cancel()
        async with asyncio.timeout(WAIT_S):
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            await insert(make_actor())
        assert [end for end in ended[1::2] if end] == []
        stored = await actors.by_ids(each.id for each in people)
        assert set(stored) >= {each.id for each in people[1::2]}
        other = sqlite3.connect(await path_of(store))
        seen = {row_id for (row_id,) in other.execute("SELECT id FROM actors")}
        other.close()
        assert seen >= set(stored)  # nothing hangs in a transaction that nobody commits


async def path_of(opened: Store) -> str:
    ((path,),) = await opened.read("SELECT file FROM pragma_database_list WHERE name = 'main'")
    return str(path)


# ---------------------------------------------------------------- which store


async def test_without_an_active_store_nothing_works() -> None:
    with pytest.raises(RuntimeError, match="no store is active"):
        store.current()


@pytest.fixture(params=[(one, other) for one in DIALECTS for other in DIALECTS])
async def two_stores(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[Store, Store]]:
    one, other = request.param
    async with (
        open_store(one, tmp_path / "alpha") as alpha,
        open_store(other, tmp_path / "beta") as beta,
    ):
        yield alpha, beta


async def test_two_stores_of_any_database_live_in_one_process(
    two_stores: tuple[Store, Store],
) -> None:
    alpha, beta = two_stores

    async def live(own: Store, name: str) -> Site:
        with own.active():
            for _ in range(5):
                async with own.transaction():
                    await site.save(Site(name=name))
                    await asyncio.sleep(0)
                    await insert(make_actor())
            return await site.read()

    found = await asyncio.gather(live(alpha, "alpha"), live(beta, "beta"), live(beta, "beta"))
    assert [each.name for each in found] == ["alpha", "beta", "beta"]


async def test_many_tasks_enter_one_store_at_once(store: Store) -> None:
    """ARCHITECTURE 5: Tortoise's own context fails here, because it keeps the token on itself."""
    entered = asyncio.Event()

    async def enter(*, is_first: bool) -> None:
        with store.active():
            if is_first:
                entered.set()
                await asyncio.sleep(0.01)
            else:
                await entered.wait()
            await site.read()

    await asyncio.gather(enter(is_first=True), enter(is_first=False), enter(is_first=False))
    assert store_is(store)


async def test_leaving_a_store_brings_back_the_one_before(
    two_stores: tuple[Store, Store],
) -> None:
    alpha, beta = two_stores
    with alpha.active():
        with beta.active():
            assert store_is(beta)
        assert store_is(alpha)


def store_is(expected: Store) -> bool:
    return store.current() is expected


# ---------------------------------------------------------------- failures


async def test_what_exists_already_is_a_conflict(store: Store) -> None:
    actor = await insert_actor()
    with pytest.raises(Conflict):
        await actors.insert(make_actor(uri=actor.uri))
    assert await store.read("SELECT 1") == [(1,)]


async def test_what_belongs_to_nobody_is_a_conflict(store: Store) -> None:
    with pytest.raises(Conflict):
        await users.insert(make_user(make_actor()))
    assert await store.read("SELECT 1 FROM users") == []


async def test_a_numb_address_is_invalid_or_kept(store: Store) -> None:
    """PostgreSQL cannot index long incompressible text; no crash either way."""
    uri = "https://far.test/" + "".join(chr(0x4E00 + number * 7 % 20000) for number in range(3000))
    with contextlib.suppress(Invalid):
        await actors.insert(make_actor(uri=ActorUri(uri)))
    assert store.dialect == "postgres" or await actors.find_by_uri(uri) is not None


def writer_of(opened: Store) -> aiosqlite.Connection:
    database = opened._database
    assert isinstance(database, SqliteDatabase)
    return database._writer


async def pragma_of(opened: Store, name: str) -> object:
    ((value,),) = await writer_of(opened).execute_fetchall(f"PRAGMA {name}")
    return value


@pytest.fixture
def other_program(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / SQLITE_FILE, isolation_level=None, timeout=0)
    yield connection
    connection.close()


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_a_short_lock_of_another_program_is_waited_for(
    store: Store, other_program: sqlite3.Connection
) -> None:
    """RELIABILITY FA-27: waits, no failure before 5 s."""
    assert store.dialect == "sqlite"
    other_program.close()
    # This is about waiting at all; for how long is in `test_sqlite_is_set_to_keep_…`.
    await writer_of(store).execute_fetchall("PRAGMA busy_timeout = 60000")

    def hold() -> None:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            held.set()
            time.sleep(0.3)
            other.execute("COMMIT")

    path = await path_of(store)
    held = threading.Event()
    holding = asyncio.create_task(asyncio.to_thread(hold))
    await asyncio.to_thread(held.wait)
    await insert_actor()
    await holding


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_a_long_lock_of_another_program_is_unavailable(
    store: Store, other_program: sqlite3.Connection
) -> None:
    await writer_of(store).execute_fetchall("PRAGMA busy_timeout = 50")
    other_program.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable) as raised:
        await insert_actor()
    assert "locked" in raised.value.detail
    with pytest.raises(Unavailable):
        async with store.transaction():
            await insert_actor()
    assert await site.read() == Site()  # reads go on
    other_program.execute("COMMIT")
    await insert_actor()


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_a_full_disk_is_unavailable_and_recovers_by_itself(store: Store) -> None:
    """RELIABILITY FA-22."""
    writer = writer_of(store)
    pages = await pragma_of(store, "page_count")
    await writer.execute_fetchall(f"PRAGMA max_page_count = {pages}")
    before = [make_actor(summary="x" * 50_000) for _ in range(3)]
    with pytest.raises(Unavailable) as raised:
        async with store.transaction():
            await insert(*before)
    assert "full" in raised.value.detail
    assert await actors.by_ids(each.id for each in before) == {}
    await writer.execute_fetchall("PRAGMA max_page_count = 1000000")
    await insert(*before)
    assert await store.read("PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_a_file_that_cannot_be_written_is_unavailable(store: Store) -> None:
    await writer_of(store).execute_fetchall("PRAGMA query_only = ON")
    with pytest.raises(Unavailable):
        await insert_actor()
    assert await site.read() == Site()


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_sqlite_is_set_to_keep_what_it_accepted(store: Store) -> None:
    for pragma, value in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
        assert await pragma_of(store, pragma) == value
    assert await pragma_of(store, "busy_timeout") == 5000


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_readers_cannot_write(store: Store) -> None:
    with pytest.raises(Unavailable):
        await store.read("DELETE FROM actors")
    assert store.dialect == "sqlite"


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_one_slow_read_does_not_hold_up_others(store: Store) -> None:
    database = store._database
    assert isinstance(database, SqliteDatabase)
    begun, go_on = threading.Event(), threading.Event()

    def dawdle() -> bool:
        begun.set()
        return go_on.wait(WAIT_S)

    for reader in database._connections[1:]:
        await reader.create_function("dawdle", 0, dawdle)
    reading = asyncio.create_task(store.read("SELECT dawdle()"))
    await asyncio.to_thread(begun.wait, WAIT_S)
    async with asyncio.timeout(WAIT_S):
        assert await store.read("SELECT 1") == [(1,)]
    assert not reading.done()
    go_on.set()
    assert await reading == [(1,)]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_the_file_is_for_its_owner_alone(store: Store, tmp_path: Path) -> None:
    fresh = await Store.open("", data_dir=tmp_path / "new")
    await fresh.migrate()
    for path in (tmp_path / "new").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    await fresh.close()
    assert store.dialect == "sqlite"


OURS = "(SELECT oid FROM pg_database WHERE datname = current_database())"
END_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
async def test_a_read_whose_session_ended_is_read_by_another(store: Store) -> None:
    """RELIABILITY FA-22: an operator ends all sessions, and readers notice nothing."""
    killer = await Store.open(url_of(store), data_dir=Path())
    held_up = "SELECT 7 FROM (SELECT pg_advisory_xact_lock_shared(7)) AS waited"
    waiting = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    async with killer.transaction():
        await killer.read("SELECT pg_advisory_xact_lock(7)")
        reading = [asyncio.create_task(store.read(held_up)) for _ in range(5)]
        async with asyncio.timeout(WAIT_S):
            while await killer.read(f"{waiting} AND database = {OURS}") != [(5,)]:  # noqa: ASYNC110 - PostgreSQL tells nobody
                await asyncio.sleep(0.01)
        ended = await killer.read(END_ALL)
        assert len(ended) >= len(reading)
    assert await asyncio.gather(*reading) == [[(7,)]] * 5
    assert await store.read("SELECT 1") == [(1,)]
    await killer.close()


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
async def test_postgres_sessions_that_end_are_unavailable_and_come_back(store: Store) -> None:
    """RELIABILITY FA-28: PostgreSQL restarts."""
    actor = make_actor()
    killer = await Store.open(url_of(store), data_dir=Path())

    async def write() -> None:
        async with store.transaction():
            await insert(actor)
            await killer.read(END_ALL)
            await insert(make_actor())

    with pytest.raises(Unavailable):
        await write()
    await killer.close()
    for _ in range(2):
        with contextlib.suppress(Unavailable):
            await site.read()
    assert await actors.find(actor.id) is None
    await insert(actor)


def url_of(opened: Store) -> str:
    database = opened._database
    assert isinstance(database, PostgresDatabase)
    return str(database._pool._connect_args[0])


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
async def test_a_pool_that_is_used_up_is_unavailable(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = await Store.open(url_of(store), data_dir=Path(), connections_max=1)
    with small.active():
        async with small.transaction():
            with monkeypatch.context() as patch:
                patch.setattr("storage.postgres.LOCK_TIMEOUT_S", 0.05)
                with pytest.raises(Unavailable):
                    await asyncio.create_task(small._database.read("SELECT 1", []))
        assert await small.read("SELECT 1") == [(1,)]
    await small.close()


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
async def test_each_search_is_planned_for_its_own_words(store: Store) -> None:
    """OP-4: by a plan for any words a rare one would be looked for in every post."""
    small = await Store.open(url_of(store), data_dir=Path(), connections_max=1)
    plans = (
        "SELECT COALESCE(SUM(generic_plans), 0) FROM pg_prepared_statements WHERE statement LIKE ?"
    )
    with small.active():
        for number in range(9):
            match = Match((Term((f"word{number}",)),), ())
            assert await full_text.newest(match, Page(), 10) == []
            assert await full_text.has_unindexed() is False
        assert await small.read(plans, "%post_words%") == [(0,)]
        assert await small.read(plans, "%unindexed_posts%") == [(9,)]
    await small.close()


# ---------------------------------------------------------------- opening


@pytest.mark.parametrize("url", ["mysql://host/name", "sqlite:memory", "nonsense"])
async def test_an_unknown_url_names_the_setting(url: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="KITTIWAKE_STORAGE__URL"):
        await Store.open(url, data_dir=tmp_path)


async def test_a_postgres_that_is_away_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="KITTIWAKE_STORAGE__URL"):
        await Store.open("postgres://nobody@127.0.0.1:1/none", data_dir=tmp_path)


async def test_a_database_that_does_not_exist_is_misconfigured(tmp_path: Path) -> None:
    server = await asyncio.to_thread(services.postgres_server)
    url = server.removesuffix("/postgres") + "/missing"
    with pytest.raises(Misconfigured, match="KITTIWAKE_STORAGE__URL"):
        await Store.open(url, data_dir=tmp_path)


async def test_a_folder_that_cannot_be_made_is_misconfigured(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured, match="KITTIWAKE_DATA_DIR"):
        await Store.open("", data_dir=tmp_path / "file" / "below")


async def test_a_sqlite_path_can_be_given(tmp_path: Path) -> None:
    opened = await Store.open(f"sqlite://{tmp_path}/other.db", data_dir=tmp_path)
    await opened.close()
    assert (tmp_path / "other.db").exists()


# ---------------------------------------------------------------- migrations


@pytest.fixture(params=DIALECTS)
async def empty_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    is_postgres = request.param == "postgres"
    url = await asyncio.to_thread(services.create_database) if is_postgres else ""
    opened = await Store.open(url, data_dir=tmp_path)
    yield opened
    await opened.close()


async def test_migrating_twice_changes_nothing(empty_store: Store) -> None:
    assert not await empty_store.is_current()
    assert await empty_store.migrate() == migrating.names()
    assert await empty_store.is_current()
    assert await empty_store.migrate() == []


async def test_a_migration_that_fails_leaves_nothing(
    empty_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RELIABILITY FA-18: all or nothing, so that the next start can try again."""
    good = migrating.steps

    async def bad(dialect: str, applied: set[str]) -> list[migrating.Step]:
        steps = await good(dialect, applied)
        broken = migrating.Step(steps[-1].name, (*steps[-1].statements, "SELECT * FROM nowhere"))
        return [*steps[:-1], broken]

    monkeypatch.setattr(migrating, "steps", bad)
    with pytest.raises(Exception, match="nowhere"):
        await empty_store.migrate()
    assert not await empty_store.is_current()
    monkeypatch.setattr(migrating, "steps", good)
    assert await empty_store.migrate() == migrating.names()


async def test_two_servers_that_start_at_once_migrate_once(
    empty_store: Store, tmp_path: Path
) -> None:
    url = url_of(empty_store) if empty_store.dialect == "postgres" else ""
    second = await Store.open(url, data_dir=tmp_path)
    try:
        applied = await asyncio.gather(empty_store.migrate(), second.migrate())
    finally:
        await second.close()
    assert sorted(applied, key=len) == [[], migrating.names()]


# ---------------------------------------------------------------- one server per file


async def test_the_lock_says_that_nobody_else_is_here_on_sqlite_alone(empty_store: Store) -> None:
    """On PostgreSQL there may be other workers: their leases decide who has died."""
    assert not empty_store.is_locked_exclusively
    empty_store.lock_exclusively()
    assert empty_store.is_locked_exclusively is (empty_store.dialect == "sqlite")


async def test_a_second_server_on_one_file_is_refused(tmp_path: Path) -> None:
    """RELIABILITY FA-38: the second refuses and names the first."""
    first = await Store.open("", data_dir=tmp_path)
    second = await Store.open("", data_dir=tmp_path)
    first.lock_exclusively()
    first.lock_exclusively()  # one's own lock is no obstacle
    with pytest.raises(Misconfigured, match=str(os.getpid())):
        second.lock_exclusively()
    await first.close()
    second.lock_exclusively()
    await second.close()


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
async def test_postgres_needs_no_lock(store: Store, tmp_path: Path) -> None:
    store.lock_exclusively()
    assert not (tmp_path / "kittiwake.lock").exists()


# ---------------------------------------------------------------- kill -9

WRITER = """
import asyncio, sys
from pathlib import Path
from storage.store import Store
from tests.factories import insert, make_actor

async def main():
    store = await Store.open(sys.argv[1], data_dir=Path(sys.argv[2]))
    with store.active():
        while True:
            one, other = make_actor(), make_actor()
            async with store.transaction():
                await insert(one, other)
            print(one.id, other.id, flush=True)

asyncio.run(main())
"""


async def test_what_was_accepted_survives_kill_9(store: Store, tmp_path: Path) -> None:
    """RELIABILITY, accepted = kept; a transaction is there whole or not at all."""
    url = url_of(store) if store.dialect == "postgres" else ""
    writer = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WRITER, url, str(tmp_path)), stdout=subprocess.PIPE
    )
    assert writer.stdout is not None
    accepted = [await writer.stdout.readline() for _ in range(20)]
    writer.kill()
    accepted += (await writer.stdout.read()).splitlines(keepends=True)
    await writer.wait()
    whole = [line.split() for line in accepted if line.endswith(b"\n")]
    ids = {int(number) for pair in whole for number in pair}
    assert set(await actors.by_ids(ids)) == ids
    ((total,),) = await store.read("SELECT COUNT(*) FROM actors")
    assert total % 2 == 0


def test_the_two_dialects_replace_no_words_of_values() -> None:
    """Only SQL goes through `WORDS`; a value is never part of it."""
    assert sqlite._dialect("a = ANY(?) AND b <> ALL(?)").count("?") == 2
