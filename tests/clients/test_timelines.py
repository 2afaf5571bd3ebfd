"""Timelines by apps: home, public, hashtags, lists; their places are exact while posts arrive."""

import random
from datetime import timedelta
from typing import Any

import pytest

from instance.resources import Instance
from storage import actors
from tests.clients.apps import App, say
from tests.clients.schema import assert_valid
from tests.pages.browser import Browser
from tests.pages.conftest import carol as carol
from tests.usecases.queries import counted, read_elsewhere
from tests.usecases.social import befriend, hear, make_remote, settle

S, T = "/api/v1/statuses", "/api/v1/timelines"


async def follow(instance: Instance, follower: Any, followed: Any) -> None:
    """Let the author of a status follow that of another."""
    with instance.store.active():
        one = await actors.get(int(follower["account"]["id"]))
        other = await actors.get(int(followed["account"]["id"]))
        await befriend(instance, one, other)


def ids(found: Any) -> list[str]:
    return [each["id"] for each in found]


def neighbour(app: App, relation: str) -> str:
    """The path of a neighbour in the Link header."""
    links = {}
    for each in app.answer.headers["link"].split(", "):
        address, _, name = each.partition("; rel=")
        links[name] = address
    return links[f'"{relation}"'].strip("<>").removeprefix("https://alpha.test")


async def test_b68_home_in_pages(phone: App, second: App, instance: Instance) -> None:
    """B68, B119: GET /api/v1/timelines/home, walked by Link headers and by ids of statuses."""
    await follow(instance, await say(phone, "me"), await say(second, "you"))
    said = [(await say(second, f"post {number}"))["id"] for number in range(5)]
    boosted = await second.post(f"{S}/{said[0]}/reblog")
    del boosted
    found = await phone.get(f"{T}/home", limit=2)
    assert_valid("GET", f"{T}/home", 200, found)
    assert ids(found) == [said[4], said[3]]
    older = await phone.call("GET", neighbour(phone, "next"))
    assert ids(older) == [said[2], said[1]]
    assert ids(await phone.get(f"{T}/home", limit=2, max_id=said[3])) == [said[2], said[1]]
    new = (await say(second, "new"))["id"]
    assert ids(await phone.get(f"{T}/home", since_id=said[3])) == [new, said[4]]
    assert ids(await phone.get(f"{T}/home", min_id=said[2], limit=1)) == [said[3]]
    newer = await phone.call("GET", f"{T}/home?limit=1&max_id={said[4]}")
    assert ids(newer) == [said[3]]
    assert ids(await phone.call("GET", neighbour(phone, "prev"))) == [said[4]]


