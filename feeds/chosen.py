"""Public posts as apps choose them: from here or elsewhere, with files, with hashtags."""

from collections.abc import Sequence
from dataclasses import dataclass

from actors.text import fold_hashtag
from feeds.items import FeedPage, Slot
from feeds.paging import Chunk, read_page
from instance.resources import Instance
from storage import cards, timelines
from storage.records import Actor, FilterContext, Page
from storage.timelines import Tags, Which

HASHTAGS_MAX = 4
"""Of each kind besides the first, as with Mastodon."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an app asks of a hashtag: others that are as good, must be there, or must not."""

    name: str
    any_of: Sequence[str] = ()
    all_of: Sequence[str] = ()
    none_of: Sequence[str] = ()
    which: Which = timelines.EVERYTHING


async def public(instance: Instance, which: Which, page: Page, viewer: Actor | None) -> FeedPage:
    """Public posts, of people here or elsewhere alone, or with files alone."""

    async def read(cursor: Page) -> Chunk[Slot]:
        ids = await timelines.public(cursor, which)
        return Chunk(ids, [Slot(each, each) for each in ids])

    return await read_page(instance, page, read, viewer, context=FilterContext.PUBLIC)


async def bubble(instance: Instance, which: Which, page: Page, viewer: Actor | None) -> FeedPage:
    """Public posts of people here, and on the servers that the operator calls near (B69)."""
    hosts = instance.settings.feeds.bubble

    async def read(cursor: Page) -> Chunk[Slot]:
        ids = await timelines.bubble(cursor, hosts, which)
        return Chunk(ids, [Slot(each, each) for each in ids])

    return await read_page(instance, page, read, viewer, context=FilterContext.PUBLIC)


async def tagged(instance: Instance, wanted: Wanted, page: Page, viewer: Actor | None) -> FeedPage:
    """Public posts with a hashtag, in any spelling and with or without `#`."""
    name = _folded([wanted.name])
    besides = Tags(_folded(wanted.any_of), _folded(wanted.all_of), _folded(wanted.none_of))

    async def read(cursor: Page) -> Chunk[Slot]:
        found = await timelines.hashtag("".join(name), cursor, wanted.which, besides)
        return Chunk(found, [Slot(each, each) for each in found])

    return await read_page(instance, page, read, viewer, context=FilterContext.PUBLIC)


async def linking(instance: Instance, url: str, page: Page, viewer: Actor | None) -> FeedPage:
    """Public posts that show a preview of this page."""
    key = cards.key_of(url)

    async def read(cursor: Page) -> Chunk[Slot]:
        found = await timelines.linking(key, cursor)
        return Chunk(found, [Slot(each, each) for each in found])

    return await read_page(instance, page, read, viewer, context=FilterContext.PUBLIC)


def _folded(names: Sequence[str]) -> list[str]:
    return [fold_hashtag(name.removeprefix("#")) for name in names[:HASHTAGS_MAX]]
