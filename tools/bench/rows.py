"""Bulk SQL for the bench: copies of rows that the real server wrote, thousands in one statement.

Columns that are not named are copied from a template row, so that a new column of the server needs
no change here. Statements run on SQLite and on PostgreSQL; values are our own, never somebody's.
"""

import contextlib
import os
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import asyncpg

from tests import services
from tools.bench import machine


class Rows(Protocol):
    """A connection to a database that no server uses at the moment, or that is only read."""

    async def run(self, sql: str) -> None:
        """Run a statement."""
        ...

    async def fetch(self, sql: str) -> Sequence[Sequence[Any]]:
        """Run a query."""
        ...

    async def columns(self, table: str) -> list[str]:
        """Return the columns of a table."""
        ...

    async def size_bytes(self) -> int:
        """Return how much the database takes on the disk."""
        ...

    async def logged_bytes(self) -> int:
        """Return how much PostgreSQL has written to its log until now; 0 of SQLite."""
        ...

    async def checkpoint(self) -> int:
        """Let SQLite carry its log home; return the bytes this wrote. 0 of PostgreSQL."""
        ...

    async def close(self) -> None:
        """Write everything and let go."""
        ...


class SqliteRows:
    """A SQLite file."""

    def __init__(self, path: Path, *, is_read_only: bool = False) -> None:
        self._path = path
        mode = "ro" if is_read_only else "rw"
        self._connection = sqlite3.connect(
            f"file:{path}?mode={mode}", uri=True, isolation_level=None
        )
        if not is_read_only:
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.execute("PRAGMA foreign_keys = OFF")
            self._connection.execute("PRAGMA cache_size = -400000")

    async def run(self, sql: str) -> None:
        """Run a statement."""
        self._connection.execute(sql)

    async def fetch(self, sql: str) -> Sequence[Sequence[Any]]:
        """Run a query."""
        found: list[Sequence[Any]] = self._connection.execute(sql).fetchall()
        return found

    async def columns(self, table: str) -> list[str]:
        """Return the columns of a table."""
        return [row[1] for row in self._connection.execute(f"PRAGMA table_info({table})")]

    async def size_bytes(self) -> int:
        """Return how much the database takes on the disk, without its log."""
        pages = await self.fetch("PRAGMA page_count")
        page = await self.fetch("PRAGMA page_size")
        return int(pages[0][0] * page[0][0])

    async def logged_bytes(self) -> int:
        """Return 0: what SQLite writes is written by the server's own process."""
        return 0

    async def checkpoint(self) -> int:
        """Do what the server's next writer would do soon: each then pays for its own pages alone.

        Else the post at which the log is full pays for all deliveries before it.
        """
        before = machine.usage(os.getpid()).written_bytes
        with contextlib.closing(sqlite3.connect(self._path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        return machine.usage(os.getpid()).written_bytes - before

    async def close(self) -> None:
        """Write everything and let go."""
        self._connection.close()


class PostgresRows:
    """A PostgreSQL database."""

    def __init__(self, connection: Any, *, is_read_only: bool) -> None:
        self._connection = connection
        self._is_read_only = is_read_only

    @classmethod
    async def open(cls, url: str, *, is_read_only: bool) -> "PostgresRows":
        """Connect; nobody checks foreign keys of bulk rows."""
        connection = await asyncpg.connect(url)
        await connection.execute("SET session_replication_role = replica")
        return cls(connection, is_read_only=is_read_only)

    async def run(self, sql: str) -> None:
        """Run a statement."""
        await self._connection.execute(sql, timeout=600)

    async def fetch(self, sql: str) -> Sequence[Sequence[Any]]:
        """Run a query."""
        found: Sequence[Sequence[Any]] = await self._connection.fetch(sql)
        return found

    async def columns(self, table: str) -> list[str]:
        """Return the columns of a table."""
        found = await self._connection.fetch(
            "SELECT column_name FROM information_schema.columns WHERE table_name = $1"
            " AND table_schema = 'public'",
            table,
        )
        return [row[0] for row in found]

    async def size_bytes(self) -> int:
        """Return how much the database takes on the disk, without its log."""
        return int((await self.fetch("SELECT pg_database_size(current_database())"))[0][0])

    async def logged_bytes(self) -> int:
        """Return how much was written to the log, copies of whole pages included.

        The kernel's own count is of no use here: where files have large folios, it counts a
        megabyte for each eight kilobytes of the log that are written anew.
        """
        sql = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"
        return int((await self.fetch(sql))[0][0])

    async def checkpoint(self) -> int:
        """Return 0: what PostgreSQL carries home at times is not counted."""
        return 0

    async def close(self) -> None:
        """Do what autovacuum would do soon, and let go.

        What was made in bulk is tidied and on the disk now, so that nobody counts it later.
        """
        if not self._is_read_only:
            await self._connection.execute("VACUUM (FREEZE, ANALYZE)", timeout=600)
            await self._connection.execute("CHECKPOINT")
        await self._connection.close()


async def create_database(name: str, *, template: str = "template0") -> str:
    """Create a database in a PostgreSQL that waits for the disk as in real life; return its URL."""
    url = services.postgres_server(durable=True)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    finally:
        await connection.close()
    return f"{url.rpartition('/')[0]}/{name}"


async def copy(
    rows: Rows, table: str, template: str, changes: Mapping[str, str], source: str
) -> None:
    """Insert one copy of the row `template` (a condition) for each row of `source` (a query).

    `changes`: column -> SQL, in which `t` is the template and `s` the row of the source.
    """
    columns = await rows.columns(table)
    values = [f"({changes[name]})" if name in changes else f"t.{name}" for name in columns]
    await rows.run(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"
        f" FROM ({source}) s, (SELECT * FROM {table} WHERE {template} LIMIT 1) t"
    )


def series(count: int) -> str:
    """Return a query of the numbers from 0, in a column `i`."""
    return (
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
        f" WHERE i + 1 < {count}) SELECT i FROM n"
    )
