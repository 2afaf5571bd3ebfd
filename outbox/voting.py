"""Votes of local people, and what is told about polls: how they stand, and that they are over.

How a poll of ours stands is sent at most once a minute, not for every vote, and at its end.
https://docs.joinmastodon.org/spec/activitypub/#Question
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import replace
from datetime import timedelta

from federation import vocabulary as v
from feeds import notifications
from instance.resources import Instance
from outbox import audience, delivery, telling
from outbox.audience import Audience
from posts import details, polls
from posts.activitystreams import note_from_post
from posts.threads import visible_post
from storage import actors, posts
from storage import polls as vote_rows
from storage.records import Actor, NotificationKind, Page, Poll, PollVote, Post, RowId, Visibility

TELL_POLL = "tell_poll"
CLOSE_POLL = "close_poll"
TELL_AFTER = timedelta(minutes=1)

ReadVoters = Callable[[int, Page], Awaitable[list[tuple[RowId, Actor]]]]

_VOTERS_PER_READ_MAX = 200
_VOTERS_TOLD_MAX = 10_000


async def vote(
    instance: Instance, voter: Actor, post_id: RowId, choices: Collection[int]
) -> list[PollVote]:
    """Vote in a poll; its author's server is told. Raises as `polls.vote`."""
    post = await visible_post(instance, post_id, voter)
    author = await actors.get(post.actor_id)
    async with instance.store.transaction():
        votes = await polls.vote(instance, post.id, voter, choices)
        if post.poll is None or not votes:
            return votes
        if author.is_local:
            await counted(instance, post.id)
        else:
            await close_later(instance, post.id, post.poll)
        for each in votes:
            await _send(instance, voter, author, post, each)
    return votes


async def _send(
    instance: Instance, voter: Actor, author: Actor, post: Post, chosen: PollVote
) -> None:
    """E132: a Note with a name and no text, to the author alone; its Create has another id."""
    if post.poll is None:
        return
    activity_id = delivery.id_of(instance, chosen.id)
    note = v.Note(
        id=f"{voter.uri}#votes/{chosen.id}",
        type="Note",
        attributed_to=voter.uri,
        name=post.poll.options[chosen.choice].text,
        in_reply_to=post.uri,
        to=(author.uri,),
        published=chosen.created_at,
    )
    activity = v.Create(
        activity_id.uri, voter.uri, note, to=(author.uri,), published=chosen.created_at
    )
    await telling.tell_as(instance, voter, author, activity, activity_id.row)


# ---------------------------------------------------------------- how polls of ours stand


async def counted(instance: Instance, post_id: RowId) -> None:
    """Let others know in a while how a poll stands; within a transaction."""
    now = instance.now()
    await instance.queue.enqueue(
        TELL_POLL,
        {"post_id": post_id},
        now=now,
        due_at=now + TELL_AFTER,
        unique_key=f"{TELL_POLL}:{post_id}",
    )


async def close_later(instance: Instance, post_id: RowId, poll: Poll) -> None:
    """Queue what is to be done when a poll is over; within a transaction."""
    if poll.ends_at is not None:
        await instance.queue.enqueue(
            CLOSE_POLL,
            {"post_id": post_id},
            now=instance.now(),
            due_at=poll.ends_at,
            unique_key=f"{CLOSE_POLL}:{post_id}:{poll.ends_at.timestamp():.0f}",
        )


async def tell_poll(instance: Instance, payload: dict[str, object]) -> None:
    """Job `tell_poll`: send how a poll of ours stands."""
    async with instance.store.transaction():
        post = await posts.find_locked(int(str(payload["post_id"])))
        if post is None or post.poll is None or not post.is_local:
            return
        if not details.is_over(post.poll, instance.now()) and not post.poll.hides_totals:
            await _send_standing(instance, post)
        await instance.queue.finish_here()


async def close_poll(instance: Instance, payload: dict[str, object]) -> None:
    """Job `close_poll`: tell who wrote it and who voted that a poll is over, and how it ended."""
    async with instance.store.transaction():
        post = await posts.find_locked(int(str(payload["post_id"])))
        if post is None or post.poll is None or post.poll.is_closed:
            return
        if not details.is_over(post.poll, instance.now()):
            await close_later(instance, post.id, post.poll)  # its end was moved
            return
        poll = replace(post.poll, is_closed=True)
        if post.is_local:
            poll = await vote_rows.counted(post.id, poll)
            await _tell_ended(instance, post, post.actor_id)
        await vote_rows.save(post.id, poll)
        async for people in _voters(vote_rows.local_voters, post.id):
            for person in people:
                await _tell_ended(instance, post, person.id)
        if post.is_local:
            await _send_standing(instance, replace(post, poll=poll))
        await instance.queue.finish_here()


async def _send_standing(instance: Instance, post: Post) -> None:
    """An Update(Question) to who has the post, and to who voted (E133)."""
    author = await actors.get(post.actor_id)
    if author.deleted_at is not None or post.visibility is Visibility.LOCAL:
        return
    inboxes: dict[str, None] = {}
    async for people in _voters(vote_rows.remote_voters, post.id):
        inboxes |= dict.fromkeys(audience.distinct_inboxes(people))
    named = tuple(each.actor_id for each in post.mentions if each.actor_id is not None)
    note = note_from_post(post, author, addresses=instance.addresses)
    activity_id = delivery.new_id(instance)
    await delivery.send(
        instance,
        author,
        v.Update(id=activity_id.uri, actor=author.uri, object=note, to=note.to, cc=note.cc),
        Audience(
            followers=post.visibility is not Visibility.DIRECT,
            actor_ids=named,
            inboxes=tuple(inboxes),
        ),
        row=activity_id.row,
        post_id=post.id,
    )


async def _voters(read: ReadVoters, post_id: RowId) -> AsyncIterator[Collection[Actor]]:
    page, told = Page(limit=_VOTERS_PER_READ_MAX), 0
    while told < _VOTERS_TOLD_MAX and (rows := await read(post_id, page)):
        yield [actor for _, actor in rows]
        page, told = replace(page, max_id=rows[-1][0]), told + len(rows)


async def _tell_ended(instance: Instance, post: Post, owner_id: RowId) -> None:
    kind = NotificationKind.POLL
    await notifications.tell(instance, kind, owner_id, post.actor_id, post.id)
