"""Grants: how an app gets a token of a person, and who a bearer token belongs to.

OAuth 2.1: authorization code with PKCE, refresh, revocation. What a person must see before anything
is granted is `AuthorizationRequest`; only `read_request` makes one.
"""

import base64
import contextlib
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from actors.text import clean_line
from instance.errors import Invalid, NotFound, Unavailable
from instance.resources import Instance
from moderation import audit
from storage import oauth, users
from storage.records import (
    AccessToken,
    Actor,
    AuditKind,
    OauthApp,
    OauthAppToken,
    OauthCode,
    RowId,
    User,
)
from users import apps, scopes, tokens
from users.login import TOUCH_EVERY, find_by_name, find_owner, may_act
from users.registration import WAITING
from users.scopes import Scopes

NAME_LETTERS_MAX = 100
TOKENS_MAX = 200
CODE_LIVES = timedelta(minutes=10)
# A code that was used is remembered for as long as somebody may try it again.
CODES_KEPT_FOR = timedelta(days=1)
STATE_LETTERS_MAX = 2000
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class GrantRefused(Invalid):
    """A refusal in OAuth's words: `code` as in RFC 6749, sections 4.1.2.1 and 5.2."""

    def __init__(self, code: str, public: str) -> None:
        super().__init__(public)
        self.code = code


class SendBack(GrantRefused):
    """A refusal that the app is told by way of its redirect URI, which was checked."""

    def __init__(self, code: str, public: str, *, redirect_uri: str, state: str | None) -> None:
        super().__init__(code, public)
        self.redirect_uri = redirect_uri
        self.state = state


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What an app asks a person for, checked: it exists, and may be redirected to there."""

    app: OauthApp
    redirect_uri: str
    scopes: Scopes
    state: str | None
    code_challenge: str | None


@dataclass(frozen=True, slots=True)
class Issued:
    """A token as it goes to the app, once; `refresh` is None for tokens of apps themselves."""

    access: str
    refresh: str | None
    scopes: Scopes
    created_at: datetime


# ---------------------------------------------------------------- asking a person


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of an authorization request, as they came (RFC 6749, section 4.1.1)."""

    client_id: str
    redirect_uri: str
    response_type: str
    scope: str
    state: str | None
    code_challenge: str | None
    code_challenge_method: str | None


async def read_request(asked: Asked) -> AuthorizationRequest:
    """Check an authorization request; AU-4: the redirect URI is one of the app's, to the letter.

    Raises `NotFound` or `Invalid` where the browser must not be sent anywhere, else `SendBack`.
    """
    app = await oauth.find_app(asked.client_id) if asked.client_id.isascii() else None
    if app is None:
        raise NotFound("This server does not know the app. It may have to register again.")
    if asked.redirect_uri not in app.redirect_uris:
        raise Invalid(
            "The app wants you sent to an address that it did not register. Nothing was granted."
        )
    try:
        return AuthorizationRequest(
            app=app,
            redirect_uri=asked.redirect_uri,
            scopes=_asked_scopes(asked, app),
            state=asked.state,
            code_challenge=_asked_challenge(asked),
        )
    except GrantRefused as refused:
        uri, state = asked.redirect_uri, asked.state
        raise SendBack(refused.code, refused.public, redirect_uri=uri, state=state) from refused


def _asked_scopes(asked: Asked, app: OauthApp) -> Scopes:
    if asked.response_type != "code":
        raise GrantRefused("unsupported_response_type", "Only response_type=code is answered.")
    if len(asked.state or "") > STATE_LETTERS_MAX:
        raise GrantRefused("invalid_request", "The state is too long.")
    try:
        found = scopes.parse(asked.scope) if asked.scope else scopes.DEFAULT
        return scopes.within(found, app.scopes)
    except Invalid as wrong:
        raise GrantRefused("invalid_scope", wrong.public) from wrong


def _asked_challenge(asked: Asked) -> str | None:
    """AU-14: PKCE by S256 alone (RFC 7636); `plain` would let a thief of the address in."""
    if asked.code_challenge is None and asked.code_challenge_method is None:
        return None
    if asked.code_challenge_method != "S256" or not _CHALLENGE.fullmatch(
        asked.code_challenge or ""
    ):
        raise GrantRefused("invalid_request", "The code challenge must be one of method S256.")
    return asked.code_challenge


async def grant(instance: Instance, user: User, request: AuthorizationRequest) -> str:
    """Make the code that the app exchanges: the person has said yes."""
    code = tokens.new_token()
    row = OauthCode(
        id=instance.ids.new(),
        app_id=request.app.id,
        user_id=user.id,
        code_hash=tokens.hash_of(code),
        redirect_uri=request.redirect_uri,
        scopes=request.scopes,
        code_challenge=request.code_challenge,
        created_at=instance.now(),
    )
    async with instance.store.transaction():
        await oauth.insert_code(row)
    return code


