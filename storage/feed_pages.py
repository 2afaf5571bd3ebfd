"""Reads pages of a feed: what it keeps, and below its floor the posts of those it is made of."""

# ruff: noqa: S608  # pasted into SQL are pieces of these files; values are bound

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from storage import feeds, store
from storage.database import Row
from storage.feeds import (
    ASLEEP,
    FLOOR,
    REPEATS_AFTER,
    Feed,
    floor_of,
    named,
    reads_elsewhere,
    reads_sources,
    sources_of,
)
from storage.records import Page, RepliesPolicy, RowId


class Line(NamedTuple):
    """A place in a feed: `id` is what it is sorted by. A tuple, because pages make many of them."""

    id: RowId
    post_id: RowId
    author_id: RowId
    booster_id: RowId | None


class Found(NamedTuple):
    """Lines newest first: fewer than asked for only at the end of the feed.

    `is_asleep`: the feed keeps nothing. What it would hold was found, but it is time to wake it.
    """

    lines: list[Line]
    is_asleep: bool = False


async def read(feed: Feed, page: Page) -> Found:
    """Return a page of a feed.

    One query while the page is within what is kept; at the floor and below it two more.
    """
    if page.min_id is not None:
        return await _read_upwards(feed, page, page.min_id)
    found = await kept(feed, page)
    if len(found) == page.limit:
        return Found(found)
    floor = await floor_of(feed)
    if floor <= (page.since_id or 0):
        return Found(found)
    rest = replace(page, limit=page.limit - len(found), max_id=_lower(page.max_id, floor))
    return Found(found + await older(feed, rest, floor=floor), is_asleep=floor == ASLEEP)


async def _read_upwards(feed: Feed, page: Page, min_id: int) -> Found:
    floor = await floor_of(feed)
    if min_id >= floor:
        return Found(await kept(feed, page))
    found = await older(feed, replace(page, max_id=_lower(page.max_id, floor)), floor=floor)
    if len(found) < page.limit:
        found = await kept(feed, replace(page, limit=page.limit - len(found))) + found
    return Found(found, is_asleep=floor == ASLEEP)


def _lower(max_id: int | None, floor: int) -> int:
    return floor if max_id is None else min(max_id, floor)


async def places(feed: Feed, status_ids: Collection[int]) -> dict[int, RowId]:
    """Return where posts, and boosts by the ids of their interactions, stand in what a feed keeps.

    What is read from the posts themselves stands at its own id, and is missing here.
    """
    sql, values = named(
        f"WITH {sources_of(feed)} "
        "SELECT e.post_id, e.id, e.owner_id FROM feed_entries e WHERE e.post_id = ANY(:ids) "
        "AND e.booster_id IS NULL AND e.owner_id IN (SELECT id FROM read_from) UNION ALL "
        "SELECT i.id, e.id, e.owner_id FROM interactions i CROSS JOIN feed_entries e "
        "WHERE i.id = ANY(:ids) AND i.kind = 'boost' AND e.post_id = i.post_id "
        "AND e.booster_id = i.actor_id AND e.owner_id IN (SELECT id FROM read_from)",
        {"feed": feed.id, "owner": feed.owner_id, "ids": list(status_ids)},
    )
    # Where it was pushed goes before a source, and of sources the one where it came first.
    found = sorted(await store.glance(sql, *values), key=lambda row: (row[2] == feed.id, -row[1]))
    return {status_id: RowId(place) for status_id, place, _ in found}


# ---------------------------------------------------------------- kept

_REPEATED = (
    "EXISTS (SELECT 1 FROM feed_entries e WHERE e.post_id = q.post_id AND e.id <> q.id "
    "AND e.owner_id IN (SELECT id FROM read_from) "
    "AND CASE WHEN q.booster_id IS NULL "
    # a post once, where it was pushed or else where it came first
    "THEN e.booster_id IS NULL AND (e.owner_id = :feed OR e.id < q.id) "
    # a boost not beside another place of its post
    "ELSE (e.owner_id = :feed AND e.booster_id = q.booster_id) "
    "OR e.id < q.id AND (SELECT COUNT(*) FROM (SELECT 1 FROM feed_entries n "
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
        "near": feeds.NEWEST_WITHOUT_REPEATS,
        **more,
    }


async def kept(feed: Feed, page: Page) -> list[Line]:
    """Return a page of what a feed keeps, merged with the sources it reads, if there are any.

    One query for most people; those who read a source pay for a second one.
    """
    order = "DESC" if page.min_id is None else "ASC"
    merges = f", EXISTS (SELECT 1 FROM pulled_sources s WHERE {reads_sources(feed)})"
    sql, values = named(_pushed(page, order, _OWN_FLOOR, merges), _values(feed, page))
    rows = await store.glance(sql, *values)
    if not rows or rows[0][4]:
        return await _merged(feed, page, order)
    return _lines([row[:4] for row in rows], order)


