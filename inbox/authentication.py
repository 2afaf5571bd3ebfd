"""From request to `VerifiedActivity`: the only place that makes one.

Who signed must be who acts, exactly (SG-11, SG-12, SG-34): the same host is not enough. Anything
wrong is `Unauthenticated` and never a bug: servers that try one signature scheme after the other
depend on the 401 (INTEROP, consequence 1).
"""

import hashlib
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeAlias, TypeVar

from actors import remote, remote_keys
from federation import integrity, ld_signatures, origin, parsing, signatures
from federation import vocabulary as v
from federation.linked_data import TooCostly
from federation.signatures import SignedRequest
from federation.vocabulary import Document
from inbox import policing
from instance.errors import (
    Gone,
    Invalid,
    NotFound,
    RemoteFailure,
    RemoteNonsense,
    TooMany,
    Unauthenticated,
)
from instance.resources import Instance
from storage import actors
from storage.records import Actor, ActorKey, Receipt

A_co = TypeVar("A_co", bound=v.Activity, covariant=True)

# How a key id goes on after the id of its actor, where it shows whose it is (E40).
_KEY_OF = re.compile(r"/?#[A-Za-z0-9_-]{1,64}|/(main-key|publickey)")

COSTLY_S = 600
"""So long no linked data of a host is read, after some of it took too long (RX-29)."""

USES_WINDOW_S = 2 * 3600
USES_MAX = 8

_Check: TypeAlias = Callable[[ActorKey], None]
"""Raises `Unauthenticated` when something was not signed with this key."""


@dataclass(frozen=True, slots=True)
class VerifiedActivity(Generic[A_co]):
    """An activity that its `actor` sent: whoever holds one need not ask again.

    Verified is who said it, not what is said: ids and objects in it are still claims. What its
    actor signed may have come by way of a `sender`: a relay, or who forwards replies (E57).
    """

    activity: A_co
    actor: Actor
    sender: Actor | None = None
    signature: str = ""
    """What proves it, if that is within the document: another one is another saying."""
    reading: Document | None = None
    """The document as it was signed, if it must be read in another form than it came in."""


async def authenticate(
    instance: Instance, request: SignedRequest, activity: v.Activity, document: Document
) -> VerifiedActivity[v.Activity]:
    """Check the signature over the received bytes, and that its maker is the activity's actor.

    If somebody else made the request, the actor must have signed the document: `_handed_on`.
    An unknown key costs one bounded fetch, a key that does not fit one more at most every five
    minutes (SG-24). Raises `Unauthenticated`, `TooMany`, `Unavailable`.
    """
    key_id = signatures.claimed_key_id(request)
    if activity.id and not origin.same_origin(activity.id, activity.actor):
        raise Unauthenticated("The activity's id is of another host than its actor.")
    if instance.addresses.is_ours(activity.actor):
        raise Unauthenticated("Nobody here sends activities from outside.")  # OR-21
    if not origin.same_origin(key_id, activity.actor) and not is_signed_within(activity, document):
        raise Unauthenticated("The key is of another host than the actor.")
    try:
        sender = await _maker_of(instance, request, key_id)
    except _OwnerIsGoneError as gone:
        return await _farewell(activity, gone)
    if sender.uri == activity.actor:
        return VerifiedActivity(activity, sender)
    return await _handed_on(instance, activity, document, sender)


async def _handed_on(
    instance: Instance, activity: v.Activity, document: Document, sender: Actor
) -> VerifiedActivity[v.Activity]:
    """An activity that its actor signed, though somebody else sent it (A148; FEP-8b32, E60).

    The proof comes first: it is made over the very letters that are read. An activity without id
    could be told again and again.
    """
    now = instance.now()
    if not activity.id or not is_signed_within(activity, document):
        raise Unauthenticated("The activity is signed by somebody else than its actor.")
    proof = integrity.claimed(document)
    try:
        if proof is not None and origin.same_origin(proof.key_id, activity.actor):
            pem_fits = partial(integrity.verify, document, proof, now=now)
            actor = await _owner_of(instance, proof.key_id, lambda key: pem_fits(key.public_pem))
            _check_same(actor, activity)
            return VerifiedActivity(activity, actor, sender, proof.value.hex())
        signature = ld_signatures.claimed(document)
        if signature is None:
            raise Unauthenticated("The activity is signed by somebody else than its actor.")
        signed = await _signed_reading(instance, document, signature, sender)
        actor = await _owner_of(
            instance,
            signature.key_id,
            lambda key: ld_signatures.verify(signature, signed, key.public_pem, now),
        )
    except _OwnerIsGoneError as gone:
        return await _farewell(activity, gone)
    read = parsing.parse_activity(signed.document)
    _check_same(actor, read)
    if (read.id, type(read)) != (activity.id, type(activity)):
        raise Unauthenticated("The document is read in another way than it was signed.")  # SG-21
    return VerifiedActivity(read, actor, sender, signature.value.hex(), signed.document)


