"""Chapter trends of the client API: hashtags, posts and pages that more people speak of."""

from typing import NamedTuple

from feeds import loading, trends
from storage.records import RowId
from storage.trends import Trend
from webapp.calls import Call, Reply
from webapp.mastodon import entities as e
from webapp.mastodon import statuses_loading, tags_loading
from webapp.mastodon.paging import Shown, by_offset

OFFSET_MAX = 1000


async def tags(call: Call) -> Reply[list[e.Tag]]:
    """GET /api/v1/trends/tags."""
    found = await _page(call, Trend.HASHTAG, default=10, most=20)
    reader = call.reader_by("read:follows")
    return found.reply(call, await tags_loading.tags(call.instance, found.names, reader))


async def statuses(call: Call) -> Reply[list[e.Status]]:
    """GET /api/v1/trends/statuses."""
    found = await _page(call, Trend.POST, default=20, most=40)
    ids = [RowId(int(each)) for each in found.names]
    items = await loading.met(call.instance, ids, call.reader)
    shown = await statuses_loading.statuses(call.instance, items, call.reader, context="public")
    return found.reply(call, shown)


async def links(call: Call) -> Reply[list[e.TrendsLink]]:
    """GET /api/v1/trends/links."""
    found = await _page(call, Trend.PAGE, default=10, most=20)
    return found.reply(call, await tags_loading.links(call.instance, found.names))


class _Page(NamedTuple):
    """Names of what trends, and where they stand among all."""

    names: list[str]
    limit: int
    offset: int

    def reply(self, call: Call, shown: Shown) -> Reply[Shown]:
        is_full = len(self.names) == self.limit
        return by_offset(shown, call, limit=self.limit, offset=self.offset, has_more=is_full)


async def _page(call: Call, kind: Trend, *, default: int, most: int) -> _Page:
    limit = call.parameters.number("limit", default, least=1, most=most)
    offset = call.parameters.number("offset", 0, least=0, most=OFFSET_MAX)
    return _Page(await trends.of(call.instance, kind, limit, offset), limit, offset)
