"""PostgreSQL: a pool of connections. Each statement outside a transaction takes one for itself."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import asyncpg

from instance.errors import Conflict, Failure, Invalid, Misconfigured, Unavailable
from storage import replica
from storage.database import LOCK_TIMEOUT_S, Dialect, Row
from storage.replica import Fetch, Replica

STATEMENT_TIMEOUT_S = 30.0
SESSION = {"application_name": "kittiwake", "jit": "off"}

EXISTS = (asyncpg.UniqueViolationError, asyncpg.ForeignKeyViolationError)
AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shutting down, or restarting
    asyncpg.InsufficientResourcesError,  # disk full, too many connections
    asyncpg.ReadOnlySQLTransactionError,  # a replica after a failover
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
# The server ended the connection, or it was found closed: another one may be had at once.
ENDED = (
    asyncpg.AdminShutdownError,
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.InterfaceError,
    ConnectionError,
)
READ_AGAIN = 2
COLLIDED = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
)
# The address, the user or the password in the setting is wrong.
REFUSED = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ClientConfigurationError,
    ValueError,
)


class PostgresDatabase:
    """One PostgreSQL database."""

    dialect: Dialect = "postgres"

    def __init__(self, pool: Any, replica: Replica | None = None) -> None:
        self._pool = pool
        self._replica = replica

    @classmethod
    async def open(
        cls, url: str, *, connections_max: int, replica_url: str = ""
    ) -> "PostgresDatabase":
        """Connect to `postgres://user:password@host/name`; to a replica when it is needed."""
        try:
            pool = await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=connections_max,
                command_timeout=STATEMENT_TIMEOUT_S,
                timeout=LOCK_TIMEOUT_S,
                server_settings=SESSION,
                reset=_leave_as_it_is,
            )
        except REFUSED as error:
            raise Misconfigured(f"PostgreSQL refuses KITTIWAKE_STORAGE__URL: {error}") from error
        except AWAY as error:
            detail = f"PostgreSQL: {error}"
            message = "The database of KITTIWAKE_STORAGE__URL does not answer. Is it running?"
            raise Unavailable(message, detail=detail) from error
        if not replica_url:
            return cls(pool)
        return cls(pool, await _open_replica(replica_url, connections_max, pool.fetchval))

    async def check(self) -> None:
        """Try whether the replica answers, and is one."""
        if self._replica is not None:
            await self._replica.check()

    async def close(self) -> None:
        """Close all connections."""
        if self._replica is not None:
            await self._replica.close()
        await self._pool.close()

    async def read(self, sql: str, values: list[Any]) -> Sequence[Row]:
        """Run a query on a connection of its own; at the replica where `replica` allows it."""
        return await self._read(sql, values, replica.fetched)

    async def ponder(self, sql: str, values: list[Any]) -> Sequence[Row]:
        """Run a query as `read`, by a statement that is kept for nobody else.

        A statement that is run again gets a plan for any values after five times, by which a rare
        word is looked for in every post.
        """
        return await self._read(sql, values, _fetched_anew)

    async def _read(self, sql: str, values: list[Any], fetch: Fetch) -> Sequence[Row]:
        if self._replica is not None and replica.may_be_stale():
            try:
                return await self._replica.read(_dialect(sql), values, fetch)
            except replica.ReplicaAway:
                replica.insist()
        # Connections that were ended are found one by one: by an operator, at a failover.
        for _ in range(READ_AGAIN):
            try:
                return await self._fetch(sql, values, fetch)
            except Unavailable as away:
                if not isinstance(away.__cause__, ENDED):
                    raise
        return await self._fetch(sql, values, fetch)

    async def glance(self, sql: str, values: list[Any]) -> Sequence[Row]:
        """Run a query that finds a few rows by their keys: there is no quicker way than `read`."""
        return await self.read(sql, values)

    async def write(self, sql: str, values: list[Any]) -> Sequence[Row]:
        """Run one statement as a transaction of its own."""
        replica.insist()
        return await self._fetch(sql, values)

    async def _fetch(
        self, sql: str, values: list[Any], fetch: Fetch = replica.fetched
    ) -> Sequence[Row]:
        with _explained():
            async with self._pool.acquire(timeout=LOCK_TIMEOUT_S) as connection:
                return await fetch(connection, _dialect(sql), values)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator["PostgresTransaction"]:
        """Open a write transaction; it is rolled back when the block raises or is cancelled."""
        replica.insist()
        with _explained():
            connection = await self._pool.acquire(timeout=LOCK_TIMEOUT_S)
        try:
            transaction = connection.transaction()
            with _explained():
                await transaction.start()
            opened = PostgresTransaction(connection)
            try:
                yield opened
            except BaseException:
                # Without a connection there is nothing left to roll back.
                with contextlib.suppress(asyncpg.InterfaceError, *AWAY):
                    await transaction.rollback()
                raise
            with _explained():
                await transaction.commit()
            opened.is_committed = True
        finally:
            # Rolls back what a cancelled commit has left open.
            await self._pool.release(connection)


class PostgresTransaction:
    """An open write transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.is_committed = False

    async def fetch(self, sql: str, values: list[Any]) -> Sequence[Row]:
        """Run one statement and return its rows."""
        with _explained():
            rows: Sequence[Row] = await self._connection.fetch(_dialect(sql), *values)
            return rows

    async def touch(self, sql: str, values: list[Any]) -> Sequence[Row]:
        """Run one statement about a few rows: there is no quicker way than `fetch`."""
        return await self.fetch(sql, values)

    async def run_many(self, sql: str, many: list[list[Any]]) -> None:
        """Run one statement once per list of values."""
        with _explained():
            await self._connection.executemany(_dialect(sql), many)


