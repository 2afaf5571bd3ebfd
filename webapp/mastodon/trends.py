"""Chapter trends of the client API: hashtags, posts and pages that more people speak of."""

from feeds import loading, trends
from storage.records import RowId
from storage.trends import Trend
from webapp.calls import Call
from webapp.mastodon import entities as e
from webapp.mastodon import statuses_loading, tags_loading

OFFSET_MAX = 1000


async def tags(call: Call) -> list[e.Tag]:
    """GET /api/v1/trends/tags."""
    names = await _page(call, Trend.HASHTAG, default=10, most=20)
    return await tags_loading.tags(call.instance, names, call.reader_by("read:follows"))


async def statuses(call: Call) -> list[e.Status]:
    """GET /api/v1/trends/statuses."""
    found = await _page(call, Trend.POST, default=20, most=40)
    ids = [RowId(int(each)) for each in found]
    items = await loading.met(call.instance, ids, call.reader)
    return await statuses_loading.statuses(call.instance, items, call.reader, context="public")


async def links(call: Call) -> list[e.TrendsLink]:
    """GET /api/v1/trends/links."""
    found = await _page(call, Trend.PAGE, default=10, most=20)
    return await tags_loading.links(call.instance, found)


async def _page(call: Call, kind: Trend, *, default: int, most: int) -> list[str]:
    limit = call.parameters.number("limit", default, least=1, most=most)
    offset = call.parameters.number("offset", 0, least=0, most=OFFSET_MAX)
    return await trends.of(call.instance, kind, limit, offset)
