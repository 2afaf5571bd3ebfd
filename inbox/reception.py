"""The door: bound, authenticate, wait for one's turn, hand over to `dispatch.py`.

What a 202 promises is on the disk by then: a server that is killed right after its answer has lost
nothing.
"""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta

from federation import jsonld, origin, parsing
from federation import vocabulary as v
from federation.signatures import SignedRequest
from inbox import authentication, dispatch, policing, refusals, synchronization, turns, updates
from inbox.authentication import VerifiedActivity
from instance.errors import Forbidden, Gone, Invalid, NotFound, TooMany, Unauthenticated
from instance.resources import Instance
from moderation import limits
from outbox import contact
from storage import actors, posts, receipts
from storage.records import Receipt, RowId

POSTS_PER_ADDRESS_MAX = 3000
POSTS_WINDOW_S = 60
UNUSUAL_PER_ADDRESS_MAX = 100

_SAID_ANEW = (v.Follow, v.Accept, v.Reject, v.Update)

DOCUMENTS_KEPT_FOR = timedelta(days=14)
RETRIED_FOR = timedelta(days=8)
"""Longer than any job lives: what waits since then was buried."""
"""What was done with an activity can be looked into for this long; that it came is kept longer."""

RECEIPTS_KEPT_FOR = timedelta(days=30)
"""Servers try for a week at most, ours too; after a month nobody sends the same activity again."""

TOMBSTONES_KEPT_FOR = timedelta(days=90)
"""What was deleted or undone before it came may still be on its way, or be fetched from a copy."""


async def receive(
    instance: Instance, request: SignedRequest, *, address: str, owner_id: RowId | None
) -> None:
    """Take an activity that was POSTed to an inbox; returning means 202.

    `owner_id` is whose inbox it is, None for the shared one. Raises `TooMany`, `Invalid` (not an
    activity), `Unauthenticated`, `Forbidden` (of a host that is not welcome), `NotFound`. The size
    of the body is bounded by the caller.
    """
    try:
        await _receive(instance, request, address, owner_id)
    except (Forbidden, Invalid, TooMany, Unauthenticated) as failure:
        await refusals.note(instance, request, address, failure)
        raise


async def _receive(
    instance: Instance, request: SignedRequest, address: str, owner_id: RowId | None
) -> None:
    await limits.allow(
        instance,
        f"inbox:{limits.source_of(address)}",
        max=POSTS_PER_ADDRESS_MAX,
        window_s=POSTS_WINDOW_S,
        address=address,
    )
    await turns.of(instance).check_backlog(instance.now())
    await _check_owner(owner_id)
    document = parsing.parse_json(request.body)
    plain = await _plain(instance, document, address)
    activity = parsing.parse_activity(plain)
    await policing.check_welcome(instance, origin.host_of(activity.actor))
    if isinstance(activity, v.Delete) and not await _is_alive_here(activity.actor):
        # SG-35, E58: most Deletes are of people nobody here ever saw; asking for the key would
        # find nothing but an actor that is gone.
        return
    verified = await authentication.authenticate(instance, request, activity, document)
    await policing.check_welcome(instance, verified.actor.host or "")
    await contact.host_is_back(instance, (verified.sender or verified.actor).host or "")
    if plain is not document and verified.reading is None:
        verified = replace(verified, reading=plain)
    await _accept(instance, request, verified)
    await synchronization.compare(instance, request, verified)


async def _plain(instance: Instance, document: v.Document, address: str) -> v.Document:
    """The document in plain form; what needs JSON-LD for that is taken in small numbers (RX-29)."""
    if jsonld.is_unusual(document):
        await limits.allow(
            instance,
            f"unusual:{limits.source_of(address)}",
            max=UNUSUAL_PER_ADDRESS_MAX,
            window_s=POSTS_WINDOW_S,
            address=address,
        )
    return await instance.linked_data.plain(document)


async def _is_alive_here(uri: str) -> bool:
    actor = await actors.find_by_uri(uri)
    return actor is not None and actor.deleted_at is None


async def _check_owner(owner_id: RowId | None) -> None:
    if owner_id is None:
        return
    owner = await actors.find(owner_id)
    if owner is None or not owner.is_local:
        raise NotFound("There is no such inbox.")
    if owner.deleted_at is not None:
        raise Gone("The owner of this inbox is gone.")


async def _accept(
    instance: Instance, request: SignedRequest, verified: VerifiedActivity[v.Activity]
) -> None:
    activity, now = verified.activity, instance.now()
    receipt = Receipt(
        id=instance.ids.new(),
        key=receipt_key(request, activity, signature=verified.signature),
        activity_uri=activity.id,
        actor_uri=activity.actor,
        kind=activity.type if isinstance(activity, v.Unknown) else type(activity).__name__,
        document=_text(request.body) if verified.reading is None else json.dumps(verified.reading),
        received_at=now,
    )
    async with turns.of(instance).turn(
        verified.actor.host or "", is_urgent=_is_urgent(instance, activity)
    ):
        if isinstance(activity, v.Update) and await updates.are_too_many(instance, activity):
            await updates.keep_newest(instance, receipt, activity)
        else:
            await dispatch.take_in(instance, receipt, verified)


def _is_urgent(instance: Instance, activity: v.Activity) -> bool:
    """Whether a person here waits for it: who follows whom, and what is said to somebody here."""
    match activity:
        case v.Follow() | v.Accept() | v.Reject() | v.Block() | v.Flag() | v.Move():
            return True
        case v.Undo():
            return isinstance(activity.object, v.Follow | v.Accept | v.Block)
        case v.Create():
            return any(map(instance.addresses.is_ours, (*activity.to, *activity.cc)))
        case _:
            return False


def receipt_key(request: SignedRequest, activity: v.Activity, *, signature: str = "") -> str:
    """What makes two activities the same; scoped by the actor, who cannot burn others' ids.

    Without an id (E72, WordPress) it is the body together with the signature: so a replay of the
    same bytes is known, and the same words said again later are not. So it is for what some servers
    say anew under one id: Follow (consequence 8), Accept (Hollo), Update (Takahe). Their handlers
    may run twice: they look at what is there, or at `updated`. What somebody else handed on is said
    anew only with another `signature` within: who hands it on may sign as often as they like.
    """
    parts = [activity.actor, activity.id]
    if signature and isinstance(activity, _SAID_ANEW):
        parts.append(signature)
    elif not activity.id or isinstance(activity, _SAID_ANEW):
        parts += [hashlib.sha256(request.body).hexdigest(), *request.values("signature")]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("The body is not UTF-8.") from error


async def forget_documents(instance: Instance, payload: dict[str, object]) -> None:
    """Job `forget_documents`, once a day: what activities said is not kept for ever."""
    del payload
    now = instance.now()
    await receipts.settle_abandoned(now - RETRIED_FOR, now)
    await receipts.forget_documents(now - DOCUMENTS_KEPT_FOR)
    await receipts.forget(now - RECEIPTS_KEPT_FOR)
    await posts.forget_tombstones(now - TOMBSTONES_KEPT_FOR)
