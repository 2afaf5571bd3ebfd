"""Who is told what: written when something happens, read newest first, grouped for pages.

Nobody is told by those they block or mute, nor about a post they may not see (PV-11, PV-18).
"""

from collections.abc import Mapping, Sequence

from feeds import filters, paging
from feeds.items import AboutPost, FeedItem, NotificationItem, NotificationPage
from feeds.items import NotificationGroup as NotificationGroup
from instance import hints
from instance.hints import Kind
from instance.resources import Instance
from posts.threads import visible_post
from posts.visibility import may_see
from storage import actors, conversations, notifications, posts, relations, sights
from storage.records import (
    Actor,
    FollowState,
    InteractionKind,
    MutedThread,
    Notification,
    NotificationKind,
    Page,
    Post,
    RowId,
    Sight,
)

_BOOSTERS_PER_READ_MAX = 200


async def tell(
    instance: Instance,
    kind: NotificationKind,
    owner_id: RowId,
    actor_id: RowId,
    post_id: RowId | None = None,
) -> bool:
    """Note that `actor_id` did something that concerns a local actor; False: not to be told.

    Telling the same again changes nothing, so handlers may run twice.
    """
    if owner_id == actor_id and kind is not NotificationKind.POLL:  # one's own poll is over
        return False
    owner = await actors.find(owner_id)
    if owner is None or not owner.is_local or owner.deleted_at is not None:
        return False
    if await relations.is_not_to_be_told(owner_id, actor_id):
        return False
    now = instance.now()
    mute = await relations.find_mute(owner_id, actor_id, now)
    if mute is not None and mute.hides_notifications:
        return False
    told = Notification(instance.ids.new(), owner_id, kind, actor_id, post_id, now)
    is_new = await notifications.insert(told)
    if is_new:
        hints.give(instance, Kind.TOLD, owner_id, told.id)
    return is_new


async def tell_about_post(instance: Instance, post: Post) -> None:
    """Tell everybody here whom a post answers or mentions; the answered one gets the reply only."""
    answered = post.in_reply_to_actor_id
    if answered is not None and await _may_be_told(post, answered):
        await tell(instance, NotificationKind.REPLY, answered, post.actor_id, post.id)
    named = dict.fromkeys(each.actor_id for each in post.mentions)
    for actor_id in named:
        if actor_id is not None and actor_id != answered:
            await tell(instance, NotificationKind.MENTION, actor_id, post.actor_id, post.id)


async def tell_boosters(instance: Instance, post: Post) -> None:
    """Tell everybody here who boosted a post that it reads differently now."""
    max_id: int | None = None
    while True:
        page = Page(limit=_BOOSTERS_PER_READ_MAX, max_id=max_id)
        rows = await posts.actors_of(InteractionKind.BOOST, post.id, page)
        for _, booster in rows:
            if booster.is_local:
                await tell(instance, NotificationKind.EDIT, booster.id, post.actor_id, post.id)
        if len(rows) < _BOOSTERS_PER_READ_MAX:
            return
        max_id = rows[-1][0]


async def _may_be_told(post: Post, reader_id: RowId) -> bool:
    """Whether somebody may see a post, apart from blocks, which `tell` looks at."""
    follow = await relations.find_follow(reader_id, post.actor_id)
    follows_author = follow is not None and follow.state is FollowState.ACCEPTED
    return may_see(post, reader_id, follows_author=follows_author, is_blocked=False)


async def read(instance: Instance, owner: Actor, page: Page) -> NotificationPage:
    """A page of what a local actor was told, newest first, in a fixed number of queries."""
    marker = await notifications.read_marker(owner.id)

    async def rows(cursor: Page) -> paging.Chunk[Notification]:
        found = await notifications.page(owner.id, cursor)
        return paging.Chunk([each.id for each in found], found)

    async def keep(found: Sequence[Notification]) -> list[NotificationItem]:
        return await _load(instance, owner, found, marker)

    filled = await paging.fill(page, rows, keep)
    return NotificationPage(tuple(filled.items), filled.next_max_id, filled.prev_min_id)


async def _load(
    instance: Instance, owner: Actor, found: Sequence[Notification], marker: int
) -> list[NotificationItem]:
    """The notifications that may still be shown: the person is welcome, the post visible."""
    named = list(dict.fromkeys(each.post_id for each in found if each.post_id is not None))
    teller_ids = {each.actor_id for each in found}
    now = instance.now()
    seen, tellers = await sights.look(named, teller_ids, owner.id, now)
    items = [FeedItem(post_id, seen[post_id]) for post_id in named if post_id in seen]
    shown = {item.post.id for item in filters.apply(items, owner.id, shows_muted=True)}
    welcome = [
        each
        for each in found
        if each.actor_id in tellers
        and (each.actor_id == owner.id or filters.may_notify(tellers[each.actor_id], owner.id))
        and (each.post_id is None or each.post_id in shown)
    ]
    return await _with_words(welcome, seen, marker)


async def _with_words(
    told: Sequence[Notification], seen: Mapping[RowId, Sight], marker: int
) -> list[NotificationItem]:
    said = await posts.by_ids({each.post_id for each in told if each.post_id is not None})
    authors = {post.actor_id for post in said.values()}
    people = await actors.by_ids({each.actor_id for each in told} | authors)
    items = []
    for each in told:
        post = said.get(each.post_id) if each.post_id is not None else None
        actor = people.get(each.actor_id)
        if actor is None or (post is None and each.post_id is not None):
            continue
        about = None
        if post is not None and post.actor_id in people:
            about = AboutPost(seen[post.id], post, people[post.actor_id])
        items.append(NotificationItem(each, actor, about, is_unread=each.id > marker))
    return items


async def mute_thread(instance: Instance, owner: Actor, post_id: RowId) -> None:
    """Tell somebody nothing more about the conversation of a post; raises `NotFound` (A183)."""
    post = await visible_post(instance, post_id, owner)
    muted = MutedThread(instance.ids.new(), owner.id, post.id, instance.now())
    await conversations.mute(muted)


async def unmute_thread(instance: Instance, owner: Actor, post_id: RowId) -> None:
    """Tell somebody about the conversation of a post again; raises `NotFound`."""
    await conversations.unmute(owner.id, await visible_post(instance, post_id, owner))


async def unread_count(instance: Instance, owner: Actor) -> int:
    """How many notifications are above the read marker."""
    del instance
    return await notifications.unread_count(owner.id)


async def mark_read(instance: Instance, owner: Actor, up_to: RowId) -> None:
    """Everything up to this notification was read; the marker never moves back."""
    del instance
    if up_to > await notifications.read_marker(owner.id):
        await notifications.mark_read(owner.id, up_to)
