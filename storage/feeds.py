"""Reads feeds and keeps them short. What goes into them is in `feeding.py`.

A feed is kept down to its floor. What is older is read from the posts of those it is made of
(`older`), so a feed that was trimmed, or sleeps because nobody reads it, has no end and no gap.
"""

# ruff: noqa: S608  # pasted into SQL are pieces of this file; values are bound

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

from storage import store
from storage.ids import COUNTER_BITS, first_of_millisecond
from storage.records import FeedEntry, Page, RepliesPolicy, RowId
from storage.rows import Rows

ENTRIES = Rows("feed_entries", FeedEntry)

ASLEEP = 2**63 - 1
"""The floor of a feed that nobody reads: nothing of it is kept."""

NEWEST_WITHOUT_REPEATS = 40
"""A boost is not shown when its post stands within so many entries below it."""
REPEATS_AFTER = 86_400_000 << COUNTER_BITS
"""Below the floor there are no entries to count; there a day is meant."""

HOME_READS = (
    "(EXISTS (SELECT 1 FROM follows g WHERE g.follower_id = {feed} "
    "AND g.followed_id = s.actor_id AND g.state = 'accepted') "
    "OR EXISTS (SELECT 1 FROM followed_hashtags g WHERE g.actor_id = {feed} "
    "AND g.name = s.hashtag))"
)
"""Whether a person reads a source `s`."""
LIST_READS = (
    "EXISTS (SELECT 1 FROM list_members g WHERE g.list_id = {feed} AND g.actor_id = s.actor_id)"
)
"""Whether a list reads a source `s`."""


class Feed(NamedTuple):
    """A home feed, whose id is that of its owner, or a list with its policy."""

    id: RowId
    owner_id: RowId
    replies: RepliesPolicy = RepliesPolicy.FOLLOWED

    @property
    def is_home(self) -> bool:
        """Whether it is a home feed."""
        return self.id == self.owner_id


def home_of(owner_id: RowId) -> Feed:
    """Return the home feed of a local actor."""
    return Feed(owner_id, owner_id)


