"""Annual reports: what somebody did in a year, counted once and kept; and the counting."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections.abc import Sequence
from datetime import datetime

from storage import store
from storage.ids import first_at
from storage.records import AnnualReport, HashtagCount, RowId, YearInNumbers
from storage.rows import Rows

REPORTS = Rows("annual_reports", AnnualReport)

HASHTAGS_MAX = 40


async def find(actor_id: int, year: int) -> AnnualReport | None:
    """Return the report of somebody about a year; its `data` is None while it is made."""
    return await REPORTS.find("t.actor_id = ? AND t.year = ?", actor_id, year)


async def unread_of(actor_id: int) -> list[AnnualReport]:
    """Return the reports of somebody that are made and were not seen, newest year first."""
    return await REPORTS.select(
        "WHERE t.actor_id = ? AND t.data IS NOT NULL AND t.read_at IS NULL ORDER BY t.year DESC",
        actor_id,
    )


async def insert_if_new(report: AnnualReport) -> bool:
    """Insert a report that is to be made; False if there is one of this year."""
    return await REPORTS.insert_if_new(report)


async def fill(actor_id: int, year: int, data: YearInNumbers) -> None:
    """Write what was counted."""
    found = await find(actor_id, year)
    if found is not None:
        await REPORTS.save(
            AnnualReport(
                found.id,
                actor_id=found.actor_id,
                year=year,
                created_at=found.created_at,
                data=data,
                read_at=found.read_at,
            )
        )


async def mark_read(actor_id: int, year: int, now: datetime) -> bool:
    """Note that somebody saw the report; False if there is none."""
    rows = await store.write(
        "UPDATE annual_reports SET read_at = COALESCE(read_at, ?) "
        "WHERE actor_id = ? AND year = ? AND data IS NOT NULL RETURNING id",
        *(now, actor_id, year),
    )
    return bool(rows)


# ---------------------------------------------------------------- what is counted


async def count_posts(actor_id: int, since: datetime, until: datetime) -> tuple[int, int, int]:
    """Count posts of a time: those that answer nobody else, answers to others, and with a poll."""
    rows = await store.read(
        "SELECT "
        "COUNT(*) FILTER (WHERE in_reply_to_uri IS NULL OR in_reply_to_actor_id = actor_id), "
        "COUNT(*) FILTER (WHERE in_reply_to_uri IS NOT NULL AND "
        "(in_reply_to_actor_id IS NULL OR in_reply_to_actor_id <> actor_id)), "
        "COUNT(*) FILTER (WHERE poll IS NOT NULL) "
        "FROM posts WHERE actor_id = ? AND id >= ? AND id < ? AND deleted_at IS NULL",
        *(actor_id, first_at(since), first_at(until)),
    )
    own, answers, polls = rows[0]
    return int(own), int(answers), int(polls)


async def count_boosts(actor_id: int, since: datetime, until: datetime) -> int:
    """Count what somebody boosted in a time."""
    rows = await store.read(
        "SELECT COUNT(*) FROM interactions WHERE actor_id = ? AND kind = 'boost' "
        "AND created_at >= ? AND created_at < ?",
        *(actor_id, since, until),
    )
    return int(rows[0][0])


async def count_follows(actor_id: int, since: datetime, until: datetime) -> tuple[int, int]:
    """Count whom somebody began to follow in a time, and who began to follow them."""
    found = []
    for end in ("follower_id", "followed_id"):
        rows = await store.read(
            f"SELECT COUNT(*) FROM follows WHERE {end} = ? AND state = 'accepted' "
            "AND created_at >= ? AND created_at < ?",
            *(actor_id, since, until),
        )
        found.append(int(rows[0][0]))
    return found[0], found[1]


async def top_post(
    actor_id: int, since: datetime, until: datetime, *, by: str, without: Sequence[RowId]
) -> RowId | None:
    """Return the public post of a time with most of something: `like`, `boost` or `reply`."""
    counted = (
        "(SELECT COUNT(*) FROM posts r WHERE r.in_reply_to_id = t.id AND r.deleted_at IS NULL)"
        if by == "reply"
        else "(SELECT COUNT(*) FROM interactions i WHERE i.post_id = t.id AND i.kind = ?)"
    )
    values: list[object] = [] if by == "reply" else [by]
    rows = await store.read(
        f"SELECT id FROM (SELECT t.id, {counted} AS many FROM posts t WHERE t.actor_id = ? "
        "AND t.id >= ? AND t.id < ? AND t.visibility = 'public' AND t.deleted_at IS NULL "
        "AND NOT t.id = ANY(?)) counted WHERE many > 0 ORDER BY many DESC, id DESC LIMIT 1",
        *(*values, actor_id, first_at(since), first_at(until), list(without)),
    )
    return RowId(rows[0][0]) if rows else None


async def top_hashtags(actor_id: int, since: datetime, until: datetime) -> list[HashtagCount]:
    """Return the hashtags that somebody used more than once in a time, the most used first."""
    rows = await store.read(
        "SELECT h.name, COUNT(*) FROM hashtags h JOIN posts t ON t.id = h.post_id "
        "WHERE t.actor_id = ? AND t.id >= ? AND t.id < ? AND t.deleted_at IS NULL "
        "GROUP BY h.name HAVING COUNT(*) > 1 ORDER BY COUNT(*) DESC, h.name LIMIT ?",
        *(actor_id, first_at(since), first_at(until), HASHTAGS_MAX),
    )
    return [HashtagCount(name, int(count)) for name, count in rows]
