"""Followers synchronization (FEP-8fcf): two servers that remember different follows agree again."""

import json
from urllib.parse import urlsplit

import pytest

from federation import synchronization
from federation.synchronization import HEADER, Digest, Synchronization
from outbox import following
from storage import actors, relations
from storage.records import FollowState
from tests.federation.peers import signed
from tests.federation.test_two_instances import Side, follow
from tests.federation.world import S, World
from tests.instances import Instances
from tests.usecases.social import befriend, make_person

EMPTY = "0" * 64


@pytest.fixture
async def sides(instances: Instances) -> tuple[Side, Side]:
    """alice and ann of alpha follow bea of beta, who writes."""
    made = []
    for host, name in (("alpha", "alice"), ("beta", "bea")):
        instance = await instances.make(host)
        with instance.store.active():
            made.append(Side(instance, await make_person(instance, name), instances))
    here, there = made
    await follow(here, there)
    async with here.acting() as instance:
        ann = await make_person(instance, "ann")
        await following.follow(instance, ann, await here.find(there))
    return here, there


async def forget(side: Side, follower: str, followed: str) -> None:
    """Lose a follow without telling anybody, as a restored backup does."""
    with side.instance.store.active():
        one, other = await actors.find_by_uri(follower), await actors.find_by_uri(followed)
        assert one is not None
        assert other is not None
        await relations.remove_follow(one.id, other.id)


async def test_a160_deliveries_to_followers_carry_their_digest(sides: tuple[Side, Side]) -> None:
    """A160, E129: of the followers at that host alone, once an hour at most."""
    here, there = sides
    internet = here.instances.internet
    internet.sent_to("alpha.test").clear()
    for text in ("one", "two"):
        await there.say(text)
    first, second = internet.sent_to("alpha.test")[-2:]
    said = synchronization.parse(first.headers[HEADER])
    assert said is not None
    with here.instance.store.active():
        ann = await actors.find_by_handle("ann", None)
    assert ann is not None
    assert said.collection == f"{there.person.uri}/followers"
    assert said.digest == str(Digest([ann.uri, here.person.uri]))
    assert HEADER not in second.headers


async def test_a160_a_follow_that_the_other_server_lost_is_ended_here(
    sides: tuple[Side, Side],
) -> None:
    """A160, PV-15: else what is for followers is shown to somebody who is none any more."""
    here, there = sides
    await forget(there, here.person.uri, there.person.uri)
    await there.say("who is there?")
    assert await here.relation(there) == (None, None)


async def test_a160_a_follow_that_we_lost_is_taken_back_there(sides: tuple[Side, Side]) -> None:
    """A160: by an Undo of the person who does not follow."""
    here, there = sides
    await forget(here, here.person.uri, there.person.uri)
    await there.say("who is there?")
    assert await there.relation(here) == (None, None)


async def test_a160_an_accept_that_was_lost_is_made_up_for(sides: tuple[Side, Side]) -> None:
    """A160, E124: who waits here is a follower there."""
    here, there = sides
    with here.instance.store.active():
        bea = await actors.find_by_uri(there.person.uri)
        assert bea is not None
        await befriend(here.instance, here.person, bea, state=FollowState.REQUESTED)
    await there.say("who is there?")
    assert await here.relation(there) == (FollowState.ACCEPTED, None)
    assert await there.relation(here) == (None, FollowState.ACCEPTED)


async def test_a160_what_agrees_costs_no_request(sides: tuple[Side, Side]) -> None:
    here, there = sides
    asked = len(here.instances.internet.sent_to("beta.test", "GET"))
    await there.say("hello")
    assert len(here.instances.internet.sent_to("beta.test", "GET")) == asked


# ---------------------------------------------------------------- what is served


