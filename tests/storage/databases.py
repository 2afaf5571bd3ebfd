"""Migrated stores on SQLite and on PostgreSQL, made quickly: copies of one that was migrated once.

For fixtures of any folder: `async with open_store("postgres", tmp_path) as store: …`.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from storage.store import SQLITE_FILE, Store
from tests import services

DIALECTS = ("sqlite", "postgres")


@asynccontextmanager
async def open_store(dialect: str, folder: Path) -> AsyncIterator[Store]:
    """Open an empty, migrated store of its own."""
    url = await asyncio.to_thread(new_database, dialect, folder)
    store = await Store.open(url, data_dir=folder)
    try:
        yield store
    finally:
        await store.close()
        if url:
            await asyncio.to_thread(services.drop_database, url)


def new_database(dialect: str, folder: Path) -> str:
    """Make an empty, migrated database and return its URL (empty: the SQLite file in `folder`)."""
    if dialect == "postgres":
        return services.create_database(
            services.once_per_session("migrated-postgres", _migrated_postgres)
        )
    template = services.once_per_session("migrated-sqlite", lambda: _migrated_sqlite(folder))
    folder.mkdir(exist_ok=True)
    shutil.copyfile(template, folder / SQLITE_FILE)
    return ""


def _migrated_postgres() -> str:
    url = services.create_database()
    asyncio.run(_migrate(url, Path()))
    return url


def _migrated_sqlite(folder: Path) -> str:
    # Beside the folder of the first test that asks, where no test looks.
    home = folder.parent / "migrated-sqlite"
    asyncio.run(_migrate("", home))
    return str(home / SQLITE_FILE)


async def _migrate(url: str, folder: Path) -> None:
    store = await Store.open(url, data_dir=folder)
    await store.migrate()
    await store.close()
