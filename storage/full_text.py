"""The search index: which post holds which words. What a word is, `posts/words.py` says.

On SQLite it is a table of FTS5, on PostgreSQL one of tsvectors; both hold words as they are given,
and cut or fold none. Triggers note each post that is new or changed in `unindexed_posts`, and take
the words of a deleted one away (migration `search`): so writing a post costs one small row, and
many are indexed together later.
"""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections.abc import Collection, Sequence
from typing import NamedTuple

from storage import store
from storage.matching import Entry, Match
from storage.records import Page, Post, RowId
from storage.rows import POSTS

# PostgreSQL keeps no position beyond, and no more than 256 of one word.
POSITION_MAX = 16_383


# ---------------------------------------------------------------- writing


async def count_unindexed() -> int:
    """Count the posts whose words the index does not know yet."""
    return int((await store.read("SELECT COUNT(*) FROM unindexed_posts"))[0][0])


async def has_unindexed() -> bool:
    """Whether there is a post whose words the index does not know yet."""
    return bool(await store.glance("SELECT 1 FROM unindexed_posts LIMIT 1"))


class Taken(NamedTuple):
    """Posts to be indexed, and how many were noted: some may be gone."""

    posts: list[Post]
    number: int


async def take_unindexed(limit: int) -> Taken:
    """Return some of the posts that the index does not know, the youngest ones.

    In the caller's transaction, which writes their words: then they are known.
    """
    rows = await store.write(
        "DELETE FROM unindexed_posts WHERE post_id = ANY(ARRAY("
        "SELECT post_id FROM unindexed_posts ORDER BY post_id DESC LIMIT ? "
        "FOR UPDATE SKIP LOCKED)) RETURNING post_id",
        limit,
    )
    ids = [post_id for (post_id,) in rows]
    found = await POSTS.select("WHERE t.id = ANY(?) AND t.deleted_at IS NULL", ids) if ids else []
    return Taken(found, len(ids))


async def write(entries: Sequence[Entry]) -> None:
    """Write the words of posts instead of those that were there."""
    if store.current().dialect == "postgres":
        sql = (
            "INSERT INTO post_words (post_id, words) VALUES (?, CAST(?::text AS tsvector)) "
            "ON CONFLICT (post_id) DO UPDATE SET words = excluded.words"
        )
        await store.write_many(sql, [(entry.post_id, _tsvector(entry)) for entry in entries])
    else:
        sql = "INSERT OR REPLACE INTO post_words (rowid, words) VALUES (?, ?)"
        texts = [(each.post_id, " ".join([*each.words, *each.marks])) for each in entries]
        await store.write_many(sql, texts)


def _tsvector(entry: Entry) -> str:
    places: dict[str, list[int]] = {}
    for place, word in enumerate(entry.words[:POSITION_MAX], start=1):
        places.setdefault(word, []).append(place)
    words = [f"'{word}':{','.join(map(str, found))}" for word, found in places.items()]
    return " ".join([*words, *(f"'{mark}'" for mark in entry.marks)])


async def note_all(after: int, limit: int) -> int | None:
    """Note a slice of the posts for being indexed anew; return the last id, None at the end."""
    rows = await store.write(
        "INSERT INTO unindexed_posts (post_id) SELECT id FROM posts "
        "WHERE id > ? AND deleted_at IS NULL ORDER BY id LIMIT ? "
        "ON CONFLICT (post_id) DO UPDATE SET post_id = excluded.post_id RETURNING post_id",
        *(after, limit),
    )
    return max((int(post_id) for (post_id,) in rows), default=None)


# ---------------------------------------------------------------- reading


async def newest(match: Match, page: Page, limit: int) -> list[RowId]:
    """Return the ids of the youngest posts that match, within the bounds of a page.

    Upwards from `min_id` they are the oldest, the oldest first.
    """
    bounds = [("<", page.max_id), (">", page.since_id), (">", page.min_id)]
    used = [(sign, bound) for sign, bound in bounds if bound is not None]
    bounded = "".join(f" AND {{0}} {sign} ?" for sign, _ in used)
    order = f"{{0}} {'DESC' if page.min_id is None else 'ASC'}"
    return await _ids(match, bounded, [bound for _, bound in used], order, limit)


async def among(match: Match, ids: Collection[int]) -> list[RowId]:
    """Return those of the posts that match, the youngest first."""
    return await _ids(match, " AND {0} = ANY(?)", [list(ids)], "{0} DESC", len(ids))


