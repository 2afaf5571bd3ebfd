"""The bubble: public posts of this server and of those that its operator calls near (B69, B121)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from federation import vocabulary as v
from inbox import arrivals
from instance.resources import Instance
from storage import actors, posts
from storage.records import Actor, Post
from tests.clients.apps import App, say
from tests.clients.schema import assert_valid
from tests.pages.browser import Browser
from tests.usecases.social import make_remote

BUBBLE = "/api/v1/timelines/bubble"


def near(instance: Instance, *hosts: str) -> None:
    feeds = replace(instance.settings.feeds, bubble=hosts)
    object.__setattr__(instance.settings, "feeds", feeds)


def note(author: Actor, text: str, **more: Any) -> v.Note:
    uri = f"{author.uri}/posts/{text}"
    return v.Note(uri, "Note", author.uri, content=text, to=more.pop("to", (v.PUBLIC,)), **more)


async def arrive(instance: Instance, author: Actor, text: str, **more: Any) -> Post:
    """A post as the inbox stores it."""
    said = replace(note(author, text, **more), published=instance.now() - timedelta(minutes=1))
    stored = await arrivals.store(instance, said, author, {})
    assert stored is not None
    return stored


def words(found: list[dict[str, Any]]) -> list[str]:
    return [each["content"].removeprefix("<p>").removesuffix("</p>") for each in found]


@pytest.fixture
async def arrived(instance: Instance) -> Post:
    """Somebody near said something, quietly too, and somebody far away."""
    near(instance, "near.test", "quay.test")
    with instance.store.active():
        dora = await make_remote(instance, "dora", "near.test")
        far = await make_remote(instance, "far", "far.test")
        said = await arrive(instance, dora, "near")
        await arrive(instance, dora, "quiet", to=(), cc=(v.PUBLIC,))
        await arrive(instance, dora, "followers", to=(f"{dora.uri}/followers",))
        await arrive(instance, far, "far")
    return said


async def test_b69_b121_public_posts_of_near_servers_for_apps(
    phone: App, client: App, instance: Instance, arrived: Post
) -> None:
    """B69, B121: GET /api/v1/timelines/bubble as Akkoma's, in pages, for strangers too (PV-17)."""
    await say(phone, "here")
    await say(phone, "for few", visibility="private")
    stranger = App(client.app)
    found = await stranger.get(BUBBLE)
    assert_valid("GET", "/api/v1/timelines/public", 200, found)
    assert words(found) == ["here", "near"]
    assert words(await stranger.get(BUBBLE, limit=1)) == ["here"]
    assert words(await stranger.get(BUBBLE, limit=1, max_id=found[0]["id"])) == ["near"]
    assert words(await stranger.get(BUBBLE, min_id=found[1]["id"])) == ["here"]
    assert words(await stranger.get(BUBBLE, remote="true")) == ["near"]
    with instance.store.active():
        dora = await actors.get(arrived.actor_id)
        changed = note(dora, "near", updated=instance.now())
        await arrivals.edit(instance, arrived, replace(changed, content="nearer"), dora)
        kept = await posts.find(arrived.id)
    assert kept is not None
    assert kept.in_bubble
    # PV-18: nobody meets whom they blocked; and a server that is taken out is gone at once.
    await phone.post(f"/api/v1/accounts/{arrived.actor_id}/block")
    assert words(await phone.get(BUBBLE)) == ["here"]
    near(instance, "quay.test")
    assert words(await stranger.get(BUBBLE)) == ["here"]


async def test_b121_where_apps_look_for_the_bubble(client: App, instance: Instance) -> None:
    """B121: as Akkoma says it, in NodeInfo and, where there is a bubble, about the instance."""
    for path in ("/api/v1/instance", "/api/v2/instance"):
        assert "pleroma" not in await client.get(path)
    told = (await client.get("/nodeinfo/2.0"))["metadata"]
    assert told["localBubbleInstances"] == []
    assert "bubble_timeline" not in told["features"]
    near(instance, "near.test")
    instance.kept.clear()
    told = (await client.get("/nodeinfo/2.0"))["metadata"]
    assert told["localBubbleInstances"] == ["near.test"]
    assert "bubble_timeline" in told["features"]
    for path in ("/api/v1/instance", "/api/v2/instance"):
        found = await client.get(path)
        assert_valid("GET", path, 200, found)
        assert "bubble_timeline" in found["pleroma"]["metadata"]["features"]


async def test_b69_a_page_of_neighbours(
    browser: Browser, instance: Instance, arrived: Post
) -> None:
    """B69: beside this server's and everybody's, where the operator named any."""
    del arrived
    await browser.get("/explore")
    assert ">Neighbours</a>" in browser.text
    await browser.get("/explore/neighbours")
    assert "its neighbours: near.test, quay.test." in browser.text
    assert "<p>near</p>" in browser.text
    assert "far" not in browser.text
    near(instance)
    await browser.get("/explore")
    assert ">Neighbours</a>" not in browser.text
    await browser.get("/explore/neighbours")
    assert browser.status == 404
