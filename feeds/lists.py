"""Lists: feeds of people whom their owner chose, made and read by that one alone.

A list is pushed to, merged and trimmed as a home feed is; nobody else ever learns of it. Who is in
it need not be followed (B71): then what reaches this server is read, because they live here or
somebody here follows them, and what is for their followers is not. A list asks no server for more.
"""

from collections.abc import Collection
from dataclasses import replace

from actors.relations import is_barred
from feeds import fanout, keeping
from feeds.items import FeedPage, Slot
from feeds.paging import Chunk, read_page
from instance.errors import Invalid, NotFound
from instance.resources import Instance
from storage import actors, feeds, lists, relations
from storage.records import (
    Actor,
    FilterContext,
    ListMember,
    Page,
    PersonList,
    RepliesPolicy,
    RowId,
)

TITLE_LETTERS_MAX = 255
MEMBERS_MAX = 500


async def create(
    instance: Instance,
    owner: Actor,
    title: str,
    replies_policy: RepliesPolicy = RepliesPolicy.LIST,
    *,
    is_exclusive: bool = False,
) -> PersonList:
    """Make an empty list. Raises `Invalid` for no title, a long one, or too many lists."""
    checked = checked_title(title, "list")
    async with instance.store.transaction():
        await actors.get_locked(owner.id)  # whose lists are counted
        if len(await lists.of_actor(owner.id, keeping.LISTS_MAX)) >= keeping.LISTS_MAX:
            raise Invalid(f"You have {keeping.LISTS_MAX} lists. Delete one first.")
        now = instance.now()
        made = PersonList(
            instance.ids.new(), owner.id, checked, replies_policy, now, is_exclusive=is_exclusive
        )
        await lists.insert(made)
    return made


async def change(
    instance: Instance,
    owner: Actor,
    list_id: RowId,
    *,
    title: str | None = None,
    replies_policy: RepliesPolicy | None = None,
    is_exclusive: bool | None = None,
) -> PersonList:
    """Give a list another title or policy. Raises `Invalid`, `NotFound` for lists of others."""
    async with instance.store.transaction():
        before = _own(owner, await lists.find_locked(list_id))
        after = replace(
            before,
            title=before.title if title is None else checked_title(title, "list"),
            replies_policy=replies_policy or before.replies_policy,
            is_exclusive=before.is_exclusive if is_exclusive is None else is_exclusive,
        )
        await lists.save(after)
        if after.replies_policy is not before.replies_policy:
            # What it holds was chosen by the policy: it is made anew when it is read.
            await feeds.empty(list_id, feeds.ASLEEP)
        if after.is_exclusive is not before.is_exclusive:
            await _make_home_anew(owner)
    return after


async def find(owner: Actor, list_id: RowId) -> PersonList:
    """Return one of one's own lists. Raises `NotFound`."""
    return _own(owner, await lists.find(list_id))


async def _make_home_anew(owner: Actor) -> None:
    """B70: who is in an exclusive list is not read at home, and is again when that ends."""
    await feeds.empty(owner.id, feeds.ASLEEP)


async def delete(instance: Instance, owner: Actor, list_id: RowId) -> None:
    """Delete a list; who is in it is followed as before. Raises `NotFound`."""
    async with instance.store.transaction():
        gone = _own(owner, await lists.find_locked(list_id))
        await feeds.empty(list_id, 0)
        await lists.remove(list_id)
        if gone.is_exclusive:
            await _make_home_anew(owner)


async def add(instance: Instance, owner: Actor, list_id: RowId, person_id: RowId) -> None:
    """Put somebody into a list, with the latest posts. Again: nothing.

    Raises `NotFound` for lists of others and for whom one does not meet, `Invalid` when full.
    """
    async with instance.store.transaction():
        made = _own(owner, await lists.find_locked(list_id))
        person = await actors.find(person_id)
        how = await relations.relationship(owner.id, person_id, instance.now())
        if person is None or person.deleted_at or person.suspended_at or is_barred(how):
            raise NotFound("There is nobody like that whom you could read.")
        if await lists.count_members(list_id) >= MEMBERS_MAX:
            raise Invalid(f"There are {MEMBERS_MAX} people in this list. Make another one.")
        if await lists.insert_member(ListMember(instance.ids.new(), list_id, person_id)):
            feed = keeping.feed_of_list(made)
            await fanout.backfill_feed(instance, feed, person_id, is_followed=how.following)
            if made.is_exclusive:
                await feeds.remove_from(owner.id, person_id)