async def best(match: Match, oldest: int, newest: int, limit: int) -> list[RowId]:
    """Return the posts between two that match best, by how often and near the words stand."""
    is_postgres = store.current().dialect == "postgres"
    order = "ts_rank(words, CAST(?::text AS tsquery)) DESC, {0} DESC" if is_postgres else "rank"
    more = [match.for_postgres()] if is_postgres else []
    return await _ids(match, " AND {0} >= ? AND {0} <= ?", [oldest, newest, *more], order, limit)


async def _ids(
    match: Match, bounded: str, values: Sequence[object], order: str, limit: int
) -> list[RowId]:
    if store.current().dialect == "postgres":
        name, condition, query = (
            "post_id",
            "words @@ CAST(?::text AS tsquery)",
            match.for_postgres(),
        )
    else:
        name, condition, query = "rowid", "post_words MATCH ?", match.for_sqlite()
    rows = await store.ponder(
        f"SELECT {name} FROM post_words WHERE {condition}{bounded.format(name)} "
        f"ORDER BY {order.format(name)} LIMIT ?",
        *(query, *values, limit),
    )
    return [RowId(post_id) for (post_id,) in rows]


# ---------------------------------------------------------------- who may find what

_LIVE = "t.deleted_at IS NULL AND a.deleted_at IS NULL AND a.suspended_at IS NULL"
_WIDE = "t.visibility IN ('public', 'unlisted')"
# FEP-5feb, and FEP-268d where somebody says more by it.
_BY_CONSENT = (
    "COALESCE(a.searchable_by, CASE WHEN a.is_indexable THEN 'everybody' ELSE 'followers' END) "
    "= 'everybody'"
)
_FOLLOWS = (
    "EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = ? AND f.followed_id = t.actor_id "
    "AND f.state = 'accepted')"
)
_IS_NAMED = "EXISTS (SELECT 1 FROM mentions m WHERE m.actor_id = ? AND m.post_id = t.id)"
_WAS_MET = (
    "(EXISTS (SELECT 1 FROM feed_entries e WHERE e.post_id = t.id AND e.owner_id = ?) "
    "OR EXISTS (SELECT 1 FROM interactions i WHERE i.post_id = t.id AND i.actor_id = ?))"
)
# Who says nobody may search means it (FEP-268d): of such people only one's own posts are found.
_SEEN = (
    "(a.searchable_by IS NULL OR a.searchable_by <> 'nobody') AND "
    f"((t.visibility <> 'direct' AND {_FOLLOWS}) OR ({_WIDE} AND {_WAS_MET}) OR {_IS_NAMED})"
)


async def findable(
    ids: Collection[int], viewer_id: int | None, *, own_and_seen: bool, others: bool, consent: bool
) -> list[RowId]:
    """Return those of the posts that a viewer may find by their words, the youngest first.

    `own_and_seen`: what the viewer wrote, follows the author of, met at home, pressed a button of,
    or is named in. `others`: public posts of who agreed to be found, or with `consent` set to
    False of everybody: for hashtags alone, which were put there to be found (PV-17).
    """
    kinds, values = [], list[object]()
    if others:
        agreed = f" AND {_BY_CONSENT}" if consent else ""
        kinds.append(f"(t.visibility = 'public' AND a.silenced_at IS NULL{agreed})")
    if own_and_seen and viewer_id is not None:
        kinds.append(f"t.actor_id = ? OR ({_SEEN})")
        values += [viewer_id] * _SEEN.count("?") + [viewer_id]
    if not kinds:
        return []
    rows = await store.read(
        "SELECT t.id FROM posts t CROSS JOIN actors a WHERE t.id = ANY(?) AND a.id = t.actor_id "
        f"AND {_LIVE} AND ({' OR '.join(kinds)}) ORDER BY t.id DESC",
        *(list(ids), *values),
    )
    return [RowId(post_id) for (post_id,) in rows]


async def touched_by(actor_id: int, below: int, limit: int) -> list[RowId]:
    """Return the latest older posts that somebody pressed a button of or is named in."""
    rows = await store.read(
        "SELECT post_id FROM (SELECT post_id FROM interactions WHERE actor_id = ? "
        "AND post_id < ? ORDER BY id DESC LIMIT ?) AS pressed UNION "
        "SELECT post_id FROM (SELECT post_id FROM mentions WHERE actor_id = ? "
        "AND post_id < ? ORDER BY post_id DESC LIMIT ?) AS named",
        *(actor_id, below, limit, actor_id, below, limit),
    )
    return [RowId(post_id) for (post_id,) in rows]
