"""What those who run the server did: rows are added and read, and never changed or removed."""

from storage.records import AuditEntry, Page
from storage.rows import Rows

ENTRIES = Rows("audit_entries", AuditEntry)


async def insert(entry: AuditEntry) -> None:
    """Insert an entry."""
    await ENTRIES.insert(entry)


async def list_page(page: Page) -> list[AuditEntry]:
    """Return a page of the entries, newest first."""
    return await ENTRIES.page(page, "TRUE")