async def _signed_reading(
    instance: Instance, document: Document, signature: ld_signatures.Signature, sender: Actor
) -> ld_signatures.SignedReading:
    """What linked data says; not for a host that sent something whose reading had to be ended."""
    costly = f"linked-data:costly:{sender.host}"
    if await instance.cache.get(costly) is not None:
        raise TooMany("A document of yours took too long to read.", retry_after_s=COSTLY_S)
    try:
        return await ld_signatures.read(instance.linked_data, document, signature)
    except Unauthenticated as refused:
        if isinstance(refused.__cause__, TooCostly):
            await instance.cache.set(costly, b"1", COSTLY_S)
        raise


def is_signed_within(activity: v.Activity, document: Document) -> bool:
    """Whether the document claims to be signed with a key of its actor's host (SG-33)."""
    claims = integrity.claimed(document), ld_signatures.claimed(document)
    return any(claim and origin.same_origin(claim.key_id, activity.actor) for claim in claims)


def _check_same(actor: Actor, activity: v.Activity) -> None:
    if actor.uri != activity.actor:
        raise Unauthenticated("The activity is signed by somebody else than its actor.")


async def authenticate_fetch(instance: Instance, request: SignedRequest) -> Actor | None:
    """Who asks, by a signed GET; None when it is not signed.

    Raises `Unauthenticated`, also for a signature that was used too often (A139): whoever overheard
    it may not go on asking with it. Some uses are lawful: a request that was cut off is made again,
    and what two processes sign in one second may be the same.
    """
    if not signatures.is_signed(request):
        return None
    try:
        asker = await _maker_of(instance, request, signatures.claimed_key_id(request))
        await _count_use(instance, request)
    except _OwnerIsGoneError as gone:
        raise Unauthenticated("The owner of the key is gone.") from gone
    return asker


async def _count_use(instance: Instance, request: SignedRequest) -> None:
    digest = hashlib.sha256((request.only("signature") or "").encode()).hexdigest()
    uses = await instance.cache.count(f"signed:{digest}", USES_WINDOW_S, instance.now())
    if uses > USES_MAX:
        raise Unauthenticated("This signature was used too often. Sign every request anew.")


def claimed_key_id(request: SignedRequest) -> str | None:
    """The key that a request says it is signed with: a claim; None when it says nothing usable."""
    if not signatures.is_signed(request):
        return None
    try:
        return signatures.claimed_key_id(request)
    except Unauthenticated:
        return None


def fits(instance: Instance, request: SignedRequest, key_id: str, public_pem: str) -> bool:
    """Whether a request is signed with this key."""
    try:
        _verify(instance, request, key_id, public_pem)
    except Unauthenticated:
        return False
    return True


async def recognise(instance: Instance, request: SignedRequest) -> Actor | None:
    """Who asks, if their key is known and fits; None for all others. Never fetches."""
    key_id = claimed_key_id(request)
    known = await actors.find_key_and_owner(key_id) if key_id is not None else None
    if known is None:
        return None
    key, owner = known
    rules = await instance.rulebook.hosts()
    if not rules.is_welcome(owner.host or "", origin.host_of(key.uri)):
        return None
    return owner if fits(instance, request, key.uri, key.public_pem) else None


async def from_origin(instance: Instance, activity: v.Activity) -> VerifiedActivity[v.Activity]:
    """An activity that was just read at its own id, which is of its actor's host. Network.

    Raises `RemoteFailure`, and `NotFound` for an actor of ours.
    """
    if instance.addresses.is_ours(activity.actor):
        raise NotFound("Nobody here acts from outside.")  # OR-21
    actor = await remote.find_or_fetch(instance, activity.actor)
    if actor.uri != activity.actor:
        raise RemoteNonsense("The actor of the activity has another id.")
    return VerifiedActivity(activity, actor)


