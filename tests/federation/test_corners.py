"""What is left of authentication, fetching and finding when something is missing, gone or slow."""

import json
from dataclasses import replace

import httpx2
import pytest

from actors import remote
from federation.webfinger import Handle
from inbox import fetching
from instance.errors import Gone, NotFound, RemoteNonsense, RemoteUnreachable
from outbox import following
from storage import actors, interactions, posts, receipts
from storage.records import ReceiptOutcome, RowId, Visibility
from tests.federation.peers import CONTEXT, PUBLIC, Forgery, Person, rsa_key
from tests.federation.world import World
from tests.usecases.social import befriend, hear, say

# ---------------------------------------------------------------- who acts


async def test_or21_nobody_of_ours_acts_from_outside(world: World) -> None:
    forged = {**world.mallory.activity("Like", object=PUBLIC), "actor": world.alice.uri}
    forged["id"] = f"{world.alice.uri}/x"
    for key_id in (f"{world.alice.uri}#main-key", "https://alpha.test/actors/1#main-key"):
        answer = await world.post(world.mallory, forged, forgery=Forgery(key_id=key_id))
        assert answer.status == 401


async def test_pv1_a_wrong_signature_gives_nothing_private(world: World) -> None:
    post = await say(world.instance, world.alice, "x", visibility=Visibility.FOLLOWERS)
    await befriend(world.instance, await world.actor(world.mallory), world.alice)
    path = post.uri.removeprefix("https://alpha.test")
    forger = replace(world.mallory, key=rsa_key(5))
    assert (await world.get(path, forger)).status == 401
    unknown = Person(world.victor.peer, "ghost", rsa_key(5))
    assert (await world.get(path, unknown)).status == 401
    ours = Person(world.mallory.peer, "x", rsa_key(5))
    wide = await say(world.instance, world.alice, "for all")
    assert (await world.get(wide.uri.removeprefix("https://alpha.test"), ours)).status == 200
    assert (await world.get(wide.uri.removeprefix("https://alpha.test"), forger)).status == 200


async def test_e59_a_gone_actor_reads_nothing(world: World) -> None:
    post = await say(world.instance, world.alice, "x", visibility=Visibility.FOLLOWERS)
    gone = Person(world.victor.peer, "gone", rsa_key(5))
    world.victor.peer.documents["/users/gone"] = httpx2.Response(410)
    path = post.uri.removeprefix("https://alpha.test")
    for _ in range(2):
        assert (await world.get(path, gone)).status == 401
    assert (await world.post(gone, gone.activity("Like", object=post.uri))).status == 401
    assert world.victor.peer.gets.count("/users/gone") == 1


async def test_sg24_a_changed_key_that_does_not_fit_either(world: World) -> None:
    world.mallory.peer.put(replace(world.mallory, key=rsa_key(6)).document())
    forger = replace(world.mallory, key=rsa_key(7))
    assert (await world.post(forger, forger.activity("Like", object=PUBLIC))).status == 401


async def test_rx1_a_key_host_that_is_down_is_asked_later(world: World) -> None:
    ghost = Person(world.victor.peer, "new", rsa_key(5))
    ghost.peer.put(ghost.document())
    ghost.peer.name(ghost)
    like = ghost.activity("Like", object=PUBLIC)
    with world.internet.down("v.test"):
        assert (await world.post(ghost, like)).status == 401
    assert (await world.post(ghost, like)).status == 401


# ---------------------------------------------------------------- finding


async def test_people_who_are_not_there(world: World) -> None:
    with pytest.raises(NotFound):
        await remote.by_handle(world.instance, Handle("nobody", "v.test"))
    with pytest.raises(NotFound):
        await remote.by_handle(world.instance, Handle("nobody", None))
    with pytest.raises(NotFound):
        await remote.find_or_fetch(world.instance, "https://alpha.test/posts/1")
    with pytest.raises(RemoteUnreachable):
        await remote.by_handle(world.instance, Handle("x", "unknown.test"))
    world.victor.peer.handles["thing@v.test"] = {"subject": "https://v.test/thing", "links": []}
    with pytest.raises(RemoteNonsense):
        await remote.by_handle(world.instance, Handle("thing", "v.test"))


