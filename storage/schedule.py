"""When work that comes back is due next: in the database, so that it runs once for all workers."""

from datetime import datetime, timedelta

from storage import store


async def claim(kind: str, every: timedelta, now: datetime) -> bool:
    """Whether the caller is the one who runs it this time; in its transaction, with the job.

    A time further away than `every` was set by a clock that was wrong (FA-31): it is not kept.
    """
    rows = await store.write(
        "INSERT INTO schedule (kind, next_at) VALUES (?, ?) ON CONFLICT (kind) DO UPDATE "
        "SET next_at = excluded.next_at WHERE schedule.next_at <= ? "
        "OR schedule.next_at > excluded.next_at RETURNING kind",
        *(kind, now + every, now),
    )
    return bool(rows)
