"""Relays of both kinds: what goes out, what comes in, and what they cannot make us believe."""

from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from federation import ld_signatures
from federation.client import Signer
from feeds import public
from feeds.loading import dress
from instance.errors import Conflict, Invalid
from outbox import publishing, relaying
from storage import interactions, relays
from storage.records import InteractionKind, Page, Relay, RelayKind, RelayState, RowId, Visibility
from tests.federation.peers import PUBLIC, Peer, Person
from tests.federation.world import World
from tests.usecases.social import say


@pytest.fixture
async def relay(world: World) -> Person:
    """A relay as a server: an actor with an inbox; its inbox answers no GET."""
    peer = Peer(world.internet, "relay.test", world.clock)
    return peer.join("relay", 8, type="Application")


def _inbox(relay: Person) -> str:
    return f"{relay.uri}/inbox"


def _sent(relay: Person, kind: str) -> list[dict[str, Any]]:
    return [each for each in relay.peer.inbox if each["type"] == kind]


async def _accepted(world: World, relay: Person, url: str) -> Relay:
    made = await relaying.add(world.instance, url)
    await world.settle()
    await world.tell(relay, relay.activity("Accept", object=_sent(relay, "Follow")[-1]))
    kept = await relays.get(made.id)
    assert kept.state is RelayState.ACCEPTED
    relay.peer.inbox.clear()
    return kept


async def _explored(world: World) -> set[RowId]:
    """What people find under Explore, everywhere."""
    page = await public.federated(world.instance, Page(limit=80), world.alice)
    return {item.post.id for item in await dress(page.items)}


async def test_an_inbox_is_followed_as_public(world: World, relay: Person) -> None:
    """A201, E130: Mastodon's kind; the Accept counts when it comes from where we asked."""
    made = await relaying.add(world.instance, _inbox(relay))
    await world.settle()
    (asked,) = _sent(relay, "Follow")
    assert (made.kind, asked["object"]) == (RelayKind.MASTODON, PUBLIC)
    assert asked["actor"] != world.alice.uri
    # Somebody of another server knows the id, and accepts in its place.
    await world.tell(world.mallory, world.mallory.activity("Accept", object=asked))
    assert (await relays.get(made.id)).state is RelayState.REQUESTED
    await world.tell(relay, relay.activity("Accept", object=asked["id"]))
    assert (await relays.get(made.id)).state is RelayState.ACCEPTED


async def test_a_relay_may_refuse(world: World, relay: Person) -> None:
    """E130."""
    made = await relaying.add(world.instance, _inbox(relay))
    await world.settle()
    await world.tell(relay, relay.activity("Reject", object=_sent(relay, "Follow")[0]))
    assert (await relays.get(made.id)).state is RelayState.REFUSED
    await say(world.instance, world.alice, "Nobody passes this on")
    await world.settle()
    assert _sent(relay, "Create") == []


async def test_public_posts_go_out_signed_as_linked_data(world: World, relay: Person) -> None:
    """A201, A150: what the relay hands on can be checked by everybody; nothing else goes there."""
    await _accepted(world, relay, _inbox(relay))
    post = await say(world.instance, world.alice, "For the world")
    for visibility in (Visibility.UNLISTED, Visibility.FOLLOWERS, Visibility.DIRECT):
        await say(world.instance, world.alice, "Not for relays", visibility=visibility)
    await world.settle()
    (sent,) = _sent(relay, "Create")
    assert (sent["actor"], sent["object"]["id"]) == (world.alice.uri, post.uri)
    assert sent["signature"]["type"] == "RsaSignature2017"
    assert sent["signature"]["creator"].startswith(world.alice.uri)
    await publishing.delete(world.instance, world.alice, post.id)
    await world.settle()
    assert [each["object"]["id"] for each in _sent(relay, "Delete")] == [post.uri]


async def test_an_actor_is_followed_and_gets_announces(world: World, relay: Person) -> None:
    """A202, E130: LitePub's kind; our instance actor announces, and may be followed back."""
    kept = await _accepted(world, relay, relay.uri)
    assert kept.kind is RelayKind.LITEPUB
    post = await say(world.instance, world.alice, "For the world")
    await say(world.instance, world.alice, "Quiet", visibility=Visibility.UNLISTED)
    await world.settle()
    (sent,) = _sent(relay, "Announce")
    assert sent["object"] == post.uri
    assert sent["actor"] not in {world.alice.uri, world.bob.uri}
    assert _sent(relay, "Create") == []
    back = relay.activity("Follow", object=sent["actor"])
    await world.tell(relay, back)
    assert [each["object"]["id"] for each in _sent(relay, "Accept")] == [back["id"]]
    # Nobody else follows the instance actor.
    await world.tell(world.mallory, world.mallory.activity("Follow", object=sent["actor"]))
    assert [each["type"] for each in world.mallory.peer.inbox] == []


