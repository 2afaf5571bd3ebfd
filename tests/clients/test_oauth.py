"""OAuth: an app is let in by a person, and only as far (B15, B16, B17; ATTACKS group 7)."""

import base64
from dataclasses import replace
from typing import Any

import pytest

from instance.resources import Instance
from storage import oauth
from tests.clients.apps import EVERYTHING, REDIRECT_URI, App, challenge, values_of
from tests.clients.schema import assert_valid
from tests.pages.browser import Browser
from users import grants, tidying
from users.apps import OUT_OF_BAND

VERIFIER = "a-verifier-of-more-than-forty-three-letters-1234"
PKCE = {"code_challenge": challenge(VERIFIER), "code_challenge_method": "S256"}


async def test_b15_an_app_is_let_in_and_knows_by_whom(client: App, alice: Browser) -> None:
    """GET /oauth/authorize, POST /oauth/token, GET /oauth/userinfo."""
    location = await client.ask(alice, **PKCE)
    assert location.startswith(f"{REDIRECT_URI}?")
    assert values_of(location)["state"] == "st ate"
    issued = await client.exchange(values_of(location)["code"], code_verifier=VERIFIER)
    assert client.status == 200
    assert issued["token_type"] == "Bearer"
    assert set(issued["scope"].split()) == set(EVERYTHING.split())
    assert isinstance(issued["created_at"], int)
    assert client.answer.headers["cache-control"] == "no-store"
    who = await replace(client, token=issued["access_token"]).get("/oauth/userinfo")
    assert (who["preferred_username"], who["name"]) == ("alice", "alice")
    assert_valid("GET", "/oauth/userinfo", 200, who)
    assert who["picture"].startswith("https://alpha.test/")


async def test_au25_the_answer_says_who_answers(client: App, alice: Browser) -> None:
    metadata = await client.get("/.well-known/oauth-authorization-server")
    assert values_of(await client.ask(alice))["iss"] == metadata["issuer"]
    denied = values_of(await client.ask(alice, "deny"))
    assert denied == {"error": "access_denied", "iss": metadata["issuer"], "state": "st ate"}
    wrong = values_of(await client.refused_at(alice, response_type="token"))
    assert wrong["error"] == "unsupported_response_type"
    assert (wrong["iss"], wrong["state"]) == (metadata["issuer"], "st ate")


async def test_au27_nobody_is_sent_to_an_app_that_asks_wrongly(client: App, alice: Browser) -> None:
    """Anybody registers any address: it is left to a click (RFC 9700, section 4.11.2)."""
    astray = await client.register("https://evil.example/bank")
    location = await astray.refused_at(alice, redirect_uri="https://evil.example/bank", scope="x")
    assert location.startswith("https://evil.example/bank?error=invalid_scope")
    assert "location" not in alice.answer.headers


async def test_b16_metadata_names_what_is_there(client: App) -> None:
    """GET /.well-known/oauth-authorization-server."""
    found = await client.get("/.well-known/oauth-authorization-server")
    assert_valid("GET", "/.well-known/oauth-authorization-server", client.status, found)
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert "read:statuses" in found["scopes_supported"]
    for name in ("token_endpoint", "revocation_endpoint", "app_registration_endpoint"):
        await client.post(found[name].removeprefix("https://alpha.test"))
        assert client.status in (401, 422), name


async def test_an_app_sees_itself_with_any_token(
    client: App, phone: App, instance: Instance
) -> None:
    """GET /api/v1/apps/verify_credentials, POST /oauth/token; tokens made by hand are apps too."""
    issued = await client.post(
        "/oauth/token",
        {
            "grant_type": "client_credentials",
            "client_id": client.client_id,
            "client_secret": client.client_secret,
            "scope": "read write",
        },
    )
    assert_valid("POST", "/oauth/token", client.status, issued)
    assert "refresh_token" not in issued
    own = replace(client, token=issued["access_token"])
    for each in (own, phone):
        found = await each.get("/api/v1/apps/verify_credentials")
        assert_valid("GET", "/api/v1/apps/verify_credentials", each.status, found)
        assert found["name"] == "Testapp"
        assert found["redirect_uris"] == [REDIRECT_URI]
        assert len(base64.urlsafe_b64decode(found["vapid_key"] + "=")) == 65
        assert "client_secret" not in found
    with instance.store.active():
        by_hand = await grants.issue_token_by_name(instance, "alice", "read write", "My script")
    found = await replace(client, token=by_hand).get("/api/v1/apps/verify_credentials")
    assert_valid("GET", "/api/v1/apps/verify_credentials", 200, found)
    assert (found["name"], found["scopes"]) == ("My script", ["read", "write"])


