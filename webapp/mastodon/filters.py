"""Filters with their keywords and posts. See docs.joinmastodon.org, methods, filters."""

from feeds import filter_making
from feeds.filter_making import EXPIRES_IN_S_MAX, FilterWish, KeywordWish
from storage.records import RowId
from webapp.calls import Call
from webapp.mastodon import filter_entities as e
from webapp.mastodon import filters_rendering as rendering
from webapp.mastodon.entities import Empty
from webapp.mastodon.paging import row_id
from webapp.parameters import Parameters


async def index(call: Call) -> list[e.Filter]:
    """GET /api/v2/filters."""
    return [rendering.shown(each) for each in await filter_making.all_of(call.me.actor)]


async def show(call: Call, filter_id: str) -> e.Filter:
    """GET /api/v2/filters/{id}."""
    return rendering.shown(await filter_making.get(call.me.actor, row_id(filter_id)))


async def create(call: Call) -> e.Filter:
    """POST /api/v2/filters."""
    wish = _filter_wish(call.parameters, is_new=True)
    return rendering.shown(await filter_making.create(call.instance, call.me.actor, wish))


async def change(call: Call, filter_id: str) -> e.Filter:
    """PUT /api/v2/filters/{id}."""
    wish, me = _filter_wish(call.parameters, is_new=False), call.me.actor
    return rendering.shown(await filter_making.change(call.instance, me, row_id(filter_id), wish))


async def remove(call: Call, filter_id: str) -> Empty:
    """DELETE /api/v2/filters/{id}."""
    await filter_making.remove(call.instance, call.me.actor, row_id(filter_id))
    return {}


# ---------------------------------------------------------------- keywords


async def keywords(call: Call, filter_id: str) -> list[e.FilterKeyword]:
    """GET /api/v2/filters/{filter_id}/keywords."""
    found = await filter_making.get(call.me.actor, row_id(filter_id))
    return [rendering.keyword(each) for each in found.keywords]


async def add_keyword(call: Call, filter_id: str) -> e.FilterKeyword:
    """POST /api/v2/filters/{filter_id}/keywords."""
    wish, me = keyword_wish(call.parameters, "keyword", is_new=True), call.me.actor
    made = await filter_making.add_keyword(call.instance, me, row_id(filter_id), wish)
    return rendering.keyword(made)


async def keyword(call: Call, keyword_id: str) -> e.FilterKeyword:
    """GET /api/v2/filters/keywords/{id}."""
    _, found = await filter_making.with_keyword(call.me.actor, row_id(keyword_id))
    return rendering.keyword(found)


async def change_keyword(call: Call, keyword_id: str) -> e.FilterKeyword:
    """PUT /api/v2/filters/keywords/{id}."""
    wish = keyword_wish(call.parameters, "keyword", known_id=row_id(keyword_id))
    _, changed = await filter_making.change_keyword(call.instance, call.me.actor, wish)
    return rendering.keyword(changed)


async def remove_keyword(call: Call, keyword_id: str) -> Empty:
    """DELETE /api/v2/filters/keywords/{id}."""
    await filter_making.remove_keyword(call.instance, call.me.actor, row_id(keyword_id))
    return {}


# ---------------------------------------------------------------- posts


async def statuses(call: Call, filter_id: str) -> list[e.FilterStatus]:
    """GET /api/v2/filters/{filter_id}/statuses."""
    found = await filter_making.get(call.me.actor, row_id(filter_id))
    return [rendering.post(each) for each in found.posts]


async def add_status(call: Call, filter_id: str) -> e.FilterStatus:
    """POST /api/v2/filters/{filter_id}/statuses."""
    post_id = row_id(call.parameters.text("status_id"))
    me = call.me.actor
    made = await filter_making.add_post(call.instance, me, row_id(filter_id), post_id)
    return rendering.post(made)


