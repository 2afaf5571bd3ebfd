"""ATTACKS group 4 as far as the inbox and fetching decide it. Each line ends with the sentinel."""

import asyncio
import json
from typing import Any

import pytest

from actors import remote_keys
from inbox import fetching, measuring, reception, turns
from moderation import policies
from storage import posts, receipts
from tests.federation.peers import CONTEXT, Person, rsa_key
from tests.federation.world import World
from tests.instances import until
from tests.usecases.queries import counted
from tests.usecases.social import befriend, make_remote


async def test_rx1_slow_key_hosts_hold_up_nobody_else(world: World) -> None:
    """RX-1, E140: known people get through while sixty keys are waited for; no 5xx."""
    ghosts = [Person(world.victor.peer, f"ghost{number}", rsa_key(5)) for number in range(60)]
    before = len(world.internet.sent_to("v.test", "GET"))
    with world.internet.delayed("v.test"):
        waiting = [
            asyncio.create_task(world.post(ghost, ghost.create(ghost.note()))) for ghost in ghosts
        ]
        at_once = remote_keys.FETCHES_PER_HOST_MAX
        await until(lambda: len(world.internet.sent_to("v.test", "GET")) == before + at_once)
        async with asyncio.timeout(30):
            await world.sentinel()
        assert not any(each.done() for each in waiting)
    answers = await asyncio.gather(*waiting)
    assert {each.status for each in answers} <= {401, 429}


async def test_rx5_deep_documents_are_400(world: World) -> None:
    """RX-5, E11."""
    body = b'{"type":"Create","actor":' + b"[" * 100_000
    assert (await world.post(world.mallory, body)).status == 400
    await world.sentinel()


async def test_rx6_a_large_body_is_413(world: World) -> None:
    body = b" " * (world.instance.settings.limits.inbox_body_bytes_max + 1)
    assert (await world.post(world.mallory, body, headers={})).status == 413
    announced = {"content-length": "67108864"}
    assert (await world.post(world.mallory, b"{}", headers=announced)).status == 413
    await world.sentinel()


BAD_BODIES = (
    b"",
    b"[]",
    b"null",
    b'{"a":NaN}',
    b'{"a":1e400}',
    b'{"a":' + b"9" * 1_000_000 + b"}",
    b"\xff\xfe{}",
    b'{"type":"Create","actor":"\\ud800"}',
    b'{"a":1,"a":2}',
    "{}".encode("utf-16"),
)


@pytest.mark.parametrize("body", BAD_BODIES, ids=lambda body: repr(body[:30]))
async def test_rx7_rx8_bad_bodies_are_400(world: World, body: bytes) -> None:
    """RX-7, RX-8, E11."""
    answer = await world.post(world.mallory, body)
    assert answer.status == 400
    assert answer.body.strip()


WRONG: tuple[Any, ...] = (None, 7, True, [], {}, [[]], "x", {"a": 1}, [None, 7], "\x00")
NOTE_FIELDS = (
    *("content", "summary", "tag", "attachment", "to", "cc", "published", "updated", "url"),
    *("inReplyTo", "sensitive", "contentMap", "name", "source", "replies", "conversation"),
)


@pytest.mark.parametrize("name", NOTE_FIELDS)
async def test_rx9_wrong_types_in_each_field(world: World, name: str) -> None:
    """RX-9: no 5xx, and the timeline is read afterwards."""
    for wrong in WRONG:
        note = world.mallory.note("odd", **{name: wrong})
        answer = await world.post(world.mallory, world.mallory.create(note))
        assert answer.status in {202, 400}
    await world.settle()
    await world.home()
    await world.sentinel()


async def test_rx10_endless_pages_are_read_ten_deep(world: World) -> None:
    """RX-10, E76, A68."""
    peer = world.mallory.peer
    for number in range(40):
        peer.put(
            {
                "@context": CONTEXT,
                "id": f"https://a.test/pages/{number}",
                "type": "OrderedCollectionPage",
                "orderedItems": [f"https://a.test/notes/{number}-{n}" for n in range(5)],
                "next": f"https://a.test/pages/{number + 1}",
            }
        )
    found = await fetching.collection_ids(world.instance, "https://a.test/pages/0")
    assert len(found) == 50
    assert len(peer.gets) == 10
    peer.gets.clear()
    peer.documents["/pages/0"]["next"] = "https://a.test/pages/0"
    peer.documents["/pages/0"]["orderedItems"] *= 100
    assert len(await fetching.collection_ids(world.instance, "https://a.test/pages/0")) == 5
    await world.sentinel()


async def test_rx11_an_endless_chain_of_answers(world: World) -> None:
    """RX-11, A91, A178: fifty ancestors at most."""
    chain = [world.mallory.note("first")]
    for number in range(70):
        chain.append(world.mallory.note(f"answer {number}", inReplyTo=chain[-1]["id"]))
    await world.tell(world.mallory, world.mallory.create(chain[-1]))
    known = [note for note in chain if await world.find(note) is not None]
    assert len(known) == 51
    await world.sentinel()


async def test_rx21_circles_of_answers_end(world: World) -> None:
    """RX-21."""
    first = world.mallory.note("first", id="https://a.test/notes/x1")
    second = world.mallory.note("second", id="https://a.test/notes/x2", inReplyTo=first["id"])
    world.mallory.note("first", id="https://a.test/notes/x1", inReplyTo=second["id"])
    itself = world.mallory.note(
        "self", id="https://a.test/notes/x3", inReplyTo="https://a.test/notes/x3"
    )
    await world.tell(world.mallory, world.mallory.create(second))
    await world.tell(world.mallory, world.mallory.create(itself))
    assert await world.find("https://a.test/notes/x1") is not None
    assert await world.find(itself) is not None
    await world.sentinel()


