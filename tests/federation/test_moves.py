"""Moves between servers: who is taken along, who is not, and who may say so."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from actors import remote
from instance.errors import Forbidden, Invalid
from outbox import blocking, moving, publishing
from posts.drafts import Draft
from storage import actors, lists, relations
from storage.records import Actor, ListMember, NotificationKind, PersonList, RepliesPolicy
from tests.federation.peers import Person
from tests.federation.world import World
from tests.usecases.social import befriend, change, make_person


def _new_home(world: World, *aliases: str) -> Person:
    """Where honest lives from now on: somebody of the other host who names these aliases."""
    return world.victor.peer.join("honest_again", 5, alsoKnownAs=list(aliases))


def _move(person: Person, target: str, **changes: str) -> dict[str, object]:
    return person.activity("Move", **{"object": person.uri, "target": target, **changes})


async def _follows(follower: Actor, person: Person) -> bool:
    known = await actors.find_by_uri(person.uri)
    return known is not None and await relations.find_follow(follower.id, known.id) is not None


async def test_a_move_takes_followers_lists_blocks_and_mutes_along(world: World) -> None:
    """A168, E127, B128: both sides agree, so whoever follows here follows the new account."""
    old = await world.actor(world.honest)
    made = PersonList(
        world.instance.ids.new(), world.alice.id, "Friends", RepliesPolicy.LIST, world.clock()
    )
    await lists.insert(made)
    await lists.insert_member(ListMember(world.instance.ids.new(), made.id, old.id))
    blocker = await make_person(world.instance, "blocker")
    from_outside = _new_home(world, world.honest.uri)
    await world.follow(world.bob, world.honest)
    await _block(world, blocker, old)
    assert await world.tell(world.honest, _move(world.honest, from_outside.uri)) == 202
    new = await world.actor(from_outside)
    for follower in (world.alice, world.bob):
        assert await _follows(follower, from_outside)
        assert not await _follows(follower, world.honest)
    assert [each["type"] for each in from_outside.peer.inbox].count("Follow") == 2
    assert (await world.actor(world.honest)).moved_to == new.uri
    assert await lists.of_actor_with(world.alice.id, new.id, 9) == [made]
    assert await lists.of_actor_with(world.alice.id, old.id, 9) == []
    assert await relations.find_block(blocker.id, new.id) is not None
    assert [each.kind for each in await world.told(world.bob)] == [NotificationKind.MOVE]


async def _block(world: World, blocker: Actor, target: Actor) -> None:
    await blocking.block(world.instance, blocker, target.id)


async def test_or_17_a_move_of_somebody_else_is_refused(world: World) -> None:
    """OR-17: mallory says that victor moved to mallory, who even claims to be victor too."""
    world.mallory.peer.put(world.mallory.document(alsoKnownAs=[world.victor.uri]))
    await world.follow(world.bob, world.victor)
    forged = _move(world.mallory, world.mallory.uri, object=world.victor.uri)
    assert await world.tell(world.mallory, forged) == 202
    assert await _follows(world.bob, world.victor)
    assert not await _follows(world.bob, world.mallory)
    as_victor = forged | {"actor": world.victor.uri}
    assert await world.tell(world.mallory, as_victor) == 401
    assert await _follows(world.bob, world.victor)
    await world.sentinel()


async def test_or_18_a_move_without_also_known_as_is_ignored(world: World) -> None:
    """OR-18, E127: the target does not say that it is the same person."""
    target = _new_home(world)
    assert await world.tell(world.honest, _move(world.honest, target.uri)) == 202
    assert await _follows(world.alice, world.honest)
    assert not await _follows(world.alice, target)
    assert (await world.actor(world.honest)).moved_to is None
    await world.sentinel()


async def test_what_a_target_says_is_read_anew_and_never_from_memory(world: World) -> None:
    """E127: the alias was taken back since we read the target."""
    target = _new_home(world, world.honest.uri)
    await world.follow(world.bob, target)
    target.peer.put(target.document())
    await world.tell(world.honest, _move(world.honest, target.uri))
    assert not await _follows(world.alice, target)


async def test_circles_and_chains_of_moves_end(world: World) -> None:
    """E127: to an account that moved itself nobody is sent on; a second move has to wait."""
    target = _new_home(world, world.honest.uri)
    target.peer.put(
        target.document(alsoKnownAs=[world.honest.uri], movedTo="https://b.test/users/next")
    )
    await world.tell(world.honest, _move(world.honest, target.uri))
    assert not await _follows(world.alice, target)
    target.peer.put(target.document(alsoKnownAs=[world.honest.uri]))
    await world.tell(world.honest, _move(world.honest, target.uri))
    assert await _follows(world.alice, target)
    # And back again, at once: the old account has moved, and says so.
    world.honest.peer.put(world.honest.document(alsoKnownAs=[target.uri], movedTo=target.uri))
    await world.tell(target, _move(target, world.honest.uri))
    assert not await _follows(world.alice, world.honest)


async def test_a_second_move_waits_for_a_week(world: World) -> None:
    """E127: the cooldown; afterwards it counts again."""
    first, second = _new_home(world, world.honest.uri), None
    await world.tell(world.honest, _move(world.honest, first.uri))
    second = world.victor.peer.join("third_home", 6, alsoKnownAs=[world.honest.uri])
    await world.follow(world.bob, world.honest)
    await world.tell(world.honest, _move(world.honest, second.uri))
    assert not await _follows(world.bob, second)
    world.clock.advance(days=8)
    await world.tell(world.honest, _move(world.honest, second.uri))
    assert await _follows(world.bob, second)


async def test_a_profile_read_anew_meanwhile_does_not_take_a_move_back(world: World) -> None:
    """E127: between the answer of the new home and the taking along, the old one is read again."""
    target = _new_home(world, world.honest.uri)
    await world.follow(world.bob, world.honest)
    old = await world.actor(world.honest)
    await moving.follow_move(world.instance, {"actor_id": old.id, "target": target.uri})
    assert (await remote.fetch(world.instance, old.uri)).moved_to is None
    await world.settle()
    assert await _follows(world.bob, target)


async def test_a_move_to_somebody_here_counts_when_they_named_the_alias(world: World) -> None:
    """A168: moving in; without the alias nobody is taken along."""
    await world.follow(world.alice, world.honest)
    await world.tell(world.honest, _move(world.honest, world.bob.uri))
    assert await relations.find_follow(world.alice.id, world.bob.id) is None
    await moving.add_alias(world.instance, world.bob, "@honest@b.test")
    await world.tell(world.honest, _move(world.honest, world.bob.uri))
    assert await relations.find_follow(world.alice.id, world.bob.id) is not None


async def test_followers_are_taken_along_in_slices(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A168: many followers are many small jobs; a job that runs twice changes nothing."""
    monkeypatch.setattr(moving, "TAKEN_PER_JOB_MAX", 2)
    old = await world.actor(world.honest)
    many = [await make_person(world.instance, f"reader{number}") for number in range(5)]
    for each in many:
        await befriend(world.instance, each, old)
    target = _new_home(world, world.honest.uri)
    await world.tell(world.honest, _move(world.honest, target.uri))
    new = await world.actor(target)
    await moving.take_along(world.instance, {"actor_id": old.id, "target_id": new.id})
    assert [await _follows(each, target) for each in many] == [True] * 5
    assert [each["type"] for each in target.peer.inbox].count("Follow") == 6


