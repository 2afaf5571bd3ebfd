"""Which statements bring a database up to date: Tortoise's migrations, turned into plain SQL.

Tortoise reads `storage/migrations/` and writes the SQL of either database; `Store.migrate` runs it.
Its own runner is not used: it records a migration outside the transaction that applied it, and on
SQLite `executescript` commits in between, so a `kill -9` could leave a half-done migration
(RELIABILITY FA-18).

New migration after a change of `tables.py`: `make migration NAME=what_changed`.
"""

import asyncio
import pkgutil
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

MIGRATIONS = Path(__file__).parent / "migrations"
WRITER = "storage.migration_sql"
APP = "kittiwake"
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
    return sorted(module.name for module in pkgutil.iter_modules([str(MIGRATIONS)]))


async def steps(dialect: str, applied: set[str]) -> list[Step]:
    """Return the migrations that are not among `applied`, in order. Touches no database."""
    wanted = [name for name in names() if name not in applied]
    if not wanted:
        return []
    # Tortoise would take a third of a server's memory for good: so it has a process of its own.
    writer = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", WRITER, dialect, *wanted),
        cwd=MIGRATIONS.parents[1],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    written, complaints = await writer.communicate()
    if writer.returncode != 0:
        raise RuntimeError(complaints.decode(errors="replace"))
    return msgspec.json.decode(written, type=list[Step])
