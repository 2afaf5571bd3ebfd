"""What a reader filters: which of their filters match a post, and which posts are left out.

The filters of a person are kept in memory by the version of their actor, which every change of them
raises: so whoever has none, or has not changed them, costs no query.
https://docs.joinmastodon.org/api/guidelines/#filters
"""

from collections.abc import Collection, Iterable, Sequence

from feeds.items import FeedItem
from feeds.matching import NONE, FilterResult, Filters
from instance.resources import Instance
from storage import keyword_filters, posts
from storage.records import Actor, Filter, FilterContext, RowId

_FILTER_BYTES = 500


async def of(
    instance: Instance, reader: Actor | None, context: FilterContext | None = None
) -> Filters:
    """Return the filters of a reader that hold now, in one place or, without `context`, in any.

    `reader` is as it was read for this request: an old version has the filters of then.
    """
    if reader is None or not reader.is_local:
        return NONE
    kept = instance.filters.get(reader.id)
    if kept is None or kept[0] != reader.version:
        found = tuple(await keyword_filters.of_owner(reader.id))
        kept = reader.version, found
        instance.filters.put(reader.id, kept, _FILTER_BYTES * _parts(found))
    now = instance.now()
    active = tuple(
        each
        for each in kept[1]
        if (context is None or context in each.contexts)
        and (each.expires_at is None or each.expires_at > now)
    )
    return Filters(reader.id, active) if active else NONE


async def leave_out(
    instance: Instance,
    items: Sequence[FeedItem],
    reader: Actor | None,
    context: FilterContext,
) -> list[FeedItem]:
    """The items without those that the reader hides there; one query where they hide anything."""
    hiding = (await of(instance, reader, context)).hiding()
    if not hiding or not items:
        return list(items)
    words = await posts.by_ids({item.post.id for item in items})
    hidden = {post.id for post in words.values() if hiding.hides(post)}
    return [item for item in items if item.post.id not in hidden]


async def matching(
    instance: Instance,
    items: Collection[FeedItem],
    reader: Actor | None,
    context: FilterContext,
) -> dict[RowId, list[FilterResult]]:
    """Which filters of a reader match these posts, or what they quote: by post, no empty lists.

    One query where the reader has filters, none for everybody else.
    """
    filters = await of(instance, reader, context)
    if not filters or not items:
        return {}
    quotes = {item.post.id: item.post.quote_id for item in items if item.post.quote_stamp}
    ids = {item.post.id for item in items} | {each for each in quotes.values() if each is not None}
    words = await posts.by_ids(ids)
    found = {}
    for post_id in {item.post.id for item in items} & words.keys():
        quoted = words.get(quotes.get(post_id) or RowId(0))
        results = filters.matches(words[post_id])
        if quoted is not None and words[post_id].actor_id != filters.owner_id:
            results += [each for each in filters.matches(quoted) if each not in results]
        if results:
            found[post_id] = results
    return found


def _parts(found: Iterable[Filter]) -> int:
    return sum(1 + len(each.keywords) + len(each.posts) for each in found)
