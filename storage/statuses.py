"""What the client API says of posts and the pages do not: how often quoted, whether muted."""

from collections.abc import Collection
from typing import NamedTuple

from storage import store
from storage.conversations import IS_MUTED
from storage.interactions import INTERACTIONS
from storage.records import Interaction, RowId
from storage.rows import FEW


class Besides(NamedTuple):
    """How often each post is quoted, and which are of conversations that the viewer has muted."""

    quotes: dict[RowId, int]
    muted: frozenset[RowId]


_QUOTES = (
    "SELECT q.quote_id, COUNT(*) FROM posts q WHERE q.quote_id = ANY(?) "
    "AND q.quote_state = 'accepted' AND q.deleted_at IS NULL "
    "AND q.visibility IN ('public', 'unlisted') GROUP BY q.quote_id"
)
_MUTED = f"SELECT t.id, -1 FROM posts t WHERE t.id = ANY(?) AND {IS_MUTED}"  # noqa: S608  # a piece


async def besides(post_ids: Collection[int], viewer_id: int | None) -> Besides:
    """Return what there is besides of these posts, in one query."""
    ids = list(post_ids)
    if viewer_id is None:
        rows = await store.glance(_QUOTES, ids)
    else:
        rows = await store.glance(f"{_QUOTES} UNION ALL {_MUTED}", ids, ids, viewer_id)
    return Besides(
        {RowId(post_id): number for post_id, number in rows if number >= 0},
        frozenset(RowId(post_id) for post_id, number in rows if number < 0),
    )


async def boosts(
    pairs: Collection[tuple[int, int]],
) -> dict[tuple[RowId, RowId], Interaction]:
    """Return the boosts of these posts by these actors; pairs of row ids."""
    if not pairs:
        return {}
    ask = INTERACTIONS.few if len(pairs) <= FEW else INTERACTIONS.select
    found = await ask(
        "WHERE t.kind = 'boost' AND t.post_id = ANY(?) AND t.actor_id = ANY(?)",
        *(list({post for post, _ in pairs}), list({actor for _, actor in pairs})),
    )
    return {(each.post_id, each.actor_id): each for each in found}


async def boost(boost_id: int) -> Interaction | None:
    """Return the boost with this id."""
    return await INTERACTIONS.find("t.id = ? AND t.kind = 'boost'", boost_id)
