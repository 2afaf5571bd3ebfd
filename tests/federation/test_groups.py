"""Groups (FEP-1b12): what they announce is fetched where it was made, and is no boost spam."""

import json
from typing import Any

import pytest

from inbox import groups
from outbox import following
from storage import interactions, posts
from storage.records import ActorKind, InteractionKind, Post
from tests.federation.peers import PUBLIC, Person
from tests.federation.world import World
from tests.usecases.social import say


@pytest.fixture
async def group(world: World) -> Person:
    """A community of another host, as Lemmy has them; alice follows it."""
    made = world.victor.peer.join("gardening", 7, type="Group")
    await world.follow(world.alice, made)
    return made


def _page(person: Person, group: Person, text: str = "Tomatoes", **changes: Any) -> dict[str, Any]:
    """A post of a member, as Lemmy writes it."""
    return person.note(
        text, to=[group.uri, PUBLIC], cc=[], audience=group.uri, type="Page", name=text, **changes
    )


def _announce(group: Person, activity: dict[str, Any] | str, **changes: Any) -> dict[str, Any]:
    inner = activity if isinstance(activity, str) else _without_context(activity)
    return group.activity("Announce", object=inner, to=[PUBLIC], cc=[group.followers], **changes)


def _without_context(activity: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in activity.items() if name != "@context"}


async def _kept(world: World, uri: str) -> Post | None:
    return await world.find(uri)


async def test_a_post_of_a_group_is_read_at_home_once(world: World, group: Person) -> None:
    """A198, E86, E88: Lemmy announces the Create and the page; it stands in the group, once."""
    page = _page(world.neighbour, group)
    await world.tell(group, _announce(group, world.neighbour.create(page)))
    await world.tell(group, _announce(group, page["id"]))
    kept = await _kept(world, page["id"])
    assert kept is not None
    assert (kept.audience, kept.title) == (group.uri, "Tomatoes")
    assert [post.uri for post in await world.home()].count(page["id"]) == 1
    found = await world.actor(group)
    assert found.kind is ActorKind.GROUP
    assert await interactions.find_interaction(InteractionKind.BOOST, found.id, kept.id)


async def test_comments_fill_conversations_and_not_the_home_feed(
    world: World, group: Person
) -> None:
    """E86: whoever follows a group does not read every answer at home."""
    page = _page(world.neighbour, group)
    comment = world.honest.note("I agree", inReplyTo=page["id"], audience=group.uri)
    await world.tell(group, _announce(group, world.neighbour.create(page)))
    await world.tell(group, _announce(group, world.honest.create(comment)))
    kept, parent = await _kept(world, comment["id"]), await _kept(world, page["id"])
    assert kept is not None
    assert parent is not None
    assert kept.in_reply_to_id == parent.id
    assert comment["id"] not in {post.uri for post in await world.home(world.alice)}


async def test_what_a_group_embeds_is_never_believed(world: World, group: Person) -> None:
    """A198, OR-3, OR-34: the words come from the origin of the post."""
    page = _page(world.neighbour, group, "Right words")
    forged = page | {"content": "<p>Forged words</p>", "name": "Forged"}
    await world.tell(group, _announce(group, world.neighbour.create(forged)))
    kept = await _kept(world, page["id"])
    assert kept is not None
    assert "Right words" in kept.content
    nowhere = _without_context(world.victor.note("Nowhere")) | {"id": "https://b.test/notes/none"}
    await world.tell(group, _announce(group, world.honest.create(nowhere)))
    assert await _kept(world, "https://b.test/notes/none") is None


