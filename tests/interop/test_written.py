"""What we send, all of it: alice does everything that can be done here, and each document is read
as strict servers read it, and compared with the shapes that recorded servers write themselves."""

import re
from collections import Counter
from typing import Any

import pytest

from actors.profile import ProfileChange
from outbox import blocking, following, interacting, profiles, publishing
from posts.drafts import Draft, PollDraft
from storage import posts
from storage.records import Visibility
from tests.federation.peers import PUBLIC
from tests.federation.world import World
from tests.interop.shapes import strange
from tests.usecases.social import befriend, change, say

# ActivityPub 7: activities without an object mean nothing.
NEEDS_OBJECT = {
    *("Create", "Update", "Delete", "Follow", "Add", "Remove", "Like", "Block", "Undo"),
    *("Announce", "Accept", "Reject", "Flag", "Move"),
}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z")


@pytest.fixture
async def sent(world: World) -> list[dict[str, Any]]:
    """What came to the inboxes of b.test while alice did everything; honest follows her."""
    instance, alice, peer = world.instance, world.alice, world.honest.peer
    honest = await world.actor(world.honest)
    await befriend(instance, honest, alice)
    theirs = world.honest.note("something to react to")
    await world.tell(world.honest, world.honest.create(theirs))
    other = await world.find(theirs)
    assert other is not None

    await _write(world, other.id)
    for act in (interacting.like, interacting.boost, interacting.unlike, interacting.unboost):
        await act(instance, alice, other.id)
        await world.settle()
    await profiles.change(instance, alice, ProfileChange(name="Alice A.", bio="Writes #things"))
    await _meet_and_part(world)
    await world.settle()
    return peer.inbox


async def _write(world: World, answered: Any) -> None:
    """Posts of every kind, one of which is edited, pinned, taken down and deleted."""
    instance, alice = world.instance, world.alice
    text = "@honest@b.test see **this** #Birds https://example.org/x :)"
    post = await say(instance, alice, text, language="en", summary="Birds")
    await say(instance, alice, "quietly", visibility=Visibility.UNLISTED.value)
    await say(instance, alice, "among us", visibility=Visibility.FOLLOWERS.value)
    await say(instance, alice, "@honest@b.test a word", visibility=Visibility.DIRECT.value)
    await say(instance, alice, "an answer", in_reply_to_id=answered)
    await say(instance, alice, "which?", poll=PollDraft(("this", "that")))
    await world.settle()
    await interacting.pin(instance, alice, post.id)
    await interacting.unpin(instance, alice, post.id)
    world.clock.advance(minutes=1)
    await publishing.edit(instance, alice, post.id, Draft(text + " indeed", language="en"))
    await world.settle()
    await publishing.delete(instance, alice, post.id)
    await world.settle()


async def _meet_and_part(world: World) -> None:
    """Follows both ways, accepted, refused and ended; a block, and its end."""
    instance, alice, honest = world.instance, world.alice, await world.actor(world.honest)
    await following.unfollow(instance, alice, honest)
    await following.follow(instance, alice, honest)
    await following.remove_follower(instance, alice, honest.id)
    await world.settle()
    await world.tell(world.honest, world.honest.activity("Follow", object=alice.uri))
    locked = await change(alice, is_locked=True)
    await following.remove_follower(instance, locked, honest.id)
    await world.tell(world.honest, world.honest.activity("Follow", object=alice.uri))
    await following.reject(instance, locked, honest.id)
    await blocking.block(instance, locked, honest.id)
    await blocking.unblock(instance, locked, honest.id)


