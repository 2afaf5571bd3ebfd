"""Who wants old posts of theirs deleted, and which posts of theirs are to go (B55)."""

from datetime import datetime

from storage import store
from storage.records import Cleanup, InteractionKind, RowId, Visibility
from storage.rows import Rows

CLEANUPS = Rows("cleanups", Cleanup)

_OWN = "SELECT 1 FROM interactions i WHERE i.post_id = p.id AND i.actor_id = p.actor_id AND i.kind"
_COUNT = "(SELECT COUNT(*) FROM interactions i WHERE i.post_id = p.id AND i.kind"


async def find(actor_id: int) -> Cleanup | None:
    """Return what somebody chose."""
    return await CLEANUPS.find("t.actor_id = ?", actor_id)


async def find_locked(cleanup_id: int) -> Cleanup | None:
    """Return what somebody chose, for who changes it in this transaction."""
    return await CLEANUPS.find_locked("t.id = ?", cleanup_id)


async def insert(made: Cleanup) -> None:
    """Insert what somebody chose for the first time; Conflict: there is a row already."""
    await CLEANUPS.insert(made)


async def save(changed: Cleanup) -> None:
    """Write the whole row."""
    await CLEANUPS.save(changed)


async def due(now: datetime, limit: int) -> list[Cleanup]:
    """Return whose posts are to be looked at now, those who wait longest first."""
    condition = "WHERE t.due_at <= ? AND t.is_on ORDER BY t.due_at LIMIT ?"
    return await CLEANUPS.select(condition, now, limit)


async def old_posts(chosen: Cleanup, before: datetime, limit: int) -> list[RowId]:
    """Return the oldest posts of somebody that are to go: older than `before`, and not kept."""
    wanted = ["p.actor_id = ?", "p.is_local", "p.deleted_at IS NULL", "p.created_at < ?"]
    values: list[object] = [chosen.actor_id, before]

    def unless(condition: str, *more: object) -> None:
        wanted.append(condition)
        values.extend(more)

    for is_kept, kind in (
        (chosen.keeps_pinned, InteractionKind.PIN),
        (chosen.keeps_liked, InteractionKind.LIKE),
        (chosen.keeps_saved, InteractionKind.BOOKMARK),
    ):
        if is_kept:
            unless(f"NOT EXISTS ({_OWN} = ?)", kind.value)
    if chosen.keeps_files:
        unless("p.attachments = '[]'")
    if chosen.keeps_polls:
        unless("p.poll IS NULL")
    if chosen.keeps_direct:
        unless("p.visibility <> ?", Visibility.DIRECT.value)
    if chosen.likes_min is not None:
        unless(f"{_COUNT} = ?) < ?", InteractionKind.LIKE.value, chosen.likes_min)
    if chosen.boosts_min is not None:
        unless(f"{_COUNT} = ?) < ?", InteractionKind.BOOST.value, chosen.boosts_min)
    rows = await store.read(
        f"SELECT p.id FROM posts p WHERE {' AND '.join(wanted)} ORDER BY p.id LIMIT ?",  # noqa: S608 - of the words above
        *(*values, limit),
    )
    return [RowId(row[0]) for row in rows]


async def forget_of(actor_id: int) -> None:
    """Forget what somebody chose who leaves."""
    await CLEANUPS.remove("actor_id = ?", actor_id)
