"""Public keys of remote actors: cached, fetched, and fetched again after a failed check; bounded.

Nothing here checks a signature. Whoever holds a slow or hostile key server can make us wait, but
only in few places at a time (RX-1), and can make us ask, but only so often (SG-25).
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import urldefrag
from weakref import WeakKeyDictionary

from actors import identity, remote
from federation import origin, parsing
from federation import vocabulary as v
from federation.client import FederationClient
from federation.keys import check_new_key
from instance.errors import (
    Gone,
    Invalid,
    NotFound,
    RemoteFailure,
    RemoteRefused,
    RemoteUnreachable,
    TooMany,
    Unauthenticated,
)
from instance.resources import Instance
from storage import actors
from storage.records import Actor, ActorKey

REFETCH_S = 300
"""A key that did not fit is asked for again at most once in this time (SG-24, SG-25; E56)."""

UNREACHABLE_S = 30
"""A key that could not be had is not asked for again in this time."""

TROUBLE_S = 60
TROUBLED_FETCHES_PER_HOST_MAX = 10
"""Key fetches in a minute from a host whose keys did not fit or could not be had lately."""

FETCHES_MAX = 32
FETCHES_PER_HOST_MAX = 4
WAIT_S = 5.0
FETCH_TIMEOUT_S = 15.0

_GONE = 410
_MARK = b"1"
_GONE_MARK = b"gone"


async def key(instance: Instance, key_id: str, *, refresh: bool) -> ActorKey:
    """Return the key with this id; with `refresh` as its owner shows it now.

    Raises `Unauthenticated` when it cannot be had, `Gone` when its owner is, `TooMany`, and
    `NotFound` for a key of ours that is none.
    """
    known = await actors.find_key(key_id)
    if instance.addresses.is_ours(key_id):
        if known is None:
            raise NotFound("There is no such key here.")
        return known
    if known is not None and not refresh:
        return known
    host = origin.host_of(key_id)
    await _check_patience(instance, key_id, host, is_refresh=known is not None)
    try:
        async with _door(instance.http).pass_through(host), asyncio.timeout(FETCH_TIMEOUT_S):
            if known is None:  # It may have come while we waited at the door.
                known = await actors.find_key(key_id)
                if known is not None:
                    return known
            return await _fetch(instance, key_id)
    except (RemoteFailure, NotFound, Invalid, TimeoutError) as failure:
        await _after_failure(instance, key_id, failure)


async def _after_failure(
    instance: Instance, key_id: str, failure: RemoteFailure | NotFound | Invalid | TimeoutError
) -> NoReturn:
    """Remember that the key could not be had, and say so as `Gone` or `Unauthenticated`."""
    is_passing = isinstance(failure, RemoteUnreachable | TimeoutError)
    is_gone = isinstance(failure, RemoteRefused) and failure.status == _GONE
    name, seconds = _missing(key_id), UNREACHABLE_S if is_passing else REFETCH_S
    await instance.cache.set(name, _GONE_MARK if is_gone else _MARK, seconds)
    await note_trouble(instance, key_id)
    if is_gone:
        raise Gone("The owner of the key is gone.") from failure
    reason = "it takes too long" if isinstance(failure, TimeoutError) else failure.public
    raise Unauthenticated(f"The key {key_id} cannot be had: {reason}") from failure


async def note_misfit(instance: Instance, key_id: str) -> None:
    """Remember that a key just fetched does not fit, so that it is not fetched again at once."""
    await _remember(instance, _asked(key_id), REFETCH_S)
    await note_trouble(instance, key_id)


async def note_trouble(instance: Instance, key_id: str) -> None:
    """Be sparing with the key's host for a minute."""
    await _remember(instance, f"key:trouble:{origin.host_of(key_id)}", TROUBLE_S)


async def _check_patience(instance: Instance, key_id: str, host: str, *, is_refresh: bool) -> None:
    missing = await instance.cache.get(_missing(key_id))
    if missing == _GONE_MARK:
        raise Gone("The owner of the key is gone.")
    if missing is not None:
        raise Unauthenticated("This key could not be had a moment ago. Try again later.")
    if is_refresh:
        if await instance.cache.get(_asked(key_id)) is not None:
            raise Unauthenticated("The signature does not fit the key; it was asked for lately.")
        await _remember(instance, _asked(key_id), REFETCH_S)
    if is_refresh or await instance.cache.get(f"key:trouble:{host}") is not None:
        times = await instance.cache.count(f"key:fetches:{host}", TROUBLE_S, instance.now())
        if times > TROUBLED_FETCHES_PER_HOST_MAX:
            raise TooMany("Too many keys of your host did not fit.", retry_after_s=TROUBLE_S)


