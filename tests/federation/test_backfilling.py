"""Profiles of people elsewhere, before anybody follows them: posts, pins, numbers, follow lists."""

from typing import Any

import httpx2
import pytest

from actors import remote
from feeds import public
from feeds.loading import dress
from inbox import backfilling
from outbox import following
from storage import actors, interactions, posts
from storage.records import Actor, Page, Post
from tests.federation.peers import PUBLIC, Person
from tests.federation.world import World


def publish(person: Person, items: list[Any], *, per_page: int = 20, **more: Any) -> None:
    """Serve an outbox in pages, newest first."""
    outbox, peer = f"{person.uri}/outbox", person.peer
    pages = [items[at : at + per_page] for at in range(0, len(items), per_page)] or [[]]
    peer.put(
        {
            "id": outbox,
            "type": "OrderedCollection",
            "totalItems": len(items),
            "first": f"{outbox}?page=0",
            **more,
        }
    )
    for number, page in enumerate(pages):
        document: dict[str, Any] = {
            "id": f"{outbox}?page={number}",
            "type": "OrderedCollectionPage",
            "partOf": outbox,
            "orderedItems": page,
        }
        if number + 1 < len(pages):
            document["next"] = f"{outbox}?page={number + 1}"
        peer.put(document)


async def stranger(world: World, **changes: Any) -> tuple[Person, Actor]:
    """Somebody whom nobody here follows."""
    person = world.honest.peer.join("stranger", 5, **changes)
    actor = await remote.find_or_fetch(world.instance, person.uri)
    person.peer.gets.clear()
    return person, actor


async def look(world: World, actor: Actor) -> list[Post]:
    """Look at a profile, let the jobs run, look again."""
    await backfilling.look_later(world.instance, actor)
    await world.settle()
    page = await public.profile(world.instance, actor, Page(limit=80), world.bob, with_replies=True)
    return [item.post for item in await dress(page.items)]


async def test_a175_the_last_posts_are_there_at_the_second_look(world: World) -> None:
    """A174, A175: 40 of them, newest first, in three requests; no feed, nobody told."""
    person, actor = await stranger(world)
    notes = []
    for number in range(60):
        world.clock.advance(minutes=1)
        notes.append(person.note(f"post {number} @bob", tag=[mention(world)]))
    publish(person, [person.create(note) for note in reversed(notes)])
    told = len(await world.told(world.bob))
    shown = await look(world, actor)
    assert [post.uri for post in shown] == [note["id"] for note in reversed(notes)][:40]
    assert len([path for path in person.peer.gets if "outbox" in path]) <= 4
    assert not any("/notes/" in path for path in person.peer.gets), "they stood in the outbox"
    assert await world.home(world.bob) == []
    assert len(await world.told(world.bob)) == told
    assert (await actors.get(actor.id)).posts_total == 60


def mention(world: World) -> dict[str, str]:
    return {"type": "Mention", "href": world.bob.uri, "name": "@bob@alpha.test"}


async def test_a175_once_a_day(world: World) -> None:
    person, actor = await stranger(world)
    publish(person, [person.create(person.note())])
    await look(world, actor)
    person.peer.gets.clear()
    await look(world, actor)
    assert person.peer.gets == []


async def test_a175_at_a_follow(world: World) -> None:
    """A175, A84: an Accept brings the profile too."""
    person, actor = await stranger(world)
    note = person.note()
    publish(person, [person.create(note)])
    await following.follow(world.instance, world.alice, actor)
    accepted = {"type": "Follow", "actor": world.alice.uri, "object": person.uri}
    assert await world.tell(person, person.activity("Accept", object=accepted)) == 202
    assert await world.find(note) is not None