async def test_people_who_are_gone(world: World) -> None:
    world.victor.peer.documents["/users/victor"] = httpx2.Response(410)
    with pytest.raises(Gone):
        await remote.fetch(world.instance, world.victor.uri)
    with pytest.raises(Gone):
        await remote.find_or_fetch(world.instance, world.victor.uri)
    await actors.save(replace(world.bob, deleted_at=world.clock()))
    with pytest.raises(Gone):
        await remote.resolve(world.instance, world.bob.uri)


async def test_a_slow_host_keeps_a_person_waiting_only_so_long(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "ASKED_TIMEOUT_S", 0.05)
    with world.internet.delayed("v.test"):
        for text in ("@other@v.test", "https://v.test/users/other"):
            with pytest.raises(RemoteUnreachable):
                await remote.resolve(world.instance, text)


async def test_documents_that_are_no_actors(world: World) -> None:
    note = world.victor.note()
    with pytest.raises(RemoteNonsense):
        await remote.fetch(world.instance, note["id"])
    world.victor.peer.documents["/page"] = {**world.victor.document(), "id": f"{PUBLIC[:24]}/x"}
    with pytest.raises((RemoteNonsense, RemoteUnreachable)):
        await remote.fetch(world.instance, "https://v.test/page")


# ---------------------------------------------------------------- fetching


async def test_posts_that_are_not_to_be_had(world: World) -> None:
    gone = world.victor.note()
    world.victor.peer.put({"@context": CONTEXT, "id": gone["id"], "type": "Tombstone"})
    with pytest.raises(Gone):
        await fetching.fetch_post(world.instance, gone["id"])
    for strange in ({"type": "Chair"}, world.victor.document()):
        world.victor.peer.documents["/strange"] = {**strange, "id": "https://v.test/strange"}
        with pytest.raises(RemoteNonsense):
            await fetching.fetch_post(world.instance, "https://v.test/strange")
    with pytest.raises(RemoteNonsense):
        await fetching.collection_ids(world.instance, world.victor.uri)
    assert await fetching.fetch_post(world.instance, "https://alpha.test/posts/1") is None


async def test_a_thread_is_tried_three_times(world: World) -> None:
    note = world.victor.note("first")
    reply = world.mallory.note("second", inReplyTo=note["id"])
    with world.internet.down("v.test"):
        await world.tell(world.mallory, world.mallory.create(reply))
    world.clock.advance(minutes=11)
    await world.settle()
    assert await world.find(note) is not None
    other = world.mallory.note("third", inReplyTo="https://v.test/missing")
    await world.tell(world.mallory, world.mallory.create(other))
    assert await world.find(other) is not None


async def test_an_update_by_id_of_a_post_is_fetched(world: World) -> None:
    """Consequence 5."""
    note = world.mallory.note("first")
    await world.tell(world.mallory, world.mallory.create(note))
    world.clock.advance(minutes=1)
    later = world.clock().isoformat()
    world.mallory.peer.put(
        {"@context": CONTEXT, **note, "content": "<p>second</p>", "updated": later}
    )
    await world.tell(world.victor, world.victor.activity("Update", object=note["id"]))
    await world.tell(world.mallory, world.mallory.activity("Update", object=note["id"]))
    found = await world.find(note)
    assert found is not None
    assert found.content == "<p>second</p>"


async def test_a_boost_whose_origin_never_comes_back(world: World) -> None:
    announce = world.mallory.activity("Announce", object="https://v.test/notes/1", to=[PUBLIC])
    with world.internet.down("v.test"):
        await world.post(world.mallory, announce)
        for _ in range(8):
            await world.settle()
            world.clock.advance(hours=1)
    receipt = await world.receipt(announce)
    assert receipt is not None
    assert receipt.outcome is ReceiptOutcome.REFUSED


