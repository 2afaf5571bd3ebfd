"""What actors of other servers say about themselves, pin and block; and what ours say."""

import json
from dataclasses import replace
from typing import Any

import pytest

from instance.resources import Instance
from outbox import blocking, interacting
from storage import actors, interactions, posts, relations
from storage.records import InteractionKind
from tests.federation.peers import PUBLIC, Person, pem_of, rsa_key
from tests.federation.world import World
from tests.usecases.social import befriend, change, say


async def _updated(world: World, person: Person, **changes: Any) -> None:
    """A person's document changes, and its server says so."""
    document = person.peer.put(person.document(**changes))
    assert await world.tell(person, person.activity("Update", object=document)) == 202


async def test_a166_what_a_profile_says_is_kept(world: World) -> None:
    """A166: locked, discoverable, indexable, since when, in memory, suspended."""
    await _updated(
        world,
        world.honest,
        manuallyApprovesFollowers=True,
        discoverable=True,
        indexable=True,
        memorial=True,
        suspended=True,
    )
    kept = await world.actor(world.honest)
    assert (kept.is_locked, kept.is_discoverable, kept.is_indexable) == (True, True, True)
    assert kept.is_memorial
    assert kept.suspended_at is not None
    await _updated(world, world.honest, suspended=False)
    kept = await world.actor(world.honest)
    assert (kept.is_locked, kept.is_memorial, kept.suspended_at) == (False, False, None)


async def test_a166_what_we_say_of_our_own(world: World) -> None:
    """A166: the same words in the documents that we serve."""
    await change(world.alice, is_locked=True, is_indexable=True, is_memorial=True)
    served = json.loads((await world.get(f"/actors/{world.alice.id}")).body)
    for name in ("manuallyApprovesFollowers", "discoverable", "indexable", "memorial"):
        assert served[name] is True
    assert "published" in served
    assert "suspended" not in served


async def test_a167_a_new_inbox_and_a_new_key_count_at_once(world: World) -> None:
    """A167: an Update is read again at its address; then the new inbox gets what is sent."""
    follower = await world.actor(world.honest)
    await befriend(world.instance, follower, world.alice)
    there = "https://b.test/elsewhere/inbox"
    key = {
        "id": world.honest.key_id,
        "owner": world.honest.uri,
        "publicKeyPem": pem_of(rsa_key(9)),
    }
    await _updated(world, world.honest, inbox=there, endpoints=None, publicKey=key)
    assert (await world.actor(world.honest)).inbox_url == there
    await say(world.instance, world.alice, "To the new inbox")
    await world.settle()
    sent = [request for request in world.internet.sent_to("b.test") if request.method == "POST"]
    assert [str(request.url) for request in sent] == [there]
    renewed = replace(world.honest, key=rsa_key(9))
    note = renewed.note("With my new key")
    assert await world.tell(renewed, renewed.create(note)) == 202
    assert await world.find(note) is not None
    assert await world.tell(world.honest, world.honest.create(world.honest.note("Old key"))) == 401


async def test_a167_a_handle_moves_to_another_host(world: World) -> None:
    """A167, E21: the actor says where its handle is (FEP-2c59); that host has the last word."""
    before = await world.actor(world.victor)
    await _updated(world, world.victor, webfinger="victor@b.test")
    assert (await world.actor(world.victor)).host == "v.test"  # b.test knows nothing of it
    world.victor.peer.name(world.victor, subject="acct:victor@b.test")
    world.honest.peer.handles["victor@b.test"] = {
        "subject": "acct:victor@b.test",
        "links": [{"rel": "self", "type": "application/activity+json", "href": world.victor.uri}],
    }
    await _updated(world, world.victor, webfinger="victor@b.test")
    after = await world.actor(world.victor)
    assert (after.id, after.username, after.host) == (before.id, "victor", "b.test")


async def test_e34_two_people_swap_their_names(world: World) -> None:
    """E34: their host says who has which name; both are found, neither is taken over."""
    one, two = world.mallory, world.neighbour
    ids = ((await world.actor(one)).id, (await world.actor(two)).id)
    for person, name in ((one, two.username), (two, one.username)):
        person.peer.put(person.document(preferredUsername=name))
        handle = f"{name}@{person.peer.host}"
        person.peer.handles[handle] = {
            "subject": f"acct:{handle}",
            "links": [{"rel": "self", "type": "application/activity+json", "href": person.uri}],
        }
    for person in (one, two):
        await world.tell(person, person.activity("Update", object=person.uri))
    await world.settle()
    for name, actor_id in ((two.username, ids[0]), (one.username, ids[1])):
        found = await actors.find_by_handle(name, "a.test")
        assert found is not None
        assert (found.id, found.username) == (actor_id, name)


# ---------------------------------------------------------------- pins


@pytest.mark.parametrize("is_embedded", [False, True])
async def test_e128_a_pin_by_id_or_as_a_note(world: World, *, is_embedded: bool) -> None:
    """A171, E128: Add and Remove with the actor's own collection as target."""
    featured = f"{world.honest.uri}/featured"
    await _updated(world, world.honest, featured=featured)
    note = world.honest.note("Read this first")
    await world.tell(world.honest, world.honest.create(note))
    thing = note if is_embedded else note["id"]
    await world.tell(world.honest, world.honest.activity("Add", object=thing, target=featured))
    post = await world.find(note)
    assert post is not None
    assert await posts.pinned_ids(post.actor_id) == [post.id]
    await world.tell(world.honest, world.honest.activity("Remove", object=thing, target=featured))
    assert await posts.pinned_ids(post.actor_id) == []


