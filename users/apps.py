"""OAuth apps: registered by anybody, found by their client id, and known by their secret."""

import hmac
import re
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from actors.text import clean_line
from instance.errors import Invalid
from instance.resources import Instance
from moderation import limits
from storage import oauth
from storage.records import AccessToken, Application, OauthApp, OauthAppToken
from users import scopes, tokens
from users.scopes import Scopes

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
"""The redirect URI of apps that cannot be redirected to: the person copies the code by hand."""

NAME_LETTERS_MAX = 60
URI_LETTERS_MAX = 2000
REDIRECT_URIS_MAX = 20
REGISTRATIONS_PER_HOUR_MAX = 30
UNUSED_KEPT_FOR = timedelta(days=30)
APP_TOKENS_KEPT_FOR = timedelta(days=365)

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,60}")
_PLAIN = re.compile(r"[!-~]+")
# Host and port, as they may stand in a policy of ours (CSP): a semicolon would end what it says.
_PLACE = re.compile(r"[A-Za-z0-9._~:\[\]-]*")
# A browser that is sent to one of these would run or show what stands in the address itself.
_NEVER = frozenset(
    {
        *("javascript", "data", "vbscript", "blob", "file", "about", "view-source", "filesystem"),
        *("mailto", "tel", "ws", "wss", "ftp", "urn"),
    }
)


async def register(
    instance: Instance,
    name: str,
    redirect_uris: Sequence[str],
    asked: Scopes,
    *,
    website: str | None,
    address: str,
) -> tuple[OauthApp, str]:
    """Register an app; returns it and its secret, which is seen this once.

    Raises `Invalid` naming the wrong parameter, `TooMany` for an address that registers many.
    """
    await limits.allow(
        instance,
        f"register app {limits.source_of(address)}",
        max=REGISTRATIONS_PER_HOUR_MAX,
        window_s=limits.HOUR_S,
        address=address,
    )
    secret = tokens.new_token()
    app = OauthApp(
        id=instance.ids.new(),
        client_id=tokens.new_token(),
        secret_hash=tokens.hash_of(secret),
        name=_name(name),
        redirect_uris=_redirect_uris(redirect_uris),
        scopes=asked,
        created_at=instance.now(),
        website=_website(website),
    )
    async with instance.store.transaction():
        await oauth.insert_app(app)
    return app, secret


async def app_of(token: AccessToken | None) -> OauthApp | None:
    """Return the app that holds a person's token; None for a token that somebody made by hand."""
    if token is None or token.app_id is None:
        return None
    return (await oauth.apps_by_ids([token.app_id])).get(token.app_id)


def made_by_hand(token: AccessToken) -> OauthApp:
    """Return the app that somebody's program is with a token that they made on their pages.

    As with Mastodon, where who makes a token makes an app; nobody can be asked by this one.
    """
    return OauthApp(
        id=token.id,
        client_id="",
        secret_hash="",
        name=token.name,
        redirect_uris=(OUT_OF_BAND,),
        scopes=token.scopes,
        created_at=token.created_at,
    )


async def written_with(token: AccessToken | None) -> Application | None:
    """Return what is said of the app in a post that it wrote.

    The label of a token that somebody made by hand is for its owner alone.
    """
    app = await app_of(token)
    return Application(app.name, app.website) if app is not None else None


def is_secret_of(app: OauthApp, secret: str) -> bool:
    """Whether this is the app's secret; takes the same time for any (SG-36)."""
    return hmac.compare_digest(app.secret_hash, tokens.hash_of(secret))


async def issue_app_token(instance: Instance, app: OauthApp, asked: Scopes) -> str:
    """Make a token of the app itself (RFC 6749, section 4.4); the answer is seen this once."""
    token = tokens.new_token()
    row = OauthAppToken(
        id=instance.ids.new(),
        app_id=app.id,
        token_hash=tokens.hash_of(token),
        scopes=scopes.within(asked, app.scopes),
        created_at=instance.now(),
    )
    async with instance.store.transaction():
        await oauth.insert_app_token(row)
    return token


def _name(name: str) -> str:
    found = clean_line(name, NAME_LETTERS_MAX)
    if not found:
        raise Invalid("An app needs a name.", fields={"client_name": "can't be blank"})
    return found


def _redirect_uris(given: Sequence[str]) -> tuple[str, ...]:
    uris = tuple(dict.fromkeys(uri for text in given for uri in text.split()))
    if not uris:
        raise _wrong_uri("can't be blank")
    if len(uris) > REDIRECT_URIS_MAX:
        raise _wrong_uri(f"are more than {REDIRECT_URIS_MAX}")
    for uri in uris:
        _check_redirect_uri(uri)
    return uris


def _check_redirect_uri(uri: str) -> None:
    """AU-5: an absolute URI without a fragment (RFC 6749, section 3.1.2) that runs nothing."""
    if uri == OUT_OF_BAND:
        return
    try:
        parts = urlsplit(uri)
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError as error:
        raise _wrong_uri("must be an absolute URI") from error
    if len(uri) > URI_LETTERS_MAX or not _PLAIN.fullmatch(uri) or "\\" in uri:
        raise _wrong_uri("must be an absolute URI")
    if not _SCHEME.fullmatch(parts.scheme) or parts.scheme in _NEVER:
        raise _wrong_uri("must have a scheme that leads to the app")
    if "#" in uri:
        raise _wrong_uri("must not have a fragment")
    if not _PLACE.fullmatch(parts.netloc):
        raise _wrong_uri("must have a plain host and no user")
    if parts.scheme in ("http", "https") and not parts.hostname:
        raise _wrong_uri("must have a host")


def _wrong_uri(reason: str) -> Invalid:
    return Invalid(f"The redirect URIs {reason}.", fields={"redirect_uris": reason})


def _website(website: str | None) -> str | None:
    text = clean_line(website or "", URI_LETTERS_MAX)
    if not text:
        return None
    if not text.startswith(("https://", "http://")):
        raise Invalid(
            "The website must be a web address.", fields={"website": "is not a web address"}
        )
    return text
