"""Whom somebody follows and who follows them, sorted and narrowed by what is known of them here."""

# ruff: noqa: S608  # pasted into SQL are names of our own columns and conditions; values are bound

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from storage import ids, store
from storage.records import Actor, RowId
from storage.rows import ACTORS

LOOKED_AT_MAX = 20_000
"""Of longer lists the newest so many: what is sorted is read whole."""

HOSTS_MAX = 50


class Which(StrEnum):
    """Whose side of a follow is listed."""

    FOLLOWING = "following"
    FOLLOWERS = "followers"


class Order(StrEnum):
    """What comes first."""

    NEWEST = "newest"
    ACTIVE = "active"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who of a list is wanted; `host` is '' for people of this server, None for everybody."""

    which: Which = Which.FOLLOWING
    order: Order = Order.NEWEST
    is_mutual: bool = False
    quiet_since: datetime | None = None
    host: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: what its last row was sorted by, and the id of that follow."""

    value: int | str
    follow_id: int


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody in a list; `last_post_id` is 0 when no post of theirs is known here."""

    follow_id: RowId
    last_post_id: int
    name: str
    actor: Actor

    def place(self, order: Order) -> Place:
        """Return where this row stands."""
        if order is Order.NAME:
            return Place(self.name, self.follow_id)
        return Place(self.last_post_id, self.follow_id)


# The sides of a follow: (the owner's column, the column of who is listed).
_SIDES: Mapping[Which, tuple[str, str]] = MappingProxyType(
    {
        Which.FOLLOWING: ("follower_id", "followed_id"),
        Which.FOLLOWERS: ("followed_id", "follower_id"),
    }
)
_SORTED: Mapping[Order, tuple[str, str]] = MappingProxyType(
    {
        Order.NEWEST: ("x.follow_id < ?", "x.follow_id DESC"),
        Order.ACTIVE: (
            "(x.last_post_id, x.follow_id) < (?, ?)",
            "x.last_post_id DESC, x.follow_id DESC",
        ),
        Order.NAME: ("(x.sort_name, x.follow_id) > (?, ?)", "x.sort_name, x.follow_id"),
    }
)


def _newest(which: Which) -> str:
    owner, other = _SIDES[which]
    return (
        f"(SELECT id, {other} AS other_id FROM follows WHERE {owner} = ? AND state = 'accepted' "
        f"ORDER BY id DESC LIMIT {LOOKED_AT_MAX})"
    )


async def read(owner_id: int, wanted: Wanted, after: Place | None, limit: int) -> list[Listed]:
    """Return the people of a list behind a place, in one query."""
    sql = (
        f"SELECT x.* FROM (SELECT f.id AS follow_id, lower(a.username) AS sort_name, "
        "COALESCE((SELECT MAX(p.id) FROM posts p WHERE p.actor_id = a.id), 0) AS last_post_id, "
        f"{ACTORS.columns('a')} FROM {_newest(wanted.which)} f CROSS JOIN actors a "
        "WHERE a.id = f.other_id AND a.deleted_at IS NULL AND a.suspended_at IS NULL"
    )
    values: list[Any] = [owner_id]
    if wanted.is_mutual:
        mine, other = _SIDES[wanted.which]
        sql += (
            f" AND EXISTS (SELECT 1 FROM follows m WHERE m.{other} = ? AND m.{mine} = a.id "
            "AND m.state = 'accepted')"
        )
        values.append(owner_id)
    if wanted.host is not None:
        sql += " AND COALESCE(a.host, '') = ?"
        values.append(wanted.host)
    behind, order = _SORTED[wanted.order]
    sql += ") x WHERE TRUE"
    if wanted.quiet_since is not None:
        sql += " AND x.last_post_id < ?"
        values.append(ids.first_at(wanted.quiet_since))
    if after is not None:
        sql += f" AND {behind}"
        values += (
            [after.follow_id] if wanted.order is Order.NEWEST else [after.value, after.follow_id]
        )
    rows = await store.read(f"{sql} ORDER BY {order} LIMIT ?", *values, limit)
    found = ((row, ACTORS.from_row(row, 3)) for row in rows)
    return [Listed(RowId(r[0]), r[2], r[1], actor) for r, actor in found if actor is not None]


async def hosts(owner_id: int, which: Which) -> list[tuple[str, int]]:
    """Return where most people of a list are, with how many; '' is this server."""
    rows = await store.read(
        f"SELECT COALESCE(a.host, ''), COUNT(*) FROM {_newest(which)} f CROSS JOIN actors a "
        "WHERE a.id = f.other_id AND a.deleted_at IS NULL AND a.suspended_at IS NULL "
        "GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?",
        *(owner_id, HOSTS_MAX),
    )
    return [(host, int(count)) for host, count in rows]
