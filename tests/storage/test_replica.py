"""A real streaming replica: what reads there, what does not, and what happens when it lags."""

import asyncio
import logging
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

import serving
from instance.building import build, close
from instance.errors import Misconfigured
from instance.settings import RegistrationSettings, Settings, StorageSettings, load
from storage import replica
from storage.postgres import PostgresDatabase
from storage.replica import LAG_S_MAX, Replica, stale_reads
from storage.store import Store
from tests import services
from tests.pages.browser import Browser
from webapp import staleness

WAIT_S = 60.0
TABLE = "CREATE TABLE notes (id BIGINT PRIMARY KEY)"
COUNT = "SELECT COUNT(*), pg_is_in_recovery() FROM notes"


@dataclass
class Cluster:
    """A primary and a replica that streams from it."""

    folder: Path
    primary: str
    replica: str
    port: int

    def run(self, *words: str) -> None:
        data = str(self.folder / "data")
        services._run_postgres("pg_ctl", "--pgdata", data, "--silent", "--wait", *words)

    def start(self) -> None:
        # As many connections as the primary may have, or it refuses to be a replica.
        options = f"-h 127.0.0.1 -p {self.port} -k '' -c max_connections=300"
        self.run("--log", str(self.folder / "log"), "--options", options, "start")

    def stop(self) -> None:
        self.run("--mode", "immediate", "stop")

    def tell(self, statement: str) -> None:
        services._run_postgres("psql", "--quiet", "--dbname", self.replica, "--command", statement)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    home = services._folder() / f"replicated-{os.getpid()}"
    home.mkdir()
    home.chmod(0o755)
    primary = services._start_postgres(home / "primary", durable=False)
    folder = home / "replica"
    folder.mkdir()
    if services._is_root():
        os.chown(folder, services.NOBODY, services.NOBODY)
    services._run_postgres(
        "pg_basebackup",
        *("--dbname", primary, "--pgdata", str(folder / "data"), "--write-recovery-conf"),
        *("--checkpoint", "fast", "--no-sync"),
    )
    port = services.free_port()
    made = Cluster(folder, primary, f"postgres://{services.USER}@127.0.0.1:{port}/postgres", port)
    made.start()
    yield made
    made.stop()
    services._run_postgres(
        "pg_ctl",
        *("--pgdata", str(home / "primary" / "data"), "--mode", "immediate", "--wait", "stop"),
    )
    shutil.rmtree(home)


