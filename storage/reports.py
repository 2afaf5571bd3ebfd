"""Reports about people and their posts: kept until a moderator has looked at them."""

from collections.abc import Iterable
from datetime import datetime

from instance.errors import NotFound
from storage import store
from storage.records import Page, Report
from storage.rows import Rows

REPORTS = Rows("reports", Report)

COUNTED_MAX = 100


async def insert(report: Report) -> None:
    """Insert a report."""
    await REPORTS.insert(report)


async def save(report: Report) -> None:
    """Write the whole row."""
    await REPORTS.save(report)


async def by_ids(ids: Iterable[int]) -> list[Report]:
    """Return these reports."""
    return await REPORTS.by_keys("id", ids)


async def get_locked(report_id: int) -> Report:
    """Return a report for who changes it in this transaction, or NotFound."""
    found = await REPORTS.find_locked("t.id = ?", report_id)
    if found is None:
        raise NotFound("There is no such report.")
    return found


async def find_open(actor_id: int, target_id: int) -> Report | None:
    """Return what this actor reported about the other and nobody has answered yet."""
    condition = "t.target_id = ? AND t.actor_id = ? AND t.resolved_at IS NULL ORDER BY t.id DESC"
    return await REPORTS.find(condition, target_id, actor_id)


async def list_open(page: Page) -> list[Report]:
    """Return a page of the reports that wait for a moderator, newest first."""
    return await REPORTS.page(page, "t.resolved_at IS NULL")


async def list_resolved(page: Page) -> list[Report]:
    """Return a page of the reports that somebody has answered, newest first."""
    return await REPORTS.page(page, "t.resolved_at IS NOT NULL")


async def count_open() -> int:
    """Count the reports that wait, up to `COUNTED_MAX`."""
    rows = await store.glance(
        "SELECT COUNT(*) FROM (SELECT 1 FROM reports WHERE resolved_at IS NULL LIMIT ?) AS waiting",
        COUNTED_MAX,
    )
    return int(rows[0][0])


async def count_since(host: str, since: datetime) -> int:
    """Count the reports that came from a host, up to `COUNTED_MAX`."""
    rows = await store.read(
        "SELECT COUNT(*) FROM (SELECT 1 FROM reports r JOIN actors a ON a.id = r.actor_id "
        "WHERE a.host = ? AND r.created_at >= ? LIMIT ?) AS sent",
        *(host, since, COUNTED_MAX),
    )
    return int(rows[0][0])
