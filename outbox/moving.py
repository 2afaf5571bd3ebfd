"""Moves: people here follow those they followed to where they live now; and people here move away.

A Move counts when both sides say so: who moves has signed it, and the target names the old id in
its `alsoKnownAs`, read anew. After a move there is none for a while, and never one to a target that
has moved itself: so circles and chains end (E127).
https://docs.joinmastodon.org/spec/activitypub/#Move, https://swicg.github.io/activitypub-data-portability/
"""

import contextlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from actors import remote
from federation import origin
from federation import vocabulary as v
from feeds import notifications
from instance.errors import Conflict, Failure, Forbidden, Invalid, NotFound
from instance.resources import Instance
from moderation import limits
from outbox import blocking, delivery, following, profiles
from outbox.audience import Audience
from storage import actors, follow_options, lists, relations
from storage.records import Actor, ListMember, NotificationKind, Page, RowId

FOLLOW_MOVE = "follow_move"
TAKE_ALONG = "take_along"

MOVED_AGAIN_AFTER = timedelta(days=30)
"""So long nobody here moves again; other servers have the same rule, some a shorter one."""
TAKEN_AGAIN_AFTER = timedelta(days=7)
"""So long the followers of somebody elsewhere are not taken along again."""
ALIASES_MAX = 10
TAKEN_PER_JOB_MAX = 50
LISTS_MAX = 200


def has_moved_lately(instance: Instance, actor: Actor) -> bool:
    """Whether the last move of an actor is so fresh that no other is done (E127)."""
    if actor.moved_at is None:
        return False
    pause = MOVED_AGAIN_AFTER if actor.is_local else TAKEN_AGAIN_AFTER
    return instance.now() - actor.moved_at < pause


def misfit(actor: Actor, target: Actor) -> str:
    """Why an actor cannot move to a target as it is now; empty when it can (OR-18)."""
    if target.id == actor.id:
        return "An account cannot move to itself."
    if target.deleted_at is not None or target.suspended_at is not None:
        return "The new account is gone."
    if target.moved_to is not None:
        return "The new account has moved on itself."
    if actor.uri not in target.also_known_as:
        return "The new account does not name the old one as an alias."
    return ""


# ---------------------------------------------------------------- others move


async def enqueue(instance: Instance, actor: Actor, target_uri: str) -> None:
    """Queue the check of a Move that was announced; in the caller's transaction."""
    await instance.queue.enqueue(
        FOLLOW_MOVE,
        {"actor_id": actor.id, "target": target_uri},
        now=instance.now(),
        unique_key=f"{FOLLOW_MOVE}:{actor.id}",
        host=origin.host_of(target_uri),
    )


async def follow_move(instance: Instance, payload: dict[str, object]) -> None:
    """Job: read the target of a Move anew; when it agrees, take along who lives here. Network."""
    actor_id, target_uri = payload.get("actor_id"), payload.get("target")
    if not isinstance(actor_id, int) or not isinstance(target_uri, str):
        return
    target = await remote.fetch(instance, target_uri)
    async with instance.store.transaction():
        actor = await actors.get_locked(actor_id)
        if actor.deleted_at is not None or has_moved_lately(instance, actor):
            return
        if wrong := misfit(actor, target):
            raise Forbidden(wrong)
        await actors.save(replace(actor, moved_to=target.uri, moved_at=instance.now()))
        await _enqueue_taking(instance, actor.id, target.id)


async def _enqueue_taking(
    instance: Instance, actor_id: RowId, target_id: RowId, max_id: RowId | None = None
) -> None:
    await instance.queue.enqueue(
        TAKE_ALONG,
        {"actor_id": actor_id, "target_id": target_id, "max_id": max_id},
        now=instance.now(),
        order_key=f"{TAKE_ALONG}:{actor_id}",
    )


async def take_along(instance: Instance, payload: dict[str, object]) -> None:
    """Job: let a slice of the followers here follow the new account, and queue the next slice.

    May run twice. Whoever blocked or muted the old account meets the new one no more than it.
    """
    actor_id, target_id = payload.get("actor_id"), payload.get("target_id")
    max_id = payload.get("max_id")
    if not isinstance(actor_id, int) or not isinstance(target_id, int):
        return
    page = Page(limit=TAKEN_PER_JOB_MAX, max_id=max_id if isinstance(max_id, int) else None)
    async with instance.store.transaction():
        found = await actors.by_ids([actor_id, target_id])
        actor, target = found.get(RowId(actor_id)), found.get(RowId(target_id))
        if actor is None or target is None or _is_taken_back(actor, target):
            return
        if page.max_id is None:
            await _keep_away(instance, actor, target)
        followers = await relations.local_followers(actor.id, page)
        for _, follower in followers:
            await _take(instance, follower, actor, target)
        if len(followers) == page.limit:
            await _enqueue_taking(instance, actor.id, target.id, followers[-1][0])


def _is_taken_back(actor: Actor, target: Actor) -> bool:
    """Whether a move that was agreed on no longer counts.

    Of somebody elsewhere silence means nothing: their profile may have been read anew meanwhile,
    from a server that announces a move before it shows one.
    """
    if actor.moved_to is None:
        return actor.is_local
    return actor.moved_to != target.uri


