"""What is remembered of sign-ups, and who it makes look like somebody who had to go (MO-7)."""

from collections.abc import Collection
from datetime import datetime

from storage import store
from storage.database import Row
from storage.records import RowId, SignUpTrace, UserState
from storage.rows import Rows

TRACES = Rows("sign_up_traces", SignUpTrace)

FOUND_MAX = 100
KEYED = "keyed:"
"""What the hashes of addresses begin with that a key of the server is in."""

# Who waits for approval is hidden in the same way as who is suspended.
_IS_SUSPENDED = "a.suspended_at IS NOT NULL AND (u.state IS NULL OR u.state <> ALL(?))"
_ALIKE = f"""
SELECT mine.actor_id, a.username, a.suspended_at IS NOT NULL, a.deleted_at IS NOT NULL,
  mine.email_hash IS NOT NULL AND mine.email_hash = theirs.email_hash
FROM sign_up_traces mine
JOIN sign_up_traces theirs ON theirs.actor_id <> mine.actor_id
  AND (theirs.email_hash = mine.email_hash OR theirs.source = mine.source)
JOIN actors a ON a.id = theirs.actor_id
LEFT JOIN users u ON u.actor_id = a.id
WHERE mine.actor_id = ANY(?) AND (
  theirs.email_hash = mine.email_hash
    AND (a.deleted_at IS NOT NULL OR u.state = ? OR {_IS_SUSPENDED})
  OR theirs.source = mine.source AND a.suspended_at >= ? AND {_IS_SUSPENDED})
ORDER BY mine.actor_id, theirs.id LIMIT ?
"""  # noqa: S608 - a condition of our own


async def insert(trace: SignUpTrace) -> None:
    """Insert what is remembered of a sign-up."""
    await TRACES.insert(trace)


async def alike(actor_ids: Collection[RowId], suspended_since: datetime) -> list[Row]:
    """Return who of these looks like whom: id, the other's name, suspended, gone, by e-mail.

    By the e-mail address everybody who is suspended, disabled or was removed; by the network those
    who were suspended since then.
    """
    waiting = [UserState.UNCONFIRMED, UserState.PENDING]
    values = (list(actor_ids), UserState.DISABLED, waiting, suspended_since, waiting, FOUND_MAX)
    return list(await store.read(_ALIKE, *values))


async def without_key(limit: int) -> list[tuple[RowId, str]]:
    """Return ids and hashes of traces whose hash has no key in it."""
    sql = "SELECT id, email_hash FROM sign_up_traces WHERE email_hash NOT LIKE ? LIMIT ?"
    return [(RowId(row[0]), row[1]) for row in await store.read(sql, f"{KEYED}%", limit)]


async def rehash(trace_id: RowId, email_hash: str) -> None:
    """Write another hash of the same address."""
    await store.write("UPDATE sign_up_traces SET email_hash = ? WHERE id = ?", email_hash, trace_id)


async def forget_of(actor_id: int) -> None:
    """Forget the sign-up of somebody who leaves; but of nobody who is suspended."""
    await TRACES.remove(
        "actor_id = ? AND NOT EXISTS "
        "(SELECT 1 FROM actors a WHERE a.id = sign_up_traces.actor_id"
        " AND a.suspended_at IS NOT NULL)",
        actor_id,
    )


async def forget(before: datetime) -> int:
    """Forget sign-ups before then; return how many."""
    return await store.in_slices(
        "DELETE FROM sign_up_traces WHERE id IN "
        "(SELECT id FROM sign_up_traces WHERE created_at < ? LIMIT ?) RETURNING id",
        before,
    )
