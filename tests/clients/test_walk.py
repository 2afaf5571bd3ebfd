"""The walk: every line of Mastodon's API is served, and its content is looked at by a test."""

import re
from typing import Any

import pytest

from instance.resources import Instance
from tests.clients import schema
from tests.clients.apps import App
from tests.clients.schema import assert_entity, assert_valid
from tests.clients.test_media import upload
from tests.instances import drain
from tests.pages.browser import Browser
from tests.pictures import picture
from tools import client_api

# Streams do not end, and a page for people is no JSON.
NO_JSON = ("/api/v1/streaming", "/health", "/oauth/authorize", "/api/v1/streaming/health")
# Of what there is nothing in this world: each answers 404 there, and is looked at by its own test.
NOTHING_OF = {
    "/api/v1/annual_reports/{year}",
    "/api/v1/instance/terms_of_service",
    "/api/v1/instance/terms_of_service/{date}",
    "/api/v1/push/subscription",
    "/api/v1_alpha/async_refreshes/{id}",
}


def test_b117_every_line_of_mastodons_api_is_served() -> None:
    """B117: 211 of 211."""
    assert client_api.missing() == []


def test_every_line_of_our_table_has_a_test_of_its_content() -> None:
    assert client_api.untested() == [], "name it in the docstring of its test: `GET /api/v1/x/{id}`"


def test_the_list_is_whole_and_in_the_documentation() -> None:
    found = list(schema.lines())
    assert len(found) == len(set(found)) == 211
    paths = schema.document()["paths"]
    web_sockets = "/api/v1/streaming (WebSocket; stream=, type=subscribe/unsubscribe)"
    for method, path in found:
        assert path == web_sockets or method.lower() in paths[path], path


def test_names_of_variables_do_not_count() -> None:
    assert client_api.key("GET", "/api/v1/lists/<list_id>") == "GET /api/v1/lists/{}"
    assert client_api.keys_in("", "B1: `GET /api/v1/lists/{id}`, and POST /api/v1/lists.") == {
        "GET /api/v1/lists/{}",
        "POST /api/v1/lists",
    }


def test_what_is_no_valid_answer_is_found() -> None:
    rule = {"id": "1", "text": "Be kind.", "hint": ""}
    assert_valid("GET", "/api/v1/instance/rules", 200, [rule])
    assert_valid("GET", "/api/v1/statuses/{id}", 404, {"error": "Record not found"})
    wrong = [
        [{**rule, "id": 1}],
        [{"id": "1", "text": "Be kind."}],
        {"rules": [rule]},
    ]
    for value in wrong:
        with pytest.raises(AssertionError, match="instance/rules"):
            assert_valid("GET", "/api/v1/instance/rules", 200, value)
    policy = {"content": "<p>None.</p>", "updated_at": "2026-11-23T07:00:00.000Z"}
    assert_entity("PrivacyPolicy", policy)
    with pytest.raises(AssertionError, match="updated_at"):
        assert_entity("PrivacyPolicy", {**policy, "updated_at": "yesterday"})