# ---------------------------------------------------------------- the token endpoint


async def authenticate(client_id: str, client_secret: str) -> OauthApp:
    """Return the app whose id and secret these are; AU-3: raises `GrantRefused` for others."""
    app = await oauth.find_app(client_id) if client_id.isascii() else None
    if app is None or not apps.is_secret_of(app, client_secret):
        raise GrantRefused("invalid_client", "The client id or the client secret is wrong.")
    return app


async def exchange_code(
    instance: Instance, app: OauthApp, code: str, *, redirect_uri: str, verifier: str | None
) -> Issued:
    """Exchange a code for a token, once; raises `GrantRefused`.

    AU-15: whoever brings a code that was used ends the token it became: one of the two is a thief.
    AU-16: it must be the same app and the same redirect URI.
    """
    async with instance.store.transaction():
        found = await oauth.find_code_locked(tokens.hash_of(code))
        if found is not None and found.app_id == app.id and found.token_id is not None:
            await oauth.remove_token(found.token_id)
            found = None
        elif (
            found is not None
            and _is_usable(instance, found, app, redirect_uri, verifier)
            and await _may_act(found.user_id)
        ):
            issued, row = _new_token(instance, app, found.user_id, found.scopes)
            await users.insert_token(row)
            await oauth.spend_code(found, row.id)
            return issued
    raise GrantRefused("invalid_grant", "This code is not valid, or not any more.")


def _is_usable(
    instance: Instance, code: OauthCode, app: OauthApp, redirect_uri: str, verifier: str | None
) -> bool:
    is_theirs = code.app_id == app.id and code.redirect_uri == redirect_uri
    is_fresh = instance.now() - code.created_at <= CODE_LIVES
    return is_theirs and is_fresh and _is_proven(code.code_challenge, verifier)


def _is_proven(challenge: str | None, verifier: str | None) -> bool:
    """AU-14: a verifier without a challenge is a code that was asked for by somebody else."""
    if challenge is None or verifier is None:
        return challenge is None and verifier is None
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(made, challenge)


async def refresh(
    instance: Instance, app: OauthApp, refresh_token: str, asked: str | None
) -> Issued:
    """Replace a token by a new one with a new refresh token (RFC 6749, section 6).

    A refresh token that was used before ends the token: one of the two who have it is a thief.
    """
    hashed = tokens.hash_of(refresh_token)
    async with instance.store.transaction():
        found = await oauth.find_refreshable(hashed)
        if found is not None and not await _may_act(found.user_id):
            raise GrantRefused("invalid_grant", "This account is switched off.")
        if found is not None and found.app_id == app.id and found.refresh_hash == hashed:
            wanted = _narrowed(asked, found.scopes)
            issued, row = _new_token(instance, app, found.user_id, wanted)
            await oauth.save_token(
                replace(row, id=found.id, scopes=wanted, spent_refresh_hash=hashed)
            )
            return issued
        if found is not None and found.app_id == app.id:
            await oauth.remove_token(found.id)
    raise GrantRefused("invalid_grant", "This refresh token is not valid, or not any more.")


async def _may_act(user_id: RowId) -> bool:
    """MO-3: who may do nothing here gives nothing to apps; once they may, it is good again."""
    owner = await find_owner(user_id)
    return owner is not None and may_act(*owner)


def _narrowed(asked: str | None, granted: Scopes) -> Scopes:
    if not asked:
        return granted
    try:
        return scopes.within(scopes.parse(asked), granted)
    except Invalid as wrong:
        raise GrantRefused("invalid_scope", wrong.public) from wrong


def _new_token(
    instance: Instance, app: OauthApp, user_id: RowId, granted: Scopes
) -> tuple[Issued, AccessToken]:
    access, again, now = tokens.new_token(), tokens.new_token(), instance.now()
    row = AccessToken(
        id=instance.ids.new(),
        user_id=user_id,
        token_hash=tokens.hash_of(access),
        scopes=granted,
        name=app.name,
        created_at=now,
        app_id=app.id,
        refresh_hash=tokens.hash_of(again),
    )
    return Issued(access, again, granted, now), row


async def grant_app(instance: Instance, app: OauthApp, asked: str | None) -> Issued:
    """Give an app a token of its own (RFC 6749, section 4.4): it is nobody's."""
    try:
        wanted = scopes.parse(asked) if asked else scopes.DEFAULT & app.scopes
        token = await apps.issue_app_token(instance, app, wanted)
    except Invalid as wrong:
        raise GrantRefused("invalid_scope", wrong.public) from wrong
    return Issued(token, None, wanted, instance.now())


