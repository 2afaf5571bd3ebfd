"""Posts that somebody has not finished: kept until they are posted or thrown away."""

from storage import store
from storage.records import KeptDraft, Page
from storage.rows import Rows

DRAFTS = Rows("kept_drafts", KeptDraft)


async def insert(made: KeptDraft) -> None:
    """Insert a draft."""
    await DRAFTS.insert(made)


async def find(actor_id: int, draft_id: int) -> KeptDraft | None:
    """Return one of somebody's drafts."""
    return await DRAFTS.find("t.id = ? AND t.actor_id = ?", draft_id, actor_id)


async def of_actor(actor_id: int, page: Page) -> list[KeptDraft]:
    """Return a page of somebody's drafts, newest first."""
    return await DRAFTS.page(page, "t.actor_id = ?", actor_id)


async def count(actor_id: int) -> int:
    """Count somebody's drafts."""
    rows = await store.read("SELECT COUNT(*) FROM kept_drafts WHERE actor_id = ?", actor_id)
    return int(rows[0][0])


async def remove(actor_id: int, draft_id: int) -> KeptDraft | None:
    """Remove a draft and return it; None: it is not there."""
    removed = await DRAFTS.remove("id = ? AND actor_id = ?", draft_id, actor_id)
    return removed[0] if removed else None


async def forget_of(actor_id: int) -> None:
    """Forget all drafts of somebody who leaves."""
    await DRAFTS.remove("actor_id = ?", actor_id)
