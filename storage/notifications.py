"""Notifications, and how far each owner has read."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from storage import store
from storage.announcements import IS_CURRENT, IS_UNREAD
from storage.conversations import IS_MUTED
from storage.ids import DAY_IDS, first_at
from storage.records import (
    MailKind,
    Notification,
    NotificationKind,
    Page,
    Preferences,
    RowId,
    UserState,
    Wanted,
)
from storage.rows import Rows

NOTIFICATIONS = Rows("notifications", Notification)

# A badge does not tell more apart.
UNREAD_MAX = 1000

ALL: Final = Wanted()


class Inserted(NamedTuple):
    """Whether a notification is new, and by which other ways its owner wants to hear of some."""

    is_new: bool
    has_pushes: bool
    mails: tuple[MailKind, ...]


async def insert(notification: Notification) -> Inserted:
    """Insert a notification; not new if it was told before, or its conversation is muted."""
    sql = (
        f"INSERT INTO notifications ({NOTIFICATIONS.columns()}) SELECT {NOTIFICATIONS.marks} "
        f"WHERE NOT EXISTS (SELECT 1 FROM posts t WHERE t.id = ? AND {IS_MUTED}) "
        "ON CONFLICT DO NOTHING RETURNING CASE WHEN EXISTS (SELECT 1 FROM push_subscriptions p "
        "WHERE p.actor_id = owner_id) THEN 1 ELSE 0 END, (SELECT u.preferences FROM users u "
        "WHERE u.actor_id = owner_id AND u.email IS NOT NULL AND u.state = ?)"
    )
    values = NOTIFICATIONS.values(notification)
    about = (notification.post_id, notification.owner_id, UserState.ACTIVE)
    rows = await store.write(sql, *values, *about)
    has_pushes, preferences = rows[0] if rows else (0, None)
    chosen = msgspec.json.decode(preferences, type=Preferences) if preferences else None
    return Inserted(bool(rows), bool(has_pushes), chosen.mails if chosen else ())


async def find(notification_id: RowId) -> Notification | None:
    """Return a notification by its id, whoever's it is."""
    return await NOTIFICATIONS.find("t.id = ?", notification_id)


async def page(owner_id: int, page: Page, wanted: Wanted = ALL) -> list[Notification]:
    """Return a page of somebody's notifications."""
    condition, values = _condition(owner_id, wanted)
    return await NOTIFICATIONS.page(page, condition, *values)


_UNREAD: Final = (
    "SELECT COUNT(*) FROM (SELECT 1 FROM notifications WHERE owner_id = ? AND id > "
    "COALESCE((SELECT up_to FROM read_markers WHERE owner_id = ?), 0) "
    "AND is_filtered = FALSE LIMIT ?) AS unread"
)


class Unread(NamedTuple):
    """What somebody has not looked at: notifications, up to a thousand, and announcements."""

    notifications: int = 0
    announcements: int = 0


async def unread_count(owner_id: int) -> int:
    """Count the notifications above the read marker, up to a thousand."""
    rows = await store.glance(_UNREAD, *(owner_id, owner_id, UNREAD_MAX))
    return int(rows[0][0])


async def unread(owner_id: int, now: datetime) -> Unread:
    """Count what pages say is new to somebody, in one query: each of them asks it."""
    rows = await store.glance(
        f"SELECT ({_UNREAD}), (SELECT COUNT(*) FROM announcements t "
        f"WHERE {IS_CURRENT} AND {IS_UNREAD})",
        *(owner_id, owner_id, UNREAD_MAX, now, now, owner_id),
    )
    return Unread(*map(int, rows[0]))


async def sizes(owner_id: int, wanted: Wanted) -> dict[tuple[str, int, int], int]:
    """Count notifications by kind, post (0 for none) and day, as `DAY_IDS` has it."""
    condition, values = _condition(owner_id, wanted)
    rows = await store.read(
        f"SELECT t.kind, COALESCE(t.post_id, 0), t.id / {DAY_IDS}, COUNT(*) FROM notifications t "
        f"WHERE {condition} GROUP BY 1, 2, 3",
        *values,
    )
    return {(kind, int(post_id), int(day)): int(count) for kind, post_id, day, count in rows}


async def remove(owner_id: int, wanted: Wanted) -> None:
    """Remove what is meant of somebody's notifications."""
    condition, values = _condition(owner_id, wanted)
    await store.write(
        f"DELETE FROM notifications WHERE id IN (SELECT t.id FROM notifications t "
        f"WHERE {condition})",
        *values,
    )


async def mark_read(owner_id: int, up_to: RowId) -> None:
    """Move the read marker forward; never back."""
    await store.write(
        "INSERT INTO read_markers (owner_id, up_to) VALUES (?, ?) ON CONFLICT (owner_id) "
        "DO UPDATE SET up_to = GREATEST(read_markers.up_to, excluded.up_to)",
        *(owner_id, up_to),
    )


async def read_marker(owner_id: int) -> int:
    """Return the id of the last notification that was read; 0 if none was."""
    rows = await store.glance("SELECT up_to FROM read_markers WHERE owner_id = ?", owner_id)
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


def _condition(owner_id: int, wanted: Wanted) -> tuple[str, list[Any]]:
    """The condition of a query over `notifications t`, and its values."""
    given = (
        ("t.owner_id = ?", owner_id),
        ("t.kind = ANY(?)", None if wanted.kinds is None else list(wanted.kinds)),
        ("t.actor_id = ?", wanted.actor_id),
        ("t.post_id = ?", wanted.post_id),
        ("t.id >= ?", wanted.first_id),
        ("t.id <= ?", wanted.last_id),
        ("t.is_filtered = ?", None if wanted.with_filtered else False),
    )
    used = [(condition, value) for condition, value in given if value is not None]
    return " AND ".join(condition for condition, _ in used), [value for _, value in used]


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