_OWN_FLOOR = "COALESCE((SELECT x.floor_id FROM feed_floors x WHERE x.feed_id = :feed), 0)"


def _pushed(page: Page, order: str, floor: str, more: str = "") -> str:
    return (
        f"SELECT t.id, t.post_id, t.author_id, t.booster_id{more} FROM feed_entries t "
        f"WHERE t.owner_id = :feed{_bounds(page, 't.id')} AND t.id >= {floor} "
        f"ORDER BY t.id {order} LIMIT :limit"
    )


async def _merged(feed: Feed, page: Page, order: str) -> list[Line]:
    pushed = _pushed(page, order, "(SELECT id FROM bottom)")
    sql, values = named(
        f"WITH {sources_of(feed)}, bottom AS (SELECT {FLOOR} AS id) "
        f"SELECT id, post_id, author_id, booster_id FROM (SELECT * FROM ({pushed}) AS pushed "
        "UNION ALL SELECT t.id, t.post_id, t.author_id, t.booster_id FROM mine "
        "CROSS JOIN feed_entries t WHERE t.id = ANY(ARRAY("
        f"SELECT q.id FROM feed_entries q WHERE q.owner_id = mine.id{_bounds(page, 'q.id')} "
        f"AND q.id >= (SELECT id FROM bottom) AND NOT {_REPEATED} "
        f"ORDER BY q.id {order} LIMIT :limit))) AS merged ORDER BY id {order} LIMIT :limit",
        _values(feed, page),
    )
    return _lines(await store.read(sql, *values), order)


def _lines(rows: Sequence[Row], order: str) -> list[Line]:
    found = [Line(*row) for row in rows]
    return found if order == "DESC" else found[::-1]


# ---------------------------------------------------------------- older

_LOOKED_AT_OF_EACH = 100

_PEOPLE_AT_HOME = (
    "SELECT f.followed_id AS id FROM follows f WHERE f.follower_id = :owner "
    f"AND f.state = 'accepted' AND NOT {reads_elsewhere(':owner', 'f.followed_id')} "
    "UNION ALL SELECT CAST(:owner AS BIGINT)"
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


async def older(feed: Feed, page: Page, *, floor: int) -> list[Line]:
    """Return a page of what a feed would hold, read from the posts themselves; one query.

    Sorted by the ids of posts and boosts, which the bounds of the page are about. What the feed
    keeps from `floor` on is left out. Each person costs a few rows, however much they said.
    """
    order = "DESC" if page.min_id is None else "ASC"
    said, boosted = _said(feed, page, order), _boosted(feed, page, order)
    people = _PEOPLE_AT_HOME if feed.is_home else _PEOPLE_IN_LIST
    parts = [said, boosted, *([_tagged(page, order)] if feed.is_home else [])]
    sql, values = named(
        f"WITH {sources_of(feed)}, people AS ({people}) "
        # UNION: what has two reasons to be here comes once.
        f"SELECT * FROM ({' UNION '.join(parts)}) AS found ORDER BY id {order} LIMIT :limit",
        _values(feed, page, floor=floor, day=REPEATS_AFTER),
    )
    return _lines(await store.read(sql, *values), order)


async def newest_but(feed: Feed, count: int, *, below: int) -> int:
    """Return an id below which there are posts beyond about so many newest ones; 0: there are none.

    Looks at a hundred posts of each person: where somebody says more than that, it is lower.
    """
    people = _PEOPLE_AT_HOME if feed.is_home else _PEOPLE_IN_LIST
    sql, values = named(
        f"WITH people AS ({people}) SELECT t.id FROM people w CROSS JOIN posts t "
        "WHERE t.id = ANY(ARRAY(SELECT q.id FROM posts q WHERE q.actor_id = w.id "
        "AND q.id < :below ORDER BY q.id DESC LIMIT :each)) ORDER BY t.id DESC "
        "LIMIT 1 OFFSET :count",
        {
            "owner": feed.owner_id,
            "feed": feed.id,
            "below": below,
            "each": _LOOKED_AT_OF_EACH,
            "count": count,
        },
    )
    rows = await store.read(sql, *values)
    return rows[0][0] if rows else 0


async def made_of(feed: Feed) -> Sequence[Row]:
    """Return what tells whether the people and hashtags of a feed have changed."""
    people = "SELECT id FROM follows WHERE follower_id = :owner AND state = 'accepted'"
    tags = "SELECT id FROM followed_hashtags WHERE actor_id = :owner"
    members = "SELECT id FROM list_members WHERE list_id = :feed"
    sums = (
        f"SELECT COUNT(*), SUM(id % 1000003), MAX(id) FROM ({rows}) AS counted"
        for rows in (people, tags, members)
    )
    sql, values = named(" UNION ALL ".join(sums), {"owner": feed.owner_id, "feed": feed.id})
    return [tuple(row) for row in await store.read(sql, *values)]


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
