"""Filters by the client API, both versions, and what they do to feeds."""

from collections.abc import Iterator
from typing import Any

import pytest

from feeds import home, keyword_filters, public
from feeds.filter_making import FILTERS_MAX
from instance.resources import Instance
from storage import actors, posts
from storage.records import Actor, FilterContext, Page
from tests.clients.apps import App
from tests.clients.schema import assert_valid
from tests.instances import FakeClock, drain
from tests.pages.browser import Browser
from tests.usecases.queries import counted
from tests.usecases.social import befriend, make_person, say
from webapp.mastodon import filters_rendering

HOME = FilterContext.HOME
ALL = Page(limit=40)


@pytest.fixture(autouse=True)
def _active(instance: Instance) -> Iterator[None]:
    with instance.store.active():
        yield


async def me() -> Actor:
    found = await actors.find_by_handle("alice", None)
    assert found is not None
    return found


@pytest.fixture
async def bob(instance: Instance) -> Actor:
    """Whom alice follows."""
    return await make_person(instance, "bob")


async def create(phone: App, **fields: Any) -> Any:
    given = {
        "title": "Cheese",
        "context[]": ["home", "public"],
        "filter_action": "hide",
        "keywords_attributes[][keyword]": "cheese",
    }
    return await phone.post("/api/v2/filters", given | fields)


async def texts(instance: Instance) -> list[str]:
    """What alice meets at home."""
    found = await home.read(instance, await me(), ALL)
    words = await posts.by_ids([item.post.id for item in found.items])
    return sorted(post.source for post in words.values())


async def test_b91_a_filter_is_made_changed_and_removed(phone: App) -> None:
    """B91: `POST /api/v2/filters`, `GET /api/v2/filters`, `GET /api/v2/filters/{id}`,
    `PUT /api/v2/filters/{id}`, `DELETE /api/v2/filters/{id}`."""
    wish = {
        "title": "Food",
        "context": ["home", "thread"],
        "filter_action": "blur",
        "expires_in": 3600,
        "keywords_attributes": [{"keyword": "cheese"}, {"keyword": "milk", "whole_word": False}],
    }
    made = await phone.json("POST", "/api/v2/filters", wish)
    assert_valid("POST", "/api/v2/filters", 200, made)
    assert made["title"] == "Food"
    assert made["context"] == ["home", "thread"]
    assert made["filter_action"] == "blur"
    assert made["expires_at"].endswith("Z")
    assert [(each["keyword"], each["whole_word"]) for each in made["keywords"]] == [
        ("cheese", True),
        ("milk", False),
    ]
    path = f"/api/v2/filters/{made['id']}"
    assert await phone.get(path) == made
    assert_valid("GET", "/api/v2/filters/{id}", 200, made)
    listed = await phone.get("/api/v2/filters")
    assert listed == [made]
    assert_valid("GET", "/api/v2/filters", 200, listed)
    cheese, milk = made["keywords"]
    wish = {
        "title": "Drinks",
        "expires_in": None,
        "keywords_attributes": [
            {"id": cheese["id"], "_destroy": True},
            {"id": milk["id"], "whole_word": True},
            {"keyword": "tea"},
        ],
    }
    changed = await phone.json("PUT", path, wish)
    assert_valid("PUT", "/api/v2/filters/{id}", 200, changed)
    assert changed["title"] == "Drinks"
    assert changed["context"] == made["context"]
    assert changed["expires_at"] is None
    assert changed["keywords"][0] == {**milk, "whole_word": True}
    assert changed["keywords"][1]["keyword"] == "tea"
    assert await phone.send("DELETE", path) == {}
    assert_valid("DELETE", "/api/v2/filters/{id}", 200, {})
    await phone.get(path)
    assert phone.status == 404


