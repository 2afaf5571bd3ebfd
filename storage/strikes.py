"""Strikes: what moderators did to somebody who lives here, and why."""

from storage.records import Page, Strike
from storage.rows import Rows

STRIKES = Rows("strikes", Strike)


async def insert(strike: Strike) -> None:
    """Insert a strike."""
    await STRIKES.insert(strike)


async def against(actor_id: int, page: Page) -> list[Strike]:
    """Return a page of the strikes against somebody, newest first."""
    return await STRIKES.page(page, "t.target_id = ?", actor_id)


async def forget_of(actor_id: int) -> None:
    """Forget all strikes against somebody who leaves."""
    await STRIKES.remove("target_id = ?", actor_id)
