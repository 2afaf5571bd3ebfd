"""`Call`: one request of a program, read and checked before its handler sees it; answered in JSON.

`call` makes a `Route` handler of a handler `(call, **values of the path) -> Reply | value`: whose
token it is, the parameters however they were sent, limits with their headers, errors as the client
API has them, and CORS, so that apps in browsers may ask too (never with cookies: AU-8).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, Final, Generic, TypeVar

import msgspec
from werkzeug.exceptions import HTTPException

from instance.errors import (
    Failure,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    TooMany,
    Unauthenticated,
)
from instance.resources import Instance
from media import remote
from moderation import limits
from moderation.limits import Allowance
from storage.records import Actor, OauthApp
from users import grants, scopes
from users.grants import GrantRefused
from webapp import auth, errors, parameters
from webapp.asking import Answer, Asked, BodyTooBig, Rest
from webapp.auth import Viewer
from webapp.mistakes import mistake_of
from webapp.parameters import Parameters
from webapp.routing import PlainHandler

PUBLIC: Final = "public"
"""Anybody, also without a token; with one, the answer may be for its person.

Before a scope: anybody, but a token that is sent must have it, for it reads as its person does.
"""
APP: Final = "app"
"""An app with any token, its own or a person's."""
WAITING: Final = "waiting"
"""Before a scope: also a person who signed up by an app and is not in yet."""

BODY_TIMEOUT_S: Final = 60.0
WINDOW_S: Final = 300
CALLS_OF_PERSON_MAX: Final = 1500
CALLS_OF_ADDRESS_MAX: Final = 300
JSON: Final = "application/json; charset=utf-8"

_EXPOSED: Final = (
    *("Link", "Location", "Retry-After", "Mastodon-Async-Refresh"),
    *("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"),
)
CORS: Final = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", ", ".join(_EXPOSED)),
)
_PREFLIGHT: Final = (
    *CORS,
    ("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS"),
    # `*` stands for all but Authorization; it may, because no cookie ever comes along.
    ("Access-Control-Allow-Headers", "*, Authorization, Content-Type, Idempotency-Key, Accept"),
    ("Access-Control-Max-Age", "86400"),
    ("Vary", "Origin"),
)
_OPEN_PATHS = ("/api/", "/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/.well-known/")
_GRANT_STATUS: Mapping[str, int] = {"invalid_client": 401, "unauthorized_client": 403}
_REALM: Final = 'Bearer realm="oauth"'
_BAD_REQUEST, _UNAUTHENTICATED, _OK, _NO_CONTENT = 400, 401, 200, 204


_PERSON_NEEDED: Final = "This method requires an authenticated user"


class OutOfScope(Forbidden):
    """The token is good, and not for this."""


