"""Chapter relations: profiles, follow lists, requests; follow, block, mute and their undo."""

from collections.abc import Sequence
from typing import Any

from actors import handles, numbers, remote
from feeds import public
from feeds.items import FeedItem, FeedPage
from inbox import backfilling
from inbox.backfilling import Which
from instance.errors import Failure, NotFound
from outbox import blocking, following, moving
from posts import threads
from storage import actors, posts, relations
from storage.records import Actor, ActorCounts, FilterContext, InteractionKind, Page, RowId
from webapp import paging
from webapp.activitypub.negotiation import wants_activity
from webapp.asking import Answer
from webapp.pages import finding, presenting, reading, views
from webapp.pages.finding import Found
from webapp.pages.visit import Visit, redirect, said, see_id

LIST_LIMIT = 40


# ---------------------------------------------------------------- profile


async def profile(visit: Visit, handle: str) -> Answer:
    """GET /@name and /@name@host."""
    return await _profile(visit, handle, with_replies=False)


async def profile_with_replies(visit: Visit, handle: str) -> Answer:
    """GET /@name/replies."""
    return await _profile(visit, handle, with_replies=True)


async def _profile(visit: Visit, handle: str, *, with_replies: bool) -> Answer:
    who = await finding.actor_of_page(visit, handle)
    if who.is_local and wants_activity(visit.accept):
        return see_id(who.uri)
    path = views.actor_path(who)
    if path != f"/@{handle}":
        return redirect(f"{path}/replies" if with_replies else path)
    page = paging.read(visit.query)
    found = await public.profile(visit.instance, who, page, visit.reader, with_replies=with_replies)
    is_start = page.max_id is None and not with_replies
    pinned = await public.pinned(visit.instance, who, visit.reader) if is_start else ()
    return await _profile_page(visit, who, found, pinned, with_replies=with_replies)


async def _profile_page(
    visit: Visit,
    who: Actor,
    found: FeedPage,
    pinned: Sequence[FeedItem],
    *,
    with_replies: bool,
) -> Answer:
    how = presenting.scene(visit)
    standing = await presenting.relationships(visit, [who])
    where = FilterContext.ACCOUNT
    shown = await presenting.posts(visit, pinned, place="pinned", where=where)
    return await presenting.kept_page(
        visit,
        "profile.html",
        posts=[*shown, *await presenting.posts(visit, found.items, where=where)],
        next_max_id=found.next_max_id,
        here="Profile" if who.id == how.viewer_id else "",
        who=views.actor_view(who, how),
        moved=await _moved(visit, who),
        relation=standing[who.id] if visit.viewer else None,
        counts=await _counts(visit, who),
        with_replies=with_replies,
    )


async def _moved(visit: Visit, who: Actor) -> views.ActorView | None:
    """Return the account that somebody has moved to, if we know it."""
    now = await moving.whereabouts(visit.instance, who)
    return views.actor_view(now, presenting.scene(visit)) if now is not None else None


async def _counts(visit: Visit, who: Actor) -> ActorCounts:
    """Return the counts of rows; of people elsewhere what their server said, if it did."""
    here = await numbers.of_one(visit.instance, who)
    if who.is_local:
        return here
    return ActorCounts(
        followers=max(here.followers, who.followers_total or 0),
        following=max(here.following, who.following_total or 0),
        posts=max(here.posts, who.posts_total or 0),
    )


# ---------------------------------------------------------------- lists


async def followers(visit: Visit, handle: str) -> Answer:
    """GET /@name/followers."""
    who = await finding.actor_of_page(visit, handle)
    rows, told = await _rows(visit, who, "followers"), await _told(visit, who, "followers")
    is_own = visit.viewer is not None and visit.viewer.actor.id == who.id
    kind = "own_followers" if is_own else ""
    return await _list_page(visit, who, rows, told, title="Followers", kind=kind)


async def follows(visit: Visit, handle: str) -> Answer:
    """GET /@name/following."""
    who = await finding.actor_of_page(visit, handle)
    rows, told = await _rows(visit, who, "following"), await _told(visit, who, "following")
    return await _list_page(visit, who, rows, told, title="Following")


Rows = list[tuple[RowId, Actor]]


async def _rows(visit: Visit, who: Actor, which: Which) -> Rows | None:
    """Return one row more than is shown; None when the list is hidden (PV-9)."""
    is_own = visit.viewer is not None and visit.viewer.actor.id == who.id
    if who.hides_follows and not is_own:
        return None
    max_id = paging.read(visit.query).max_id
    read = relations.followers if which == "followers" else relations.following
    return await read(who.id, Page(limit=LIST_LIMIT + 1, max_id=max_id))


async def _told(visit: Visit, who: Actor, which: Which) -> list[Actor]:
    """Return whom the server of somebody elsewhere names; asked for people who are logged in."""
    if who.is_local or visit.viewer is None or paging.read(visit.query).max_id is not None:
        return []
    return await backfilling.people(visit.instance, who, which)


async def _list_page(
    visit: Visit, who: Actor, rows: Rows | None, told: list[Actor], *, title: str, kind: str = ""
) -> Answer:
    counts = await _counts(visit, who)
    view = views.actor_view(who, presenting.scene(visit))
    tabs = (
        (f"Following {counts.following:,}", f"{view.path}/following", title == "Following"),
        (f"Followers {counts.followers:,}", f"{view.path}/followers", title == "Followers"),
    )
    empty = ("Nobody yet", f"Whom {view.name} follows is listed here.")
    if title == "Followers":
        empty = ("Nobody yet", f"Who follows {view.name} is listed here.")
    if rows is None:
        empty = ("This list is private", f"{view.name} shows the numbers, not the names.")
    return await _people_page(
        visit,
        rows or [],
        told,
        title=f"{title}: {view.name}",
        who=view,
        tabs=tabs,
        list_kind=kind,
        empty_title=empty[0],
        empty_words=empty[1],
    )


