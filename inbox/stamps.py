"""Stamps: that the author of a post lets somebody answer, like, boost or quote it; from its origin.

A stamp is believed at its own address alone, only about posts of who gives it, and only for the one
thing that it names (FEP-044f, "Verifying a QuoteAuthorization"; GoToSocial, "Verifying Interaction
Authorization as a Third Server"). What was verified is kept as an accepted request.
"""

from dataclasses import replace
from urllib.parse import urldefrag

from actors import identity, remote
from federation import origin, parsing
from instance.errors import Invalid, RemoteFailure, RemoteNonsense
from instance.resources import Instance
from outbox import asking
from storage import actors, approvals, posts
from storage.records import Act, Actor, InteractionRequest, Post, RequestState


def may_speak(stamp_uri: str | None, owner_uri: str) -> bool:
    """Whether a stamp at this address could be by this actor: of the same origin."""
    return stamp_uri is not None and origin.same_origin(stamp_uri, owner_uri)


async def fetch(instance: Instance, uri: str, asker: Actor) -> InteractionRequest:
    """Keep what a stamp allows `asker`; network. Raises `RemoteFailure`.

    The post that it is about must be here.
    """
    if instance.addresses.is_ours(uri):
        raise RemoteNonsense("Stamps of ours are not asked for.")
    signer = await identity.instance_signer(instance)
    document, final_url = await instance.http.get_document(urldefrag(uri).url, signer)
    try:
        found = parsing.parse_authorization(document)
    except Invalid as wrong:
        raise RemoteNonsense(f"Not a stamp: {wrong.public}") from wrong
    if not remote.is_at(found.id, final_url):
        raise RemoteNonsense("The stamp has another id than its address.")
    if not may_speak(found.id, found.attributed_to):
        raise RemoteNonsense("The stamp is of another host than who gives it.")
    if not origin.same_origin(found.interacting_object, asker.uri):
        raise RemoteNonsense("The stamp is for somebody else.")
    async with instance.store.transaction():
        target = await posts.find_by_uri(found.interaction_target or "")
        owner = await actors.find_by_uri(found.attributed_to)
        if target is None or owner is None or target.actor_id != owner.id:
            raise RemoteNonsense("The stamp is not by the author of the post.")
        row = instance.ids.new()
        made = asking.new_request(
            instance, row, Act(found.act), target, asker, found.interacting_object
        )
        return await _keep(replace(made, state=RequestState.ACCEPTED, stamp_uri=found.id))


async def _keep(made: InteractionRequest) -> InteractionRequest:
    if await approvals.insert(made):
        return made
    known = await approvals.find_for(made.act, made.post_id, made.object_uri)
    if known is None or known.actor_id != made.actor_id:
        raise RemoteNonsense("The stamp is for somebody else.")
    if known.state is RequestState.REJECTED and known.stamp_uri == made.stamp_uri:
        raise RemoteNonsense("The stamp was taken back.")
    changed = replace(known, state=made.state, stamp_uri=made.stamp_uri)
    await approvals.save(changed)
    return changed


async def try_fetch(
    instance: Instance, uri: str | None, target: Post, asker: Actor
) -> InteractionRequest | None:
    """The same for a stamp about `target`, if there is one; None where it is none. Network."""
    owner = await actors.find(target.actor_id)
    if uri is None or owner is None or not may_speak(uri, owner.uri):
        return None
    try:
        found = await fetch(instance, uri, asker)
    except RemoteFailure:
        return None
    return found if found.post_id == target.id else None
