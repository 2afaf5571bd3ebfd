"""Views -> pages: loads what every page shows, renders a template, sets the visitor cookie."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from markupsafe import Markup

from feeds import keyword_filters, loading, notifications
from feeds.items import FeedItem
from instance.errors import Failure, Invalid, NotFound
from instance.resources import Instance
from storage import actors, relations, sights, site
from storage.least_used import LeastUsed
from storage.notifications import Unread
from storage.records import (
    Actor,
    FilterContext,
    Person,
    RegistrationMode,
    Relationship,
    RowId,
    Site,
)
from users import registration
from webapp import paging, security
from webapp.asking import Answer
from webapp.auth import Viewer
from webapp.errors import Mistake, status_of
from webapp.pages import templating, veiling, views, words
from webapp.pages.articles import Article, Reader, articles
from webapp.pages.holes import Cut, Filling, cut, hole, text
from webapp.pages.views import ActorView, Place, Scene
from webapp.pages.visit import Visit

NEW_PEOPLE_SHOWN = 3
_OK = 200
_UNAUTHENTICATED = 401
_OFFERS_SEARCH = (404, 410)
_NEW_PEOPLE_READ = 12
_PERSON_BYTES = 2000
_NO_RELATIONSHIP = Relationship()
_NOT_HERE = b'<p class="gone">This post is not here any more.</p>'


def scene(visit: Visit) -> Scene:
    """Return what views depend on in this visit."""
    viewer, instance = visit.viewer, visit.instance
    viewer_id = viewer.actor.id if viewer else None
    return Scene(instance.now(), instance.settings.handles_at, viewer_id, instance.addresses)


class Surroundings(NamedTuple):
    """What every page reads besides its own things."""

    site: Site
    mode: RegistrationMode
    unread: Unread


async def page(
    visit: Visit,
    template: str,
    *,
    status: int = _OK,
    failure: Failure | None = None,
    **context: Any,
) -> Answer:
    """Return a page with everything that all pages show.

    A failure stands above its forms, and at the fields that it names.
    """
    if failure is not None:
        status, context["error"] = status_of(failure), failure.public
        context["errors"] = failure.fields if isinstance(failure, Invalid) else {}
    around = await surroundings(visit)
    shared = _shared(visit, around) | {"csrf": visit.csrf, "here_path": visit.full_path}
    html = templating.render(template, {**shared, **context})
    return respond(visit, html.encode(), status=status)


async def kept_page(
    visit: Visit,
    template: str,
    *,
    posts: Sequence[Article] = (),
    others: Mapping[str, Filling] | None = None,
    next_max_id: int | None = None,
    around: Surroundings | None = None,
    **context: Hashable,
) -> Answer:
    """Return a page that is kept as it was rendered, for all looks at which the context is equal.

    It is a function of nothing else: the posts of the page, the forms' token and the way back stand
    in holes. `others` are fillings of holes that the context has. Values that are seldom the same
    twice do not belong here. `around` is given by who has asked for it already.
    """
    around = around or await surroundings(visit)
    viewer = visit.viewer
    who = _outside(viewer) if viewer is not None else None
    given = tuple(context.items())
    key = (
        template,
        who,
        around,
        _note(visit),
        next_max_id is None,
        len(posts),
        given,
    )
    kept: Cut | None = visit.instance.renderings.get(key)
    if kept is None:
        shared = _shared(visit, around) | {
            "csrf": hole("csrf"),
            "here_path": hole("back"),
            "older": hole("older") if next_max_id is not None else "",
            "posts": tuple(hole(f"post_{number}") for number in range(len(posts))),
        }
        kept = cut(templating.render(template, {**shared, **context}))
        visit.instance.renderings.put(key, kept, kept.size)
    fillings = {f"post_{number}": article.html for number, article in enumerate(posts)}
    fillings["back"] = text(visit.full_path)
    if "csrf" in kept.names:
        fillings["csrf"] = token(visit)
    if next_max_id is not None:
        fillings["older"] = text(older(visit, next_max_id))
    if others is not None:
        fillings |= others
    return respond(visit, kept.fill(fillings))


def _outside(viewer: Viewer) -> Hashable:
    """Return what the frame of a page shows of who looks."""
    actor = viewer.actor
    return actor.id, actor.version, viewer.user.role, viewer.user.preferences.theme


def token(visit: Visit) -> Filling:
    """Return the token of this visit's forms; from now on it counts as used."""
    return text(str(visit.csrf))


