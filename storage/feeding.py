"""Writes feeds: a post goes into those of its readers, by queries that never load them.

A feed is that of a person (named by the actor's id), that of a list, or that of a source which too
many follow (`records.PulledSource`); all are rows of `feed_entries`. Reading is in `feeds.py`.
"""

# ruff: noqa: S608  # pasted into SQL are pieces of these files; values are bound

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from instance.errors import Conflict, Unavailable
from storage import store
from storage.feeds import ASLEEP, HOME_READS, LIST_READS, named, reads_elsewhere
from storage.records import PulledSource, RepliesPolicy, RowId
from storage.relations import FOLLOWER_IS_HERE
from storage.rows import Rows

SOURCES = Rows("pulled_sources", PulledSource)

EVERYWHERE = 2**63 - 2

_FOLLOWS = (
    "EXISTS (SELECT 1 FROM follows g WHERE g.follower_id = {0} AND g.followed_id = {1} "
    "AND g.state = 'accepted')"
)
_IS_AWAKE = (
    "NOT EXISTS (SELECT 1 FROM feed_floors o WHERE o.feed_id = w.feed_id "
    f"AND o.floor_id = {ASLEEP})"
)
_FEW_NEWER = (
    "(SELECT COUNT(*) FROM (SELECT 1 FROM feed_entries n WHERE n.owner_id = w.feed_id "
    "AND n.id > e.id LIMIT :near) AS newer) < :near"
)


class Entry(NamedTuple):
    """What is put into feeds: a post, or somebody's boost of it."""

    post_id: RowId
    author_id: RowId
    booster_id: RowId | None = None


@dataclass(frozen=True, slots=True)
class Readers:
    """Feeds of one kind: a query of their ids, whose end is its WHERE; `key` is the column of it.

    `reads` is the condition that one of them reads a source `s`; empty: they read none. When it is
    everybody who follows an actor or a hashtag, `followed_id` or `hashtag` names it. When it is
    known that they `are_few`, they are written to at once (`store.jot`).
    """

    query: str
    key: str
    values: Mapping[str, Any]
    reads: str = ""
    followed_id: RowId | None = None
    hashtag: str | None = None
    are_few: bool = False


def these(ids: Collection[RowId], author_id: RowId) -> Readers:
    """The author, and those among these local people who follow the author."""
    follows = _FOLLOWS.format("a.id", ":author")
    return Readers(
        "SELECT a.id AS feed_id FROM actors a WHERE a.id = ANY(:ids) AND a.host IS NULL "
        f"AND a.deleted_at IS NULL AND (a.id = :author OR {follows})",
        "a.id",
        {"ids": list(ids), "author": author_id},
        HOME_READS,
    )


def followers(actor_id: RowId, *, who_follow: RowId | None = None) -> Readers:
    """The local followers of an actor; only those who follow, or are, `who_follow` too."""
    also = ""
    if who_follow is not None:
        also = f" AND (f.follower_id = :other OR {_FOLLOWS.format('f.follower_id', ':other')})"
    return Readers(
        "SELECT f.follower_id AS feed_id FROM follows f WHERE f.followed_id = :actor "
        f"AND {FOLLOWER_IS_HERE} AND NOT {reads_elsewhere('f.follower_id', ':actor')}{also}",
        "f.follower_id",
        {"actor": actor_id, "other": who_follow},
        HOME_READS,
        followed_id=actor_id if who_follow is None else None,
    )


def lists_with(
    actor_id: RowId, *, answered: RowId | None = None, for_followers: bool = False
) -> Readers:
    """The lists that an actor is in; only those that show answers to `answered`, if given.

    What is `for_followers` goes into lists of followers alone (B71).
    """
    also = "" if answered is None else f" AND {ANSWERS_IN_LISTS}"
    if for_followers:
        also += f" AND (l.actor_id = :actor OR {_FOLLOWS.format('l.actor_id', ':actor')})"
    return Readers(
        "SELECT m.list_id AS feed_id FROM list_members m CROSS JOIN lists l "
        f"WHERE m.actor_id = :actor AND l.id = m.list_id{also}",
        "m.list_id",
        {"actor": actor_id, "answered": answered},
        LIST_READS,
    )


ANSWERS_IN_LISTS = (
    "(l.actor_id = :answered "
    f"OR (l.replies_policy = '{RepliesPolicy.FOLLOWED}' "
    f"AND {_FOLLOWS.format('l.actor_id', ':answered')}) "
    f"OR (l.replies_policy = '{RepliesPolicy.LIST}' AND EXISTS (SELECT 1 FROM list_members n "
    "WHERE n.list_id = l.id AND n.actor_id = :answered)))"
)


# Who is silenced is met by followers alone, not by way of a hashtag.
_HEARD = "NOT EXISTS (SELECT 1 FROM actors a WHERE a.id = :actor AND a.silenced_at IS NOT NULL)"


