"""Whom one knows among the followers of others, and which of one's own followers are chosen."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections.abc import Collection

from storage import store
from storage.records import Actor, RowId
from storage.rows import ACTORS

FOUND_MAX = 500


async def familiar_followers(viewer_id: int, ids: Collection[int]) -> list[tuple[RowId, RowId]]:
    """Return (actor, follower) for each of the actors and followers whom the viewer follows.

    Nobody is named who hides follows; at most `FOUND_MAX`, in one query.
    """
    rows = await store.read(
        "SELECT f.followed_id, f.follower_id FROM follows m CROSS JOIN follows f "
        "CROSS JOIN actors a CROSS JOIN actors b WHERE m.follower_id = ? AND m.state = 'accepted' "
        "AND f.follower_id = m.followed_id AND f.followed_id = ANY(?) AND f.state = 'accepted' "
        "AND a.id = f.follower_id AND b.id = f.followed_id "
        "AND a.hides_follows = FALSE AND b.hides_follows = FALSE "
        "AND a.deleted_at IS NULL AND a.suspended_at IS NULL ORDER BY f.id DESC LIMIT ?",
        *(viewer_id, list(ids), FOUND_MAX),
    )
    return [(RowId(followed_id), RowId(follower_id)) for followed_id, follower_id in rows]


_FOLLOWER = (
    "a.id = {0} AND f.followed_id = ? AND f.follower_id = a.id AND f.state = 'accepted' "
    "AND a.deleted_at IS NULL AND a.suspended_at IS NULL ORDER BY {0} LIMIT ?"
)


async def followers_in(list_id: int, actor_id: int, limit: int) -> list[Actor]:
    """Return the live followers of an actor who are in a list."""
    sql = (
        f"SELECT {ACTORS.columns('a')} FROM list_members m CROSS JOIN actors a "
        f"CROSS JOIN follows f WHERE m.list_id = ? AND {_FOLLOWER.format('m.actor_id')}"
    )
    return ACTORS.records(await store.read(sql, list_id, actor_id, limit))


async def mutuals(actor_id: int, limit: int) -> list[Actor]:
    """Return the live followers of an actor whom that one follows too."""
    sql = (
        f"SELECT {ACTORS.columns('a')} FROM follows m CROSS JOIN actors a CROSS JOIN follows f "
        "WHERE m.follower_id = ? AND m.state = 'accepted' "
        f"AND {_FOLLOWER.format('m.followed_id')}"
    )
    return ACTORS.records(await store.read(sql, actor_id, actor_id, limit))
