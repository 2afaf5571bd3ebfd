"""The custom emoji of this server: added and removed by who runs it, used by its people."""

import re

from instance.errors import Conflict, Invalid, NotFound
from instance.resources import Instance
from media.uploads import remove_picture, store_picture
from storage import emojis
from storage.records import CustomEmoji, Emoji

USED_MAX = 64
MEDIA_TYPE = "image/webp"

_NAME = re.compile(r"[a-z0-9_]{2,50}")
_USED = re.compile(r":([a-z0-9_]{2,50}):")


async def add(instance: Instance, name: str, picture: bytes) -> CustomEmoji:
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
    if not await emojis.insert(made):
        await remove_picture(instance, url)
        raise Conflict(f"There is an emoji :{shortcode}: already. Remove it first.")
    return made


async def remove(instance: Instance, name: str) -> None:
    """Remove an emoji; posts that use it show its name from now on. Raises `NotFound`."""
    removed = await emojis.remove(name.strip().strip(":").lower())
    if removed is None:
        raise NotFound("There is no emoji of this name.")
    await remove_picture(instance, removed.url)


async def used_in(*texts: str) -> tuple[Emoji, ...]:
    """The emoji of this server that texts use; asks only where there is a `:name:`."""
    names = {name: None for text in texts for name in _USED.findall(text)}
    if not names:
        return ()
    known = await emojis.by_shortcodes(list(names)[:USED_MAX])
    found = {each.shortcode: each for each in known}
    return tuple(Emoji(name, found[name].url) for name in names if name in found)
