"""MO-3: somebody who lives here is suspended: no door is open to them, and nobody meets them."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from instance.errors import Conflict
from instance.resources import Instance
from storage import actors, users
from storage.records import Actor, UserState
from tests.clients.apps import App
from tests.instances import drain
from tests.internet import FakeInternet
from tests.pages.browser import Browser
from tests.usecases.social import answering, befriend, make_remote
from users import suspending

ACTIVITY = "application/activity+json"
NOTE = {"@context": "https://www.w3.org/ns/activitystreams", "type": "Note", "content": "<p>In</p>"}


@pytest.fixture(autouse=True)
def _active(instance: Instance) -> Iterator[None]:
    with instance.store.active():
        yield


@pytest.fixture
async def me(alice: Browser) -> Actor:
    assert alice.status == 200
    return await named("alice")


async def named(name: str) -> Actor:
    found = await actors.find_by_handle(name, None)
    assert found is not None
    return found


async def test_mo3_sessions_and_tokens_of_the_suspended_open_nothing(
    instance: Instance, me: Actor, alice: Browser, client: App
) -> None:
    """MO-3, AU-27: cookies, tokens, codes, refresh tokens and the password; all are good again."""
    issued = await client.exchange(await client.code_of(alice))
    phone = replace(client, token=issued["access_token"])
    code = await client.code_of(alice)
    mine = {"client_id": client.client_id, "client_secret": client.client_secret}
    refreshing = {**mine, "grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}
    await suspending.suspend(instance, me)
    for path in ("/home", "/settings", "/notifications"):
        await alice.get(path)
        assert alice.path == "/suspended", path
    stranger = Browser(alice.app)
    await stranger.get("/log-in")
    await stranger.submit("/log-in", name="alice", password="a fine long password")
    assert (stranger.path, stranger.status) == ("/suspended", 200)
    await stranger.get("/home")
    assert stranger.path == "/suspended"
    await phone.get("/oauth/userinfo")
    assert phone.status == 401
    own = me.uri.removeprefix("https://alpha.test")
    await phone.call("POST", f"{own}/outbox", json.dumps(NOTE).encode(), ACTIVITY)
    assert phone.status == 401
    await phone.call("GET", f"{own}/inbox", Accept=ACTIVITY)
    assert phone.status == 401
    assert (await client.exchange(code))["error"] == "invalid_grant"
    assert (await client.post("/oauth/token", refreshing))["error"] == "invalid_grant"

    await suspending.unsuspend(instance, await named("alice"))
    await phone.get("/oauth/userinfo")
    assert phone.status == 200
    again = await client.post("/oauth/token", refreshing)
    assert replace(client, token=again["access_token"]).token
    await alice.get("/home")
    assert (alice.path, alice.status) == ("/home", 200)


async def test_mo3_the_suspended_and_their_posts_are_nowhere(
    instance: Instance, me: Actor, alice: Browser, bob: Browser, client: App
) -> None:
    """MO-3: 404 for pages and documents (410 would have no way back), and all comes back."""
    await befriend(instance, await named("bob"), me)
    post = await alice.write("Heard by many")
    number = post.rpartition("/")[2]
    await drain(instance)
    own = me.uri.removeprefix("https://alpha.test")
    documents = (
        *(own, f"{own}/outbox", f"{own}/outbox?page=true", f"{own}/followers"),
        *(f"{own}/featured", f"/posts/{number}"),
        *(f"/posts/{number}/{what}" for what in ("replies", "context", "likes", "shares")),
        f"/activities/{number}",
        "/.well-known/webfinger?resource=acct:alice@alpha.test",
        f"/.well-known/webfinger?resource={me.uri}",
    )
    pages = ("/@alice", post, "/@alice/followers", "/@alice/feed")

    async def statuses() -> dict[str, int]:
        found = {}
        for path in documents:
            await client.call("GET", path, Accept=ACTIVITY)
            found[path] = client.status
        for path in pages:
            found[path] = (await bob.get(path)).status
        return found

    before = await statuses()
    assert before[own] == before[f"/posts/{number}"] == before["/@alice"] == 200
    assert "Heard by many" in (await bob.get("/home")).text
    await suspending.suspend(instance, me)
    assert await statuses() == dict.fromkeys(before, 404)
    for path in ("/home", "/explore", "/search?q=alice", "/people"):
        await bob.get(path)
        assert "Heard by many" not in bob.text, path
        assert 'href="/@alice"' not in bob.text, path
    await suspending.unsuspend(instance, await named("alice"))
    assert await statuses() == before
    assert "Heard by many" in (await bob.get("/home")).text


async def test_mo3_nothing_leaves_for_the_suspended(
    instance: Instance, internet: FakeInternet, me: Actor, alice: Browser
) -> None:
    """MO-3: neither what is not planned yet nor what waits to be delivered."""
    answering(internet, "beta.test")
    await befriend(instance, await make_remote(instance, "ben"), me)
    await alice.write("On its way")
    await suspending.suspend(instance, me)
    await drain(instance)
    assert [each for each in internet.requests if each.method == "POST"] == []
    await suspending.unsuspend(instance, await named("alice"))
    await alice.write("Here again")
    await drain(instance)
    (sent,) = [each for each in internet.requests if each.method == "POST"]
    assert "Here again" in sent.content.decode()


async def test_mo3_who_waits_at_the_door_is_not_let_in_by_it(instance: Instance, me: Actor) -> None:
    """MO-3: `unsuspend` is no way around approval; both are done once."""
    user = await users.find_by_actor(me.id)
    assert user is not None
    await users.save(replace(user, state=UserState.PENDING))
    await actors.save(replace(me, suspended_at=instance.now()))
    for act in (suspending.suspend, suspending.unsuspend):
        with pytest.raises(Conflict):
            await act(instance, me)
    await users.save(user)
    await suspending.unsuspend(instance, me)
    with pytest.raises(Conflict):
        await suspending.unsuspend(instance, me)
