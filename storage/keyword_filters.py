"""Filters of words and posts, each with its keywords and posts in its row."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from instance.errors import NotFound
from storage import store
from storage.records import Filter, RowId
from storage.rows import RAISED, Rows

FILTERS = Rows("filters", Filter)


async def of_owner(owner_id: int) -> list[Filter]:
    """Return the filters of somebody, also those that are over, the oldest first.

    They are read after the version they are kept by, and where it was read: so never older.
    """
    sql = f"SELECT {FILTERS.columns()} FROM filters WHERE owner_id = ? ORDER BY id"
    return FILTERS.records(await store.glance(sql, owner_id))


async def get_locked(owner_id: int, filter_id: int) -> Filter:
    """Return one filter for who changes it in this transaction; NotFound for those of others."""
    found = await FILTERS.find_locked("t.id = ? AND t.owner_id = ?", filter_id, owner_id)
    if found is None:
        raise NotFound("Record not found")
    return found


async def insert(made: Filter) -> None:
    """Insert a filter."""
    await FILTERS.insert(made)
    await _changed(made.owner_id)


async def save(changed: Filter) -> None:
    """Write a filter that exists."""
    await FILTERS.save(changed)
    await _changed(changed.owner_id)


async def remove(found: Filter) -> None:
    """Remove a filter."""
    await FILTERS.remove("id = ?", found.id)
    await _changed(found.owner_id)


async def _changed(owner_id: RowId) -> None:
    """Raise the version of who reads by them: so it is known when filters that are kept are old."""
    await store.write(f"UPDATE actors SET {RAISED} WHERE id = ?", owner_id)
