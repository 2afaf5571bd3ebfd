"""The custom emoji of this server."""

from collections.abc import Iterable

from storage.records import CustomEmoji
from storage.rows import Rows

EMOJIS = Rows("custom_emojis", CustomEmoji, key="shortcode")

LISTED_MAX = 2000


async def insert(emoji: CustomEmoji) -> bool:
    """Insert an emoji; False if there is one of that name."""
    return await EMOJIS.insert_if_new(emoji)


async def remove(shortcode: str) -> CustomEmoji | None:
    """Remove an emoji and return it."""
    removed = await EMOJIS.remove("shortcode = ?", shortcode)
    return removed[0] if removed else None


async def find(shortcode: str) -> CustomEmoji | None:
    """Return the emoji of this name."""
    return await EMOJIS.find("t.shortcode = ?", shortcode)


async def by_shortcodes(shortcodes: Iterable[str]) -> list[CustomEmoji]:
    """Return the emoji of these names; the unknown are missing."""
    return await EMOJIS.by_keys("shortcode", shortcodes)


async def list_all() -> list[CustomEmoji]:
    """Return all emoji by name."""
    return await EMOJIS.select("ORDER BY t.shortcode LIMIT ?", LISTED_MAX)
