"""What somebody has here, as lists that any server of Mastodon's kind takes (B125)."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Final

from instance.resources import Instance
from storage import host_blocks, transfers
from storage.records import Actor, ImportKind, Page
from transfers import lists

ROWS_PER_QUERY: Final = 500


async def csv_of(instance: Instance, actor: Actor, kind: ImportKind) -> str:
    """Return one list of somebody's own as CSV."""
    return lists.write(kind, [row async for row in rows(instance, actor, kind)])


async def rows(instance: Instance, actor: Actor, kind: ImportKind) -> AsyncIterator[list[str]]:
    """Yield the lines of a list, oldest first."""
    domain, after = instance.settings.handles_at, 0
    while found := await transfers.listed(kind, actor.id, after, ROWS_PER_QUERY):
        for row in found:
            yield _cells(kind, tuple(row[1:]), domain)
        after = int(found[-1][0])


async def lost_csv(actor: Actor, host: str, which: host_blocks.Lost) -> str:
    """Return with whom of a host somebody's follows ended, as CSV."""
    handles: list[str] = []
    page = Page(limit=ROWS_PER_QUERY)
    while found := await host_blocks.lost(actor.id, host, which, page):
        handles += [f"{other.username}@{other.host}" for _, other in found]
        page = replace(page, max_id=found[-1][0])
    if which == "followers":
        return lists.write_followers(handles)
    # Boosts and all, as whoever follows anew begins.
    return lists.write(ImportKind.FOLLOWS, [[each, "true", "false", ""] for each in handles])


def _cells(kind: ImportKind, row: tuple[Any, ...], domain: str) -> list[str]:
    if kind in {ImportKind.HOST_BLOCKS, ImportKind.BOOKMARKS}:
        return [str(row[0])]
    if kind is ImportKind.LISTS:
        title, username, host = row
        return [title, f"{username}@{host or domain}"]
    username, host, *more = row
    handle = f"{username}@{host or domain}"
    if kind is ImportKind.FOLLOWS:
        boosts, notifies, languages = more
        return [handle, _flag(boosts), _flag(notifies), ", ".join(json.loads(languages or "[]"))]
    return [handle, *(_flag(one) for one in more)]


def _flag(value: object) -> str:
    return "true" if value else "false"