async def test_who_blocks_the_new_account_does_not_follow_it(world: World) -> None:
    """A168, PV-19: a block is stronger than a move."""
    target = _new_home(world, world.honest.uri)
    new = await world.follow(world.bob, target)
    await _block(world, world.alice, new)
    await world.tell(world.honest, _move(world.honest, target.uri))
    assert not await _follows(world.alice, target)


# ---------------------------------------------------------------- people here move


@pytest.fixture
async def elsewhere(world: World) -> Person:
    """Where alice wants to live, with the alias; somebody there follows her."""
    await befriend(world.instance, await world.actor(world.victor), world.alice)
    return world.victor.peer.join("alice", 5, alsoKnownAs=[world.alice.uri])


async def test_moving_away_tells_followers_and_ends_posting(
    world: World, elsewhere: Person
) -> None:
    """A169: Update and Move are sent, movedTo is served, and nothing is posted any more."""
    await befriend(world.instance, world.bob, world.alice)
    moved = await moving.move_away(world.instance, world.alice, f"@alice@{elsewhere.peer.host}")
    await world.settle()
    sent = [each for each in elsewhere.peer.inbox if each["type"] in {"Update", "Move"}]
    assert [each["type"] for each in sent] == ["Update", "Move"]
    assert (sent[1]["object"], sent[1]["target"]) == (world.alice.uri, elsewhere.uri)
    served = await world.get(f"/actors/{world.alice.id}")
    assert json.loads(served.body)["movedTo"] == elsewhere.uri
    assert await _follows(world.bob, elsewhere)
    with pytest.raises(Forbidden):
        await publishing.publish(world.instance, moved, Draft(text="Still here"))


