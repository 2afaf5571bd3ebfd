"""Finds posts by their words, as far as one viewer may see them. Handles and links: elsewhere."""

from instance.errors import Invalid
from instance.resources import Instance
from posts.threads import visible_among
from storage import posts
from storage.records import Actor, Page, Post

QUERY_LETTERS_MAX = 200


async def find_posts(instance: Instance, text: str, viewer: Actor | None, page: Page) -> list[Post]:
    """Posts with all these words, newest first; raises `Invalid` for too long a query (OP-4)."""
    words = " ".join(text.split())
    if len(words) > QUERY_LETTERS_MAX:
        raise Invalid(f"Search for at most {QUERY_LETTERS_MAX} letters.")
    if not words:
        return []
    found = await posts.search(words, viewer.id if viewer is not None else None, page)
    return await visible_among(instance, found, viewer)
