"""Chapter settings, filters: what somebody does not want to meet, by words or by post (B91)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from feeds import filter_making
from feeds.filter_making import FilterWish, KeywordWish
from instance.errors import Failure, Invalid
from posts import threads
from storage.records import Filter, FilterAction, FilterContext, RowId
from webapp import paging
from webapp.asking import Answer
from webapp.forms import Fields
from webapp.pages import finding, presenting, settings, words
from webapp.pages.visit import Visit, redirect, said

_SECTION: Final = "Filters"
_PLACES: Final = (
    (FilterContext.HOME.value, "At home and in lists"),
    (FilterContext.NOTIFICATIONS.value, "In notifications"),
    (FilterContext.PUBLIC.value, "Where everybody's posts are: explore, hashtags, search"),
    (FilterContext.THREAD.value, "In conversations"),
    (FilterContext.ACCOUNT.value, "On profiles"),
)
_ACTIONS: Final = (
    (FilterAction.WARN.value, "Fold it", "The filter's name stands there, and a button to look."),
    (FilterAction.BLUR.value, "Fold its files", "The words stay; pictures wait for your click."),
    (FilterAction.HIDE.value, "Leave it out", "As if it had never been written."),
)
_ENDS: Final = (
    ("0", "Never"),
    ("1800", "In half an hour"),
    ("3600", "In an hour"),
    ("43200", "In twelve hours"),
    ("86400", "In a day"),
    ("604800", "In a week"),
    ("2592000", "In a month"),
)
_POSTS_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Typed:
    """A filter as it stands in its form: words one a line, whole ones and parts apart."""

    title: str = ""
    contexts: Sequence[str] = (FilterContext.HOME.value, FilterContext.PUBLIC.value)
    action: str = FilterAction.WARN.value
    ends: str = "0"
    whole: str = ""
    parts: str = ""

    def wish(self, known: Filter | None = None) -> FilterWish:
        """What is to become of the filter; words that stay keep their ids."""
        wanted = [(each, True) for each in _lines(self.whole)]
        wanted += [(each, False) for each in _lines(self.parts)]
        before = {(k.keyword, k.is_whole_word): k.id for k in known.keywords} if known else {}
        gone = [KeywordWish(id=before[each], is_removed=True) for each in before.keys() - {*wanted}]
        new = [KeywordWish(*each) for each in dict.fromkeys(wanted) if each not in before]
        in_s = int(self.ends) if self.ends in dict(_ENDS) else None
        return FilterWish(self.title, self.contexts, self.action, in_s, [*gone, *new])


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _typed(form: Fields) -> Typed:
    return Typed(
        title=form.line("title"),
        contexts=[place for place, _ in _PLACES if form.is_checked(f"in_{place}")],
        action=form.line("action"),
        ends=form.line("ends"),
        whole=form.text("whole"),
        parts=form.text("parts"),
    )


def _as_typed(found: Filter) -> Typed:
    return Typed(
        title=found.title,
        contexts=[each.value for each in found.contexts],
        action=found.action.value,
        ends="" if found.expires_at else "0",
        whole="\n".join(each.keyword for each in found.keywords if each.is_whole_word),
        parts="\n".join(each.keyword for each in found.keywords if not each.is_whole_word),
    )


# ---------------------------------------------------------------- all filters, and one


async def index(visit: Visit) -> Answer:
    """GET /settings/filters."""
    now = visit.instance.now()
    found = await filter_making.all_of(visit.me.actor)
    filters = [(each, _said(each), _is_over(visit, each)) for each in found]
    ends = {each.id: words.when(each.expires_at, now) for each in found if each.expires_at}
    return await settings.panel(
        visit, "settings_filters.html", _SECTION, filters=filters, ends=ends
    )


async def new_form(visit: Visit) -> Answer:
    """GET /settings/filters/new."""
    return await _form_page(visit, Typed())


async def create(visit: Visit) -> Answer:
    """POST /settings/filters."""
    typed = _typed(visit.form)
    try:
        await filter_making.create(visit.instance, visit.me.actor, typed.wish())
    except Invalid as failure:
        return await _form_page(visit, typed, failure=failure)
    return redirect(said("/settings/filters", "saved"))


async def edit_form(visit: Visit, filter_id: str) -> Answer:
    """GET /settings/filters/<id>: with the posts it was made for."""
    found = await _own(visit, filter_id)
    return await _form_page(visit, _as_typed(found), found)


async def edit(visit: Visit, filter_id: str) -> Answer:
    """POST /settings/filters/<id>."""
    found, typed = await _own(visit, filter_id), _typed(visit.form)
    try:
        await filter_making.change(visit.instance, visit.me.actor, found.id, typed.wish(found))
    except Invalid as failure:
        return await _form_page(visit, typed, found, failure)
    return redirect(said("/settings/filters", "saved"))


async def delete(visit: Visit, filter_id: str) -> Answer:
    """POST /settings/filters/<id>/delete."""
    found = await _own(visit, filter_id)
    await filter_making.remove(visit.instance, visit.me.actor, found.id)
    return redirect(said("/settings/filters", "filter_deleted"))


async def _form_page(
    visit: Visit, typed: Typed, found: Filter | None = None, failure: Failure | None = None
) -> Answer:
    end = found.expires_at if found else None
    return await settings.panel(
        visit,
        "settings_filter.html",
        _SECTION,
        failure,
        f=typed,
        filter=found,
        places=_PLACES,
        actions=_ACTIONS,
        ends=((("", "As it is"), *_ENDS) if end else _ENDS),
        end=words.when(end, visit.instance.now()) if end else None,
        filtered=await _filtered(visit, found) if found else (),
    )


async def _filtered(visit: Visit, found: Filter) -> list[tuple[int, str]]:
    """The posts that a filter was made for: their beginning, as far as it may still be read."""
    ids = [each.post_id for each in reversed(found.posts[-_POSTS_SHOWN:])]
    excerpts = await presenting.excerpts(visit, ids)
    return [
        (each, excerpts.get(each, "A post that you cannot see, or that is gone")) for each in ids
    ]


def _said(found: Filter) -> str:
    """What a filter is for, in a line."""
    named = ", ".join(each.keyword for each in found.keywords)
    posts = len(found.posts)
    count = f"{posts} {'post' if posts == 1 else 'posts'}" if posts else ""
    return "; ".join(filter(None, (named, count))) or "Nothing yet"


def _is_over(visit: Visit, found: Filter) -> bool:
    return found.expires_at is not None and found.expires_at <= visit.instance.now()


# ---------------------------------------------------------------- one post


async def post_form(visit: Visit, post_id: str) -> Answer:
    """GET /posts/<id>/filter: which of one's filters are to match a post."""
    return await _post_page(visit, post_id)


async def filter_post(visit: Visit, post_id: str) -> Answer:
    """POST /posts/<id>/filter: into one of one's filters, or out of it again."""
    me, post = visit.me.actor, finding.post_id(post_id)
    found = await _own(visit, visit.form.line("filter"))
    if visit.form.is_undo():
        for each in found.posts:
            if each.post_id == post:
                await filter_making.remove_post(visit.instance, me, each.id)
        return redirect(said(visit.back(f"/settings/filters/{found.id}"), "saved"))
    await filter_making.add_post(visit.instance, me, found.id, post)
    return redirect(said("/home", "post_filtered"))


async def _post_page(visit: Visit, post_id: str) -> Answer:
    post = await threads.visible_post(visit.instance, finding.post_id(post_id), visit.me.actor)
    found = await filter_making.all_of(visit.me.actor)
    names: Mapping[RowId, str] = {each.id: each.title for each in found}
    return await presenting.page(visit, "post_filter.html", post_id=post.id, filters=names)


async def _own(visit: Visit, text: str) -> Filter:
    filter_id = paging.named_row(text, "There is no such filter.")
    return await filter_making.get(visit.me.actor, filter_id)
