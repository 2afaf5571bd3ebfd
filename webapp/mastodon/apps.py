"""Apps: register one, and see which one asks. See docs.joinmastodon.org, methods, apps."""

from instance.errors import Unauthenticated
from storage.records import OauthApp
from users import apps, push_keys, scopes
from users.apps import OUT_OF_BAND
from webapp.calls import Call
from webapp.mastodon import entities as e


async def create(call: Call) -> e.CredentialApplication:
    """POST /api/v1/apps: register an app; its secret is seen this once."""
    sent = call.parameters
    named = " ".join(sent.items("scopes"))
    asked = scopes.parse(named) if named else scopes.DEFAULT
    app, secret = await apps.register(
        call.instance,
        sent.text("client_name"),
        sent.items("redirect_uris"),
        asked,
        website=sent.maybe_text("website"),
        address=call.address,
    )
    return {
        **_application(app, await push_keys.public_key(call.instance)),
        "client_id": app.client_id,
        "client_secret": secret,
        "client_secret_expires_at": 0,
    }


async def verify_credentials(call: Call) -> e.Application:
    """GET /api/v1/apps/verify_credentials: the app whose token this is."""
    token = call.viewer.token if call.viewer is not None else None
    app = call.app or await apps.app_of(token)
    if app is None and token is not None:
        app = apps.made_by_hand(token)
    if app is None:
        raise Unauthenticated("The access token is invalid")
    return _application(app, await push_keys.public_key(call.instance))


def _application(app: OauthApp, vapid_key: str) -> e.Application:
    uris = list(app.redirect_uris)
    return {
        "id": str(app.id),
        "name": app.name,
        "website": app.website,
        "scopes": sorted(app.scopes),
        "redirect_uris": uris,
        "redirect_uri": "\n".join(uris) or OUT_OF_BAND,
        "vapid_key": vapid_key,
    }
