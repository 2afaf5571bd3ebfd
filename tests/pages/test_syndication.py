"""RSS and Atom of people and hashtags (B130): what is in them, for whom, and how often."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from instance.resources import Instance
from storage import actors
from tests.asgi import Answer
from tests.pages.browser import Browser
from users import suspending
from webapp.syndication_rendering import ATOM

A = f"{{{ATOM}}}"


async def feed(app: Any, path: str, **sends: str) -> Answer:
    """Ask as a feed reader does."""
    return await Browser(app).request("GET", path, sends={"Accept": "*/*", **sends})


def titles(answer: Answer) -> list[str]:
    root = ET.fromstring(answer.body)  # noqa: S314 - what we wrote ourselves
    return [str(each.text) for each in root.iterfind("channel/item/title")] or [
        str(each.text) for each in root.iterfind(f"{A}entry/{A}title")
    ]


@pytest.mark.parametrize("kind", ["rss", "atom"])
async def test_b130_public_posts_of_a_person_alone(app: Any, alice: Browser, kind: str) -> None:
    """B130, PV-5: nothing that is not for everybody."""
    first = await alice.write("For everybody", audience="public")
    await alice.write("Quietly", audience="unlisted")
    await alice.write("For followers", audience="followers")
    await alice.write("For those I mention", audience="direct")
    answer = await feed(app, f"/@alice.{kind}")
    assert answer.status == 200
    assert f"application/{kind}+xml" in answer.headers["content-type"]
    assert titles(answer) == ["For everybody"]
    assert f"https://alpha.test{first}" in answer.text
    assert "followers" not in answer.text


@pytest.mark.parametrize("kind", ["rss", "atom"])
async def test_b130_hashtags_have_feeds(app: Any, alice: Browser, kind: str) -> None:
    await alice.write("Look: #Ferries", audience="public")
    await alice.write("Quietly #ferries", audience="unlisted")
    answer = await feed(app, f"/tags/ferries.{kind}")
    assert titles(answer) == ["Look: #Ferries"]
    assert (await feed(app, f"/tags/no%20tag.{kind}")).status == 404
    assert titles(await feed(app, f"/tags/nothing.{kind}")) == []


@pytest.mark.parametrize("kind", ["rss", "atom"])
async def test_hx15_whatever_people_write_is_escaped(app: Any, alice: Browser, kind: str) -> None:
    """HX-15, B130."""
    wild = "]]> <script>alert(1)</script> & \u202e \u0007bell"
    await alice.write(wild, audience="public", note="<b>&amp;</b>")
    await alice.get("/settings/profile")
    await alice.submit("/settings/profile", name="</title><script>&", bio="<!-- ]]>")
    answer = await feed(app, f"/@alice.{kind}")
    root = ET.fromstring(answer.body)  # noqa: S314 - what we wrote ourselves
    assert b"<script>" not in answer.body
    assert "script" not in {each.tag.rpartition("}")[2] for each in root.iter()}


async def test_b130_who_has_it_already_is_told_so(app: Any, alice: Browser) -> None:
    await alice.write("One", audience="public")
    answer = await feed(app, "/@alice.rss")
    assert answer.headers["cache-control"] == "public, max-age=300"
    tag = answer.headers["etag"]
    again = await feed(app, "/@alice.rss", **{"If-None-Match": tag})
    assert (again.status, again.body) == (304, b"")
    await alice.write("Two", audience="public")
    changed = await feed(app, "/@alice.rss", **{"If-None-Match": tag})
    assert changed.status == 200
    assert titles(changed) == ["Two", "One"]


async def test_b130_a_feed_is_the_same_for_everybody(
    app: Any, alice: Browser, bob: Browser
) -> None:
    """B130, PV-21: caches may keep it, so a session changes nothing."""
    await alice.write("For everybody", audience="public")
    await bob.get("/@alice")
    await bob.submit("/@alice/follow")
    await alice.write("For followers", audience="followers")
    mine = await alice.request("GET", "/@alice.rss")
    theirs = await bob.request("GET", "/@alice.rss")
    assert mine.body == theirs.body == (await feed(app, "/@alice.rss")).body
    assert "set-cookie" not in mine.headers


async def test_b130_boosts_and_answers_are_not_in_it(
    app: Any, alice: Browser, bob: Browser
) -> None:
    path = await bob.write("By bob", audience="public")
    post_id = path.rpartition("/")[2]
    await alice.get(path)
    token = alice.form("^/compose$").fields["csrf"]
    await alice.post(f"/posts/{post_id}/boost", {"csrf": token, "do": "do"})
    await alice.get(path)
    await alice.submit("^/compose$", text="An answer", audience="public")
    await alice.write("By alice", audience="public")
    await alice.get("/@alice")
    assert "By bob" in alice.text
    assert titles(await feed(app, "/@alice.rss")) == ["By alice"]


async def test_b130_nobody_has_no_feed(app: Any, instance: Instance, alice: Browser) -> None:
    """B130, MO-3."""
    assert (await feed(app, "/@nobody.rss")).status == 404
    await alice.write("One", audience="public")
    with instance.store.active():
        who = await actors.find_by_handle("alice", None)
        assert who is not None
        await suspending.suspend(instance, who)
    assert (await feed(app, "/@alice.rss")).status == 404
    assert "By alice" not in (await feed(app, "/tags/ferries.rss")).text


async def test_pages_name_their_feeds(alice: Browser) -> None:
    """B130: readers find a feed by the address of the page."""
    await alice.get("/@alice")
    assert 'type="application/rss+xml" title="RSS" href="/@alice.rss"' in alice.text
    await alice.get("/tags/ferries")
    assert 'href="/tags/ferries.atom"' in alice.text
