"""Relays: public posts go out through them, and what they pass on comes in (FEP-ae0c).

Mastodon's kind is an inbox that is asked to be followed as "Public"; it gets the activities
themselves, with a signature that others can check. LitePub's kind is an actor that is followed, and
gets Announces of our instance actor. What they pass on is dealt with in `inbox/handlers`.
https://codeberg.org/fediverse/fep/src/branch/main/fep/ae0c/fep-ae0c.md
"""

import json
from dataclasses import replace
from typing import Any

from actors import identity, remote
from federation import ld_signatures, origin
from federation import vocabulary as v
from instance.errors import Conflict, Invalid, NotFound, RemoteNonsense, RemoteRefused
from instance.resources import Instance
from moderation import audit
from moderation.limits import HOUR_S
from outbox import delivery
from outbox.audience import Audience
from storage import actors, posts, receipts, relations, relays
from storage.records import (
    Actor,
    AuditKind,
    Follow,
    FollowState,
    OutgoingActivity,
    Relay,
    RelayKind,
    RelayState,
    RowId,
    Visibility,
)

DELIVER = "deliver_to_relay"

FETCHED_PER_HOUR_MAX = 5000
"""Posts that one relay makes us fetch: more than one a second for an hour is a flood."""


# ---------------------------------------------------------------- the operator


async def add(instance: Instance, url: str, *, by: RowId | None = None) -> Relay:
    """Ask a relay to exchange posts: by the address of its actor, or of its inbox. Network.

    Raises `Invalid`, `Conflict` for one that is there, `RemoteUnreachable`.
    """
    url = origin.safe_url(url.strip(), plain_http=instance.settings.federation.plain_http)
    if instance.addresses.is_ours(url):
        raise Invalid("That is this server.")
    actor = await _actor_at(instance, url)
    us, activity_id = await identity.instance_actor(instance), delivery.new_id(instance)
    made = Relay(
        id=activity_id.row,
        kind=RelayKind.MASTODON if actor is None else RelayKind.LITEPUB,
        inbox_url=url if actor is None else actor.inbox_url,
        actor_id=None if actor is None else actor.id,
        state=RelayState.REQUESTED,
        follow_uri=activity_id.uri,
        created_at=instance.now(),
    )
    async with instance.store.transaction():
        if len(await relays.list_all()) >= relays.RELAYS_MAX:
            raise Conflict(f"There are {relays.RELAYS_MAX} relays already.")
        await relays.insert(made)
        await _send(instance, us, _asking(made, us, actor), made, activity_id.row)
        words = f"asked the relay {made.inbox_url} to exchange posts"
        await audit.note(instance, by, AuditKind.RELAY, made.inbox_url, words)
    return made


async def _actor_at(instance: Instance, url: str) -> Actor | None:
    """LitePub's relays are actors; what answers no GET with an actor is an inbox."""
    try:
        return await remote.fetch(instance, url)
    except (RemoteRefused, RemoteNonsense, NotFound):
        return None


def _asking(relay: Relay, us: Actor, actor: Actor | None) -> v.Follow:
    # E130: who is followed tells the two kinds apart.
    return v.Follow(relay.follow_uri, us.uri, v.PUBLIC if actor is None else actor.uri)


async def _send(
    instance: Instance, us: Actor, activity: v.Activity, relay: Relay, row: RowId
) -> None:
    audience = Audience(inboxes=(relay.inbox_url,))
    await delivery.send(instance, us, activity, audience, row=row)


async def remove(instance: Instance, relay_id: RowId, *, by: RowId | None = None) -> Relay:
    """Exchange nothing with a relay any more, and tell it so. Raises `NotFound`."""
    us = await identity.instance_actor(instance)
    async with instance.store.transaction():
        relay = await relays.get(relay_id)
        actor = await actors.find(relay.actor_id) if relay.actor_id is not None else None
        asked = _asking(relay, us, actor if relay.kind is RelayKind.LITEPUB else None)
        activity_id = delivery.new_id(instance)
        undo = v.Undo(id=activity_id.uri, actor=us.uri, object=asked)
        await _send(instance, us, undo, relay, activity_id.row)
        await relays.remove(relay.id)
        if actor is not None:
            await relations.remove_follow(actor.id, us.id)
        words = f"removed the relay {relay.inbox_url}"
        await audit.note(instance, by, AuditKind.RELAY, relay.inbox_url, words)
    return relay


# ---------------------------------------------------------------- what a relay answers


