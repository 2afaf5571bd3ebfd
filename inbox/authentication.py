"""From request to `VerifiedActivity`: the only place that makes one.

Who signed must be who acts, exactly (SG-11, SG-12, SG-34): the same host is not enough. Anything
wrong is `Unauthenticated` and never a bug: servers that try one signature scheme after the other
depend on the 401 (INTEROP, consequence 1).
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from actors import remote, remote_keys
from federation import origin, parsing, signatures
from federation import vocabulary as v
from federation.signatures import SignedRequest
from instance.errors import Gone, Invalid, NotFound, RemoteFailure, Unauthenticated
from instance.resources import Instance
from storage import actors
from storage.records import Actor, ActorKey, Receipt

A_co = TypeVar("A_co", bound=v.Activity, covariant=True)


@dataclass(frozen=True, slots=True)
class VerifiedActivity(Generic[A_co]):
    """An activity that its `actor` sent: whoever holds one need not ask again.

    Verified is who said it, not what is said: ids and objects in it are still claims.
    """

    activity: A_co
    actor: Actor


async def authenticate(
    instance: Instance, request: SignedRequest, activity: v.Activity
) -> VerifiedActivity[v.Activity]:
    """Check the signature over the received bytes, and that its maker is the activity's actor.

    An unknown key costs one bounded fetch, a key that does not fit one more at most every five
    minutes (SG-24). Raises `Unauthenticated`, `TooMany`.
    """
    key_id = signatures.claimed_key_id(request)
    if not origin.same_origin(key_id, activity.actor):
        raise Unauthenticated("The key is of another host than the actor.")
    if activity.id and not origin.same_origin(activity.id, activity.actor):
        raise Unauthenticated("The activity's id is of another host than its actor.")
    if instance.addresses.is_ours(activity.actor):
        raise Unauthenticated("Nobody here sends activities from outside.")  # OR-21
    try:
        actor = await _maker_of(instance, request, key_id)
    except _OwnerIsGoneError as gone:
        return await _farewell(activity, gone)
    if actor.uri != activity.actor:
        raise Unauthenticated("The activity is signed by somebody else than its actor.")
    return VerifiedActivity(activity, actor)


async def authenticate_fetch(instance: Instance, request: SignedRequest) -> Actor | None:
    """Who asks, by a signed GET; None when it is not signed. Raises `Unauthenticated`."""
    if not signatures.is_signed(request):
        return None
    try:
        return await _maker_of(instance, request, signatures.claimed_key_id(request))
    except _OwnerIsGoneError as gone:
        raise Unauthenticated("The owner of the key is gone.") from gone


async def recognise(instance: Instance, request: SignedRequest) -> Actor | None:
    """Who asks, if their key is known and fits; None for all others. Never fetches."""
    if not signatures.is_signed(request):
        return None
    try:
        key = await actors.find_key(signatures.claimed_key_id(request))
        if key is None:
            return None
        _verify(instance, request, key)
    except Unauthenticated:
        return None
    return await actors.find(key.actor_id)


async def restore(receipt: Receipt) -> VerifiedActivity[v.Activity]:
    """The activity of a receipt, which was verified before it was written; raises `NotFound`."""
    activity = parsing.parse_activity(parsing.parse_json(receipt.document.encode()))
    actor = await actors.find_by_uri(receipt.actor_uri)
    if actor is None:
        raise NotFound("The actor of this activity is not here any more.")
    return VerifiedActivity(activity, actor)


class _OwnerIsGoneError(Exception):
    """The key's owner answered 410 when it was asked for the key."""


async def _maker_of(instance: Instance, request: SignedRequest, key_id: str) -> Actor:
    """Whose key signed this request; raises `Unauthenticated`, `TooMany`."""
    _check_key_id(instance, key_id)
    was_known = await actors.find_key(key_id) is not None
    key = await _key(instance, key_id, is_again=False)
    try:
        _verify(instance, request, key)
    except Unauthenticated as misfit:
        if not was_known or key.private_pem is not None:
            await remote_keys.note_misfit(instance, key_id)
            raise
        newer = await _key(instance, key_id, is_again=True)
        if newer.public_pem == key.public_pem:
            await remote_keys.note_trouble(instance, key_id)
            raise
        try:
            _verify(instance, request, newer)
        except Unauthenticated:
            await remote_keys.note_trouble(instance, key_id)
            raise misfit from None
        key = newer
    actor = await actors.find(key.actor_id)
    if actor is None or actor.deleted_at is not None:
        raise Unauthenticated("The owner of the key is gone.")
    await remote.refresh_later(instance, actor)
    return actor


async def _key(instance: Instance, key_id: str, *, is_again: bool) -> ActorKey:
    try:
        return await remote_keys.key(instance, key_id, refresh=is_again)
    except Gone as gone:
        raise _OwnerIsGoneError from gone
    except (RemoteFailure, NotFound, Invalid) as failure:
        raise Unauthenticated(f"The key cannot be had: {failure.public}") from failure


def _check_key_id(instance: Instance, key_id: str) -> None:
    try:
        origin.safe_url(key_id, plain_http=instance.settings.federation.plain_http)
    except Invalid as wrong:
        raise Unauthenticated(f"The keyId is not one: {wrong.public}") from wrong


def _verify(instance: Instance, request: SignedRequest, key: ActorKey) -> None:
    signatures.verify(
        request,
        key.public_pem,
        now=instance.now(),
        key_id=key.uri,
        base_url=instance.settings.base_url,
    )


async def _farewell(activity: v.Activity, gone: _OwnerIsGoneError) -> VerifiedActivity[v.Activity]:
    """SG-35, E59: that the origin answers 410 proves a self-Delete better than any signature."""
    if isinstance(activity, v.Delete) and activity.object == activity.actor:
        actor = await actors.find_by_uri(activity.actor)
        if actor is not None:
            return VerifiedActivity(activity, actor)
    raise Unauthenticated("The owner of the key is gone.") from gone
