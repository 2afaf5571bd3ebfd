"""Queues and runs deliveries: `plan` finds the inboxes of an activity, `deliver` takes it to one.

`send` stands in the transaction of the use case, so an act and its deliveries are one commit. What
one actor sends to one host arrives in the order it was sent (INTEROP, consequence 9): all plans of
an actor run one after the other, and so do all deliveries of an actor to a host. Both jobs may run
twice: a waiting delivery is not queued again, and a repeated one carries the same activity id.
https://www.w3.org/TR/activitypub/#server-to-server-interactions
"""

import json
from dataclasses import dataclass, replace

from actors import identity
from federation import serializing
from federation.vocabulary import Activity
from instance.errors import RemoteFailure, RemoteRefused, RemoteUnreachable
from instance.resources import Instance
from outbox import audience as audiences
from outbox.audience import Audience, Destination
from storage import hosts, receipts, relations
from storage.queue import NewJob
from storage.records import Actor, OutgoingActivity, Page, RowId

PLAN = "plan_delivery"
DELIVER = "deliver"

_JOBS_PER_TRANSACTION_MAX = 500
_FOLLOWERS_PER_READ_MAX = 500

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


async def send(
    instance: Instance,
    sender: Actor,
    activity: Activity,
    audience: Audience,
    *,
    row: RowId,
    is_public: bool = False,
) -> None:
    """Keep an activity as it goes out and queue its delivery; in the caller's transaction.

    `is_public` activities are shown in the outbox to everybody.
    """
    document = serializing.activity_document(activity, with_context=True)
    now = instance.now()
    await receipts.insert_activity(
        OutgoingActivity(
            id=row,
            uri=activity.id,
            actor_id=sender.id,
            kind=type(activity).__name__,
            document=json.dumps(document, ensure_ascii=False, separators=(",", ":")),
            is_public=is_public,
            created_at=now,
        )
    )
    if not await audiences.may_reach_others(sender.id, audience):
        return
    await instance.queue.enqueue(
        PLAN,
        {"activity_id": row, **audience.payload()},
        now=now,
        order_key=plan_key(sender.id),
    )


async def plan(instance: Instance, payload: dict[str, object]) -> None:
    """Job: queue one delivery for each inbox of an activity's audience."""
    activity = await _activity(payload)
    if activity is None:
        return
    waiting: list[Destination] = []
    found = audiences.inboxes(instance, activity.actor_id, audiences.from_payload(payload))
    async for destination in found:
        waiting.append(destination)
        if len(waiting) == _JOBS_PER_TRANSACTION_MAX:
            await _enqueue(instance, activity, waiting)
            waiting = []
    await _enqueue(instance, activity, waiting)


async def deliver(instance: Instance, payload: dict[str, object]) -> None:
    """Job: POST one activity to one inbox. Raises `RemoteUnreachable` when it is worth a retry."""
    activity, inbox = await _activity(payload), payload.get("inbox")
    if activity is None or not isinstance(inbox, str):
        return  # Taken back before it was sent, such as the Create of a post deleted since.
    # Signed now and not when it was queued: a signature is good for minutes (consequence 2).
    signer = await identity.signer(instance, activity.actor_id)
    host = str(payload.get("host", ""))
    try:
        await instance.http.post(inbox, activity.document.encode(), signer)
    except RemoteFailure as failure:
        if isinstance(failure, RemoteRefused):
            await _after_refusal(payload, activity, failure)
        raise
    await hosts.note_success(host, instance.now())


async def _after_refusal(
    payload: dict[str, object], activity: OutgoingActivity, failure: RemoteRefused
) -> None:
    """What a "no" means: 410 ends a follow, 401 may be a key cached too long, the rest is final."""
    if failure.status == _UNAUTHENTICATED:
        raise RemoteUnreachable(
            failure.public, status=failure.status, detail=failure.detail
        ) from failure
    if failure.status == _GONE:
        # At a personal inbox it is the actor that is gone (FA-5): it follows nobody any more.
        recipient, inbox = payload.get("actor_id"), str(payload.get("inbox"))
        if not isinstance(recipient, int):
            recipient = await _follower_at(activity.actor_id, inbox)
        if recipient is not None:
            await relations.remove_follow(RowId(recipient), activity.actor_id)


async def _follower_at(followed_id: RowId, inbox: str) -> RowId | None:
    """The follower whose own inbox this is; None for shared ones. Read page by page: it is rare."""
    page = Page(limit=_FOLLOWERS_PER_READ_MAX)
    while rows := await relations.followers(followed_id, page):
        for _, person in rows:
            if person.inbox_url == inbox and person.shared_inbox_url is None:
                return person.id
        page = replace(page, max_id=rows[-1][0])
    return None


async def _activity(payload: dict[str, object]) -> OutgoingActivity | None:
    activity_id = payload.get("activity_id")
    return (
        await receipts.find_activity(RowId(activity_id)) if isinstance(activity_id, int) else None
    )


async def _enqueue(
    instance: Instance, activity: OutgoingActivity, destinations: list[Destination]
) -> None:
    jobs = [
        NewJob(
            DELIVER,
            {
                "activity_id": activity.id,
                "inbox": destination.inbox,
                "host": destination.host,
                "actor_id": destination.actor_id,
            },
            order_key=f"deliver:{activity.actor_id}:{destination.host}",
            unique_key=f"deliver:{activity.id}:{destination.inbox}",
            host=destination.host,
        )
        for destination in destinations
    ]
    await instance.queue.enqueue_many(jobs, now=instance.now())
