"""The newest id in the database: who starts goes on after it, whatever the clock says."""

from storage import store
from storage.records import RowId

# Where ids decide about an order that people see, or in which something is sent.
_TABLES = ("posts", "feed_entries", "notifications", "outgoing_activities", "jobs")


async def newest_id() -> RowId:
    """Return the largest id of the tables in which order matters; 0 if they are empty."""
    newest = (f"(SELECT MAX(id) FROM {table})" for table in _TABLES)  # noqa: S608 - our own names
    found = await store.read(f"SELECT {', '.join(newest)}")
    return RowId(max(int(each or 0) for each in found[0]))
