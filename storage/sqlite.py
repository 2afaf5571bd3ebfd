"""SQLite: one writing connection, whose turn is taken in order, and readers beside it (WAL).

What is written at the same time is committed together (`_Group`).
"""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
import msgspec

from instance.errors import Conflict, Failure, Misconfigured, Unavailable
from storage.database import LOCK_TIMEOUT_S, Dialect, Row

T = TypeVar("T")

# A slow search on one reader leaves the other to everybody else.
READERS = 2

WAL_BYTES_MAX = 64 * 1024 * 1024
PRAGMAS = (
    f"busy_timeout = {int(LOCK_TIMEOUT_S * 1000)}",
    # Of a new file; one that is there keeps its own. A commit writes whole pages, and a post
    # touches twenty of them in a dozen indexes: of 2048 bytes they are half as much again on the
    # disk, and nothing is read or found faster.
    "page_size = 1024",
    # At 16 MB, not at 4: a page that many commits touch is copied into the file once for all.
    "wal_autocheckpoint = 16000",
    # What a SAVEPOINT or a statement may have to take back is kept in memory, not in a file.
    "temp_store = MEMORY",
    "journal_mode = WAL",
    # What was answered with 200 or 202 survives a power cut.
    "synchronous = FULL",
    "foreign_keys = ON",
    f"journal_size_limit = {WAL_BYTES_MAX}",
)

# What PostgreSQL says and what SQLite says for it.
WORDS = (
    ("<> ALL(?)", "NOT IN (SELECT value FROM json_each(?))"),
    ("= ANY(?)", "IN (SELECT value FROM json_each(?))"),
    # a query that is asked anew for each row beside it: `= ANY(ARRAY(SELECT … LIMIT ?))`
    ("= ANY(ARRAY(", "IN (SELECT * FROM ("),
    ("GREATEST(", "max("),
    ("LEAST(", "min("),
    # there is one writer
    (" FOR UPDATE SKIP LOCKED", ""),
    (" FOR NO KEY UPDATE", ""),
)

CANNOT_WRITE = "The server cannot write just now. Try again shortly."

# https://www.sqlite.org/rescode.html: the first byte of an extended code
AWAY = {
    sqlite3.SQLITE_BUSY: "locked by another program",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_READONLY: "not writable",
    sqlite3.SQLITE_IOERR: "neither readable nor writable",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_CANTOPEN: "not there",
    sqlite3.SQLITE_PROTOCOL: "locked",
}


class SqliteDatabase:
    """One SQLite file. Writes wait for each other; reads wait for no write."""

    dialect: Dialect = "sqlite"

    def __init__(
        self,
        writer: aiosqlite.Connection,
        readers: list[aiosqlite.Connection],
        glancer: sqlite3.Connection,
    ) -> None:
        self._writer = writer
        self._glancer = glancer
        self._turn = asyncio.Lock()
        self._group: _Group | None = None
        self._connections = [writer, *readers]
        self._idle: asyncio.LifoQueue[aiosqlite.Connection] = asyncio.LifoQueue()
        for reader in readers:
            self._idle.put_nowait(reader)

    @classmethod
    async def open(cls, path: Path) -> "SqliteDatabase":
        """Open the file, made for its owner alone if it is new: it holds private keys."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            message = f"cannot write {path}: {error.strerror}. Set KITTIWAKE_DATA_DIR to a folder"
            raise Misconfigured(f"{message} that this user may write") from error
        try:
            writer = await _connect(path)
        except sqlite3.DatabaseError as error:
            message = f"{path} is no database, or is damaged ({error}). Restore a backup of it,"
            raise Misconfigured(f"{message} or set KITTIWAKE_DATA_DIR to a new folder") from error
        readers = [await _connect(path) for _ in range(READERS)]
        for reader in readers:
            await reader.execute_fetchall("PRAGMA query_only = ON")
        return cls(writer, readers, _glancer(path))

    async def check(self) -> None:
        """Do nothing: whatever can be wrong was seen when it was opened."""

    async def close(self) -> None:
        """Close all connections."""
        async with self._turn:
            self._glancer.close()
            for connection in reversed(self._connections):
                await connection.close()

    async def read(self, sql: str, values: list[Any]) -> Sequence[Row]:
        """Run a query on an idle reader."""
        reader = await self._idle.get()
        try:
            return await _fetch(reader, sql, values)
        finally:
            self._idle.put_nowait(reader)

    async def glance(self, sql: str, values: list[Any]) -> Sequence[Row]:
        """Run a query that finds a few rows by their keys, in this thread; it waits for nothing.

        What cannot be read at once (the file is away, or is being recovered) is for a reader.
        """
        try:
            return self._glancer.execute(_dialect(sql), _values(values)).fetchall()
        except sqlite3.OperationalError:
            return await self.read(sql, values)

    async def ponder(self, sql: str, values: list[Any]) -> Sequence[Row]:
        """Run a query as `read`: SQLite looks at no values when it plans, and FTS5 has one plan."""
        return await self.read(sql, values)

    async def write(self, sql: str, values: list[Any]) -> Sequence[Row]:
        """Run one statement as a transaction of its own."""
        async with self._turn:
            group = self._open_group()
            work = _fetch(self._writer, sql, values)
            if group is None:
                return await work
            rows = await _surely(work)
        await _surely(self._settle(group))
        return rows

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator["SqliteTransaction"]:
        """Open a write transaction; it is rolled back when the block raises or is cancelled.

        Returns when it is on the disk, with those that came meanwhile (`_Group`).
        """
        async with self._turn:
            group = await self._enter()
            opened = SqliteTransaction(self._writer)
            try:
                yield opened
            except BaseException:
                await _surely(self._undo(group))
                raise
        try:
            await _surely(self._settle(group))
        finally:
            opened.is_committed = group.is_committed

    async def _enter(self) -> "_Group":
        """Begin a group, or join the one that is open."""
        group = self._open_group()
        if group is not None:
            # At once: the lock is the group's, and nothing of it is under way while it is our turn.
            _execute(self._writer, "SAVEPOINT member", [])
        else:
            try:
                await _fetch(self._writer, "BEGIN IMMEDIATE", [])
            except BaseException:
                # The connection works off its calls in order: this one comes before the next
                # BEGIN even if we are cancelled here.
                await self._writer.rollback()
                raise
            group = self._group = _Group()
        group.members += 1
        return group

    def _open_group(self) -> "_Group | None":
        """Return the group that is open. The turn must be ours."""
        if self._group is not None and not self._writer.in_transaction:
            # An error so bad that SQLite itself has rolled back: the work of all members is gone.
            self._group.error = Unavailable(CANNOT_WRITE, detail="SQLite: lost with another write")
            self._group = None
        return self._group

    async def _undo(self, group: "_Group") -> None:
        """Take back what the last member did, and nothing else."""
        if self._open_group() is None:
            return
        if group.members > 1:
            await _fetch(self._writer, "ROLLBACK TO member", [])
            group.members -= 1
        else:
            self._group = None
            await self._writer.rollback()

    async def _settle(self, group: "_Group") -> None:
        """Commit, unless another member of the group has done so; raise what that raised.

        The turn comes after all who wait for it now, so that they are in the group by then.
        """
        async with self._turn:
            if group is self._open_group():
                self._group = None
                try:
                    await _fetch(self._writer, "COMMIT", [])
                    group.is_committed = True
                except Failure as error:
                    group.error = error
                    await self._writer.rollback()
        if group.error is not None:
            raise group.error


class _Group:
    """Transactions that are committed together: one fsync instead of one each.

    Whoever writes while others wait does not commit at once, but lets them write too; each of them
    returns after the common commit. Nobody outside has seen what is not on the disk.
    """

    def __init__(self) -> None:
        self.members = 0
        self.is_committed = False
        self.error: Failure | None = None


async def _surely(work: Coroutine[Any, Any, T]) -> T:
    """Await work to its end, also when the task is cancelled meanwhile; then be cancelled."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None and task.exception() is None:
        raise cancelled
    return task.result()


