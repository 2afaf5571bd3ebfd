"""The SQL of migrations, written by Tortoise for either database: a program of its own.

`python -m storage.migration_sql DIALECT NAME…` writes the steps as JSON; `migrating.py` runs it.
Without a name, the SQL of all migrations is kept in `storage/migrations/` (`make migration`).
"""

import asyncio
import sys
from collections.abc import Sequence

import msgspec
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.sqlite.client import SqliteClient
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.operations import RunPython
from tortoise.migrations.recorder import MigrationRecorder

from storage import migrating
from storage.migrating import APP, APPS, Step, split


async def steps(dialect: str, wanted: Sequence[str]) -> list[Step]:
    """Return these migrations as SQL. Touches no database."""
    executor = MigrationExecutor(_unconnected(dialect), APPS)
    executor.loader.recorder = _Nothing(None)
    await executor.loader.build_graph()
    return [Step(name, tuple(await _statements(executor, name))) for name in wanted]


async def _statements(executor: MigrationExecutor, name: str) -> list[str]:
    key = executor._resolve_migration_key(APP, name)  # noqa: SLF001 - the public way is to ask for the SQL, without the operations
    migration = executor.loader.graph.nodes[key]
    operations = [] if migration is None else migration.operations
    if any(isinstance(operation, RunPython) for operation in operations):
        message = f"migration {name}: RunPython has no SQL; write RunSQL, or a job for big tables"
        raise NotImplementedError(message)
    collected = await executor.collect_sql(APP, name)
    return [each for text in collected for each in split(text)]


class _Nothing(MigrationRecorder):
    """Keeps Tortoise from connecting to learn what is applied: the store knows."""

    async def applied_migrations(self) -> list[MigrationKey]:
        return []


def _unconnected(dialect: str) -> BaseDBAsyncClient:
    """Return a client that is never connected; Tortoise asks it for the dialect alone."""
    if dialect == "sqlite":
        return SqliteClient(":memory:", connection_name="default")
    return AsyncpgDBClient("", "", "", "", connection_name="default")


async def keep() -> None:
    """Write the SQL of all migrations for both databases to where servers read it."""
    for dialect in ("sqlite", "postgres"):
        found = await steps(dialect, migrating.names())
        migrating.written_file(dialect).write_text(migrating.as_text(found))


if __name__ == "__main__":
    if len(sys.argv) == 1:
        asyncio.run(keep())
    else:
        asked_for = asyncio.run(steps(sys.argv[1], sys.argv[2:]))
        sys.stdout.buffer.write(msgspec.json.encode(asked_for))
