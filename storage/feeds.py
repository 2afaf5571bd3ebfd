"""What a feed is, and how it is kept short. `feeding.py` fills feeds, `feed_pages.py` reads them.

A feed is kept down to its floor. What is older is read from the posts of those it is made of, so a
feed that was trimmed, or sleeps because nobody reads it, has no end and no gap.
"""

# ruff: noqa: S608  # pasted into SQL are pieces of these files; values are bound

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from storage import store
from storage.ids import COUNTER_BITS, first_of_millisecond
from storage.records import FeedEntry, RepliesPolicy, RowId
from storage.rows import Rows

ENTRIES = Rows("feed_entries", FeedEntry)

ASLEEP = 2**63 - 1
"""The floor of a feed that nobody reads: nothing of it is kept."""

NEWEST_WITHOUT_REPEATS = 40
"""A boost is not shown when its post stands within so many entries below it."""
REPEATS_AFTER = 86_400_000 << COUNTER_BITS
"""Below the floor there are no entries to count; there a day is meant."""


def reads_elsewhere(owner: str, author: str) -> str:
    """Return the condition that somebody reads an author in a list, and so not at home (B70)."""
    return (
        "EXISTS (SELECT 1 FROM list_members x CROSS JOIN lists y "
        f"WHERE x.actor_id = {author} AND y.id = x.list_id AND y.actor_id = {owner} "
        "AND y.is_exclusive = TRUE)"
    )


