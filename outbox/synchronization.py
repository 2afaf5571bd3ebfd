"""Followers synchronization: what deliveries say about who follows at the host they go to.

A digest of those followers goes along, so that the host notices what it does not know, or still
believes (FEP-8fcf). All digests of an actor are reckoned anew in one walk through the followers,
once an hour at most: nothing has to be kept right by whoever changes a follow.
"""

from collections.abc import Mapping

from federation import synchronization
from federation.synchronization import Digest, Synchronization
from instance.resources import Instance
from outbox.audience import Audience
from storage import collections as members
from storage.records import OutgoingActivity, RowId

SAID_FOR_S = 3600

_KEY = "followers_digest"


async def digests(instance: Instance, actor_id: RowId, audience: Audience) -> Mapping[str, str]:
    """The digest of an actor's followers at each host; none when it was said within the hour."""
    if not audience.followers:
        return {}
    key = f"followers said {actor_id}"
    if await instance.cache.get(key) is not None:
        return {}
    await instance.cache.set(key, b"1", SAID_FOR_S)
    found: dict[str, Digest] = {}
    async for uri in members.follower_uris(actor_id):
        # As ids stand in our rows: `https://host/…`.
        host = uri.split("/", 3)[2]
        found.setdefault(host, Digest()).add(uri)
    return {host: str(digest) for host, digest in found.items()}


def payload(digests: Mapping[str, str], host: str) -> Mapping[str, str]:
    """What the job of a delivery to this host holds."""
    return {_KEY: digests[host]} if host in digests else {}


def headers(
    instance: Instance, activity: OutgoingActivity, held: Mapping[str, object]
) -> Mapping[str, str]:
    """The header for one delivery, when its job holds a digest."""
    digest = held.get(_KEY)
    if not isinstance(digest, str):
        return {}
    addresses = instance.addresses
    said = Synchronization(
        collection=addresses.followers(activity.actor_id),
        url=addresses.follower_synchronization(activity.actor_id),
        digest=digest,
    )
    return {synchronization.HEADER: synchronization.write(said)}
