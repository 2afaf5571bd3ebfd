"""Chapter custom feeds: searches that one keeps, read as a feed (B83)."""

from dataclasses import dataclass
from typing import Final

from feeds import custom
from instance.errors import Failure
from storage.records import CustomFeed, FilterContext, RowId
from webapp import paging
from webapp.asking import Answer
from webapp.pages import finding, presenting, reading
from webapp.pages.visit import Visit, redirect, said

_HERE: Final = "Lists"


@dataclass(frozen=True, slots=True)
class Typed:
    """A feed as it stands in its form: searches one a line."""

    title: str = ""
    searches: str = ""

    @property
    def lines(self) -> list[str]:
        """Return the searches, with lines that are empty: they count in what is said of others."""
        return self.searches.split("\n")


async def index(visit: Visit) -> Answer:
    """GET /feeds: one's feeds."""
    feeds = await custom.all_of(visit.me.actor)
    return await presenting.page(visit, "feeds.html", here=_HERE, feeds=feeds)


async def new_form(visit: Visit) -> Answer:
    """GET /feeds/new: an empty form, or one with the search that is to be kept."""
    search = visit.query.line("search")[: finding.QUERY_LETTERS_MAX]
    return await _form_page(visit, Typed(search[: custom.TITLE_LETTERS_MAX], search))


async def create(visit: Visit) -> Answer:
    """POST /feeds."""
    typed = _typed(visit)
    try:
        made = await custom.create(visit.instance, visit.me.actor, typed.title, typed.lines)
    except Failure as failure:
        return await _form_page(visit, typed, failure=failure)
    return redirect(f"/feeds/{made.id}")


async def read(visit: Visit, feed_id: str) -> Answer:
    """GET /feeds/<id>: what its searches find now."""
    found = await _own(visit, feed_id)
    page = paging.read(visit.query)
    feed = await custom.read(visit.instance, visit.me.actor, found, page)
    return await reading.feed_page(
        visit,
        found.title,
        feed,
        where=FilterContext.HOME,
        here=_HERE,
        edit_path=f"/feeds/{found.id}/edit",
        edit_words="Change this feed",
        lead="All that is found by: " + "; ".join(found.searches),
        end_words="More has not reached this server, or its authors do not want it to be searched.",
        empty_words="What its searches find appears here as soon as it reaches this server.",
    )


async def edit_form(visit: Visit, feed_id: str) -> Answer:
    """GET /feeds/<id>/edit."""
    found = await _own(visit, feed_id)
    return await _form_page(visit, Typed(found.title, "\n".join(found.searches)), found)


async def edit(visit: Visit, feed_id: str) -> Answer:
    """POST /feeds/<id>/edit."""
    found, typed = await _own(visit, feed_id), _typed(visit)
    me = visit.me.actor
    try:
        await custom.change(visit.instance, me, found.id, typed.title, typed.lines)
    except Failure as failure:
        return await _form_page(visit, typed, found, failure)
    return redirect(said(f"/feeds/{found.id}", "saved"))


async def delete(visit: Visit, feed_id: str) -> Answer:
    """POST /feeds/<id>/delete."""
    await custom.delete(visit.instance, visit.me.actor, _id(feed_id))
    return redirect(said("/feeds", "feed_deleted"))


async def _form_page(
    visit: Visit, typed: Typed, feed: CustomFeed | None = None, failure: Failure | None = None
) -> Answer:
    return await presenting.page(
        visit, "feed_edit.html", here=_HERE, failure=failure, f=typed, feed=feed
    )


def _typed(visit: Visit) -> Typed:
    return Typed(visit.form.line("title"), visit.form.text("searches"))


async def _own(visit: Visit, text: str) -> CustomFeed:
    return await custom.get(visit.me.actor, _id(text))


def _id(text: str) -> RowId:
    return paging.named_row(text, "There is no such feed.")
