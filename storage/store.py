"""`Store`: opens SQLite or PostgreSQL, migrates it, and runs the queries of the other modules.

    with store.active():                      # once a request, once a job
        async with store.transaction():       # rolled back when the block raises or is cancelled
            await posts.insert(post)

Inside `transaction()` everything goes to the writing connection. Outside, a read waits for nobody
and a write is a transaction of its own. Several stores may be open in one process.
"""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

import contextlib
import fcntl
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from instance.errors import Misconfigured
from storage import migrating
from storage.database import Database, Dialect, Row, Transaction
from storage.migrating import APP
from storage.postgres import PostgresDatabase
from storage.sqlite import SqliteDatabase
from storage.values import bind, to_microseconds

SQLITE_FILE = "kittiwake.sqlite3"
LOCK_FILE = "kittiwake.lock"
SLICE_ROWS = 1000

# The table in which Tortoise's own command line looks too.
APPLIED_TABLE = """CREATE TABLE IF NOT EXISTS tortoise_migrations (
    id BIGINT NOT NULL PRIMARY KEY,
    app VARCHAR(255) NOT NULL,
    name VARCHAR(255) NOT NULL,
    applied_at BIGINT NOT NULL,
    UNIQUE (app, name)
)"""
# Two servers that start at once migrate one after the other. The number is ours, taken at random.
POSTGRES_LOCK = "SELECT pg_advisory_xact_lock(7312206491)"

_active: ContextVar["Store | None"] = ContextVar("store", default=None)


class Store:
    """An open database, and the transaction that the running task has open in it."""

    def __init__(self, database: Database, *, data_dir: Path) -> None:
        self._database = database
        self._data_dir = data_dir
        self._transaction: ContextVar[_Open | None] = ContextVar("transaction", default=None)
        self._lock_file: int | None = None

    @classmethod
    async def open(
        cls, url: str, *, data_dir: Path, connections_max: int = 10, replica_url: str = ""
    ) -> "Store":
        """Open `postgres://…`, `sqlite:///path`, or (empty) the SQLite file in `data_dir`."""
        if urlsplit(url).scheme in {"postgres", "postgresql"}:
            opened: Database = await PostgresDatabase.open(
                url, connections_max=connections_max, replica_url=replica_url
            )
        else:
            opened = await _open_sqlite(url, data_dir)
        return cls(opened, data_dir=data_dir)

    async def check(self) -> None:
        """Try what is not needed to open it; raises `Misconfigured`, naming the setting."""
        await self._database.check()

    async def close(self) -> None:
        """Close all connections and give up the lock."""
        await self._database.close()
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None

    @property
    def dialect(self) -> Dialect:
        """Which SQL the database speaks."""
        return self._database.dialect

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """Make this the store that `storage/*.py` use, in this task and those it starts."""
        before = _active.get()
        _active.set(self)
        try:
            yield
        finally:
            # Not by token: the end may come in another context than the start.
            _active.set(before)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Open a write transaction, or join the one that is open."""
        if self._joined() is not None:
            yield
            return
        opened: _Open | None = None
        try:
            async with self._database.transaction() as transaction:
                opened = _Open(transaction)
                self._transaction.set(opened)
                try:
                    yield
                finally:
                    # A task that was started inside must not write into what is finished.
                    opened.is_open = False
                    self._transaction.set(None)
        finally:
            # Also where the task was cancelled meanwhile: others can read what was written.
            if opened is not None and opened.transaction.is_committed:
                for callback in opened.callbacks:
                    callback()

    async def one_at_a_time(self, name: str) -> None:
        """Wait until no other transaction is open that asked for this name; until ours ends.

        SQLite has one writer: there it is so anyway.
        """
        if self.dialect == "postgres":
            await self.write("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", name)

    async def beside_others(self, name: str) -> None:
        """Wait as `one_at_a_time`, but only for who asked that; others may be beside us."""
        if self.dialect == "postgres":
            sql = "SELECT pg_advisory_xact_lock_shared(hashtextextended(?, 0))"
            await self.write(sql, name)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call when what was written can be read by others: now, if no transaction is open."""
        opened = self._transaction.get()
        if opened is not None and opened.is_open:
            opened.callbacks.append(callback)
        else:
            callback()

    async def read(self, sql: str, *values: Any) -> Sequence[Row]:
        """Run a query; `?` stands for each value, `= ANY(?)` for a list of them."""
        bound = [bind(value) for value in values]
        if transaction := self._joined():
            return await transaction.fetch(sql, bound)
        return await self._database.read(sql, bound)

    async def glance(self, sql: str, *values: Any) -> Sequence[Row]:
        """Run a query that finds a few rows by their keys, and no more: on SQLite it runs at once.

        Handing it to a thread and back costs ten times what SQLite needs for it.
        """
        bound = [bind(value) for value in values]
        if transaction := self._joined():
            return await transaction.touch(sql, bound)
        return await self._database.glance(sql, bound)

    async def ponder(self, sql: str, *values: Any) -> Sequence[Row]:
        """Run a query for which the quickest way depends on the values: it is planned for them.

        Planning costs more than most queries: this is for the few that would else walk a table.
        """
        bound = [bind(value) for value in values]
        if transaction := self._joined():
            return await transaction.fetch(sql, bound)
        return await self._database.ponder(sql, bound)

    async def write(self, sql: str, *values: Any) -> Sequence[Row]:
        """Run a statement; its rows are those of its RETURNING."""
        bound = [bind(value) for value in values]
        if transaction := self._joined():
            return await transaction.fetch(sql, bound)
        return await self._database.write(sql, bound)

    async def jot(self, sql: str, *values: Any) -> Sequence[Row]:
        """Run a statement that writes a few rows by their keys, and no more.

        As `write`; within a transaction of SQLite it runs at once.
        """
        bound = [bind(value) for value in values]
        if transaction := self._joined():
            return await transaction.touch(sql, bound)
        return await self._database.write(sql, bound)

    async def write_many(self, sql: str, many: Sequence[Sequence[Any]]) -> None:
        """Run a statement once for each list of values, in one transaction."""
        bound = [[bind(value) for value in values] for values in many]
        async with self.transaction():
            if transaction := self._joined():
                await transaction.run_many(sql, bound)

    def _joined(self) -> Transaction | None:
        opened = self._transaction.get()
        return opened.transaction if opened is not None and opened.is_open else None

    async def migrate(self) -> list[str]:
        """Bring the tables up to date, all or nothing; return the names of what was applied."""
        # PostgreSQL's IF NOT EXISTS fails where two make one table at the same moment.
        async with self._migrating():
            await self.write(APPLIED_TABLE)
        # Written before the lock is taken: it takes a second, and others wait for the lock.
        written = await migrating.steps(self.dialect, await self._applied())
        async with self._migrating():
            applied = await self._applied()  # another server may have been quicker
            steps = [step for step in written if step.name not in applied]
            for step in steps:
                await self._apply(step)
        return [step.name for step in steps]

    @contextlib.asynccontextmanager
    async def _migrating(self) -> AsyncIterator[None]:
        """Open a transaction in which no other server migrates."""
        async with self.transaction():
            if self.dialect == "postgres":
                await self.write(POSTGRES_LOCK)
            yield

    async def _apply(self, step: migrating.Step) -> None:
        for statement in step.statements:
            await self.write(statement)
        await self.write(
            "INSERT INTO tortoise_migrations (id, app, name, applied_at) "
            "SELECT COALESCE(MAX(id), 0) + 1, ?, ?, ? FROM tortoise_migrations",
            *(APP, step.name, to_microseconds(datetime.now(UTC))),  # noqa: TID251  # only a note
        )

    async def is_current(self) -> bool:
        """Whether `migrate` has nothing to do."""
        table = "sqlite_master" if self.dialect == "sqlite" else "pg_tables"
        column = "name" if self.dialect == "sqlite" else "tablename"
        if not await self.read(f"SELECT 1 FROM {table} WHERE {column} = 'tortoise_migrations'"):
            return False
        return await self._applied() >= set(migrating.names())

    async def _applied(self) -> set[str]:
        rows = await self.read("SELECT name FROM tortoise_migrations WHERE app = ?", APP)
        return {name for (name,) in rows}

    @property
    def is_locked_exclusively(self) -> bool:
        """Whether this process holds the lock: then no other server or worker is running here."""
        return self._lock_file is not None

    def lock_exclusively(self) -> None:
        """Let no second server use this SQLite file; for PostgreSQL there is nothing to lock.

        Raises Misconfigured, naming the process that holds the lock. A lock dies with its process.
        """
        if self.dialect != "sqlite" or self._lock_file is not None:
            return
        path = self._data_dir / LOCK_FILE
        handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = os.read(handle, 20).decode(errors="replace").strip() or "unknown"
            os.close(handle)
            folder = self._data_dir.absolute()
            message = f"Another server (process {pid}) uses {folder}: stop it, or set"
            raise Misconfigured(f"{message} KITTIWAKE_DATA_DIR to another folder") from error
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        self._lock_file = handle


