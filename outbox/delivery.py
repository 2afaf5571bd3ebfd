"""Queues and runs deliveries: `plan` finds the inboxes of an activity, `deliver` takes it to one.

`send` stands in the transaction of the use case, so an act and its deliveries are one commit. What
one actor sends to one host arrives in the order it was sent (INTEROP, consequence 9): all plans of
an actor run one after the other, and so do all activities of an actor to a host; one that goes to
several inboxes there does so at once. Both jobs may run twice: a waiting delivery is not queued
again, and a repeated one carries the same activity id.
https://www.w3.org/TR/activitypub/#server-to-server-interactions
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from actors import identity, local_keys, remote
from federation import integrity, serializing
from federation.vocabulary import (
    PUBLIC,
    Activity,
    Announce,
    Create,
    Delete,
    Document,
    Update,
)
from instance.errors import Gone, RemoteRefused, RemoteUnreachable
from instance.resources import Instance
from outbox import audience as audiences
from outbox import synchronization
from outbox.audience import Audience, Destination
from storage import actors, receipts, relations, relays
from storage.queue import NewJob
from storage.records import Actor, OutgoingActivity, RowId

PLAN = "plan_delivery"
DELIVER = "deliver"
TO_RELAYS = "send_to_relays"

_JOBS_PER_TRANSACTION_MAX = 500
# Taken back meanwhile, it may still go out for so long, as if it had been on its way.
_RECENT = timedelta(seconds=1)
_RECENT_MAX = 100

_NOT_FOUND = 404
_GONE = 410
_UNAUTHENTICATED = 401


@dataclass(frozen=True, slots=True)
class ActivityId:
    """A fresh id for an activity, before there is one: the row and the address it will have."""

    row: RowId
    uri: str


def new_id(instance: Instance) -> ActivityId:
    """An activity id that was never used (INTEROP, consequence 8: also for a repeated Follow)."""
    return id_of(instance, instance.ids.new())


def id_of(instance: Instance, row: RowId) -> ActivityId:
    """The activity id that belongs to a row id, such as that of the post which is created."""
    return ActivityId(row, instance.addresses.activity(row))


def plan_key(actor_id: RowId) -> str:
    """The `order_key` of everything that must wait until an actor's earlier acts are planned."""
    return f"plan:{actor_id}"


async def send(  # noqa: PLR0913 - the fields of the row
    instance: Instance,
    sender: Actor,
    activity: Activity,
    audience: Audience,
    *,
    row: RowId,
    is_public: bool = False,
    post_id: RowId | None = None,
    key_row: RowId | None = None,
) -> None:
    """Keep an activity as it goes out and queue its delivery; in the caller's transaction.

    `is_public` activities are shown in the outbox to everybody. `post_id` is the post that it
    makes, changes, deletes, boosts or boosts no more. `key_row` is the former key of an actor that
    has a new one, with which the news is signed first.
    """
    document = serializing.activity_document(activity, with_context=True)
    now, reaches_others = instance.now(), await audiences.may_reach_others(sender.id, audience)
    if reaches_others:
        document = await _with_proof(instance, activity, document, sender.id)
    await receipts.insert_activity(
        OutgoingActivity(
            id=row,
            uri=activity.id,
            actor_id=sender.id,
            kind=type(activity).__name__,
            document=json.dumps(document, ensure_ascii=False, separators=(",", ":")),
            is_public=is_public,
            created_at=now,
            post_id=post_id,
        )
    )
    if not reaches_others:
        return
    await instance.queue.enqueue(
        PLAN,
        {"activity_id": row, **audience.payload(), **_signed_with(key_row)},
        now=now,
        order_key=plan_key(sender.id),
    )


async def _with_proof(
    instance: Instance, activity: Activity, document: Document, actor_id: RowId
) -> Document:
    """What others hand on carries its own signature (FEP-8b32): what is public, and may be boosted.

    Made once for all deliveries, in 0.2 ms.
    """
    if not isinstance(activity, Create | Update | Delete | Announce):
        return document
    if PUBLIC not in (*activity.to, *activity.cc):
        return document
    signer = (await local_keys.of(instance, actor_id)).proof
    return document if signer is None else integrity.signed(document, signer, instance.now())


def _signed_with(key_row: object) -> dict[str, object]:
    return {"key_row": key_row} if isinstance(key_row, int) else {}


async def plan_later(
    instance: Instance, sender_id: RowId, activity_id: RowId, audience: Audience
) -> None:
    """Queue the delivery of an activity that is kept; in the caller's transaction."""
    if await audiences.may_reach_others(sender_id, audience):
        await instance.queue.enqueue(
            PLAN,
            {"activity_id": activity_id, **audience.payload()},
            now=instance.now(),
            order_key=plan_key(sender_id),
        )


