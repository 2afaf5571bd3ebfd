"""Posts that stay on this server (B36): read by who is logged in here, and by nobody else."""

import re

import pytest

from inbox import meant
from instance.errors import NotFound
from instance.resources import Instance
from posts import threads
from storage import actors, posts
from storage.records import RowId
from tests.clients.apps import App, say
from tests.clients.schema import assert_valid
from tests.internet import FakeInternet
from tests.pages.browser import Browser
from tests.usecases.social import befriend, delivered, make_remote

S = "/api/v1/statuses"


async def test_b36_b121_nothing_of_it_leaves_the_server(
    phone: App, second: App, instance: Instance, internet: FakeInternet
) -> None:
    """B36, B121: said, edited, answered, liked, voted in and deleted, and nobody elsewhere hears.

    Neither followers elsewhere nor people elsewhere whom it names.
    """
    with instance.store.active():
        mine = await say(phone, "hello")
        alice = await actors.get(int(mine["account"]["id"]))
        dave = await make_remote(instance, "dave")
        await befriend(instance, dave, alice)
        await delivered(instance, internet, dave.host or "")
    poll = {"poll[options][]": ["a", "b"], "poll[expires_in]": "600"}
    made = await say(phone, f"@dave@{dave.host} among us", local_only="true", **poll)
    assert_valid("POST", S, 200, made)
    assert (made["local_only"], made["visibility"]) == (True, "private")
    path = f"{S}/{made['id']}"
    assert (await second.get(path))["content"] == made["content"]
    answer = await say(second, "@alice yes", in_reply_to_id=made["id"], visibility="private")
    assert answer["local_only"] is True
    await second.post(f"{path}/favourite")
    await second.post(f"/api/v1/polls/{made['id']}/votes", {"choices[]": ["1"]})
    await second.post(f"{path}/reblog")
    assert second.status in {403, 422}
    await second.post(S, {"status": "look", "quoted_status_id": made["id"]})
    assert second.status == 403
    await phone.send("PUT", path, {"status": f"@dave@{dave.host} all of us", **poll})
    assert phone.status == 200
    await phone.send("DELETE", path)
    assert phone.status == 200
    with instance.store.active():
        assert await delivered(instance, internet, dave.host or "") == []


async def test_b36_pv_1_strangers_and_other_servers_find_nothing(phone: App, second: App) -> None:
    """B36, PV-1: no page, no object, no timeline of strangers has it; people here have it."""
    made = await say(phone, "among us #cats", local_only="true")
    nobody = App(phone.app)
    path = f"{S}/{made['id']}"
    for below in ("", "/context", "/history", "/favourited_by"):
        await nobody.get(f"{path}{below}")
        assert nobody.status == 404, below
    for accept in ("text/html", "application/activity+json"):
        for address in (f"/posts/{made['id']}", f"/@alice/{made['id']}"):
            await nobody.call("GET", address, Accept=accept)
            assert nobody.status in {303, 302, 404, 401}, (address, accept)
            assert b"among us" not in nobody.answer.body
    for address in (
        "/api/v1/timelines/public",
        "/api/v1/timelines/tag/cats",
        f"/api/v1/accounts/{made['account']['id']}/statuses",
        "/@alice",
        f"/actors/{made['account']['id']}/outbox?page=true",
    ):
        await nobody.call("GET", address)
        assert b"among us" not in nobody.answer.body, address
    here = await second.get(f"/api/v1/accounts/{made['account']['id']}/statuses")
    assert [each["id"] for each in here] == [made["id"]]


async def test_b36_people_elsewhere_may_not_react(phone: App, instance: Instance) -> None:
    """B36, A58: who is on another server may not see it, follower or not, named or not."""
    from_alice = await say(phone, "@dave@beta.test psst", local_only="true")
    with instance.store.active():
        alice = await actors.get(int(from_alice["account"]["id"]))
        dave = await make_remote(instance, "dave")
        await befriend(instance, dave, alice)
        post = await posts.get(RowId(int(from_alice["id"])))
        assert not await meant.may_react(post, dave)
        with pytest.raises(NotFound):
            await threads.visible_post(instance, post.id, dave)
        assert await threads.visible_post(instance, post.id, alice) == post


async def test_b36_it_is_not_private_as_well(phone: App) -> None:
    """B36: who asks for both is told that there is no such thing."""
    for visibility in ("private", "direct"):
        await phone.post(S, {"status": "x", "local_only": "true", "visibility": visibility})
        assert phone.status == 422
    assert (await say(phone, "x", visibility="local"))["local_only"] is True
    assert (await say(phone, "x", local_only="false"))["local_only"] is False


async def test_b36_it_is_written_and_answered_on_the_pages(
    alice: Browser, bob: Browser, browser: Browser
) -> None:
    """B36: an audience of the form and of the settings; an answer stays here by itself."""
    await alice.get("/compose")
    await alice.submit("/compose", text="among us", audience="local")
    await alice.get("/home")
    post = re.findall(r'href="(/@alice/\d+)"', alice.text)[0]
    assert "People on this server</p>" in alice.text
    assert (await browser.get(post)).status == 404
    await bob.get(f"/compose?reply_to={post.rsplit('/', 1)[1]}")
    assert bob.form("/compose").fields["audience"] == "local"
    select = re.findall(r'<select[^>]* name="audience">.*?</select>', bob.text, re.DOTALL)[0]
    assert re.findall(r'value="(\w+)"', select) == ["local", "direct"]
    await bob.submit("/compose", text="so it is")
    await browser.get("/@bob")
    assert "so it is" not in browser.text
    await alice.get("/settings/posting")
    assert "It does not leave this server." in alice.text
    await alice.submit("/settings/posting", audience="local")
    await alice.get("/home")
    assert alice.form("/compose").fields["audience"] == "local"
    await alice.submit("/compose", text="kept", do="keep")
    assert "People on this server" in alice.text
