"""What other servers sent us and we sent them: receipts, outgoing activities, health of hosts."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections.abc import Iterable
from datetime import datetime, timedelta

from storage import store
from storage.records import Host, OutgoingActivity, Page, Receipt, ReceiptOutcome
from storage.rows import Rows

RECEIPTS = Rows("receipts", Receipt)
ACTIVITIES = Rows("outgoing_activities", OutgoingActivity)
HOSTS = Rows("hosts", Host, key="name")

ERROR_LETTERS_MAX = 500
# A host that works is noted so often; a write for each delivery would cost more than it tells.
SUCCESS_NOTED_EVERY = timedelta(minutes=5)


# ---------------------------------------------------------------- receipts


async def record_if_new(receipt: Receipt) -> bool:
    """Insert a receipt; False if its key exists: we have seen this activity."""
    return await RECEIPTS.insert_if_new(receipt)


async def find(receipt_id: int) -> Receipt | None:
    """Return a receipt."""
    return await RECEIPTS.find("t.id = ?", receipt_id)


async def find_by_key(key: str) -> Receipt | None:
    """Return the receipt with this key."""
    return await RECEIPTS.find("t.key = ?", key)


async def finish(receipt_id: int, outcome: ReceiptOutcome, reason: str, at: datetime) -> None:
    """Note what became of an activity.

    What was done needs no second copy of its words: those of a post would outlive its deletion.
    """
    forgotten = ", document = ''" if outcome is ReceiptOutcome.DONE else ""
    await store.write(
        f"UPDATE receipts SET outcome = ?, reason = ?, processed_at = ?{forgotten} WHERE id = ?",
        *(outcome, reason[:ERROR_LETTERS_MAX], at, receipt_id),
    )


async def list_recorded(kind: str, page: Page = Page(limit=100)) -> list[Receipt]:  # noqa: B008  # frozen
    """Return a page of the activities of a kind that wait for a later version, newest first."""
    condition = "t.outcome = 'recorded' AND t.kind = ?"
    return await RECEIPTS.page(page, condition, kind)


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


async def outbox(actor_id: int, page: Page) -> list[OutgoingActivity]:
    """Return a page of the public activities of an actor."""
    return await ACTIVITIES.page(page, "t.actor_id = ? AND t.is_public = TRUE", actor_id)


async def count_outbox(actor_id: int) -> int:
    """Count the public activities of an actor."""
    sql = "SELECT COUNT(*) FROM outgoing_activities WHERE actor_id = ? AND is_public = TRUE"
    return int((await store.read(sql, actor_id))[0][0])


async def forget_activities(ids: Iterable[int]) -> None:
    """Remove these activities, because what they tell of is deleted."""
    await store.write("DELETE FROM outgoing_activities WHERE id = ANY(?)", list(ids))


async def forget_activities_of(actor_id: int) -> None:
    """Remove all activities of an actor."""
    await store.write("DELETE FROM outgoing_activities WHERE actor_id = ?", actor_id)


# ---------------------------------------------------------------- hosts


async def find_host(name: str) -> Host | None:
    """Return what we know of another server."""
    return await HOSTS.find("t.name = ?", name)


async def note_success(
    host: str,
    at: datetime,
    *,
    signature_scheme: str | None = None,
    content_type: str | None = None,
) -> None:
    """Note that a host answered well, and with which signature scheme and content type."""
    known = await find_host(host)
    if known is not None and _says_nothing_new(known, at, signature_scheme, content_type):
        return
    await store.write(
        "INSERT INTO hosts (name, first_seen_at, signature_scheme, content_type, last_success_at, "
        "last_error, failures) VALUES (?, ?, ?, ?, ?, '', 0) ON CONFLICT (name) DO UPDATE SET "
        "signature_scheme = coalesce(excluded.signature_scheme, hosts.signature_scheme), "
        "content_type = coalesce(excluded.content_type, hosts.content_type), "
        "last_success_at = excluded.last_success_at, failures = 0",
        *(host, at, signature_scheme, content_type, at),
    )


def _says_nothing_new(
    known: Host, at: datetime, signature_scheme: str | None, content_type: str | None
) -> bool:
    return (
        known.failures == 0
        and known.last_success_at is not None
        and at - known.last_success_at < SUCCESS_NOTED_EVERY
        and signature_scheme in {None, known.signature_scheme}
        and content_type in {None, known.content_type}
    )


async def note_failure(host: str, at: datetime, error: str) -> None:
    """Note that a host did not answer, or not well."""
    await store.write(
        "INSERT INTO hosts (name, first_seen_at, last_failure_at, last_error, failures) "
        "VALUES (?, ?, ?, ?, 1) ON CONFLICT (name) DO UPDATE SET "
        "last_failure_at = excluded.last_failure_at, last_error = excluded.last_error, "
        "failures = hosts.failures + 1",
        *(host, at, at, error[:ERROR_LETTERS_MAX]),
    )


async def list_hosts(limit: int, *, after: str = "") -> list[Host]:
    """Return hosts by name, those after `after`."""
    return await HOSTS.select("WHERE t.name > ? ORDER BY t.name LIMIT ?", after, limit)