async def restore(receipt: Receipt) -> VerifiedActivity[v.Activity]:
    """The activity of a receipt, which was verified before it was written; raises `NotFound`."""
    activity = parsing.parse_activity(parsing.parse_json(receipt.document.encode()))
    actor = await actors.find_by_uri(receipt.actor_uri)
    if actor is None:
        raise NotFound("The actor of this activity is not here any more.")
    return VerifiedActivity(activity, actor)


class _OwnerIsGoneError(Exception):
    """The key's owner answered 410 when it was asked for the key."""

    def __init__(self, key_id: str) -> None:
        super().__init__(key_id)
        self.key_id = key_id


async def _maker_of(instance: Instance, request: SignedRequest, key_id: str) -> Actor:
    """Whose key signed this request; raises `Unauthenticated`, `TooMany`."""

    def check(key: ActorKey) -> None:
        _verify(instance, request, key.uri, key.public_pem)

    return await _owner_of(instance, key_id, check)


async def _owner_of(instance: Instance, key_id: str, check: _Check) -> Actor:
    """Whose key it is that passes a check; raises `Unauthenticated`, `Forbidden`, `TooMany`."""
    _check_key_id(instance, key_id)
    await policing.check_welcome(instance, origin.host_of(key_id))
    known = await actors.find_key_and_owner(key_id)
    actor: Actor | None
    if known is None:
        actor = await actors.find((await _fetched_key(instance, key_id, check)).actor_id)
    else:
        key, actor = known
        try:
            check(key)
        except Unauthenticated as misfit:
            actor = await actors.find((await _newer_key(instance, key, check, misfit)).actor_id)
    if actor is None or actor.deleted_at is not None:
        raise Unauthenticated("The owner of the key is gone.")
    await remote.refresh_later(instance, actor)
    return actor


async def _fetched_key(instance: Instance, key_id: str, check: _Check) -> ActorKey:
    """The key as its owner shows it, which we did not know; raises when it does not fit."""
    key = await _key(instance, key_id, is_again=False)
    try:
        check(key)
    except Unauthenticated:
        await remote_keys.note_misfit(instance, key_id)
        raise
    return key


async def _newer_key(
    instance: Instance, known: ActorKey, check: _Check, misfit: Unauthenticated
) -> ActorKey:
    """The key that its owner shows now, instead of one that does not fit; else raises `misfit`."""
    if known.private_pem is not None:  # one of ours
        await remote_keys.note_misfit(instance, known.uri)
        raise misfit
    newer = await _key(instance, known.uri, is_again=True)
    if newer.public_pem != known.public_pem:
        with suppress(Unauthenticated):
            check(newer)
            return newer
    await remote_keys.note_trouble(instance, known.uri)
    raise misfit


async def _key(instance: Instance, key_id: str, *, is_again: bool) -> ActorKey:
    try:
        return await remote_keys.key(instance, key_id, refresh=is_again)
    except Gone as gone:
        raise _OwnerIsGoneError(key_id) from gone
    except (RemoteFailure, NotFound, Invalid) as failure:
        raise Unauthenticated(f"The key cannot be had: {failure.public}") from failure


def _check_key_id(instance: Instance, key_id: str) -> None:
    try:
        origin.safe_url(key_id, plain_http=instance.settings.federation.plain_http)
    except Invalid as wrong:
        raise Unauthenticated(f"The keyId is not one: {wrong.public}") from wrong


def _verify(instance: Instance, request: SignedRequest, key_id: str, public_pem: str) -> None:
    signatures.verify(
        request,
        public_pem,
        now=instance.now(),
        key_id=key_id,
        base_url=instance.settings.base_url,
    )


async def _farewell(activity: v.Activity, gone: _OwnerIsGoneError) -> VerifiedActivity[v.Activity]:
    """SG-35, E59: that the origin answers 410 proves a self-Delete better than any signature.

    It proves that of the key's own actor alone: not of a neighbour, nor of whom a sender names.
    """
    if isinstance(activity, v.Delete) and activity.object == activity.actor:
        actor = await actors.find_by_uri(activity.actor)
        if actor is not None and await _is_key_of(actor, gone.key_id):
            return VerifiedActivity(activity, actor)
    raise Unauthenticated("The owner of the key is gone.") from gone


async def _is_key_of(actor: Actor, key_id: str) -> bool:
    known = await actors.find_key(key_id)
    if known is not None:
        return known.actor_id == actor.id
    return key_id.startswith(actor.uri) and bool(_KEY_OF.fullmatch(key_id[len(actor.uri) :]))
