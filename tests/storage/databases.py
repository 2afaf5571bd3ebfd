"""Migrated stores on SQLite and on PostgreSQL, made quickly: copies of one that was migrated once.

For fixtures of any folder: `async with open_store("postgres", tmp_path) as store: …`.
"""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg

from storage.store import SQLITE_FILE, Store
from tests import services

DIALECTS = ("sqlite", "postgres")


@contextlib.asynccontextmanager
async def open_store(dialect: str, folder: Path) -> AsyncIterator[Store]:
    """Open an empty, migrated store of its own."""
    url = await asyncio.to_thread(new_database, dialect, folder)
    store = await Store.open(url, data_dir=folder)
    try:
        yield store
    finally:
        await store.close()
        if url:
            await asyncio.to_thread(give_back, url)


def new_database(dialect: str, folder: Path) -> str:
    """Make an empty, migrated database and return its URL (empty: the SQLite file in `folder`)."""
    if dialect == "postgres":
        with contextlib.suppress(IndexError):  # another thread may take the last one
            return _SPARE.pop()
        return services.create_database(_template()[0])
    template = services.once_per_session("migrated-sqlite", lambda: _migrated_sqlite(folder))
    folder.mkdir(exist_ok=True)
    shutil.copyfile(template, folder / SQLITE_FILE)
    return ""


def give_back(url: str) -> None:
    """Empty a PostgreSQL database for the next test; a copy takes four times as long.

    One whose tables are no longer those of the template is dropped.
    """
    if asyncio.run(_empty(url)) == _template()[1]:
        _SPARE.append(url)
    else:
        services.drop_database(url)


_SPARE: list[str] = []
"""Empty databases of this process."""

_HANG_UP = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
# What the migrations wrote stays: their own table.
_DELETE = """
DO $$
DECLARE name text;
BEGIN
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT quote_ident(tablename) FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations' LOOP
    EXECUTE 'DELETE FROM ' || name;
  END LOOP;
END $$
"""
_SHAPE = """
SELECT md5(string_agg(line, ',' ORDER BY line)) FROM (
  SELECT c.relname || c.relkind::text || coalesce(a.attname || a.atttypid::text || a.attnotnull, '')
    AS line FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
  WHERE c.relnamespace = 'public'::regnamespace
  UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT 'migrated ' || (SELECT count(*) FROM tortoise_migrations)
) AS lines
"""


async def _empty(url: str) -> str:
    """Delete all rows, of who is connected still too; returns the shape of the tables."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_HANG_UP)
        await connection.execute(_DELETE)
        return str(await connection.fetchval(_SHAPE))
    finally:
        await connection.close()


def _template() -> tuple[str, str]:
    """The URL of a migrated database, and the shape of its tables."""
    url, shape = services.once_per_session("migrated-postgres", _migrated_postgres).split()
    return url, shape


def _migrated_postgres() -> str:
    url = services.create_database()
    asyncio.run(_migrate(url, Path()))
    return f"{url} {asyncio.run(_empty(url))}"


def _migrated_sqlite(folder: Path) -> str:
    # Beside the folder of the first test that asks, where no test looks.
    home = folder.parent / "migrated-sqlite"
    asyncio.run(_migrate("", home))
    return str(home / SQLITE_FILE)


async def _migrate(url: str, folder: Path) -> None:
    store = await Store.open(url, data_dir=folder)
    await store.migrate()
    await store.close()
