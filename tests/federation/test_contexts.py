"""The context of a conversation that began here, as other servers read it (FEP-7888, FEP-f228)."""

import json
from typing import Any

from federation import parsing
from federation import vocabulary as v
from outbox import publishing
from storage.records import Actor, Post
from tests.federation.world import World
from tests.usecases.social import befriend, hear, say
from webapp.activitypub import contexts


async def read(world: World, target: str, asker: Any = None) -> dict[str, Any]:
    answer = await world.get(target, asker)
    assert answer.status == 200, (target, answer.status)
    found: dict[str, Any] = json.loads(answer.body)
    return found


def ids(page: dict[str, Any]) -> list[str]:
    return [each if isinstance(each, str) else each["id"] for each in page["orderedItems"]]


def path(url: str) -> str:
    return url.removeprefix("https://alpha.test")


async def answers(world: World, root: Post, count: int) -> list[Post]:
    return [
        await say(world.instance, world.bob, f"{number}", in_reply_to_id=root.id)
        for number in range(count)
    ]


async def test_a181_a_post_names_its_context_and_answers_copy_it(world: World) -> None:
    """A181, A182, FEP-7888; `conversation` says the same to older servers."""
    root = await say(world.instance, world.alice, "root")
    answer = await say(world.instance, world.bob, "answer", in_reply_to_id=root.id)
    for post in (root, answer):
        document = await read(world, f"/posts/{post.id}")
        assert document["context"] == f"https://alpha.test/posts/{root.id}/context"
        assert document["conversation"] == document["context"]
    theirs = world.victor.note("root", context="https://v.test/c/1")
    await world.tell(world.victor, world.victor.create(theirs))
    there = await world.find(theirs)
    assert there is not None
    ours = await say(world.instance, world.alice, "answer", in_reply_to_id=there.id)
    assert (await read(world, f"/posts/{ours.id}"))["context"] == "https://v.test/c/1"


async def test_a181_the_context_lists_all_hosts_the_first_post_first(world: World) -> None:
    """FEP-f228: chronological, in pages, with total and owner; own posts whole, others by id."""
    root = await say(world.instance, world.alice, "root")
    below = await answers(world, root, 45)
    victor = await world.actor(world.victor)
    below.append(await hear(world.instance, victor, parent=below[-1]))
    found = await read(world, f"/posts/{root.id}/context")
    assert (found["type"], found["totalItems"]) == ("OrderedCollection", 47)
    assert found["attributedTo"] == world.alice.uri
    first = found["first"]
    assert len(first["orderedItems"]) == contexts.PAGE_ITEMS
    assert "@context" not in first["orderedItems"][0]
    assert first["orderedItems"][0]["content"] == "<p>root</p>"
    second = await read(world, path(first["next"]))
    assert second["partOf"] == found["id"]
    assert "next" not in second
    assert [*ids(first), *ids(second)] == [post.uri for post in (root, *below)]
    assert second["orderedItems"][-1] == below[-1].uri
    again = await read(world, path(first["id"]))
    assert ids(again) == ids(first)
    assert isinstance(parsing.parse_collection(found).first, v.Collection)


async def test_pv8_a_context_shows_nothing_that_is_not_for_everybody(world: World) -> None:
    """PV-1, PV-2, PV-8, PV-20: followers-only, direct and deleted answers; who signs sees more."""
    root = await say(world.instance, world.alice, "root")
    narrow = await say(
        world.instance, world.bob, "narrow", in_reply_to_id=root.id, visibility="followers"
    )
    direct = await say(
        world.instance, world.bob, "@alice psst", in_reply_to_id=root.id, visibility="direct"
    )
    gone = await say(world.instance, world.bob, "gone", in_reply_to_id=root.id)
    await publishing.delete(world.instance, world.bob, gone.id)
    target = f"/posts/{root.id}/context"
    for asker in (None, world.honest):
        found = await read(world, target, asker)
        assert ids(found["first"]) == [root.uri]
        assert found["totalItems"] == 1
    honest = await world.actor(world.honest)
    await befriend(world.instance, honest, world.bob)
    seen = await world.get(target, world.honest)
    assert ids(json.loads(seen.body)["first"]) == [root.uri, narrow.uri]
    assert "no-store" in seen.headers["cache-control"]
    assert direct.uri not in seen.text


async def test_pv1_the_context_of_a_hidden_post_is_hidden(world: World) -> None:
    """PV-1: and of answers, and of what is elsewhere, there is none."""
    narrow = await say(world.instance, world.alice, "narrow", visibility="followers")
    root = await say(world.instance, world.alice, "root")
    answer = (await answers(world, root, 1))[0]
    victor: Actor = await world.actor(world.victor)
    remote = await hear(world.instance, victor)
    for post_id in (narrow.id, answer.id, remote.id, 1):
        assert (await world.get(f"/posts/{post_id}/context")).status == 404
    await befriend(world.instance, victor, world.alice)
    assert (await world.get(f"/posts/{narrow.id}/context", world.victor)).status == 200
    await publishing.delete(world.instance, world.alice, root.id)
    assert (await world.get(f"/posts/{root.id}/context")).status == 410
