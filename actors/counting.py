"""How many follow somebody elsewhere, whom they follow, how much they wrote: as their server says.

Asked by a job, once a day at most, when somebody who is logged in looks at the profile.
"""

from dataclasses import replace
from datetime import timedelta

from actors import errands, identity
from federation import origin
from federation import parsing as documents
from federation.client import Signer
from instance.errors import Failure, RemoteUnreachable
from instance.resources import Instance
from storage import actors
from storage.records import Actor

COUNT_ACTOR = "count_actor"
COUNTED_FOR = timedelta(days=1)
_TOTAL_MAX = 10**12


async def count_later(instance: Instance, actor: Actor) -> None:
    """Queue the question for the totals of a remote actor, unless it was asked today."""
    key = f"counted {actor.id}"
    if actor.is_local or await instance.cache.get(key) is not None:
        return
    await instance.cache.set(key, b"1", int(COUNTED_FOR.total_seconds()))
    await errands.enqueue(instance, COUNT_ACTOR, actor)


async def count(instance: Instance, payload: dict[str, object]) -> None:
    """Job `count_actor`: read `totalItems` of the collections; what is not told stays as it was."""
    actor = await errands.actor_of(payload)
    if actor is None:
        return
    signer = await identity.instance_signer(instance)
    followers = await _total(instance, actor, actor.followers_url, signer)
    following = await _total(instance, actor, actor.following_url, signer)
    written = await _total(instance, actor, actor.outbox_url, signer)
    async with instance.store.transaction():
        now = await actors.get_locked(actor.id)
        await actors.save(
            replace(
                now,
                followers_total=now.followers_total if followers is None else followers,
                following_total=now.following_total if following is None else following,
                posts_total=now.posts_total if written is None else written,
            )
        )


async def _total(instance: Instance, actor: Actor, url: str | None, signer: Signer) -> int | None:
    """The size of one collection, which its actor's own server has to tell."""
    if url is None or not origin.same_origin(url, actor.uri):
        return None
    try:
        document, final_url = await instance.http.get_document(url, signer)
        total = documents.parse_collection(document).total
    except RemoteUnreachable:
        raise
    except Failure:
        return None
    is_theirs = origin.same_origin(final_url, actor.uri)
    return total if is_theirs and total is not None and 0 <= total <= _TOTAL_MAX else None