def named(sql: str, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Return SQL with `?` for each `:name`, and the values in their order."""
    text, names = _positional(sql)
    return text, [values[name] for name in names]


_NAME = re.compile(r":([a-z_]+)")


@lru_cache(maxsize=512)
def _positional(sql: str) -> tuple[str, tuple[str, ...]]:
    return _NAME.sub("?", sql), tuple(_NAME.findall(sql))


async def insert_entries(entries: Sequence[FeedEntry]) -> None:
    """Put posts into feeds; what an owner has from the same booster already is ignored."""
    await ENTRIES.insert_many_if_new(entries)


# ---------------------------------------------------------------- reading


async def home(owner_id: RowId, page: Page) -> list[FeedEntry]:
    """Return a page of somebody's home feed."""
    return await read(home_of(owner_id), page)


async def read(feed: Feed, page: Page) -> list[FeedEntry]:
    """Return a page of a feed: fewer than asked for only at its end.

    One query while the page is within what is kept; towards the floor and below it two more.
    """
    if page.min_id is not None:
        return await _read_upwards(feed, page, page.min_id)
    found = await kept(feed, page)
    if len(found) == page.limit:
        return found
    floor = await floor_of(feed)
    if floor <= max(page.since_id or 0, 0):
        return found
    below = min(floor, page.max_id) if page.max_id is not None else floor
    rest = replace(page, limit=page.limit - len(found), max_id=below)
    return found + await older(feed, rest, floor=floor)


async def _read_upwards(feed: Feed, page: Page, min_id: int) -> list[FeedEntry]:
    floor = await floor_of(feed)
    if min_id >= floor:
        return await kept(feed, page)
    below = min(floor, page.max_id) if page.max_id is not None else floor
    found = await older(feed, replace(page, max_id=below), floor=floor)
    if len(found) == page.limit:
        return found
    return await kept(feed, replace(page, limit=page.limit - len(found))) + found


# ---------------------------------------------------------------- kept

_MINE = (
    "mine AS (SELECT s.id FROM pulled_sources s WHERE {reads}), "
    "read_from AS (SELECT CAST(:feed AS BIGINT) AS id UNION ALL SELECT id FROM mine)"
)
# Also where one of the sources ends: below it something would be missing.
_FLOOR = (
    "COALESCE((SELECT MAX(x.floor_id) FROM feed_floors x "
    "WHERE x.feed_id IN (SELECT id FROM read_from)), 0)"
)
_REPEATED = (
    "EXISTS (SELECT 1 FROM feed_entries e WHERE e.post_id = q.post_id AND e.id <> q.id "
    "AND e.owner_id IN (SELECT id FROM read_from) "
    "AND CASE WHEN q.booster_id IS NULL "
    # a post once, where it was pushed or else where it came first
    "THEN e.booster_id IS NULL AND (e.owner_id = :feed OR e.id < q.id) "
    "ELSE e.id < q.id AND (SELECT COUNT(*) FROM (SELECT 1 FROM feed_entries n "
    "WHERE n.owner_id = :feed AND n.id > e.id AND n.id < q.id LIMIT :near) AS them) < :near END)"
)


def _bounds(page: Page, key: str) -> str:
    used = (("max_id", "<"), ("since_id", ">"), ("min_id", ">"))
    return "".join(
        f" AND {key} {sign} :{name}" for name, sign in used if getattr(page, name) is not None
    )


def _values(feed: Feed, page: Page, **more: Any) -> dict[str, Any]:
    return {
        "feed": feed.id,
        "owner": feed.owner_id,
        "max_id": page.max_id,
        "since_id": page.since_id,
        "min_id": page.min_id,
        "limit": page.limit,
        "near": NEWEST_WITHOUT_REPEATS,
        **more,
    }


def _reads(feed: Feed) -> str:
    return (HOME_READS if feed.is_home else LIST_READS).format(feed=":feed")


async def kept(feed: Feed, page: Page) -> list[FeedEntry]:
    """Return a page of what a feed keeps, merged with the sources it reads; one query."""
    order = "DESC" if page.min_id is None else "ASC"
    names = "t.id, t.post_id, t.author_id, t.booster_id"
    sql, values = named(
        f"WITH {_MINE.format(reads=_reads(feed))}, bottom AS (SELECT {_FLOOR} AS id) "
        f"SELECT id, post_id, author_id, booster_id FROM (SELECT * FROM ("
        f"SELECT {names} FROM feed_entries t WHERE t.owner_id = :feed{_bounds(page, 't.id')} "
        f"AND t.id >= (SELECT id FROM bottom) ORDER BY t.id {order} LIMIT :limit) AS pushed "
        f"UNION ALL SELECT {names} FROM mine CROSS JOIN feed_entries t WHERE t.id = ANY(ARRAY("
        f"SELECT q.id FROM feed_entries q WHERE q.owner_id = mine.id{_bounds(page, 'q.id')} "
        f"AND q.id >= (SELECT id FROM bottom) AND NOT {_REPEATED} "
        f"ORDER BY q.id {order} LIMIT :limit))) AS merged ORDER BY id {order} LIMIT :limit",
        _values(feed, page),
    )
    return _entries(feed, await store.read(sql, *values), order)


def _entries(feed: Feed, rows: Any, order: str) -> list[FeedEntry]:
    found = [FeedEntry(row[0], feed.id, row[1], row[2], row[3]) for row in rows]
    return found if order == "DESC" else found[::-1]


async def floor_of(feed: Feed) -> int:
    """Return the id below which a feed keeps nothing; 0: it was never trimmed."""
    sql, values = named(
        f"WITH {_MINE.format(reads=_reads(feed))} SELECT {_FLOOR}", {"feed": feed.id}
    )
    return int((await store.read(sql, *values))[0][0])


async def is_asleep(feed_id: int) -> bool:
    """Whether a feed keeps nothing, because nobody reads it."""
    sql = "SELECT 1 FROM feed_floors WHERE feed_id = ? AND floor_id = ?"
    return bool(await store.read(sql, feed_id, ASLEEP))


# ---------------------------------------------------------------- older

_PEOPLE_AT_HOME = (
    "SELECT f.followed_id AS id FROM follows f WHERE f.follower_id = :owner "
    "AND f.state = 'accepted' UNION ALL SELECT CAST(:owner AS BIGINT)"
)
_PEOPLE_IN_LIST = "SELECT m.actor_id AS id FROM list_members m WHERE m.list_id = :feed"

_TO_NOBODY_ELSE = "({0}.in_reply_to_uri IS NULL OR {0}.in_reply_to_actor_id = {0}.actor_id)"
_TO_FOLLOWED = (
    "EXISTS (SELECT 1 FROM follows g WHERE g.follower_id = :owner "
    "AND g.followed_id = {0}.in_reply_to_actor_id AND g.state = 'accepted')"
)
_TO_MEMBER = (
    "EXISTS (SELECT 1 FROM list_members g WHERE g.list_id = :feed "
    "AND g.actor_id = {0}.in_reply_to_actor_id)"
)
_KEPT_ABOVE = (
    "EXISTS (SELECT 1 FROM feed_entries e WHERE e.post_id = {post} AND e.id >= :floor "
    "AND coalesce(e.booster_id, 0) = {booster} AND e.owner_id IN (SELECT id FROM read_from))"
)


def _answers(feed: Feed, post: str) -> str:
    """The condition that whom a post answers does not keep it out of a feed."""
    parts = [_TO_NOBODY_ELSE, "{0}.in_reply_to_actor_id = :owner"]
    if feed.is_home:
        parts.append("{0}.actor_id = :owner")
    if feed.replies is RepliesPolicy.FOLLOWED:
        parts.append(_TO_FOLLOWED)
    if feed.replies is RepliesPolicy.LIST:
        parts.append(_TO_MEMBER)
    return f"({' OR '.join(parts)})".format(post)


def _belongs(feed: Feed, post: str) -> str:
    """The condition that a post by one of its people belongs into a feed."""
    answers = f"({post}.visibility <> 'direct' AND {_answers(feed, post)})"
    if not feed.is_home:
        return answers
    return (
        f"({answers} OR ({post}.visibility = 'direct' AND ({post}.actor_id = :owner OR EXISTS ("
        f"SELECT 1 FROM mentions m WHERE m.actor_id = :owner AND m.post_id = {post}.id))))"
    )


async def older(feed: Feed, page: Page, *, floor: int) -> list[FeedEntry]:
    """Return a page of what a feed would hold, read from the posts themselves; one query.

    Sorted by the ids of posts and boosts, which the bounds of the page are about. What the feed
    keeps from `floor` on is left out. Each person costs a few rows, however much they said.
    """
    order = "DESC" if page.min_id is None else "ASC"
    said, boosted = _said(feed, page, order), _boosted(feed, page, order)
    people = _PEOPLE_AT_HOME if feed.is_home else _PEOPLE_IN_LIST
    parts = [said, boosted, *([_tagged(page, order)] if feed.is_home else [])]
    sql, values = named(
        f"WITH {_MINE.format(reads=_reads(feed))}, people AS ({people}) "
        # UNION: what has two reasons to be here comes once.
        f"SELECT * FROM ({' UNION '.join(parts)}) AS found ORDER BY id {order} LIMIT :limit",
        _values(feed, page, floor=floor, day=REPEATS_AFTER),
    )
    return _entries(feed, await store.read(sql, *values), order)


def _said(feed: Feed, page: Page, order: str) -> str:
    is_kept = _KEPT_ABOVE.format(post="q.id", booster="0")
    return (
        "SELECT t.id, t.id AS post_id, t.actor_id AS author_id, "
        "CAST(NULL AS BIGINT) AS booster_id FROM people w CROSS JOIN posts t "
        "WHERE t.id = ANY(ARRAY(SELECT q.id FROM posts q "
        "WHERE q.actor_id = w.id AND q.deleted_at IS NULL "
        f"AND {_belongs(feed, 'q')}{_bounds(page, 'q.id')} AND NOT {is_kept} "
        f"ORDER BY q.id {order} LIMIT :limit))"
    )


def _boosted(feed: Feed, page: Page, order: str) -> str:
    is_kept = _KEPT_ABOVE.format(post="q.post_id", booster="q.actor_id")
    among = "(SELECT id FROM people)"
    return (
        "SELECT t.id, t.post_id, p.actor_id, t.actor_id FROM people w "
        "CROSS JOIN interactions t CROSS JOIN posts p WHERE p.id = t.post_id AND t.id = ANY(ARRAY("
        "SELECT q.id FROM interactions q CROSS JOIN posts o WHERE q.actor_id = w.id "
        "AND q.kind = 'boost' AND o.id = q.post_id AND o.deleted_at IS NULL "
        "AND (o.visibility IN ('public', 'unlisted') OR o.actor_id = q.actor_id)"
        f"{_bounds(page, 'q.id')} AND NOT {is_kept} "
        f"AND NOT (o.id > q.id - :day AND o.actor_id IN {among} AND {_belongs(feed, 'o')}) "
        "AND NOT EXISTS (SELECT 1 FROM interactions b WHERE b.post_id = q.post_id "
        f"AND b.kind = 'boost' AND b.id < q.id AND b.id > q.id - :day AND b.actor_id IN {among}) "
        f"ORDER BY q.id {order} LIMIT :limit))"
    )


def _tagged(page: Page, order: str) -> str:
    is_kept = _KEPT_ABOVE.format(post="q.post_id", booster="0")
    return (
        "SELECT t.id, t.id, t.actor_id, CAST(NULL AS BIGINT) FROM followed_hashtags w "
        "CROSS JOIN posts t WHERE w.actor_id = :owner AND t.id = ANY(ARRAY("
        "SELECT q.post_id FROM hashtags q CROSS JOIN posts o WHERE q.name = w.name "
        "AND o.id = q.post_id AND o.deleted_at IS NULL AND o.visibility = 'public'"
        f"{_bounds(page, 'q.post_id')} AND NOT {is_kept} "
        f"ORDER BY q.post_id {order} LIMIT :limit))"
    )


# ---------------------------------------------------------------- taking out


async def remove_boost(booster_id: int, post_id: int) -> None:
    """Take a post out of the feeds into which this actor boosted it."""
    sql = "DELETE FROM feed_entries WHERE booster_id = ? AND post_id = ?"
    await store.write(sql, booster_id, post_id)


async def remove_author(owner_id: int, author_id: int) -> None:
    """Take an actor, and what that one wrote or boosted, out of all feeds of a person."""
    mine = "(SELECT l.id FROM lists l WHERE l.actor_id = ?)"
    await store.write(
        f"DELETE FROM list_members WHERE actor_id = ? AND list_id IN {mine}",
        *(author_id, owner_id),
    )
    await store.write(
        f"DELETE FROM feed_entries WHERE (owner_id = ? OR owner_id IN {mine}) "
        "AND (author_id = ? OR booster_id = ?)",
        *(owner_id, owner_id, author_id, author_id),
    )


async def remove_from(feed_id: int, author_id: int) -> None:
    """Take what an actor wrote or boosted out of one feed."""
    await store.write(
        "DELETE FROM feed_entries WHERE owner_id = ? AND (author_id = ? OR booster_id = ?)",
        *(feed_id, author_id, author_id),
    )


async def empty(feed_id: int, floor: int) -> None:
    """Take everything out of a feed and set its floor; 0: it begins anew."""
    async with store.current().transaction():
        await store.write("DELETE FROM feed_entries WHERE owner_id = ?", feed_id)
        await set_floor(feed_id, floor)


async def set_floor(feed_id: int, floor: int) -> None:
    """Keep a feed from there on; 0: it was never trimmed."""
    if not floor:
        await store.write("DELETE FROM feed_floors WHERE feed_id = ?", feed_id)
        return
    await store.write(
        "INSERT INTO feed_floors (feed_id, floor_id) VALUES (?, ?) "
        "ON CONFLICT (feed_id) DO UPDATE SET floor_id = excluded.floor_id",
        *(feed_id, floor),
    )


# ---------------------------------------------------------------- trimming


async def next_feeds(after: int, limit: int) -> list[RowId]:
    """Return the feeds that hold something, in the order of their ids; one look each."""
    rows = await store.read(
        "WITH RECURSIVE feeds (id) AS ("
        "SELECT MIN(owner_id) FROM feed_entries WHERE owner_id > ? UNION ALL "
        "SELECT (SELECT MIN(e.owner_id) FROM feed_entries e WHERE e.owner_id > feeds.id) "
        "FROM feeds WHERE feeds.id IS NOT NULL) "
        "SELECT id FROM feeds WHERE id IS NOT NULL LIMIT ?",
        *(after, limit),
    )
    return [RowId(feed_id) for (feed_id,) in rows]


async def trim(feed_id: int, keep: int) -> int:
    """Keep the newest entries of a feed and set its floor; return how many were removed.

    It is cut between two milliseconds: what has its id from the time of the post stands there with
    it, on the same side.
    """
    rows = await store.read(
        "SELECT id FROM feed_entries WHERE owner_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?",
        *(feed_id, keep),
    )
    if not rows:
        return 0
    async with store.current().transaction():
        floor = first_of_millisecond(rows[0][0] + (1 << COUNTER_BITS))
        removed = await store.write(
            "DELETE FROM feed_entries WHERE owner_id = ? AND id < ? RETURNING id",
            *(feed_id, floor),
        )
        # Never lower: below the floor something may stand, and something may be missing.
        await store.write(
            "INSERT INTO feed_floors (feed_id, floor_id) VALUES (?, ?) ON CONFLICT (feed_id) "
            "DO UPDATE SET floor_id = GREATEST(feed_floors.floor_id, excluded.floor_id)",
            *(feed_id, floor),
        )
    return len(removed)
