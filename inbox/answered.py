"""What the author of a post elsewhere answered to somebody here, and took back later.

An answer names the request, or what was done without asking; only the author of the post can give
it (E134, E135).
"""

from dataclasses import replace

from federation import vocabulary as v
from inbox import stamps
from inbox.authentication import VerifiedActivity
from inbox.results import Result, done
from instance.resources import Instance
from outbox import asking, permitted
from storage import actors, approvals, interactions, posts
from storage.records import Act, Actor, InteractionKind, InteractionRequest, RequestState, RowId

_ACTS = {InteractionKind.LIKE: Act.LIKE, InteractionKind.BOOST: Act.BOOST}


async def accepted(instance: Instance, verified: VerifiedActivity[v.Accept]) -> Result | None:
    """Let happen what somebody here asked for; None when nobody here asked this actor."""
    activity, owner = verified.activity, verified.actor
    request = await _request(instance, activity.object, owner)
    if request is None:
        return None
    # GoToSocial before 0.19 gives no stamp: its Accept is the proof.
    stamp_uri = activity.result or activity.id
    if not stamps.may_speak(stamp_uri, owner.uri):
        stamp_uri = ""
    if request.state is RequestState.ACCEPTED and request.stamp_uri == stamp_uri:
        return done("accepted already")
    request = replace(request, state=RequestState.ACCEPTED, stamp_uri=stamp_uri or None)
    await approvals.save(request)
    await permitted.carry_out(instance, request)
    return done()


async def rejected(instance: Instance, verified: VerifiedActivity[v.Reject]) -> Result | None:
    """Undo what somebody here did or asked for; None when that is not about this actor's posts."""
    request = await _request(instance, verified.activity.object, verified.actor)
    request = request or await _unasked(instance, verified.activity.object, verified.actor)
    if request is None:
        return None
    request = replace(request, state=RequestState.REJECTED)
    await approvals.save(request)
    await permitted.take_back(instance, request)
    return done()


async def stamp_deleted(instance: Instance, uri: str, owner: Actor) -> Result | None:
    """Revoke what a stamp allowed; None when there is no such stamp of this actor (FEP-044f)."""
    request = await approvals.find_stamp(uri)
    if request is None or request.owner_id != owner.id:
        return None
    await approvals.save(replace(request, state=RequestState.REJECTED))
    await permitted.take_back(instance, request)
    return done("the approval was taken back")


async def _request(
    instance: Instance, named: v.Follow | v.InteractionRequest | str, owner: Actor
) -> InteractionRequest | None:
    """What a local actor asked of `owner`, by its own id or that of what was asked for."""
    if isinstance(named, v.Follow):
        return None
    uris: tuple[str, ...] = (named,) if isinstance(named, str) else ()
    if isinstance(named, v.InteractionRequest):
        thing = named.instrument
        uris = (named.id, thing if isinstance(thing, str) else thing.id)
    for uri in uris:
        row = instance.addresses.activity_id(uri)
        found = await approvals.find(row) if row is not None else None
        found = found or await approvals.find_about(uri, owner.id)
        if found is not None and found.owner_id == owner.id and await _is_ours(found):
            return found
    return None


async def _is_ours(request: InteractionRequest) -> bool:
    asker = await actors.find(request.actor_id)
    return asker is not None and asker.is_local


async def _unasked(
    instance: Instance, named: v.Follow | v.InteractionRequest | str, owner: Actor
) -> InteractionRequest | None:
    """What somebody here did freely to a post of `owner`, who refuses it now."""
    if not isinstance(named, str) or not instance.addresses.is_ours(named):
        return None
    answer = await posts.find_by_uri(named)
    deed = await interactions.find_interaction_by_uri(named) if answer is None else None
    if answer is not None and answer.in_reply_to_id is not None:
        act, post_id, asker_id = Act.REPLY, answer.in_reply_to_id, answer.actor_id
    elif deed is not None and deed.kind in _ACTS:
        act, post_id, asker_id = _ACTS[deed.kind], deed.post_id, deed.actor_id
    else:
        return None
    target, asker = await posts.find(post_id), await actors.find(asker_id)
    if target is None or asker is None or not asker.is_local or target.actor_id != owner.id:
        return None
    made = asking.new_request(instance, RowId(instance.ids.new()), act, target, asker, named)
    await approvals.insert(made)
    return made
