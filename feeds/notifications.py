"""Who is told what: written when something happens, read newest first, grouped for pages.

Nobody is told by those they block or mute, nor about a post they may not see (PV-11, PV-18).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from feeds import filters, grouping, keyword_filters, mailed, notification_rules, paging
from feeds.grouping import Group
from feeds.items import AboutPost, FeedItem, NotificationItem, NotificationPage
from feeds.items import NotificationGroup as NotificationGroup
from instance import hints
from instance.errors import NotFound
from instance.hints import Kind
from instance.resources import Instance
from posts.threads import visible_post
from posts.visibility import may_see
from storage import (
    actors,
    conversations,
    notification_requests,
    notifications,
    posts,
    relations,
    sights,
)
from storage.ids import DAY_IDS
from storage.notifications import ALL, Unread
from storage.records import (
    Actor,
    FilterContext,
    FollowState,
    InteractionKind,
    MutedThread,
    Notification,
    NotificationDetails,
    NotificationKind,
    Page,
    PolicyAction,
    Post,
    RowId,
    Sight,
    Wanted,
)

PUSH = "push"
"""The job that sends a notification to the apps of its owner (`webapp/mastodon/pushing.py`)."""

_BOOSTERS_PER_READ_MAX = 200
_QUOTES_TOLD_MAX = 200
# One's own poll is over; moderators and operators tell in nobody else's name.
_ABOUT_ONESELF = frozenset(
    {
        *(NotificationKind.POLL, NotificationKind.SEVERED, NotificationKind.WARNING),
        NotificationKind.UNSENT,
    }
)

_ROWS_PER_GROUP = 2
_MEMBERS_SHOWN = 40


@dataclass(frozen=True, slots=True)
class GroupPage:
    """A page of groups, how many notifications each of them has, and where its neighbours begin."""

    groups: tuple[Group, ...]
    sizes: Mapping[str, int]
    next_max_id: RowId | None
    prev_min_id: RowId | None


async def tell(
    instance: Instance,
    kind: NotificationKind,
    owner_id: RowId,
    actor_id: RowId,
    post_id: RowId | None = None,
    *,
    details: NotificationDetails | None = None,
) -> bool:
    """Note that `actor_id` did something that concerns a local actor; False: not to be told.

    Telling the same again changes nothing, so handlers may run twice. What the owner's policy holds
    back is written, and not told (B92).
    """
    if owner_id == actor_id and kind not in _ABOUT_ONESELF:
        return False
    owner = await actors.find(owner_id)
    if owner is None or not owner.is_local or owner.deleted_at is not None:
        return False
    now = instance.now()
    if await relations.is_not_to_be_told(owner_id, actor_id, now):
        return False
    action = await _judge(kind, owner_id, actor_id, post_id, now)
    if action is PolicyAction.DROP:
        return False
    is_filtered = action is PolicyAction.FILTER
    row_id = instance.ids.new()
    told = Notification(row_id, owner_id, kind, actor_id, post_id, now, is_filtered, details)
    inserted = await notifications.insert(told)
    if not inserted.is_new or is_filtered:
        return False
    hints.give(instance, Kind.TOLD, owner_id, told.id)
    if inserted.has_pushes:
        await instance.queue.enqueue(PUSH, {"notification_id": told.id}, now=now)
    if mailed.is_wanted(kind, inserted.mails):
        await mailed.tell_later(instance, owner_id)
    return True


async def _judge(
    kind: NotificationKind,
    owner_id: RowId,
    actor_id: RowId,
    post_id: RowId | None,
    now: datetime,
) -> PolicyAction:
    found = await notification_requests.teller(owner_id, actor_id, post_id)
    if found is None:
        return PolicyAction.DROP
    policy, teller = found
    action = notification_rules.judge(policy, teller, kind, now)
    is_held = teller.is_private and action is not PolicyAction.ACCEPT
    # Who was written to in private may answer, and go on.
    if is_held and await notification_requests.is_answer_to_private(post_id, owner_id):
        return notification_rules.judge(policy, teller._replace(is_private=False), kind, now)
    return action


async def tell_about_post(instance: Instance, post: Post) -> None:
    """Tell everybody here whom a post answers or mentions; the answered one gets the reply only.

    Who is addressed as one of many is not told: it stands in their home feed (B37).
    """
    answered = post.in_reply_to_actor_id
    if answered is not None and await _may_be_told(post, answered):
        await tell(instance, NotificationKind.REPLY, answered, post.actor_id, post.id)
    named = dict.fromkeys(each.actor_id for each in post.mentions if not each.is_silent)
    for actor_id in named:
        if actor_id is not None and actor_id != answered:
            await tell(instance, NotificationKind.MENTION, actor_id, post.actor_id, post.id)


async def tell_of_edit(instance: Instance, post: Post) -> None:
    """Tell everybody here who boosted or quoted a post that it reads differently now."""
    await _tell_boosters(instance, post)
    newest = await posts.quotes_of(post.id, Page(limit=_QUOTES_TOLD_MAX))
    for quoter_id in dict.fromkeys(quote.actor_id for quote in newest if quote.is_local):
        kind = NotificationKind.QUOTED_EDIT
        await tell(instance, kind, quoter_id, post.actor_id, post.id)


async def _tell_boosters(instance: Instance, post: Post) -> None:
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
    return may_see(post, reader_id, follows_author=follows_author, is_blocked=False, is_here=True)


async def read(
    instance: Instance, owner: Actor, page: Page, wanted: Wanted = ALL
) -> NotificationPage:
    """A page of what a local actor was told, newest first, in a fixed number of queries."""
    marker = await notifications.read_marker(owner.id)

    async def rows(cursor: Page) -> paging.Chunk[Notification]:
        found = await notifications.page(owner.id, cursor, wanted)
        return paging.Chunk([each.id for each in found], found)

    async def keep(found: Sequence[Notification]) -> list[NotificationItem]:
        return await _load(instance, owner, found, marker)

    filled = await paging.fill(page, rows, keep)
    return NotificationPage(tuple(filled.items), filled.next_max_id, filled.prev_min_id)


async def get(instance: Instance, owner: Actor, notification_id: RowId) -> NotificationItem:
    """One notification; `NotFound` for those of others, and for what may not be shown (PV-3)."""
    found = await read(instance, owner, Page(limit=1), _one(notification_id))
    if not found.items:
        raise NotFound("Record not found")
    return found.items[0]


def _one(notification_id: RowId) -> Wanted:
    return Wanted(first_id=notification_id, last_id=notification_id, with_filtered=True)


async def forget(instance: Instance, owner: Actor, wanted: Wanted) -> None:
    """Remove what is meant of somebody's notifications; what is not there is no mistake."""
    async with instance.store.transaction():
        await notifications.remove(owner.id, wanted)


