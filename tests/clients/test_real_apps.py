"""What programs written for Mastodon stumbled over here, each held by a test."""

import pytest

from tests.clients.apps import App

POLICY = "/api/v2/notifications/policy"
PROFILE = "/api/v1/profile"


async def test_what_is_changed_takes_put_and_patch(phone: App) -> None:
    """`PATCH /api/v1/profile`, `PATCH /api/v2/notifications/policy`: masto.js sends PUT to both."""
    found = await phone.send("PUT", PROFILE, {"note": "By PUT"})
    assert (phone.status, found["note"]) == (200, "By PUT")
    found = await phone.send("PUT", POLICY, {"for_not_following": "filter"})
    assert (phone.status, found["for_not_following"]) == (200, "filter")
    made = await phone.post("/api/v1/lists", {"title": "Gulls"})
    found = await phone.send("PATCH", f"/api/v1/lists/{made['id']}", {"title": "Terns"})
    assert (phone.status, found["title"]) == (200, "Terns")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/v1/admin/accounts", 404), ("DELETE", "/api/v1/timelines/home", 405)],
)
async def test_what_is_not_there_is_said_as_apps_read_it(
    phone: App, method: str, path: str, status: int
) -> None:
    """masto.js takes any other kind of content for a server that is down; CORS lets it read."""
    found = await phone.call(method, path, Origin="https://elk.example")
    assert phone.status == status
    assert isinstance(found["error"], str)
    assert phone.answer.headers["content-type"] == "application/json; charset=utf-8"
    assert phone.answer.headers["access-control-allow-origin"] == "*"


async def test_apps_in_browsers_may_send_any_header(client: App) -> None:
    """Mastodon lets them; `*` is all but Authorization, which is therefore named."""
    await client.call("OPTIONS", PROFILE, Origin="https://elk.example")
    allowed = client.answer.headers["access-control-allow-headers"].split(", ")
    assert {"*", "Authorization"} <= set(allowed)


async def test_a_profile_comes_with_its_hashtags(phone: App) -> None:
    """`GET /api/v1/profile` (Mastodon 4.6): as `GET /api/v1/featured_tags` has them."""
    await phone.post("/api/v1/featured_tags", {"name": "Sea"})
    found = await phone.get(PROFILE)
    assert [each["name"] for each in found["featured_tags"]] == ["Sea"]
    assert found["featured_tags"] == await phone.get("/api/v1/featured_tags")


async def test_a_token_of_nobody_is_none_where_none_is_needed(phone: App) -> None:
    """`POST /api/v1/apps`: BitlBee registers with `Bearer (null)`; what needs a token says 401."""
    phone.token = "(null)"
    sent = {"client_name": "BitlBee", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"}
    await phone.post("/api/v1/apps", sent)
    assert phone.status == 200
    await phone.get("/api/v2/instance")
    assert phone.status == 200
    for path in ("/api/v1/timelines/home", "/api/v1/timelines/public"):
        await phone.get(path)
        assert phone.status == 401
