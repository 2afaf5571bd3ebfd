"""The custom emoji of this server: added and removed by who runs it, used by its people."""

import re

from instance.errors import Conflict, Invalid, NotFound
from instance.resources import Instance
from media.uploads import remove_picture, store_picture
from moderation import audit
from storage import emojis
from storage.records import AuditKind, CustomEmoji, Emoji, RowId

USED_MAX = 64
MEDIA_TYPE = "image/webp"

_NAME = re.compile(r"[a-z0-9_]{2,50}")
_USED = re.compile(r":([a-z0-9_]{2,50}):")


async def add(
    instance: Instance, name: str, picture: bytes, *, by: RowId | None = None
) -> CustomEmoji:
    """Add an emoji that people here write as `:name:`. Raises `Invalid`, `Conflict`.

    Decodes the picture in a thread and writes a file: not for use inside a transaction.
    """
    shortcode = name.strip().strip(":").lower()
    if not _NAME.fullmatch(shortcode):
        raise Invalid(
            "A name has 2 to 50 small letters, digits or underscores.", fields={"name": "wrong"}
        )
    url = await store_picture(instance, picture, purpose="emoji")
    made = CustomEmoji(shortcode, url, MEDIA_TYPE, instance.now())
    async with instance.store.transaction():
        is_new = await emojis.insert(made)
        if is_new:
            await _note(instance, by, "added", shortcode)
    if not is_new:
        await remove_picture(instance, url)
        raise Conflict(f"There is an emoji :{shortcode}: already. Remove it first.")
    return made


async def remove(instance: Instance, name: str, *, by: RowId | None = None) -> None:
    """Remove an emoji; posts that use it show its name from now on. Raises `NotFound`."""
    async with instance.store.transaction():
        removed = await emojis.remove(name.strip().strip(":").lower())
        if removed is None:
            raise NotFound("There is no emoji of this name.")
        await _note(instance, by, "removed", removed.shortcode)
    await remove_picture(instance, removed.url)


async def _note(instance: Instance, by: RowId | None, did: str, shortcode: str) -> None:
    await audit.note(instance, by, AuditKind.EMOJI, shortcode, f"{did} the emoji :{shortcode}:")


async def used_in(*texts: str) -> tuple[Emoji, ...]:
    """The emoji of this server that texts use; asks only where there is a `:name:`."""
    names = {name: None for text in texts for name in _USED.findall(text)}
    if not names:
        return ()
    known = await emojis.by_shortcodes(list(names)[:USED_MAX])
    found = {each.shortcode: each for each in known}
    return tuple(Emoji(name, found[name].url) for name in names if name in found)
