"""Remote actors: found by id, handle or page; fetched, refreshed, buried. No signatures here.

Everything that may fetch is network and never runs inside a transaction. An actor is believed only
from its own id: what another address says about it is asked there again (FEP-fe34).
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote, urldefrag

from actors import errands, handles, identity
from actors.activitystreams import actor_from_vocabulary
from actors.handles import ProvenHandle
from federation import origin, webfinger
from federation import parsing as documents
from federation import vocabulary as v
from federation.client import Signer
from federation.keys import check_new_key
from federation.webfinger import Handle
from instance.errors import (
    Conflict,
    Gone,
    Invalid,
    NotFound,
    RemoteNonsense,
    RemoteRefused,
    RemoteUnreachable,
)
from instance.resources import Instance
from moderation.hosts import limited
from storage import actors, posts, relations
from storage.records import Actor, ActorKey, RowId

REFRESH_AFTER = timedelta(hours=24)
ASKED_TIMEOUT_S = 10.0
"""How long a person waits for a handle they asked for."""

KEYS_MAX = 8
BURIED_PER_JOB_MAX = 200
"""Posts of a deleted actor wiped in one transaction (FL-12)."""

_GONE = 410
_NOT_FOUND = 404

_NO_ADDRESS = re.compile(r"[^./:]*")
"""Without any of these it is a name or nonsense, but no address of another server."""


# ---------------------------------------------------------------- finding


async def find_or_fetch(instance: Instance, uri: str) -> Actor:
    """Return the actor with this id, ours or its host's; raises `NotFound`, `RemoteFailure`."""
    if instance.addresses.is_ours(uri):
        return await local(instance, uri)
    known = await actors.find_by_uri(uri)
    if known is None:
        return await fetch(instance, uri)
    if known.deleted_at is not None:
        raise Gone("This account was deleted.")
    await refresh_later(instance, known)
    return known


async def local(instance: Instance, url: str) -> Actor:
    """Return the local actor behind one of our own URLs (SF-13: never by asking ourselves)."""
    actor_id, username = instance.addresses.actor_id(url), instance.addresses.username(url)
    found: Actor | None = None
    if actor_id is not None:
        found = await actors.find(RowId(actor_id))
    elif username is not None:
        found = await actors.find_by_handle(username, None)
    if found is None or not found.is_local:
        raise NotFound("There is no such account here.")
    if found.deleted_at is not None:
        raise Gone("This account was deleted.")
    return found


async def by_handle(instance: Instance, handle: Handle) -> Actor:
    """Whom a handle names; its host has 10 s to say. Raises `NotFound`, `RemoteFailure`."""
    if handles.is_ours(instance, handle):
        return await local(instance, instance.addresses.profile_page(handle.username))
    known = await actors.find_by_handle(handle.username, handle.host)
    if known is not None and known.deleted_at is None:
        await refresh_later(instance, known)
        return known
    try:
        async with asyncio.timeout(ASKED_TIMEOUT_S):
            return await find_or_fetch(instance, await handles.actor_uri_of(instance, handle))
    except TimeoutError as late:
        raise RemoteUnreachable(f"{handle.host} does not answer.") from late
    except RemoteRefused as refused:
        if refused.status in {_NOT_FOUND, _GONE}:
            raise NotFound(f"{handle.host} knows no {handle}.") from refused
        raise


async def resolve(instance: Instance, text: str) -> Actor:
    """Return whom a person means by `@a@host`, `a@host`, a profile page or an actor id (A14)."""
    text = text.strip()
    handle = webfinger.parse_handle(text)
    if handle is not None:
        return await by_handle(instance, handle)
    if _NO_ADDRESS.fullmatch(text):
        return await _neighbour(text)
    plain = instance.settings.federation.plain_http
    url = text if "://" in text else f"{'http' if plain else 'https'}://{text}"
    url = origin.safe_url(url, plain_http=plain)
    if instance.addresses.is_ours(url):
        return await local(instance, url)
    known = await actors.find_by_uri(url) or await actors.find_by_url(url)
    if known is not None and known.deleted_at is None:
        return known
    try:
        async with asyncio.timeout(ASKED_TIMEOUT_S):
            return await fetch(instance, url)
    except TimeoutError as late:
        raise RemoteUnreachable("The other server does not answer.") from late


async def _neighbour(name: str) -> Actor:
    """Whoever has this name here: a word alone names no other server, so none is asked."""
    found = await actors.find_by_handle(name, None)
    if found is None or found.deleted_at is not None:
        raise NotFound("There is nobody of this name here. Elsewhere? Write @name@server.")
    return found


# ---------------------------------------------------------------- fetching


