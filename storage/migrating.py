"""Which statements bring a database up to date: Tortoise's migrations, turned into plain SQL.

Tortoise reads `storage/migrations/` and writes the SQL of either database; `Store.migrate` runs it.
Its own runner is not used: it records a migration outside the transaction that applied it, and on
SQLite `executescript` commits in between, so a `kill -9` could leave a half-done migration
(RELIABILITY FA-18).

New migration after a change of `tables.py`:
`python -m tortoise -c storage.migrating.CONFIG makemigrations --name what_changed`.
"""

import pkgutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.sqlite.client import SqliteClient
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.operations import RunPython
from tortoise.migrations.recorder import MigrationRecorder

from storage import migrations
from storage.tables import APP

APPS = {
    APP: {
        "models": ["storage.tables"],
        "migrations": "storage.migrations",
        "default_connection": "default",
    }
}
# For `tortoise makemigrations` alone, which compares tables.py with the migrations in no database.
CONFIG = {"connections": {"default": "sqlite://:memory:"}, "apps": APPS}


@dataclass(frozen=True, slots=True)
class Step:
    """One migration as the statements of one dialect, to be run in one transaction."""

    name: str
    statements: tuple[str, ...]


def names() -> list[str]:
    """Return the names of all migrations, in their order (they start with a number)."""
    return sorted(module.name for module in pkgutil.iter_modules(migrations.__path__))


async def steps(dialect: str, applied: set[str]) -> list[Step]:
    """Return the migrations that are not among `applied`, in order. Touches no database."""
    executor = MigrationExecutor(_unconnected(dialect), APPS)
    executor.loader.recorder = _Nothing(None)
    await executor.loader.build_graph()
    return [
        Step(name, tuple(await _statements(executor, name)))
        for name in names()
        if name not in applied
    ]


async def _statements(executor: MigrationExecutor, name: str) -> list[str]:
    key = executor._resolve_migration_key(APP, name)  # noqa: SLF001 - the public way is to ask for the SQL, without the operations
    migration = executor.loader.graph.nodes[key]
    operations = [] if migration is None else migration.operations
    if any(isinstance(operation, RunPython) for operation in operations):
        message = f"migration {name}: RunPython has no SQL; write RunSQL, or a job for big tables"
        raise NotImplementedError(message)
    collected = await executor.collect_sql(APP, name)
    return [each for text in collected for each in _split(text)]


def _split(text: str) -> Iterator[str]:
    """Split into single statements: SQLite takes one at a time inside a transaction."""
    without_comments = "\n".join(
        line for line in text.splitlines() if not line.lstrip().startswith("--")
    )
    statement = ""
    for part in without_comments.split(";"):
        statement += f"{part};"
        if sqlite3.complete_statement(statement):  # no semicolon of a string or comment
            if statement.strip() != ";":
                yield statement.strip()
            statement = ""


class _Nothing(MigrationRecorder):
    """Keeps Tortoise from connecting to learn what is applied: the store knows."""

    async def applied_migrations(self) -> list[MigrationKey]:
        return []


def _unconnected(dialect: str) -> BaseDBAsyncClient:
    """Return a client that is never connected; Tortoise asks it for the dialect alone."""
    if dialect == "sqlite":
        return SqliteClient(":memory:", connection_name="default")
    return AsyncpgDBClient("", "", "", "", connection_name="default")
