"""What other servers sent us and what we sent them: receipts and outgoing activities."""

from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from storage import store
from storage.records import OutgoingActivity, Page, Receipt
from storage.rows import Rows

RECEIPTS = Rows("receipts", Receipt)
ACTIVITIES = Rows("outgoing_activities", OutgoingActivity)

ERROR_LETTERS_MAX = 500


# ---------------------------------------------------------------- receipts


class Found(NamedTuple):
    """What a look through some receipts found; `last` is where to go on, None at the end."""

    receipts: list[Receipt]
    last: int | None


async def record_if_new(receipt: Receipt) -> bool:
    """Insert a receipt; False if its key exists: we have seen this activity."""
    return await RECEIPTS.insert_if_new(receipt)


async def find(receipt_id: int) -> Receipt | None:
    """Return a receipt."""
    return await RECEIPTS.find("t.id = ?", receipt_id)


async def find_locked(receipt_id: int) -> Receipt | None:
    """Return a receipt for who changes it in this transaction."""
    return await RECEIPTS.find_locked("t.id = ?", receipt_id)


async def save(receipt: Receipt) -> None:
    """Write the whole row: what became of an activity."""
    await RECEIPTS.save(receipt)


async def settle_abandoned(before: datetime, at: datetime) -> int:
    """Note as failed what came before then and still waits: its job was buried; return how many.

    Nothing is settled as long as any job of that age is left: a server that was off for weeks has
    not given up what it accepted.
    """
    return await store.in_slices(
        "UPDATE receipts SET outcome = 'failed', reason = 'given up', processed_at = ? "
        "WHERE id IN (SELECT id FROM receipts WHERE received_at < ? AND document <> '' "
        "AND outcome = 'waiting' AND NOT EXISTS (SELECT 1 FROM jobs "
        "WHERE kind = 'process_activity' AND state <> 'dead' AND created_at < ?) LIMIT ?) "
        "RETURNING id",
        *(at, before, before),
    )


async def count_waiting(limit: int) -> int:
    """Count the activities that wait for a job, up to so many."""
    sql = (
        "SELECT COUNT(*) FROM (SELECT 1 FROM receipts WHERE outcome = 'waiting' LIMIT ?) AS waiting"
    )
    return int((await store.read(sql, limit))[0][0])


async def count_held(limit: int) -> int:
    """Count the activities that wait for a moderator, up to so many."""
    sql = (
        "SELECT COUNT(*) FROM (SELECT 1 FROM receipts WHERE outcome = 'held' "
        "AND document <> '' LIMIT ?) AS held"
    )
    return int((await store.read(sql, limit))[0][0])


async def list_held(page: Page) -> list[Receipt]:
    """Return a page of the activities that wait for a moderator, newest first."""
    return await RECEIPTS.page(page, "t.outcome = 'held' AND t.document <> ''")


async def list_refused(page: Page) -> list[Receipt]:
    """Return a page of what was refused or turned away, newest first."""
    # Each half is read off its index.
    halves = [
        await RECEIPTS.page(page, f"t.outcome = '{outcome}'")
        for outcome in ("refused", "turned away")
    ]
    return sorted(chain(*halves), key=lambda each: each.id, reverse=True)[: page.limit]


async def find_by_activity(uri: str, *, after: int, looked_through_max: int) -> Found:
    """Look for the receipts of an activity among so many that came after one; see `Found`.

    There is no index: it would cost every activity that comes, for who looks one up.
    """
    rows = await store.read(
        "SELECT id FROM receipts WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?",
        *(after, looked_through_max - 1),
    )
    last = int(rows[0][0]) if rows else None
    upper = last if last is not None else 2**63 - 1
    condition = "WHERE t.id > ? AND t.id <= ? AND t.activity_uri = ? ORDER BY t.id"
    return Found(await RECEIPTS.select(condition, after, upper, uri), last)


async def forget_documents(before: datetime) -> int:
    """Drop the documents of processed receipts that came before then; return how many.

    Keys stay, so that nothing is done twice; so do documents recorded for later versions.
    """
    return await store.in_slices(
        "UPDATE receipts SET document = '' WHERE id IN (SELECT id FROM receipts "
        "WHERE received_at < ? AND document <> '' AND outcome NOT IN ('waiting', 'recorded') "
        "LIMIT ?) RETURNING id",
        before,
    )


async def forget(before: datetime) -> int:
    """Remove processed receipts that came before then; return how many.

    Their activities would be taken in anew, as far as what they made does not tell. What is
    recorded for later versions stays.
    """
    return await store.in_slices(
        "DELETE FROM receipts WHERE id IN (SELECT id FROM receipts "
        "WHERE received_at < ? AND outcome NOT IN ('waiting', 'recorded') LIMIT ?) RETURNING id",
        before,
    )


# ---------------------------------------------------------------- outgoing activities


async def insert_activity(activity: OutgoingActivity) -> None:
    """Keep an activity as it was sent; Conflict if its uri exists already."""
    await ACTIVITIES.insert(activity)


async def find_activity(activity_id: int) -> OutgoingActivity | None:
    """Return an activity we sent."""
    return await ACTIVITIES.find("t.id = ?", activity_id)


async def find_open_activity(activity_id: int) -> OutgoingActivity | None:
    """Return an activity we sent, unless its actor is suspended: then it is not there (MO-3)."""
    return await ACTIVITIES.find(
        "t.id = ? AND NOT EXISTS (SELECT 1 FROM actors a WHERE a.id = t.actor_id "
        "AND a.suspended_at IS NOT NULL AND a.deleted_at IS NULL)",
        activity_id,
    )


async def outbox(actor_id: int, page: Page) -> list[OutgoingActivity]:
    """Return a page of the public activities of an actor."""
    return await ACTIVITIES.page(page, "t.actor_id = ? AND t.is_public = TRUE", actor_id)


async def done_since(actor_id: int, after: int) -> list[OutgoingActivity]:
    """Return the newest activities of an actor with ids above `after`, newest first."""
    condition = "WHERE t.actor_id = ? AND t.id > ? ORDER BY t.id DESC LIMIT 20"
    return await ACTIVITIES.select(condition, actor_id, after)


async def count_outbox(actor_id: int) -> int:
    """Count the public activities of an actor."""
    sql = "SELECT COUNT(*) FROM outgoing_activities WHERE actor_id = ? AND is_public = TRUE"
    return int((await store.read(sql, actor_id))[0][0])


async def forget_activities(ids: Iterable[int]) -> None:
    """Remove these activities, because what they tell of is deleted."""
    await store.write("DELETE FROM outgoing_activities WHERE id = ANY(?)", list(ids))


async def forget_updates(actor_id: int, post_id: int) -> None:
    """Remove the Updates of a post that its author sent."""
    await store.write(
        "DELETE FROM outgoing_activities WHERE actor_id = ? AND is_public = FALSE AND id > ? "
        "AND post_id = ? AND kind = 'Update'",
        *(actor_id, post_id, post_id),
    )


async def forget_forwarded(actor_id: int, post_id: int) -> None:
    """Remove what others said of a post, and was handed on for this actor."""
    await store.write(
        "DELETE FROM outgoing_activities WHERE actor_id = ? AND is_public = FALSE AND id > ? "
        "AND post_id = ? AND kind = 'Forward'",
        *(actor_id, post_id, post_id),
    )


async def forget_activities_of(actor_id: int) -> None:
    """Remove all activities of an actor."""
    await store.write("DELETE FROM outgoing_activities WHERE actor_id = ?", actor_id)
