"""Lines of the checklists that no other file has: inboxes elsewhere, odd payloads, files."""

import json
import re
from typing import Any

import httpx2
import pytest

from actors import remote
from actors.profile import ProfileChange
from outbox import interacting, profiles
from posts import files
from storage.records import ReceiptOutcome, Visibility
from tests.federation.peers import ACTIVITY, PUBLIC, Peer
from tests.federation.world import World
from tests.pictures import picture
from tests.usecases.social import befriend, say

LD = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'


# ---------------------------------------------------------------- where inboxes are


async def test_e30_an_inbox_of_another_host_is_written_to_under_that_name(world: World) -> None:
    """E30: bridges have their inbox elsewhere; what is sent there, and fails, counts for there."""
    inboxes = Peer(world.internet, "inboxes.test", world.clock)
    home = Peer(world.internet, "bridged.test", world.clock)
    person = home.join("birgit", 5, inbox=f"{inboxes.url}/birgit", endpoints=None)
    note = person.note("over a bridge")
    await world.follow(world.alice, person)
    await world.tell(person, person.create(note))
    post = await world.find(note)
    assert post is not None
    await interacting.like(world.instance, world.alice, post.id)
    await world.settle()
    assert [each["type"] for each in inboxes.inbox] == ["Like"]
    assert home.inbox == []


@pytest.mark.parametrize(
    "inbox",
    ["http://127.0.0.1/inbox", "https://alpha.test/inbox", "ftp://c.test/inbox", "/inbox", 7],
)
async def test_e30_an_inbox_that_nobody_can_have_is_never_written_to(
    world: World, inbox: Any
) -> None:
    """E30, A89, A90: a private address, ours, no web address."""
    peer = Peer(world.internet, "c.test", world.clock)
    person = peer.join("carl", 5, inbox=inbox, endpoints=None)
    note = person.note("where do I live?")
    await world.tell(person, person.create({**note, "to": [PUBLIC, world.alice.uri]}))
    before = len(world.internet.requests)
    await say(world.instance, world.alice, "@carl@c.test hello")
    await world.settle()
    posted = [r for r in world.internet.requests[before:] if r.method == "POST"]
    assert all(r.url.host == "c.test" for r in posted)


async def test_a66_an_inbox_that_is_not_found_is_looked_up_again(world: World) -> None:
    """A66: found in the actor document, kept, and read again after a 404."""
    peer = Peer(world.internet, "moved.test", world.clock)
    person = peer.join("mona", 5, endpoints=None)
    notes = [person.note(f"number {number}") for number in range(3)]
    await world.follow(world.alice, person)
    for note in notes:
        await world.tell(person, person.create(note))
    peer.put(person.document(inbox=f"{peer.url}/new/inbox", endpoints=None))
    answered = peer.answer

    def answer(request: httpx2.Request) -> httpx2.Response:
        is_old = request.url.path == "/users/mona/inbox"
        return httpx2.Response(404) if is_old else answered(request)

    world.internet.add("moved.test", answer)
    world.clock.advance(hours=25)
    for note in notes:
        post = await world.find(note)
        assert post is not None
        await interacting.like(world.instance, world.alice, post.id)
        await world.settle()
    assert (await world.actor(person)).inbox_url == f"{peer.url}/new/inbox"
    # The first found nobody and was the sign to look; the others arrived.
    assert [each["object"] for each in peer.inbox] == [note["id"] for note in notes[1:]]


# ---------------------------------------------------------------- odd payloads


@pytest.mark.parametrize("kind", ["OrderedCollection", "Collection", "OrderedCollectionPage"])
async def test_e78_a_collection_at_the_inbox_is_not_unpacked(world: World, kind: str) -> None:
    """E78, A110: Misskey takes those; here nothing in it happens."""
    note = world.mallory.note("smuggled")
    inner = world.mallory.create(note)
    payload = {
        **world.mallory.activity(kind),
        "orderedItems": [inner] * 500,
        "items": [inner],
        "totalItems": 500,
    }
    before = len(world.internet.requests)
    assert await world.tell(world.mallory, payload) in {202, 400}
    assert await world.find(note) is None
    assert len(world.internet.requests) == before
    await world.sentinel()


