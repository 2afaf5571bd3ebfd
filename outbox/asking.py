"""Somebody wants to do to a post what its author lets nobody do unasked: the request is kept.

The author, if here, is told; else the author's server is asked, and nobody else gets to know
(GoToSocial, "Sending an Interaction Request", FEP-044f, "QuoteRequest"). What becomes of it:
`approvals.py` for authors here, `inbox/handlers/accept.py` for those elsewhere.
"""

from dataclasses import replace

from federation import vocabulary as v
from feeds import notifications
from instance.errors import Forbidden
from instance.resources import Instance
from outbox import delivery, telling
from outbox.making_known import announce_of
from posts.policies import Verdict
from storage import approvals
from storage import notifications as notification_rows
from storage.records import (
    Act,
    Actor,
    Interaction,
    InteractionKind,
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
_ACTS = {InteractionKind.LIKE: Act.LIKE, InteractionKind.BOOST: Act.BOOST}


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
            activity_id.uri, TYPES[act], asker.uri, post.uri, instrument, to=(owner.uri,)
        )
        await telling.tell_as(instance, asker, owner, activity, activity_id.row)
    return made


def waits(post: Post, verdict: Verdict) -> bool:
    """Whether a local actor must wait for an answer; elsewhere they tell who is among followers."""
    return verdict is Verdict.ASK or (verdict is Verdict.MEMBER and not post.is_local)


async def to_react(
    instance: Instance, kind: InteractionKind, asker: Actor, post: Post, owner: Actor
) -> Interaction:
    """Ask to like or boost a post; returns what there will be when its author agrees.

    In the caller's transaction. Asks once; raises `Forbidden` where the author has said no.
    """
    known = await approvals.find_by_actor(_ACTS[kind], post.id, asker.id)
    if known is not None and known.state is RequestState.REJECTED:
        raise Forbidden("The author of this post has declined that.")
    if known is not None:
        return _wanted(kind, known)
    activity_id = delivery.new_id(instance)
    made = Interaction(activity_id.row, kind, asker.id, post.id, activity_id.uri, instance.now())
    instrument: Instrument = v.Like(id=made.uri, actor=asker.uri, object=post.uri)
    if kind is InteractionKind.BOOST:
        instrument = announce_of(instance, asker, owner, post, made)
    await ask(instance, _ACTS[kind], asker, post, owner, instrument)
    return made


async def withdraw(kind: InteractionKind, asker: Actor, post: Post) -> Interaction | None:
    """Forget what a local actor asked for, and return it; None when nothing waits."""
    known = await approvals.find_by_actor(_ACTS[kind], post.id, asker.id)
    if known is None or known.state is RequestState.REJECTED:
        return None
    await approvals.withdraw(known.object_uri, asker.id)
    await notification_rows.remove_one(known.owner_id, NotificationKind.APPROVAL, asker.id, post.id)
    return _wanted(kind, known)


def _wanted(kind: InteractionKind, request: InteractionRequest) -> Interaction:
    return Interaction(
        id=request.id,
        kind=kind,
        actor_id=request.actor_id,
        post_id=request.post_id,
        uri=request.object_uri,
        created_at=request.created_at,
    )


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


async def refuse(
    instance: Instance, act: Act, asker: Actor, post: Post, object_uri: str
) -> InteractionRequest:
    """Keep that a person here refuses something by policy, unless it was answered before."""
    made = new_request(instance, instance.ids.new(), act, post, asker, object_uri)
    made = replace(made, state=RequestState.REJECTED)
    await approvals.insert(made)
    return made


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