async def test_edits_and_deletions_are_looked_for_at_the_origin(
    world: World, group: Person
) -> None:
    """A198: a group cannot change or delete what its origin still serves."""
    page = _page(world.neighbour, group, "First")
    await world.tell(group, _announce(group, world.neighbour.create(page)))
    gone = world.neighbour.activity("Delete", object=page["id"])
    await world.tell(group, _announce(group, gone))
    kept = await _kept(world, page["id"])
    assert kept is not None
    world.clock.advance(hours=1)
    moment = world.clock().isoformat().replace("+00:00", "Z")
    world.neighbour.peer.put(page | {"content": "<p>Second</p>", "updated": moment})
    forged = page | {"content": "<p>Forged</p>", "updated": moment}
    edit = world.neighbour.activity("Update", object=forged)
    await world.tell(group, _announce(group, edit))
    kept = await _kept(world, page["id"])
    assert kept is not None
    assert "Second" in kept.content
    world.neighbour.peer.put({"id": page["id"], "type": "Tombstone"})
    await world.tell(group, _announce(group, gone, id="https://v.test/activities/again"))
    assert await _kept(world, page["id"]) is None


async def test_a_reaction_is_fetched_where_it_was_made(world: World, group: Person) -> None:
    """A198, OR-29: a like of a post of ours counts when its maker's server serves it."""
    post = await say(world.instance, world.alice, "For the group")
    like = world.honest.activity("Like", object=post.uri)
    forged = world.victor.activity("Like", object=post.uri)
    await world.tell(group, _announce(group, like))
    await world.tell(group, _announce(group, forged))
    counts = await interactions.counts([post.id])
    assert counts[post.id].likes == 0
    world.honest.peer.put(like)
    await world.tell(group, _announce(group, like, id="https://v.test/activities/again"))
    counts = await interactions.counts([post.id])
    assert counts[post.id].likes == 1
    assert await world.tell(world.honest, like) == 202  # the same, sent by its maker
    counts = await interactions.counts([post.id])
    assert counts[post.id].likes == 1
    undo = world.honest.peer.put(world.honest.activity("Undo", object=_without_context(like)))
    await world.tell(group, _announce(group, undo))
    counts = await interactions.counts([post.id])
    assert counts[post.id].likes == 0


async def test_nothing_but_reactions_is_taken_from_an_address(world: World, group: Person) -> None:
    """A198, OR-5: what people upload to a server is no Follow, Block or Move of theirs."""
    post = await say(world.instance, world.alice, "For the group")
    claimed = world.honest.activity("Like", object=post.uri)
    world.honest.peer.put(
        {"id": claimed["id"], "type": "Block", "actor": world.honest.uri, "object": world.alice.uri}
    )
    await world.tell(group, _announce(group, claimed))
    other = world.honest.activity("Like", object=post.uri) | {"actor": world.victor.uri}
    world.honest.peer.put(other)
    await world.tell(group, _announce(group, other))
    counts = await interactions.counts([post.id])
    assert counts[post.id].likes == 0
    assert [each.kind for each in await world.told(world.alice)] == []


