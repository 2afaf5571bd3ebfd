"""Followers synchronization: what another server says of who follows here, compared and mended.

The header comes with an activity, signed by the actor whose followers it is about (E129). When its
digest is not ours, a job reads the collection at that actor's own server (FEP-8fcf).
"""

from dataclasses import replace

from actors import errands, identity
from federation import origin, reading, synchronization
from federation import vocabulary as v
from federation.collection_parsing import COLLECTION_TYPES
from federation.signatures import SignedRequest
from federation.synchronization import Digest
from feeds import fanout
from inbox import meant
from inbox.authentication import VerifiedActivity
from instance.resources import Instance
from outbox import following, telling
from storage import collections as members
from storage import relations
from storage.records import Actor, FollowState

JOB = "synchronize_followers"
COMPARED_FOR_S = 600
MEMBERS_MAX = 10_000
PAGES_MAX = 20


async def compare(
    instance: Instance, request: SignedRequest, verified: VerifiedActivity[v.Activity]
) -> None:
    """Look at the header, if there is one; every ten minutes at most for one actor."""
    said = request.values(synchronization.HEADER.lower())
    # What was handed on by somebody else says nothing about who handed it on.
    if len(said) != 1 or verified.sender is not None:
        return
    found, actor = synchronization.parse(said[0]), verified.actor
    if found is None or found.collection != actor.followers_url:
        return
    if not origin.same_origin(found.url, actor.uri):
        return
    key = f"followers compared {actor.id}"
    if await instance.cache.get(key) is not None:
        return
    await instance.cache.set(key, b"1", COMPARED_FOR_S)
    known = [each.uri for each in await members.local_followers(actor.id)]
    if str(Digest(known)) != found.digest:
        await instance.queue.enqueue(
            JOB,
            {"actor_id": actor.id, "url": found.url},
            now=instance.now(),
            unique_key=f"synchronize:{actor.id}",
            host=actor.host,
        )


async def synchronize(instance: Instance, payload: dict[str, object]) -> None:
    """Job `synchronize_followers`: make our follows of a remote actor those that it knows.

    A follow that it does not know is ended; one that we do not know is taken back there; one that
    waits here is accepted there. Nothing is done by a list that may not be whole.
    """
    actor = await errands.actor_of(payload)
    if actor is None:
        return
    listed = await _members(instance, str(payload["url"]), actor)
    if listed is None:
        return
    for follower in await members.local_followers(actor.id):
        if follower.uri not in listed:
            await following.unfollow(instance, follower, actor)
    for uri in sorted(listed):
        person = await meant.local_person(instance, uri)
        if person is not None:
            await _settle(instance, person, actor)


async def _settle(instance: Instance, follower: Actor, followed: Actor) -> None:
    """Make up for what one of the two servers lost: theirs says that `follower` follows."""
    async with instance.store.transaction():
        found = await relations.find_follow(follower.id, followed.id)
        if found is None:
            unknown = v.Follow(id="", actor=follower.uri, object=followed.uri)
            await telling.tell(
                instance,
                follower,
                followed,
                lambda uri: v.Undo(id=uri, actor=follower.uri, object=unknown),
            )
        elif found.state is FollowState.REQUESTED:
            await relations.save_follow(replace(found, state=FollowState.ACCEPTED))
            await fanout.backfill(instance, follower.id, followed.id)


async def _members(instance: Instance, url: str, actor: Actor) -> set[str] | None:
    """All of ours in the collection; None when we could not read it to its end."""
    signer = await identity.instance_signer(instance)
    found: set[str] = set()
    page: v.Json = url
    for _ in range(PAGES_MAX):
        if isinstance(page, str):
            if not origin.same_origin(page, actor.uri):
                return None
            page, _ = await instance.http.get_document(page, signer)
        if not isinstance(page, dict) or COLLECTION_TYPES.isdisjoint(
            reading.types(page.get("type"))
        ):
            return None
        items = page.get("orderedItems") or page.get("items")
        found.update(reading.ids(items, MEMBERS_MAX + 1))
        if len(found) > MEMBERS_MAX:
            return None
        page = page.get("first") or page.get("next")
        if not page:
            return {uri for uri in found if instance.addresses.is_ours(uri)}
    return None
