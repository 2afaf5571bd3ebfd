"""The commands `migrate` and `storage`: the tables brought up to date, or to another database."""

import argparse
import asyncio
import sys

import serving
from commands.progress import Progress
from commands.results import Result, read_secret
from instance.building import build, close
from instance.errors import Misconfigured
from instance.settings import Settings
from storage import moving
from storage.store import Store


def add_arguments(noun: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the verb of `storage`; `common` has what all commands take."""
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="move")
    text = "move from SQLite into an empty PostgreSQL database"
    move = verbs.add_parser("move", help=text, description=text, parents=[common])
    move.add_argument("url", metavar="URL", help="postgres://user:password@host/name; - reads it")


async def run(given: argparse.Namespace, settings: Settings) -> Result:
    """Run the verb of `storage`."""
    return await move_storage(settings, read_secret(given.url))


async def migrate(settings: Settings) -> Result:
    """Bring the tables up to date."""
    instance = await build(settings)
    try:
        applied = await serving.prepare(instance)
    finally:
        await close(instance)
    text = f"Applied: {', '.join(applied)}" if applied else "The database is up to date."
    return Result(text, {"applied": applied})


async def move_storage(settings: Settings, url: str) -> Result:
    """Move everything from the SQLite file into an empty PostgreSQL database, and compare both."""
    if settings.storage.url:
        raise Misconfigured("KITTIWAKE_STORAGE__URL is set: only the SQLite file can be moved.")
    if not url.startswith(("postgres://", "postgresql://")):
        raise Misconfigured("Say where to: python main.py storage move postgres://user@host/name")
    progress = Progress()
    source = await Store.open("", data_dir=settings.data_dir)
    try:
        source.lock_exclusively()  # nobody writes meanwhile
        await source.migrate()
        target = await Store.open(url, data_dir=settings.data_dir)
        try:
            found = await moving.move(source, target, domain=settings.domain, report=progress)
        finally:
            await target.close()
    except asyncio.CancelledError:
        progress.end()
        sys.stderr.write("Interrupted; the same command goes on where it was.\n")
        raise
    finally:
        progress.end()
        await source.close()
    rows = sum(digest.rows for digest in found.values())
    text = (
        f"Moved {rows:,} rows of {len(found)} tables; both databases hold the same, row by row.\n"
        "From now on start the server with KITTIWAKE_STORAGE__URL set to the new database.\n"
        f"Pictures stay in {settings.data_dir / 'media'}. Keep the old file until all is well."
    )
    tables = {name: {"rows": each.rows, "sha256": each.sha256} for name, each in found.items()}
    return Result(text, {"rows": rows, "tables": tables})
