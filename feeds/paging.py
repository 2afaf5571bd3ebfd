"""Fills a page of a feed: reads on past what is hidden, so that no page is short without reason.

Pages are cut by ids and never by numbers of rows, so nothing is skipped or repeated while posts
arrive. What is hidden from the viewer is read past at most a few times; a page may then be short,
and still says where the next one begins.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from feeds import keyword_filters, loading
from feeds.items import FeedItem, FeedPage, Slot
from instance.resources import Instance
from storage.records import Actor, FilterContext, Page, RowId

READS_PER_PAGE_MAX = 5


class Ordered(Protocol):
    """Something with a place in a feed."""

    @property
    def order_id(self) -> RowId:
        """What the feed is sorted by."""


Row = TypeVar("Row")
Kept = TypeVar("Kept", bound=Ordered)


@dataclass(frozen=True, slots=True)
class Chunk(Generic[Row]):
    """What one read of storage gave: the ids of all rows, newest first, and what may be shown.

    `end` is set by who could not look on, though there may be more: up to it all was looked at.
    """

    ids: Sequence[RowId]
    rows: Sequence[Row]
    end: RowId | None = None


@dataclass(frozen=True, slots=True)
class Filled(Generic[Kept]):
    """The kept items of one page and where its neighbours begin (as in `FeedPage`)."""

    items: list[Kept]
    next_max_id: RowId | None
    prev_min_id: RowId | None


Read = Callable[[Page], Awaitable[Chunk[Row]]]
Keep = Callable[[Sequence[Row]], Awaitable[list[Kept]]]


async def read_page(
    instance: Instance,
    page: Page,
    read: Read[Slot],
    viewer: Actor | None,
    *,
    context: FilterContext | None = None,
    shows_muted: bool = False,
) -> FeedPage:
    """The page with at most `page.limit` items that the viewer meets.

    Where they are shown, `context`, what the viewer's own filters hide is left out (B91).
    """

    async def keep(slots: Sequence[Slot]) -> list[FeedItem]:
        met = await loading.meet(instance, slots, viewer, shows_muted=shows_muted)
        if context is None:
            return met
        return await keyword_filters.leave_out(instance, met, viewer, context)

    filled = await fill(page, read, keep)
    return FeedPage(tuple(filled.items), filled.next_max_id, filled.prev_min_id)


async def fill(page: Page, read: Read[Row], keep: Keep[Row, Kept]) -> Filled[Kept]:
    """Read until `page.limit` items are kept, or there are no more, or it was tried enough."""
    if page.min_id is not None:
        return await _fill_upwards(page, read, keep)
    return await _fill_downwards(page, read, keep)


async def _fill_downwards(page: Page, read: Read[Row], keep: Keep[Row, Kept]) -> Filled[Kept]:
    """One row more than asked for is read: it tells whether there is an older page."""
    kept: list[Kept] = []
    newest: RowId | None = None
    older: RowId | None = None
    cursor = replace(page, limit=page.limit + 1)
    for _ in range(READS_PER_PAGE_MAX):
        chunk = await read(cursor)
        if newest is None and chunk.ids:
            newest = chunk.ids[0]
        kept += await keep(chunk.rows)
        older = chunk.ids[-1] if len(chunk.ids) >= cursor.limit else chunk.end
        if older is None or chunk.end is not None or len(kept) > page.limit:
            break
        cursor = replace(cursor, max_id=older)
    if len(kept) > page.limit:
        kept = kept[: page.limit]
        older = kept[-1].order_id
    return Filled(kept, older, newest)


async def _fill_upwards(page: Page, read: Read[Row], keep: Keep[Row, Kept]) -> Filled[Kept]:
    """The rows just above `min_id`: the nearest are kept when there are too many."""
    kept: list[Kept] = []
    newest: RowId | None = None
    cursor = page
    for _ in range(READS_PER_PAGE_MAX):
        chunk = await read(cursor)
        if chunk.ids:
            newest = chunk.ids[0]
        kept = await keep(chunk.rows) + kept
        if chunk.end is not None:
            newest = chunk.end
            break
        if len(chunk.ids) < cursor.limit or len(kept) >= page.limit:
            break
        cursor = replace(cursor, min_id=chunk.ids[0])
    if len(kept) > page.limit:
        kept = kept[-page.limit :]
        newest = kept[0].order_id
    return Filled(kept, kept[-1].order_id if kept else None, newest)