async def answered(named: v.Activity | str, actor: Actor, state: RelayState) -> bool:
    """Note that a relay accepted or refused; False when it is about no relay, or of another.

    E130: bound to whom we asked: the actor that we followed, or one of the inbox's own origin.
    """
    uri = named if isinstance(named, str) else named.id
    relay = await relays.find_by_follow(uri) if uri else None
    if relay is None or not _speaks_for(relay, actor):
        return False
    if relay.state is not state or relay.actor_id != actor.id:
        await relays.save(replace(relay, state=state, actor_id=actor.id))
    return True


def _speaks_for(relay: Relay, actor: Actor) -> bool:
    if relay.actor_id is not None:
        return relay.actor_id == actor.id
    return origin.same_origin(actor.uri, relay.inbox_url)


async def followed_back(instance: Instance, activity: v.Follow, actor: Actor) -> bool:
    """Let a relay of LitePub's kind follow our instance actor; False for everybody else."""
    us = await identity.instance_actor(instance)
    relay = await relays.find_by_actor(actor.id) if activity.object == us.uri else None
    if relay is None or relay.kind is not RelayKind.LITEPUB:
        return False
    follow_id = instance.ids.new()
    follow = Follow(
        *(follow_id, actor.id, us.id, FollowState.ACCEPTED, activity.id), instance.now()
    )
    await relations.save_follow(follow)
    activity_id = delivery.new_id(instance)
    accept = v.Accept(id=activity_id.uri, actor=us.uri, object=activity)
    await _send(instance, us, accept, relay, activity_id.row)
    return True


async def may_bring_more(instance: Instance, actor: Actor) -> bool:
    """Count a post that a relay makes us fetch; False when it is one too many in this hour."""
    key = f"brought by {actor.uri}"
    return await instance.cache.count(key, HOUR_S, instance.now()) <= FETCHED_PER_HOUR_MAX


async def is_relay(actor: Actor) -> bool:
    """Whether an actor is a relay that accepted us: what is public may come through it."""
    relay = await relays.find_by_actor(actor.id)
    return relay is not None and relay.state is RelayState.ACCEPTED


# ---------------------------------------------------------------- posts go out


async def send(instance: Instance, payload: dict[str, object]) -> None:
    """Job `send_to_relays`: hand an activity about a public post to every relay that takes it."""
    activity = await _activity(payload)
    if activity is None:
        return
    now, announced_to = instance.now(), []
    async with instance.store.transaction():
        for relay in await relays.list_accepted():
            if relay.kind is RelayKind.LITEPUB:
                announced_to.append(relay.inbox_url)
                continue
            await instance.queue.enqueue(
                DELIVER,
                {"activity_id": activity.id, "relay_id": relay.id},
                now=now,
                order_key=f"{DELIVER}:{relay.id}",
                unique_key=f"{DELIVER}:{relay.id}:{activity.id}",
                host=origin.host_of(relay.inbox_url),
            )
        if announced_to and activity.kind == "Create" and activity.post_id is not None:
            await _announce(instance, activity.post_id, tuple(announced_to))
        await instance.queue.finish_here()


async def _announce(instance: Instance, post_id: RowId, inboxes: tuple[str, ...]) -> None:
    post = await posts.find(post_id)
    if post is None or post.deleted_at is not None or post.visibility is not Visibility.PUBLIC:
        return
    us, activity_id = await identity.instance_actor(instance), delivery.new_id(instance)
    announce = v.Announce(
        id=activity_id.uri,
        actor=us.uri,
        object=post.uri,
        to=(v.PUBLIC,),
        cc=(instance.addresses.followers(us.id),),
        published=instance.now(),
    )
    await delivery.send(instance, us, announce, Audience(inboxes=inboxes), row=activity_id.row)


async def deliver(instance: Instance, payload: dict[str, object]) -> None:
    """Job `deliver_to_relay`: POST one activity, signed as linked data, to a relay's inbox (A150).

    Raises `RemoteUnreachable` when it is worth a retry.
    """
    activity, relay_id = await _activity(payload), payload.get("relay_id")
    if activity is None or not isinstance(relay_id, int):
        return
    relay = await relays.get(relay_id)  # `NotFound` ends the job: it was removed meanwhile
    signer = await identity.signer(instance, activity.actor_id)
    document: dict[str, Any] = json.loads(activity.document)
    signed = await ld_signatures.sign(instance.linked_data, document, signer, instance.now())
    body = json.dumps(signed, ensure_ascii=False, separators=(",", ":")).encode()
    await instance.http.post(relay.inbox_url, body, signer)


async def _activity(payload: dict[str, object]) -> OutgoingActivity | None:
    activity_id = payload.get("activity_id")
    return await receipts.find_open_activity(activity_id) if isinstance(activity_id, int) else None
