"""Somebody wants to do to a post what its author lets nobody do unasked: the request is kept.

The author, if here, is told; else the author's server is asked, and nobody else gets to know
(GoToSocial, "Sending an Interaction Request", FEP-044f, "QuoteRequest"). What becomes of it:
`approvals.py` for authors here, `inbox/handlers/accept.py` for those elsewhere.
"""

from dataclasses import replace

from federation import vocabulary as v
from feeds import notifications
from instance.resources import Instance
from outbox import delivery, telling
from storage import approvals
from storage.records import (
    Act,
    Actor,
    InteractionRequest,
    NotificationKind,
    Post,
    RequestState,
    RowId,
)

Instrument = v.Note | v.Like | v.Announce

TYPES = {
    Act.REPLY: "ReplyRequest",
    Act.LIKE: "LikeRequest",
    Act.BOOST: "AnnounceRequest",
    Act.QUOTE: "QuoteRequest",
}


async def ask(
    instance: Instance, act: Act, asker: Actor, post: Post, owner: Actor, instrument: Instrument
) -> InteractionRequest:
    """Ask for a local actor; in the caller's transaction. Asking again changes nothing."""
    # The request has the id of its activity, by which an answer names it.
    activity_id = delivery.new_id(instance)
    made = new_request(instance, activity_id.row, act, post, asker, instrument.id)
    made = replace(made, request_uri=activity_id.uri)
    if not await approvals.insert(made):
        return await approvals.find_for(act, post.id, instrument.id) or made
    if owner.is_local:
        await _tell_owner(instance, made)
    else:
        activity = v.InteractionRequest(
            activity_id.uri, TYPES[act], asker.uri, post.uri, instrument
        )
        await telling.tell_as(instance, asker, owner, activity, activity_id.row)
    return made


async def keep_waiting(
    instance: Instance, act: Act, asker: Actor, post: Post, object_uri: str, request_uri: str = ""
) -> InteractionRequest:
    """Keep what somebody elsewhere asks of a person here; in the caller's transaction.

    A request after the thing itself, or the reverse, is the same one; it keeps its answer.
    """
    known = await approvals.find_for(act, post.id, object_uri)
    if known is not None:
        return await _named(known, request_uri)
    made = new_request(instance, instance.ids.new(), act, post, asker, object_uri)
    made = replace(made, request_uri=request_uri)
    await approvals.insert(made)
    await _tell_owner(instance, made)
    return made


async def allow(
    instance: Instance, act: Act, asker: Actor, post: Post, object_uri: str, request_uri: str = ""
) -> InteractionRequest:
    """Keep that a person here allows something by policy: a stamp that others can check.

    What was refused before stays refused.
    """
    known = await approvals.find_for(act, post.id, object_uri)
    if known is None:
        made = new_request(instance, instance.ids.new(), act, post, asker, object_uri)
        made = stamped(instance, replace(made, request_uri=request_uri))
        await approvals.insert(made)
        return made
    known = await _named(known, request_uri)
    if known.state is RequestState.WAITING:
        known = stamped(instance, known)
        await approvals.save(known)
    return known


def stamped(instance: Instance, request: InteractionRequest) -> InteractionRequest:
    """A request that its owner, who lives here, has allowed."""
    stamp_uri = instance.addresses.stamp(request.id)
    return replace(request, state=RequestState.ACCEPTED, stamp_uri=stamp_uri)


async def _named(known: InteractionRequest, request_uri: str) -> InteractionRequest:
    if not request_uri or known.request_uri == request_uri:
        return known
    named = replace(known, request_uri=request_uri)
    await approvals.save(named)
    return named


def new_request(
    instance: Instance, row: RowId, act: Act, post: Post, asker: Actor, object_uri: str
) -> InteractionRequest:
    """A request as it is before anybody knows of it."""
    return InteractionRequest(
        id=row,
        act=act,
        post_id=post.id,
        owner_id=post.actor_id,
        actor_id=asker.id,
        object_uri=object_uri,
        request_uri="",
        state=RequestState.WAITING,
        created_at=instance.now(),
    )


async def _tell_owner(instance: Instance, request: InteractionRequest) -> None:
    await notifications.tell(
        instance, NotificationKind.APPROVAL, request.owner_id, request.actor_id, request.post_id
    )
