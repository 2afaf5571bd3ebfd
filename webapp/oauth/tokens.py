"""The endpoints of OAuth that apps ask: token, revoke, userinfo, and what this server can do."""

import base64
import binascii
from typing import NotRequired, TypedDict
from urllib.parse import unquote

from storage.records import OauthApp
from users import grants, scopes
from users.grants import GrantRefused, Issued
from webapp.calls import Call, Reply
from webapp.parameters import Parameters

_NO_STORE = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
_GRANT_TYPES = ("authorization_code", "client_credentials", "refresh_token")
_CREDENTIAL_LETTERS_MAX = 400


class Token(TypedDict):
    """A token as apps are given it (RFC 6749, section 5.1; Mastodon's Token)."""

    access_token: str
    token_type: str
    scope: str
    created_at: int
    refresh_token: NotRequired[str]


class UserInfo(TypedDict):
    """Who let the app in, in the words of OpenID Connect."""

    iss: str
    sub: str
    name: str
    preferred_username: str
    profile: str
    picture: str


class AuthorizationServer(TypedDict):
    """What this server can do for apps that ask to be let in (RFC 8414, section 2)."""

    issuer: str
    service_documentation: str
    authorization_endpoint: str
    token_endpoint: str
    app_registration_endpoint: str
    revocation_endpoint: str
    userinfo_endpoint: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    response_modes_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    code_challenge_methods_supported: list[str]
    authorization_response_iss_parameter_supported: bool


async def token(call: Call) -> Reply[Token]:
    """POST /oauth/token: a code, a refresh token, or the app's own credentials become a token."""
    app = await _client(call)
    sent = call.parameters
    kind = _needed(sent, "grant_type")
    if kind == "authorization_code":
        issued = await grants.exchange_code(
            call.instance,
            app,
            _needed(sent, "code"),
            redirect_uri=sent.text("redirect_uri"),
            verifier=sent.maybe_text("code_verifier"),
        )
    elif kind == "refresh_token":
        again = _needed(sent, "refresh_token")
        issued = await grants.refresh(call.instance, app, again, sent.maybe_text("scope"))
    elif kind == "client_credentials":
        issued = await grants.grant_app(call.instance, app, sent.maybe_text("scope"))
    else:
        raise GrantRefused("unsupported_grant_type", f"There is {', '.join(_GRANT_TYPES)}.")
    return Reply(token_entity(issued), headers=_NO_STORE)


def _needed(sent: Parameters, name: str) -> str:
    """A parameter that has to be there (RFC 6749, section 5.2: `invalid_request`)."""
    found = sent.text(name)
    if not found:
        raise GrantRefused("invalid_request", f"Missing required parameter: {name}.")
    return found


async def revoke(call: Call) -> Reply[dict[str, str]]:
    """POST /oauth/revoke (RFC 7009): a token ends at once."""
    app = await _client(call)
    await grants.revoke(call.instance, app, call.parameters.text("token"))
    return Reply({}, headers=_NO_STORE)


async def userinfo(call: Call) -> UserInfo:
    """GET /oauth/userinfo: who let the app in, in the words of OpenID Connect."""
    instance, actor = call.instance, call.me.actor
    base = instance.settings.base_url
    profile = f"{base}/@{actor.username}"
    return {
        "iss": f"{base}/",
        "sub": actor.uri,
        "name": actor.name or actor.username,
        "preferred_username": actor.username,
        "profile": actor.url or profile,
        "picture": _absolute(base, actor.avatar_url or f"/avatars/{actor.username}.png"),
    }


async def metadata(call: Call) -> Reply[AuthorizationServer]:
    """GET /.well-known/oauth-authorization-server (RFC 8414)."""
    base = call.instance.settings.base_url
    value: AuthorizationServer = {
        "issuer": f"{base}/",
        "service_documentation": f"{base}/",
        "authorization_endpoint": f"{base}/oauth/authorize",
        "token_endpoint": f"{base}/oauth/token",
        "app_registration_endpoint": f"{base}/api/v1/apps",
        "revocation_endpoint": f"{base}/oauth/revoke",
        "userinfo_endpoint": f"{base}/oauth/userinfo",
        "scopes_supported": _all_scopes(),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(_GRANT_TYPES),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }
    return Reply(value, headers=[("Cache-Control", "max-age=3600")])


def _all_scopes() -> list[str]:
    tops = ("read", "write")
    admin = sorted(part for part in scopes.PARTS if part.endswith("_blocks") or "domain" in part)
    ordinary = sorted(scopes.PARTS - set(admin))
    found = list(scopes.TOP_SCOPES)
    found += [f"{top}:{part}" for top in tops for part in ordinary]
    found += [f"admin:{top}:{part}" for top in tops for part in ("accounts", "reports", *admin)]
    return found


def token_entity(issued: Issued) -> Token:
    """Return what an app is given."""
    found: Token = {
        "access_token": issued.access,
        "token_type": "Bearer",
        "scope": scopes.written(issued.scopes),
        "created_at": int(issued.created_at.timestamp()),
    }
    if issued.refresh is not None:
        found["refresh_token"] = issued.refresh
    return found


async def _client(call: Call) -> OauthApp:
    """AU-3: the app by its id and secret, in the body or by HTTP Basic (RFC 6749, 2.3.1)."""
    scheme, _, sent = call.asked.header("authorization").partition(" ")
    if scheme.lower() == "basic":
        client_id, secret = _basic(sent)
    else:
        client_id = call.parameters.text("client_id")
        secret = call.parameters.text("client_secret")
    return await grants.authenticate(
        client_id[:_CREDENTIAL_LETTERS_MAX], secret[:_CREDENTIAL_LETTERS_MAX]
    )


def _basic(sent: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(sent, validate=True).decode("ascii")
    except (binascii.Error, ValueError, UnicodeDecodeError) as error:
        raise GrantRefused("invalid_client", "The Authorization header makes no sense.") from error
    client_id, _, secret = text.partition(":")
    return unquote(client_id), unquote(secret)


def _absolute(base: str, url: str) -> str:
    return f"{base}{url}" if url.startswith("/") else url