def respond(visit: Visit, html: bytes, *, status: int = _OK) -> Answer:
    """Return markup as an answer that no cache gives to somebody else (PV-21)."""
    settings = visit.instance.settings
    is_nobody = visit.viewer is None and visit.shut_out is None
    is_personal = not is_nobody or visit.csrf.is_used
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "private, no-store" if is_personal else "no-cache"),
        ("Vary", "Cookie, Accept, Accept-Language, HX-Request"),
    ]
    if is_nobody and visit.csrf.is_used:
        name, age = security.visitor_cookie_name(settings), security.VISITOR_COOKIE_AGE_S
        headers.append(security.cookie(settings, name, visit.csrf.secret, max_age_s=age))
    return Answer(status, headers, html)


async def article(visit: Visit, post_id: RowId) -> Answer:
    """Return one post alone, as htmx swaps it in: unfolded, for who acts on it has opened it.

    The query says how it stood on its page: who boosted it (`why`), as main post, or pinned (`as`).
    """
    me, booster_id = visit.me.actor, paging.row_id(visit.query.get("why", "")) or None
    item = None
    if booster_id is not None:
        item = await loading.load_one(visit.instance, post_id, me, booster_id=RowId(booster_id))
    item = item or await loading.load_one(visit.instance, post_id, me)
    stood = visit.query.get("as", "")
    place: Place = "main" if stood == "main" else "pinned" if stood == "pinned" else "feed"
    shown = await articles(_reader(visit), [item] if item else [], place=place)
    return respond(visit, shown[0].html if shown else _NOT_HERE)


def mistake_page(instance: Instance, mistake: Mistake) -> str:
    """Return an error as markup. Reads nothing: it must work when the database does not."""
    needs_login = mistake.status == _UNAUTHENTICATED
    return templating.render(
        "error.html",
        {
            "site": Site(name=instance.settings.domain),
            "me": None,
            "theme": "auto",
            "csrf": "",
            "here": "",
            "here_path": "",
            "title": mistake.title,
            "words": mistake.words,
            "fields": [each for each in mistake.fields.items() if each[1] != mistake.words],
            "offers_search": mistake.status in _OFFERS_SEARCH,
            "link_path": "/log-in" if needs_login else "/",
            "link_words": "Log in" if needs_login else "Go to the front page",
            "status_number": mistake.status,
            "status_words": mistake.status_words,
        },
    )


# ---------------------------------------------------------------- parts of pages


def _reader(visit: Visit) -> Reader:
    language = visit.viewer.user.preferences.language if visit.viewer else visit.language
    return Reader(scene(visit), visit.instance.renderings, language)


async def posts(
    visit: Visit,
    found: Sequence[FeedItem],
    *,
    place: Place = "feed",
    heading: str = "h2",
    where: FilterContext = FilterContext.PUBLIC,
) -> list[Article]:
    """Return posts as they stand on the page that is asked for, as its reader's filters have it."""
    matched = await keyword_filters.matching(visit.instance, found, visit.reader, where)
    reader = _reader(visit)
    if matched:
        reader = replace(reader, veils=veiling.veils(matched))
    return await articles(reader, found, place=place, heading=heading)


async def one_post(visit: Visit, post_id: RowId, *, place: Place = "feed") -> Article:
    """Return one post that a page is about; NotFound when the viewer may not see it."""
    item = await loading.load_one(visit.instance, post_id, visit.reader)
    shown = await articles(_reader(visit), [item] if item else [], place=place)
    if not shown:
        raise NotFound("There is no post at this address, or it is not for you.")
    return shown[0]


def markup(shown: Article) -> Markup:
    """Return a post for a template that is not kept."""
    return Markup(shown.html.decode())  # noqa: S704 - a Filling


async def excerpts(visit: Visit, ids: Iterable[RowId]) -> dict[int, str]:
    """Return how posts begin, on one line: those of them that the viewer may see."""
    seen = await loading.dress(await loading.load(visit.instance, ids, visit.reader))
    return {each.post.id: views.post_excerpt(each.post) for each in seen}