async def test_what_apps_ask_for_all_day_waits_for_no_thread(
    phone: App,
    second: App,
    client: App,
    carol: Browser,
    instance: Instance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """P10: GET /api/v1/timelines/home, newer and older, with a boost; GET /api/v1/markers."""
    third = await client.let_in_by(carol)
    await follow(instance, await say(phone, "me"), await say(second, "you"))
    said = [(await say(second, f"post {number}"))["id"] for number in range(3)]
    boost = await second.post(f"{S}/{(await say(third, 'far away'))['id']}/reblog")
    await phone.get(f"{T}/home")  # its words are kept from now on
    with read_elsewhere(instance, monkeypatch) as queries:
        assert ids(await phone.get(f"{T}/home"))[:2] == [boost["id"], said[2]]
        assert ids(await phone.get(f"{T}/home", min_id=said[1])) == [boost["id"], said[2]]
        assert ids(await phone.get(f"{T}/home", max_id=said[1]))[0] == said[0]
        await phone.get("/api/v1/markers", timeline=["home"])
        await phone.get("/api/v1/lists")
    assert queries == []


async def test_b68_a_late_post_is_found_from_its_status(phone: App, instance: Instance) -> None:
    """B68: what came late stands where it arrived, and its id names that place."""
    mine = await say(phone, "me")
    with instance.store.active():
        alice = await actors.get(int(mine["account"]["id"]))
        dave = await make_remote(instance, "dave")
        await befriend(instance, alice, dave)
    first = (await say(phone, "first"))["id"]
    with instance.store.active():
        late = str((await hear(instance, dave, "late")).id)
        await settle(instance)
    last = (await say(phone, "last"))["id"]
    assert ids(await phone.get(f"{T}/home", limit=3)) == [last, late, first]
    assert ids(await phone.get(f"{T}/home", max_id=late, limit=1)) == [first]
    assert ids(await phone.get(f"{T}/home", min_id=late)) == [last]


async def test_home_boosts_are_named_by_their_own_ids(
    phone: App, second: App, client: App, carol: Browser, instance: Instance
) -> None:
    """GET /api/v1/timelines/home: the id of a boost is a place, too."""
    third = await client.let_in_by(carol)
    mine, other = await say(phone, "me"), await say(second, "you")
    await follow(instance, mine, other)
    said = await say(third, "far away")
    boost = await second.post(f"{S}/{said['id']}/reblog")
    found = await phone.get(f"{T}/home")
    assert ids(found)[0] == boost["id"]
    assert found[0]["reblog"]["id"] == said["id"]
    assert ids(await phone.get(f"{T}/home", max_id=boost["id"])) == [mine["id"]]


async def test_b69_public_timelines(phone: App, instance: Instance) -> None:
    """B69: GET /api/v1/timelines/public with local, remote and only_media."""
    here = (await say(phone, "here"))["id"]
    await say(phone, "quiet", visibility="unlisted")
    with instance.store.active():
        dave = await make_remote(instance, "dave")
        there = str((await hear(instance, dave, "there")).id)
    nobody = App(phone.app)
    found = await nobody.get(f"{T}/public")
    assert_valid("GET", f"{T}/public", 200, found)
    assert set(ids(found)) == {here, there}
    assert ids(await nobody.get(f"{T}/public", local="true")) == [here]
    assert ids(await nobody.get(f"{T}/public", remote="true")) == [there]
    assert set(ids(await nobody.get(f"{T}/public", local="true", remote="true"))) == {here, there}
    assert ids(await nobody.get(f"{T}/public", only_media="true")) == []


async def test_hashtags_any_all_and_none(phone: App) -> None:
    """B98. GET /api/v1/timelines/tag/{hashtag}."""
    one = (await say(phone, "#cats"))["id"]
    both = (await say(phone, "#cats #dogs"))["id"]
    dogs = (await say(phone, "#Dogs #birds"))["id"]
    path = f"{T}/tag/cats"
    found = await phone.get(path)
    assert_valid("GET", f"{T}/tag/{{hashtag}}", 200, found)
    assert ids(found) == [both, one]
    assert ids(await phone.get(path, **{"any[]": ["dogs"]})) == [dogs, both, one]
    assert ids(await phone.get(path, **{"all[]": ["DOGS"]})) == [both]
    assert ids(await phone.get(path, **{"none[]": ["#dogs"]})) == [one]
    assert ids(await phone.get(path, **{"any[]": ["dogs"], "none[]": ["birds"]})) == [both, one]
    assert ids(await phone.get(path, local="true", max_id=both)) == [one]


async def test_pv_17_no_private_post_is_in_a_public_timeline(phone: App) -> None:
    """PV-17: hashtags and public timelines hold public posts alone."""
    for visibility in ("unlisted", "private", "direct"):
        await say(phone, "#secret", visibility=visibility)
    nobody = App(phone.app)
    for path in (f"{T}/public", f"{T}/public?local=true", f"{T}/tag/secret"):
        assert await nobody.call("GET", path) == []


async def test_b70_lists(phone: App, second: App, instance: Instance, clock: Any) -> None:
    """B70: lists are made, changed, filled, read and deleted, by their owner alone.

    POST /api/v1/lists, GET /api/v1/lists, GET /api/v1/lists/{id}, PUT /api/v1/lists/{id},
    DELETE /api/v1/lists/{id}, POST /api/v1/lists/{id}/accounts, GET /api/v1/lists/{id}/accounts,
    DELETE /api/v1/lists/{id}/accounts, GET /api/v1/timelines/list/{list_id}
    """
    made = await phone.post("/api/v1/lists", {"title": "Friends", "replies_policy": "followed"})
    assert_valid("POST", "/api/v1/lists", 200, made)
    path = f"/api/v1/lists/{made['id']}"
    other = await say(second, "before")
    bob = other["account"]["id"]
    await phone.post(f"{path}/accounts", {"account_ids[]": ["1"]})
    assert phone.status == 404, "nobody"
    await follow(instance, await say(phone, "me"), other)
    answer = await phone.post(f"{path}/accounts", {"account_ids[]": [bob]})
    assert_valid("POST", "/api/v1/lists/{id}/accounts", 200, answer)
    clock.advance(minutes=1)
    said = await say(second, "in the list")
    found = await phone.get(f"{T}/list/{made['id']}")
    assert_valid("GET", f"{T}/list/{{list_id}}", 200, found)
    assert ids(found) == [said["id"], other["id"]]
    assert ids(await phone.get(f"{T}/list/{made['id']}", max_id=said["id"])) == [other["id"]]
    people = await phone.get(f"{path}/accounts", limit=0)
    assert_valid("GET", "/api/v1/lists/{id}/accounts", 200, people)
    assert ids(people) == [bob]
    for method, below in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/accounts")):
        await second.send(method, f"{path}{below}", {"title": "Mine"})
        assert second.status == 404, (method, below)
    await second.get(f"{T}/list/{made['id']}")
    assert second.status == 404
    changed = await phone.send("PUT", path, {"title": "Family"})
    assert_valid("PUT", "/api/v1/lists/{id}", 200, changed)
    assert (changed["title"], changed["replies_policy"]) == ("Family", "followed")
    shown = await phone.get(path)
    assert_valid("GET", "/api/v1/lists/{id}", 200, shown)
    every = await phone.get("/api/v1/lists")
    assert_valid("GET", "/api/v1/lists", 200, every)
    assert every == [shown] == [changed]
    gone = await phone.send("DELETE", f"{path}/accounts", {"account_ids[]": [bob]})
    assert_valid("DELETE", "/api/v1/lists/{id}/accounts", 200, gone)
    assert await phone.get(f"{T}/list/{made['id']}") == []
    deleted = await phone.send("DELETE", path)
    assert_valid("DELETE", "/api/v1/lists/{id}", 200, deleted)
    assert await phone.get("/api/v1/lists") == []


async def test_b70_an_exclusive_list_takes_people_out_of_home(
    phone: App, second: App, instance: Instance, clock: Any
) -> None:
    """B70: what they say is read in the list alone, and at home again when that ends."""
    mine, other = await say(phone, "me"), await say(second, "before")
    await follow(instance, mine, other)
    home = {"exclusive": "true", "title": "Loud"}
    made = await phone.post("/api/v1/lists", home)
    assert made["exclusive"] is True
    people = {"account_ids[]": [other["account"]["id"]]}
    await phone.post(f"/api/v1/lists/{made['id']}/accounts", people)
    clock.advance(minutes=1)
    said = await say(second, "loud")
    assert ids(await phone.get(f"{T}/list/{made['id']}")) == [said["id"], other["id"]]
    assert ids(await phone.get(f"{T}/home")) == [mine["id"]]
    await phone.send("PUT", f"/api/v1/lists/{made['id']}", {"exclusive": "false"})
    assert ids(await phone.get(f"{T}/home")) == [said["id"], other["id"], mine["id"]]
    await phone.send("PUT", f"/api/v1/lists/{made['id']}", {"exclusive": "true"})
    assert ids(await phone.get(f"{T}/home")) == [mine["id"]]
    await phone.send("DELETE", f"/api/v1/lists/{made['id']}/accounts", people)
    assert ids(await phone.get(f"{T}/home")) == [said["id"], other["id"], mine["id"]]


async def test_b73_b74_what_one_keeps(phone: App, second: App) -> None:
    """B73, B74: GET /api/v1/favourites, GET /api/v1/bookmarks, by when it was pressed."""
    one, two = await say(second, "one"), await say(second, "two")
    for path, press in (("favourites", "favourite"), ("bookmarks", "bookmark")):
        for each in (two, one):
            await phone.post(f"{S}/{each['id']}/{press}")
        found = await phone.get(f"/api/v1/{path}", limit=1)
        assert_valid("GET", f"/api/v1/{path}", 200, found)
        assert ids(found) == [one["id"]]
        assert ids(await phone.call("GET", neighbour(phone, "next"))) == [two["id"]]
        assert await second.get(f"/api/v1/{path}") == []


async def test_direct_posts_of_old_apps(phone: App, second: App) -> None:
    """GET /api/v1/timelines/direct: of those in it alone; B94: nothing that is held back."""
    held = await say(phone, "@bob psst, stranger", visibility="direct")
    assert await second.get(f"{T}/direct") == []
    assert ids(await phone.get(f"{T}/direct")) == [held["id"]]
    await second.post(f"/api/v1/accounts/{held['account']['id']}/follow")
    said = await say(phone, "@bob psst", visibility="direct")
    found = await second.get(f"{T}/direct")
    assert_valid("GET", f"{T}/direct", 200, found)
    assert ids(found) == [said["id"]]
    [conversation] = await second.get("/api/v1/conversations")
    await second.call("DELETE", f"/api/v1/conversations/{conversation['id']}")
    assert await second.get(f"{T}/direct") == [], "removed from the list"
    more = await say(phone, "@bob again", visibility="direct", in_reply_to_id=said["id"])
    assert ids(await second.get(f"{T}/direct")) == [more["id"]]


async def test_a_page_costs_the_same_for_any_length(
    phone: App, second: App, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number of queries does not grow with posts, boosts, quotes and polls on a page."""
    from_second = [await say(second, f"post {number}") for number in range(4)]
    for each in from_second:
        await phone.post(f"{S}/{each['id']}/reblog")
        await say(phone, "look", quoted_status_id=each["id"])
    with counted(instance, monkeypatch) as few:
        await phone.get(f"{T}/home", limit=3)
    with counted(instance, monkeypatch) as many:
        found = await phone.get(f"{T}/home", limit=7)
    assert len(found) == 7
    assert len(many) == len(few)


@pytest.mark.parametrize("seed", range(5))
async def test_b119_nothing_is_skipped_or_repeated_while_posts_arrive(
    phone: App, second: App, instance: Instance, clock: Any, seed: int
) -> None:
    """B68, B119: home is walked by ids of statuses, down and up, while others post and boost."""
    chance = random.Random(seed)
    mine = await say(phone, "me")
    await follow(instance, mine, await say(second, "you"))
    with instance.store.active():
        alice = await actors.get(int(mine["account"]["id"]))
        dave = await make_remote(instance, "dave")
        await befriend(instance, alice, dave)

    async def something_happens() -> None:
        clock.advance(seconds=chance.randrange(1, 100))
        what = chance.randrange(3)
        if what == 0:
            await say(second, "said")
        elif what == 1:
            made = await say(second, "@nobody re", visibility="unlisted")
            await phone.post(f"{S}/{made['id']}/reblog")
        else:
            age = timedelta(seconds=chance.randrange(1, 500))  # older ones stand at their time
            with instance.store.active():
                await hear(instance, dave, "late", age=age)
                await settle(instance)

    for _ in range(12):
        await something_happens()
    whole = ids(await phone.get(f"{T}/home", limit=40))
    walked: list[str] = []
    while page := ids(
        await phone.get(f"{T}/home", limit=3, **({"max_id": walked[-1]} if walked else {}))
    ):
        walked += page
        await something_happens()
    assert walked == whole
    upwards = [whole[-1]]
    while page := ids(await phone.get(f"{T}/home", limit=2, min_id=upwards[-1])):
        upwards += reversed(page)
    assert upwards[::-1] == ids(await phone.get(f"{T}/home", limit=40))
