"""Chapter announcements: read, put away and reacted to; made by who runs the server (B106)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from markupsafe import Markup

from feeds import announcements as use
from feeds.announced import Counted, Shown
from instance.errors import Invalid, NotFound
from storage.records import Announcement, RowId
from webapp import paging
from webapp.asking import Answer
from webapp.pages import admin, presenting, richtext, words
from webapp.pages.attached import reaction_name, reaction_picture
from webapp.pages.presenting import Surroundings
from webapp.pages.visit import Visit, redirect, said

PATH: Final = "/announcements"
ADMIN_PATH: Final = "/admin/announcements"
SHOWN_AT_HOME_MAX: Final = 2


@dataclass(frozen=True, slots=True)
class ReactionView:
    """An emoji under an announcement; `path` puts it there, or takes it back."""

    path: str
    name: str
    picture: Markup
    number: int
    is_mine: bool


@dataclass(frozen=True, slots=True)
class AnnouncementView:
    """An announcement as its reader sees it; `about` is when what it speaks of is."""

    id: int
    html: Markup
    about: str
    is_read: bool
    reactions: tuple[ReactionView, ...]


async def unread(visit: Visit, around: Surroundings) -> tuple[AnnouncementView, ...]:
    """Return the first that the reader has not read; asks nothing where there are none."""
    if not around.unread.announcements:
        return ()
    found = await use.unread(visit.instance, visit.me.actor, SHOWN_AT_HOME_MAX)
    return tuple(map(_view, found))


async def read(visit: Visit) -> Answer:
    """GET /announcements: all that is told now, read or not."""
    found = await use.current(visit.instance, visit.me.actor)
    shown = [_view(each) for each in found]
    return await presenting.page(visit, "announcements.html", announcements=shown)


async def dismiss(visit: Visit, announcement_id: str) -> Answer:
    """POST /announcements/<id>/dismiss."""
    await use.dismiss(visit.instance, visit.me.actor, _id(announcement_id))
    return redirect(visit.back("/home"))


async def react(visit: Visit, announcement_id: str) -> Answer:
    """POST /announcements/<id>/react?emoji=: put it there, or take it back."""
    name = visit.query.get("emoji") or visit.form.line("emoji")
    if not name:
        raise Invalid("Choose an emoji first.")
    act = use.unreact if visit.form.is_undo() else use.react
    await act(visit.instance, visit.me.actor, _id(announcement_id), name)
    return redirect(f"{visit.back(PATH).partition('#')[0]}#a{announcement_id}")


def _id(text: str) -> RowId:
    return paging.named_row(text, "There is no such announcement.")


def _view(shown: Shown) -> AnnouncementView:
    found = shown.announcement
    return AnnouncementView(
        id=found.id,
        html=richtext.shown(shown.content, shown.emojis),
        about=_about(found),
        is_read=shown.is_read,
        reactions=tuple(_reaction(found, each) for each in shown.reactions),
    )


def _reaction(found: Announcement, each: Counted) -> ReactionView:
    return ReactionView(
        path=f"{PATH}/{found.id}/react?{urlencode({'emoji': each.name})}",
        name=reaction_name(each.name),
        picture=reaction_picture(each.name, each.url),
        number=each.count,
        is_mine=each.is_mine,
    )


def _about(found: Announcement) -> str:
    if found.starts_at is None:
        return ""
    first = _moment(found.starts_at, found)
    last = _moment(found.ends_at, found) if found.ends_at is not None else first
    return first if first == last else f"{first} to {last}"


def _moment(moment: datetime, found: Announcement) -> str:
    return words.day(moment) if found.is_all_day else _at(moment)


def _at(moment: datetime) -> str:
    return f"{words.day(moment)}, {moment:%H:%M} UTC"


# ---------------------------------------------------------------- those who run the server


async def admin_form(visit: Visit) -> Answer:
    """GET /admin/announcements."""
    return await _admin_page(visit)


async def announce(visit: Visit) -> Answer:
    """POST /admin/announcements: tell it now, or when its time has come (C30)."""
    form = visit.form
    try:
        await use.announce(
            visit.instance,
            form.text("text"),
            at=_time(form.line("at")),
            ends_at=_time(form.line("until")),
            by=visit.me.actor.id,
        )
    except Invalid as failure:
        return await _admin_page(visit, failure)
    return redirect(said(ADMIN_PATH, "saved"))


async def change(visit: Visit) -> Answer:
    """POST /admin/announcements/change: end one, or delete it with the emoji under it."""
    announcement_id = RowId(visit.form.id("announcement"))
    act = use.end if visit.form.get("do") == "end" else use.withdraw
    try:
        await act(visit.instance, announcement_id, by=visit.me.actor.id)
    except NotFound:  # pressed twice, or done by somebody else meanwhile
        return redirect(ADMIN_PATH)
    return redirect(said(ADMIN_PATH, "saved"))


async def _admin_page(visit: Visit, failure: Invalid | None = None) -> Answer:
    now, form = visit.instance.now(), visit.form
    return await admin.panel(
        visit,
        "admin_announcements.html",
        "Announcements",
        failure=failure,
        f={"text": form.text("text"), "at": form.line("at"), "until": form.line("until")},
        announcements=[_row(each, now) for each in await use.everything()],
    )


def _row(each: Announcement, now: datetime) -> dict[str, Any]:
    is_over = each.ends_at is not None and each.ends_at <= now
    is_told = not is_over and each.created_at <= now
    until = f" until {_at(each.ends_at)}" if each.ends_at is not None else ""
    state = f"told{until}" if is_told else f"is told from {_at(each.created_at)}{until}"
    if is_over and each.ends_at is not None:
        state = f"over since {_at(each.ends_at)}"
    return {"id": each.id, "words": words.excerpt(each.text), "state": state, "is_told": is_told}


def _time(text: str) -> datetime | None:
    """Return a time as browsers send it, taken as UTC. Raises `Invalid`."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
    except ValueError as wrong:
        raise Invalid("This is no time.") from wrong