async def test_boosts_that_concern_nobody_or_nothing(world: World) -> None:
    note = world.victor.note()
    stranger = world.neighbour.activity("Announce", object=note["id"], to=[PUBLIC])
    await world.tell(world.neighbour, stranger)
    missing = world.mallory.activity("Announce", object="https://alpha.test/posts/1", to=[PUBLIC])
    await world.tell(world.mallory, missing)
    dead = await hear(world.instance, await world.actor(world.victor))
    await posts.bury(dead.id, world.clock())
    late = world.mallory.activity("Announce", object=dead.uri, to=[PUBLIC])
    await world.tell(world.mallory, late)
    for activity in (stranger, missing, late):
        receipt = await world.receipt(activity)
        assert receipt is not None
        assert receipt.outcome is ReceiptOutcome.IGNORED
    assert world.victor.peer.gets == []


async def test_creates_by_id_that_are_not_wanted_or_not_theirs(world: World) -> None:
    note = world.neighbour.note("nobody here")
    await world.tell(world.neighbour, world.neighbour.create(note["id"], to=[PUBLIC]))
    assert await world.find(note) is None
    addressed = world.neighbour.note("for alice")
    await world.tell(world.neighbour, world.neighbour.create(addressed["id"], to=[world.alice.uri]))
    assert await world.find(addressed) is not None
    theft = world.mallory.create(addressed["id"], to=[PUBLIC])
    foreign = world.mallory.create(world.victor.note()["id"], to=[PUBLIC])
    found = await world.find(addressed)
    assert found is not None
    await posts.bury(found.id, world.clock())
    again = world.neighbour.create(addressed["id"], to=[world.alice.uri])
    for person, activity, outcome in (
        (world.mallory, theft, ReceiptOutcome.REFUSED),
        (world.mallory, foreign, ReceiptOutcome.REFUSED),
        (world.neighbour, again, ReceiptOutcome.IGNORED),
    ):
        await world.tell(person, activity)
        receipt = await world.receipt(activity)
        assert receipt is not None
        assert receipt.outcome is outcome


async def test_e128_an_unknown_pinned_post_is_read_from_the_collection(world: World) -> None:
    """E128: and things that are not there, or not one's own, are not pinned."""
    featured = f"{world.victor.uri}/featured"
    note = world.victor.note("pinned")
    world.victor.peer.put(world.victor.document(featured=featured))
    world.victor.peer.put(
        {"@context": CONTEXT, "id": featured, "type": "Collection", "items": [note]}
    )
    victor = await remote.fetch(world.instance, world.victor.uri)
    await world.tell(world.victor, world.victor.activity("Add", object=note["id"], target=featured))
    assert [post.uri for post in await interactions.pinned_of(victor.id)] == [note["id"]]
    foreign = await hear(world.instance, await world.actor(world.mallory))
    await world.tell(
        world.victor, world.victor.activity("Add", object=foreign.uri, target=featured)
    )
    await world.tell(
        world.victor, world.victor.activity("Remove", object=f"{PUBLIC}/x", target=featured)
    )
    assert len(await interactions.pinned_of(victor.id)) == 1


# ---------------------------------------------------------------- what we serve


async def test_a_follow_of_ours_is_shown_to_whom_it_was_sent_to(world: World) -> None:
    """A4: the id of every activity answers to its audience."""
    neighbour = await world.actor(world.neighbour)
    await following.follow(world.instance, world.bob, neighbour)
    await world.settle()
    (sent,) = [each for each in world.neighbour.peer.inbox if each["type"] == "Follow"]
    path = sent["id"].removeprefix("https://alpha.test")
    answer = await world.get(path, world.neighbour)
    assert json.loads(answer.body)["object"] == world.neighbour.uri
    assert (await world.get(path, world.mallory)).status == 404
    assert (await world.get(path)).status == 404
    row = RowId(int(path.rsplit("/", 1)[1]))
    assert await receipts.find_activity(row) is not None