async def forget_one(instance: Instance, owner: Actor, notification_id: RowId) -> None:
    """Remove one notification, held back or not. Raises `NotFound`, also for those of others."""
    async with instance.store.transaction():
        if not await notifications.page(owner.id, Page(limit=1), _one(notification_id)):
            raise NotFound("Record not found")
        await notifications.remove(owner.id, _one(notification_id))


async def read_groups(
    instance: Instance,
    owner: Actor,
    page: Page,
    wanted: Wanted,
    grouped: Collection[NotificationKind],
) -> GroupPage:
    """A page of groups, newest first, with their sizes; its members lie between its neighbours."""
    rows = replace(page, limit=page.limit * _ROWS_PER_GROUP)
    found = await read(instance, owner, rows, wanted)
    items, older, newer = list(found.items), found.next_max_id, found.prev_min_id
    if page.min_id is None:
        kept = grouping.first_of(items, page.limit, grouped)
        older = kept[-1].order_id if len(kept) < len(items) else older
    else:
        kept = grouping.first_of(items[::-1], page.limit, grouped)[::-1]
        newer = kept[0].order_id if len(kept) < len(items) else newer
    groups = grouping.group(kept, grouped)
    return GroupPage(tuple(groups), await _sizes(owner, groups), older, newer)


async def read_group(instance: Instance, owner: Actor, key: str, page: Page) -> NotificationPage:
    """A page of the members of a group; `NotFound` where there are none."""
    found = await read(instance, owner, page, _wanted_of(key))
    if not found.items and page.max_id is None:
        raise NotFound("Record not found")
    return found


async def show_group(instance: Instance, owner: Actor, key: str) -> GroupPage:
    """One group, as far as one page of its members goes. Raises `NotFound`."""
    found = await read_group(instance, owner, key, Page(limit=_MEMBERS_SHOWN))
    groups = [grouping.Group(key, found.items)]
    return GroupPage(tuple(groups), await _sizes(owner, groups), None, None)


async def forget_group(instance: Instance, owner: Actor, key: str) -> None:
    """Remove the members of a group. Raises `NotFound` for what is no group."""
    await forget(instance, owner, _wanted_of(key))


def _wanted_of(key: str) -> Wanted:
    wanted = grouping.wanted_of(key)
    if wanted is None:
        raise NotFound("Record not found")
    return wanted


async def _sizes(owner: Actor, groups: Sequence[Group]) -> dict[str, int]:
    """How many notifications are in each group, on this page or not; one query at most."""
    found = [each for each in groups if not each.key.startswith("ungrouped")]
    counted: dict[tuple[str, int, int], int] = {}
    if found:
        days = [each.newest.id // DAY_IDS for each in found]
        wanted = Wanted(
            kinds=tuple(grouping.GROUPABLE),
            first_id=min(days) * DAY_IDS,
            last_id=(max(days) + 1) * DAY_IDS - 1,
        )
        counted = await notifications.sizes(owner.id, wanted)
    return {each.key: counted.get(each.size_key, len(each.items)) for each in groups}


async def unread(owner: Actor, wanted: Wanted, limit: int) -> list[Notification]:
    """The newest notifications above the read marker."""
    marker = await notifications.read_marker(owner.id)
    return await notifications.page(owner.id, Page(limit=limit, since_id=marker), wanted)


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
    hiding = (await keyword_filters.of(instance, owner, FilterContext.NOTIFICATIONS)).hiding()
    loaded = await _with_words(welcome, seen, marker)
    return [each for each in loaded if each.post is None or not hiding.hides(each.post.post)]


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


async def unread_of_page(instance: Instance, owner: Actor) -> Unread:
    """What every page says is new to its reader: notifications and announcements, one query."""
    return await notifications.unread(owner.id, instance.now())


async def mark_read(instance: Instance, owner: Actor, up_to: RowId) -> None:
    """Everything up to this notification was read; the marker never moves back."""
    del instance
    if up_to > await notifications.read_marker(owner.id):
        await notifications.mark_read(owner.id, up_to)
