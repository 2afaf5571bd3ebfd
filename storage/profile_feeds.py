"""Keyset pages of what one actor said and boosted, narrowed as apps ask for it."""

# ruff: noqa: S608  # pasted into SQL are pieces of this file; values are bound

from collections.abc import Collection
from dataclasses import dataclass

from storage import store
from storage.records import Page, RowId, Visibility
from storage.rows import keyset

_NOT_TO_OTHERS = "(t.in_reply_to_uri IS NULL OR t.in_reply_to_actor_id = t.actor_id)"
_TAGGED = "EXISTS (SELECT 1 FROM hashtags h WHERE h.name = ? AND h.post_id = t.id)"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a profile is wanted. With media or a hashtag: no boosts. Pins: nothing else."""

    with_replies: bool = True
    with_boosts: bool = True
    only_media: bool = False
    hashtag: str | None = None
    only_pinned: bool = False


async def read(
    actor_id: int, page: Page, wanted: Wanted, visibilities: Collection[Visibility]
) -> list[tuple[RowId, RowId, bool]]:
    """Return a page of an actor's posts and boosts: (id of post or boost, post, is it a boost)."""
    parts = [_said(actor_id, page, wanted, visibilities)]
    if wanted.with_boosts and not wanted.only_media and wanted.hashtag is None:
        parts.append(_boosted(actor_id, page, visibilities))
    direction = "DESC" if page.min_id is None else "ASC"
    # Each part is a page of its own, so that both are read off their index and no further.
    union = " UNION ALL ".join(
        f"SELECT * FROM ({sql}) AS part{number}" for number, (sql, _) in enumerate(parts)
    )
    values = [value for _, part in parts for value in part]
    rows = await store.read(f"{union} ORDER BY id {direction} LIMIT ?", *values, page.limit)
    found = [(RowId(order_id), RowId(post_id), bool(boost)) for order_id, post_id, boost in rows]
    return found if page.min_id is None else found[::-1]


def _said(
    actor_id: int, page: Page, wanted: Wanted, visibilities: Collection[Visibility]
) -> tuple[str, list[object]]:
    conditions, values = "", [actor_id, list(visibilities)]
    if not wanted.with_replies:
        conditions += f" AND {_NOT_TO_OTHERS}"
    if wanted.only_media:
        conditions += " AND t.attachments <> '[]'"
    if wanted.hashtag is not None:
        conditions += f" AND {_TAGGED}"
        values.append(wanted.hashtag)
    sql = (
        "SELECT t.id AS id, t.id AS post_id, 0 AS is_boost FROM posts t WHERE t.actor_id = ? "
        f"AND t.deleted_at IS NULL AND t.visibility = ANY(?){conditions}"
    )
    return keyset(page, "t.id", sql, *values)


def _boosted(
    actor_id: int, page: Page, visibilities: Collection[Visibility]
) -> tuple[str, list[object]]:
    sql = (
        "SELECT i.id AS id, t.id AS post_id, 1 AS is_boost FROM interactions i "
        "CROSS JOIN posts t CROSS JOIN actors a WHERE i.actor_id = ? AND i.kind = 'boost' "
        "AND t.id = i.post_id AND a.id = t.actor_id AND a.deleted_at IS NULL "
        "AND a.suspended_at IS NULL AND t.deleted_at IS NULL AND t.visibility = ANY(?) "
        "AND COALESCE(i.visibility, 'public') = ANY(?)"
    )
    kinds = list(visibilities)
    return keyset(page, "i.id", sql, actor_id, kinds, kinds)
