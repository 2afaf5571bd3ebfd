"""What `Store` asks of a database; `sqlite.py` and `postgres.py` answer it.

Queries are written once, in PostgreSQL's words with `?` for values; `sqlite.py` replaces the few
words that SQLite says differently.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol

Dialect = Literal["sqlite", "postgres"]
Row = Sequence[Any]

# A query waits so long for a lock or a connection before it gives up.
LOCK_TIMEOUT_S = 5.0


class Transaction(Protocol):
    """An open write transaction."""

    is_committed: bool
    """Whether it is on the disk, also where the task was cancelled while it was being written."""

    async def fetch(self, sql: str, values: list[Any]) -> Sequence[Row]:
        """Run one statement and return its rows."""

    async def touch(self, sql: str, values: list[Any]) -> Sequence[Row]:
        """Run a statement about a few rows by their keys: as `fetch`, and cheaper if that is so."""

    async def run_many(self, sql: str, many: list[list[Any]]) -> None:
        """Run one statement once per list of values."""


class Database(Protocol):
    """An open database. Every method raises `Unavailable` when it is full, locked or away."""

    dialect: Dialect

    async def read(self, sql: str, values: list[Any]) -> Sequence[Row]:
        """Run a query outside of any transaction; waits for no transaction."""

    async def glance(self, sql: str, values: list[Any]) -> Sequence[Row]:
        """Run a query that finds a few rows by their keys: as `read`, and cheaper if that is so."""

    async def ponder(self, sql: str, values: list[Any]) -> Sequence[Row]:
        """Run a query for which the quickest way depends on the values: it is planned for them."""

    async def write(self, sql: str, values: list[Any]) -> Sequence[Row]:
        """Run one statement as a transaction of its own."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Open a write transaction; it is rolled back when the block raises or is cancelled."""

    async def check(self) -> None:
        """Try what is not needed to open it; raises `Misconfigured`, naming the setting."""

    async def close(self) -> None:
        """Close all connections."""
