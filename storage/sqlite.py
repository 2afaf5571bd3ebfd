"""SQLite: one writing connection, whose turn is taken in order, and readers beside it (WAL)."""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosqlite
import msgspec

from instance.errors import Conflict, Failure, Misconfigured, Unavailable
from storage.database import LOCK_TIMEOUT_S, Dialect, Row

# A slow search on one reader leaves the other to everybody else.
READERS = 2

WAL_BYTES_MAX = 64 * 1024 * 1024
PRAGMAS = (
    f"busy_timeout = {int(LOCK_TIMEOUT_S * 1000)}",
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
    ("GREATEST(", "max("),
    ("LEAST(", "min("),
    (" FOR UPDATE SKIP LOCKED", ""),  # there is one writer
)

# https://www.sqlite.org/rescode.html: the first byte of an extended code
AWAY = {
    sqlite3.SQLITE_BUSY: "locked by another program",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_READONLY: "not writable",
    sqlite3.SQLITE_IOERR: "unreadable",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_CANTOPEN: "not there",
    sqlite3.SQLITE_PROTOCOL: "locked",
}


class SqliteDatabase:
    """One SQLite file. Writes wait for each other; reads wait for no write."""

    dialect: Dialect = "sqlite"

    def __init__(self, writer: aiosqlite.Connection, readers: list[aiosqlite.Connection]) -> None:
        self._writer = writer
        self._turn = asyncio.Lock()
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
        return cls(writer, readers)

    async def close(self) -> None:
        """Close all connections."""
        async with self._turn:
            for connection in reversed(self._connections):
                await connection.close()

    async def read(self, sql: str, values: list[Any]) -> Sequence[Row]:
        """Run a query on an idle reader."""
        reader = await self._idle.get()
        try:
            return await _fetch(reader, sql, values)
        finally:
            self._idle.put_nowait(reader)

    async def write(self, sql: str, values: list[Any]) -> Sequence[Row]:
        """Run one statement as a transaction of its own."""
        async with self._turn:
            return await _fetch(self._writer, sql, values)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator["SqliteTransaction"]:
        """Open a write transaction; it is rolled back when the block raises or is cancelled."""
        async with self._turn:
            try:
                await _fetch(self._writer, "BEGIN IMMEDIATE", [])
                yield SqliteTransaction(self._writer)
                await _fetch(self._writer, "COMMIT", [])
            except BaseException:
                # The connection works off its calls in order, so this one is done before the next
                # BEGIN even if we are cancelled here. After a COMMIT it does nothing.
                await self._writer.rollback()
                raise


class SqliteTransaction:
    """An open write transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def fetch(self, sql: str, values: list[Any]) -> Sequence[Row]:
        """Run one statement and return its rows."""
        return await _fetch(self._connection, sql, values)

    async def run_many(self, sql: str, many: list[list[Any]]) -> None:
        """Run one statement once per list of values."""
        with _explained():
            await self._connection.executemany(_dialect(sql), [_values(each) for each in many])


async def _connect(path: Path) -> aiosqlite.Connection:
    connection = aiosqlite.connect(path, isolation_level=None, cached_statements=512)
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
    return Unavailable("The server cannot write just now. Try again shortly.", detail=detail)
