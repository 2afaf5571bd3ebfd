"""Members of the collections that other servers read: ids alone, page after page."""

from collections.abc import AsyncIterator

from storage import relations, store
from storage.records import Actor, Page, RowId
from storage.rows import ACTORS, read_page

URIS_PER_QUERY = 1000

_PUBLIC_REPLIES = (
    "in_reply_to_id = ? AND deleted_at IS NULL AND visibility IN ('public', 'unlisted')"
)

Members = list[tuple[RowId, str]]
"""What orders the page, and the id of the thing."""


async def public_replies(post_id: int, page: Page) -> Members:
    """Return a page of the direct answers to a post that everybody may see, from all hosts."""
    sql = f"SELECT t.id, t.uri FROM posts t WHERE {_PUBLIC_REPLIES}"  # noqa: S608 - our own words
    return [(RowId(row), uri) for row, uri in await read_page(page, "t.id", sql, post_id)]


async def count_public_replies(post_id: int) -> int:
    """Count the same."""
    sql = f"SELECT COUNT(*) FROM posts WHERE {_PUBLIC_REPLIES}"  # noqa: S608 - our own words
    return int((await store.read(sql, post_id))[0][0])


async def inbox_of(actor_id: int, page: Page) -> list[tuple[RowId, RowId, RowId | None]]:
    """Return a page of what came for somebody: the place, the post, and who boosted it in.

    What their home feed keeps, and where they are named. Whether they may see it is not asked here.
    """
    sql = (
        "SELECT place, post_id, booster_id FROM (SELECT e.id AS place, e.post_id, e.booster_id "
        "FROM feed_entries e WHERE e.owner_id = ? UNION ALL SELECT m.post_id, m.post_id, NULL "
        "FROM mentions m WHERE m.actor_id = ? AND NOT EXISTS (SELECT 1 FROM feed_entries f "
        "WHERE f.owner_id = ? AND f.post_id = m.post_id)) AS t WHERE 1 = 1"
    )
    rows = await read_page(page, "place", sql, actor_id, actor_id, actor_id)
    return [(RowId(place), RowId(post), booster) for place, post, booster in rows]


async def with_hashtag(name: str, page: Page) -> Members:
    """Return a page of the public posts from here with this (folded) hashtag."""
    sql = (
        "SELECT t.id, t.uri FROM hashtags h CROSS JOIN posts t CROSS JOIN actors a "
        "WHERE h.name = ? AND t.id = h.post_id AND t.is_local = TRUE AND t.deleted_at IS NULL "
        "AND t.visibility = 'public' AND a.id = t.actor_id AND a.deleted_at IS NULL "
        "AND a.suspended_at IS NULL"
    )
    return [(RowId(row), uri) for row, uri in await read_page(page, "h.post_id", sql, name)]


async def followers_at(actor_id: int, origin: str) -> list[str]:
    """Return who follows an actor, accepted, of those whose ids begin with this origin (FEP-8fcf).

    `origin` is a scheme with a host, such as `https://beta.test`.
    """
    rows = await store.read(
        # "0" is what comes after "/": all ids below this origin, and no other.
        "SELECT a.uri FROM actors a CROSS JOIN follows f WHERE a.uri >= ? AND a.uri < ? "
        "AND a.deleted_at IS NULL AND a.suspended_at IS NULL AND f.follower_id = a.id "
        "AND f.followed_id = ? AND f.state = 'accepted' ORDER BY a.uri",
        *(f"{origin}/", f"{origin}0", actor_id),
    )
    return [uri for (uri,) in rows]


async def follower_uris(actor_id: int) -> AsyncIterator[str]:
    """Yield who of other servers follows an actor, accepted; in slices."""
    last = 0
    while True:
        rows = await store.read(
            "SELECT f.id, a.uri FROM follows f CROSS JOIN actors a WHERE a.id = f.follower_id "
            "AND f.followed_id = ? AND f.state = 'accepted' AND f.id > ? "
            "AND a.host IS NOT NULL AND a.deleted_at IS NULL AND a.suspended_at IS NULL "
            "ORDER BY f.id LIMIT ?",
            *(actor_id, last, URIS_PER_QUERY),
        )
        for _, uri in rows:
            yield uri
        if len(rows) < URIS_PER_QUERY:
            return
        last = rows[-1][0]


async def local_followers(actor_id: int) -> list[Actor]:
    """Return who of this server follows an actor, accepted."""
    sql = (
        f"SELECT {ACTORS.columns('a')} FROM follows f CROSS JOIN actors a "  # noqa: S608 - our own
        f"WHERE a.id = f.follower_id AND f.followed_id = ? AND {relations.FOLLOWER_IS_HERE}"
    )
    return ACTORS.records(await store.read(sql, actor_id))


async def nearest_local_above(post_id: int, depth_max: int) -> RowId | None:
    """Return the nearest post of ours that a post answers, or that what it answers does."""
    rows = await store.read(
        "WITH RECURSIVE up (id, parent_id, is_local, depth) AS ("
        "SELECT id, in_reply_to_id, FALSE, 0 FROM posts WHERE id = ? "
        "UNION ALL SELECT p.id, p.in_reply_to_id, p.is_local, up.depth + 1 FROM posts p "
        "JOIN up ON p.id = up.parent_id WHERE up.depth < ? AND NOT up.is_local) "
        "SELECT id FROM up WHERE is_local ORDER BY depth LIMIT 1",
        *(post_id, depth_max),
    )
    return RowId(rows[0][0]) if rows else None
