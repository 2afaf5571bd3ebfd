"""Who of other servers is let in at all: before any handler, in one place for all their routes.

A host that a rule keeps out is told so when it names itself; in secure mode (authorized fetch)
whoever does not sign is asked to. The instance actor is shown to anybody: who checks our signature
must be able to read its key without signing (E42).
"""

from functools import partial
from typing import Final

from actors import identity
from federation import origin, signatures
from inbox import authentication, policing
from instance.errors import Invalid, Unauthenticated
from instance.resources import Instance
from webapp.activitypub import negotiation
from webapp.asking import Answer, Asked
from webapp.errors import SignatureWanted
from webapp.routing import PlainHandler, Route, plain

SCOPE: Final = "server"
# A browser that asks there is sent to a page, and shown nothing.
_SEND_BROWSERS_AWAY: Final = frozenset({"/actors/<actor_id>", "/posts/<post_id>"})


def guarded(route: Route) -> Route:
    """The route with its door; routes that are not for servers are left as they are."""
    if route.scope != SCOPE or route.plain is None:
        return route
    return plain(route.method, route.path, partial(_let_in, route.path, route.plain), route.scope)


async def _let_in(
    path: str, handler: PlainHandler, instance: Instance, asked: Asked, **values: str
) -> Answer:
    is_secure = instance.settings.federation.authorized_fetch
    try:
        if asked.method != "POST":  # an inbox keeps why it refused what
            await _check_host(instance, asked)
            if is_secure:
                await _check_signed(instance, asked, path, values)
        answer = await handler(instance, asked, **values)
    except SignatureWanted:
        raise
    except Unauthenticated as refused:
        wanted = signatures.challenge_headers("POST" if asked.method == "POST" else "GET")
        raise SignatureWanted(refused.public, headers=wanted, detail=refused.detail) from refused
    return negotiation.for_this_asker(answer) if is_secure else answer


async def _check_host(instance: Instance, asked: Asked) -> None:
    """E144: a name one gives oneself is enough to be refused, without looking at any signature."""
    # Most servers keep nobody out: then no name has to be read.
    if not asked.header("signature") or (await instance.rulebook.hosts()).are_none:
        return
    key_id = authentication.claimed_key_id(negotiation.signed_request(asked))
    try:
        host = origin.host_of(key_id or "")
    except Invalid:
        return  # no name; what it may see is the handler's question
    await policing.check_welcome(instance, host)


async def _check_signed(
    instance: Instance, asked: Asked, path: str, values: dict[str, str]
) -> None:
    """A144: raise `Unauthenticated` for who does not sign, or not well."""
    if path in _SEND_BROWSERS_AWAY and not negotiation.wants_activity(asked.header("accept")):
        return
    own = (await identity.instance_actor(instance)).id
    if path == "/actors/<actor_id>" and values.get("actor_id") == str(own):
        return
    request = negotiation.signed_request(asked)
    if await authentication.authenticate_fetch(instance, request) is None:
        raise Unauthenticated("This server shows things to those alone who sign their request.")