async def _remember(instance: Instance, name: str, seconds: int) -> None:
    await instance.cache.set(name, _MARK, seconds)


def _missing(key_id: str) -> str:
    return f"key:missing:{hashlib.sha256(key_id.encode()).hexdigest()}"


def _asked(key_id: str) -> str:
    return f"key:asked:{hashlib.sha256(key_id.encode()).hexdigest()}"


# ---------------------------------------------------------------- fetching


async def _fetch(instance: Instance, key_id: str) -> ActorKey:
    """Fetch what lies at the key id, then its owner, who must list the key (SG-13, E40, E41)."""
    signer = await identity.instance_signer(instance)
    address = urldefrag(key_id).url
    document, final_url = await instance.http.get_document(address, signer)
    if not origin.same_origin(final_url, key_id):
        raise Unauthenticated("The key lies at another host than its id.")  # SG-15
    claim, lying = _actor_in(document), None
    if claim is None or not remote.is_at(claim.id, final_url):
        lying = _key_in(document, key_id)
        if not origin.same_origin(lying.owner, key_id):
            raise Unauthenticated("The key belongs to an actor of another host.")  # SG-13, SG-14
        claim = await remote.fetch_document(instance, lying.owner)
    owner = await remote.save(instance, claim)
    found = await actors.find_key(key_id)
    if found is None and lying is not None and key_id in claim.public_key_ids:
        await _add_key(instance, lying, owner)
        found = await actors.find_key(key_id)
    if found is None or found.actor_id != owner.id:
        raise Unauthenticated("The owner of the key does not list it.")
    return found


def _key_in(document: v.Document, key_id: str) -> v.PublicKey:
    """The key in a key document or a stub actor, with the owner it claims (E40, E41)."""
    for key_found in parsing.parse_keys(document):
        if key_found.id == key_id:
            return key_found
    raise Unauthenticated("There is no such key at its address.")


def _actor_in(document: v.Document) -> v.Actor | None:
    """Return the whole actor that lies at the key id, None for a key document or a stub (E41)."""
    if not document.get("inbox"):
        return None  # GoToSocial shows a stub without inbox to whom it does not know.
    try:
        return parsing.parse_actor(document)
    except Invalid:
        return None


async def _add_key(instance: Instance, key: v.PublicKey, owner: Actor) -> None:
    """Keep a key that its owner lists by id alone, as it lies at that id (E39)."""
    check_new_key(key.pem)
    now = instance.now()
    row = ActorKey(instance.ids.new(), owner.id, key.id, key.pem, None, now, fetched_at=now)
    async with instance.store.transaction():
        await actors.replace_keys(owner.id, [*await actors.keys_of(owner.id), row])


# ---------------------------------------------------------------- the door


@dataclass(slots=True)
class _Door:
    """How many key fetches are under way, in all and by host (RX-1)."""

    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(FETCHES_MAX))
    by_host: dict[str, asyncio.Semaphore] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)

    @asynccontextmanager
    async def pass_through(self, host: str) -> AsyncIterator[None]:
        """Wait for a place for at most 5 s; raises `RemoteUnreachable` when there is none."""
        at_host = self.by_host.setdefault(host, asyncio.Semaphore(FETCHES_PER_HOST_MAX))
        self.waiting[host] = self.waiting.get(host, 0) + 1
        try:
            async with _place(at_host), _place(self.places):
                yield
        finally:
            self.waiting[host] -= 1
            if not self.waiting[host]:
                del self.waiting[host], self.by_host[host]


@asynccontextmanager
async def _place(semaphore: asyncio.Semaphore) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(WAIT_S):
            await semaphore.acquire()
    except TimeoutError as full:
        raise RemoteUnreachable("Too many keys are being fetched just now.") from full
    try:
        yield
    finally:
        semaphore.release()


_DOORS: WeakKeyDictionary[FederationClient, _Door] = WeakKeyDictionary()


def _door(client: FederationClient) -> _Door:
    """Return the door of one server: it lives as long as the server's HTTP client."""
    return _DOORS.setdefault(client, _Door())
