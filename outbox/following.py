"""Follow, unfollow, accept, reject, remove a follower; the people may be here or elsewhere.

A local follow is settled at once; a remote one stays a request until their Accept arrives in
`inbox/handlers/accept.py`. The states are those of `actors/relations.py`.
https://www.w3.org/TR/activitypub/#follow-activity-outbox
"""

import contextlib
from dataclasses import dataclass, replace

from actors import relations as states
from federation import vocabulary as v
from feeds import fanout, notifications
from instance.errors import Conflict, Forbidden, NotFound
from instance.resources import Instance
from moderation import limits
from outbox import delivery, telling
from storage import actors, follow_options, relations, timelines
from storage import notifications as notification_rows
from storage.records import (
    Actor,
    Follow,
    FollowState,
    NotificationKind,
    Page,
    Relationship,
    RowId,
)

ACCEPT_WAITING = "accept_waiting"

ACCEPTED_PER_JOB_MAX = 50
"""Requests that are accepted in one transaction."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a follow is meant (B31); None leaves a thing as it is, or as it is usual."""

    shows_boosts: bool | None = None
    notifies: bool | None = None
    languages: tuple[str, ...] | None = None


async def follow(
    instance: Instance, actor: Actor, target: Actor, options: Options | None = None
) -> Relationship:
    """Follow somebody, or ask to. Nothing but the options changes when that was done before.

    Raises `Invalid` for oneself, `NotFound` for who is gone, `Forbidden` through a block and for
    who has moved, `TooMany`.
    """
    _check_target(actor, target)
    async with instance.store.transaction():
        state = await _next_state(instance, actor, target)
        if state is not None:
            if target.moved_to is not None:
                raise Forbidden("They have moved to another account. Follow them there.")
            await limits.allow_follow(instance, actor.id)
            await _save_and_announce(instance, actor, target, state)
        if options is not None and options != Options():
            await follow_options.change(
                actor.id,
                target.id,
                shows_boosts=options.shows_boosts,
                notifies=options.notifies,
                languages=options.languages,
            )
        return await _relationship(instance, actor, target)


async def follow_along(instance: Instance, actor: Actor, target: Actor) -> None:
    """Follow whom somebody moved to, in a transaction; it is not counted. Raises as `follow`."""
    _check_target(actor, target)
    state = await _next_state(instance, actor, target)
    if state is not None:
        await _save_and_announce(instance, actor, target, state)


def _check_target(actor: Actor, target: Actor) -> None:
    states.check_two_people(actor.id, target.id)
    if target.deleted_at is not None or target.suspended_at is not None:
        raise NotFound("There is no such person.")


async def _next_state(instance: Instance, actor: Actor, target: Actor) -> FollowState | None:
    """What a follow becomes when it is asked for; None when that changes nothing."""
    now = await _relationship(instance, actor, target)
    # A remote account decides itself: until its Accept it is a request, locked or not.
    is_asked = target.is_locked or not target.is_local
    step = states.ask(states.state_of(now), is_locked=is_asked)
    return states.follow_state(step.state) if step.is_change else None


async def _save_and_announce(
    instance: Instance, actor: Actor, target: Actor, state: FollowState
) -> None:
    # INTEROP, consequence 8: a fresh id for every follow, whatever was there before.
    activity_id = delivery.new_id(instance)
    made = Follow(
        id=activity_id.row,
        follower_id=actor.id,
        followed_id=target.id,
        state=state,
        uri=activity_id.uri,
        created_at=instance.now(),
    )
    await relations.save_follow(made)
    if not target.is_local:
        asking = _activity(made, actor, target)
        await telling.tell_as(instance, actor, target, asking, activity_id.row)
        return
    kind = NotificationKind.FOLLOW_REQUEST
    if state is FollowState.ACCEPTED:
        kind = NotificationKind.FOLLOW
        await fanout.backfill(instance, actor.id, target.id)
    await notifications.tell(instance, kind, target.id, actor.id)


async def unfollow(instance: Instance, actor: Actor, target: Actor) -> Relationship:
    """End a follow, or take a request back. Nothing happens when there was none."""
    async with instance.store.transaction():
        await end_follow(instance, actor, target)
        return await _relationship(instance, actor, target)


async def end_follow(instance: Instance, actor: Actor, target: Actor) -> None:
    """Remove the follow of a local actor with its traces and send the Undo; in a transaction."""
    ended = await relations.remove_follow(actor.id, target.id)
    if ended is None:
        return
    await timelines.remove_author(actor.id, target.id)
    await _forget_told(target, actor)
    taken_back = _activity(ended, actor, target)
    await telling.tell(
        instance, actor, target, lambda uri: v.Undo(id=uri, actor=actor.uri, object=taken_back)
    )


