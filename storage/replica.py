"""A read replica of PostgreSQL: answers reads that may be some seconds old, as long as it keeps up.

    with replica.stale_reads():        # a request that shows a page
        await store.read(...)          # from the replica; after a write, from the primary again

It is never needed: whatever it cannot answer is asked of the primary.
"""

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import asyncpg

from instance.errors import Misconfigured
from storage.database import Row

CHECK_EVERY_S: Final = 2.0
TRY_AGAIN_S: Final = 5.0
TIMEOUT_S: Final = 2.0
LAG_S_MAX: Final = 3 * CHECK_EVERY_S
"""What is read from a replica is no older: see `Replica._check`."""

# Positions in the log as plain numbers: the primary's end of it, and how far the replica came.
WRITTEN = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"
REPLAYED = "SELECT pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint"
FAULTS = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)

Fetch: TypeAlias = Callable[[Any, str, list[Any]], Awaitable[Sequence[Row]]]
"""Runs a query on a connection."""

_log = logging.getLogger("kittiwake.replica")


@dataclass(slots=True)
class _Reads:
    """Where one request reads. Once at the primary it stays there: it never goes back in time."""

    may_be_stale: bool = True


_reads: ContextVar[_Reads | None] = ContextVar("reads", default=None)


class ReplicaAway(Exception):  # noqa: N818 - a state of affairs, not a mistake
    """The replica cannot answer, or is too far behind: ask the primary."""


@contextlib.contextmanager
def stale_reads() -> Iterator[None]:
    """Let reads outside of transactions go to the replica, until something is written."""
    before = _reads.get()
    _reads.set(_Reads())
    try:
        yield
    finally:
        _reads.set(before)


def may_be_stale() -> bool:
    """Whether the running task reads where it may be some seconds behind."""
    reads = _reads.get()
    return reads is not None and reads.may_be_stale


def insist() -> None:
    """Read from the primary from now on, because of a write or for want of a replica."""
    if reads := _reads.get():
        reads.may_be_stale = False


async def fetched(connection: Any, sql: str, values: list[Any]) -> Sequence[Row]:
    """Run a query by a statement that the connection keeps."""
    rows: Sequence[Row] = await connection.fetch(sql, *values)
    return rows


class Replica:
    """A pool of connections to a replica, and what is known about how far behind it is."""

    def __init__(
        self,
        pool: Any,
        ask_primary: Callable[[str], Awaitable[int]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._ask_primary = ask_primary
        self._clock = clock
        self._written = 0
        self._written_at = -math.inf
        self._check_at = -math.inf
        self._is_near = False
        self._is_in_use = True

    async def read(self, sql: str, values: list[Any], fetch: Fetch = fetched) -> Sequence[Row]:
        """Run a query there, by `fetch`; raises `ReplicaAway`."""
        if self._clock() >= self._check_at:
            await self._check()
        if not self._is_near:
            raise ReplicaAway
        try:
            async with self._pool.acquire(timeout=TIMEOUT_S) as connection:
                return await fetch(connection, sql, values)
        except FAULTS as error:
            # Also when the statement is to blame: the primary says so, in its own words.
            self._lost(f"{type(error).__name__}: {error}")
            raise ReplicaAway from error

    async def check(self) -> None:
        """Try whether it answers, and is a replica; raises `Misconfigured`."""
        try:
            replayed = await self._replayed()
        except FAULTS as error:
            reason = f"the replica does not answer ({type(error).__name__}: {error})"
            raise Misconfigured(f"KITTIWAKE_STORAGE__REPLICA_URL: {reason}.") from error
        if replayed is None:
            raise Misconfigured("KITTIWAKE_STORAGE__REPLICA_URL: what answers is no replica.")

    async def close(self) -> None:
        """Close all connections."""
        self._pool.terminate()

    async def _replayed(self) -> int | None:
        """How far it came; None if it is no replica."""
        async with self._pool.acquire(timeout=TIMEOUT_S) as connection:
            replayed: int | None = await connection.fetchval(REPLAYED)
            return replayed

    async def _check(self) -> None:
        """Compare how far the replica is with what the primary had written one check before.

        It has all of that, so it was at most two checks behind, and the verdict holds for one more.
        """
        now = self._clock()
        self._check_at = now + CHECK_EVERY_S  # one asks, the others go by what is known
        try:
            async with asyncio.timeout(TIMEOUT_S):
                written = await self._ask_primary(WRITTEN)
                replayed = await self._replayed()
        except FAULTS as error:
            self._lost(f"{type(error).__name__}: {error}")
            return
        before, is_recent = self._written, now - self._written_at <= 2 * CHECK_EVERY_S
        self._written, self._written_at = written, now
        if replayed is None:
            self._lost("it is no replica")
        elif is_recent and replayed < before:
            self._lost(f"it is {before - replayed} bytes behind", again_s=CHECK_EVERY_S)
        elif not is_recent and replayed < written:
            self._is_near = False  # it may be on its way: the next check tells
        else:
            self._is_near = True
            if not self._is_in_use:
                self._is_in_use = True
                _log.warning("the replica is used again")

    def _lost(self, reason: str, *, again_s: float = TRY_AGAIN_S) -> None:
        self._is_near = False
        self._check_at = self._clock() + again_s
        if self._is_in_use:
            self._is_in_use = False
            _log.warning(
                "KITTIWAKE_STORAGE__REPLICA_URL: not used, the primary reads for it (%s)", reason
            )
