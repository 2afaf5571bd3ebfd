"""Chapter reading: home, explore, hashtags, threads, versions, saved, search, notifications."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from actors.links import web_link
from actors.text import fold_hashtag, is_hashtag
from feeds import (
    chosen,
    home,
    keyword_filters,
    loading,
    notification_requests,
    notifications,
    public,
)
from feeds.items import FeedItem, FeedPage
from inbox import searching
from inbox.searching import Wanted
from instance.errors import Failure, Invalid, NotFound
from posts import threads
from posts.search import find_posts
from storage import lists, posts
from storage.records import FilterContext, Page, Post, RowId, Twig
from storage.timelines import EVERYTHING
from webapp import paging
from webapp.activitypub import collections
from webapp.activitypub.negotiation import wants_activity
from webapp.asking import Answer
from webapp.pages import announcing, branching, composing, finding, presenting, quoted, told, whole
from webapp.pages.articles import Article
from webapp.pages.finding import Found
from webapp.pages.holes import hole, text
from webapp.pages.visit import Visit, redirect, see_id

PEOPLE_FOUND_MAX = 10
_NEIGHBOURS_NAMED = 5
_NOBODY = "Nobody has written here yet."


async def read_home(visit: Visit) -> Answer:
    """GET /home: the feed, with the composer on top."""
    me = visit.me.actor
    page = paging.read(visit.query)
    found = await home.read(visit.instance, me, page)
    around = await presenting.surroundings(visit)
    return await presenting.kept_page(
        visit,
        "home.html",
        around=around,
        announcements=await announcing.unread(visit, around) if page.max_id is None else (),
        announcements_left=max(0, around.unread.announcements - announcing.SHOWN_AT_HOME_MAX),
        posts=await presenting.posts(visit, found.items, where=FilterContext.HOME),
        next_max_id=found.next_max_id,
        here="Home",
        is_first_page=page.max_id is None,
        is_quiet=all(each.post.author_id == me.id for each in found.items),
        people=await presenting.new_people(visit),
        composer=composing.at_home(visit),
        focus=not found.items,
    )


async def feed_page(
    visit: Visit,
    title: str,
    found: FeedPage,
    *,
    where: FilterContext = FilterContext.PUBLIC,
    **more: Any,
) -> Answer:
    """Return a page of posts with a title; `more` says what stands around them."""
    context: dict[str, Any] = {
        "here": "Explore",
        "end_words": "Nothing is hidden, nothing is recommended.",
        "empty_title": "Nothing yet",
        "empty_words": _NOBODY,
        "lead": "",
        "back_path": "",
        "tag_path": "",
        "edit_path": "",
        "edit_words": "",
        "is_followed": False,
        **more,
    }
    return await presenting.kept_page(
        visit,
        "feed.html",
        posts=await presenting.posts(visit, found.items, where=where),
        next_max_id=found.next_max_id,
        title=title,
        **context,
    )


def explore_tabs(visit: Visit, here: str) -> tuple[tuple[str, str, bool], ...]:
    """Return the ways to look around: words, path, and whether one is there."""
    has_near = bool(visit.instance.settings.feeds.bubble)
    tabs = (
        ("Here" if has_near else "This server", "/explore"),
        *([("Neighbours", "/explore/neighbours")] if has_near else []),
        ("Everywhere", "/explore/everywhere"),
        ("Trending", "/explore/trending"),
        ("People", "/explore/people"),
        ("Search", "/search"),
    )
    return tuple((text, path, path == here) for text, path in tabs)


async def explore(visit: Visit) -> Answer:
    """GET /explore: public posts of this server."""
    viewer = visit.reader
    found = await public.local(visit.instance, paging.read(visit.query), viewer)
    return await feed_page(visit, "Explore", found, tabs=explore_tabs(visit, "/explore"))


async def explore_neighbours(visit: Visit) -> Answer:
    """GET /explore/neighbours: public posts of this server and of those near to it (B69)."""
    hosts = visit.instance.settings.feeds.bubble
    if not hosts:
        raise NotFound("This server has no neighbours.")
    found = await chosen.bubble(visit.instance, EVERYTHING, paging.read(visit.query), visit.reader)
    tabs = explore_tabs(visit, "/explore/neighbours")
    named, more = ", ".join(hosts[:_NEIGHBOURS_NAMED]), len(hosts) - _NEIGHBOURS_NAMED
    among = f"{named} and {more} more" if more > 0 else named
    lead = f"Public posts of this server and its neighbours: {among}."
    return await feed_page(visit, "Explore", found, tabs=tabs, lead=lead)


async def explore_everywhere(visit: Visit) -> Answer:
    """GET /explore/everywhere: public posts of all servers we know."""
    viewer = visit.reader
    found = await public.federated(visit.instance, paging.read(visit.query), viewer)
    tabs = explore_tabs(visit, "/explore/everywhere")
    return await feed_page(visit, "Explore", found, tabs=tabs)


async def hashtag(visit: Visit, name: str) -> Answer:
    """GET /tags/<name>."""
    if not is_hashtag(name):
        raise NotFound("There is no such tag.")
    folded = fold_hashtag(name)
    if folded != name:
        return redirect(f"/tags/{quote(folded, safe='')}")
    if wants_activity(visit.accept):
        return await collections.hashtag(visit.instance, visit.asked, folded)
    viewer = visit.reader
    found = await public.hashtag(visit.instance, folded, paging.read(visit.query), viewer)
    empty = f"No post with #{folded} reached this server."
    return await feed_page(
        visit,
        f"#{folded}",
        found,
        empty_words=empty,
        tag_path=f"/tags/{quote(folded, safe='')}",
        is_followed=viewer is not None and bool(await lists.followed_among(viewer.id, [folded])),
    )


async def favourites(visit: Visit) -> Answer:
    """GET /favourites."""
    found = await public.favourites(visit.instance, visit.me.actor, paging.read(visit.query))
    empty = "Press the heart under a post, and it is listed here. Only you see this list."
    return await feed_page(visit, "Favourites", found, here="Favourites", empty_words=empty)


async def private(visit: Visit) -> Answer:
    """GET /private: posts for the people they name alone, by oneself and for oneself."""
    page = paging.read(visit.query)
    found = await public.private(visit.instance, visit.me.actor, page)
    empty = "Mention somebody in a post and choose “Only people I mention”: it is listed here."
    me = visit.me.actor
    _, held_back = (0, 0) if page.max_id else await notification_requests.at_the_door(me)
    return await feed_page(
        visit,
        "Private posts",
        found,
        here="Profile",
        held_back=held_back,
        end_words="",
        empty_words=empty,
    )


async def saved(visit: Visit) -> Answer:
    """GET /saved."""
    found = await public.bookmarks(visit.instance, visit.me.actor, paging.read(visit.query))
    empty = "Press the bookmark under a post to read it later. Nobody else knows."
    return await feed_page(visit, "Saved", found, here="Saved", empty_words=empty)


# ---------------------------------------------------------------- one post


async def show_post(visit: Visit, handle: str, post_id: str) -> Answer:
    """GET /@name/<id> and /@name@host/<id>: a post and the conversation around it."""
    viewer = visit.reader
    post = await threads.visible_post(visit.instance, finding.post_id(post_id), viewer)
    if wants_activity(visit.accept) and post.is_local:
        return see_id(post.uri)
    thread = await threads.thread(visit.instance, post, viewer)
    its_item, where = _items(thread, [post.id]), FilterContext.THREAD
    main = await presenting.posts(visit, its_item, place="main", where=where)
    if not main:
        raise NotFound("There is no post at this address, or it is not for you.")
    if main[0].head.path != f"/@{handle}/{post_id}":
        return redirect(main[0].head.path)
    return await _thread_page(visit, thread, main[0])


def _items(thread: threads.Thread, ids: Iterable[RowId]) -> list[FeedItem]:
    return [FeedItem(each, thread.seen[each]) for each in ids if each in thread.seen]


async def _thread_page(visit: Visit, thread: threads.Thread, main: Article) -> Answer:
    above, below = thread.ancestors, thread.descendants
    around = _items(thread, (twig.id for twig in (*above, *below)))
    articles = await presenting.posts(visit, around, where=FilterContext.THREAD)
    shown = {each.head.id: each for each in articles}
    heads = {post_id: each.head for post_id, each in shown.items()}
    # What was deleted leaves a gap, what is hidden from the viewer leaves none.
    above = tuple(twig for twig in above if twig.id in heads or twig.is_deleted)
    below = tuple(twig for twig in below if twig.id in heads or twig.is_deleted)
    order = [*(twig.id for twig in above), main.head.id, *(twig.id for twig in below)]
    all_heads = {**heads, main.head.id: main.head}
    authors = (all_heads[post_id].author for post_id in order if post_id in all_heads)
    people = {author.id: author for author in authors}
    rest = await whole.rest_of(visit, thread) if visit.viewer else None
    viewer_id = visit.viewer.actor.id if visit.viewer else None
    allowed = quoted.consent(thread.seen[thread.post.id], viewer_id)
    return await presenting.kept_page(
        visit,
        "thread.html",
        others={
            "main": main.html,
            "looked": text(rest.looked if rest else ""),
            **{f"p{key}": each.html for key, each in shown.items()},
        },
        rest=replace(rest, looked=hole("looked"), path=main.head.path) if rest else None,
        here="Home",
        main=hole("main"),
        post=main.head,
        ancestors=tuple(hole(f"p{twig.id}") if twig.id in heads else "" for twig in above),
        replies=branching.branches([(twig, heads.get(twig.id)) for twig in below]),
        missing_above=_missing_above(thread),
        people=tuple(people.values()),
        composer=composing.answer(visit, thread.post, main.head)
        if visit.viewer and not allowed.no_reply and thread.post.held is None
        else None,
        no_reply=allowed.no_reply,
        quotes=await posts.count_quotes(thread.post.id) if main.head.is_public else 0,
    )


def _missing_above(thread: threads.Thread) -> str:
    """Return the address of what the first known post of a thread answers, '' if all is here."""
    first: Twig | Post = thread.ancestors[0] if thread.ancestors else thread.post
    if first.in_reply_to_uri is None or first.in_reply_to_id is not None:
        return ""
    return web_link(first.in_reply_to_uri) or ""


async def history(visit: Visit, post_id: str) -> Answer:
    """GET /posts/<id>/history: how a post read before, for who may see it now (PV-16)."""
    viewer = visit.reader
    post = await threads.visible_post(visit.instance, finding.post_id(post_id), viewer)
    shown = await presenting.one_post(visit, post.id)
    how = presenting.scene(visit)
    versions = reversed(await posts.list_revisions(post.id))
    return await presenting.page(
        visit,
        "history.html",
        post=shown.head,
        html=presenting.markup(shown),
        versions=[branching.version_view(each, post, how) for each in versions],
    )


# ---------------------------------------------------------------- search


async def search(visit: Visit) -> Answer:
    """GET /search: by handle or link (looked up elsewhere too), else by words."""
    text = visit.query.line("q")[: finding.QUERY_LETTERS_MAX]
    page = paging.read(visit.query)
    if text.startswith("#") and is_hashtag(text[1:]):
        return redirect(f"/tags/{quote(fold_hashtag(text[1:]), safe='')}")
    if not text:
        found = Found()
    elif finding.is_name_or_link(text):
        found = await finding.look_up(visit, text)
    else:
        try:
            found = await _search_words(visit, text, page)
        except Invalid as failure:
            found = Found(error=failure.public)
    return await search_page(visit, text, found, page)


async def search_page(
    visit: Visit, text: str, found: Found, page: Page, failure: Failure | None = None
) -> Answer:
    """Return the search page with what was found, or why nothing was."""
    found_ids = [post.id for post in found.posts]
    loaded = await loading.load(visit.instance, found_ids, visit.reader)
    shown = await presenting.posts(visit, loaded, heading="h3")
    is_full = len(found.posts) >= page.limit
    return await presenting.page(
        visit,
        "search.html",
        failure=failure,
        here="Search",
        q=text,
        people=presenting.people(visit, found.actors),
        relations=await presenting.relationships(visit, found.actors),
        posts=[presenting.markup(each) for each in shown],
        older=presenting.older(visit, found_ids[-1] if is_full else None),
        hashtags=found.hashtags,
        error=found.error,
    )


async def _search_words(visit: Visit, text: str, page: Page) -> Found:
    people = Page(limit=PEOPLE_FOUND_MAX)
    wanted = Wanted(text, frozenset({"accounts", "hashtags"}), people)
    found = (
        Found() if page.max_id else await searching.find(visit.instance, wanted, visit.reader, "")
    )
    posts = await find_posts(visit.instance, text, visit.reader, page)
    return replace(found, posts=posts)


# ---------------------------------------------------------------- notifications


async def read_notifications(visit: Visit) -> Answer:
    """GET /notifications."""
    me = visit.me.actor
    found = await notifications.read(visit.instance, me, paging.read(visit.query))
    how = presenting.scene(visit)
    filters = await keyword_filters.of(visit.instance, me, FilterContext.NOTIFICATIONS)
    asking, held_back = await notification_requests.at_the_door(me)
    return await presenting.page(
        visit,
        "notifications.html",
        here="Notifications",
        groups=[told.group_view(group, how, filters) for group in found.groups],
        older=presenting.older(visit, found.next_max_id),
        newest_id=found.prev_min_id or 0,
        request_count=asking,
        held_back=held_back,
    )


async def mark_notifications_read(visit: Visit) -> Answer:
    """POST /notifications/read: up to the newest one that stood on the page."""
    up_to = RowId(visit.form.id("up_to"))
    await notifications.mark_read(visit.instance, visit.me.actor, up_to)
    return redirect("/notifications")
