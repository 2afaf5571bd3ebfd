"""How often somebody used which hashtags, in what everybody may read."""

# ruff: noqa: S608  # pasted into SQL are pieces of this file; values are bound

from collections.abc import Collection

from storage import store
from storage.records import RowId

_COUNTED_MAX = 10_000
_LOOKED_AT_MAX = 1000
_LATEST = (
    "(SELECT t.id FROM posts t WHERE t.actor_id = ? AND t.deleted_at IS NULL "
    "AND t.visibility IN ('public', 'unlisted') ORDER BY t.id DESC LIMIT ?) AS latest"
)


async def of_actor(actor_id: int, names: Collection[str]) -> dict[str, tuple[int, RowId]]:
    """Return how often each of the (folded) hashtags was used, and the id of the last post.

    Counts in the latest posts alone: at most `_COUNTED_MAX`.
    """
    rows = await store.read(
        f"SELECT h.name, COUNT(*), MAX(latest.id) FROM {_LATEST} CROSS JOIN hashtags h "
        "WHERE h.post_id = latest.id AND h.name = ANY(?) GROUP BY h.name",
        *(actor_id, _COUNTED_MAX, list(names)),
    )
    return {name: (number, RowId(last_id)) for name, number, last_id in rows}


async def most_used(actor_id: int, limit: int) -> list[str]:
    """Return the (folded) hashtags that the latest posts of an actor have, the most used first."""
    rows = await store.read(
        f"SELECT h.name, COUNT(*) AS uses FROM {_LATEST} CROSS JOIN hashtags h "
        "WHERE h.post_id = latest.id GROUP BY h.name ORDER BY uses DESC, h.name LIMIT ?",
        *(actor_id, _LOOKED_AT_MAX, limit),
    )
    return [name for name, _ in rows]
