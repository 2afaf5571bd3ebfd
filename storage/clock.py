"""What to do when the clock was set back: nothing waits for a time that was wrong."""

from datetime import datetime, timedelta

from storage import store
from storage.values import MICROSECOND

UNNOTICED = timedelta(seconds=5)


async def set_back(by: timedelta, now: datetime) -> None:
    """Move what is due later than now back by as much as the clock was set back (FA-31)."""
    step = by // MICROSECOND
    async with store.current().transaction():
        await store.write(
            "UPDATE jobs SET due_at = GREATEST(?, due_at - ?) "
            "WHERE state IN ('waiting', 'blocked', 'running') AND due_at > ?",
            *(now, step, now),
        )
        await store.write(
            "UPDATE jobs SET created_at = ? WHERE created_at > ? AND state <> 'dead'", now, now
        )
        await store.write(
            "UPDATE hosts SET next_try_at = GREATEST(?, next_try_at - ?), "
            "failing_since = CASE WHEN failing_since > ? THEN ? ELSE failing_since END "
            "WHERE next_try_at > ?",
            *(now, step, now, now, now),
        )
