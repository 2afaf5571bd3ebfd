"""Request -> viewer: session cookie or bearer token; and the address a request came from."""

from dataclasses import dataclass
from ipaddress import ip_address

from instance.errors import Forbidden, Unauthenticated
from instance.resources import Instance
from instance.settings import Settings
from storage.records import Actor, Role, Session, User
from users import grants, login

TOKEN_LETTERS_MAX = 200
ADMINS = frozenset({Role.OWNER, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person who asks. `session` for web pages, else None; `scopes` for the client API."""

    user: User
    actor: Actor
    session: Session | None = None
    scopes: frozenset[str] = frozenset()

    @property
    def is_admin(self) -> bool:
        """Whether this person may change the server."""
        return self.user.role in ADMINS


async def viewer_of_session(instance: Instance, token: str) -> Viewer | None:
    """Return who is logged in with this cookie; None for nobody. Touches the session."""
    if not token or len(token) > TOKEN_LETTERS_MAX:
        return None
    found = await login.session(instance, token)
    if found is None:
        return None
    session, user, actor = found
    return Viewer(user, actor, session)


async def viewer_of_bearer(instance: Instance, authorization: str, scope: str) -> Viewer:
    """Return who holds this token (RFC 6750); Unauthenticated, or Forbidden without the scope."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token or len(token) > TOKEN_LETTERS_MAX:
        raise Unauthenticated("This needs an access token.")
    found = await grants.bearer(instance, token)
    if found is None:
        raise Unauthenticated("This access token is not valid.")
    access, user, actor = found
    if not {scope, scope.partition(":")[0]} & access.scopes:
        raise Forbidden(f"This access token does not allow {scope}.")
    return Viewer(user, actor, scopes=access.scopes)


def client_address(settings: Settings, peer: str, forwarded: str) -> str:
    """Return the address that limits count by.

    AU-18: X-Forwarded-For is believed only as far as trusted proxies wrote it, from the right.
    """
    address = peer
    for hop in reversed(forwarded.split(",")):
        if not _is_trusted(settings, address):
            break
        if (named := hop.strip()) and _is_address(named):
            address = named
        else:
            break
    return address


def _is_trusted(settings: Settings, address: str) -> bool:
    if not _is_address(address):
        return False
    found = ip_address(address)
    return any(found in network for network in settings.limits.trusted_proxies)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