async def test_rx12_rx14_rx15_too_much_is_cut(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RX-12, RX-14, RX-15: thousands of mentions, tags, attachments; a megabyte of text.

    Policies, which refuse it (`test_policies.py`), are switched off.
    """
    monkeypatch.setattr(policies, "POLICIES", ())
    tags = [
        {"type": "Mention", "href": f"https://x.test/u/{number}", "name": f"@u{number}@x.test"}
        for number in range(2000)
    ]
    tags += [{"type": "Hashtag", "name": f"#t{number}"} for number in range(2000)]
    pictures = [
        {"type": "Image", "mediaType": "image/png", "url": f"https://x.test/{number}.png"}
        for number in range(1000)
    ]
    note = world.mallory.note("x" * 200_000, tag=tags, attachment=pictures)
    before = len(world.internet.requests)
    assert await world.tell(world.mallory, world.mallory.create(note)) == 202
    found = await world.find(note)
    assert found is not None
    assert len(found.mentions) <= 50
    assert len(found.hashtags) <= 64
    assert len(found.attachments) <= 16
    assert len(found.content) <= 70_000
    # Nobody is asked about people or tags; a few pictures without a size are measured.
    asked = [request.url.path for request in world.internet.requests[before:]]
    assert len(asked) == measuring.PICTURES_MAX
    assert all(path.endswith(".png") for path in asked)
    await world.sentinel()


async def test_rx16_hostile_markup_takes_no_time(world: World) -> None:
    note = world.mallory.note("<div>" * 30_000 + "x")
    async with asyncio.timeout(30):
        assert await world.tell(world.mallory, world.mallory.create(note)) == 202
    await world.sentinel()


async def test_rx17_a_storm_of_deletes(world: World) -> None:
    """RX-17: a hundred Deletes of people unknown cost no fetch."""
    ghosts = [Person(world.victor.peer, f"g{number}", rsa_key(5)) for number in range(100)]
    answers = [
        await world.post(ghost, ghost.activity("Delete", object=ghost.uri)) for ghost in ghosts
    ]
    assert {each.status for each in answers} == {202}
    assert world.victor.peer.gets == []
    await world.sentinel()


async def test_rx18_thousands_of_profile_fields(world: World) -> None:
    fields = [{"type": "PropertyValue", "name": f"n{n}", "value": "v"} for n in range(5000)]
    world.mallory.peer.put(world.mallory.document(attachment=fields))
    await world.tell(world.mallory, world.mallory.activity("Update", object=world.mallory.uri))
    assert len((await world.actor(world.mallory)).fields) <= 16
    await world.sentinel()


async def test_rx13_thousands_of_poll_options(world: World) -> None:
    options = [{"type": "Note", "name": f"o{number}"} for number in range(5000)]
    poll = world.mallory.note("poll", type="Question", oneOf=options)
    assert await world.tell(world.mallory, world.mallory.create(poll)) == 202
    found = await world.find(poll)
    assert found is None or found.poll is None or len(found.poll.options) <= 20
    await world.sentinel()


async def test_rx26_a_boost_of_a_boost_is_none(world: World) -> None:
    first = world.mallory.activity("Announce", object=world.victor.note()["id"])
    world.mallory.peer.put(first)
    second = world.mallory.activity("Announce", object=first["id"])
    assert await world.tell(world.mallory, second) == 202
    assert await world.find(first["id"]) is None
    await world.sentinel()


async def test_a93_too_many_posts_of_one_address_are_429(world: World) -> None:
    """A93, E13, E136."""
    body = json.dumps({"type": "Create"}).encode()
    for _ in range(reception.POSTS_PER_ADDRESS_MAX):
        assert (await world.post(world.mallory, body, headers={})).status == 400
    answer = await world.post(world.mallory, body, headers={})
    assert answer.status == 429
    assert int(answer.headers["retry-after"]) > 0
    world.clock.advance(minutes=2)
    await world.sentinel()


async def test_rx25_a_flood_of_lawful_posts_does_not_hold_up_another_host(world: World) -> None:
    """RX-25: a hundred and fifty posts of one host wait; a post of another is taken in at once."""
    person, places = world.mallory, turns.of(world.instance)
    note = world.honest.note("in between")
    async with world.places_taken(turns.AT_ONCE_MAX - 1):  # one after the other
        async with world.places_taken(1):
            flood = [
                asyncio.create_task(world.post(person, person.create(person.note())))
                for _ in range(150)
            ]
            await until(lambda: places._waiting == 150)
            in_between = asyncio.create_task(world.post(world.honest, world.honest.create(note)))
            await until(lambda: places._waiting == 151)
        assert (await in_between).status == 202
        assert sum(not each.done() for each in flood) > 100
        assert note["id"] in {post.uri for post in await world.home()}
    answers = await asyncio.gather(*flood)
    assert {answer.status for answer in answers} == {202}
    assert await posts.count_local() == 0
    kept = await receipts.RECEIPTS.select("WHERE t.actor_uri = ?", person.uri)
    assert len(kept) == 150  # nothing of the flood is lost


async def test_rx27_a_home_page_asks_the_same_whatever_one_follows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RX-27: feeds are stored, so 300 follows cost no statement more than three do."""
    await world.sentinel()

    async def statements() -> int:
        with counted(world.instance, monkeypatch) as asked:
            assert await world.home()
        return len(asked)

    before = await statements()
    for number in range(300):
        followed = await make_remote(world.instance, f"many{number}", "many.test")
        await befriend(world.instance, world.alice, followed)
    assert await statements() == before