class SqliteTransaction:
    """An open write transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self.is_committed = False

    async def fetch(self, sql: str, values: list[Any]) -> Sequence[Row]:
        """Run one statement and return its rows."""
        return await _fetch(self._connection, sql, values)

    async def touch(self, sql: str, values: list[Any]) -> Sequence[Row]:
        """Run one statement about a few rows by their keys, in this thread.

        It waits for nobody: the lock for writing is this transaction's, and only its COMMIT writes
        to the disk for good. Handing it to a thread and back costs ten times what it takes.
        """
        return _execute(self._connection, sql, values)

    async def run_many(self, sql: str, many: list[list[Any]]) -> None:
        """Run one statement once per list of values."""
        with _explained():
            await self._connection.executemany(_dialect(sql), [_values(each) for each in many])


def _glancer(path: Path) -> sqlite3.Connection:
    """Open the connection for glances, after one that can explain what may be wrong."""
    connection = sqlite3.connect(
        path, timeout=0, isolation_level=None, cached_statements=512, check_same_thread=False
    )
    connection.execute("PRAGMA query_only = ON")
    return connection


async def _connect(path: Path) -> aiosqlite.Connection:
    connection = aiosqlite.connect(
        path, isolation_level=None, cached_statements=512, check_same_thread=False
    )
    # A server that stops on an error must not wait for threads of connections nobody closed.
    connection._thread.daemon = True  # noqa: SLF001  # aiosqlite has no public way
    with _explained():
        await connection
        try:
            for pragma in PRAGMAS:
                await connection.execute_fetchall(f"PRAGMA {pragma}")
        except BaseException:
            await connection.close()
            raise
    return connection


async def _fetch(connection: aiosqlite.Connection, sql: str, values: list[Any]) -> Sequence[Row]:
    with _explained():
        rows = await connection.execute_fetchall(_dialect(sql), _values(values))
    return rows if isinstance(rows, list) else list(rows)


def _execute(connection: aiosqlite.Connection, sql: str, values: list[Any]) -> Sequence[Row]:
    """Run a statement in this thread."""
    with _explained():
        raw = connection._conn  # noqa: SLF001  # aiosqlite has no public way
        return raw.execute(_dialect(sql), _values(values)).fetchall()


@lru_cache(maxsize=2048)
def _dialect(sql: str) -> str:
    for theirs, ours in WORDS:
        sql = sql.replace(theirs, ours)
    return sql


def _values(values: list[Any]) -> list[Any]:
    return [
        msgspec.json.encode(value).decode() if isinstance(value, list) else value
        for value in values
    ]


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Turn what the caller can do something about into a `Failure`."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise Conflict("This exists already, or what it belongs to is gone.") from error
    except sqlite3.OperationalError as error:
        raise _failure(error) or error from error


def _failure(error: sqlite3.OperationalError) -> Failure | None:
    reason = AWAY.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    if reason is None:
        return None
    detail = f"SQLite: the file is {reason}: {error}"
    return Unavailable(CANNOT_WRITE, detail=detail)