async def accept(instance: Instance, actor: Actor, follower_id: RowId) -> Relationship:
    """Let somebody follow who asked to; accepting again sends the Accept again (E121).

    Raises `NotFound` when nobody asked.
    """
    async with instance.store.transaction():
        asked = await relations.find_follow(follower_id, actor.id)
        follower = await actors.find(follower_id)
        if asked is None or follower is None:
            raise NotFound("There is no follow request to accept.")
        relationship = await _relationship(instance, actor, follower)
        step = states.step(states.reverse_state_of(relationship), states.Event.ACCEPT)
        if step.is_change:
            await relations.save_follow(replace(asked, state=FollowState.ACCEPTED))
            await _forget_told(actor, follower)
            await notifications.tell(instance, NotificationKind.FOLLOW, actor.id, follower.id)
            if follower.is_local:
                await fanout.backfill(instance, follower.id, actor.id)
        embedded = _activity(asked, follower, actor)
        await telling.tell(
            instance,
            actor,
            follower,
            lambda uri: v.Accept(id=uri, actor=actor.uri, object=embedded),
        )
        return await _relationship(instance, actor, follower)


async def accept_waiting_later(instance: Instance, actor: Actor) -> None:
    """Let a job accept who waits for somebody who is not locked; in the caller's transaction."""
    if not actor.is_locked and await relations.requests_to(actor.id, Page(limit=1)):
        await _enqueue_accepting(instance, {"actor_id": actor.id})


async def accept_waiting(instance: Instance, payload: dict[str, object]) -> None:
    """Job: accept a slice of the requests, newest first, and queue the next. May run twice.

    Stops for who is locked again.
    """
    actor_id, max_id = payload.get("actor_id"), payload.get("max_id")
    if not isinstance(actor_id, int):
        return
    page = Page(limit=ACCEPTED_PER_JOB_MAX, max_id=max_id if isinstance(max_id, int) else None)
    async with instance.store.transaction():
        actor = await actors.get_locked(actor_id)
        if actor.is_locked or actor.deleted_at is not None:
            return
        waiting = await relations.requests_to(actor_id, page)
        for _, follower in waiting:
            # Who took the request back meanwhile, or was blocked, holds up nobody else.
            with contextlib.suppress(NotFound, Conflict, Forbidden):
                await accept(instance, actor, follower.id)
        if len(waiting) == page.limit:
            await _enqueue_accepting(instance, {"actor_id": actor_id, "max_id": waiting[-1][0]})


async def _enqueue_accepting(instance: Instance, payload: dict[str, object]) -> None:
    await instance.queue.enqueue(ACCEPT_WAITING, payload, now=instance.now())


async def reject(instance: Instance, actor: Actor, follower_id: RowId) -> Relationship:
    """Refuse a request, or end what was accepted. Raises `NotFound` when nobody asked."""
    async with instance.store.transaction():
        follower = await actors.find(follower_id)
        if follower is None or not await end_follower(instance, actor, follower):
            raise NotFound("There is no follow request to refuse.")
        return await _relationship(instance, actor, follower)


async def remove_follower(instance: Instance, actor: Actor, follower_id: RowId) -> Relationship:
    """End what somebody follows here. Nothing happens when they do not; `NotFound`: nobody."""
    async with instance.store.transaction():
        follower = await actors.get(follower_id)
        await end_follower(instance, actor, follower)
        return await _relationship(instance, actor, follower)


async def end_follower(instance: Instance, actor: Actor, follower: Actor) -> bool:
    """Remove a follow of a local actor with its traces and send the Reject; in a transaction.

    False: there was no follow.
    """
    ended = await relations.remove_follow(follower.id, actor.id)
    if ended is None:
        return False
    await _forget_told(actor, follower)
    if follower.is_local:
        await timelines.remove_author(follower.id, actor.id)
    embedded = _activity(ended, follower, actor)
    await telling.tell(
        instance, actor, follower, lambda uri: v.Reject(id=uri, actor=actor.uri, object=embedded)
    )
    return True


def _activity(made: Follow, follower: Actor, followed: Actor) -> v.Follow:
    return v.Follow(id=made.uri, actor=follower.uri, object=followed.uri)


async def _forget_told(followed: Actor, follower: Actor) -> None:
    """A follow that ended, or a request that was answered, is no news any more."""
    for kind in (NotificationKind.FOLLOW, NotificationKind.FOLLOW_REQUEST):
        await notification_rows.remove_one(followed.id, kind, follower.id, None)


async def _relationship(instance: Instance, actor: Actor, other: Actor) -> Relationship:
    return await relations.relationship(actor.id, other.id, instance.now())
