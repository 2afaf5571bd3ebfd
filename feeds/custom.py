"""Custom feeds: what any of some kept searches finds, made and read by their owner alone (B83).

A feed is read when it is looked at: each search is asked for the same page, and what they found is
merged by id. So it shows what a search would (consent, visibility and limits are those of
`posts/search.py`), asks no server for more, and costs nothing when a post is written or comes in.
"""

from collections.abc import Sequence
from dataclasses import replace

from feeds.items import FeedPage, Slot
from feeds.lists import TITLE_LETTERS_MAX as TITLE_LETTERS_MAX
from feeds.lists import checked_title
from feeds.paging import Chunk, read_page
from instance.errors import Invalid, NotFound
from instance.resources import Instance
from posts import search
from storage import actors, custom_feeds
from storage.records import Actor, CustomFeed, FilterContext, Page, RowId

FEEDS_MAX = 20
SEARCHES_MAX = 5


async def all_of(owner: Actor) -> list[CustomFeed]:
    """Somebody's feeds, oldest first."""
    return await custom_feeds.of_actor(owner.id, FEEDS_MAX)


async def get(owner: Actor, feed_id: RowId) -> CustomFeed:
    """One of one's own feeds. Raises `NotFound`."""
    return _there(await custom_feeds.find(owner.id, feed_id))


async def create(
    instance: Instance, owner: Actor, title: str, searches: Sequence[str]
) -> CustomFeed:
    """Make a feed. Raises `Invalid` for its title, one of its searches, or too many feeds."""
    title = checked_title(title, "feed")
    kept = await _checked(instance, owner, searches)
    async with instance.store.transaction():
        await actors.get_locked(owner.id)  # whose feeds are counted
        if await custom_feeds.count(owner.id) >= FEEDS_MAX:
            raise Invalid(f"You have {FEEDS_MAX} feeds. Delete one first.")
        made = CustomFeed(instance.ids.new(), owner.id, title, kept, instance.now())
        await custom_feeds.insert(made)
    return made


async def change(
    instance: Instance, owner: Actor, feed_id: RowId, title: str, searches: Sequence[str]
) -> CustomFeed:
    """Give a feed another title and other searches. Raises `Invalid`, `NotFound`."""
    title = checked_title(title, "feed")
    kept = await _checked(instance, owner, searches)
    async with instance.store.transaction():
        before = _there(await custom_feeds.find_locked(owner.id, feed_id))
        after = replace(before, title=title, searches=kept)
        await custom_feeds.save(after)
    return after


async def delete(instance: Instance, owner: Actor, feed_id: RowId) -> None:
    """Delete a feed. Raises `NotFound`."""
    async with instance.store.transaction():
        if not await custom_feeds.remove(owner.id, feed_id):
            _there(None)


async def read(instance: Instance, owner: Actor, feed: CustomFeed, page: Page) -> FeedPage:
    """A page of what the searches of a feed find now, each post once."""

    async def found(cursor: Page) -> Chunk[Slot]:
        return await _found_by_any(instance, feed.searches, owner, cursor)

    return await read_page(instance, page, found, owner, context=FilterContext.HOME)


async def _found_by_any(
    instance: Instance, searches: Sequence[str], owner: Actor, page: Page
) -> Chunk[Slot]:
    """The posts of a page that one search or another finds.

    Each search is asked for a whole page, as none knows how many of the others' stand between. What
    lies beyond the place where one of them stopped looking is left to the next page, which begins
    there: a page may be short, and nothing is left out.
    """
    is_upwards = page.min_id is not None
    looked = [await search.look(instance, each, owner, page) for each in searches]
    ends = [each.end for each in looked if each.end is not None]
    end = (min if is_upwards else max)(ends, default=None)
    found = {post.id for each in looked for post in each.posts}
    ids = sorted((each for each in found if not _is_beyond(each, end, page)), reverse=True)
    if len(ids) >= page.limit:
        ids, end = ids[-page.limit :] if is_upwards else ids[: page.limit], None
    return Chunk(ids, [Slot(each, each) for each in ids], end)


def _is_beyond(post_id: RowId, end: RowId | None, page: Page) -> bool:
    if end is None:
        return False
    return post_id > end if page.min_id is not None else post_id < end


async def _checked(instance: Instance, owner: Actor, searches: Sequence[str]) -> tuple[str, ...]:
    """The searches without empty and repeated lines; `Invalid` says which line is wrong."""
    lines = [" ".join(line.split()) for line in searches]
    kept = tuple(dict.fromkeys(line for line in lines if line))
    if not kept:
        raise _wrong("Write at least one search.")
    if len(kept) > SEARCHES_MAX:
        raise _wrong(f"At most {SEARCHES_MAX} searches in one feed.")
    for number, line in enumerate(lines, start=1):
        try:
            if line:
                await search.check_kept(instance, line, owner)
        except Invalid as failure:
            raise _wrong(f"Line {number}: {failure.public}") from failure
    return kept


def _wrong(reason: str) -> Invalid:
    return Invalid(reason, fields={"searches": reason})


def _there(found: CustomFeed | None) -> CustomFeed:
    if found is None:
        raise NotFound("There is no such feed.")
    return found