async def add_all(
    instance: Instance, owner: Actor, list_id: RowId, person_ids: Collection[RowId]
) -> None:
    """Put people into a list, all or, where one of them cannot be, none. Raises as `add`."""
    async with instance.store.transaction():
        _own(owner, await lists.find_locked(list_id))
        for person_id in person_ids:
            await add(instance, owner, list_id, person_id)


async def remove_all(
    instance: Instance, owner: Actor, list_id: RowId, person_ids: Collection[RowId]
) -> None:
    """Take people out of a list. Raises `NotFound`."""
    async with instance.store.transaction():
        _own(owner, await lists.find_locked(list_id))
        for person_id in person_ids:
            await remove(instance, owner, list_id, person_id)


async def remove(instance: Instance, owner: Actor, list_id: RowId, person_id: RowId) -> None:
    """Take somebody out of a list. Nothing happens when they are not in it; raises `NotFound`."""
    async with instance.store.transaction():
        changed = _own(owner, await lists.find_locked(list_id))
        if await lists.remove_member(list_id, person_id):
            await feeds.remove_from(list_id, person_id)
            if changed.is_exclusive:
                await _make_home_anew(owner)


async def all_of(instance: Instance, owner: Actor) -> list[PersonList]:
    """The lists of a person, oldest first."""
    del instance
    return await lists.of_actor(owner.id, keeping.LISTS_MAX)


async def all_with(instance: Instance, owner: Actor, person_id: RowId) -> list[PersonList]:
    """Those of one's lists that somebody is in."""
    del instance
    return await lists.of_actor_with(owner.id, person_id, keeping.LISTS_MAX)


async def members(
    instance: Instance, owner: Actor, list_id: RowId, page: Page
) -> list[tuple[RowId, Actor]]:
    """A page of who is in a list, with the ids of the memberships. Raises `NotFound`."""
    del instance
    _own(owner, await lists.find(list_id))
    return await lists.members(list_id, page)


async def read(instance: Instance, owner: Actor, list_id: RowId, page: Page) -> FeedPage:
    """A page of a list. Raises `NotFound` for lists of others."""
    feed = keeping.feed_of_list(_own(owner, await lists.find(list_id)))

    async def entries(cursor: Page) -> Chunk[Slot]:
        rows = await keeping.read(instance, feed, cursor)
        slots = [Slot(row.id, row.post_id, row.booster_id) for row in rows]
        return Chunk([row.id for row in rows], slots)

    return await read_page(instance, page, entries, owner, context=FilterContext.HOME)


async def read_by_statuses(
    instance: Instance, owner: Actor, list_id: RowId, page: Page
) -> FeedPage:
    """The same for apps, which name a place by the status that stands there."""
    feed = keeping.feed_of_list(_own(owner, await lists.find(list_id)))
    return await read(instance, owner, list_id, await keeping.placed(feed, page))


def _own(owner: Actor, found: PersonList | None) -> PersonList:
    if found is None or found.actor_id != owner.id:
        raise NotFound("There is no such list.")
    return found


def checked_title(title: str, of_what: str) -> str:
    """The title of a list or feed in one line. Raises `Invalid` for none, and a long one."""
    checked = " ".join(title.split())
    if not checked:
        raise Invalid(f"A {of_what} needs a title.", fields={"title": "Give it a title."})
    if len(checked) > TITLE_LETTERS_MAX:
        reason = f"At most {TITLE_LETTERS_MAX} letters."
        raise Invalid("The title is too long.", fields={"title": reason})
    return checked
