"""Which statements bring a database up to date: Tortoise's migrations, turned into plain SQL.

`make migration NAME=what_changed` after a change of `tables.py` lets Tortoise write a migration and
its SQL for either database, into `storage/migrations/*.sql`; `Store.migrate` runs that. Tortoise is
not asked at runtime: it needs seconds to think all migrations through. Nor is its runner used: it
records a migration outside the transaction that applied it, and on SQLite `executescript` commits
in between, so a `kill -9` could leave a half-done migration (RELIABILITY FA-18).
"""

import asyncio
import pkgutil
import re
import sqlite3
import sys
from collections.abc import Iterable, Iterator
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
    found = {step.name: step for step in read_written(dialect)} if wanted else {}
    unwritten = [name for name in wanted if name not in found]
    if unwritten:  # somebody is working on them
        found |= {step.name: step for step in await write(dialect, unwritten)}
    return [found[name] for name in wanted]


async def write(dialect: str, wanted: Iterable[str]) -> list[Step]:
    """Let Tortoise write these migrations as SQL, in a process of its own: it takes much memory."""
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


# ---------------------------------------------------------------- the written SQL


def written_file(dialect: str) -> Path:
    """Return where the SQL of all migrations is kept for a database."""
    return MIGRATIONS / f"{dialect}.sql"


def read_written(dialect: str) -> list[Step]:
    """Return the migrations whose SQL is kept."""
    file = written_file(dialect)
    parts = _HEADING.split(file.read_text() if file.exists() else "")[1:]
    return [
        Step(name, tuple(split(text))) for name, text in zip(parts[::2], parts[1::2], strict=True)
    ]


def as_text(kept: Iterable[Step]) -> str:
    """Return migrations as they are kept: each below a line with its name."""
    parts = ("\n\n".join((f"-- {step.name}", *step.statements)) for step in kept)
    return "\n\n\n".join(parts) + "\n"


_HEADING = re.compile(r"^-- (\d{4}_\w+)$", re.MULTILINE)


def split(text: str) -> Iterator[str]:
    """Split into single statements: SQLite takes one at a time inside a transaction."""
    without_comments = "\n".join(
        line for line in text.splitlines() if not line.lstrip().startswith("--")
    )
    statement = ""
    for part in without_comments.split(";"):
        statement += f"{part};"
        if _is_complete(statement):
            if statement.strip() != ";":
                yield statement.strip()
            statement = ""
    if statement.strip(" \n;"):
        message = f"half a statement: {statement.strip()[:200]}"
        raise ValueError(message)


def _is_complete(statement: str) -> bool:
    """Whether the semicolon at the end is none of a string, a comment or a trigger's body."""
    is_postgres_trigger = statement.lstrip().startswith("CREATE TRIGGER") and (
        "EXECUTE FUNCTION" in statement  # it has a function for a body
    )
    return is_postgres_trigger or sqlite3.complete_statement(statement)
