"""The command `log`: what those who run this server did. It reads: nothing takes a line back."""

import argparse

import serving
from commands.results import Result, table
from instance.settings import Settings
from storage import audit
from storage.records import AuditEntry, Page

ROWS_MAX = 1000


def add_arguments(noun: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the verb `list`; `common` has what all commands take."""
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="list")
    text = "list what was done, the newest first"
    listing = verbs.add_parser("list", help=text, description=text, parents=[common])
    listing.add_argument("--limit", type=int, default=100, help=f"how many; up to {ROWS_MAX}")
    listing.add_argument("--before", metavar="ID", type=int, help="only older ones than this")


async def run(given: argparse.Namespace, settings: Settings) -> Result:
    """List a page of the log."""
    page = Page(limit=max(1, min(given.limit, ROWS_MAX)), max_id=given.before)
    async with serving.opened(settings):
        found = await audit.list_page(page)
    rows = [
        (str(each.id), f"{each.created_at:%Y-%m-%d %H:%M:%S}", each.actor_name, each.words)
        for each in found
    ]
    text = table(("ID", "WHEN (UTC)", "WHO", "WHAT"), rows) if rows else "Nothing was done yet."
    return Result(text, {"log": [_data(each) for each in found]})


def _data(entry: AuditEntry) -> dict[str, object]:
    return {
        "id": str(entry.id),
        "at": entry.created_at.isoformat(),
        "actor_id": str(entry.actor_id) if entry.actor_id is not None else None,
        "actor": entry.actor_name,
        "kind": entry.kind.value,
        "target": entry.target,
        "words": entry.words,
    }
