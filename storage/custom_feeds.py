"""Custom feeds: the searches that somebody keeps to read what they find (B83)."""

from storage import store
from storage.records import CustomFeed
from storage.rows import Rows

FEEDS = Rows("custom_feeds", CustomFeed)


async def insert(made: CustomFeed) -> None:
    """Insert a feed."""
    await FEEDS.insert(made)


async def save(changed: CustomFeed) -> None:
    """Write title and searches of a feed."""
    await FEEDS.save(changed)


async def find(actor_id: int, feed_id: int) -> CustomFeed | None:
    """Return one of somebody's feeds."""
    return await FEEDS.find("t.id = ? AND t.actor_id = ?", feed_id, actor_id)


async def find_locked(actor_id: int, feed_id: int) -> CustomFeed | None:
    """Return one of somebody's feeds for who changes it in this transaction."""
    return await FEEDS.find_locked("t.id = ? AND t.actor_id = ?", feed_id, actor_id)


async def of_actor(actor_id: int, limit: int) -> list[CustomFeed]:
    """Return somebody's feeds, oldest first."""
    return await FEEDS.select("WHERE t.actor_id = ? ORDER BY t.id LIMIT ?", actor_id, limit)


async def count(actor_id: int) -> int:
    """Count somebody's feeds."""
    rows = await store.read("SELECT COUNT(*) FROM custom_feeds WHERE actor_id = ?", actor_id)
    return int(rows[0][0])


async def remove(actor_id: int, feed_id: int) -> bool:
    """Remove one of somebody's feeds; False if there is none."""
    return bool(await FEEDS.remove("id = ? AND actor_id = ?", feed_id, actor_id))


async def forget_of(actor_id: int) -> None:
    """Forget all feeds of somebody who leaves."""
    await FEEDS.remove("actor_id = ?", actor_id)
