"""The keys of local actors: one that signs requests (RSA), one that signs documents (Ed25519).

The key ids never change, so that a new key takes the place of the old one everywhere. The former
key stays for a while: it signs the news that there is a new one, which who knows nothing but the
old one can check (A147).
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from federation.keys import new_ed25519_pem
from federation.signatures import Signer, new_private_key_pem, public_pem_of
from instance.errors import NotFound
from instance.resources import Instance
from storage import actors
from storage.records import Actor, ActorKey, RowId

SIGNERS_MAX = 1024
KEPT_FOR = timedelta(seconds=60)
"""Another process may change the keys of an actor: after so long all know it."""

FORMER_KEPT_FOR = timedelta(days=30)
GIVEN_PER_JOB_MAX = 200

TIDY = "tidy_keys"


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """What an actor signs requests with, and what documents; those of old had no second key."""

    request: Signer
    proof: Signer | None


async def of(instance: Instance, actor_id: RowId) -> SigningKeys:
    """What a local actor signs with now; raises `NotFound` for actors without a private key."""
    now, known = instance.now(), instance.signers.get(actor_id)
    if known is not None and abs(now - known[0]) < KEPT_FOR:
        kept: SigningKeys = known[1]
        return kept
    by_uri = {key.uri: key for key in await actors.keys_of(actor_id) if key.private_pem}
    main = by_uri.get(instance.addresses.key(actor_id))
    if main is None:
        raise NotFound(
            "There is no such person here.", detail=f"actor {actor_id} has no private key"
        )
    proof = by_uri.get(instance.addresses.proof_key(actor_id))
    found = SigningKeys(_signer(main), _signer(proof) if proof is not None else None)
    if len(instance.signers) >= SIGNERS_MAX:
        instance.signers.pop(next(iter(instance.signers)))  # the oldest
    instance.signers[actor_id] = (now, found)
    return found


def _signer(key: ActorKey) -> Signer:
    return Signer(key.uri, key.private_pem or "")


async def former_signer(instance: Instance, actor_id: RowId, key_row: RowId) -> Signer | None:
    """What an actor signed with before its keys were changed, under the id of the key of now."""
    for key in await actors.keys_of(actor_id):
        if key.id == key_row and key.private_pem:
            return Signer(instance.addresses.key(actor_id), key.private_pem)
    return None


async def new_private_key() -> str:
    """Make an RSA key, in a thread: it takes time. Do it *before* a transaction."""
    return await asyncio.to_thread(new_private_key_pem)


def new_rows(instance: Instance, actor_id: RowId, private_pem: str) -> tuple[ActorKey, ActorKey]:
    """The rows of a pair of new keys: for requests, from `new_private_key`, and for documents."""
    return (
        _row(instance, actor_id, instance.addresses.key(actor_id), private_pem),
        _row(instance, actor_id, instance.addresses.proof_key(actor_id), new_ed25519_pem()),
    )


def _row(instance: Instance, actor_id: RowId, uri: str, private_pem: str) -> ActorKey:
    return ActorKey(
        id=instance.ids.new(),
        actor_id=actor_id,
        uri=uri,
        public_pem=public_pem_of(private_pem),
        private_pem=private_pem,
        created_at=instance.now(),
    )


def shown(instance: Instance, actor_id: RowId, keys: Iterable[ActorKey]) -> list[ActorKey]:
    """Of an actor's keys those that others may rely on now, that for requests first."""
    by_uri = {key.uri: key for key in keys}
    addresses = instance.addresses
    uris = (addresses.key(actor_id), addresses.proof_key(actor_id))
    return [by_uri[uri] for uri in uris if uri in by_uri]


async def replace_both(instance: Instance, actor: Actor, private_pem: str) -> ActorKey | None:
    """Give an actor new keys, in the caller's transaction; returns the former one for requests."""
    known = await actors.keys_of(actor.id)
    current = shown(instance, actor.id, known)
    main = instance.addresses.key(actor.id)
    former = [
        replace(key, uri=f"{main}-{key.id}", created_at=instance.now())
        for key in current
        if key.uri == main
    ]
    kept = [key for key in known if key not in current]
    await actors.replace_keys(
        actor.id, [*kept, *former, *new_rows(instance, actor.id, private_pem)]
    )
    instance.signers.pop(actor.id, None)
    return former[0] if former else None


async def tidy(instance: Instance, payload: dict[str, object]) -> None:
    """Job, daily: forget former keys, and give those a key for documents who have none yet."""
    del payload
    await actors.forget_former_keys(instance.now() - FORMER_KEPT_FOR)
    lacking = await actors.without_proof_key(GIVEN_PER_JOB_MAX)
    async with instance.store.transaction():
        for actor_id in lacking:
            uri = instance.addresses.proof_key(actor_id)
            await actors.insert_key(_row(instance, actor_id, uri, new_ed25519_pem()))
        if len(lacking) == GIVEN_PER_JOB_MAX:
            await instance.queue.enqueue(TIDY, {}, now=instance.now())
