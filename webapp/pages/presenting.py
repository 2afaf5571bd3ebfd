"""Views -> pages: loads what every page shows, renders a template, sets the visitor cookie."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from quart import Response

from feeds import loading, notifications
from feeds.loading import FeedPage
from instance.resources import Instance
from storage import actors, relations, site
from storage import posts as posts_storage
from storage.records import Actor, Page, RegistrationMode, Relationship, RowId, Site
from users import registration
from webapp import files, paging, security
from webapp.errors import Mistake
from webapp.pages import views, words
from webapp.pages.views import ActorView, PostView, Scene
from webapp.pages.visit import Visit

REQUESTS_SHOWN_MAX = 100
NEW_PEOPLE_SHOWN = 3
_OK = 200
_UNAUTHENTICATED = 401
_OFFERS_SEARCH = (404, 410)
_NEW_PEOPLE_READ = 12
_NO_RELATIONSHIP = Relationship()
_NOTES = {
    "saved": "Saved.",
    "deleted": "The post is deleted.",
    "removed": "Done. They no longer follow you.",
    "accepted": "Accepted. They follow you now.",
    "declined": "Declined. They are not told why.",
    "password": "Your password is changed, and your other devices are logged out.",
    "ended": "That device is logged out.",
    "left": "Your account is deleted. Take care.",
    "out": "You are logged out.",
    "confirmed": "Your e-mail address is confirmed. You can log in.",
    "asked": "You asked to follow. As soon as they agree, you follow them.",
    "following": "You follow them now.",
    "unfollowed": "You no longer follow them.",
    "blocked": "Blocked. You do not meet any more.",
    "unblocked": "Not blocked any more.",
    "muted": "Muted. They do not notice.",
    "unmuted": "Not muted any more.",
    "opened": "Saved. Who waited for your approval follows you now.",
    "invited": "Here is a new link to give away.",
}


@cache
def _environment() -> jinja2.Environment:
    folder = Path(__file__).parents[1] / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
    )
    environment.globals.update(
        static=files.url, languages=words.LANGUAGES, language_codes=words.LANGUAGE_CODES
    )
    return environment


def scene(visit: Visit) -> Scene:
    """Return what views depend on in this visit."""
    viewer = visit.viewer
    instance = visit.instance
    return Scene(instance.now(), instance.settings.domain, viewer.actor.id if viewer else None)


async def page(visit: Visit, template: str, *, status: int = _OK, **context: Any) -> Response:
    """Return a page with everything that all pages show."""
    shared = await _shared(visit)
    html = _environment().get_template(template).render({**shared, **context})
    return respond(visit, html, status=status)


def respond(visit: Visit, html: str, *, status: int = _OK) -> Response:
    """Return markup as an answer that no cache gives to somebody else (PV-21)."""
    response = Response(html, status=status, content_type="text/html; charset=utf-8")
    settings = visit.instance.settings
    is_personal = visit.viewer is not None or visit.csrf.is_used
    response.headers["Cache-Control"] = "private, no-store" if is_personal else "no-cache"
    response.headers["Vary"] = "Cookie, Accept, HX-Request"
    if visit.viewer is None and visit.csrf.is_used:
        security.set_cookie(
            response,
            settings,
            security.visitor_cookie_name(settings),
            visit.csrf.secret,
            max_age_s=security.VISITOR_COOKIE_AGE_S,
        )
    return response


async def article(visit: Visit, post_id: RowId) -> Response:
    """Return one post alone, as htmx swaps it in.

    The form says how it stood on its page: who boosted it (`why`), as main post, or pinned (`as`).
    """
    post = await posts_storage.find(post_id)
    item = await loading.load_one(visit.instance, post, visit.me.actor) if post else None
    booster_id = paging.row_id(visit.form.get("why", ""))
    booster = await actors.find(RowId(booster_id)) if booster_id else None
    shown = None
    if item is not None:
        stood = visit.form.get("as", "")
        shown = replace(
            views.post_view(replace(item, booster=booster), scene(visit)),
            is_main=stood == "main",
            is_pinned_here=stood == "pinned",
        )
    context = {**await _shared(visit), "post": shown, "here_path": visit.back("/home")}
    return respond(visit, _environment().get_template("article.html").render(context))


def mistake_page(instance: Instance, mistake: Mistake) -> str:
    """Return an error as markup. Reads nothing: it must work when the database does not."""
    needs_login = mistake.status == _UNAUTHENTICATED
    return (
        _environment()
        .get_template("error.html")
        .render(
            site=Site(name=instance.settings.domain),
            me=None,
            theme="auto",
            csrf="",
            here="",
            here_path="",
            title=mistake.title,
            words=mistake.words,
            fields=[each for each in mistake.fields.items() if each[1] != mistake.words],
            offers_search=mistake.status in _OFFERS_SEARCH,
            link_path="/log-in" if needs_login else "/",
            link_words="Log in" if needs_login else "Go to the front page",
            status_number=mistake.status,
            status_words=mistake.status_words,
        )
    )


# ---------------------------------------------------------------- parts of pages


def posts(visit: Visit, found: FeedPage) -> list[PostView]:
    """Return the posts of a feed as shown."""
    how = scene(visit)
    return [views.post_view(item, how) for item in found.items]


def people(visit: Visit, found: Iterable[Actor]) -> list[ActorView]:
    """Return people as shown."""
    how = scene(visit)
    return [views.actor_view(actor, how) for actor in found]


async def relationships(visit: Visit, found: Iterable[Actor]) -> dict[int, Relationship]:
    """Return how the viewer stands to each of these people."""
    ids = [actor.id for actor in found]
    known: dict[RowId, Relationship] = {}
    if visit.viewer is not None and ids:
        me = visit.viewer.actor.id
        others = [each for each in ids if each != me]
        known = await relations.relationships(me, others, visit.instance.now())
    return {each: known.get(each, _NO_RELATIONSHIP) for each in ids}


async def new_people(visit: Visit) -> list[ActorView]:
    """Return a few people of this server whom the viewer does not know yet."""
    found = [
        actor
        for actor in await actors.list_local(Page(limit=_NEW_PEOPLE_READ))
        if actor.is_discoverable and actor.deleted_at is None and actor.suspended_at is None
    ]
    standing = await relationships(visit, found)
    strangers = [
        actor
        for actor in found
        if standing[actor.id] == _NO_RELATIONSHIP and actor.id != visit.me.actor.id
    ]
    return people(visit, strangers[:NEW_PEOPLE_SHOWN])


@dataclass(frozen=True, slots=True)
class Composer:
    """The form to write in, as it stands."""

    action: str
    label: str
    placeholder: str
    button: str
    draft_key: str
    letters_max: int
    audience: str
    language: str
    text: str = ""
    note: str = ""
    reply_to: int | None = None
    audiences: tuple[tuple[str, str], ...] = words.AUDIENCES
    can_choose_audience: bool = True
    audience_words: str = ""
    error: str = ""


# ---------------------------------------------------------------- what all pages show


async def _shared(visit: Visit) -> dict[str, Any]:
    viewer = visit.viewer
    mode = await registration.mode(visit.instance)
    unread = await notifications.unread_count(visit.instance, viewer.actor) if viewer else 0
    return {
        "site": await site.read(),
        "domain": visit.instance.settings.domain,
        "base_url": visit.instance.settings.base_url,
        "mode": mode.value,
        "may_join": mode is not RegistrationMode.CLOSED,
        "me": views.actor_view(viewer.actor, scene(visit)) if viewer else None,
        "theme": viewer.user.preferences.theme.value if viewer else "auto",
        "csrf": visit.csrf,
        "here": "",
        "here_path": visit.full_path,
        "note": _NOTES.get(visit.query.get("said", ""), ""),
        "error": "",
        "errors": {},
        "no_relationship": _NO_RELATIONSHIP,
        "posts": (),
        "people": (),
        "tabs": (),
        "next_max_id": None,
        "unread": unread,
        "navigation": _navigation(visit, unread),
        "short_navigation": _short_navigation(visit),
        "absolute": lambda url: _absolute(visit, url),
        "older_path": lambda max_id: paging.older_path(visit.path, visit.query, max_id),
    }


def _absolute(visit: Visit, url: str) -> str:
    return f"{visit.instance.settings.base_url}{url}" if url.startswith("/") else url


def _navigation(visit: Visit, unread: int) -> Sequence[tuple[str, str, str, int]]:
    if visit.viewer is None:
        return ()
    entries = [
        ("Home", "home", "/home", 0),
        ("Notifications", "bell", "/notifications", unread),
        ("Explore", "compass", "/explore", 0),
        ("Search", "search", "/search", 0),
        ("Saved", "mark", "/saved", 0),
        ("Favourites", "heart", "/favourites", 0),
        ("Profile", "users", views.actor_path(visit.viewer.actor), 0),
        ("Settings", "gear", "/settings", 0),
    ]
    if visit.viewer.is_admin:
        entries.append(("Admin", "shield", "/admin", 0))
    return entries


def _short_navigation(visit: Visit) -> Sequence[tuple[str, str, str, str]]:
    """Words, icon, path, and the page that it is the mark of."""
    if visit.viewer is None:
        return ()
    return (
        ("Home", "home", "/home", "Home"),
        ("Explore", "compass", "/explore", "Explore"),
        ("Write", "pen", "/compose", "Write"),
        ("Alerts", "bell", "/notifications", "Notifications"),
        ("Me", "users", views.actor_path(visit.viewer.actor), "Profile"),
    )
