"""Which handle a remote actor may carry: what WebFinger of both sides says. Network, no tables.

A document may claim any `preferredUsername`; only the host of the handle can say whose it is.
https://www.w3.org/community/reports/socialcg/CG-FINAL-apwf-20240608/
"""

from dataclasses import dataclass
from urllib.parse import quote

from federation import origin
from federation.vocabulary import Actor
from federation.webfinger import Handle, Jrd
from instance.errors import Invalid, RemoteNonsense, RemoteRefused
from instance.resources import Instance


@dataclass(frozen=True, slots=True)
class ProvenHandle:
    """`is_confirmed`: the handle's host named this actor. If not, nobody there answered.

    `shared_with` are all actors of that handle: a Lemmy host names a person and a group (E33).
    """

    handle: Handle
    is_confirmed: bool
    shared_with: frozenset[str] = frozenset()


async def prove(instance: Instance, actor: Actor) -> ProvenHandle:
    """Ask the actor's host, and the host it points to, for the handle; raises `RemoteNonsense`.

    E20: `acct:preferredUsername@host-of-id` must lead back to the actor's id; E21, A120: the answer
    may name another handle (split domain), once, if the host of that handle agrees.
    """
    own = Handle(actor.preferred_username, origin.host_of(actor.id))
    jrd = await _ask(instance, own)
    if jrd is None:
        # FEP-4adb: some servers have no WebFinger. A host may name its own actors all the same,
        # unless somebody else holds the name already; the caller sees to that.
        return ProvenHandle(own, is_confirmed=False)
    if actor.id not in jrd.self_links:
        raise RemoteNonsense(f"WebFinger of {own} does not lead back to {actor.id}.")
    named = jrd.handle
    if named is None or same_handle(named, own):
        return ProvenHandle(own, is_confirmed=True, shared_with=frozenset(jrd.self_links))
    if is_ours(instance, named):
        raise RemoteNonsense(f"{named} is a name of ours.")  # OR-19
    other = await _ask(instance, named)
    if other is None or actor.id not in other.self_links:
        return ProvenHandle(own, is_confirmed=True)  # OR-20: the other host does not know it.
    if other.handle is None or not same_handle(other.handle, named):
        return ProvenHandle(own, is_confirmed=True)  # A120: one redirect, not a chain of them.
    return ProvenHandle(named, is_confirmed=True)


async def actor_uri_of(instance: Instance, handle: Handle) -> str:
    """The actor id that a handle's host names; raises `RemoteFailure`."""
    jrd = await instance.http.get_jrd(handle.host or "", handle.resource)
    if jrd.self_link is None:
        # E25: WebFinger of a thing that is no account.
        raise RemoteNonsense(f"{handle} is not somebody one can follow.")
    return jrd.self_link


async def page_to_act(instance: Instance, handle: Handle, uri: str) -> str:
    """Where somebody follows or answers what is at `uri`: a page of their own server (A116).

    As its WebFinger tells, by the template that OStatus left us; raises `RemoteFailure`.
    """
    jrd = await instance.http.get_jrd(handle.host or "", handle.resource)
    if jrd.subscribe_template is None:
        raise RemoteNonsense("Your server has no page for this. Search there for the address.")
    found = jrd.subscribe_template.replace("{uri}", quote(uri, safe=""))
    try:
        # A script, or a page of this very server, is no way to another one.
        where = origin.safe_url(found, plain_http=instance.settings.federation.plain_http)
    except Invalid as wrong:
        raise RemoteNonsense("Your server tells no usable address.", detail=found[:200]) from wrong
    if instance.addresses.is_ours(where):
        raise RemoteNonsense("Your server leads back to us.")
    return where


def same_handle(one: Handle, other: Handle) -> bool:
    """Whether two handles are the same; case does not matter (E22)."""
    return (one.username.lower(), one.host) == (other.username.lower(), other.host)


def is_ours(instance: Instance, handle: Handle) -> bool:
    """Whether a handle is of one of our own domains, or of none (`@alice`)."""
    return handle.host in {
        None,
        instance.settings.handles_at.lower(),
        instance.settings.domain.lower(),
        origin.host_of(instance.settings.base_url),
    }


async def _ask(instance: Instance, handle: Handle) -> Jrd | None:
    """What the handle's host says; None when it has nothing sensible to say."""
    try:
        return await instance.http.get_jrd(handle.host or "", handle.resource)
    except (RemoteRefused, RemoteNonsense, Invalid):
        return None