def older(visit: Visit, next_max_id: int | None) -> str:
    """Return the path of the next page, '' where there is none."""
    if next_max_id is None:
        return ""
    return paging.older_path(visit.path, visit.query, next_max_id)


def people(visit: Visit, found: Iterable[Actor]) -> tuple[ActorView, ...]:
    """Return people as shown."""
    how = scene(visit)
    return tuple(views.actor_view(actor, how) for actor in found)


async def relationships(visit: Visit, found: Iterable[Actor]) -> dict[int, Relationship]:
    """Return how the viewer stands to each of these people."""
    ids = [actor.id for actor in found]
    known: dict[RowId, Relationship] = {}
    if visit.viewer is not None and ids:
        me = visit.viewer.actor.id
        others = [each for each in ids if each != me]
        known = await relations.relationships(me, others, visit.instance.now())
    return {each: known.get(each, _NO_RELATIONSHIP) for each in ids}


async def new_people(visit: Visit) -> tuple[ActorView, ...]:
    """Return a few people of this server whom the viewer does not know yet."""
    how = scene(visit)
    found = await sights.strangers(
        visit.me.actor.id, how.now, among=_NEW_PEOPLE_READ, limit=NEW_PEOPLE_SHOWN
    )
    return await _views_of(visit.instance.renderings, found, how)


async def _views_of(
    renderings: LeastUsed[Any], found: Sequence[Person], how: Scene
) -> tuple[ActorView, ...]:
    """Return people as shown; those who changed, or whom nobody has seen yet, are loaded."""
    kept = {each.id: renderings.get(("person", each.id)) for each in found}
    stale = [each.id for each in found if (kept[each.id] or (None,))[0] != each.version]
    if stale:
        for actor in (await actors.by_ids(stale)).values():
            kept[actor.id] = actor.version, views.actor_view(actor, how)
            renderings.put(("person", actor.id), kept[actor.id], _PERSON_BYTES)
    return tuple(view for _, view in filter(None, kept.values()))


# ---------------------------------------------------------------- what all pages show


async def surroundings(visit: Visit) -> Surroundings:
    """Return what every page reads besides its own things."""
    viewer = visit.viewer
    found = await site.read()
    mode = registration.mode_of(visit.instance, found)
    if viewer is None:
        return Surroundings(found, mode, Unread())
    return Surroundings(
        found, mode, await notifications.unread_of_page(visit.instance, viewer.actor)
    )


def _shared(visit: Visit, around: Surroundings) -> dict[str, Any]:
    viewer = visit.viewer
    unread, mode = around.unread.notifications, around.mode
    return {
        "site": around.site,
        "domain": visit.instance.settings.handles_at,
        "base_url": visit.instance.settings.base_url,
        "mode": mode.value,
        "may_join": mode is not RegistrationMode.CLOSED,
        "me": views.actor_view(viewer.actor, scene(visit)) if viewer else None,
        "moderates": viewer is not None and viewer.is_moderator,
        "theme": viewer.user.preferences.theme.value if viewer else "auto",
        "here": "",
        "note": _note(visit),
        "error": "",
        "errors": {},
        "no_relationship": _NO_RELATIONSHIP,
        "posts": (),
        "people": (),
        "tabs": (),
        "held_back": 0,
        "older": "",
        "unread": unread,
        "navigation": _navigation(visit, unread),
        "short_navigation": _short_navigation(visit),
        "absolute": lambda url: _absolute(visit, url),
    }


def _note(visit: Visit) -> str:
    return words.NOTES.get(visit.query.get("said", ""), "")


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
        ("Lists", "list", "/lists", 0),
        ("Saved", "mark", "/saved", 0),
        ("Favourites", "heart", "/favourites", 0),
        ("Profile", "users", views.actor_path(visit.viewer.actor), 0),
        ("Settings", "gear", "/settings", 0),
    ]
    if visit.viewer.is_admin:
        entries.append(("Admin", "shield", "/admin", 0))
    elif visit.viewer.is_moderator:
        entries.append(("Admin", "shield", "/admin/reports", 0))
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
