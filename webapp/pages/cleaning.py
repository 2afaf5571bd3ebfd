"""Chapter settings, old posts: which of one's own posts are deleted by themselves (B55)."""

from dataclasses import replace

from instance.errors import Failure, Invalid
from outbox import cleaning
from storage.records import Cleanup
from webapp.asking import Answer
from webapp.forms import Fields
from webapp.pages import settings
from webapp.pages.visit import Visit, redirect

_AGES = (
    (7, "1 week"),
    (14, "2 weeks"),
    (30, "1 month"),
    (61, "2 months"),
    (91, "3 months"),
    (182, "6 months"),
    (365, "1 year"),
    (730, "2 years"),
)
_KEPT = (
    ("keeps_pinned", "Posts I pinned to my profile"),
    ("keeps_direct", "Posts for the people they mention alone"),
    ("keeps_liked", "Posts I favourited myself"),
    ("keeps_saved", "Posts I saved"),
    ("keeps_files", "Posts with pictures, films or sounds"),
    ("keeps_polls", "Polls"),
)


async def form(visit: Visit) -> Answer:
    """GET /settings/old-posts."""
    return await _page(visit, await cleaning.chosen(visit.instance, visit.me.actor))


async def change(visit: Visit) -> Answer:
    """POST /settings/old-posts."""
    before = await cleaning.chosen(visit.instance, visit.me.actor)
    wanted = before
    try:
        wanted = _wanted(visit.form, before)
        await cleaning.choose(visit.instance, visit.me.actor, wanted)
    except Invalid as failure:
        return await _page(visit, wanted, failure)
    return redirect("/settings/old-posts?said=saved")


def _wanted(sent: Fields, before: Cleanup) -> Cleanup:
    return replace(
        before,
        is_on=sent.is_checked("is_on"),
        after_days=_number(sent, "after_days") or 0,
        keeps_pinned=sent.is_checked("keeps_pinned"),
        keeps_direct=sent.is_checked("keeps_direct"),
        keeps_liked=sent.is_checked("keeps_liked"),
        keeps_saved=sent.is_checked("keeps_saved"),
        keeps_files=sent.is_checked("keeps_files"),
        keeps_polls=sent.is_checked("keeps_polls"),
        likes_min=_number(sent, "likes_min"),
        boosts_min=_number(sent, "boosts_min"),
    )


def _number(sent: Fields, name: str) -> int | None:
    """A number of a field; None where it is empty, 0 for what is none."""
    text = sent.line(name)
    if not text:
        return None
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004 - digits


async def _page(visit: Visit, chosen: Cleanup, failure: Failure | None = None) -> Answer:
    return await settings.panel(
        visit,
        "settings_cleaning.html",
        "Old posts",
        failure,
        f=chosen,
        ages=_AGES,
        kept=tuple((name, text, getattr(chosen, name)) for name, text in _KEPT),
    )