async def revoke(instance: Instance, app: OauthApp, token: str) -> None:
    """End a token of this app at once (RFC 7009); AU-7: raises `GrantRefused` for others' tokens.

    A token that does not exist has ended: that is no error.
    """
    hashed = tokens.hash_of(token)
    async with instance.store.transaction():
        if await oauth.remove_app_token(app.id, hashed):
            return
        found = await oauth.find_token_of_app(app.id, hashed)
        if found is not None:
            await oauth.remove_token(found.id)
            return
    if await users.find_token(hashed) is not None:
        raise GrantRefused("unauthorized_client", "You are not authorized to revoke this token.")


# ---------------------------------------------------------------- personal tokens


async def issue_token(
    instance: Instance, user: User, granted: Iterable[str], name: str = "Personal token"
) -> str:
    """Make an access token for a program; the answer is the only time it is seen."""
    token = tokens.new_token()
    row = AccessToken(
        id=instance.ids.new(),
        user_id=user.id,
        token_hash=tokens.hash_of(token),
        scopes=scopes.check(granted),
        name=clean_line(name, NAME_LETTERS_MAX) or "Personal token",
        created_at=instance.now(),
    )
    async with instance.store.transaction():
        await users.insert_token(row)
    return token


async def issue_own_token(instance: Instance, user: User, granted: Iterable[str], name: str) -> str:
    """Make a token that somebody asked for on their pages; raises `Invalid` for nothing (B18)."""
    wanted = scopes.check(granted)
    if not wanted:
        raise Invalid("Choose what the program may do.")
    if len(await users.list_tokens(user.id)) >= TOKENS_MAX:
        raise Invalid(f"You have {TOKENS_MAX} apps and tokens. Shut one out first.")
    return await issue_token(instance, user, wanted, name)


async def issue_token_by_name(instance: Instance, username: str, wanted: str, name: str) -> str:
    """Issue a token to the person of this handle: the command `token add`."""
    found = await find_by_name(username)
    if found is None:
        raise Invalid(f"There is no user {username[:40]!r}. `python main.py user add` makes one.")
    async with instance.store.transaction():
        token = await issue_token(instance, found[0], scopes.parse(wanted), name)
        words = f"made an access token of {found[1].username} ({wanted})"
        await audit.note(instance, None, AuditKind.PERSON, found[1].username, words)
    return token


# ---------------------------------------------------------------- who a token belongs to


async def bearer(instance: Instance, token: str) -> tuple[AccessToken, User, Actor] | None:
    """Return whose token this is and what it may do; None when it is unknown or refused."""
    if not token:
        return None
    owned = await oauth.find_token_owner(tokens.hash_of(token))
    if owned is None or not may_act(owned[1], owned[2]):
        return None
    found, user, _ = owned
    now = instance.now()
    if found.last_used_at is None or now - found.last_used_at > TOUCH_EVERY:
        with contextlib.suppress(Unavailable):  # the disk is full: one may read all the same
            await oauth.touch_token(found.id, user.id, now)
    return owned


async def waiting_bearer(token: str) -> tuple[AccessToken, User, Actor] | None:
    """Return whose token this is who signed up by an app, and waits to be let in; else None."""
    owned = await oauth.find_token_owner(tokens.hash_of(token))
    return owned if owned is not None and owned[1].state in WAITING else None


async def issue_for_sign_up(instance: Instance, app: OauthApp, user: User) -> Issued:
    """Give an app the token of somebody who signed up by it, with all scopes of the app."""
    issued, row = _new_token(instance, app, user.id, app.scopes)
    async with instance.store.transaction():
        await users.insert_token(row)
    return issued


async def app_bearer(token: str) -> tuple[OauthAppToken, OauthApp] | None:
    """Return which app's own token this is; None when it is of none."""
    return await oauth.find_app_token(tokens.hash_of(token)) if token else None


async def list_apps(user: User) -> list[tuple[AccessToken, OauthApp | None]]:
    """Return what has been let in by this person, newest first; None for personal tokens."""
    found = await users.list_tokens(user.id)
    known = await oauth.apps_by_ids({one.app_id for one in found if one.app_id is not None})
    return [(one, known.get(one.app_id) if one.app_id is not None else None) for one in found]


async def end_token(instance: Instance, user: User, token_id: RowId) -> None:
    """End one of somebody's own tokens; raises `NotFound` for any other."""
    async with instance.store.transaction():
        if not await oauth.remove_token_of(user.id, token_id):
            raise NotFound("This app has been shut out already.")
