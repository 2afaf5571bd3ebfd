"""Managing one's followers and follows (B33): sorted, narrowed, many at once."""

import re
from datetime import timedelta

import pytest

from feeds import lists
from instance.resources import Instance
from outbox import following, managing
from storage import actors, relations
from storage.follow_lists import Order, Wanted
from storage.records import Actor, Page
from tests.instances import FakeClock
from tests.pages.browser import Browser
from tests.processes.people import forms_of
from tests.usecases.social import befriend, hear, make_person, make_remote, say


async def alice_of() -> Actor:
    found = await actors.find_by_handle("alice", None)
    assert found is not None
    return found


@pytest.fixture
async def crowd(
    instance: Instance, alice: Browser, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Actor]:
    """Alice follows ann (mutual, silent), ben (active) and cy of beta.test; ann and dan follow."""
    del alice
    monkeypatch.setattr(managing, "QUIET_FOR", timedelta(days=30))
    with instance.store.active():
        me = await alice_of()
        ann, ben = await make_person(instance, "ann"), await make_person(instance, "ben")
        dan, cy = await make_person(instance, "dan"), await make_remote(instance, "cy")
        await say(instance, ann)
        for person in (ben, ann, cy):
            await befriend(instance, me, person)
        for person in (ann, dan):
            await following.follow(instance, person, me)
        clock.advance(days=40)
        await say(instance, ben)
        await hear(instance, cy)
    return {"me": me, "ann": ann, "ben": ben, "cy": cy, "dan": dan}


def shown(browser: Browser) -> list[str]:
    return re.findall(r'aria-label="Choose (\w+)"', browser.text)


async def send(browser: Browser, **typed: str) -> None:
    """Send the form that changes something; the other one on the page only looks."""
    form = next(
        each for each in forms_of(browser.text) if "which" in each.fields and each.method == "post"
    )
    await browser.post("/relationships", {**form.fields, **typed})


async def test_b33_people_are_sorted_and_narrowed(alice: Browser, crowd: dict[str, Actor]) -> None:
    """B33: by follow, last post or name; those who follow back, are silent, or of one server."""
    del crowd
    for query, expected in (
        ("", ["cy", "ann", "ben"]),
        ("order=name", ["ann", "ben", "cy"]),
        ("order=active", ["cy", "ben", "ann"]),
        ("only=mutual", ["ann"]),
        ("only=quiet", ["ann"]),
        ("host=beta.test", ["cy"]),
        ("host=here&order=name", ["ann", "ben"]),
        ("which=followers&order=name", ["ann", "dan"]),
        ("which=followers&only=mutual", ["ann"]),
        ("which=x&order=y&only=z&after=9~%C3%A9&host=nowhere.test", []),
    ):
        await alice.get(f"/relationships?{query}")
        assert alice.status == 200
        assert shown(alice) == expected, query


async def test_b33_many_are_changed_at_once(
    instance: Instance, alice: Browser, crowd: dict[str, Actor]
) -> None:
    me = crowd["me"]
    with instance.store.active():
        made = await lists.create(instance, me, "Birds")
    await alice.get("/relationships")
    names = {f"who_{crowd[name].id}": "1" for name in ("ann", "ben")}
    await send(alice, do="list", list=str(made.id), **names)
    assert alice.status == 200
    with instance.store.active():
        assert len(await lists.members(instance, me, made.id, Page(limit=9))) == 2
    await alice.get("/relationships?order=name")
    await send(alice, do="unfollow", **names)
    assert "order=name" in alice.path
    assert shown(alice) == ["cy"]
    await alice.get("/relationships?host=beta.test")
    await send(alice, do="unfollow", all="1")
    await alice.get("/relationships")
    assert shown(alice) == []
    await alice.get("/relationships?which=followers")
    await send(alice, do="remove", **{f"who_{crowd['dan'].id}": "1"})
    assert shown(alice) == ["ann"]
    await send(alice, do="remove")
    assert alice.status == 422
    with instance.store.active():
        assert await relations.find_follow(crowd["dan"].id, me.id) is None


async def test_b33_lists_of_others_are_not_filled(
    instance: Instance, alice: Browser, crowd: dict[str, Actor]
) -> None:
    with instance.store.active():
        theirs = await lists.create(instance, crowd["dan"], "Mine")
    await alice.get("/relationships")
    person = {f"who_{crowd['ann'].id}": "1"}
    await send(alice, do="list", list=str(theirs.id), **person)
    assert alice.status == 404


@pytest.mark.parametrize("order", list(Order))
async def test_b33_pages_follow_each_other_without_gap(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, crowd: dict[str, Actor], order: Order
) -> None:
    """B33: pages by key, each in one query, together everybody once, in every order."""
    monkeypatch.setattr(managing, "PEOPLE_MAX", 2)
    with instance.store.active():
        seen, after = [], None
        for _ in range(5):
            rows, after = await managing.look_through(crowd["me"], Wanted(order=order), after)
            seen += [each.actor.username for each in rows]
            if after is None:
                break
    assert sorted(seen) == ["ann", "ben", "cy"]