def followers_of_hashtag(name: str) -> Readers:
    """Who follows a hashtag."""
    return Readers(
        "SELECT h.actor_id AS feed_id FROM followed_hashtags h WHERE h.name = :name",
        "h.actor_id",
        {"name": name},
        HOME_READS,
        hashtag=name,
    )


def source(source_id: RowId) -> Readers:
    """The feed of a source, which its followers merge into theirs."""
    query = "SELECT s.id AS feed_id FROM pulled_sources s WHERE s.id = :source"
    return Readers(query, "s.id", {"source": source_id})


# ---------------------------------------------------------------- pushing


class Slice(NamedTuple):
    """So many readers, up to this one, are next; `last` is None when there are no more."""

    last: RowId | None
    size: int


async def next_slice(readers: Readers, after: int, limit: int) -> Slice:
    """Return the readers that come after one, in the order of their ids."""
    sql, values = named(
        f"SELECT MAX(feed_id), COUNT(*) FROM ({readers.query} AND {readers.key} > :after "
        f"ORDER BY {readers.key} LIMIT :limit) AS slice",
        {**readers.values, "after": after, "limit": limit},
    )
    return Slice(*(await store.read(sql, *values))[0])


async def push(  # noqa: PLR0913  # what, to whom, where, and which part of them
    entry: Entry,
    readers: Readers,
    first_id: RowId,
    *,
    unless_within: int = 0,
    held_by: Sequence[RowId] = (),
    after: int = 0,
    until: int = EVERYWHERE,
) -> None:
    """Put something into the feeds with `after < id <= until`; who has it, keeps it as it is.

    The places are the ids from `first_id` on. With `unless_within` those are left out who have the
    post among so many of their newest entries, be it in the feed of a source: `held_by`. Feeds
    that sleep get nothing. Raises `Unavailable` when another process made the same ids.
    """
    sql, values = named(
        "INSERT INTO feed_entries (id, owner_id, post_id, author_id, booster_id) "
        "SELECT CAST(:before AS BIGINT) + row_number() OVER (), w.feed_id, "
        "CAST(:post AS BIGINT), CAST(:author_id AS BIGINT), CAST(:booster_id AS BIGINT) "
        f"FROM ({readers.query} AND {readers.key} > :after AND {readers.key} <= :until) AS w "
        f"WHERE {_wanted(readers, unless_within, held_by)} "
        # Only what the reader has already may be passed over, never an id that is taken.
        "ON CONFLICT (post_id, owner_id, coalesce(booster_id, 0)) DO NOTHING",
        {
            **readers.values,
            "before": first_id - 1,
            "post": entry.post_id,
            "author_id": entry.author_id,
            "booster_id": entry.booster_id,
            "after": after,
            "until": until,
            "near": unless_within,
            "held_by": list(held_by),
        },
    )
    write = store.jot if readers.are_few else store.write
    try:
        await write(sql, *values)
    except Conflict as conflict:
        message = "The server is busy just now. Try again shortly."
        detail = "feed entries: two processes made the same ids"
        raise Unavailable(message, retry_after_s=1, detail=detail) from conflict


def _wanted(readers: Readers, unless_within: int, held_by: Sequence[RowId]) -> str:
    """The condition that a reader `w` is pushed something."""
    conditions = [_IS_AWAKE]
    if unless_within:
        conditions.append(
            "NOT EXISTS (SELECT 1 FROM feed_entries e WHERE e.post_id = :post "
            f"AND e.owner_id = w.feed_id AND {_FEW_NEWER})"
        )
    if unless_within and held_by and readers.reads:
        reads = readers.reads.format(feed="w.feed_id")
        conditions.append(
            "NOT EXISTS (SELECT 1 FROM pulled_sources s CROSS JOIN feed_entries e "
            "WHERE s.id = ANY(:held_by) AND e.post_id = :post AND e.owner_id = s.id "
            f"AND {reads} AND {_FEW_NEWER})"
        )
    return " AND ".join(conditions)


async def is_there_locked(entry: Entry) -> bool:
    """Whether what is pushed was not taken back; until the transaction ends it cannot be."""
    if entry.booster_id is None:
        sql = "SELECT 1 FROM posts WHERE id = ? AND deleted_at IS NULL FOR NO KEY UPDATE"
        return bool(await store.glance(sql, entry.post_id))
    sql = "SELECT 1 FROM interactions WHERE post_id = ? AND kind = 'boost' AND actor_id = ?"
    rows = await store.glance(f"{sql} FOR NO KEY UPDATE", entry.post_id, entry.booster_id)
    return bool(rows)


# ---------------------------------------------------------------- how many there are


class Reach(NamedTuple):
    """How many read something, each number up to a limit; `source_id` when its author is pulled.

    `answered_followers` are those of who is answered, if somebody is; `awaiting` want to be
    told of each post.
    """

    followers: int
    answered_followers: int
    lists: int
    hashtag_followers: int
    source_id: RowId | None
    awaiting: int = 0