async def test_a65_every_kind_of_activity_has_what_it_needs(sent: list[dict[str, Any]]) -> None:
    """A3, A4, A5, A7, A65, E63, E64: id of ours, type, actor as a plain id, object, target."""
    kinds = Counter(each["type"] for each in sent)
    assert set(kinds) >= {
        *("Create", "Update", "Delete", "Like", "Announce", "Undo", "Add", "Remove"),
        *("Follow", "Accept", "Reject", "Block"),
    }
    for each in sent:
        assert "https://www.w3.org/ns/activitystreams" in each["@context"]
        assert each["id"].startswith("https://alpha.test/")
        assert each["actor"].startswith("https://alpha.test/actors/")
        assert each["type"] not in NEEDS_OBJECT or each["object"]
        assert each["type"] not in {"Add", "Remove"} or each["target"].endswith("/featured")
    # One activity may come to several inboxes of a host; no two have one id.
    by_id = {each["id"]: each for each in sent}
    assert all(by_id[each["id"]] == each for each in sent)


async def test_e63_lists_are_lists_and_times_are_times(sent: list[dict[str, Any]]) -> None:
    """E63, E65, A33, A39, A97: also with one element; nothing is null; no hidden recipients."""
    for path, value in _fields(sent):
        name = path.rpartition(".")[2]
        if name in {"to", "cc", "tag", "attachment", "orderedItems", "oneOf", "anyOf"}:
            assert isinstance(value, list), path
        if name in {"published", "updated", "endTime"}:
            assert _INSTANT.fullmatch(value), (path, value)
        # WordPress refuses a Note without inReplyTo; both are how Mastodon says "none".
        assert value is not None or name in {"inReplyTo", "summary"}, path
        assert name not in {"bto", "bcc"}
        assert value not in ("as:Public", "Public"), path


def _fields(value: Any, path: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        parts = [(f"{path}.{key}", item) for key, item in value.items() if key != "@context"]
    elif isinstance(value, list):
        parts = [(path, item) for item in value]
        return [found for where, item in parts for found in _fields(item, where)]
    else:
        return []
    return parts + [found for where, item in parts for found in _fields(item, where)]


async def test_a48_create_and_note_say_the_same(world: World, sent: list[dict[str, Any]]) -> None:
    """A47, A48, A61, A69, A70: attributedTo is the actor, recipients are equal; each came once."""
    creates = [each for each in sent if each["type"] == "Create"]
    notes = [each["object"] for each in creates]
    assert len({note["id"] for note in notes}) == len(notes) == 6
    for create in creates:
        note = create["object"]
        assert note["attributedTo"] == create["actor"] == world.alice.uri
        assert (note["to"], note["cc"]) == (create["to"], create["cc"])
        assert note["published"] == create["published"]
        assert await posts.find_by_uri(note["id"]) is not None


async def test_e79_the_audience_says_the_visibility(
    world: World, sent: list[dict[str, Any]]
) -> None:
    """A44, A73, E79, E89: Public in `to` or `cc`, the followers, or only who is named."""
    followers = f"{world.alice.uri}/followers"
    said = {
        re.sub("<[^>]+>", "", each["object"]["content"]): (each["to"], each["cc"])
        for each in sent
        if each["type"] == "Create"
    }
    assert said["quietly"] == ([followers], [PUBLIC])
    assert said["among us"] == ([followers], [])
    assert said["@honest a word"] == ([world.honest.uri], [])
    assert said["an answer"][0] == [PUBLIC]
    assert set(said["an answer"][1]) == {followers, world.honest.uri}


async def test_e74_an_undo_holds_what_it_undoes(sent: list[dict[str, Any]]) -> None:
    """A60, E64, E74: with its id, so that servers find it either way."""
    undone = [each["object"] for each in sent if each["type"] == "Undo"]
    assert {each["type"] for each in undone} == {"Like", "Announce", "Follow", "Block"}
    ids = {each["id"] for each in sent}
    assert {each["id"] for each in undone if each["type"] != "Follow"} <= ids
    for each in undone:
        assert each["actor"].startswith("https://alpha.test/actors/")
        assert isinstance(each["object"], str)


async def test_no_field_has_a_shape_that_nobody_else_writes(sent: list[dict[str, Any]]) -> None:
    """E62, E63: what recorded servers write, they read."""
    assert [problem for each in sent for problem in strange(each)] == []