async def _take(instance: Instance, follower: Actor, actor: Actor, target: Actor) -> None:
    if follower.id != target.id:
        # Who blocks the new account, or is blocked by it, stays where they are.
        try:
            await following.follow_along(instance, follower, target)
        except (Forbidden, NotFound, Conflict):
            return
        await follow_options.copy(follower.id, actor.id, target.id)
        for each in await lists.of_actor_with(follower.id, actor.id, LISTS_MAX):
            await lists.insert_member(ListMember(instance.ids.new(), each.id, target.id))
            await lists.remove_member(each.id, actor.id)
    await notifications.tell(instance, NotificationKind.MOVE, follower.id, actor.id)
    await following.end_follow(instance, follower, actor)


async def _keep_away(instance: Instance, actor: Actor, target: Actor) -> None:
    """Blocks and mutes go along, for as many as one transaction holds."""
    page = Page(limit=TAKEN_PER_JOB_MAX)
    for blocker in await relations.local_blockers(actor.id, page):
        if blocker.id != target.id:
            await blocking.block(instance, blocker, target.id)
    for mute in await relations.mutes_against(actor.id, page):
        if mute.actor_id != target.id:
            await relations.save_mute(replace(mute, id=instance.ids.new(), target_id=target.id))


# ---------------------------------------------------------------- people here move


async def add_alias(instance: Instance, actor: Actor, text: str) -> Actor:
    """Let a local actor say that somebody else is the same person: the first step of moving here.

    Asks the other server who that is. Raises `Invalid`, `TooMany`, `NotFound`, `RemoteFailure`.
    """
    await limits.allow_look_up(instance, actor.id)
    other = await remote.resolve(instance, text)
    if other.id == actor.id:
        raise Invalid("That is this account.", fields={"alias": "That is this account."})
    async with instance.store.transaction():
        before = await actors.get_locked(actor.id)
        aliases = tuple(dict.fromkeys((*before.also_known_as, other.uri)))
        if len(aliases) > ALIASES_MAX:
            reason = f"There is room for {ALIASES_MAX} aliases."
            raise Invalid(reason, fields={"alias": reason})
        return await _save_and_tell(instance, replace(before, also_known_as=aliases))


async def remove_alias(instance: Instance, actor: Actor, uri: str) -> Actor:
    """Take an alias back. Nothing happens when there is none of this id."""
    async with instance.store.transaction():
        before = await actors.get_locked(actor.id)
        aliases = tuple(each for each in before.also_known_as if each != uri)
        return await _save_and_tell(instance, replace(before, also_known_as=aliases))


async def move_away(instance: Instance, actor: Actor, text: str) -> Actor:
    """Send the followers of a local actor to another account, which must name this one as alias.

    The account stays and says where its owner lives; it cannot post. Network before the
    transaction. Raises `Invalid`, `TooMany`, `NotFound`, `RemoteFailure`.
    """
    await limits.allow_look_up(instance, actor.id)
    target = await remote.resolve(instance, text)
    if not target.is_local:
        target = await remote.fetch(instance, target.uri)  # its aliases, as they are now
    async with instance.store.transaction():
        before = await actors.get_locked(actor.id)
        wrong = misfit(before, target)
        if not wrong and has_moved_lately(instance, before):
            wrong = f"You have moved within the last {MOVED_AGAIN_AFTER.days} days."
        if wrong:
            raise Invalid(wrong, fields={"target": wrong})
        after = replace(before, moved_to=target.uri, moved_at=instance.now())
        # The profile first: other servers look there whether the Move is meant.
        await _save_and_tell(instance, after)
        activity_id = delivery.new_id(instance)
        await delivery.send(
            instance,
            after,
            v.Move(id=activity_id.uri, actor=after.uri, object=after.uri, target=target.uri),
            Audience(followers=True),
            row=activity_id.row,
        )
        await _enqueue_taking(instance, after.id, target.id)
    return after


async def come_back(instance: Instance, actor: Actor) -> Actor:
    """Take a move back: the account may post again. Followers who went along do not come back."""
    async with instance.store.transaction():
        before = await actors.get_locked(actor.id)
        return await _save_and_tell(instance, replace(before, moved_to=None))


async def _save_and_tell(instance: Instance, actor: Actor) -> Actor:
    await actors.save(actor)
    await profiles.tell_profile(instance, actor)
    return actor


async def aliases_of(instance: Instance, actor: Actor) -> list[tuple[str, Actor | None]]:
    """The aliases of an actor, each with who that is as far as we know. No network."""
    known = await actors.by_uris(actor.also_known_as)
    found: list[tuple[str, Actor | None]] = []
    for uri in actor.also_known_as:
        other = known.get(uri)
        if other is None and instance.addresses.is_ours(uri):
            with contextlib.suppress(Failure):
                other = await remote.local(instance, uri)
        found.append((uri, other))
    return found


async def whereabouts(instance: Instance, actor: Actor) -> Actor | None:
    """Who an actor says it has become, if we know that account. No network."""
    if actor.moved_to is None:
        return None
    return (await aliases_of(instance, replace(actor, also_known_as=(actor.moved_to,))))[0][1]


async def whereabouts_of(people: Iterable[Actor]) -> dict[RowId, Actor]:
    """Whom those who moved have become, by their ids, as far as we know; one query or none."""
    moved = {actor.id: actor.moved_to for actor in people if actor.moved_to is not None}
    known = await actors.by_uris(moved.values()) if moved else {}
    return {
        actor_id: known[uri]
        for actor_id, uri in moved.items()
        if uri in known and known[uri].deleted_at is None
    }