async def test_a175_only_what_is_theirs_and_for_everybody(world: World) -> None:
    """OR-2, OR-5, PV-1: no post of others, of other hosts, for followers, or under our name."""
    person, actor = await stranger(world)
    good = person.note("good")
    secret = person.note("secret", to=[person.followers], cc=[])
    of_neighbour = person.note("not mine", attributedTo=f"{person.peer.url}/users/honest")
    elsewhere = person.note("elsewhere", id="https://v.test/notes/77")
    ours = person.note("ours", id=f"{world.alice.uri}#note")
    others_act = person.create(person.note("act")) | {"actor": world.victor.uri}
    made = [person.create(note) for note in (secret, of_neighbour, elsewhere, ours, good)]
    odd: list[Any] = [others_act, "https://b.test/activities/x", 7, None, {"type": "Like"}]
    publish(person, [*odd, *made])
    assert [post.uri for post in await look(world, actor)] == [good["id"]]


async def test_a175_what_is_named_by_id_is_fetched_within_bounds(world: World) -> None:
    """A175, RX-11: twenty requests at most."""
    person, actor = await stranger(world)
    notes = [person.note(f"{number}") for number in range(30)]
    publish(person, [person.create(note["id"]) for note in notes])
    shown = await look(world, actor)
    assert len(shown) == backfilling.POSTS_BY_ID_MAX
    asked = [path for path in person.peer.gets if "/notes/" in path]
    assert len(asked) == backfilling.POSTS_BY_ID_MAX


async def test_e76_an_outbox_without_end(world: World) -> None:
    """E76, E77, RX-10: pages that lead to themselves, to others, that are empty, without end."""
    person, actor = await stranger(world)
    outbox = f"{person.uri}/outbox"
    publish(person, [], totalItems=-5)
    for number in range(40):
        person.peer.put(
            {
                "id": f"{outbox}?page={number}",
                "type": "OrderedCollectionPage",
                "orderedItems": [],
                "next": f"{outbox}?page={number + 1}",
            }
        )
    assert await look(world, actor) == []
    assert len([path for path in person.peer.gets if "?page" in path]) <= 3


@pytest.mark.parametrize(("status", "asked"), [(404, 2), (403, 2), (410, 2), (500, 3)])
async def test_a175_an_outbox_that_cannot_be_read(world: World, status: int, asked: int) -> None:
    """A175: for posts once and no more; only the question for their number is asked again."""
    person, actor = await stranger(world)
    person.peer.documents["/users/stranger/outbox"] = httpx2.Response(status)
    assert await look(world, actor) == []
    world.clock.advance(hours=3)
    await world.settle()
    assert len([path for path in person.peer.gets if path.endswith("outbox")]) == asked


async def test_a174_pins_are_shown_first(world: World) -> None:
    """A171, A174: also when they are older than all that was fetched."""
    featured = f"{world.honest.peer.url}/users/stranger/featured"
    person, actor = await stranger(world, featured=featured)
    pinned = person.note("pinned")
    person.peer.put({"id": featured, "type": "OrderedCollection", "orderedItems": [pinned["id"]]})
    publish(person, [])
    await look(world, actor)
    assert [post.uri for post in await interactions.pinned_of(actor.id)] == [pinned["id"]]


async def test_a174_follow_lists_are_shown_as_their_server_tells_them(world: World) -> None:
    """A174: strangers on them are looked up, twenty at most; what others claim is not read."""
    person, actor = await stranger(world)
    known = [world.mallory.uri, world.alice.uri]
    unknown = [world.victor.peer.join(f"person{number}", 6).uri for number in range(25)]
    listed: dict[str, Any] = {"type": "OrderedCollection", "orderedItems": [*known, *unknown]}
    person.peer.put({"id": person.followers, **listed})
    assert await backfilling.people(world.instance, actor, "followers") == []
    await world.settle()
    found = await backfilling.people(world.instance, actor, "followers")
    assert [each.uri for each in found] == [*known, *unknown[: backfilling.PEOPLE_FETCHED_MAX]]
    other = await actors.get(actor.id)
    assert await backfilling.people(world.instance, other, "following") == []


async def test_a175_a_post_comes_with_its_audience(world: World) -> None:
    """PV-1: unlisted posts stay unlisted."""
    person, actor = await stranger(world)
    quiet = person.note("quiet", to=[person.followers], cc=[PUBLIC])
    publish(person, [person.create(quiet)])
    (shown,) = await look(world, actor)
    assert shown.visibility == "unlisted"
    assert await posts.find_by_uri(quiet["id"]) == shown
