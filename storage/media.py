"""Files that people uploaded for their posts, and pictures that nobody may upload."""

from collections.abc import Collection
from datetime import datetime

from storage import store
from storage.records import BlockedPicture, Media, RowId, Visibility
from storage.rows import Rows

MEDIA = Rows("media", Media)
BLOCKED = Rows("blocked_pictures", BlockedPicture)

BLOCKED_MAX = 10_000


async def insert(media: Media) -> None:
    """Insert a file."""
    await MEDIA.insert(media)


async def save(media: Media) -> None:
    """Write the whole row."""
    await MEDIA.save(media)


async def find(media_id: int) -> Media | None:
    """Return a file."""
    return await MEDIA.find("t.id = ?", media_id)


async def find_locked(media_id: int) -> Media | None:
    """Return a file for who changes it in this transaction."""
    return await MEDIA.find_locked("t.id = ?", media_id)


async def of_actor(actor_id: int, media_ids: Collection[int]) -> dict[RowId, Media]:
    """Return those of these files that an actor uploaded; MD-8: those of others are missing."""
    if not media_ids:  # most posts have no files
        return {}
    found = await MEDIA.select("WHERE t.id = ANY(?) AND t.actor_id = ?", list(media_ids), actor_id)
    return {each.id: each for each in found}


async def let_go(post_id: int) -> list[Media]:
    """Make the files of a post nobody's, and return them."""
    found = await MEDIA.select("WHERE t.post_id = ? ORDER BY t.id", post_id)
    await store.write("UPDATE media SET post_id = NULL WHERE post_id = ?", post_id)
    return found


async def list_of_actor(actor_id: int, limit: int) -> list[Media]:
    """Return some of the files of an actor."""
    return await MEDIA.select("WHERE t.actor_id = ? ORDER BY t.id LIMIT ?", actor_id, limit)


async def give_to(post_id: int, media_ids: Collection[int]) -> int:
    """Make these files those of a post; return how many were free to be given."""
    rows = await store.write(
        "UPDATE media SET post_id = ? WHERE id = ANY(?) AND (post_id IS NULL OR post_id = ?)"
        " RETURNING id",
        *(post_id, list(media_ids), post_id),
    )
    return len(rows)


async def remove(media_ids: Collection[int]) -> None:
    """Forget these files."""
    await MEDIA.remove("id = ANY(?)", list(media_ids))


async def list_left(before: datetime, limit: int) -> list[Media]:
    """Return files that are older and belong to no post."""
    condition = "WHERE t.post_id IS NULL AND t.created_at < ? ORDER BY t.id LIMIT ?"
    return await MEDIA.select(condition, before, limit)


async def is_kept_from_some(url: str, wide: Collection[Visibility]) -> bool:
    """Whether this is the address of a file of a post that is not this wide, or of no post yet."""
    rows = await store.read(
        "SELECT 1 FROM media m LEFT JOIN posts p ON p.id = m.post_id "
        "WHERE m.id IN (SELECT id FROM media WHERE url = ? UNION ALL "
        "SELECT id FROM media WHERE preview_url = ?) "
        "AND (p.id IS NULL OR p.visibility <> ALL(?)) LIMIT 1",
        *(url, url, sorted(wide)),
    )
    return bool(rows)


async def total_bytes() -> int:
    """Return how many bytes all files of people here take."""
    rows = await store.read("SELECT COALESCE(SUM(size_bytes), 0) FROM media")
    return int(rows[0][0])


async def block(picture: BlockedPicture) -> None:
    """Block a picture; Conflict if one with this fingerprint is blocked already."""
    await BLOCKED.insert(picture)


async def unblock(blocked_id: int) -> bool:
    """Let a picture be uploaded again; False if there is no such one."""
    return bool(await BLOCKED.remove("id = ?", blocked_id))


async def list_blocked() -> list[BlockedPicture]:
    """Return what is blocked, oldest first."""
    return await BLOCKED.select("ORDER BY t.id LIMIT ?", BLOCKED_MAX)