async def living(phone: App, bobs: App, instance: Instance) -> dict[str, str]:
    """A world in which there is one of everything; returns what stands for variables of paths."""
    me = await phone.get("/api/v1/accounts/verify_credentials")
    him = await bobs.get("/api/v1/accounts/verify_credentials")
    await phone.send("PATCH", "/api/v1/accounts/update_credentials", {"discoverable": "true"})
    await phone.post(f"/api/v1/accounts/{him['id']}/follow")
    await bobs.post(f"/api/v1/accounts/{me['id']}/follow")
    file = await upload(phone, picture())
    form = [("status", "Look @bob #hello"), ("media_ids[]", file["id"])]
    post = await phone.post("/api/v1/statuses", form)
    asked = [("status", "Tea?"), ("poll[options][]", "Yes"), ("poll[options][]", "No")]
    poll = await bobs.post("/api/v1/statuses", [*asked, ("poll[expires_in]", "600")])
    await bobs.post(f"/api/v1/statuses/{post['id']}/favourite")
    await bobs.post(f"/api/v1/statuses/{post['id']}/reblog")
    await bobs.post("/api/v1/statuses", {"status": "Yes", "in_reply_to_id": post["id"]})
    await bobs.post("/api/v1/statuses", {"status": "@alice only you", "visibility": "direct"})
    await bobs.post("/api/v1/statuses", {"status": "Well said", "quoted_status_id": post["id"]})
    for what in ("bookmark", "favourite", "pin"):
        await phone.post(f"/api/v1/statuses/{post['id']}/{what}")
    await phone.send("PUT", f"/api/v1/statuses/{post['id']}", {"status": "Look here @bob #hello"})
    made = await phone.post("/api/v1/lists", {"title": "Quiet"})
    await phone.post(f"/api/v1/lists/{made['id']}/accounts", {"account_ids[]": him["id"]})
    words = {"keywords_attributes[0][keyword]": "ending"}
    filtering = {"title": "Endings", "context[]": "home", **words}
    rule = await phone.post("/api/v2/filters", filtering)
    hides = await phone.post(f"/api/v2/filters/{rule['id']}/statuses", {"status_id": post["id"]})
    later = {"status": "Later", "scheduled_at": "2027-01-01T12:00:00Z"}
    waits = await phone.post("/api/v1/statuses", later)
    await phone.post("/api/v1/tags/hello/follow")
    await phone.post("/api/v1/featured_tags", {"name": "hello"})
    await phone.post(f"/api/v1/accounts/{him['id']}/endorse")
    pack = await bobs.post("/api/v1/collections", [("name", "Birds"), ("account_ids[]", me["id"])])
    await drain(instance)
    told = await phone.get("/api/v1/notifications")
    group = (await phone.get("/api/v2/notifications"))["notification_groups"][0]["group_key"]
    return {
        "accounts": him["id"],
        "statuses": post["id"],
        "polls": poll["poll"]["id"],
        "media": file["id"],
        "lists": made["id"],
        "list": made["id"],
        "v2/filters": rule["id"],
        "v1/filters": rule["keywords"][0]["id"],
        "filters/keywords": rule["keywords"][0]["id"],
        "filters/statuses": hides["id"],
        "scheduled_statuses": waits["id"],
        "collections": pack["collection"]["id"],
        "v1/notifications": told[0]["id"],
        "v2/notifications": group,
        "tags": "hello",
        "tag": "hello",
        "annual_reports": "2025",
    }


def with_things(path: str, things: dict[str, str]) -> str:
    """The path with ids in it: each stands for what the words before it name."""
    *above, variable = re.split(r"/(?={)", path, maxsplit=1)
    if not above:
        return path
    before, rest = above[0], variable.partition("/")[2]
    words = before.split("/")
    found = things.get("/".join(words[-2:]), things.get(words[-1], "0"))
    return f"{before}/{found}" + (f"/{rest}" if rest else "")


async def test_b117_every_get_is_valid(
    client: App, phone: App, bob: Browser, instance: Instance
) -> None:
    """B117: every line that reads, in a world with one of everything, against Mastodon's schema."""
    with instance.store.active():
        things = await living(phone, await client.let_in_by(bob), instance)
        wrong: list[Any] = []
        queries = {
            "/api/v2/search": "?q=hello",
            "/api/v1/accounts/search": "?q=bob",
            "/api/v1/accounts/lookup": "?acct=bob",
            "/api/v1/accounts/relationships": f"?id[]={things['accounts']}",
            "/api/v1/accounts/familiar_followers": f"?id[]={things['accounts']}",
            "/api/v1/accounts": f"?id[]={things['accounts']}",
            "/api/v1/statuses": f"?id[]={things['statuses']}",
            "/api/v1/markers": "?timeline[]=home",
            "/api/v1/timelines/link": "?url=https://example.org/",
            "/api/oembed": f"?url=https://alpha.test/@alice/{things['statuses']}",
        }
        seen = 0
        for method, path in schema.lines():
            if method != "GET" or path.startswith(NO_JSON) or "notifications/requests/" in path:
                continue
            found = await phone.get(with_things(path, things) + queries.get(path, ""))
            if path in NOTHING_OF and phone.status == 404:
                continue
            try:
                assert phone.status == 200, (with_things(path, things), phone.answer.text[:200])
                assert_valid(method, path, phone.status, found)
            except AssertionError as error:
                wrong.append(str(error))
            seen += 1
        assert wrong == []
        assert seen >= 80
