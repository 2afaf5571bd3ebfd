"""Collections: people whom somebody recommends together (B105)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from instance.resources import Instance
from outbox import profiles
from storage import actors, starter_packs, users
from storage.records import Actor
from tests.clients.apps import App
from tests.clients.schema import assert_valid
from tests.instances import drain
from tests.pages.browser import Browser

PATH = "/api/v1/collections"


@pytest.fixture(autouse=True)
def _active(instance: Instance) -> Iterator[None]:
    with instance.store.active():
        yield


@pytest.fixture
async def bobs(client: App, bob: Browser) -> App:
    """Bob's app."""
    return await client.let_in_by(bob)


async def named(name: str, *, is_discoverable: bool = True) -> Actor:
    """Somebody here, who may be found."""
    actor = await actors.find_by_handle(name, None)
    assert actor is not None
    await actors.save(replace(actor, is_discoverable=is_discoverable))
    return actor


async def made(phone: App, *people: Actor, **fields: str) -> Any:
    form = [("name", "Birds"), *fields.items(), *(("account_ids[]", str(p.id)) for p in people)]
    return (await phone.post(PATH, form))["collection"]


async def test_b105_a_collection_is_made_read_changed_and_removed(
    client: App, phone: App, bob: Browser
) -> None:
    """POST /api/v1/collections, GET /api/v1/collections/{id}.

    PATCH /api/v1/collections/{id}, DELETE /api/v1/collections/{id}.
    """
    assert bob.status == 200
    friend = await named("bob")
    whole = await phone.json(
        "POST",
        PATH,
        {
            "name": "Birds",
            "description": "Who counts them",
            "language": "en",
            "tag_name": "#Birds",
            "account_ids": [str(friend.id)],
        },
    )
    assert_valid("POST", PATH, phone.status, whole)
    found = whole["collection"]
    assert (found["name"], found["item_count"], found["tag"]["name"]) == ("Birds", 1, "birds")
    assert found["items"][0]["account_id"] == str(friend.id)
    seen = await client.get(f"{PATH}/{found['id']}")
    assert_valid("GET", "/api/v1/collections/{id}", client.status, seen)
    assert [each["username"] for each in seen["accounts"]] == ["alice", "bob"]
    changed = await phone.json("PATCH", f"{PATH}/{found['id']}", {"name": "Owls"})
    assert_valid("PATCH", "/api/v1/collections/{id}", phone.status, changed)
    assert changed["collection"]["name"] == "Owls"
    assert changed["collection"]["description"] == "Who counts them"
    await phone.call("DELETE", f"{PATH}/{found['id']}")
    assert phone.status == 200
    await client.get(f"{PATH}/{found['id']}")
    assert client.status == 404


async def test_b105_people_are_added_and_taken_out(phone: App, bob: Browser) -> None:
    """POST /api/v1/collections/{collection_id}/items.

    DELETE /api/v1/collections/{collection_id}/items/{id}.
    """
    assert bob.status == 200
    friend, pack = await named("bob"), await made(phone)
    path = f"{PATH}/{pack['id']}/items"
    added = await phone.post(path, {"account_id": str(friend.id)})
    assert_valid("POST", f"{PATH}/{{collection_id}}/items", phone.status, added)
    assert await phone.post(path, {"account_id": str(friend.id)}) == added  # twice is once
    seen = await phone.get(f"{PATH}/{pack['id']}")
    assert seen["collection"]["item_count"] == 1
    await phone.call("DELETE", f"{path}/{added['collection_item']['id']}")
    assert phone.status == 200
    assert (await phone.get(f"{PATH}/{pack['id']}"))["collection"]["items"] == []
    await phone.post(path, {})
    assert phone.status == 422
    for nobody in ("1", "x"):
        await phone.post(path, {"account_id": nobody})
        assert phone.status in (404, 422)


async def test_b105_who_left_cannot_be_put_back(phone: App, bobs: App) -> None:
    """POST /api/v1/collections/{collection_id}/items/{id}/revoke: for good."""
    friend = await named("bob")
    pack = await made(phone, friend)
    path = f"{PATH}/{pack['id']}/items"
    item = pack["items"][0]["id"]
    await phone.post(f"{path}/{item}/revoke")
    assert phone.status == 403
    await bobs.post(f"{path}/{item}/revoke")
    assert bobs.status == 200
    assert (await phone.get(f"{PATH}/{pack['id']}"))["collection"]["item_count"] == 0
    await phone.post(path, {"account_id": str(friend.id)})
    assert phone.status == 403


