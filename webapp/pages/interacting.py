"""Chapter interacting: between two servers, one of which is where the visitor has an account.

Who has it elsewhere goes there to follow or answer; who comes from there finds what it is about.
"""

from typing import Any

from actors import handles
from federation import webfinger
from instance.errors import Failure, Invalid, NotFound
from moderation import limits
from posts import threads
from storage import actors, posts
from storage.records import Actor, Page, Post
from webapp.asking import Answer
from webapp.pages import finding, presenting, reading, views
from webapp.pages.visit import Visit, redirect

WAYS_PER_ADDRESS_MAX = 10
WAYS_MAX = 300
HOUR_S = 3600


async def authorize(visit: Visit) -> Answer:
    """GET /authorize_interaction?uri=: the page of somebody or of a post, where one follows (A116).

    Nothing is done by following the link itself: there stand the buttons.
    """
    text = visit.query.text("uri").strip()[: finding.QUERY_LETTERS_MAX]
    found = await finding.look_up(visit, text)
    if found.actors:
        return redirect(views.actor_path(found.actors[0]))
    if found.posts:
        shown = await threads.visible_post(visit.instance, found.posts[0].id, visit.reader)
        author = await actors.get(shown.actor_id)
        return redirect(f"{views.post_path(shown, author)}#p{shown.id}")
    return await reading.search_page(visit, text, found, Page())


async def form(visit: Visit) -> Answer:
    """GET /interact?uri=: ask which server the visitor comes from."""
    return await _page(visit, await _subject(visit, visit.query.text("uri")))


async def find_way(visit: Visit) -> Answer:
    """POST /interact: the address on the visitor's own server, as that server tells (A116).

    E139: one question to one server, for a form that somebody sent, and few an hour. The way there
    is a link and no redirect, so that one sees where it leads.
    """
    uri, typed = visit.form.line("uri"), visit.form.line("who")[: finding.QUERY_LETTERS_MAX]
    subject = await _subject(visit, uri)
    try:
        handle = webfinger.parse_handle(typed)
        if handle is None or handle.host is None:
            raise Invalid("Write your handle with its server, such as name@server.")
        if handles.is_ours(visit.instance, handle):
            return redirect(views.actor_path(subject) if isinstance(subject, Actor) else "/log-in")
        await _allow(visit)
        way = await handles.page_to_act(visit.instance, handle, uri)
    except Failure as failure:
        return await _page(visit, subject, who=typed, failure=failure)
    return await _page(visit, subject, who=typed, way=way)


async def _allow(visit: Visit) -> None:
    source = limits.source_of(visit.address)
    for key, often in ((f"ways {source}", WAYS_PER_ADDRESS_MAX), ("ways", WAYS_MAX)):
        await limits.allow(visit.instance, key, max=often, window_s=HOUR_S, address=visit.address)


async def _subject(visit: Visit, uri: str) -> Actor | Post:
    """Somebody or a post that everybody may see; nothing else is offered, and nothing fetched."""
    actor = await actors.find_by_uri(uri)
    if actor is not None and actor.deleted_at is None and actor.suspended_at is None:
        return actor
    post = await posts.find_by_uri(uri)
    if post is None:
        raise NotFound("There is nothing at this address, or it is not for you.")
    return await threads.visible_post(visit.instance, post.id, None)


async def _page(
    visit: Visit,
    subject: Actor | Post,
    *,
    who: str = "",
    way: str = "",
    failure: Failure | None = None,
) -> Answer:
    context: dict[str, Any] = {"uri": subject.uri, "typed": who, "way": way}
    author = subject if isinstance(subject, Actor) else await actors.get(subject.actor_id)
    return await presenting.page(
        visit,
        "interact.html",
        failure=failure,
        who=views.actor_view(author, presenting.scene(visit)),
        is_person=isinstance(subject, Actor),
        **context,
    )