async def test_e128_a_featured_hashtag_is_no_post_and_no_mistake(world: World) -> None:
    """E128: a Hashtag has no id; it is passed over, in the activity and in the collection."""
    featured = f"{world.honest.uri}/featured"
    note = world.honest.note("Read this first")
    hashtag = {"type": "Hashtag", "name": "#cats", "href": "https://b.test/tags/cats"}
    world.honest.peer.put(
        {
            "id": featured,
            "type": "OrderedCollection",
            "totalItems": 2,
            "orderedItems": [hashtag, note],
        }
    )
    await _updated(world, world.honest, featured=featured)
    for kind in ("Add", "Remove"):
        named = world.honest.activity(kind, object=hashtag, target=featured)
        assert await world.tell(world.honest, named) == 202
    # A note that we never saw: the collection is read, with the hashtag in it.
    named = world.honest.activity("Add", object=note["id"], target=featured)
    assert await world.tell(world.honest, named) == 202
    post = await world.find(note)
    assert post is not None
    assert await posts.pinned_ids(post.actor_id) == [post.id]
    assert await world.find(hashtag["href"]) is None


async def test_a171_our_pins_are_told(world: World) -> None:
    """A171, consequence 14: Add and Remove go out at once, and the collection holds the post."""
    await befriend(world.instance, await world.actor(world.honest), world.alice)
    post = await say(world.instance, world.alice, "Read this first")
    await interacting.pin(world.instance, world.alice, post.id)
    await world.settle()
    served = json.loads((await world.get(f"/actors/{world.alice.id}")).body)
    assert post.uri in (await world.get(served["featured"].removeprefix("https://alpha.test"))).text
    await interacting.unpin(world.instance, world.alice, post.id)
    await world.settle()
    sent = [each for each in world.honest.peer.inbox if each["type"] in {"Add", "Remove"}]
    assert [(each["type"], each["object"], each["target"]) for each in sent] == [
        ("Add", post.uri, served["featured"]),
        ("Remove", post.uri, served["featured"]),
    ]


# ---------------------------------------------------------------- blocks


async def test_a58_who_is_blocked_does_nothing_to_the_blocker(world: World) -> None:
    """A58: reply, mention, like, boost and follow of somebody blocked are turned away."""
    post = await say(world.instance, world.alice, "For friends")
    await blocking.block(world.instance, world.alice, (await world.actor(world.mallory)).id)
    reply = world.mallory.note("Ha", inReplyTo=post.uri, to=[PUBLIC, world.alice.uri])
    for activity in (
        world.mallory.create(reply),
        world.mallory.activity("Like", object=post.uri),
        world.mallory.activity("Announce", object=post.uri, to=[PUBLIC]),
        world.mallory.activity("Follow", object=world.alice.uri),
    ):
        assert await world.tell(world.mallory, activity) == 202
    counts = (await interactions.counts([post.id]))[post.id]
    assert (counts.likes, counts.boosts) == (0, 0)
    assert await world.told() == []
    assert reply["id"] not in {each.uri for each in await world.home()}
    assert not await world.followed_by(world.mallory, world.alice)


async def test_a176_a_block_hides_us_and_its_undo_ends_it(world: World) -> None:
    """A176, E125: their Block ends follows both ways; after the Undo all may begin anew."""
    post = await say(world.instance, world.alice, "Hello")
    victor = await world.actor(world.victor)
    await befriend(world.instance, victor, world.alice)
    block = world.victor.activity("Block", object=world.alice.uri)
    assert await world.tell(world.victor, block) == 202
    assert await relations.find_follow(world.alice.id, victor.id) is None
    assert await relations.find_follow(victor.id, world.alice.id) is None
    assert (await world.get(f"/posts/{post.id}", world.victor)).status in {200, 404}
    undo = world.victor.activity("Undo", object=block)
    assert await world.tell(world.victor, undo) == 202
    assert not await relations.is_blocked_between(world.alice.id, victor.id)
    await world.tell(world.victor, world.victor.activity("Like", object=post.uri))
    found = await interactions.find_interaction(InteractionKind.LIKE, victor.id, post.id)
    assert found is not None


def _quiet(instance: Instance) -> Instance:
    federation = replace(instance.settings.federation, sends_blocks=False)
    return replace(instance, settings=replace(instance.settings, federation=federation))


async def test_a59_whether_a_block_is_told_is_a_setting(world: World) -> None:
    """A59: Mastodon tells; ActivityPub 6.9 would rather not. Unblocking says no more than that."""
    told, untold = await world.actor(world.mallory), await world.actor(world.victor)
    await blocking.block(world.instance, world.alice, told.id)
    quiet = _quiet(world.instance)
    await befriend(world.instance, untold, world.alice)
    await blocking.block(quiet, world.alice, untold.id)
    await blocking.unblock(quiet, world.alice, untold.id)
    await world.settle()
    assert "Block" in {each["type"] for each in world.mallory.peer.inbox}
    # The follows end all the same, and that is told.
    kinds = [each["type"] for each in world.victor.peer.inbox]
    undone = [each["object"]["type"] for each in world.victor.peer.inbox if each["type"] == "Undo"]
    assert "Block" not in (*kinds, *undone)
    assert {"Reject", "Undo"} <= set(kinds)
