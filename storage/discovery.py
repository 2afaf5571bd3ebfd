"""People to be discovered: by their names, as suggestions, and in the directory of people."""

# ruff: noqa: S608  # pasted into SQL are pieces of this file; values are bound

from collections.abc import Collection
from datetime import datetime
from typing import Final, NamedTuple

from storage import store
from storage.records import Actor, Page, RowId
from storage.rows import ACTORS

# Sorts after everything that begins with the same letters.
LAST_LETTER: Final = "\U0010ffff"
FRIENDS_MAX, OF_FRIENDS_MAX = 100, 20_000
CO_FOLLOWED_MAX, CO_FOLLOWERS_MAX = 10, 500
ACTIVE_POSTS_MAX = 20_000

_LIVE = "t.deleted_at IS NULL AND t.suspended_at IS NULL"
_IN_NO_BLOCK = (
    "NOT EXISTS (SELECT 1 FROM blocks b WHERE b.actor_id = t.id AND b.target_id = ?) "
    "AND NOT EXISTS (SELECT 1 FROM actors v WHERE v.id = ? AND ("
    "EXISTS (SELECT 1 FROM blocks b WHERE b.actor_id = v.id AND b.target_id = t.id) "
    "OR EXISTS (SELECT 1 FROM host_blocks h WHERE h.actor_id = v.id AND h.host = t.host)))"
)
# Who is named in full is found by who blocks them, too: to take the block back.
_NAMED_IN_FULL = (
    "t.host IS NULL AND lower(t.username) = ? "
    "AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.actor_id = t.id AND b.target_id = ?)"
)
_FOLLOWED = (
    "EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = ? AND f.followed_id = t.id "
    "AND f.state = 'accepted')"
)
_NOT_MUTED = (
    "NOT EXISTS (SELECT 1 FROM mutes m WHERE m.actor_id = ? AND m.target_id = t.id "
    "AND (m.expires_at IS NULL OR m.expires_at > ?))"
)
# Who wants to be found, and is met by everybody.
_FOUND = f"{_LIVE} AND t.is_discoverable = TRUE AND t.silenced_at IS NULL"


# ---------------------------------------------------------------- by name


class Sought(NamedTuple):
    """The beginning of a name, and of a host behind an @; both in small letters."""

    name: str
    host: str = ""


async def people_named(
    sought: Sought, viewer_id: int, *, only_followed: bool, page: Page, offset: int
) -> list[Actor]:
    """Return people whose username or name, or a word of it, begins so.

    Words within names are looked for among those whom the viewer follows and who live here. First
    come exact names, then those who are followed, then local ones. Who is in a block is missing,
    but for people of this server whom the viewer blocks and names in full.
    """
    matching, values = _named(sought, viewer_id, 10 * (page.limit + offset))
    followed = f" AND {_FOLLOWED}" if only_followed else ""
    at_host = " AND t.host >= ? AND t.host < ?" if sought.host else ""
    hosts = [sought.host, sought.host + LAST_LETTER] if sought.host else []
    return await ACTORS.select(
        f"WHERE t.id IN ({matching}) AND {_LIVE} AND ({_IN_NO_BLOCK} OR {_NAMED_IN_FULL})"
        f"{followed}{at_host} "
        f"AND (t.silenced_at IS NULL OR {_FOLLOWED}) "
        f"ORDER BY CASE WHEN {_FOLLOWED} THEN 0 ELSE 1 END, "
        "CASE WHEN lower(t.username) = ? THEN 0 ELSE 1 END, "
        "CASE WHEN t.host IS NULL THEN 0 ELSE 1 END, lower(t.username), t.id LIMIT ? OFFSET ?",
        *values,
        *(viewer_id, viewer_id, sought.name, viewer_id),
        *([viewer_id] if only_followed else []),
        *hosts,
        *(viewer_id, viewer_id, sought.name, page.limit, offset),
    )


def _named(sought: Sought, viewer_id: int, limit: int) -> tuple[str, list[object]]:
    first, last = sought.name, sought.name + LAST_LETTER
    escaped = first.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    within = "(lower(a.name) LIKE ? ESCAPE '\\' OR lower(a.username) LIKE ? ESCAPE '\\')"
    followed = (
        "SELECT a.id FROM follows f CROSS JOIN actors a WHERE f.follower_id = ? "
        f"AND f.state = 'accepted' AND a.id = f.followed_id AND {within}"
    )
    here = f"SELECT a.id FROM actors a WHERE a.host IS NULL AND {within}"
    prefixes = [
        f"SELECT a.id FROM actors a WHERE lower(a.{column}) >= ? AND lower(a.{column}) < ?"
        for column in ("username", "name")
    ]
    patterns = [f"% {escaped}%", f"{escaped}%"]
    parts = " UNION ".join(
        f"SELECT id FROM ({part} LIMIT ?) AS part{number}"
        for number, part in enumerate([*prefixes, followed, here])
    )
    values = [first, last, limit, first, last, limit]
    return parts, [*values, viewer_id, *patterns, limit, *patterns, limit]


# ---------------------------------------------------------------- suggestions


