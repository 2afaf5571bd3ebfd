"""Request -> viewer: session cookie or bearer token; and the address a request came from."""

from dataclasses import dataclass
from ipaddress import ip_address

from instance.errors import Forbidden, Unauthenticated
from instance.resources import Instance
from instance.settings import Settings
from storage.records import AccessToken, Actor, Role, Session, User, UserState
from users import grants, login

TOKEN_LETTERS_MAX = 200
ADMINS = frozenset({Role.OWNER, Role.ADMIN})
MODERATORS = ADMINS | {Role.MODERATOR}
# As Mastodon says it: apps show it, and know it again.
_WAITS_FOR = {
    UserState.UNCONFIRMED: "Your login is missing a confirmed e-mail address",
    UserState.PENDING: "Your login is currently pending approval",
}


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person who asks. `session` for web pages, else None; `scopes`, `token` for apps."""

    user: User
    actor: Actor
    session: Session | None = None
    scopes: frozenset[str] = frozenset()
    token: AccessToken | None = None

    @property
    def is_admin(self) -> bool:
        """Whether this person may change the server."""
        return self.user.role in ADMINS

    @property
    def is_moderator(self) -> bool:
        """Whether this person looks at reports."""
        return self.user.role in MODERATORS


async def viewer_of_session(instance: Instance, token: str) -> Viewer | None:
    """Return who is logged in with this cookie; None for nobody. Touches the session."""
    if not token or len(token) > TOKEN_LETTERS_MAX:
        return None
    found = await login.session(instance, token)
    if found is None:
        return None
    session, user, actor = found
    return Viewer(user, actor, session)


async def viewer_of_bearer(instance: Instance, token: str) -> Viewer | None:
    """Return who let the app in that holds this token (RFC 6750); None for no such token."""
    if not token or len(token) > TOKEN_LETTERS_MAX:
        return None
    found = await grants.bearer(instance, token)
    if found is None:
        return None
    access, user, actor = found
    return Viewer(user, actor, scopes=access.scopes, token=access)


async def viewer_who_waits(token: str, *, may_enter: bool) -> Viewer:
    """Return who signed up by an app and is not in yet, where that is enough.

    Raises `Unauthenticated` for a token of nobody (AU-1), `Forbidden` with what they wait for.
    """
    found = await grants.waiting_bearer(token[:TOKEN_LETTERS_MAX])
    if found is None:
        raise Unauthenticated("The access token is invalid")
    access, user, actor = found
    if not may_enter:
        raise Forbidden(_WAITS_FOR[user.state])
    return Viewer(user, actor, scopes=access.scopes, token=access)


def bearer_token(authorization: str) -> str:
    """Return the token of an Authorization header; '' for none. AU-24: it stands nowhere else."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


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