async def test_a_group_makes_us_fetch_no_more_than_some(
    world: World, group: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A198: reactions are bounded for each group, and those to posts elsewhere are not fetched."""
    post = await say(world.instance, world.alice, "For the group")
    elsewhere = _page(world.neighbour, group)
    await world.tell(group, _announce(group, world.neighbour.create(elsewhere)))
    monkeypatch.setattr(groups, "FETCHED_PER_HOUR_MAX", 2)
    world.honest.peer.gets.clear()
    for target in (post.uri, post.uri, post.uri, elsewhere["id"]):
        like = world.honest.peer.put(world.honest.activity("Like", object=target))
        await world.tell(group, _announce(group, like))
    assert len([path for path in world.honest.peer.gets if "activities" in path]) == 2


async def test_a_group_that_is_a_stranger_makes_us_fetch_nothing(
    world: World, group: Person
) -> None:
    """A198: anybody can be a group; whom nobody here follows or posted to is not listened to."""
    stranger = world.mallory.peer.join("strangers", 6, type="Group")
    post = await say(world.instance, world.alice, "Not for strangers")
    page = _page(world.neighbour, group)
    await world.tell(group, _announce(group, world.neighbour.create(page)))
    world.honest.peer.gets.clear()
    world.neighbour.peer.gets.clear()
    like = world.honest.peer.put(world.honest.activity("Like", object=post.uri))
    edit = world.neighbour.activity("Update", object=page)
    gone = world.neighbour.activity("Delete", object=page["id"])
    for activity in (like, edit, gone):
        assert await world.tell(stranger, _announce(stranger, activity)) == 202
    assert world.honest.peer.gets == []
    assert [path for path in world.neighbour.peer.gets if "/notes/" in path] == []
    assert (await interactions.counts([post.id]))[post.id].likes == 0


async def test_only_groups_pass_activities_on(world: World) -> None:
    """E86: a person who announces a Delete or a Like of others does nothing."""
    post = await say(world.instance, world.alice, "Mine")
    like = world.honest.peer.put(world.honest.activity("Like", object=post.uri))
    await world.tell(world.mallory, _announce(world.mallory, like))
    counts = await interactions.counts([post.id])
    assert counts[post.id].likes == 0
    nested = _announce(world.mallory, _announce(world.mallory, like))
    assert await world.tell(world.mallory, nested) == 202


async def test_people_post_to_a_group_by_naming_it(world: World, group: Person) -> None:
    """A198, E88: `audience` and `cc` hold the group; answers go there too."""
    await following.follow(world.instance, world.alice, await world.actor(group))
    post = await say(world.instance, world.alice, "Hello @gardening@v.test, how are your beans?")
    await world.settle()
    (sent,) = [each for each in group.peer.inbox if each["type"] == "Create"]
    note = sent["object"]
    assert note["audience"] == [group.uri]
    assert group.uri in (*note["to"], *note["cc"])
    assert post.audience == group.uri
    # The group passes it on: nobody reads it twice, and it is ours as before.
    await world.tell(group, _announce(group, json.loads(json.dumps(sent))))
    assert [each.uri for each in await world.home()].count(post.uri) == 1
    answer = world.honest.note("Fine", inReplyTo=post.uri, audience=group.uri)
    await world.tell(group, _announce(group, world.honest.create(answer)))
    parent = await posts.find_by_uri(answer["id"])
    assert parent is not None
    group.peer.inbox.clear()
    reply = await say(world.instance, world.alice, "Good", in_reply_to_id=parent.id)
    await world.settle()
    assert reply.audience == group.uri
    (sent,) = [each for each in group.peer.inbox if each["type"] == "Create"]
    assert group.uri in sent["object"]["cc"]


async def test_a_post_that_a_group_takes_out_stays_with_its_author(
    world: World, group: Person
) -> None:
    """A198: moderators of a group rule there and not here."""
    post = await say(world.instance, world.bob, "@gardening@v.test hello")
    await world.tell(group, _announce(group, post.uri))
    assert post.uri in {each.uri for each in await world.home()}
    removal = group.activity("Delete", object=post.uri)
    await world.tell(group, _announce(group, removal))
    assert post.uri not in {each.uri for each in await world.home()}
    assert await posts.find_by_uri(post.uri) is not None


async def test_a_group_that_is_named_in_to_alone_is_known(world: World, group: Person) -> None:
    """E88: Lemmy wrote no `audience` for a while; an answer from here goes to the group too."""
    page = world.neighbour.note(
        "", to=[group.uri, PUBLIC], cc=[], type="Page", name="No audience", mediaType="text/html"
    )
    created = world.neighbour.create(page, cc=[group.uri])
    await world.tell(group, _announce(group, created))
    kept = await _kept(world, page["id"])
    assert kept is not None
    assert (kept.audience, kept.title) == (group.uri, "No audience")
    group.peer.inbox.clear()
    await say(world.instance, world.alice, "An answer", in_reply_to_id=kept.id)
    await world.settle()
    assert [each["object"]["audience"] for each in group.peer.inbox] == [[group.uri]]


async def test_an_announce_needs_no_id(world: World, group: Person) -> None:
    """E86: the id may be missing, or used twice."""
    first, second = _page(world.neighbour, group, "One"), _page(world.neighbour, group, "Two")
    assert await world.tell(group, _announce(group, first["id"], id=None)) == 202
    assert await world.tell(group, _announce(group, second["id"], id=None)) == 202
    assert {first["id"], second["id"]} <= {post.uri for post in await world.home()}