async def dismiss(actor_id: int, target_id: int, at: datetime) -> None:
    """Do not suggest somebody to this person any more."""
    await store.write(
        "INSERT INTO dismissed_suggestions (actor_id, target_id, created_at) VALUES (?, ?, ?) "
        "ON CONFLICT (actor_id, target_id) DO NOTHING",
        *(actor_id, target_id, at),
    )


async def friends_of_friends(viewer_id: int, limit: int) -> list[RowId]:
    """Return whom those follow whom one follows; the most common first (B104).

    Who hides whom they follow says nothing by it.
    """
    return await _ids(
        "SELECT id, COUNT(*) AS common FROM (SELECT o.followed_id AS id FROM "
        "(SELECT f.followed_id FROM follows f WHERE f.follower_id = ? AND f.state = 'accepted' "
        "ORDER BY f.id DESC LIMIT ?) AS friends "
        "CROSS JOIN actors h CROSS JOIN follows o WHERE h.id = friends.followed_id "
        "AND h.hides_follows = FALSE AND o.follower_id = friends.followed_id "
        "AND o.state = 'accepted' LIMIT ?) AS followed "
        "GROUP BY id ORDER BY common DESC, id LIMIT ?",
        *(viewer_id, FRIENDS_MAX, OF_FRIENDS_MAX, limit),
    )


async def like_recently_followed(viewer_id: int, limit: int) -> list[RowId]:
    """Return who is followed by those who follow whom one followed last (B104)."""
    return await _ids(
        "SELECT id, COUNT(*) AS common FROM (SELECT o.followed_id AS id FROM "
        "(SELECT f.follower_id FROM follows f WHERE f.state = 'accepted' AND f.follower_id <> ? "
        "AND f.followed_id = ANY(ARRAY(SELECT l.followed_id FROM follows l "
        "WHERE l.follower_id = ? AND l.state = 'accepted' ORDER BY l.id DESC LIMIT ?)) LIMIT ?) "
        "AS peers CROSS JOIN actors h CROSS JOIN follows o WHERE h.id = peers.follower_id "
        "AND h.hides_follows = FALSE AND o.follower_id = peers.follower_id "
        "AND o.state = 'accepted' LIMIT ?) AS followed "
        "GROUP BY id ORDER BY common DESC, id LIMIT ?",
        *(viewer_id, viewer_id, CO_FOLLOWED_MAX, CO_FOLLOWERS_MAX, OF_FRIENDS_MAX, limit),
    )


async def suggestible(viewer_id: int, ids: Collection[int], now: datetime) -> dict[RowId, Actor]:
    """Return who of these may be suggested to somebody: nobody who is known or unwanted."""
    found = await ACTORS.select(
        f"WHERE t.id = ANY(?) AND t.id <> ? AND {_FOUND} AND t.moved_to IS NULL "
        f"AND {_IN_NO_BLOCK} AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = ? "
        f"AND f.followed_id = t.id) AND {_NOT_MUTED} AND NOT EXISTS "
        "(SELECT 1 FROM dismissed_suggestions d WHERE d.actor_id = ? AND d.target_id = t.id)",
        *(list(ids), viewer_id, viewer_id, viewer_id, viewer_id, viewer_id, now, viewer_id),
    )
    return {actor.id: actor for actor in found}


# ---------------------------------------------------------------- directory


class Seeker(NamedTuple):
    """Who looks for people, 0 for nobody, and when: those whom they keep away are left out."""

    actor_id: int
    now: datetime

    @property
    def values(self) -> tuple[object, ...]:
        """The values of `_FOUND_BY`."""
        return (self.actor_id, self.actor_id, self.actor_id, self.now)


_FOUND_BY = f"{_FOUND} AND {_IN_NO_BLOCK} AND {_NOT_MUTED}"


async def newest_people(
    seeker: Seeker, *, local_only: bool, limit: int, offset: int
) -> list[Actor]:
    """Return people who want to be found, the last to come first (B103)."""
    if local_only:
        rest = f"CROSS JOIN users u WHERE u.actor_id = t.id AND {_FOUND_BY} ORDER BY u.id DESC"
    else:
        rest = f"WHERE {_FOUND_BY} AND t.kind <> 'Application' ORDER BY t.id DESC"
    return await ACTORS.select(f"{rest} LIMIT ? OFFSET ?", *seeker.values, limit, offset)


async def active_people(
    seeker: Seeker, *, local_only: bool, limit: int, offset: int
) -> list[Actor]:
    """Return people who want to be found, the last to say something to all first (B103)."""
    here = " AND p.is_local = TRUE" if local_only else ""
    return await ACTORS.select(
        "JOIN (SELECT actor_id, MAX(id) AS last_id FROM (SELECT p.actor_id, p.id FROM posts p "
        f"WHERE p.visibility = 'public' AND p.deleted_at IS NULL{here} "
        "AND (p.in_reply_to_uri IS NULL OR p.in_reply_to_actor_id = p.actor_id) "
        "ORDER BY p.id DESC LIMIT ?) AS latest GROUP BY actor_id) AS said "
        f"ON said.actor_id = t.id WHERE {_FOUND_BY} ORDER BY said.last_id DESC LIMIT ? OFFSET ?",
        *(ACTIVE_POSTS_MAX, *seeker.values, limit, offset),
    )


async def _ids(sql: str, *values: object) -> list[RowId]:
    return [RowId(row[0]) for row in await store.read(sql, *values)]
