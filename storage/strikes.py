"""Strikes: what moderators did to somebody who lives here, and why; and the appeals against it."""

from collections.abc import Iterable
from datetime import datetime

from instance.errors import NotFound
from storage import store
from storage.records import AppealState, Page, Strike, StrikeAction
from storage.rows import Rows

STRIKES = Rows("strikes", Strike)

COUNTED_MAX = 100


async def insert(strike: Strike) -> None:
    """Insert a strike."""
    await STRIKES.insert(strike)


async def save(strike: Strike) -> None:
    """Write the whole row."""
    await STRIKES.save(strike)


async def get_locked(strike_id: int) -> Strike:
    """Return a strike for who changes it in this transaction, or NotFound."""
    found = await STRIKES.find_locked("t.id = ?", strike_id)
    if found is None:
        raise NotFound("There is no such act of a moderator.")
    return found


async def by_ids(ids: Iterable[int]) -> list[Strike]:
    """Return these strikes."""
    return await STRIKES.by_keys("id", ids)


async def against(actor_id: int, page: Page) -> list[Strike]:
    """Return a page of the strikes against somebody, newest first."""
    return await STRIKES.page(page, "t.target_id = ?", actor_id)


async def lift(actor_id: int, action: StrikeAction, at: datetime) -> None:
    """Say that what moderators did so to somebody holds no more; what was asked of it is granted.

    An appeal that waits would ask for what is done already.
    """
    await store.write(
        "UPDATE strikes SET lifted_at = ?, "
        "answered_at = CASE WHEN appeal_state = ? THEN ? ELSE answered_at END, "
        "appeal_state = CASE WHEN appeal_state = ? THEN ? ELSE appeal_state END "
        "WHERE target_id = ? AND action = ? AND lifted_at IS NULL",
        *(at, AppealState.PENDING, at, AppealState.PENDING, AppealState.APPROVED),
        *(actor_id, action),
    )


async def list_appealed(page: Page) -> list[Strike]:
    """Return a page of the strikes whose appeal nobody has answered, newest first."""
    return await STRIKES.page(page, "t.appeal_state = ?", AppealState.PENDING)


async def count_appealed() -> int:
    """Count the appeals that nobody has answered, up to `COUNTED_MAX`."""
    rows = await store.glance(
        "SELECT COUNT(*) FROM (SELECT 1 FROM strikes WHERE appeal_state = ? LIMIT ?) AS waiting",
        *(AppealState.PENDING, COUNTED_MAX),
    )
    return int(rows[0][0])


async def forget_of(actor_id: int) -> None:
    """Forget all strikes against somebody who leaves."""
    await STRIKES.remove("target_id = ?", actor_id)
