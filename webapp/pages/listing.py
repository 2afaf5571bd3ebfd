"""Chapter lists: feeds of people whom one chose, and the hashtags one follows (B70, B97)."""

from typing import Final
from urllib.parse import quote

from actors.text import fold_hashtag
from feeds import hashtags, lists
from instance.errors import Failure
from storage import lists as rows
from storage import relations
from storage.records import FilterContext, Page, PersonList, RepliesPolicy, RowId
from webapp import paging
from webapp.asking import Answer
from webapp.pages import finding, presenting, reading, views
from webapp.pages.visit import Visit, redirect, said

NAMES_OFFERED_MAX: Final = 200
REPLIES: Final = (
    (RepliesPolicy.LIST.value, "To others in the list"),
    (RepliesPolicy.FOLLOWED.value, "To anybody I follow"),
    (RepliesPolicy.NONE.value, "None"),
)


async def index(visit: Visit) -> Answer:
    """GET /lists: one's lists, and the hashtags one follows."""
    return await _index_page(visit)


async def create(visit: Visit) -> Answer:
    """POST /lists: an empty list, to be filled on its own page."""
    title = visit.form.line("title")
    try:
        made = await lists.create(visit.instance, visit.me.actor, title)
    except Failure as failure:
        return await _index_page(visit, failure, title=title)
    return redirect(f"/lists/{made.id}/edit")


async def _index_page(visit: Visit, failure: Failure | None = None, title: str = "") -> Answer:
    me = visit.me.actor
    found = await lists.all_of(visit.instance, me)
    followed = await hashtags.followed(visit.instance, me, Page(limit=hashtags.FOLLOWED_MAX))
    return await presenting.page(
        visit,
        "lists.html",
        here="Lists",
        failure=failure,
        title=title,
        lists=found,
        numbers=await rows.member_counts([each.id for each in found]),
        hashtags=sorted(each.name for each in followed),
    )


async def read(visit: Visit, list_id: str) -> Answer:
    """GET /lists/<id>: the newest posts of those in it."""
    found = await _own(visit, list_id)
    feed = await lists.read(visit.instance, visit.me.actor, found.id, paging.read(visit.query))
    return await reading.feed_page(
        visit,
        found.title,
        feed,
        where=FilterContext.HOME,
        here="Lists",
        edit_path=f"/lists/{found.id}/edit",
        edit_words="Change this list",
        empty_words="What those in this list write appears here.",
    )


async def edit_form(visit: Visit, list_id: str) -> Answer:
    """GET /lists/<id>/edit: its title, whose replies it shows, and who is in it."""
    return await _edit_page(visit, await _own(visit, list_id))


async def edit(visit: Visit, list_id: str) -> Answer:
    """POST /lists/<id>/edit."""
    found = await _own(visit, list_id)
    policy = visit.form.get("replies", "")
    try:
        await lists.change(
            visit.instance,
            visit.me.actor,
            found.id,
            title=visit.form.line("title"),
            replies_policy=RepliesPolicy(policy) if policy in set(RepliesPolicy) else None,
            is_exclusive=visit.form.is_checked("exclusive"),
        )
    except Failure as failure:
        return await _edit_page(visit, found, failure)
    return redirect(said(f"/lists/{found.id}/edit", "saved"))


async def _edit_page(visit: Visit, of: PersonList, failure: Failure | None = None) -> Answer:
    me = visit.me.actor
    members = await lists.members(visit.instance, me, of.id, Page(limit=lists.MEMBERS_MAX))
    follows = await relations.following(me.id, Page(limit=NAMES_OFFERED_MAX))
    inside = {actor.id for _, actor in members}
    return await presenting.page(
        visit,
        "list_edit.html",
        here="Lists",
        failure=failure,
        list=of,
        replies=REPLIES,
        members=presenting.people(visit, [actor for _, actor in members]),
        offered=presenting.people(visit, [actor for _, actor in follows if actor.id not in inside]),
    )


async def change_members(visit: Visit, list_id: str) -> Answer:
    """POST /lists/<id>/people: put somebody in by handle, or take somebody out."""
    found, me = await _own(visit, list_id), visit.me.actor
    try:
        if visit.form.is_undo():
            await lists.remove(visit.instance, me, found.id, RowId(visit.form.id("who")))
        else:
            named = visit.form.line("handle")[: finding.QUERY_LETTERS_MAX].removeprefix("@")
            who = await finding.known_actor(visit.instance, named)
            await lists.add(visit.instance, me, found.id, who.id)
    except Failure as failure:
        return await _edit_page(visit, found, failure)
    return redirect(f"/lists/{found.id}/edit#people")


async def delete(visit: Visit, list_id: str) -> Answer:
    """POST /lists/<id>/delete: who is in it is followed as before."""
    await lists.delete(visit.instance, visit.me.actor, _id(list_id))
    return redirect("/lists?said=list_deleted")


# ---------------------------------------------------------------- one person in one's lists


async def person_form(visit: Visit, handle: str) -> Answer:
    """GET /@name/lists: which of one's lists somebody is in."""
    who, me = await finding.known_actor(visit.instance, handle), visit.me.actor
    inside = await lists.all_with(visit.instance, me, who.id)
    return await presenting.page(
        visit,
        "person_lists.html",
        here="Lists",
        who=views.actor_view(who, presenting.scene(visit)),
        lists=await lists.all_of(visit.instance, me),
        inside=frozenset(each.id for each in inside),
    )


async def change_person(visit: Visit, handle: str) -> Answer:
    """POST /@name/lists: in those that are ticked, out of all others; all or nothing."""
    who, me = await finding.known_actor(visit.instance, handle), visit.me.actor
    async with visit.instance.store.transaction():
        for each in await lists.all_of(visit.instance, me):
            act = lists.add if visit.form.is_checked(f"in_{each.id}") else lists.remove
            await act(visit.instance, me, each.id, who.id)
    return redirect(said(views.actor_path(who), "saved"))


# ---------------------------------------------------------------- hashtags


async def follow_hashtag(visit: Visit, name: str) -> Answer:
    """POST /tags/<name>/follow: its public posts are read at home from now on, or no more."""
    act = hashtags.unfollow if visit.form.is_undo() else hashtags.follow
    await act(visit.instance, visit.me.actor, name)
    note = "tag_unfollowed" if visit.form.is_undo() else "tag_followed"
    path = f"/tags/{quote(fold_hashtag(name), safe='')}"
    return redirect(said(visit.back(path), note))


# ---------------------------------------------------------------- parts


async def _own(visit: Visit, list_id: str) -> PersonList:
    return await lists.find(visit.me.actor, _id(list_id))


def _id(text: str) -> RowId:
    return paging.named_row(text, "There is no such list.")