@pytest.mark.parametrize("kind", RelayKind)
async def test_what_a_relay_announces_is_fetched_and_no_boost(
    world: World, relay: Person, kind: RelayKind
) -> None:
    """A201, A202, E130, OR-34: of an Announce only the id counts; it is read at its origin."""
    await _accepted(world, relay, relay.uri if kind is RelayKind.LITEPUB else _inbox(relay))
    note = world.neighbour.note("From far away")
    forged = note | {"content": "<p>Forged</p>"}
    await world.tell(relay, relay.activity("Announce", object=forged, to=[PUBLIC]))
    post = await world.find(note)
    assert post is not None
    assert "From far away" in post.content
    assert post.id in await _explored(world)
    assert note["id"] not in {each.uri for each in await world.home()}
    known = await world.actor(relay)
    assert await interactions.find_interaction(InteractionKind.BOOST, known.id, post.id) is None


async def test_fl_18_our_own_posts_that_come_back_are_nothing(world: World, relay: Person) -> None:
    """FL-18: a circle through a relay; nothing is sent again and nobody is told."""
    await _accepted(world, relay, _inbox(relay))
    post = await say(world.instance, world.alice, "Round and round")
    await world.settle()
    relay.peer.inbox.clear()
    await world.tell(relay, relay.activity("Announce", object=post.uri, to=[PUBLIC]))
    note = world.neighbour.note("Of others")
    await world.tell(relay, relay.activity("Announce", object=note["id"], to=[PUBLIC]))
    assert relay.peer.inbox == []
    assert await world.told() == []
    assert (await interactions.counts([post.id]))[post.id].boosts == 0


async def _signed(world: World, person: Person, activity: dict[str, Any]) -> dict[str, Any]:
    pem = person.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    signer = Signer(key_id=person.key_id, private_pem=pem)
    linked_data = world.instance.linked_data
    return dict(await ld_signatures.sign(linked_data, activity, signer, world.clock()))


async def test_what_its_author_signed_may_come_through_a_relay(world: World, relay: Person) -> None:
    """A201, A148: a Create that the relay forwards, proven by its author's own signature."""
    note = world.neighbour.note("Forwarded")
    forwarded = await _signed(world, world.neighbour, world.neighbour.create(note))
    assert await world.tell(relay, forwarded) == 202
    assert await world.find(note) is None  # it is no relay of ours yet
    await _accepted(world, relay, _inbox(relay))
    another = world.neighbour.note("Forwarded too")
    private = world.neighbour.note("For few", to=[world.neighbour.followers], cc=[])
    for each in (another, private):
        signed = await _signed(world, world.neighbour, world.neighbour.create(each))
        assert await world.tell(relay, signed) == 202
    post = await world.find(another)
    assert post is not None
    assert post.id in await _explored(world)
    assert await world.find(private) is None  # a relay passes on what is public
    unsigned = world.neighbour.create(world.neighbour.note("Unsigned"))
    assert await world.tell(relay, unsigned) == 401
    await world.sentinel()


async def test_a_stranger_is_no_relay(world: World, relay: Person) -> None:
    """A201: nobody makes us fetch by announcing; only who was asked and accepted."""
    await relaying.add(world.instance, _inbox(relay))
    await world.settle()
    note = world.neighbour.note("Not asked for")
    world.neighbour.peer.gets.clear()
    for person in (relay, world.neighbour):
        await world.tell(person, person.activity("Announce", object=note["id"], to=[PUBLIC]))
    assert await world.find(note) is None
    assert "/notes/" not in " ".join(world.neighbour.peer.gets)


async def test_a_relay_makes_us_fetch_no_more_than_some(
    world: World, relay: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A201, RX-25: a flood through a relay ends at a number in an hour; later it goes on."""
    await _accepted(world, relay, _inbox(relay))
    monkeypatch.setattr(relaying, "FETCHED_PER_HOUR_MAX", 2)
    notes = [world.neighbour.note(f"Number {number}") for number in range(4)]
    for note in notes:
        named = relay.activity("Announce", object=note["id"], to=[PUBLIC])
        assert await world.tell(relay, named) == 202
    assert [await world.find(note) is not None for note in notes] == [True, True, False, False]
    world.clock.advance(hours=1)
    await world.tell(relay, relay.activity("Announce", object=notes[3]["id"], to=[PUBLIC]))
    assert await world.find(notes[3]) is not None


async def test_a_relay_that_is_removed_is_told_and_no_relay_any_more(
    world: World, relay: Person
) -> None:
    """A201, A202: Undo of the very Follow; what it announces is a stranger's."""
    kept = await _accepted(world, relay, relay.uri)
    await relaying.remove(world.instance, kept.id)
    await world.settle()
    (undone,) = _sent(relay, "Undo")
    assert (undone["object"]["id"], undone["object"]["object"]) == (kept.follow_uri, relay.uri)
    note = world.neighbour.note("Too late")
    await world.tell(relay, relay.activity("Announce", object=note["id"], to=[PUBLIC]))
    assert await world.find(note) is None
    assert await relays.list_all() == []


async def test_what_is_no_relay_is_refused(world: World, relay: Person) -> None:
    """E130: no second time, not ourselves, no nonsense."""
    await relaying.add(world.instance, _inbox(relay))
    with pytest.raises(Conflict):
        await relaying.add(world.instance, _inbox(relay))
    with pytest.raises(Invalid):
        await relaying.add(world.instance, "https://alpha.test/inbox")
    with pytest.raises(Invalid):
        await relaying.add(world.instance, "javascript:alert(1)")