async def test_b91_keywords_have_ids_of_their_own(phone: App) -> None:
    """B91: `GET /api/v2/filters/{filter_id}/keywords`, `POST /api/v2/filters/{filter_id}/keywords`,
    `GET /api/v2/filters/keywords/{id}`, `PUT /api/v2/filters/keywords/{id}`,
    `DELETE /api/v2/filters/keywords/{id}`."""
    path = f"/api/v2/filters/{(await create(phone))['id']}/keywords"
    made = await phone.post(path, {"keyword": "milk", "whole_word": "false"})
    assert_valid("POST", "/api/v2/filters/{filter_id}/keywords", 200, made)
    assert made == {"id": made["id"], "keyword": "milk", "whole_word": False}
    listed = await phone.get(path)
    assert_valid("GET", "/api/v2/filters/{filter_id}/keywords", 200, listed)
    assert [each["keyword"] for each in listed] == ["cheese", "milk"]
    one = f"/api/v2/filters/keywords/{made['id']}"
    changed = await phone.send("PUT", one, {"keyword": "oat milk"})
    assert_valid("PUT", "/api/v2/filters/keywords/{id}", 200, changed)
    assert changed == {**made, "keyword": "oat milk"}
    assert await phone.get(one) == changed
    assert_valid("GET", "/api/v2/filters/keywords/{id}", 200, changed)
    assert await phone.send("DELETE", one) == {}
    assert_valid("DELETE", "/api/v2/filters/keywords/{id}", 200, {})
    assert len(await phone.get(path)) == 1


async def test_b91_single_posts_are_filtered(phone: App, instance: Instance, bob: Actor) -> None:
    """B91: `GET /api/v2/filters/{filter_id}/statuses`, `POST /api/v2/filters/{filter_id}/statuses`,
    `GET /api/v2/filters/statuses/{id}`, `DELETE /api/v2/filters/statuses/{id}`."""
    post = await say(instance, bob, "once is enough")
    path = f"/api/v2/filters/{(await create(phone))['id']}/statuses"
    made = await phone.post(path, {"status_id": str(post.id)})
    assert_valid("POST", "/api/v2/filters/{filter_id}/statuses", 200, made)
    assert made == {"id": made["id"], "status_id": str(post.id)}
    assert await phone.post(path, {"status_id": str(post.id)}) == made
    listed = await phone.get(path)
    assert listed == [made]
    assert_valid("GET", "/api/v2/filters/{filter_id}/statuses", 200, listed)
    filters = await keyword_filters.of(instance, await me(), HOME)
    assert filters.hides(post)
    [result] = filters_rendering.results(filters.matches(post))
    assert result["filter"]["title"] == "Cheese"
    assert (result["keyword_matches"], result["status_matches"]) == (None, [str(post.id)])
    one = f"/api/v2/filters/statuses/{made['id']}"
    assert await phone.get(one) == made
    assert_valid("GET", "/api/v2/filters/statuses/{id}", 200, made)
    assert await phone.send("DELETE", one) == made
    assert_valid("DELETE", "/api/v2/filters/statuses/{id}", 200, made)
    assert await phone.get(path) == []


async def test_pv3_posts_that_one_may_not_see_cannot_be_filtered(
    phone: App, instance: Instance, bob: Actor
) -> None:
    secret = await say(instance, bob, "for my followers", visibility="followers")
    path = f"/api/v2/filters/{(await create(phone))['id']}/statuses"
    await phone.post(path, {"status_id": str(secret.id)})
    assert phone.status == 404


async def test_b91_the_first_version_sees_keywords_as_filters(phone: App) -> None:
    """B91: `POST /api/v1/filters`, `GET /api/v1/filters`, `GET /api/v1/filters/{id}`,
    `PUT /api/v1/filters/{id}`, `DELETE /api/v1/filters/{id}`."""
    wish = {"phrase": "cheese", "context[]": ["home"], "irreversible": "true", "whole_word": "0"}
    made = await phone.post("/api/v1/filters", wish)
    assert_valid("POST", "/api/v1/filters", 200, made)
    assert made == {
        "id": made["id"],
        "phrase": "cheese",
        "context": ["home"],
        "whole_word": False,
        "expires_at": None,
        "irreversible": True,
    }
    [second] = await phone.get("/api/v2/filters")
    assert (second["title"], second["filter_action"]) == ("cheese", "hide")
    assert await phone.get("/api/v1/filters") == [made]
    path = f"/api/v1/filters/{made['id']}"
    assert await phone.get(path) == made
    assert_valid("GET", "/api/v1/filters/{id}", 200, made)
    wish = {"phrase": "milk", "context[]": ["home", "public"], "irreversible": "false"}
    changed = await phone.send("PUT", path, wish)
    assert_valid("PUT", "/api/v1/filters/{id}", 200, changed)
    assert (changed["phrase"], changed["irreversible"]) == ("milk", False)
    await phone.post(f"/api/v2/filters/{second['id']}/keywords", {"keyword": "tea"})
    await phone.send("PUT", path, {"phrase": "milk", "context[]": ["thread"]})
    assert phone.status == 422  # it would change what another keyword does
    for each in await phone.get("/api/v1/filters"):
        assert await phone.send("DELETE", f"/api/v1/filters/{each['id']}") == {}
    assert await phone.get("/api/v2/filters") == []


