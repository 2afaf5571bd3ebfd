"""How follows are meant (B31): with boosts or without, told of each post, in which languages.

Feeds honour it as they are read: `sights.py`.
"""

from collections.abc import Collection

from storage import store
from storage.records import RowId
from storage.values import to_json


async def change(
    follower_id: int,
    followed_id: int,
    *,
    shows_boosts: bool | None,
    notifies: bool | None,
    languages: Collection[str] | None,
) -> None:
    """Change how a follow is meant (B31); None leaves a thing as it is."""
    await store.write(
        "UPDATE follows SET shows_boosts = COALESCE(?, shows_boosts), "
        "notifies = COALESCE(?, notifies), languages = COALESCE(?, languages) "
        "WHERE follower_id = ? AND followed_id = ?",
        shows_boosts,
        notifies,
        to_json(tuple(languages)) if languages is not None else None,
        *(follower_id, followed_id),
    )


async def awaiting_ids(author_id: int, after: int, limit: int) -> list[RowId]:
    """Return followers, those after `after`, who want to be told of each post of an author."""
    rows = await store.read(
        "SELECT f.follower_id FROM follows f WHERE f.followed_id = ? AND f.notifies = TRUE "
        "AND f.state = 'accepted' AND f.follower_id > ? ORDER BY f.follower_id LIMIT ?",
        *(author_id, after, limit),
    )
    return [RowId(follower_id) for (follower_id,) in rows]


async def copy(follower_id: int, from_id: int, to_id: int) -> None:
    """Mean a follow as another one of the same follower is meant: somebody has moved."""
    await store.write(
        "UPDATE follows SET shows_boosts = o.shows_boosts, notifies = o.notifies, "
        "languages = o.languages FROM follows o WHERE o.follower_id = ? AND o.followed_id = ? "
        "AND follows.follower_id = ? AND follows.followed_id = ?",
        *(follower_id, from_id, follower_id, to_id),
    )