async def _people_page(
    visit: Visit, rows: Rows, told: Sequence[Actor] = (), **context: Any
) -> Answer:
    """Show the people of one page; who blocks the viewer, or is gone, is not among them."""
    shown = rows[:LIST_LIMIT]
    known = {actor.id: actor for actor in (*(actor for _, actor in shown), *told)}
    found = [actor for actor in known.values() if not (actor.deleted_at or actor.suspended_at)]
    standing = await presenting.relationships(visit, found)
    people = [actor for actor in found if not standing[actor.id].blocked_by]
    return await presenting.page(
        visit,
        "people.html",
        people=presenting.people(visit, people),
        relations=standing,
        older=presenting.older(visit, shown[-1][0] if len(rows) > LIST_LIMIT else None),
        **{"total": None, "back_path": "", "list_kind": "", **context},
    )


async def favourited_by(visit: Visit, post_id: str) -> Answer:
    """GET /posts/<id>/favourites: for whoever may see the post (PV-3, PV-22)."""
    return await _reactions(visit, post_id, InteractionKind.LIKE, "Favourited by")


async def boosted_by(visit: Visit, post_id: str) -> Answer:
    """GET /posts/<id>/boosts: for whoever may see the post (PV-3)."""
    return await _reactions(visit, post_id, InteractionKind.BOOST, "Boosted by")


async def _reactions(visit: Visit, text: str, kind: InteractionKind, title: str) -> Answer:
    post = await threads.visible_post(visit.instance, finding.post_id(text), visit.reader)
    author = await actors.get(post.actor_id)
    max_id = paging.read(visit.query).max_id
    rows = await posts.actors_of(
        kind, post.id, Page(limit=LIST_LIMIT + 1, max_id=max_id), openly=True
    )
    return await _people_page(
        visit,
        rows,
        title=title,
        who=None,
        back_path=views.post_path(post, author),
        empty_title="Nobody yet",
        empty_words="Who does is listed here.",
    )


async def requests(visit: Visit) -> Answer:
    """GET /requests: who would like to follow."""
    max_id = paging.read(visit.query).max_id
    page = Page(limit=LIST_LIMIT + 1, max_id=max_id)
    rows = await relations.requests_to(visit.me.actor.id, page)
    return await _people_page(
        visit,
        rows,
        here="Notifications",
        title="Follow requests",
        who=None,
        list_kind="requests",
        empty_title="Nobody asks at the moment",
        empty_words="Who would like to follow you appears here.",
    )


async def answer_request(visit: Visit) -> Answer:
    """POST /requests: let somebody follow, or not."""
    follower_id = RowId(visit.form.id("who"))
    is_welcome = visit.form.get("do") == "accept"
    act = following.accept if is_welcome else following.reject
    await act(visit.instance, visit.me.actor, follower_id)
    return redirect(said(visit.back("/requests"), "accepted" if is_welcome else "declined"))


# ---------------------------------------------------------------- follow, block, mute


async def follow(visit: Visit, handle: str) -> Answer:
    """POST /@name/follow: follow, ask to, unfollow, or take the request back."""
    who = await _known(visit, handle)
    if visit.form.is_undo():
        await following.unfollow(visit.instance, visit.me.actor, who)
        return _done(visit, who, "unfollowed")
    now = await following.follow(visit.instance, visit.me.actor, who)
    return _done(visit, who, "following" if now.following else "asked")


async def follow_anyone(visit: Visit) -> Answer:
    """POST /follow: somebody by handle or link, wherever they are (bounded to 10 s)."""
    text = visit.form.line("who")[: finding.QUERY_LETTERS_MAX]
    try:
        await finding.allow_asking(visit)
        who = await remote.resolve(visit.instance, text)
        now = await following.follow(visit.instance, visit.me.actor, who)
    except Failure as failure:
        found = Found(error=failure.public)
        return await reading.search_page(visit, text, found, Page(), failure)
    path = views.actor_path(who)
    return redirect(said(path, "following" if now.following else "asked"))


async def block(visit: Visit, handle: str) -> Answer:
    """POST /@name/block."""
    who = await _known(visit, handle)
    if visit.form.is_undo():
        await blocking.unblock(visit.instance, visit.me.actor, who.id)
        return _done(visit, who, "unblocked")
    await blocking.block(visit.instance, visit.me.actor, who.id)
    return _done(visit, who, "blocked")


async def mute(visit: Visit, handle: str) -> Answer:
    """POST /@name/mute."""
    who = await _known(visit, handle)
    if visit.form.is_undo():
        await blocking.unmute(visit.instance, visit.me.actor, who.id)
        return _done(visit, who, "unmuted")
    await blocking.mute(visit.instance, visit.me.actor, who.id)
    return _done(visit, who, "muted")


async def remove_follower(visit: Visit, handle: str) -> Answer:
    """POST /@name/remove-follower."""
    who = await _known(visit, handle)
    await following.remove_follower(visit.instance, visit.me.actor, who.id)
    return _done(visit, who, "removed")


async def _known(visit: Visit, handle: str) -> Actor:
    """Return somebody even when suspended: one may always end what one has with them."""
    named = finding.handle_in_path(visit.instance, handle)
    host = None if handles.is_ours(visit.instance, named) else named.host
    found = await actors.find_by_handle(named.username, host)
    if found is None:
        raise NotFound("There is nobody of this name here.")
    return found


def _done(visit: Visit, who: Actor, note: str) -> Answer:
    return redirect(said(visit.back(views.actor_path(who)), note))