async def test_b105_lists_of_collections_have_pages(client: App, phone: App, bobs: App) -> None:
    """GET /api/v1/accounts/{account_id}/collections.

    GET /api/v1/accounts/{account_id}/in_collections.
    PV-5: what is not to be found is listed to its owner, and to who is in it.
    """
    me, friend = await named("alice"), await named("bob")
    for number in range(3):
        await made(phone, friend, name=f"Number {number}")
    await made(phone, friend, name="Quiet", discoverable="false")
    path = f"/api/v1/accounts/{me.id}/collections"
    found = await client.get(path, limit=2)
    assert_valid("GET", "/api/v1/accounts/{account_id}/collections", client.status, found)
    assert [each["name"] for each in found["collections"]] == ["Number 2", "Number 1"]
    assert 'offset=2>; rel="next"' in client.answer.headers["link"]
    found = await client.get(path, limit=2, offset=2)
    assert [each["name"] for each in found["collections"]] == ["Number 0"]
    assert "next" not in client.answer.headers["link"]
    assert len((await phone.get(path))["collections"]) == 4
    path = f"/api/v1/accounts/{friend.id}/in_collections"
    found = await client.get(path)
    assert_valid("GET", "/api/v1/accounts/{account_id}/in_collections", client.status, found)
    assert len(found["collections"]) == 3
    assert len((await bobs.get(path))["collections"]) == 4


async def test_collections_are_their_owners_alone(phone: App, bobs: App) -> None:
    pack = await made(phone, await named("bob"))
    path = f"{PATH}/{pack['id']}"
    await bobs.json("PATCH", path, {"name": "Mine"})
    assert bobs.status == 403
    await bobs.call("DELETE", path)
    assert bobs.status == 403
    await bobs.post(f"{path}/items", {"account_id": pack["account_id"]})
    assert bobs.status == 403
    await bobs.call("DELETE", f"{path}/items/{pack['items'][0]['id']}")
    assert bobs.status == 403


async def test_nobody_is_recommended_who_does_not_want_to_be(
    phone: App, bobs: App, bob: Browser
) -> None:
    friend = await named("bob", is_discoverable=False)
    form = {"name": "x", "account_ids[]": str(friend.id)}
    await phone.post(PATH, form)
    assert phone.status == 403
    friend = await named("bob")
    pack = await made(phone, friend)
    await bob.get("/@alice")
    await bob.submit("/@alice/block")
    await phone.post(PATH, form)
    assert phone.status == 403
    seen = await phone.get(f"{PATH}/{pack['id']}")
    assert seen["collection"]["items"] == []  # of somebody who blocks the reader
    for what in ("in_collections", "collections"):
        found = await phone.get(f"/api/v1/accounts/{friend.id}/{what}")
        assert (phone.status, found) == (200, {"collections": []})
    assert bobs.token


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "x" * 41},
        {"description": "x" * 101},
        {"tag_name": "no hashtag"},
        {"language": "nonsense"},
    ],
)
async def test_what_is_wrong_is_said_by_field(phone: App, fields: dict[str, str]) -> None:
    found = await phone.post(PATH, {"name": "Birds", **fields})
    assert phone.status == 422
    assert list(found["details"]) == list(fields)


async def test_there_is_room_for_few(phone: App, instance: Instance) -> None:
    found = await phone.post(PATH, [("name", "x"), *(("account_ids[]", f"{n}") for n in range(26))])
    assert phone.status == 422, found
    for _ in range(10):
        await made(phone)
    await phone.post(PATH, {"name": "One more"})
    assert phone.status == 422
    assert instance.settings.domain == "alpha.test"


async def test_collections_go_with_their_owner(instance: Instance, phone: App, bobs: App) -> None:
    me, friend = await named("alice"), await named("bob")
    pack, theirs = await made(phone, friend), await made(bobs, me)
    await profiles.delete_account(instance, await users.find_by_actor(me.id), me)
    await drain(instance)
    assert await starter_packs.find(int(pack["id"])) is None
    assert (await bobs.get(f"{PATH}/{theirs['id']}"))["collection"]["items"] == []
    assert await starter_packs.find_actor(int(theirs["id"]), me.id) is None


async def test_b105_who_is_put_into_a_collection_hears_of_it(
    instance: Instance, phone: App, bobs: App
) -> None:
    """B105, B111: that they are in it, and what it is called then; `GET /api/v1/notifications`."""
    bob, alice = await named("bob"), await named("alice")
    pack = await made(phone, bob, alice)
    await drain(instance)
    path = f"{PATH}/{pack['id']}"
    await phone.send("PATCH", path, {"language": "en"})
    await drain(instance)
    (told,) = await bobs.get("/api/v1/notifications")
    assert told["type"] == "added_to_collection"
    await phone.send("PATCH", path, {"name": "Gulls"})
    await drain(instance)
    found = await bobs.get("/api/v1/notifications")
    assert_valid("GET", "/api/v1/notifications", 200, found)
    assert [each["type"] for each in found] == ["collection_update", "added_to_collection"]
    for each in found:
        assert (each["account"]["acct"], each["collection"]["name"]) == ("alice", "Gulls")
        assert each["collection"] == (await bobs.get(path))["collection"]
    groups = (await bobs.get("/api/v2/notifications"))["notification_groups"]
    assert [each["collection"]["id"] for each in groups] == [pack["id"]] * 2
    assert await phone.get("/api/v1/notifications") == []
    await phone.call("DELETE", path)
    found = await bobs.get("/api/v1/notifications")
    assert_valid("GET", "/api/v1/notifications", 200, found)
    assert [each["collection"] for each in found] == [None, None]