@pytest.mark.parametrize(
    "fields",
    [
        {"title": " "},
        {"title": "x" * 257},
        {"context[]": []},
        {"context[]": ["home", "nowhere"]},
        {"filter_action": "burn"},
        {"keywords_attributes[][keyword]": ""},
        {"keywords_attributes[][keyword]": "x" * 513},
        {"expires_in": "soon"},
    ],
)
async def test_b91_what_makes_no_filter_is_refused(phone: App, fields: dict[str, Any]) -> None:
    found = await create(phone, **fields)
    assert phone.status == 422
    assert found["error"]
    assert await phone.get("/api/v2/filters") == []


async def test_b91_there_is_room_for_so_many_filters(
    phone: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.filter_making.FILTERS_MAX", 1)
    assert FILTERS_MAX == 100
    await create(phone)
    await create(phone)
    assert phone.status == 422


async def test_pv3_filters_are_their_owners_alone(phone: App, client: App, app: Any) -> None:
    made = await create(phone)
    other = await client.let_in_by(await Browser(app).sign_up("mallory"))
    [keyword] = made["keywords"]
    for path in (
        f"/api/v2/filters/{made['id']}",
        f"/api/v2/filters/{made['id']}/keywords",
        f"/api/v2/filters/keywords/{keyword['id']}",
        f"/api/v1/filters/{keyword['id']}",
    ):
        await other.get(path)
        assert other.status == 404
        await other.send("DELETE", path)
        assert other.status in (404, 405)
    assert await other.get("/api/v2/filters") == []
    assert await phone.get("/api/v2/filters") == [made]


async def test_b91_hidden_posts_are_left_out_where_the_filter_holds(
    phone: App, instance: Instance, bob: Actor, clock: FakeClock
) -> None:
    """B91: at home and in public; not on the profile; no more when the filter is over."""
    await befriend(instance, await me(), bob)
    for text in ("cheese for all", "bread", "cheesecake"):
        await say(instance, bob, text)
    await drain(instance)
    await create(phone, expires_in="60")
    assert await texts(instance) == ["bread", "cheesecake"]
    reader = await me()
    assert len((await public.local(instance, ALL, reader)).items) == 2
    assert len((await public.local(instance, ALL, bob)).items) == 3
    profile = await public.profile(instance, bob, ALL, reader, with_replies=True)
    assert len(profile.items) == 3
    clock.advance(seconds=61)
    assert len(await texts(instance)) == 3


async def test_b91_a_change_of_filters_is_felt_at_once_and_costs_readers_nothing(
    phone: App, instance: Instance, bob: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await befriend(instance, await me(), bob)
    await say(instance, bob, "cheese")
    await drain(instance)
    assert await texts(instance) == ["cheese"]
    reader = await me()
    await home.read(instance, reader, ALL)
    with counted(instance, monkeypatch) as statements:
        await home.read(instance, reader, ALL)
    assert not [each for each in statements if "FROM filters" in each]
    made = await create(phone)
    assert await texts(instance) == []
    await phone.send("PUT", f"/api/v2/filters/{made['id']}", {"filter_action": "warn"})
    assert await texts(instance) == ["cheese"]
    assert await keyword_filters.of(instance, await me(), HOME)
    assert not await keyword_filters.of(instance, await me(), FilterContext.THREAD)