async def fetch(instance: Instance, uri: str) -> Actor:
    """Fetch an actor, prove its handle and save it; raises `Gone`, `RemoteFailure`."""
    if instance.addresses.is_ours(uri):
        return await local(instance, uri)
    try:
        claim = await fetch_document(instance, uri)
    except RemoteRefused as refused:
        if refused.status == _GONE:
            await bury(instance, uri)
            raise Gone("This account was deleted.") from refused
        raise
    return await save(instance, claim)


async def fetch_document(instance: Instance, uri: str) -> v.Actor:
    """Return the actor document whose id is its own final address (E27, OR-4, OR-6, SG-15)."""
    signer = await identity.instance_signer(instance)
    claim, final_url = await _get(instance, uri, signer)
    if is_at(claim.id, final_url):
        return claim
    # E27, E28: a page or an alias may name the actor; its id has the last word, asked once.
    again, final_url = await _get(instance, claim.id, signer)
    if not is_at(again.id, final_url):
        raise RemoteNonsense("The actor's document has another id than its address.")
    return again


async def _get(instance: Instance, url: str, signer: Signer) -> tuple[v.Actor, str]:
    address = urldefrag(url).url
    if instance.addresses.is_ours(address):
        raise RemoteNonsense("A document of another server claims to be ours.")  # OR-21
    document, final_url = await instance.http.get_document(address, signer)
    try:
        return documents.parse_actor(document), final_url
    except Invalid as wrong:
        raise RemoteNonsense(f"Not an actor: {wrong.public}", detail=wrong.detail) from wrong


def is_at(uri: str, url: str) -> bool:
    """Whether something with this id may lie at this address.

    The address is as it went over the wire: a host alone has got its slash there (microblog.pub's
    ids are bare origins), and some letters their percent signs.
    """
    try:
        one, other = origin.split(urldefrag(uri).url), origin.split(urldefrag(url).url)
    except Invalid:
        return False
    if (one.scheme, one.host, one.port) != (other.scheme, other.host, other.port):
        return False
    return unquote(one.target) == unquote(other.target)


async def save(instance: Instance, claim: v.Actor) -> Actor:
    """Store what an actor's own document says, with a handle that is proven. Network, then rows."""
    if instance.addresses.is_ours(claim.id):
        raise RemoteNonsense("A document of another server claims to be ours.")  # OR-21
    known = await actors.find_by_uri(claim.id)
    proven = await _proven_handle(instance, claim, known)
    # The id's host was asked before.
    await instance.rulebook.check_welcome(proven.handle.host or origin.host_of(claim.id))
    keys = _own_keys(claim, await actors.keys_of(known.id) if known else ())
    try:
        return await _save_rows(instance, claim, proven, keys)
    except Conflict:
        # PostgreSQL: somebody inserted the actor at the same time, and it is there now.
        return await _save_rows(instance, claim, proven, keys)


async def _save_rows(
    instance: Instance, claim: v.Actor, proven: ProvenHandle, keys: Sequence[v.PublicKey]
) -> Actor:
    async with instance.store.transaction():
        known = await actors.find_locked_by_uri(claim.id)  # Somebody may have been faster.
        if known is None and await posts.find_by_uri(claim.id) is not None:
            raise RemoteNonsense("This id belongs to a post.")  # OR-30
        handle = proven.handle
        claim = replace(claim, preferred_username=handle.username)
        await _settle_handle(instance, claim.id, proven)
        row = actor_from_vocabulary(
            claim,
            id=known.id if known else instance.ids.new(),
            host=handle.host or origin.host_of(claim.id),
            now=instance.now(),
            known=known,
        )
        row = replace(row, deleted_at=None, fetched_at=instance.now())
        row = limited(row, await instance.rulebook.hosts(), instance.now())
        if known is None:
            await actors.insert(row)
            await _first_seen(instance, row)
        else:
            await actors.save(row)
        await _replace_keys(instance, row, keys)
    return row


async def _proven_handle(instance: Instance, claim: v.Actor, known: Actor | None) -> ProvenHandle:
    """Return the handle as proven before, or prove it: at first sight, when renamed (OR-31).

    Also when the actor says by FEP-2c59 that its handle is at another host now.
    """
    if known is not None and known.deleted_at is None and known.fetched_at is not None:
        handle = Handle(known.username, known.host or "")
        said = webfinger.parse_handle(claim.webfinger or "") or handle
        kept = known.username.lower() == claim.preferred_username.lower()
        fresh = instance.now() - known.fetched_at < REFRESH_AFTER
        if kept and fresh and handles.same_handle(said, handle):
            return ProvenHandle(handle, is_confirmed=True)
    return await handles.prove(instance, claim)


