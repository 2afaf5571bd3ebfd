"""Posts for some followers: those in a list, or those whom one follows too (B37)."""

from datetime import timedelta
from typing import Any

import pytest

from federation import vocabulary as v
from inbox import arrivals
from instance.resources import Instance
from outbox import circles, publishing
from posts.drafts import Draft
from storage import actors
from storage.records import Actor
from tests.clients.apps import App, say
from tests.clients.schema import assert_valid
from tests.internet import FakeInternet
from tests.pages.browser import Browser
from tests.pages.conftest import carol as carol
from tests.usecases.social import answering, befriend, delivered, make_remote

S = "/api/v1/statuses"


def words(found: list[dict[str, Any]]) -> list[str]:
    return [each["content"].removeprefix("<p>").removesuffix("</p>") for each in found]


async def actor_of(app: App) -> Actor:
    mine = await app.get("/api/v1/accounts/verify_credentials")
    return await actors.get(int(mine["id"]))


async def list_of(app: App, *people: Actor) -> str:
    made = await app.post("/api/v1/lists", {"title": "Close"})
    ids = [str(each.id) for each in people]
    await app.post(f"/api/v1/lists/{made['id']}/accounts", {"account_ids[]": ids})
    return f"list:{made['id']}"


async def test_b37_b121_a_post_for_those_in_a_list_who_follow(
    phone: App,
    second: App,
    client: App,
    carol: Browser,
    instance: Instance,
    internet: FakeInternet,
) -> None:
    """B37, B121, PV-1, PV-6, PV-7: POST /api/v1/statuses with `visibility=list:ID`, as Akkoma's.

    They get it at home, it names nobody, and to apps it is direct: to nobody else, and boosted by
    nobody. Who does not follow gets nothing, in the list or not.
    """
    third = await client.let_in_by(carol)
    answering(internet, "beta.test", "far.test")
    with instance.store.active():
        alice, bob = await actor_of(phone), await actor_of(second)
        dave, erin = (
            await make_remote(instance, "dave"),
            await make_remote(instance, "e", "far.test"),
        )
        for follower in (bob, dave, erin):
            await befriend(instance, follower, alice)
        audience = await list_of(phone, bob, dave, await actor_of(third))
        await delivered(instance, internet)
    said = await say(phone, "for some", visibility=audience)
    assert_valid("POST", S, 200, said)
    assert (said["visibility"], said["mentions"]) == ("direct", [])
    path = f"{S}/{said['id']}"
    assert words(await second.get("/api/v1/timelines/home")) == ["for some"]
    await third.get(path)
    assert third.status == 404
    for app in (phone, second):
        assert await app.get("/api/v1/conversations") == []
        assert await app.get("/api/v1/timelines/direct") == []
    assert "mention" not in {each["type"] for each in await second.get("/api/v1/notifications")}
    await second.post(f"{path}/reblog")
    assert second.status in {403, 422}
    with instance.store.active():
        (sent,) = await delivered(instance, internet)
    assert sorted(sent["object"]["to"]) == sorted([bob.uri, dave.uri])
    assert (sent["object"].get("cc", []), sent["object"].get("tag", [])) == ([], [])
    assert internet.sent_to("far.test") == []
    # What the author adds goes to the same people; who answers writes to the author alone.
    await say(phone, "and more", in_reply_to_id=said["id"], visibility="direct")
    assert words(await second.get("/api/v1/timelines/home")) == ["and more", "for some"]
    answer = await say(second, "thanks", in_reply_to_id=said["id"], visibility="direct")
    assert [each["acct"] for each in answer["mentions"]] == ["alice"]
    with instance.store.active():
        assert all("thanks" not in str(each) for each in await delivered(instance, internet))
    changed = await phone.send("PUT", path, {"status": "for some, @bob"})
    assert [each["acct"] for each in changed["mentions"]] == ["bob"]
    await phone.send("DELETE", path)
    with instance.store.active():
        assert (await delivered(instance, internet))[-1]["type"] == "Delete"