async def test_au2_the_token_of_an_app_is_nobodys(client: App) -> None:
    issued = await client.post(
        "/oauth/token",
        {
            "grant_type": "client_credentials",
            "client_id": client.client_id,
            "client_secret": client.client_secret,
        },
    )
    assert issued["scope"] == "read"
    own = replace(client, token=issued["access_token"])
    found = await own.get("/oauth/userinfo")
    assert (own.status, found["error"]) == (422, "This method requires an authenticated user")
    await own.post("/api/v1/statuses", {"status": "Hello"})
    assert own.status == 403
    assert 'error="insufficient_scope"' in own.answer.headers["www-authenticate"]


@pytest.mark.parametrize("token", ["x", "x" * 5000, "Bearer", "%00", "''"])
async def test_au1_odd_tokens_are_refused(client: App, token: str) -> None:
    for path in ("/oauth/userinfo", "/api/v1/apps/verify_credentials"):
        odd = replace(client, token=token)
        await odd.get(path)
        assert odd.status == 401
        assert set(odd.value) == {"error"}
        assert 'error="invalid_token"' in odd.answer.headers["www-authenticate"]
        await client.get(path)
        assert client.answer.headers["www-authenticate"] == 'Bearer realm="oauth"'


async def test_au3_a_wrong_secret_gets_nothing(client: App, alice: Browser) -> None:
    code = await client.code_of(alice)
    for secret in ("", "wrong", client.client_id):
        found = await client.exchange(code, client_secret=secret)
        assert client.status == 401
        assert found["error"] == "invalid_client"
    issued = await client.exchange(code)
    assert client.status == 200, issued


LOOK_ALIKES = [
    "https://app.example/callback/",
    "https://app.example/callback?x=1",
    "https://app.example/callback#",
    "https://app.example/Callback",
    "https://APP.example/callback",
    "http://app.example/callback",
    "https://app.example:443/callback",
    "https://app.example.evil.example/callback",
    "https://app.example@evil.example/callback",
    "https://app.example/callback/../evil",
    "https://app.example%2Fcallback",
]


@pytest.mark.parametrize("uri", LOOK_ALIKES)
async def test_au4_look_alikes_of_the_redirect_uri_lead_nowhere(
    client: App, alice: Browser, uri: str
) -> None:
    await alice.get(client.request(redirect_uri=uri))
    assert alice.status == 422
    assert "<form" not in alice.text.partition("<main")[2].partition("</main>")[0] or (
        "/oauth/authorize" not in alice.text
    )