@pytest.mark.parametrize(
    "kind", ["View", "Read", "Listen", "Dislike", "Join", "Leave", "Invite", "TentativeAccept"]
)
async def test_a110_activities_that_mean_nothing_here_are_taken_quietly(
    world: World, kind: str
) -> None:
    post = await say(world.instance, world.alice)
    activity = world.mallory.activity(kind, object=post.uri)
    assert await world.tell(world.mallory, activity) == 202
    receipt = await world.receipt(activity)
    assert receipt is not None
    assert receipt.outcome is ReceiptOutcome.IGNORED


async def test_a102_a_chat_message_is_no_post(world: World) -> None:
    """A102: Pleroma's and Misskey's chats are not kept, and nobody is told of them."""
    message = {**world.mallory.note("psst", to=[world.alice.uri], cc=[]), "type": "ChatMessage"}
    told = len(await world.told())
    assert await world.tell(world.mallory, world.mallory.create(message)) == 202
    assert await world.find(message) is None
    assert len(await world.told()) == told


async def test_e71_numbers_and_truths_as_text(world: World) -> None:
    """E71: integers and booleans in quotes; entities in a name are letters."""
    peer = Peer(world.internet, "php.test", world.clock)
    person = peer.join("paul", 5, name="Paul &amp; Co", manuallyApprovesFollowers="true")
    peer.put({"id": person.followers, "type": "OrderedCollection", "totalItems": "12"})
    found = await remote.find_or_fetch(world.instance, person.uri)
    assert found.name == "Paul & Co"
    assert found.is_locked
    picture = {"type": "Document", "mediaType": "image/png", "url": "https://php.test/a.png"}
    note = person.note("x", sensitive="true", attachment=[{**picture, "width": "40"}])
    await world.follow(world.alice, person)
    await world.tell(person, person.create(note))
    post = await world.find(note)
    assert post is not None
    assert post.is_sensitive
    assert post.attachments[0].width == 40


async def test_e118_one_picture_of_several_is_sensitive(world: World) -> None:
    """E118: Misskey marks each of them."""
    picture = {"type": "Document", "mediaType": "image/png", "url": "https://a.test/1.png"}
    pictures = [{**picture, "sensitive": True}, {**picture, "url": "https://a.test/2.png"}]
    note = world.mallory.note("look", attachment=pictures)
    assert await world.tell(world.mallory, world.mallory.create(note)) == 202
    post = await world.find(note)
    assert post is not None
    assert [each.is_sensitive for each in post.attachments] == [True, False]


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("accept", [ACTIVITY, LD, "application/json", "*/*"])
async def test_e8_an_uploaded_file_is_a_picture_to_everybody(world: World, accept: str) -> None:
    """E8: never an ActivityPub type, whatever is asked for, and nothing sniffs another."""
    changed = await profiles.change(
        world.instance, world.alice, ProfileChange(avatar=picture((40, 40)), avatar_alt="Teal")
    )
    await world.settle()
    shown = json.loads((await world.get(changed.uri.removeprefix("https://alpha.test"))).text)
    assert shown["icon"]["mediaType"] == "image/webp"
    path = shown["icon"]["url"].removeprefix("https://alpha.test")
    answer = await world.get(path, accept=accept)
    assert answer.status == 200
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_e117_pictures_of_followers_only_posts_can_be_fetched(world: World) -> None:
    """E117: without a session or a signature, by an address that nobody guesses."""
    colours = picture((60, 40))
    file = await files.accept(world.instance, world.alice, colours, description="Two colours")
    honest = await world.actor(world.honest)
    await befriend(world.instance, honest, world.alice)
    await say(
        world.instance,
        world.alice,
        "for you",
        visibility=Visibility.FOLLOWERS.value,
        media_ids=(file.id,),
    )
    await world.settle()
    (create,) = [each for each in world.honest.peer.inbox if each["type"] == "Create"]
    (shown,) = create["object"]["attachment"]
    assert (shown["name"], shown["summary"]) == ("Two colours", "Two colours")
    assert re.fullmatch(r"https://alpha\.test/media/[0-9a-f]{32}\.webp", shown["url"])
    answer = await world.get(shown["url"].removeprefix("https://alpha.test"), accept="image/*")
    assert answer.status == 200
    assert answer.headers["content-type"] == "image/webp"
