"""The home feed: what the people one follows said and boosted, and one's own posts.

Reads what `feeds/fanout.py` pushed, merged with the feeds of sources that too many follow.
"""

from feeds import keeping
from feeds.items import FeedPage, Slot
from feeds.paging import Chunk, read_page
from instance.resources import Instance
from storage.feeds import home_of
from storage.records import Actor, FilterContext, Page


async def read_by_statuses(instance: Instance, owner: Actor, page: Page) -> FeedPage:
    """The same for apps, which name a place by the status that stands there; one query more."""
    return await read(instance, owner, await keeping.placed(home_of(owner.id), page))


async def read(instance: Instance, owner: Actor, page: Page) -> FeedPage:
    """A page of the home feed of a local actor, in a fixed number of queries."""

    async def entries(cursor: Page) -> Chunk[Slot]:
        rows = await keeping.read(instance, home_of(owner.id), cursor)
        slots = [Slot(row.id, row.post_id, row.booster_id) for row in rows]
        return Chunk([row.id for row in rows], slots)

    return await read_page(instance, page, entries, owner, context=FilterContext.HOME)