class Clock:
    """A clock for the checks of the replica."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def database(
    cluster: Cluster, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[PostgresDatabase]:
    # Which of the two answers is asked here; a machine that stands still would decide it.
    monkeypatch.setattr(replica, "TIMEOUT_S", WAIT_S)
    opened = await PostgresDatabase.open(
        cluster.primary, connections_max=4, replica_url=cluster.replica
    )
    assert opened._replica is not None
    opened._replica._clock = clock
    await opened.write(TABLE, [])
    yield opened
    await opened.write("DROP TABLE notes", [])
    await opened.close()


async def _caught_up(database: PostgresDatabase, clock: Clock) -> None:
    """Wait until the replica answers again with all that was written."""
    (written,) = (await database.read("SELECT COUNT(*) FROM notes", []))[0]
    async with asyncio.timeout(WAIT_S):
        while await _read(database) != (written, True):
            clock.seconds += replica.TRY_AGAIN_S
            await asyncio.sleep(0.02)


async def _read(database: PostgresDatabase) -> tuple[int, bool]:
    """Read as a page does: how many rows, and whether the replica said so."""
    with stale_reads():
        count, is_replica = (await database.read(COUNT, []))[0]
    return count, is_replica


async def _write(database: PostgresDatabase, number: int) -> None:
    await database.write("INSERT INTO notes VALUES (?)", [number])


async def test_pages_read_from_the_replica_and_everything_else_from_the_primary(
    database: PostgresDatabase, clock: Clock
) -> None:
    await _write(database, 1)
    await _caught_up(database, clock)
    assert await _read(database) == (1, True)
    assert tuple((await database.read(COUNT, []))[0]) == (1, False)
    with stale_reads():
        async with database.transaction() as transaction:
            assert tuple((await transaction.fetch(COUNT, []))[0]) == (1, False)


async def test_who_writes_reads_the_own_write(database: PostgresDatabase, clock: Clock) -> None:
    await _caught_up(database, clock)
    with stale_reads():
        assert (await database.read(COUNT, []))[0][1] is True
        await _write(database, 1)
        assert tuple((await database.read(COUNT, []))[0]) == (1, False)
    with stale_reads():
        async with database.transaction() as transaction:
            await transaction.fetch("INSERT INTO notes VALUES (2)", [])
        together = await asyncio.gather(*(database.read(COUNT, []) for _ in range(3)))
    assert [tuple(rows[0]) for rows in together] == [(2, False)] * 3


async def test_a_replica_that_lags_is_not_asked(
    cluster: Cluster, database: PostgresDatabase, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await _caught_up(database, clock)
    cluster.tell("SELECT pg_wal_replay_pause()")
    try:
        await _write(database, 1)
        assert await _read(database) == (0, True)  # within the bound: seconds old
        with caplog.at_level(logging.INFO):
            # The primary writes its log a moment after the commit, unless it waits for the disk.
            async with asyncio.timeout(WAIT_S):
                while await _read(database) != (1, False) or "behind" not in caplog.text:
                    clock.seconds += replica.CHECK_EVERY_S
                    await asyncio.sleep(0.02)
            for _ in range(3):
                clock.seconds += replica.CHECK_EVERY_S
                assert await _read(database) == (1, False)
    finally:
        cluster.tell("SELECT pg_wal_replay_resume()")
    await _caught_up(database, clock)
    assert caplog.text.count("bytes behind") == 1
    assert "KITTIWAKE_STORAGE__REPLICA_URL" in caplog.text


async def test_a_replica_that_goes_away_fails_nobody_and_is_used_again(
    cluster: Cluster, database: PostgresDatabase, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """FA-28, for the replica: while it is away the primary answers."""
    await _write(database, 1)
    await _caught_up(database, clock)
    caplog.clear()
    cluster.stop()
    with caplog.at_level(logging.INFO):
        together = await asyncio.gather(*(_read(database) for _ in range(8)))
        assert together == [(1, False)] * 8
        clock.seconds += LAG_S_MAX
        assert await _read(database) == (1, False)
        cluster.start()
        await _write(database, 2)
        await _caught_up(database, clock)
    assert await _read(database) == (2, True)
    assert [record.name for record in caplog.records] == ["kittiwake.replica"] * 2


async def test_a_server_starts_while_its_replica_is_away(cluster: Cluster, tmp_path: Path) -> None:
    nobody = f"postgres://nobody@127.0.0.1:{services.free_port()}/postgres"
    for wrong, reason in ((nobody, "does not answer"), (cluster.primary, "is no replica")):
        store = await Store.open(cluster.primary, data_dir=tmp_path, replica_url=wrong)
        with store.active(), stale_reads():
            assert tuple((await store.read("SELECT pg_is_in_recovery()"))[0]) == (False,)
        with pytest.raises(Misconfigured, match=f"KITTIWAKE_STORAGE__REPLICA_URL.*{reason}"):
            await store.check()
        await store.close()
    store = await Store.open(cluster.primary, data_dir=tmp_path, replica_url=cluster.replica)
    await store.check()
    await store.close()


async def test_a_mistake_in_a_statement_is_told_as_the_primary_tells_it(
    database: PostgresDatabase, clock: Clock
) -> None:
    await _caught_up(database, clock)
    with stale_reads(), pytest.raises(asyncpg.UndefinedTableError):
        await database.read("SELECT * FROM no_such_table", [])


async def test_one_request_of_many_asks_how_far_the_replica_is() -> None:
    """The check costs two queries each two seconds, however many requests there are."""
    asked = 0

    async def primary(_: str) -> int:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        return 7

    clock = Clock()
    checked = Replica(_NoPool(), primary, clock=clock)
    for _ in range(3):
        await asyncio.gather(*(_refused(checked) for _ in range(50)))
    assert asked == 1
    clock.seconds += LAG_S_MAX
    await asyncio.gather(*(_refused(checked) for _ in range(50)))
    assert asked == 2


class _NoPool:
    def acquire(self, *, timeout: float) -> Any:
        del timeout
        raise OSError("away")


async def _refused(checked: Replica) -> None:
    with pytest.raises(replica.ReplicaAway):
        await checked.read("SELECT 1", [])


# ---------------------------------------------------------------- which requests


async def _asked(
    method: str, accept: str, cookie: str = "", *, writes: bool = False
) -> tuple[bool, list[bytes]]:
    """Ask an application through the wrapper: was it stale, and which cookies were set?"""
    seen: list[bool] = []
    sent: list[dict[str, Any]] = []

    async def application(_: Any, __: Any, send: Any) -> None:
        seen.append(replica.may_be_stale())
        if writes:
            replica.insist()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    headers = [(b"accept", accept.encode())] + ([(b"cookie", cookie.encode())] if cookie else [])
    scope = {"type": "http", "method": method, "path": "/", "headers": headers}
    await staleness.reading_from_replica(application, Settings())(scope, receive, send)
    return seen[0], [value for name, value in sent[0]["headers"] if name == b"set-cookie"]


async def test_pages_may_be_stale_until_the_reader_writes() -> None:
    assert await _asked("GET", "text/html,*/*") == (True, [])
    assert await _asked("GET", "text/html", "session=abc") == (True, [])
    assert await _asked("GET", "application/activity+json") == (False, [])
    assert await _asked("POST", "text/html") == (False, [])  # no browser of ours
    assert await _asked("GET", "text/html", writes=True) == (True, [])
    (_, (written,)) = await _asked("GET", "text/html", "session=abc", writes=True)
    is_stale, (mark,) = await _asked("POST", "text/html", "session=abc")
    assert not is_stale
    assert mark == written  # a search that found somebody new leads to a page that is not stale
    name = mark.decode().partition(";")[0]
    assert await _asked("GET", "text/html", f"session=abc; {name}") == (False, [])
    assert LAG_S_MAX < staleness.WROTE_S


async def test_a_server_shows_strangers_the_replica_and_writers_the_primary(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over HTTP: a page comes from the replica, and from the primary for who signed up just now."""
    settings = Settings(
        domain="alpha.test",
        data_dir=tmp_path,
        storage=StorageSettings(url=cluster.primary, replica_url=cluster.replica),
        registration=RegistrationSettings("open"),
    )
    instance = await build(settings)
    asked: list[str] = []
    read = Replica.read

    async def noted(self: Replica, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return await read(self, sql, *rest)

    monkeypatch.setattr(Replica, "read", noted)
    try:
        await serving.prepare(instance)
        application = serving._application(instance)
        async with asyncio.timeout(WAIT_S):
            while not asked or (await Browser(application).get("/explore")).status != 200:
                await Browser(application).get("/explore")
        alice = await Browser(application).sign_up("alice")
        asked.clear()
        await alice.get("/home")
        assert alice.status == 200
        assert asked == []
        assert (await Browser(application).get("/explore")).status == 200
        assert asked
        del alice.cookies["wrote"]
        await alice.get("/home")
        assert alice.status == 200
    finally:
        await close(instance)


def test_a_replica_without_postgresql_is_refused() -> None:
    with pytest.raises(Misconfigured, match="KITTIWAKE_STORAGE__REPLICA_URL"):
        load({"KITTIWAKE_STORAGE__REPLICA_URL": "postgres://a@b/c"}, None)