@pytest.mark.parametrize(
    "uri",
    [
        *("javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "vbscript:x"),
        *("https://app.example/#x", "https://user@app.example/", "//app.example/", "callback"),
        *("https:///x", "file:///etc/passwd", "https://app.example/\\x", "", "  "),
        *("https://app.example;sandbox/x", "https://a,b/x", "tusky://a;sandbox", "tusky://u@a"),
    ],
)
async def test_au5_redirect_uris_that_run_or_lead_astray_are_not_registered(
    client: App, uri: str
) -> None:
    found = await client.post("/api/v1/apps", {"client_name": "x", "redirect_uris": uri})
    assert client.status == 422
    assert "redirect_uris" in found["details"]


@pytest.mark.parametrize("uri", ["tusky://oauth", "com.app:/x", "http://127.0.0.1:3000/cb"])
async def test_apps_on_devices_are_registered(client: App, alice: Browser, uri: str) -> None:
    app = await client.register(uri)
    location = await app.ask(alice, redirect_uri=uri)
    assert location.startswith(uri)


async def test_several_redirect_uris_in_any_way_of_writing(client: App) -> None:
    """POST /api/v1/apps."""
    many = ["https://a.example/", "https://b.example/"]
    one = await client.json(
        "POST", "/api/v1/apps", {"client_name": "x", "redirect_uris": many, "website": None}
    )
    assert one["redirect_uris"] == many
    assert one["redirect_uri"] == "https://a.example/\nhttps://b.example/"
    two = await client.post(
        "/api/v1/apps", [("client_name", "x"), *(("redirect_uris[]", each) for each in many)]
    )
    assert two["redirect_uris"] == many
    scopes = {"client_name": "x", "redirect_uris": many, "scopes": ["read", "push"]}
    assert (await client.json("POST", "/api/v1/apps", scopes))["scopes"] == ["push", "read"]


async def test_au6_an_app_gets_no_more_than_it_registered_for(client: App, alice: Browser) -> None:
    small = await client.register(scopes="read:statuses")
    location = await small.refused_at(alice, scope="read")
    assert values_of(location)["error"] == "invalid_scope"
    phone = await small.let_in_by(alice, scope="read:statuses")
    await phone.get("/oauth/userinfo")
    assert phone.status == 403


async def test_au7_a_token_ends_at_once_and_not_by_others(client: App, phone: App) -> None:
    """POST /oauth/revoke."""
    other = await client.register()
    await other.post(
        "/oauth/revoke",
        {
            "client_id": other.client_id,
            "client_secret": other.client_secret,
            "token": phone.token,
        },
    )
    assert other.status == 403
    await phone.get("/oauth/userinfo")
    assert phone.status == 200
    mine = {"client_id": phone.client_id, "client_secret": phone.client_secret}
    await client.post("/oauth/revoke", {**mine, "token": phone.token})
    assert client.status == 200
    await phone.get("/oauth/userinfo")
    assert phone.status == 401
    await client.post("/oauth/revoke", {**mine, "token": phone.token})
    assert client.status == 200  # RFC 7009: what has ended has ended


async def test_au8_no_cookie_crosses_to_other_sites(client: App, alice: Browser) -> None:
    """B124."""
    await alice.request("GET", "/oauth/userinfo", sends={"Origin": "https://evil.example"})
    assert alice.status == 401  # a session is no token
    assert alice.answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in alice.answer.headers
    await client.call("OPTIONS", "/api/v1/apps", Origin="https://evil.example")
    assert client.status == 204
    assert "access-control-allow-credentials" not in client.answer.headers
    assert "Authorization" in client.answer.headers["access-control-allow-headers"]


async def test_au13_consent_is_a_form_of_ours(client: App, alice: Browser) -> None:
    fields = dict(part.split("=") for part in client.request().partition("?")[2].split("&"))
    await alice.post("/oauth/authorize", {**fields, "do": "allow"})
    assert alice.status == 403
    await alice.get(client.request())
    form = alice.form("^/oauth/authorize$")
    await alice.post(
        "/oauth/authorize", {**form.fields, "do": "allow"}, Sec_Fetch_Site="cross-site"
    )
    assert alice.status == 403


async def test_au14_pkce_is_s256_and_cannot_be_left_out_later(client: App, alice: Browser) -> None:
    for odd in (
        {"code_challenge": VERIFIER, "code_challenge_method": "plain"},
        {"code_challenge": VERIFIER},
        {"code_challenge": "short", "code_challenge_method": "S256"},
        {"code_challenge_method": "S256"},
    ):
        location = await client.refused_at(alice, **odd)
        assert values_of(location)["error"] == "invalid_request"
    for changes in ({}, {"code_verifier": "w" * 50}, {"code_verifier": ""}):
        code = await client.code_of(alice, **PKCE)
        assert (await client.exchange(code, **changes))["error"] == "invalid_grant"
    code = await client.code_of(alice)  # the downgrade: a verifier for a code without a challenge
    assert (await client.exchange(code, code_verifier=VERIFIER))["error"] == "invalid_grant"


async def test_au15_a_code_that_comes_twice_ends_its_token(client: App, alice: Browser) -> None:
    code = await client.code_of(alice)
    phone = replace(client, token=(await client.exchange(code))["access_token"])
    await phone.get("/oauth/userinfo")
    assert phone.status == 200
    assert (await client.exchange(code))["error"] == "invalid_grant"
    await phone.get("/oauth/userinfo")
    assert phone.status == 401


async def test_au16_a_code_is_for_one_app_and_one_way_back(client: App, alice: Browser) -> None:
    other = await client.register(f"{REDIRECT_URI} https://other.example/")
    code = await client.code_of(alice)
    assert (await other.exchange(code))["error"] == "invalid_grant"
    code = await other.code_of(alice)
    wrong = await other.exchange(code, redirect_uri="https://other.example/")
    assert wrong["error"] == "invalid_grant"


async def test_a_code_is_old_after_ten_minutes(client: App, alice: Browser, clock: Any) -> None:
    code = await client.code_of(alice)
    clock.advance(seconds=601)
    assert (await client.exchange(code))["error"] == "invalid_grant"


async def test_refresh_replaces_both_and_a_thief_ends_it(client: App, alice: Browser) -> None:
    issued = await client.exchange(await client.code_of(alice))
    mine = {
        "grant_type": "refresh_token",
        "client_id": client.client_id,
        "client_secret": client.client_secret,
    }
    again = await client.post("/oauth/token", {**mine, "refresh_token": issued["refresh_token"]})
    assert client.status == 200
    old, new = (replace(client, token=each["access_token"]) for each in (issued, again))
    await old.get("/oauth/userinfo")
    await new.get("/oauth/userinfo")
    assert (old.status, new.status) == (401, 200)
    await client.post("/oauth/token", {**mine, "refresh_token": issued["refresh_token"]})
    assert client.status == 400
    await new.get("/oauth/userinfo")
    assert new.status == 401


@pytest.mark.parametrize("kind", ["password", "implicit", ""])
async def test_other_grants_are_refused(client: App, kind: str) -> None:
    """RFC 6749, section 5.2; what is missing is named."""
    found = await client.exchange("x", grant_type=kind)
    assert client.status == 400
    assert found["error"] == ("unsupported_grant_type" if kind else "invalid_request")
    missing = await client.exchange("")
    assert (client.status, missing["error"]) == (400, "invalid_request")
    assert missing["error_description"] == "Missing required parameter: code."


async def test_credentials_may_come_by_http_basic(client: App, alice: Browser) -> None:
    code = await client.code_of(alice)
    pair = base64.b64encode(f"{client.client_id}:{client.client_secret}".encode()).decode()
    sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
    issued = await client.post("/oauth/token", sent, Authorization=f"Basic {pair}")
    assert client.status == 200, issued
    await client.post("/oauth/token", sent, Authorization="Basic §")
    assert client.status == 401


async def test_out_of_band_shows_the_code(client: App, alice: Browser) -> None:
    app = await client.register(OUT_OF_BAND)
    assert await app.ask(alice, redirect_uri=OUT_OF_BAND) == ""
    code = alice.text.partition('id="code" value="')[2].partition('"')[0]
    issued = await app.exchange(code, redirect_uri=OUT_OF_BAND)
    assert app.status == 200, issued


async def test_au24_a_token_in_the_address_counts_for_nothing(phone: App) -> None:
    await replace(phone, token="").get("/oauth/userinfo", access_token=phone.token)
    assert phone.status in (0, 200)
    nobody = replace(phone, token="")
    await nobody.get("/oauth/userinfo", access_token=phone.token)
    assert nobody.status == 401


async def test_au26_consent_stands_in_no_frame(client: App, alice: Browser) -> None:
    await alice.get(client.request())
    policy = alice.answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' https://app.example" in policy


async def test_who_is_not_logged_in_is_asked_after_logging_in(
    client: App, browser: Browser, alice: Browser
) -> None:
    del alice  # who has signed up, in another window
    await browser.get(client.request())
    assert browser.path.startswith("/log-in?next=")
    await browser.submit("/log-in", name="alice", password="a fine long password")
    assert "Let Testapp in?" in browser.text


async def test_force_login_asks_for_the_password_again(client: App, alice: Browser) -> None:
    await alice.get(client.request(force_login="true"))
    assert alice.path.startswith("/log-in?")
    await alice.submit("/log-in", name="alice", password="a fine long password")
    assert "Let Testapp in?" in alice.text


async def test_b17_apps_are_listed_and_shut_out(phone: App, alice: Browser) -> None:
    await phone.get("/oauth/userinfo")
    await alice.get("/settings/sign-in")
    assert "Testapp" in alice.text
    assert "read everything you can read here" in alice.text
    await alice.submit("/settings/sign-in/app")
    assert "That app is shut out." in alice.text
    await phone.get("/oauth/userinfo")
    assert phone.status == 401


async def test_au19_a_new_password_shuts_all_apps_out(phone: App, alice: Browser) -> None:
    await alice.get("/settings/sign-in")
    await alice.submit(
        "/settings/sign-in/password",
        old_password="a fine long password",
        password="another fine password",
    )
    await phone.get("/oauth/userinfo")
    assert phone.status == 401


async def test_what_is_over_is_forgotten(
    client: App, phone: App, instance: Instance, clock: Any
) -> None:
    unused = await client.register()
    clock.advance(days=31)
    with instance.store.active():
        await tidying.tidy(instance, {})
        assert await oauth.find_app(unused.client_id) is None
        assert await oauth.find_app(phone.client_id) is not None


async def test_a94_limits_are_told(client: App) -> None:
    await client.get("/.well-known/oauth-authorization-server")
    headers = client.answer.headers
    before = int(headers["x-ratelimit-remaining"])
    assert int(headers["x-ratelimit-limit"]) > before
    assert headers["x-ratelimit-reset"].endswith("Z")
    await client.get("/.well-known/oauth-authorization-server")
    assert int(client.answer.headers["x-ratelimit-remaining"]) == before - 1
