"""Which handle a remote actor may carry: what WebFinger of both sides says. Network, no tables.

A document may claim any `preferredUsername`; only the host of the handle can say whose it is.
https://www.w3.org/community/reports/socialcg/CG-FINAL-apwf-20240608/
"""

from dataclasses import dataclass

from federation import origin, webfinger
from federation.vocabulary import Actor
from federation.webfinger import Handle, Jrd
from instance.errors import RemoteNonsense, RemoteRefused
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
    if not leads_to(jrd, actor.id):
        raise RemoteNonsense(f"WebFinger of {own} does not lead back to {actor.id}.")
    named = webfinger.parse_handle(jrd.subject)
    if named is None or same_handle(named, own):
        return ProvenHandle(own, is_confirmed=True, shared_with=frozenset(jrd.self_links))
    _refuse_our_names(instance, named)  # OR-19
    other = await _ask(instance, named)
    if other is None or not leads_to(other, actor.id):
        return ProvenHandle(own, is_confirmed=True)  # OR-20: the other host does not know it.
    back = webfinger.parse_handle(other.subject)
    if back is None or not same_handle(back, named):
        return ProvenHandle(own, is_confirmed=True)  # A120: one redirect, not a chain of them.
    return ProvenHandle(named, is_confirmed=True)


async def actor_uri_of(instance: Instance, handle: Handle) -> str:
    """Return the actor id that a handle's host names; raises `RemoteFailure`."""
    jrd = await instance.http.get_jrd(handle.host or "", f"acct:{handle}")
    link = jrd.self_link
    if link is None:
        # E25: WebFinger of a thing that is no account.
        raise RemoteNonsense(f"{handle} is not somebody one can follow.")
    return link


def leads_to(jrd: Jrd, actor_id: str) -> bool:
    """Whether a `self` link of a WebFinger answer is exactly this actor."""
    return actor_id in jrd.self_links


def same_handle(one: Handle, other: Handle) -> bool:
    """Whether two handles are the same; case does not matter (E22)."""
    return (one.username.lower(), one.host) == (other.username.lower(), other.host)


async def _ask(instance: Instance, handle: Handle) -> Jrd | None:
    """Return what the handle's host says; None when it has nothing sensible to say."""
    try:
        return await instance.http.get_jrd(handle.host or "", f"acct:{handle}")
    except (RemoteRefused, RemoteNonsense):
        return None


def _refuse_our_names(instance: Instance, named: Handle) -> None:
    if named.host is None or named.host == origin.host_of(instance.settings.base_url):
        raise RemoteNonsense(f"{named} is a name of ours.")
