"""Whole conversations: looked for elsewhere when a member opens them, in jobs, within bounds.

What each server knows of a conversation is asked there (`gathering.py`): what is answered, the
collection of its owner (FEP-7888, FEP-f228), the answers to each post. All that was found stands in
a table: a job that was killed goes on, and the page says what is missing. Strangers and crawlers
cause nothing (E139).
"""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from actors import identity
from federation import origin
from inbox.gathering import Gathering
from instance.resources import Instance
from moderation import limits
from posts.threads import Thread
from posts.visibility import WIDE
from storage import conversations, posts, relations
from storage.conversations import Standing
from storage.records import (
    Actor,
    Conversation,
    ConversationFind,
    FindKind,
    FindState,
    FollowState,
    Post,
    RowId,
    Visibility,
)

FETCH: Final = "fetch_conversation"

LOOKED_FOR_MAX = timedelta(minutes=10)
# A young conversation is looked for again after minutes, an old one after a day.
AGAIN_AFTER_LEAST = timedelta(minutes=5)
AGAIN_AFTER_MOST = timedelta(days=1)
AGAIN_AFTER_SHARE = 10
LOST_AFTER = timedelta(minutes=20)
KEPT_FOR = timedelta(days=30)

BEGUN_PER_PERSON_MAX = 60
BEGUN_WINDOW_S = 600
HOSTS_AT_ONCE_MAX = 8
FINDS_PER_TURN_MAX = 20
TURNS_PER_JOB_MAX = 2
ANCESTORS_MAX = 50
KNOWN_REPLIES_MAX = 500
COUNTED_REPLIES_MAX = 5000


# ---------------------------------------------------------------- when it begins


async def open_thread(instance: Instance, thread: Thread, viewer: Actor) -> Standing:
    """How it stands with a conversation that a member opens; it is looked for, if that is due.

    One query, and a job at most every few minutes. Not for direct posts, which are sent to whom
    they concern, and not where nobody elsewhere takes part.
    """
    found = await conversations.standing(thread.first_id, viewer.id)
    if thread.is_local or thread.post.visibility is Visibility.DIRECT:
        return found
    known = found.conversation
    if known is not None and instance.now() < known.again_at:
        return found
    key = f"conversations of {viewer.id}"
    left = await limits.allowance(
        instance, key, limit=BEGUN_PER_PERSON_MAX, window_s=BEGUN_WINDOW_S
    )
    if left.remaining < 0:
        return found
    first = await posts.get(thread.first_id)
    begun = await _begin(instance, first, thread.post.id, viewer)
    return found._replace(conversation=begun or known)


async def look_for(instance: Instance, payload: dict[str, object]) -> None:
    """Job `look_for_conversation`: an answer that names somebody here came; look for the rest."""
    post = await posts.find(RowId(int(str(payload["post_id"]))))
    if post is None or post.deleted_at is not None or post.visibility not in WIDE:
        return
    await _begin(instance, await _first_of(post), post.id, None)


async def _begin(
    instance: Instance, first: Post, opened_id: RowId, viewer: Actor | None
) -> Conversation | None:
    """Queue the reading of a conversation; None when that was done lately."""
    now = instance.now()
    fresh = Conversation(
        id=instance.ids.new(),
        uri=first.uri,
        post_id=opened_id,
        begun_at=now,
        again_at=now + LOST_AFTER,
    )
    async with instance.store.transaction():
        known = await conversations.find_locked(first.uri)
        if known is None:
            if not await conversations.insert(fresh):
                return None
        elif now < known.again_at:
            return None
        else:
            fresh = replace(fresh, id=known.id, replies_here=known.replies_here)
            await conversations.forget_finds(known.id)
            await conversations.save(fresh)
        await _enqueue(instance, fresh, viewer.id if viewer is not None else None)
    return fresh


async def _enqueue(instance: Instance, conversation: Conversation, viewer_id: RowId | None) -> None:
    """Queue the next part; conversations that began at one host get half of the room at most."""
    is_ours = instance.addresses.is_ours(conversation.uri)
    await instance.queue.enqueue(
        FETCH,
        {"conversation_id": conversation.id, "viewer_id": viewer_id},
        now=instance.now(),
        unique_key=f"conversation:{conversation.id}",
        host=None if is_ours else origin.host_of(conversation.uri),
    )


async def _first_of(post: Post) -> Post:
    """The first post that is known of the conversation of a post."""
    above = await posts.ancestors(post, ANCESTORS_MAX)
    return await posts.get(above[0].id) if above else post


# ---------------------------------------------------------------- how it is read