async def plan(instance: Instance, payload: dict[str, object]) -> None:
    """Job: queue one delivery for each inbox of an activity's audience."""
    activity = await _activity(payload)
    if activity is None:
        return
    turn, key_row = instance.ids.new(), payload.get("key_row")
    waiting: list[Destination] = []
    audience = audiences.from_payload(payload)
    digests = await synchronization.digests(instance, activity.actor_id, audience)
    found = audiences.inboxes(instance, activity.actor_id, audience)
    async for destination in found:
        if len(waiting) == _JOBS_PER_TRANSACTION_MAX:
            await _enqueue(instance, activity, waiting, turn, key_row, digests)
            waiting = []
        waiting.append(destination)
    async with instance.store.transaction():
        await _enqueue(instance, activity, waiting, turn, key_row, digests)
        if audience.relays and await relays.list_accepted():
            payload = {"activity_id": activity.id}
            await instance.queue.enqueue(TO_RELAYS, payload, now=instance.now())
        await instance.queue.finish_here()


async def deliver(instance: Instance, payload: dict[str, object]) -> None:
    """Job: POST one activity to one inbox. Raises `RemoteUnreachable` when it is worth a retry.

    Raises `Gone` for what was taken back before it was sent, such as the Create of a post deleted
    since.
    """
    activity, inbox = await _recent_activity(instance, payload), payload.get("inbox")
    if activity is None or not isinstance(inbox, str):
        raise Gone("What was to be delivered was taken back.")
    try:
        await _post(instance, activity, inbox, payload)
    except RemoteRefused as failure:
        await _after_refusal(instance, payload, activity, failure)
        raise


async def _post(
    instance: Instance, activity: OutgoingActivity, inbox: str, payload: dict[str, object]
) -> None:
    """Signed now and not when it was queued: a signature is good for minutes (consequence 2).

    The news of a new key is signed with the former one, which everybody knows (A147). Who knows
    the new one already, or neither, gets it again.
    """
    body, key_row = activity.document.encode(), payload.get("key_row")
    if isinstance(key_row, int):
        former = await local_keys.former_signer(instance, activity.actor_id, RowId(key_row))
        if former is not None:
            try:
                await instance.http.post(inbox, body, former)
            except RemoteRefused as refused:
                if refused.status != _UNAUTHENTICATED:
                    raise
            else:
                return
    signer = await identity.signer(instance, activity.actor_id)
    headers = synchronization.headers(instance, activity, payload)
    await instance.http.post(inbox, body, signer, headers)


async def _after_refusal(
    instance: Instance,
    payload: dict[str, object],
    activity: OutgoingActivity,
    failure: RemoteRefused,
) -> None:
    """What a "no" means: 410 ends a follow, 401 may be a key cached too long, the rest is final.

    An inbox that is not there may be elsewhere now: its actor is read again (A66).
    """
    if failure.status == _UNAUTHENTICATED:
        raise RemoteUnreachable(
            failure.public, status=failure.status, detail=failure.detail
        ) from failure
    recipient, inbox = payload.get("actor_id"), str(payload.get("inbox"))
    if failure.status == _NOT_FOUND and isinstance(recipient, int):
        actor = await actors.find(RowId(recipient))
        if actor is not None:
            await remote.refresh_later(instance, actor)
    if failure.status == _GONE:
        # At a personal inbox it is the actor that is gone (FA-5): it follows nobody any more.
        if isinstance(recipient, int):
            await relations.remove_follow(RowId(recipient), activity.actor_id)
        else:
            await relations.remove_followers_at(activity.actor_id, inbox)


async def _recent_activity(
    instance: Instance, payload: dict[str, object]
) -> OutgoingActivity | None:
    """The activity, read once a second for all its deliveries."""
    activity_id, now = payload.get("activity_id"), instance.now()
    if not isinstance(activity_id, int):
        return None
    known = instance.sending.get(RowId(activity_id))
    if known is not None and abs(now - known[0]) < _RECENT:
        return known[1]
    found = await receipts.find_open_activity(activity_id)
    if found is not None:
        if len(instance.sending) >= _RECENT_MAX:
            instance.sending.clear()
        instance.sending[found.id] = (now, found)
    return found


async def _activity(payload: dict[str, object]) -> OutgoingActivity | None:
    activity_id = payload.get("activity_id")
    return (
        await receipts.find_open_activity(RowId(activity_id))
        if isinstance(activity_id, int)
        else None
    )


async def _enqueue(
    instance: Instance,
    activity: OutgoingActivity,
    destinations: list[Destination],
    turn: int,
    key_row: object,
    digests: Mapping[str, str],
) -> None:
    jobs = [
        NewJob(
            DELIVER,
            {
                "activity_id": activity.id,
                "inbox": destination.inbox,
                "host": destination.host,
                "actor_id": destination.actor_id,
                **_signed_with(key_row),
                **synchronization.payload(digests, destination.host),
            },
            order_key=f"deliver:{activity.actor_id}:{destination.host}",
            unique_key=f"deliver:{activity.id}:{destination.inbox}",
            host=destination.host,
            turn=turn,
            activity_id=activity.id,
        )
        for destination in destinations
    ]
    await instance.queue.enqueue_many(jobs, now=instance.now())