async def status(call: Call, filtered_id: str) -> e.FilterStatus:
    """GET /api/v2/filters/statuses/{id}."""
    _, found = await filter_making.with_post(call.me.actor, row_id(filtered_id))
    return rendering.post(found)


async def remove_status(call: Call, filtered_id: str) -> e.FilterStatus:
    """DELETE /api/v2/filters/statuses/{id}: with what it was, as Mastodon answers."""
    gone = await filter_making.remove_post(call.instance, call.me.actor, row_id(filtered_id))
    return rendering.post(gone)


# ---------------------------------------------------------------- the first version


async def first_index(call: Call) -> list[e.V1Filter]:
    """GET /api/v1/filters."""
    return [
        rendering.first_version(found, each)
        for found in await filter_making.all_of(call.me.actor)
        for each in found.keywords
    ]


async def first_show(call: Call, keyword_id: str) -> e.V1Filter:
    """GET /api/v1/filters/{id}."""
    found, its = await filter_making.with_keyword(call.me.actor, row_id(keyword_id))
    return rendering.first_version(found, its)


async def first_create(call: Call) -> e.V1Filter:
    """POST /api/v1/filters: a filter of one keyword, which is its title too."""
    made = await filter_making.create(
        call.instance, call.me.actor, _first_wish(call.parameters, is_new=True)
    )
    return rendering.first_version(made, made.keywords[0])


async def first_change(call: Call, keyword_id: str) -> e.V1Filter:
    """PUT /api/v1/filters/{id}."""
    word = keyword_wish(call.parameters, "phrase", known_id=row_id(keyword_id))
    wish = _first_wish(call.parameters, is_new=False)
    changed = await filter_making.change_keyword(call.instance, call.me.actor, word, wish)
    return rendering.first_version(*changed)


async def first_remove(call: Call, keyword_id: str) -> Empty:
    """DELETE /api/v1/filters/{id}."""
    me, its_id = call.me.actor, row_id(keyword_id)
    await filter_making.remove_keyword(call.instance, me, its_id, and_empty=True)
    return {}


# ---------------------------------------------------------------- what was sent


def _filter_wish(sent: Parameters, *, is_new: bool) -> FilterWish:
    return FilterWish(
        title=sent.text("title") if is_new else sent.maybe_text("title"),
        contexts=sent.items("context") if is_new or "context" in sent else None,
        action=sent.maybe_text("filter_action"),
        expires_in_s=_expires_in_s(sent),
        keywords=[keyword_wish(each, "keyword") for each in sent.parts("keywords_attributes")],
    )


def _first_wish(sent: Parameters, *, is_new: bool) -> FilterWish:
    """A filter of the first API: irreversible means hidden."""
    irreversible = sent.maybe_flag("irreversible")
    action = None if irreversible is None else ("hide" if irreversible else "warn")
    return FilterWish(
        title=sent.text("phrase") if is_new else sent.maybe_text("phrase"),
        contexts=sent.items("context") if is_new or "context" in sent else None,
        action=action,
        expires_in_s=_expires_in_s(sent),
        keywords=[keyword_wish(sent, "phrase", is_new=True)] if is_new else [],
    )


def keyword_wish(
    sent: Parameters, name: str, *, known_id: RowId | None = None, is_new: bool = False
) -> KeywordWish:
    """Return the keyword that was sent, with its own id where it has one."""
    its_id = known_id if known_id is not None or is_new else sent.id("id")
    return KeywordWish(
        keyword=sent.maybe_text(name),
        is_whole_word=sent.maybe_flag("whole_word"),
        id=RowId(its_id) if its_id is not None else None,
        is_removed=known_id is None and sent.flag("_destroy"),
    )


def _expires_in_s(sent: Parameters) -> int | None:
    """0 is never: so apps say it, with nothing or null."""
    if "expires_in" not in sent:
        return None
    return sent.number("expires_in", 0, least=0, most=EXPIRES_IN_S_MAX)