async def fetch(instance: Instance, payload: dict[str, object]) -> None:
    """Job `fetch_conversation`: read some of what was found, and queue itself for the rest."""
    conversation = await conversations.find(RowId(int(str(payload["conversation_id"]))))
    if conversation is None or conversation.ended_at is not None:
        return
    given = payload.get("viewer_id")
    viewer_id = RowId(int(str(given))) if given is not None else None
    gathering = Gathering(
        instance,
        conversation.id,
        await identity.instance_signer(instance),
        await instance.rulebook.hosts(),
        Counter(conversation.asked),
    )
    finds = await conversations.finds_of(conversation.id)
    gathering.remember(finds)
    if not finds:
        await _seed(conversation, gathering, viewer_id)
    for _ in range(TURNS_PER_JOB_MAX):
        if instance.now() - conversation.begun_at > LOOKED_FOR_MAX:
            await conversations.settle_waiting(conversation.id, FindState.LEFT)
        if not await _turn(conversation, gathering):
            await _end(instance, conversation, gathering)
            return
    await conversations.save(replace(conversation, asked=dict(gathering.asked)))
    await _enqueue(instance, conversation, viewer_id)


async def _seed(conversation: Conversation, gathering: Gathering, viewer_id: RowId | None) -> None:
    """Begin with what is here: what is missing above, whose conversation it is, all answers."""
    opened = await posts.find(conversation.post_id)
    if opened is None:
        return
    first = await _first_of(opened)
    below = await posts.descendants(first.id, KNOWN_REPLIES_MAX)
    known = await posts.by_ids({first.id, opened.id, *(twig.id for twig in below)})
    leads: list[ConversationFind | None] = []
    if first.in_reply_to_uri is not None:
        signer_id = await _signer_for(first, viewer_id)
        leads.append(gathering.find(first.in_reply_to_uri, FindKind.POST, 0, signer_id))
        if opened.context_uri is not None:  # it leads to the beginning, whoever keeps it
            leads.append(gathering.find(opened.context_uri, FindKind.CONTEXT, 0, signer_id))
    for post_id in sorted(known):
        post = known[post_id]
        if post.deleted_at is None:
            leads += gathering.leads_of(post, 1, await _signer_for(post, viewer_id))
    await conversations.add_finds(lead for lead in leads if lead is not None)


async def _signer_for(post: Post, viewer_id: RowId | None) -> RowId | None:
    """Who signs for what is for followers alone: a follower of its author, who asks (E84)."""
    if viewer_id is None or post.visibility is not Visibility.FOLLOWERS:
        return None
    follow = await relations.find_follow(viewer_id, post.actor_id)
    is_follower = follow is not None and follow.state is FollowState.ACCEPTED
    return viewer_id if is_follower else None


async def _turn(conversation: Conversation, gathering: Gathering) -> bool:
    """Ask several hosts at once, each for a few things one after another; False: nothing waits."""
    by_host: dict[str, list[ConversationFind]] = {}
    for find in await conversations.finds_of(conversation.id):
        if find.state is FindState.WAITING:
            by_host.setdefault(find.host, []).append(find)
    asking = (
        gathering.ask_host(finds[:FINDS_PER_TURN_MAX])
        for finds in islice(by_host.values(), HOSTS_AT_ONCE_MAX)
    )
    for outcome in await asyncio.gather(*asking, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
    return bool(by_host)


# ---------------------------------------------------------------- how it ends


async def _end(instance: Instance, conversation: Conversation, gathering: Gathering) -> None:
    """Write down what is here now and who did not answer."""
    opened = await posts.find(conversation.post_id)
    if opened is None:
        await conversations.remove(conversation.id)
        return
    first, now = await _first_of(opened), instance.now()
    finds = await conversations.finds_of(conversation.id)
    silent = {find.host for find in finds if find.state is FindState.SILENT}
    ended = replace(
        conversation,
        uri=first.uri,
        ended_at=now,
        again_at=now + again_after(now - first.created_at),
        replies_here=await conversations.count_replies(first.id, COUNTED_REPLIES_MAX),
        asked=dict(gathering.asked),
        silent_hosts=tuple(sorted(silent)),
    )
    async with instance.store.transaction():
        await conversations.forget_settled(conversation.id)
        other = await conversations.find_locked(first.uri)
        if other is not None and other.id != conversation.id:
            await conversations.remove(other.id)  # it began earlier than we knew
        await conversations.save(ended)


def again_after(age: timedelta) -> timedelta:
    """How long nobody looks again: the older a conversation, the longer."""
    return min(max(age / AGAIN_AFTER_SHARE, AGAIN_AFTER_LEAST), AGAIN_AFTER_MOST)


async def forget(instance: Instance, payload: dict[str, object]) -> None:
    """Job `forget_conversations`, once a day: what nobody opened for a month."""
    del payload
    before: datetime = instance.now() - KEPT_FOR
    await conversations.forget(before)