ValueT_co = TypeVar("ValueT_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Reply(Generic[ValueT_co]):
    """An answer that is more than its value: its status and headers besides those of all.

    What it says its value is (`Reply[list[Status]]`) stands in the OpenAPI document.
    """

    value: ValueT_co
    status: int = _OK
    headers: Sequence[tuple[str, str]] = ()
    rest: Rest | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler is given. `app` is whose own token it is; a person's token has a `viewer`."""

    instance: Instance
    asked: Asked
    parameters: Parameters
    viewer: Viewer | None
    app: OauthApp | None

    @property
    def me(self) -> Viewer:
        """Who is asking, where a person is needed."""
        if self.viewer is None:
            raise Unauthenticated(_PERSON_NEEDED) if self.app is None else Invalid(_PERSON_NEEDED)
        return self.viewer

    @property
    def reader(self) -> Actor | None:
        """As whom the app reads; None for nobody."""
        return self.viewer.actor if self.viewer else None

    def reader_by(self, scope: str) -> Actor | None:
        """As whom the app reads what a scope opens; None for nobody, or a token without it."""
        may_read = self.viewer is not None and scopes.allows(self.viewer.scopes, scope)
        return self.reader if may_read else None

    @property
    def address(self) -> str:
        """Where the request comes from, as far as proxies are trusted (AU-18)."""
        return self.asked.address(self.instance.settings)


CallHandler = Callable[..., Awaitable[Any]]


def call(handler: CallHandler, scope: str, *, body_bytes_max: int | None = None) -> PlainHandler:
    """Make a route's handler of a call's handler.

    `scope` is PUBLIC, APP, an OAuth scope that a person's token must have, or APP and a scope
    ("app write:accounts") that an app's own token must have; or PUBLIC and a scope.
    """

    @wraps(handler)
    async def answer(instance: Instance, asked: Asked, **values: str) -> Answer:
        allowance: Allowance | None = None
        try:
            who = await _identify(instance, asked, scope)
            allowance = await _count(instance, asked, who)
            found = await _open(instance, asked, who, scope, body_bytes_max)
            made = await handler(found, **values)
        except GrantRefused as refused:
            reply = _refused_grant(refused)
        except Exception as error:  # noqa: BLE001 - the error table answers everything
            return mistaken(asked, error, allowance)
        else:
            reply = made if isinstance(made, Reply) else Reply(made)
        return _written(reply, allowance)

    return answer


def is_open(scope: str) -> bool:
    """Whether a line with this scope answers who sends no token."""
    return scope.partition(" ")[0] == PUBLIC


def preflight(method: str, path: str) -> Answer | None:
    """Return what a browser is told that asks whether an app may ask; None for other requests."""
    if method != "OPTIONS" or not path.startswith(_OPEN_PATHS):
        return None
    return Answer(_NO_CONTENT, _PREFLIGHT)


# ---------------------------------------------------------------- who asks


@dataclass(frozen=True, slots=True)
class _Who:
    """Whose token was sent: a person's, an app's own, or none."""

    viewer: Viewer | None = None
    app: OauthApp | None = None
    app_scopes: scopes.Scopes = frozenset()


async def _identify(instance: Instance, asked: Asked, scope: str) -> _Who:
    """Whose token it is.

    One of nobody is none where none is needed, as in Mastodon: an app registers, and asks what
    server this is, with the token that it lost or with an empty one.
    """
    token = auth.bearer_token(asked.header("authorization"))
    if not token:
        return _Who()
    viewer = await auth.viewer_of_bearer(instance, token)
    if viewer is not None:
        return _Who(viewer)
    owned = await grants.app_bearer(token[: auth.TOKEN_LETTERS_MAX])
    if owned is None and scope == PUBLIC:
        return _Who()
    if owned is None:
        may_wait = scope.startswith(f"{WAITING} ")
        return _Who(await auth.viewer_who_waits(token, may_enter=may_wait))
    row, app = owned
    return _Who(app=app, app_scopes=row.scopes)


async def person(instance: Instance, asked: Asked, token: str) -> Viewer:
    """Whose token this is, where it stood elsewhere than in the header: only streams take such."""
    viewer = await auth.viewer_of_bearer(instance, token)
    await _count(instance, asked, _Who(viewer))
    if viewer is None:
        raise Unauthenticated("The access token is invalid")
    return viewer


async def _count(instance: Instance, asked: Asked, who: _Who) -> Allowance:
    """A94: count the call; TooMany with what the headers say anyway."""
    if who.viewer is not None:
        key, limit = f"calls of {who.viewer.actor.id}", CALLS_OF_PERSON_MAX
    else:
        address = asked.address(instance.settings)
        key, limit = f"calls from {limits.source_of(address)}", CALLS_OF_ADDRESS_MAX
        if limits.is_within(address, instance.settings.limits.exempt_networks):
            return Allowance(limit, limit, instance.now())
    found = await limits.allowance(instance, key, limit=limit, window_s=WINDOW_S)
    if found.remaining < 0:
        wait_s = int((found.resets_at - instance.now()).total_seconds()) + 1
        raise TooMany("Too many requests", retry_after_s=wait_s, detail=key)
    return found


async def _open(
    instance: Instance, asked: Asked, who: _Who, scope: str, body_bytes_max: int | None
) -> Call:
    _check_scope(who, scope)
    body = b""
    if asked.method not in ("GET", "HEAD"):
        bytes_max = body_bytes_max or instance.settings.limits.form_body_bytes_max
        body = await asked.body(bytes_max, BODY_TIMEOUT_S)
    found = parameters.read(asked.query_string, asked.header("content-type"), body)
    if who.viewer is not None:
        instance = replace(instance, addresses=await remote.addresses_for_member(instance))
    return Call(instance, asked, found, who.viewer, who.app)


def _check_scope(who: _Who, scope: str) -> None:
    """AU-1, AU-2, AU-6: 401 without a token, 403 with one that does not open this.

    An app's own token that does is good, and nobody's: 422, so that no app throws it away.
    """
    if scope == PUBLIC or (is_open(scope) and who == _Who()):
        return
    who_may, _, wanted = scope.rpartition(" ")
    if scope == APP:
        who_may, wanted = APP, ""
    if who.viewer is None and who.app is None:
        raise Unauthenticated("The access token is invalid")
    granted = who.viewer.scopes if who.viewer is not None else who.app_scopes
    if wanted and not scopes.allows(granted, wanted):
        raise OutOfScope("This action is outside the authorized scopes")
    if who.viewer is None and who_may not in (APP, PUBLIC):
        raise Invalid(_PERSON_NEEDED)


# ---------------------------------------------------------------- what is answered


def _written(reply: Reply[Any], allowance: Allowance | None) -> Answer:
    headers = [*reply.headers, *_headers(allowance)]
    named = {name for name, _ in headers}
    if "Content-Type" not in named:
        headers.append(("Content-Type", JSON))
    if "Cache-Control" not in named:
        headers.append(("Cache-Control", "private, no-store"))
    body = reply.value if isinstance(reply.value, bytes) else msgspec.json.encode(reply.value)
    return Answer(reply.status, headers, body, reply.rest)


def _headers(allowance: Allowance | None) -> list[tuple[str, str]]:
    found = [*CORS, ("Vary", "Authorization")]
    if allowance is not None:
        resets_at = allowance.resets_at.replace(microsecond=0, tzinfo=None)
        found += [
            ("X-RateLimit-Limit", str(allowance.limit)),
            ("X-RateLimit-Remaining", str(max(allowance.remaining, 0))),
            ("X-RateLimit-Reset", resets_at.isoformat(timespec="microseconds") + "Z"),
        ]
    return found


def _refused_grant(refused: GrantRefused) -> Reply[dict[str, str]]:
    """RFC 6749, section 5.2."""
    status = _GRANT_STATUS.get(refused.code, _BAD_REQUEST)
    headers = [("WWW-Authenticate", 'Basic realm="oauth"')] if status == _UNAUTHENTICATED else []
    value = {"error": refused.code, "error_description": refused.public}
    return Reply(value, status, [*headers, ("Cache-Control", "no-store")])


def mistaken(asked: Asked, error: Exception, allowance: Allowance | None = None) -> Answer:
    """The error table's answer, in the words of the client API: `error`, and `details` by field.

    Apps know what was deleted as not found, as with Mastodon: 410 is for pages and servers.
    """
    if isinstance(error, Gone):
        error = NotFound(error.public, detail=error.detail)
    mistake = mistake_of(asked, error)
    headers = [*mistake.all_headers.items(), *_challenge(asked, error)]
    return _written(Reply(_error(error), mistake.status, headers), allowance)


def _challenge(asked: Asked, error: Exception) -> list[tuple[str, str]]:
    """RFC 6750, section 3: what is wrong with the token; nothing of that where there was none."""
    if not isinstance(error, Unauthenticated | OutOfScope):
        return []
    reason = "insufficient_scope" if isinstance(error, OutOfScope) else "invalid_token"
    detail = f', error="{reason}", error_description="{error.public}"'
    return [("WWW-Authenticate", _REALM + (detail if asked.header("authorization") else ""))]


def _error(error: Exception) -> dict[str, Any]:
    if isinstance(error, Invalid) and error.fields:
        details = {
            name: [{"error": error.codes.get(name, "ERR_INVALID"), "description": reason}]
            for name, reason in error.fields.items()
        }
        return {"error": error.public, "details": details}
    if isinstance(error, Failure):
        return {"error": error.public}
    if isinstance(error, HTTPException) and not isinstance(error, BodyTooBig):
        return {"error": errors.of_http(error).words}
    if isinstance(error, BodyTooBig):
        return {"error": "This is more than the server takes at once."}
    return {"error": "We broke something. It is written down; nothing you did was wrong."}
