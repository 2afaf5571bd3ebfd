"""The routes of OAuth: the page that asks a person, and the endpoints that apps ask."""

from webapp.calls import PUBLIC as ANYBODY
from webapp.calls import call
from webapp.oauth import consent, tokens
from webapp.pages.visit import SESSION, page
from webapp.routing import plain

ROUTES = (
    plain("GET", "/oauth/authorize", page(consent.ask, SESSION), SESSION),
    plain("POST", "/oauth/authorize", page(consent.decide, SESSION), SESSION),
    plain("POST", "/oauth/token", call(tokens.token, ANYBODY), ANYBODY),
    plain("POST", "/oauth/revoke", call(tokens.revoke, ANYBODY), ANYBODY),
    plain("GET", "/oauth/userinfo", call(tokens.userinfo, "profile"), "profile"),
    plain(
        "GET",
        "/.well-known/oauth-authorization-server",
        call(tokens.metadata, ANYBODY),
        ANYBODY,
    ),
)
