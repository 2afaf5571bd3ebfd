"""How often hashtags and pages are used a day: counted anew from the rows, kept for some days."""

# ruff: noqa: S608  # pasted into SQL are pieces of this file; values are bound

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from storage import store
from storage.ids import EPOCH, first_at

DAYS_COUNTED: Final = 8
"""A week, and the day before it."""

HASHTAG: Final = "hashtag"
PAGE: Final = "page"

_DAY = timedelta(days=1)
_COUNTED = (
    "INSERT INTO daily_uses (kind, name, day, uses, accounts) {0} "
    "ON CONFLICT (name, kind, day) DO UPDATE SET uses = excluded.uses, accounts = excluded.accounts"
)
_WITHIN = "t.visibility = 'public' AND t.deleted_at IS NULL AND t.id >= ? AND t.id < ?"


class Use(NamedTuple):
    """How often a hashtag or page was used on a day, and by how many people."""

    name: str
    day: int
    uses: int
    accounts: int


def day_of(moment: datetime) -> int:
    """Return the number of a day (UTC) since 1970."""
    return (moment - EPOCH) // _DAY


def start_of(day: int) -> datetime:
    """Return when a day began."""
    return EPOCH.astimezone(UTC) + day * _DAY


async def count_hashtags(day: int, names: Sequence[str]) -> None:
    """Count anew how often public posts of a day have these hashtags."""
    counted = (
        "SELECT CAST(? AS TEXT), h.name, CAST(? AS BIGINT), COUNT(*), COUNT(DISTINCT t.actor_id) "
        "FROM hashtags h CROSS JOIN posts t WHERE h.name = ANY(?) AND h.post_id >= ? "
        f"AND t.id = h.post_id AND {_WITHIN} GROUP BY h.name"
    )
    first, after = first_at(start_of(day)), first_at(start_of(day + 1))
    await store.write(_COUNTED.format(counted), *(HASHTAG, day, list(names), first, first, after))


async def count_pages(day: int) -> None:
    """Count anew how often public posts of a day link to pages that have a preview."""
    counted = (
        "SELECT CAST(? AS TEXT), CAST(p.card_id AS TEXT), CAST(? AS BIGINT), COUNT(*), "
        "COUNT(DISTINCT t.actor_id) FROM post_cards p CROSS JOIN posts t WHERE p.post_id >= ? "
        f"AND p.post_id < ? AND t.id = p.post_id AND {_WITHIN} GROUP BY p.card_id"
    )
    first, after = first_at(start_of(day)), first_at(start_of(day + 1))
    await store.write(_COUNTED.format(counted), *(PAGE, day, first, after, first, after))


async def of_names(kind: str, names: Collection[str], since_day: int) -> list[Use]:
    """Return the days on which these were used."""
    rows = await store.read(
        "SELECT name, day, uses, accounts FROM daily_uses "
        "WHERE kind = ? AND name = ANY(?) AND day >= ?",
        *(kind, list(names), since_day),
    )
    return [Use(*row) for row in rows]


async def beginning_with(text: str, limit: int) -> list[str]:
    """Return hashtags that begin with a text, those that most people used lately first."""
    rows = await store.read(
        "SELECT name FROM daily_uses WHERE kind = ? AND name >= ? AND name < ? "
        "GROUP BY name ORDER BY SUM(accounts) DESC, name LIMIT ?",
        *(HASHTAG, text, text + "\U0010ffff", limit),
    )
    return [name for (name,) in rows]


async def is_public(name: str) -> bool:
    """Whether any public post has this hashtag."""
    rows = await store.read(
        "SELECT 1 FROM hashtags h CROSS JOIN posts t WHERE h.name = ? AND t.id = h.post_id "
        "AND t.visibility = 'public' AND t.deleted_at IS NULL LIMIT 1",
        name,
    )
    return bool(rows)


async def forget(before_day: int) -> int:
    """Forget the counts of the days before this one."""
    return await store.in_slices(
        "DELETE FROM daily_uses WHERE id IN "
        "(SELECT id FROM daily_uses WHERE day < ? LIMIT ?) RETURNING id",
        before_day,
    )