async def _settle_handle(instance: Instance, uri: str, proven: ProvenHandle) -> None:
    """Take the handle from whoever held it, if the handle's host says so (E34, E35)."""
    handle = proven.handle
    holder = await actors.find_by_handle(handle.username, handle.host)
    if holder is None or holder.uri == uri or holder.uri in proven.shared_with:
        return
    if not proven.is_confirmed and holder.deleted_at is None:
        raise RemoteNonsense(f"The name {handle} belongs to another actor.")
    # The holder keeps its row under a name nobody can type, until its own document is read again.
    await actors.save(replace(holder, username=f"{holder.username}~{holder.id}"))
    if holder.deleted_at is None:
        await enqueue_refresh(instance, holder)


async def _first_seen(instance: Instance, row: Actor) -> None:
    await posts.resolve_mentions(row)
    if row.featured_url:
        await errands.enqueue(instance, "fetch_featured", row)


# ---------------------------------------------------------------- keys


def _own_keys(claim: v.Actor, known: Sequence[ActorKey]) -> list[v.PublicKey]:
    """Return the keys a document may speak for: its own, of its origin, sound (SG-13, 14, 26)."""
    checked = {key.public_pem for key in known}
    mine: list[v.PublicKey] = []
    for key in claim.public_keys[:KEYS_MAX]:
        if key.owner != claim.id or not origin.same_origin(key.id, claim.id):
            continue
        try:
            if key.pem not in checked:  # A close look takes 20 ms: once for each key.
                check_new_key(key.pem)
        except Invalid:
            continue  # A key we would not believe is none; the actor may still be read.
        mine.append(key)
    return mine


async def _replace_keys(instance: Instance, actor: Actor, keys: Sequence[v.PublicKey]) -> None:
    rows: list[ActorKey] = []
    known = {key.uri: key for key in await actors.keys_of(actor.id)}
    for key in keys:
        holder = await actors.find_key(key.id)
        if holder is not None and holder.actor_id != actor.id:
            continue  # SG-14: nobody takes over a neighbour's key id.
        if key.id in {row.uri for row in rows}:
            continue
        now = instance.now()
        row = known.get(key.id) or ActorKey(
            instance.ids.new(), actor.id, key.id, key.pem, None, created_at=now
        )
        rows.append(replace(row, public_pem=key.pem, fetched_at=now))
    await actors.replace_keys(actor.id, rows)


# ---------------------------------------------------------------- getting older


async def refresh_later(instance: Instance, actor: Actor) -> None:
    """Queue a refresh of a remote actor whose copy is older than a day; never waits for it."""
    if actor.is_local or actor.fetched_at is None:
        return
    if instance.now() - actor.fetched_at > REFRESH_AFTER:
        await enqueue_refresh(instance, actor)


async def enqueue_refresh(instance: Instance, actor: Actor) -> None:
    """Queue the reading of a remote actor."""
    await errands.enqueue(instance, "refresh_actor", actor)


async def refresh(instance: Instance, payload: dict[str, object]) -> None:
    """Job `refresh_actor`: read a remote actor's document again."""
    actor = await errands.actor_of(payload)
    if actor is None:
        return
    try:
        await fetch(instance, actor.uri)
    except Gone:
        return
    except RemoteRefused as refused:
        # An actor that lost its name and cannot be found either was replaced (E35).
        if refused.status == _NOT_FOUND and "~" in actor.username:
            await bury(instance, actor.uri)


async def bury(instance: Instance, uri: str) -> None:
    """Leave a tombstone of a remote actor and queue the wiping of what it left. Idempotent."""
    async with instance.store.transaction():
        known = await actors.find_by_uri(uri)
        if known is None or known.is_local or known.deleted_at is not None:
            return
        await relations.remove_slice_of(known.id)  # of almost everybody: all there is
        await actors.replace_keys(known.id, ())
        await actors.remove_remote(known.id, instance.now())
        await _enqueue_burial(instance, known.id)


async def bury_posts(instance: Instance, payload: dict[str, object]) -> None:
    """Job `bury_actor`: wipe a slice of a deleted actor's relations or posts, queue the next."""
    actor_id = RowId(int(str(payload["actor_id"])))
    async with instance.store.transaction():
        actor = await actors.find(actor_id)
        if actor is None or actor.deleted_at is None:
            return
        if await relations.remove_slice_of(actor_id) or await posts.bury_all_of(
            actor_id, instance.now(), limit=BURIED_PER_JOB_MAX
        ):
            await _enqueue_burial(instance, actor_id)


async def _enqueue_burial(instance: Instance, actor_id: RowId) -> None:
    await instance.queue.enqueue("bury_actor", {"actor_id": actor_id}, now=instance.now())
