"""Keeps feeds: reads them, trims them, lets those that nobody reads sleep, and wakes them.

A feed that sleeps is pushed nothing and keeps nothing; its pages are read from the posts. So is
what lies below the floor of a trimmed one. Therefore a feed is right in every state: waking only
makes its pages cheap again.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from instance.resources import Instance
from storage import feed_pages, feeding, feeds, lists, notifications
from storage.feed_pages import Line
from storage.feeds import Feed
from storage.ids import COUNTER_BITS, first_at, first_of_millisecond, moment_of
from storage.records import FeedEntry, Page, PersonList, RowId

FILL = "fill_feed"

FILLED_MAX = 400
"""So many entries are kept of a feed when it wakes."""
LISTS_MAX = 50
"""Lists of one person."""

_FEEDS_AT_ONCE = 100
_SOURCE_KEEPS_TIMES = 10
_PULLED_DOWN_TO_PERCENT = 80

# Posts that are being made while a feed wakes may not see that it is awake: they are read from the
# posts, until they are certainly there and the feed is filled.
_WAKING = timedelta(seconds=2)
_FILLED_AFTER = timedelta(seconds=5)


async def read(instance: Instance, feed: Feed, page: Page) -> list[Line]:
    """A page of a feed, newest first: fewer lines than asked for only at its end.

    Wakes the feed if it sleeps: who reads is back.
    """
    found = await feed_pages.read(feed, page)
    if found.is_asleep:
        await _wake(instance, feed)
    return found.lines


async def placed(feed: Feed, page: Page) -> Page:
    """Return a page that is bounded by statuses, as apps ask, as one bounded by places of a feed.

    A status is a post, or a boost by the id of its interaction; a place stays what it is.
    """
    bounds = {page.max_id, page.since_id, page.min_id} - {None}
    if not bounds:
        return page
    found = await feed_pages.places(feed, [each for each in bounds if each is not None])

    def place(bound: int | None) -> int | None:
        return bound if bound is None else found.get(bound, bound)

    return replace(
        page,
        max_id=place(page.max_id),
        since_id=place(page.since_id),
        min_id=place(page.min_id),
    )


async def _wake(instance: Instance, feed: Feed) -> None:
    now = instance.now()
    async with instance.store.transaction():
        await feeds.note_seen(feed.owner_id, now)
        if await feeds.wake(feed.id, first_at(now + _WAKING)):
            await instance.queue.enqueue(
                FILL,
                {"feed_id": feed.id},
                now=now,
                due_at=now + _FILLED_AFTER,
                unique_key=f"{FILL}:{feed.id}",
            )


async def fill(instance: Instance, payload: dict[str, object]) -> None:
    """Job `fill_feed`: keep the newest of what a feed would hold, at its time. May run twice."""
    feed = await _feed_of(payload.get("feed_id"))
    while feed is not None:
        floor = await feeds.own_floor(feed.id)
        if floor in {0, feeds.ASLEEP}:
            return
        # Read before the transaction: it takes long for who follows very many.
        made_of = await feed_pages.made_of(feed)
        kept, lowest = await _newest_below(feed, floor)
        async with instance.store.transaction():
            if await feed_pages.made_of(feed) != made_of:
                continue  # somebody was followed or unfollowed meanwhile
            await feeds.insert_entries(
                [
                    FeedEntry(instance.ids.at(moment_of(each.id)), feed.id, *each[1:])
                    for each in kept
                ]
            )
            await feeds.set_floor(feed.id, lowest)
        return


async def _newest_below(feed: Feed, floor: int) -> tuple[list[Line], int]:
    """The newest lines, oldest first, and the floor above which they are all there is."""
    since = await feed_pages.newest_but(feed, FILLED_MAX, below=floor)
    page = Page(limit=FILLED_MAX, max_id=floor, since_id=since)
    found = await feed_pages.older(feed, page, floor=floor)
    lowest = found[-1].id if len(found) >= FILLED_MAX else since
    if lowest:
        # Cut between two milliseconds, so that what shares one is on the same side.
        lowest = first_of_millisecond(lowest + (1 << COUNTER_BITS))
    return [each for each in reversed(found) if each.id >= lowest], lowest


async def _feed_of(feed_id: object) -> Feed | None:
    if not isinstance(feed_id, int):
        return None
    made = await lists.find(feed_id)
    if made is not None:
        return feed_of_list(made)
    return feeds.home_of(RowId(feed_id))


def feed_of_list(made: PersonList) -> Feed:
    """The feed of a list."""
    return Feed(made.id, made.actor_id, made.replies_policy)


# ---------------------------------------------------------------- once a day


async def tidy(instance: Instance, payload: dict[str, object]) -> None:
    """Job `tidy_feeds`, once a day; each feed is a transaction of its own. May run twice."""
    del payload
    await _let_sleep(instance)
    await _trim_feeds(instance)
    await _trim_notifications(instance)
    await _review_sources(instance)


async def _let_sleep(instance: Instance) -> None:
    before = instance.now() - timedelta(days=instance.settings.feeds.asleep_after_days)
    while unseen := await feeds.list_unseen(before, _FEEDS_AT_ONCE):
        for actor_id in unseen:
            async with instance.store.transaction():
                await feeds.empty(actor_id, feeds.ASLEEP)
                for made in await lists.of_actor(actor_id, LISTS_MAX):
                    await feeds.empty(made.id, feeds.ASLEEP)


async def _trim_feeds(instance: Instance) -> None:
    keep = instance.settings.feeds.entries_kept
    async for some in _in_parts(feeds.next_feeds):
        sources = await feeds.sources_among(some)
        for feed_id in some:
            await feeds.trim(feed_id, keep * _SOURCE_KEEPS_TIMES if feed_id in sources else keep)


async def _trim_notifications(instance: Instance) -> None:
    limits = instance.settings.feeds
    await notifications.forget_read(instance.now() - timedelta(days=limits.notifications_kept_days))
    async for some in _in_parts(notifications.next_owners):
        for owner_id in some:
            await notifications.trim(owner_id, limits.notifications_kept)


async def _in_parts(
    read_next: Callable[[int, int], Awaitable[list[RowId]]],
) -> AsyncIterator[list[RowId]]:
    after = 0
    while some := await read_next(after, _FEEDS_AT_ONCE):
        yield some
        after = some[-1]


async def _review_sources(instance: Instance) -> None:
    """Whom far fewer follow than before is pushed again. Not at once, or it would go to and fro."""
    number = instance.settings.feeds.pulled_above_followers * _PULLED_DOWN_TO_PERCENT // 100
    after = 0
    while some := await feeding.list_pulled(after, _FEEDS_AT_ONCE):
        for source in some:
            if not await feeding.has_followers(source, number):
                await feeding.push_again(source.id)
        after = some[-1].id