class _Open:
    """A transaction and whether it is still open."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self.is_open = True
        self.callbacks: list[Callable[[], None]] = []


def current() -> Store:
    """Return the active store."""
    store = _active.get()
    if store is None:
        message = "no store is active: enter `store.active()` first"
        raise RuntimeError(message)
    return store


async def read(sql: str, *values: Any) -> Sequence[Row]:
    """Run a query in the active store."""
    return await current().read(sql, *values)


async def glance(sql: str, *values: Any) -> Sequence[Row]:
    """Run a query that finds a few rows by their keys in the active store."""
    return await current().glance(sql, *values)


async def ponder(sql: str, *values: Any) -> Sequence[Row]:
    """Run a query that is planned for its values in the active store."""
    return await current().ponder(sql, *values)


async def write(sql: str, *values: Any) -> Sequence[Row]:
    """Run a statement in the active store."""
    return await current().write(sql, *values)


async def jot(sql: str, *values: Any) -> Sequence[Row]:
    """Run a statement that writes a few rows by their keys in the active store."""
    return await current().jot(sql, *values)


async def write_many(sql: str, many: Sequence[Sequence[Any]]) -> None:
    """Run a statement in the active store once for each list of values."""
    await current().write_many(sql, many)


async def in_slices(sql: str, *values: Any) -> int:
    """Run a statement again and again until it returns fewer rows than its LIMIT, the last `?`.

    Each slice is a transaction of its own: nobody waits long for the turn to write. Returns how
    many rows there were.
    """
    total = 0
    while True:
        rows = await write(sql, *values, SLICE_ROWS)
        total += len(rows)
        if len(rows) < SLICE_ROWS:
            return total


async def _open_sqlite(url: str, data_dir: Path) -> Database:
    if not url:
        return await SqliteDatabase.open(data_dir / SQLITE_FILE)
    if url.startswith("sqlite:///"):
        return await SqliteDatabase.open(Path(url.removeprefix("sqlite://")))
    message = "KITTIWAKE_STORAGE__URL must be empty (SQLite), sqlite:///path or postgres://…"
    raise Misconfigured(message)
