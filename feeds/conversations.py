"""Conversations of direct posts as a list (B79): read off the posts, with what their reader keeps.

A conversation is unread while the last word in it is somebody else's and newer than what was read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from feeds import loading
from feeds.items import FeedItem
from instance.errors import NotFound
from instance.resources import Instance
from storage import markers
from storage.markers import Talk
from storage.records import Actor, Page, PrivateThread, RowId


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with its last post as its reader meets it."""

    id: RowId
    is_unread: bool
    last: FeedItem


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """Conversations, the last to be heard of first; sorted by the ids of their last posts."""

    conversations: tuple[Conversation, ...]
    next_max_id: RowId | None
    prev_min_id: RowId | None


async def read(instance: Instance, owner: Actor, page: Page) -> ConversationPage:
    """A page of somebody's conversations; five queries at most."""
    talks = await markers.talks(owner.id, page)
    return ConversationPage(
        conversations=tuple(await _conversations(instance, owner, talks)),
        next_max_id=talks[-1].last_id if len(talks) >= page.limit else None,
        prev_min_id=talks[0].last_id if talks else None,
    )


async def mark(
    instance: Instance, owner: Actor, conversation_id: RowId, *, is_read: bool
) -> Conversation:
    """Note that a conversation was read, or was not; raises `NotFound`."""
    thread, talk = await _own(owner, conversation_id)
    read_id = talk.last_id if is_read else RowId(talk.last_of_others_id - 1)
    async with instance.store.transaction():
        await markers.save_thread(replace(thread, read_id=max(read_id, RowId(0))))
    found = await _conversations(instance, owner, [talk])
    if not found:
        raise _nothing()
    return found[0]


async def remove(instance: Instance, owner: Actor, conversation_id: RowId) -> None:
    """Take a conversation off the list, until something is said in it; raises `NotFound`."""
    thread, talk = await _own(owner, conversation_id)
    async with instance.store.transaction():
        await markers.save_thread(replace(thread, read_id=talk.last_id, hidden_id=talk.last_id))


async def forget_held_back(instance: Instance, owner: Actor, from_ids: Sequence[RowId]) -> None:
    """Do not list what these people said and is held back, nor when it is no more (B93)."""
    last = await markers.held_back(owner.id, from_ids)
    for uri, thread in (await _kept(instance, owner, list(last))).items():
        hidden_id = max(thread.hidden_id, last[uri])
        await markers.save_thread(replace(thread, hidden_id=hidden_id))


async def _own(owner: Actor, conversation_id: RowId) -> tuple[PrivateThread, Talk]:
    thread = await markers.find_thread(owner.id, conversation_id)
    talks = await markers.talks(owner.id, Page(limit=1), thread_id=conversation_id)
    if thread is None or not talks:
        raise _nothing()
    return thread, talks[0]


async def _conversations(
    instance: Instance, owner: Actor, talks: Sequence[Talk]
) -> list[Conversation]:
    kept = await _kept(instance, owner, [talk.uri for talk in talks])
    items = await loading.load(instance, [talk.last_id for talk in talks], owner)
    last = {item.post.id: item for item in items}
    return [
        Conversation(kept[talk.uri].id, _is_unread(talk, kept[talk.uri]), last[talk.last_id])
        for talk in talks
        if talk.last_id in last and talk.uri in kept
    ]


def _is_unread(talk: Talk, thread: PrivateThread) -> bool:
    return talk.last_of_others_id == talk.last_id > thread.read_id


async def _kept(instance: Instance, owner: Actor, uris: Sequence[str]) -> dict[str, PrivateThread]:
    """What is kept of conversations; of those that are met first it is kept from now on."""
    found = {each.uri: each for each in await markers.threads(owner.id, uris)}
    missing = [uri for uri in uris if uri not in found]
    if missing:
        new = [
            PrivateThread(instance.ids.new(), owner.id, uri, RowId(0), RowId(0)) for uri in missing
        ]
        async with instance.store.transaction():
            await markers.begin(new)
            found = {each.uri: each for each in await markers.threads(owner.id, uris)}
    return found


def _nothing() -> NotFound:
    return NotFound("There is no such conversation.")
