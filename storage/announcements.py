"""Announcements of the server, who has read them, and the emoji under them."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from storage import store
from storage.records import Announcement, AnnouncementReaction, AnnouncementRead, RowId
from storage.rows import Rows

ANNOUNCEMENTS = Rows("announcements", Announcement)
READS = Rows("announcement_reads", AnnouncementRead)
REACTIONS = Rows("announcement_reactions", AnnouncementReaction)

IS_CURRENT: Final = "t.created_at <= ? AND (t.ends_at IS NULL OR t.ends_at > ?)"
"""Of `announcements t`; takes the moment twice."""

IS_UNREAD: Final = (
    "NOT EXISTS (SELECT 1 FROM announcement_reads r "
    "WHERE r.announcement_id = t.id AND r.actor_id = ?)"
)


async def insert(made: Announcement) -> None:
    """Insert an announcement."""
    await ANNOUNCEMENTS.insert(made)


async def find(announcement_id: int) -> Announcement | None:
    """Return one announcement."""
    return await ANNOUNCEMENTS.find("t.id = ?", announcement_id)


async def list_newest(limit: int) -> list[Announcement]:
    """Return the newest announcements, also those that are over."""
    return await ANNOUNCEMENTS.select("ORDER BY t.id DESC LIMIT ?", limit)


async def list_current(now: datetime, limit: int) -> list[Announcement]:
    """Return the announcements that are told now, the one that begins first first."""
    return await ANNOUNCEMENTS.select(
        f"WHERE {IS_CURRENT} ORDER BY COALESCE(t.starts_at, t.created_at), t.id LIMIT ?",
        *(now, now, limit),
    )


async def list_unread(actor_id: int, now: datetime, limit: int) -> list[Announcement]:
    """Return the oldest of those that are told now and somebody has not read."""
    return await ANNOUNCEMENTS.select(
        f"WHERE {IS_CURRENT} AND {IS_UNREAD} ORDER BY t.id LIMIT ?", *(now, now, actor_id, limit)
    )


async def save(changed: Announcement) -> None:
    """Write the whole row."""
    await ANNOUNCEMENTS.save(changed)


async def remove(announcement_id: int) -> bool:
    """Remove an announcement with what people did to it; False if there is none."""
    return bool(await ANNOUNCEMENTS.remove("id = ?", announcement_id))


async def mark_read(read: AnnouncementRead) -> None:
    """Note that somebody has read one; again changes nothing."""
    await READS.insert_if_new(read)


async def read_by(actor_id: int, ids: Collection[int]) -> set[RowId]:
    """Return those of `ids` that somebody has read."""
    rows = await store.read(
        "SELECT announcement_id FROM announcement_reads "
        "WHERE actor_id = ? AND announcement_id = ANY(?)",
        *(actor_id, list(ids)),
    )
    return {RowId(found) for (found,) in rows}


async def react(reaction: AnnouncementReaction) -> None:
    """Put an emoji under one; again changes nothing."""
    await REACTIONS.insert_if_new(reaction)


async def unreact(announcement_id: int, actor_id: int, name: str) -> None:
    """Take an emoji back."""
    await store.write(
        "DELETE FROM announcement_reactions "
        "WHERE announcement_id = ? AND actor_id = ? AND name = ?",
        *(announcement_id, actor_id, name),
    )


async def reactions(
    ids: Collection[int], viewer_id: int
) -> dict[RowId, list[tuple[str, int, bool]]]:
    """Return the emoji under each, oldest first: name, how many, and whether the viewer's."""
    rows = await store.read(
        "SELECT announcement_id, name, COUNT(*), MAX(CASE WHEN actor_id = ? THEN 1 ELSE 0 END) "
        "FROM announcement_reactions WHERE announcement_id = ANY(?) "
        "GROUP BY announcement_id, name ORDER BY MIN(id)",
        *(viewer_id, list(ids)),
    )
    found: dict[RowId, list[tuple[str, int, bool]]] = {}
    for announcement_id, name, count, mine in rows:
        found.setdefault(RowId(announcement_id), []).append((name, int(count), bool(mine)))
    return found