async def test_a_follow_of_who_has_moved_is_rejected(world: World, elsewhere: Person) -> None:
    """A169, FL-14: the new account is the one to follow."""
    await moving.move_away(world.instance, world.alice, elsewhere.uri)
    asked = world.neighbour.activity("Follow", object=world.alice.uri)
    await world.tell(world.neighbour, asked)
    assert [each["type"] for each in world.neighbour.peer.inbox] == ["Reject"]
    assert not await world.followed_by(world.neighbour, world.alice)


async def test_nobody_moves_away_without_the_alias_or_twice_in_a_month(
    world: World, elsewhere: Person
) -> None:
    """A169, E127: the other account has to agree, and there are 30 days between two moves."""
    with pytest.raises(Invalid, match="alias"):
        await moving.move_away(world.instance, world.alice, world.honest.uri)
    await moving.move_away(world.instance, world.alice, elsewhere.uri)
    back = await moving.come_back(world.instance, world.alice)
    assert back.moved_to is None
    await publishing.publish(world.instance, back, Draft(text="Back again"))
    with pytest.raises(Invalid, match="30 days"):
        await moving.move_away(world.instance, world.alice, elsewhere.uri)
    world.clock.advance(days=31)
    await moving.move_away(world.instance, world.alice, elsewhere.uri)


async def test_aliases_are_served_and_taken_back(world: World) -> None:
    """A169: alsoKnownAs holds who the same person is elsewhere, found by WebFinger."""
    after = await moving.add_alias(world.instance, world.alice, "@honest@b.test")
    assert after.also_known_as == (world.honest.uri,)
    served = await world.get(f"/actors/{world.alice.id}")
    assert json.loads(served.body)["alsoKnownAs"] == [world.honest.uri]
    named = await moving.aliases_of(world.instance, after)
    assert [actor.username for _, actor in named if actor] == ["honest"]
    with pytest.raises(Invalid):
        await moving.add_alias(world.instance, after, "alice")
    full = tuple(f"https://b.test/users/{number}" for number in range(moving.ALIASES_MAX))
    await change(after, also_known_as=full)
    with pytest.raises(Invalid, match="room"):
        await moving.add_alias(world.instance, after, "@honest@b.test")
    await change(after, also_known_as=(world.honest.uri,))
    assert (await moving.remove_alias(world.instance, after, world.honest.uri)).also_known_as == ()


async def test_a_profile_that_says_it_moved_takes_nobody_along(world: World) -> None:
    """E127: only a Move does; the profile alone says where somebody lives."""
    target = _new_home(world, world.honest.uri)
    world.honest.peer.put(world.honest.document(movedTo=target.uri))
    about_me = world.honest.activity("Update", object=world.honest.document(movedTo=target.uri))
    await world.tell(world.honest, about_me)
    assert (await world.actor(world.honest)).moved_to == target.uri
    assert await _follows(world.alice, world.honest)
    assert await moving.whereabouts(world.instance, await world.actor(world.honest)) is None
    new = await world.follow(world.bob, target)
    assert await moving.whereabouts(world.instance, await world.actor(world.honest)) == new


async def test_a_refresh_forgets_no_cooldown(world: World) -> None:
    """E127: when it moved is our knowledge; what its server says does not change it."""
    old = await world.actor(world.honest)
    moment = world.clock() - timedelta(days=1)
    await actors.save(replace(old, moved_at=moment))
    remembered = world.honest.peer.put(world.honest.document(memorial=True))
    await world.tell(world.honest, world.honest.activity("Update", object=remembered))
    after = await world.actor(world.honest)
    assert (after.moved_at, after.is_memorial) == (moment, True)