async def test_a160_a_host_sees_its_own_followers_alone(world: World) -> None:
    """A160, PV-9: signed, complete, and nobody else's; not kept by caches."""
    for name in ("mallory", "neighbour", "honest"):
        await befriend(world.instance, await world.actor(getattr(world, name)), world.alice)
    target = f"{urlsplit(world.alice.uri).path}/followers/synchronization"
    assert (await world.get(target)).status == 401
    for asker, members in (
        (world.honest, [world.honest]),
        (world.neighbour, [world.mallory, world.neighbour]),
        (world.victor, []),
    ):
        answer = await world.get(target, asker)
        assert answer.headers["cache-control"] == "private, no-store"
        assert json.loads(answer.body)["orderedItems"] == [each.uri for each in members]


# ---------------------------------------------------------------- what is believed


def claim(world: World, **changes: str) -> str:
    """The header of mallory that says that nobody here follows her."""
    url = f"{world.mallory.uri}/part"
    empty = {"id": url, "type": "OrderedCollection", "orderedItems": []}
    world.mallory.peer.put(empty)
    given = {"collection": world.mallory.followers, "url": url, "digest": EMPTY}
    return synchronization.write(Synchronization(**(given | changes)))


async def deliver(world: World, header: str) -> None:
    activity = world.mallory.create(world.mallory.note())
    body = json.dumps(activity).encode()
    headers = {
        "content-type": "application/activity+json",
        "host": S,
        "collection-synchronization": header,
        **signed(world.mallory, "POST", S, "/inbox", body),
    }
    assert (await world.call("POST", "/inbox", headers, body)).status == 202
    await world.settle()


async def is_followed(world: World, name: str) -> bool:
    other = await world.actor(getattr(world, name))
    return await relations.find_follow(world.alice.id, other.id) is not None


async def test_e129_a_right_header_is_acted_on(world: World) -> None:
    await deliver(world, claim(world))
    assert not await is_followed(world, "mallory")


@pytest.mark.parametrize(
    "changes",
    [
        {"collection": "https://v.test/users/victor/followers"},
        {"collection": "https://a.test/users/neighbour/followers"},
        {"url": "https://b.test/part"},
        {"url": "https://alpha.test/inbox"},
        {"url": "http://a.test/part"},
        {"digest": "0" * 63},
        {"digest": "z" * 64},
    ],
)
async def test_e129_only_of_the_sender_and_from_its_own_host(
    world: World, changes: dict[str, str]
) -> None:
    """E129: domain, digest, same origin; everything else is as if there were no header."""
    world.mallory.peer.gets.clear()
    await deliver(world, claim(world, **changes))
    assert await is_followed(world, "mallory")
    assert await is_followed(world, "victor")
    assert world.mallory.peer.gets == []


@pytest.mark.parametrize(
    "part",
    [
        {"type": "Note"},
        {"type": "Collection", "first": "https://b.test/part"},
        {
            "type": "OrderedCollection",
            "orderedItems": [],
            "next": "https://a.test/users/mallory/part",
        },
        {"type": "Collection", "items": [f"https://a.test/users/{n}" for n in range(10_100)]},
    ],
)
async def test_e129_a_list_that_may_not_be_whole_ends_no_follow(
    world: World, part: dict[str, object]
) -> None:
    """E76, E129, RX-10: other hosts, pages without end, more than is read."""
    header = claim(world)
    world.mallory.peer.put({"id": f"{world.mallory.uri}/part", **part})
    await deliver(world, header)
    assert await is_followed(world, "mallory")


@pytest.mark.parametrize(
    "header",
    ["", "x", 'collectionId="a"', 'url="a", url="b", digest="c"', "a" * 9000, 'collectionId="\\"'],
)
def test_e129_what_is_no_header(header: str) -> None:
    assert synchronization.parse(header) is None


def test_a160_the_digest_of_the_proposal() -> None:
    """A160: XOR of SHA-256; the order does not matter, and twice is none."""
    ids = ["https://testing.example.org/users/1", "https://testing.example.org/users/2"]
    assert str(Digest(ids)) == str(Digest(reversed(ids)))
    assert str(Digest([*ids, *ids])) == str(Digest()) == EMPTY
    assert str(Digest(ids[:1])) != str(Digest(ids))
