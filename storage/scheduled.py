"""Posts that wait for their time, and the names apps give to what they send."""

from datetime import datetime

from storage import store
from storage.records import Page, RepeatKey, RowId, ScheduledPost
from storage.rows import Rows

SCHEDULED = Rows("scheduled_posts", ScheduledPost)
KEYS = Rows("repeat_keys", RepeatKey)


async def insert(made: ScheduledPost) -> None:
    """Insert a post that waits."""
    await SCHEDULED.insert(made)


async def save(changed: ScheduledPost) -> None:
    """Write when a post is due."""
    await SCHEDULED.save(changed)


async def find(actor_id: int, scheduled_id: int) -> ScheduledPost | None:
    """Return one of somebody's posts that wait."""
    return await SCHEDULED.find("t.id = ? AND t.actor_id = ?", scheduled_id, actor_id)


async def find_locked(scheduled_id: int) -> ScheduledPost | None:
    """Return a post that waits, for who publishes or changes it in this transaction."""
    return await SCHEDULED.find_locked("t.id = ?", scheduled_id)


async def of_actor(actor_id: int, page: Page) -> list[ScheduledPost]:
    """Return a page of somebody's posts that wait."""
    return await SCHEDULED.page(page, "t.actor_id = ?", actor_id)


async def count(actor_id: int, since: datetime, until: datetime) -> tuple[int, int]:
    """Count somebody's posts that wait, and those due from one time to another."""
    rows = await store.read(
        "SELECT COUNT(*), COALESCE(SUM(CASE WHEN due_at >= ? AND due_at < ? THEN 1 ELSE 0 END), 0) "
        "FROM scheduled_posts WHERE actor_id = ?",
        *(since, until, actor_id),
    )
    return int(rows[0][0]), int(rows[0][1])


async def remove(actor_id: int, scheduled_id: int) -> ScheduledPost | None:
    """Remove a post that waits and return it; None: it is not there, or published."""
    removed = await SCHEDULED.remove("id = ? AND actor_id = ?", scheduled_id, actor_id)
    return removed[0] if removed else None


# ---------------------------------------------------------------- names of what apps send


async def find_key(actor_id: int, key: str, since: datetime) -> RowId | None:
    """Return what somebody's app made under this name since then."""
    condition = "t.actor_id = ? AND t.key = ? AND t.created_at >= ?"
    found = await KEYS.find(condition, actor_id, key, since)
    return found.made_id if found is not None else None


async def take_key(made: RepeatKey, *, since: datetime) -> bool:
    """Take a name, until the transaction ends; False: something has it, which is not older."""
    await KEYS.remove("actor_id = ? AND key = ? AND created_at < ?", made.actor_id, made.key, since)
    return await KEYS.insert_if_new(made)


async def forget_keys(before: datetime) -> int:
    """Forget names that were taken before then; return how many."""
    return await store.in_slices(
        "DELETE FROM repeat_keys WHERE id IN "
        "(SELECT id FROM repeat_keys WHERE created_at < ? LIMIT ?) RETURNING id",
        before,
    )


async def forget_of(actor_id: int) -> None:
    """Forget what somebody wanted to say, and the names of what was said."""
    await SCHEDULED.remove("actor_id = ?", actor_id)
    await KEYS.remove("actor_id = ?", actor_id)
