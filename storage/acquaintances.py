"""Whom one knows among the followers of others."""

from collections.abc import Collection

from storage import store
from storage.records import RowId

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
