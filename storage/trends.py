"""What is spoken of more than usual: counted now and then, kept until the next count, reviewed."""

# ruff: noqa: S608  # pasted into SQL are pieces of this file; values are bound

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from storage import store
from storage.ids import first_at
from storage.records import RowId

PRESSES_MAX = 200_000


class Trend(StrEnum):
    """What may be spoken of; `FOLLOWED` and `MET` are people, for suggestions."""

    HASHTAG = "hashtag"
    PAGE = "page"
    POST = "post"
    FOLLOWED = "followed"
    MET = "met"


class Surge(NamedTuple):
    """How many people used something on the last two days, and on the days before."""

    name: str
    recent: int
    before: int


class Reviewed(NamedTuple):
    """A trend, and what was decided about it: None where nobody looked at it."""

    name: str
    score: int
    is_allowed: bool | None


async def replace(kind: Trend, scores: Sequence[tuple[str, int]]) -> None:
    """Write what trends now instead of what did."""
    async with store.current().transaction():
        await store.write("DELETE FROM trends WHERE kind = ?", kind.value)
        await store.write_many(
            "INSERT INTO trends (kind, name, score) VALUES (?, ?, ?)",
            [(kind.value, name, score) for name, score in scores],
        )


async def listed(kind: Trend, *, only_allowed: bool, limit: int, offset: int = 0) -> list[str]:
    """Return what trends, the most first, without what was refused."""
    passes = "r.is_allowed = TRUE" if only_allowed else "(r.id IS NULL OR r.is_allowed = TRUE)"
    rows = await store.read(
        "SELECT t.name FROM trends t LEFT JOIN trend_reviews r ON r.kind = t.kind "
        f"AND r.name = t.name WHERE t.kind = ? AND {passes} "
        "ORDER BY t.score DESC, t.name LIMIT ? OFFSET ?",
        *(kind.value, limit, offset),
    )
    return [name for (name,) in rows]


async def with_reviews(kind: Trend, limit: int) -> list[Reviewed]:
    """Return what trends with what was decided about each."""
    rows = await store.read(
        "SELECT t.name, t.score, r.is_allowed FROM trends t LEFT JOIN trend_reviews r "
        "ON r.kind = t.kind AND r.name = t.name WHERE t.kind = ? "
        "ORDER BY t.score DESC, t.name LIMIT ?",
        *(kind.value, limit),
    )
    return [Reviewed(name, score, None if ok is None else bool(ok)) for name, score, ok in rows]


async def allowed_among(kind: Trend, names: Collection[str]) -> set[str]:
    """Return which of these were allowed by those who run the server."""
    rows = await store.read(
        "SELECT name FROM trend_reviews WHERE kind = ? AND is_allowed = TRUE AND name = ANY(?)",
        *(kind.value, list(names)),
    )
    return {name for (name,) in rows}


async def review(kind: Trend, name: str, at: datetime, *, is_allowed: bool) -> None:
    """Decide whether something may trend, now and later."""
    await store.write(
        "INSERT INTO trend_reviews (kind, name, is_allowed, created_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (kind, name) DO UPDATE SET is_allowed = excluded.is_allowed, "
        "created_at = excluded.created_at",
        *(kind.value, name, is_allowed, at),
    )


# ---------------------------------------------------------------- counting


async def surges(kind: Trend, today: int, limit: int) -> list[Surge]:
    """Return what most people used on the last two days."""
    rows = await store.read(
        "SELECT name, recent, older FROM (SELECT name, "
        "SUM(CASE WHEN day >= ? THEN accounts ELSE 0 END) AS recent, "
        "SUM(CASE WHEN day < ? THEN accounts ELSE 0 END) AS older "
        "FROM daily_uses WHERE kind = ? AND day > ? GROUP BY name) AS used "
        "WHERE recent > 1 ORDER BY recent DESC, name LIMIT ?",
        *(today - 1, today - 1, kind.value, today - 7, limit),
    )
    return [Surge(name, int(recent), int(older)) for name, recent, older in rows]


_TELLS_ALL = (
    "t.visibility = 'public' AND t.deleted_at IS NULL AND a.deleted_at IS NULL "
    "AND a.suspended_at IS NULL AND a.silenced_at IS NULL AND a.is_discoverable = TRUE"
)
_PRESSED = (
    "(SELECT post_id, actor_id FROM interactions WHERE kind IN ('like', 'boost') AND id >= ? "
    "ORDER BY id DESC LIMIT ?) AS pressed"
)


async def pressed_posts(since: datetime, limit: int) -> list[tuple[RowId, int]]:
    """Return the public posts that most people liked or boosted lately; nothing sensitive."""
    rows = await store.read(
        f"SELECT t.id, COUNT(DISTINCT pressed.actor_id) AS people FROM {_PRESSED} "
        f"CROSS JOIN posts t CROSS JOIN actors a WHERE t.id = pressed.post_id AND t.id >= ? "
        f"AND a.id = t.actor_id AND pressed.actor_id <> t.actor_id AND {_TELLS_ALL} "
        "AND t.is_sensitive = FALSE AND t.summary = '' AND t.in_reply_to_uri IS NULL "
        "GROUP BY t.id ORDER BY people DESC, t.id DESC LIMIT ?",
        *(first_at(since), PRESSES_MAX, first_at(since), limit),
    )
    return [(RowId(post_id), int(people)) for post_id, people in rows]


async def pressed_people(since: datetime, limit: int) -> list[tuple[str, int]]:
    """Return the authors whose public posts most people liked or boosted lately."""
    rows = await store.read(
        f"SELECT t.actor_id, COUNT(DISTINCT pressed.actor_id) AS people FROM {_PRESSED} "
        "CROSS JOIN posts t CROSS JOIN actors a WHERE t.id = pressed.post_id "
        f"AND a.id = t.actor_id AND pressed.actor_id <> t.actor_id AND {_TELLS_ALL} "
        "GROUP BY t.actor_id ORDER BY people DESC, t.actor_id LIMIT ?",
        *(first_at(since), PRESSES_MAX, limit),
    )
    return [(str(actor_id), int(people)) for actor_id, people in rows]


async def followed_people(limit: int) -> list[tuple[str, int]]:
    """Return whom most people of this server follow."""
    rows = await store.read(
        "SELECT f.followed_id, COUNT(*) AS people FROM follows f CROSS JOIN actors a "
        "WHERE f.is_local = TRUE AND f.state = 'accepted' AND a.id = f.followed_id "
        "AND a.deleted_at IS NULL AND a.suspended_at IS NULL AND a.silenced_at IS NULL "
        "AND a.is_discoverable = TRUE GROUP BY f.followed_id "
        "ORDER BY people DESC, f.followed_id LIMIT ?",
        limit,
    )
    return [(str(actor_id), int(people)) for actor_id, people in rows]