HOME_READS = (
    "(EXISTS (SELECT 1 FROM follows g WHERE g.follower_id = {feed} "
    "AND g.followed_id = s.actor_id AND g.state = 'accepted' "
    f"AND NOT {reads_elsewhere('{feed}', 's.actor_id')}) "
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


# Which sources a feed reads, and from which feeds it is merged.
MINE = (
    "mine AS (SELECT s.id FROM pulled_sources s WHERE {reads}), "
    "read_from AS (SELECT CAST(:feed AS BIGINT) AS id UNION ALL SELECT id FROM mine)"
)
# Also where one of the sources ends: below it something would be missing.
FLOOR = (
    "COALESCE((SELECT MAX(x.floor_id) FROM feed_floors x "
    "WHERE x.feed_id IN (SELECT id FROM read_from)), 0)"
)


def reads_sources(feed: Feed) -> str:
    """Return the condition that a feed reads a source `s`."""
    return (HOME_READS if feed.is_home else LIST_READS).format(feed=":feed")


def sources_of(feed: Feed) -> str:
    """Return the beginning of a query that names the sources of a feed `mine`."""
    return MINE.format(reads=reads_sources(feed))


async def insert_entries(entries: Sequence[FeedEntry]) -> None:
    """Put posts into feeds; what an owner has from the same booster already is ignored."""
    await ENTRIES.insert_many_if_new(entries)


# ---------------------------------------------------------------- floors


async def floor_of(feed: Feed) -> int:
    """Return the id below which a feed keeps nothing; 0: it was never trimmed."""
    sql, values = named(f"WITH {sources_of(feed)} SELECT {FLOOR}", {"feed": feed.id})
    return int((await store.glance(sql, *values))[0][0])


async def is_asleep(feed_id: int) -> bool:
    """Whether a feed keeps nothing, because nobody reads it."""
    sql = "SELECT 1 FROM feed_floors WHERE feed_id = ? AND floor_id = ?"
    return bool(await store.read(sql, feed_id, ASLEEP))


# ---------------------------------------------------------------- taking out


_HAS_FOLLOWED_HASHTAG = (
    "EXISTS (SELECT 1 FROM posts p CROSS JOIN hashtags h CROSS JOIN followed_hashtags g "
    "WHERE p.id = feed_entries.post_id AND p.visibility = 'public' AND h.post_id = p.id "
    "AND g.actor_id = ? AND g.name = h.name)"
)


async def remove_boost(booster_id: int, post_id: int) -> None:
    """Take a post out of the feeds into which this actor boosted it."""
    sql = "DELETE FROM feed_entries WHERE booster_id = ? AND post_id = ?"
    await store.write(sql, booster_id, post_id)


async def announce_push(author_id: int) -> None:
    """Before what somebody said or boosted is pushed; until the transaction ends."""
    await store.current().beside_others(_pushes_of(author_id))


async def await_pushes(*author_ids: int) -> None:
    """Wait until nothing of these people is being pushed; until the transaction ends none begins.

    Without it PostgreSQL would let a push, begun before a follow ended, put its post into the feed
    after that was cleaned. SQLite has one writer.
    """
    for author_id in sorted(author_ids):  # in one order, or two would wait for each other
        await store.current().one_at_a_time(_pushes_of(author_id))


def _pushes_of(author_id: int) -> str:
    return f"pushes of {author_id}"


async def remove_author(owner_id: int, author_id: int) -> None:
    """Take an actor, and what that one said or boosted, out of all feeds of a person.

    What has a hashtag that the person follows stays at home. In the transaction that ends the
    follow: what is being pushed meanwhile is awaited, and what is pushed later sees that it ended.
    """
    await await_pushes(author_id)
    mine = "(SELECT l.id FROM lists l WHERE l.actor_id = ?)"
    theirs = "((author_id = ? AND booster_id IS NULL) OR booster_id = ?)"
    await store.write(
        f"DELETE FROM list_members WHERE actor_id = ? AND list_id IN {mine}",
        *(author_id, owner_id),
    )
    await store.write(
        f"DELETE FROM feed_entries WHERE owner_id = ? AND {theirs} "
        f"AND NOT (booster_id IS NULL AND {_HAS_FOLLOWED_HASHTAG})",
        *(owner_id, author_id, author_id, owner_id),
    )
    await store.write(
        f"DELETE FROM feed_entries WHERE owner_id IN {mine} AND {theirs}",
        *(owner_id, author_id, author_id),
    )


async def remove_hashtag(owner_id: int, name: str) -> None:
    """Take out of a home feed what stands there for this hashtag alone."""
    sql, values = named(
        "DELETE FROM feed_entries WHERE owner_id = :owner AND booster_id IS NULL "
        "AND author_id <> :owner AND EXISTS (SELECT 1 FROM hashtags h WHERE h.name = :name "
        "AND h.post_id = feed_entries.post_id) "
        f"AND NOT {_HAS_FOLLOWED_HASHTAG.replace('?', ':owner')} "
        "AND NOT EXISTS (SELECT 1 FROM posts p CROSS JOIN follows g WHERE "
        "p.id = feed_entries.post_id AND g.follower_id = :owner AND g.followed_id = p.actor_id "
        "AND g.state = 'accepted' AND (p.in_reply_to_uri IS NULL "
        "OR p.in_reply_to_actor_id IN (p.actor_id, :owner) OR EXISTS (SELECT 1 FROM follows o "
        "WHERE o.follower_id = :owner AND o.followed_id = p.in_reply_to_actor_id "
        "AND o.state = 'accepted')))",
        {"owner": owner_id, "name": name},
    )
    await store.write(sql, *values)


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


# ---------------------------------------------------------------- asleep


async def list_unseen(before: datetime, limit: int) -> list[RowId]:
    """Return actors whose users were not seen since then, and whose home feed is awake."""
    rows = await store.read(
        "SELECT u.actor_id FROM users u WHERE (u.last_seen_at < ? "
        "OR (u.last_seen_at IS NULL AND u.created_at < ?)) AND NOT EXISTS (SELECT 1 "
        "FROM feed_floors x WHERE x.feed_id = u.actor_id AND x.floor_id = ?) LIMIT ?",
        *(before, before, ASLEEP, limit),
    )
    return [RowId(actor_id) for (actor_id,) in rows]


async def note_seen(actor_id: int, at: datetime) -> None:
    """Note that the user of an actor was here."""
    await store.write("UPDATE users SET last_seen_at = ? WHERE actor_id = ?", at, actor_id)


async def wake(feed_id: int, floor: int) -> bool:
    """Let a sleeping feed keep what comes from now on; False if it was awake."""
    rows = await store.write(
        "UPDATE feed_floors SET floor_id = ? WHERE feed_id = ? AND floor_id = ? RETURNING feed_id",
        *(floor, feed_id, ASLEEP),
    )
    return bool(rows)


async def sources_among(feed_ids: Collection[RowId]) -> set[RowId]:
    """Return which of these feeds are those of sources."""
    rows = await store.read("SELECT id FROM pulled_sources WHERE id = ANY(?)", list(feed_ids))
    return {RowId(source_id) for (source_id,) in rows}


async def own_floor(feed_id: int) -> int:
    """Return the floor of a feed itself; 0 if it has none."""
    rows = await store.read("SELECT floor_id FROM feed_floors WHERE feed_id = ?", feed_id)
    return rows[0][0] if rows else 0
