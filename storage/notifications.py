"""Notifications, and how far each owner has read."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from datetime import datetime

from storage import store
from storage.conversations import IS_MUTED
from storage.ids import first_at
from storage.records import Notification, NotificationKind, Page, RowId
from storage.rows import Rows

NOTIFICATIONS = Rows("notifications", Notification)

# A badge does not tell more apart.
UNREAD_MAX = 1000


async def insert(notification: Notification) -> bool:
    """Insert a notification; False if it was told before, or its conversation is muted."""
    sql = (
        f"INSERT INTO notifications ({NOTIFICATIONS.columns()}) SELECT {NOTIFICATIONS.marks} "
        f"WHERE NOT EXISTS (SELECT 1 FROM posts t WHERE t.id = ? AND {IS_MUTED}) "
        "ON CONFLICT DO NOTHING RETURNING id"
    )
    values = NOTIFICATIONS.values(notification)
    return bool(await store.write(sql, *values, notification.post_id, notification.owner_id))


async def page(owner_id: int, page: Page) -> list[Notification]:
    """Return a page of somebody's notifications."""
    return await NOTIFICATIONS.page(page, "t.owner_id = ?", owner_id)


async def unread_count(owner_id: int) -> int:
    """Count the notifications above the read marker, up to a thousand."""
    rows = await store.glance(
        "SELECT COUNT(*) FROM (SELECT 1 FROM notifications WHERE owner_id = ? AND id > "
        "COALESCE((SELECT up_to FROM read_markers WHERE owner_id = ?), 0) LIMIT ?) AS unread",
        *(owner_id, owner_id, UNREAD_MAX),
    )
    return int(rows[0][0])


async def mark_read(owner_id: int, up_to: RowId) -> None:
    """Move the read marker forward; never back."""
    await store.write(
        "INSERT INTO read_markers (owner_id, up_to) VALUES (?, ?) ON CONFLICT (owner_id) "
        "DO UPDATE SET up_to = GREATEST(read_markers.up_to, excluded.up_to)",
        *(owner_id, up_to),
    )


async def read_marker(owner_id: int) -> int:
    """Return the id of the last notification that was read; 0 if none was."""
    rows = await store.read("SELECT up_to FROM read_markers WHERE owner_id = ?", owner_id)
    return rows[0][0] if rows else 0


async def remove_from(owner_id: int, actor_id: int) -> None:
    """Remove what one actor caused for one owner."""
    sql = "DELETE FROM notifications WHERE owner_id = ? AND actor_id = ?"
    await store.write(sql, owner_id, actor_id)


async def remove_one(
    owner_id: int, kind: NotificationKind, actor_id: int, post_id: int | None
) -> None:
    """Remove one notification, because what caused it was undone."""
    await store.write(
        "DELETE FROM notifications WHERE owner_id = ? AND kind = ? AND actor_id = ? "
        "AND coalesce(post_id, 0) = ?",
        *(owner_id, kind, actor_id, post_id or 0),
    )


# ---------------------------------------------------------------- trimming


async def forget_read(before: datetime) -> int:
    """Remove what was told before then and has been read; return how much."""
    return await store.in_slices(
        "DELETE FROM notifications WHERE id IN (SELECT n.id FROM notifications n WHERE n.id < ? "
        "AND n.id <= (SELECT r.up_to FROM read_markers r WHERE r.owner_id = n.owner_id) LIMIT ?) "
        "RETURNING id",
        first_at(before),
    )


async def next_owners(after: int, limit: int) -> list[RowId]:
    """Return who was told something, in the order of their ids; one look each."""
    rows = await store.read(
        "WITH RECURSIVE owners (id) AS ("
        "SELECT MIN(owner_id) FROM notifications WHERE owner_id > ? UNION ALL "
        "SELECT (SELECT MIN(n.owner_id) FROM notifications n WHERE n.owner_id > owners.id) "
        "FROM owners WHERE owners.id IS NOT NULL) "
        "SELECT id FROM owners WHERE id IS NOT NULL LIMIT ?",
        *(after, limit),
    )
    return [RowId(owner_id) for (owner_id,) in rows]


async def trim(owner_id: int, keep: int) -> None:
    """Keep the newest notifications of somebody."""
    await store.write(
        "DELETE FROM notifications WHERE owner_id = ? AND id <= (SELECT n.id FROM notifications n "
        "WHERE n.owner_id = ? ORDER BY n.id DESC LIMIT 1 OFFSET ?)",
        *(owner_id, owner_id, keep),
    )