async def test_b37_nobody_too_many_and_lists_of_others(
    phone: App, second: App, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B37, PV-9: POST /api/v1/statuses says so, and posts nothing."""
    with instance.store.active():
        alice, bob = await actor_of(phone), await actor_of(second)
        audience = await list_of(phone, bob)
        theirs = await list_of(second, alice)
    for wrong, status in ((audience, 422), ("mutual", 422), (theirs, 404), ("list:x", 422)):
        await phone.post(S, {"status": "x", "visibility": wrong})
        assert phone.status == status, wrong
    with instance.store.active():
        await befriend(instance, bob, alice)
    monkeypatch.setattr(circles, "MEMBERS_MAX", 0)
    await phone.post(S, {"status": "x", "visibility": audience})
    assert (phone.status, "more than 0 people" in phone.answer.text) == (422, True)
    assert await phone.get("/api/v1/timelines/home") == []


async def test_b37_mutuals_are_chosen_in_the_form(
    alice: Browser, bob: Browser, carol: Browser, instance: Instance
) -> None:
    """B37: on pages, without scripts, and kept in drafts; other followers see nothing."""
    await alice.get("/lists")
    await alice.submit("/lists", title="Close")
    with instance.store.active():
        people = [await actors.find_by_handle(name, None) for name in ("alice", "bob", "carol")]
        one, two, three = (each for each in people if each is not None)
        for follower, followed in ((one, two), (two, one), (three, one)):
            await befriend(instance, follower, followed)
    await alice.get("/compose")
    assert '<optgroup label="Some of my followers">' in alice.text
    assert ">Those in Close</option>" in alice.text
    await alice.submit("/compose", text="for friends", audience="mutuals", do="keep")
    await alice.get("/drafts")
    assert "Chosen followers" in alice.text
    await alice.get("/compose")
    await alice.submit("/compose", text="for friends", audience="mutuals")
    with instance.store.active():
        thread = Draft("part one", visibility="mutuals", following=(Draft("part two"),))
        await publishing.publish(instance, one, thread)
    for reader, is_shown in ((alice, True), (bob, True), (carol, False)):
        await reader.get("/home")
        for words_of_it in ("for friends", "part one", "part two"):
            assert (words_of_it in reader.text) is is_shown
        assert ("Chosen followers" in reader.text) is is_shown


async def test_b37_such_posts_of_others_are_told_to_whom_they_would_escape(
    phone: App, second: App, instance: Instance
) -> None:
    """B37: who follows reads it at home; who does not is told of it, for it is nowhere else."""
    with instance.store.active():
        alice, bob = await actor_of(phone), await actor_of(second)
        dora = await make_remote(instance, "dora")
        await befriend(instance, alice, dora)
        note = v.Note(
            f"{dora.uri}/posts/1",
            "Note",
            dora.uri,
            content="for some",
            to=(alice.uri, bob.uri, "https://far.test/users/e"),
            published=instance.now() - timedelta(minutes=1),
        )
        people = await arrivals.people_named(instance, note, dora)
        post = await arrivals.store(instance, note, dora, people)
        assert post is not None
        async with instance.store.transaction():
            await arrivals.show(instance, post, dora)
    assert words(await phone.get("/api/v1/timelines/home")) == ["for some"]
    assert await phone.get("/api/v1/notifications") == []
    (told,) = await second.get("/api/v1/notifications", include_filtered="true")
    assert (told["type"], words([told["status"]])) == ("mention", ["for some"])
    assert await second.get("/api/v1/conversations") == []  # held back as a private word (B94)
    (held,) = await second.get("/api/v1/notifications/requests")
    await second.post(f"/api/v1/notifications/requests/{held['id']}/accept")
    assert len(await second.get("/api/v1/conversations")) == 1