async def reach(
    actor_id: RowId, *, answered: RowId | None, hashtags: Collection[str], limit: int
) -> Reach:
    """Count who reads what an actor says or boosts; one query, of at most `limit` rows a part."""

    def count(rows: str, name: str) -> str:
        return f"(SELECT COUNT(*) FROM ({rows} LIMIT :limit) AS {name})"

    here = f"SELECT 1 FROM follows f WHERE f.followed_id = :{{0}} AND {FOLLOWER_IS_HERE}"
    parts = [
        count(here.format("actor"), "followers"),
        count(here.format("answered"), "others") if answered is not None else "0",
        count("SELECT 1 FROM list_members m WHERE m.actor_id = :actor", "members"),
        count(f"SELECT 1 FROM followed_hashtags h WHERE h.name = ANY(:names) AND {_HEARD}", "named")
        if hashtags
        else "0",
        "(SELECT s.id FROM pulled_sources s WHERE s.actor_id = :actor AND s.is_pulled = TRUE)",
        count("SELECT 1 FROM follows f WHERE f.followed_id = :actor AND f.notifies = TRUE", "told"),
    ]
    sql, values = named(
        f"SELECT {', '.join(parts)}",
        {"actor": actor_id, "answered": answered, "names": list(hashtags), "limit": limit},
    )
    return Reach(*(await store.glance(sql, *values))[0])


async def sources_holding(post_id: RowId) -> list[RowId]:
    """Return the sources in whose feeds a post stands, of itself or boosted."""
    rows = await store.read(
        "SELECT s.id FROM pulled_sources s WHERE EXISTS "
        "(SELECT 1 FROM feed_entries e WHERE e.post_id = ? AND e.owner_id = s.id)",
        post_id,
    )
    return [RowId(source_id) for (source_id,) in rows]


async def posts_in_source(actor_id: RowId, post_ids: Collection[RowId]) -> set[RowId]:
    """Return which of an actor's posts stand in the feed of this actor as a source."""
    rows = await store.read(
        "SELECT e.post_id FROM pulled_sources s CROSS JOIN feed_entries e WHERE s.actor_id = ? "
        "AND e.post_id = ANY(?) AND e.owner_id = s.id AND e.booster_id IS NULL",
        *(actor_id, list(post_ids)),
    )
    return {RowId(post_id) for (post_id,) in rows}


# ---------------------------------------------------------------- sources


async def pull_actor(source_id: RowId, actor_id: RowId) -> None:
    """From now on an actor is pulled: `source_id` is new, and not used if there is one already."""
    await store.write(
        "INSERT INTO pulled_sources (id, actor_id, is_pulled) VALUES (?, ?, TRUE) "
        "ON CONFLICT (actor_id) DO UPDATE SET is_pulled = TRUE",
        *(source_id, actor_id),
    )


async def pull_hashtag(source_id: RowId, name: str) -> None:
    """From now on a hashtag is pulled: `source_id` is new, and not used if there is one already."""
    await store.write(
        "INSERT INTO pulled_sources (id, hashtag, is_pulled) VALUES (?, ?, TRUE) "
        "ON CONFLICT (hashtag) DO UPDATE SET is_pulled = TRUE",
        *(source_id, name),
    )


async def pulled_hashtags(names: Collection[str]) -> dict[str, RowId]:
    """Return the sources of those among the hashtags that are pulled."""
    rows = await store.read(
        "SELECT hashtag, id FROM pulled_sources WHERE hashtag = ANY(?) AND is_pulled = TRUE",
        list(names),
    )
    return {name: RowId(source_id) for name, source_id in rows}


async def push_again(source_id: RowId) -> None:
    """From now on a source is not pulled; what its feed holds is read on."""
    await store.write("UPDATE pulled_sources SET is_pulled = FALSE WHERE id = ?", source_id)


async def list_pulled(after: int, limit: int) -> list[PulledSource]:
    """Return sources that are pulled, those after `after`."""
    condition = "WHERE t.is_pulled = TRUE AND t.id > ? ORDER BY t.id LIMIT ?"
    return await SOURCES.select(condition, after, limit)


async def has_followers(source: PulledSource, number: int) -> bool:
    """Whether at least so many people here follow a source."""
    rows = f"SELECT 1 FROM follows f WHERE f.followed_id = ? AND {FOLLOWER_IS_HERE}"
    followed: object = source.actor_id
    if source.actor_id is None:
        rows, followed = "SELECT 1 FROM followed_hashtags h WHERE h.name = ?", source.hashtag
    counted = f"SELECT COUNT(*) FROM ({rows} LIMIT ?) AS counted"
    return bool((await store.read(counted, followed, number))[0][0] >= number)
