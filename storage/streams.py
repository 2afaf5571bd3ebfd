"""What open streams ask about all their readers at once: one query an event, however many read.

Pages ask how one reader meets many posts (`sights.py`); here many readers meet one post.
"""

# ruff: noqa: S608  # pasted into SQL are pieces of these files; values are bound

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from storage import store
from storage.database import Row
from storage.feeds import HOME_READS, LIST_READS, named
from storage.records import RowId, UserState

_HOLDS: Final = (
    "SELECT w.id FROM {table} w WHERE w.id = ANY(:feeds) AND (EXISTS (SELECT 1 FROM feed_entries e "
    "WHERE e.post_id = :post AND e.owner_id = w.id AND {booster}) "
    "OR EXISTS (SELECT 1 FROM feed_entries e CROSS JOIN pulled_sources s "
    "WHERE e.post_id = :post AND s.id = e.owner_id AND {booster} AND {reads}))"
)
_APART: Final = (
    "SELECT k.actor_id FROM blocks k WHERE k.target_id = ANY(:people) "
    "AND k.actor_id = ANY(:readers) UNION SELECT k.target_id FROM blocks k "
    "WHERE k.actor_id = ANY(:people) AND k.target_id = ANY(:readers) UNION "
    "SELECT u.actor_id FROM mutes u WHERE u.target_id = ANY(:people) "
    "AND u.actor_id = ANY(:readers) AND (u.expires_at IS NULL OR u.expires_at > :now) UNION "
    "SELECT b.actor_id FROM actors p CROSS JOIN host_blocks b WHERE p.id = ANY(:people) "
    "AND b.host = p.host AND b.actor_id = ANY(:readers)"
)


async def homes_holding(
    post_id: RowId, feeds: Collection[int], *, booster_id: int | None
) -> set[RowId]:
    """Return in which home feeds a post stands, pushed or pulled; `booster_id` as below."""
    return await _holding("actors", HOME_READS, post_id, feeds, booster_id)


async def lists_holding(
    post_id: RowId, feeds: Collection[int], *, booster_id: int | None
) -> set[RowId]:
    """Return in which lists a post stands; 0: of itself, else by this booster; None: anyhow."""
    return await _holding("lists", LIST_READS, post_id, feeds, booster_id)


async def _holding(
    table: str, reads: str, post_id: RowId, feeds: Collection[int], booster_id: int | None
) -> set[RowId]:
    by = "coalesce(e.booster_id, 0) = :booster" if booster_id is not None else "1 = 1"
    sql = _HOLDS.format(table=table, booster=by, reads=reads.format(feed="w.id"))
    values = {"feeds": list(feeds), "post": post_id, "booster": booster_id}
    bounded, bound = named(sql, values)
    return _ids(await store.read(bounded, *bound))


async def apart(readers: Collection[int], people: Collection[int], now: datetime) -> set[RowId]:
    """Return who among the readers meets one of these people not: blocks, mutes, hosts."""
    values = {"readers": list(readers), "people": list(people), "now": now}
    sql, bound = named(_APART, values)
    return _ids(await store.read(sql, *bound))


async def involved(post_id: RowId, people: Collection[int], readers: Collection[int]) -> set[RowId]:
    """Return for whom among the readers a post is not as for all.

    They did something to it, are named in it, or follow one of these people not in the usual way.
    """
    done = [
        f"SELECT x.actor_id FROM {table} x WHERE x.post_id = :post AND x.actor_id = ANY(:readers)"
        for table in ("interactions", "poll_votes", "reactions", "mentions")
    ]
    follows = (
        "SELECT f.follower_id FROM follows f WHERE f.followed_id = ANY(:people) "
        "AND f.follower_id = ANY(:readers) AND (f.shows_boosts = FALSE OR f.languages <> '[]')"
    )
    values = {"post": post_id, "people": list(people), "readers": list(readers)}
    sql, bound = named(" UNION ".join([*done, follows]), values)
    return _ids(await store.read(sql, *bound))


async def following(people: Collection[int], readers: Collection[int]) -> dict[RowId, set[RowId]]:
    """Return who among the readers follows each of these people."""
    rows = await store.read(
        "SELECT f.followed_id, f.follower_id FROM follows f WHERE f.followed_id = ANY(?) "
        "AND f.follower_id = ANY(?) AND f.state = 'accepted'",
        *(list(people), list(readers)),
    )
    return _by_first(rows)


async def following_hashtags(names: Collection[str], readers: Collection[int]) -> set[RowId]:
    """Return who among the readers follows one of these hashtags."""
    rows = await store.read(
        "SELECT h.actor_id FROM followed_hashtags h WHERE h.name = ANY(?) AND h.actor_id = ANY(?)",
        *(list(names), list(readers)),
    )
    return _ids(rows)


async def listing(people: Collection[int], list_ids: Collection[int]) -> dict[RowId, set[RowId]]:
    """Return in which of the lists each of these people is."""
    rows = await store.read(
        "SELECT m.actor_id, m.list_id FROM list_members m "
        "WHERE m.actor_id = ANY(?) AND m.list_id = ANY(?)",
        *(list(people), list(list_ids)),
    )
    return _by_first(rows)


async def good_tokens(token_hashes: Collection[str]) -> dict[str, int]:
    """Return which access tokens still open something, with the version of their person's row."""
    rows = await store.read(
        "SELECT t.token_hash, a.version FROM access_tokens t CROSS JOIN users u CROSS JOIN actors a"
        " WHERE t.token_hash = ANY(?) AND u.id = t.user_id AND a.id = u.actor_id"
        " AND u.state = ? AND a.deleted_at IS NULL AND a.suspended_at IS NULL",
        *(list(token_hashes), UserState.ACTIVE),
    )
    return {str(token_hash): int(version) for token_hash, version in rows}


def _ids(rows: Sequence[Row]) -> set[RowId]:
    return {RowId(row[0]) for row in rows}


def _by_first(rows: Sequence[Row]) -> dict[RowId, set[RowId]]:
    found: dict[RowId, set[RowId]] = defaultdict(set)
    for first, second in rows:
        found[RowId(first)].add(RowId(second))
    return found
