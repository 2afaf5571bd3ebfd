"""Hosts whose people somebody here does not want to meet (B90); the operator's: `host_rules.py`."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections.abc import Collection, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from storage import store
from storage.host_rules import SEVERED_ANEW
from storage.records import Actor, FollowState, HostBlock, Page, RowId
from storage.rows import ACTORS, Rows, read_page

HOST_BLOCKS = Rows("host_blocks", HostBlock)
Lost = Literal["followers", "following"]
# Which column of a follow is oneself, and which is the other.
_SIDES: Final[Mapping[Lost, tuple[str, str]]] = MappingProxyType(
    {"followers": ("followed_id", "follower_id"), "following": ("follower_id", "followed_id")}
)


async def insert(block: HostBlock) -> bool:
    """Insert a block; False if it is there already."""
    return await HOST_BLOCKS.insert_if_new(block)


async def remove(actor_id: int, host: str) -> bool:
    """Take a block back; False if there was none."""
    return bool(await HOST_BLOCKS.remove("actor_id = ? AND host = ?", actor_id, host))


async def of(actor_id: int, page: Page) -> list[HostBlock]:
    """Return a page of the hosts that somebody blocks."""
    return await HOST_BLOCKS.page(page, "t.actor_id = ?", actor_id)


async def is_blocked(actor_id: int, host: str | None) -> bool:
    """Whether somebody blocks a host."""
    if host is None:
        return False
    sql = "SELECT 1 FROM host_blocks WHERE actor_id = ? AND host = ?"
    return bool(await store.glance(sql, actor_id, host))


async def tied_at(actor_id: int, host: str, limit: int) -> list[Actor]:
    """Return people of a host whom somebody follows or is followed by, or asked."""
    return await ACTORS.select(
        "CROSS JOIN (SELECT followed_id AS id FROM follows WHERE follower_id = ? "
        "UNION SELECT follower_id FROM follows WHERE followed_id = ?) AS tied "
        "WHERE t.id = tied.id AND t.host = ? LIMIT ?",
        *(actor_id, actor_id, host, limit),
    )


class Ended(NamedTuple):
    """How many followers somebody lost, and how many people they follow no more."""

    followers: int
    following: int


async def keep_ties(actor_id: int, other_ids: Collection[int], at: datetime) -> Ended:
    """Write down which follows between somebody and others end, as they block the host."""
    others = list(other_ids)
    rows = await store.write(
        "INSERT INTO severed_follows (id, follower_id, followed_id, uri, state, created_at, "
        "severed_at, blocker_id) SELECT id, follower_id, followed_id, uri, state, created_at, ?, ? "
        "FROM follows WHERE state = ? AND (follower_id = ? AND followed_id = ANY(?) "
        f"OR followed_id = ? AND follower_id = ANY(?)) {SEVERED_ANEW} RETURNING followed_id",
        *(at, actor_id, FollowState.ACCEPTED, actor_id, others, actor_id, others),
    )
    followers = sum(followed_id == actor_id for (followed_id,) in rows)
    return Ended(followers, len(rows) - followers)


async def lost(actor_id: int, host: str, which: Lost, page: Page) -> list[tuple[RowId, Actor]]:
    """Return with whom of a host follows of somebody ended, whoever shut it out; newest first."""
    mine, theirs = _SIDES[which]
    rows = await read_page(
        page,
        "s.id",
        f"SELECT s.id, {ACTORS.columns('a')} FROM severed_follows s "
        f"JOIN actors a ON a.id = s.{theirs} WHERE s.{mine} = ? AND a.host = ?",
        *(actor_id, host),
    )
    found = ((RowId(row[0]), ACTORS.from_row(row, 1)) for row in rows)
    return [(its_id, actor) for its_id, actor in found if actor is not None]