async def _fetched_anew(connection: Any, sql: str, values: list[Any]) -> Sequence[Row]:
    """Run a query by a statement of its own: one round trip more."""
    statement = await connection.prepare(sql)
    rows: Sequence[Row] = await statement.fetch(*values)
    return rows


async def _open_replica(
    url: str, connections_max: int, ask_primary: Callable[[str], Awaitable[int]]
) -> Replica:
    try:
        # No connection is opened now: it may be away, also while we start.
        pool = await asyncpg.create_pool(
            url,
            min_size=0,
            max_size=connections_max,
            command_timeout=LOCK_TIMEOUT_S,
            timeout=replica.TIMEOUT_S,
            server_settings=SESSION,
            reset=_leave_as_it_is,
        )
    except REFUSED as error:
        message = f"PostgreSQL refuses KITTIWAKE_STORAGE__REPLICA_URL: {error}"
        raise Misconfigured(message) from error
    return Replica(pool, ask_primary)


async def _leave_as_it_is(_connection: Any) -> None:
    """Spare a round trip per statement: we change no setting of a session that we must reset."""


@lru_cache(maxsize=2048)
def _dialect(sql: str) -> str:
    first, *rest = sql.split("?")
    return first + "".join(f"${number}{text}" for number, text in enumerate(rest, start=1))


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Turn what the caller can do something about into a `Failure`."""
    try:
        yield
    except asyncpg.ProgramLimitExceededError as error:
        raise Invalid("An address is too long.", detail=f"PostgreSQL: {error}") from error
    except EXISTS as error:
        raise Conflict("This exists already, or what it belongs to is gone.") from error
    except COLLIDED as error:
        raise _away(error, retry_after_s=1) from error
    except AWAY as error:
        raise _away(error) from error
    except asyncpg.InterfaceError as error:
        # One class for our mistakes and for a broken connection; the text tells them apart.
        if "clos" in str(error) or "released" in str(error):
            raise _away(error) from error
        raise


def _away(error: BaseException, *, retry_after_s: int = 30) -> Failure:
    return Unavailable(
        "The server cannot reach its database just now. Try again shortly.",
        retry_after_s=retry_after_s,
        detail=f"PostgreSQL: {type(error).__name__}: {error}",
    )
