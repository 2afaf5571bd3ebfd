"""Block and mute: what ends, what is cleaned, what is sent."""

from datetime import timedelta

import pytest

from feeds import home, notifications
from feeds.loading import dress
from instance.errors import Invalid, NotFound
from instance.resources import Instance
from outbox import blocking, following, interacting
from posts.threads import visible_post
from storage import relations
from storage.records import Actor, NotificationKind, Page
from tests.instances import FakeClock
from tests.internet import FakeInternet
from tests.usecases.social import befriend, delivered, hear, make_person, say, settle


async def _feed(instance: Instance, owner: Actor) -> list[str]:
    page = await home.read(instance, owner, Page())
    return [item.post.source for item in await dress(page.items)]


async def _told(instance: Instance, owner: Actor) -> list[NotificationKind]:
    page = await notifications.read(instance, owner, Page())
    return [item.notification.kind for item in page.items]


async def _make_friends(instance: Instance, one: Actor, other: Actor) -> None:
    await following.follow(instance, one, other)
    await following.follow(instance, other, one)


async def test_pv19_a_block_ends_follows_both_ways_and_cleans_up(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    await _make_friends(instance, alice, bob)
    await say(instance, bob, "By bob @alice")
    await say(instance, alice, "By alice @bob")
    await settle(instance)
    how = await blocking.block(instance, alice, bob.id)
    assert how.blocking
    assert not how.following
    assert not how.followed_by
    assert await _feed(instance, alice) == ["By alice @bob"]
    assert await _feed(instance, bob) == ["By bob @alice"]
    assert await _told(instance, alice) == []
    assert await _told(instance, bob) == []


async def test_pv11_and_pv18_nothing_comes_through_a_block(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    post = await say(instance, alice)
    await blocking.block(instance, alice, bob.id)
    with pytest.raises(NotFound):
        await visible_post(instance, post.id, bob)
    with pytest.raises(NotFound):
        await interacting.like(instance, bob, post.id)
    await say(instance, bob, "Hey @alice")
    assert await _told(instance, alice) == []
    assert await notifications.unread_count(instance, alice) == 0


async def test_blocking_a_remote_person_undoes_rejects_and_blocks_in_order(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    ours = await befriend(instance, alice, ben)
    theirs = await befriend(instance, ben, alice)
    await blocking.block(instance, alice, ben.id)
    await blocking.block(instance, alice, ben.id)
    undo, reject, block = await delivered(instance, internet)
    assert [undo["type"], reject["type"], block["type"]] == ["Undo", "Reject", "Block"]
    assert undo["object"]["id"] == ours.uri
    assert reject["object"]["id"] == theirs.uri
    assert block["object"] == ben.uri


async def test_consequence_16_an_unblock_embeds_the_block_and_a_follow_works_again(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    """Consequences 9 and 16: Undo(Block) and a Follow right after it arrive in this order."""
    await blocking.block(instance, alice, ben.id)
    how = await blocking.unblock(instance, alice, ben.id)
    assert not how.blocking
    assert (await following.follow(instance, alice, ben)).requested
    block, undo, follow = await delivered(instance, internet)
    assert undo["type"] == "Undo"
    assert undo["object"]["type"] == "Block"
    assert (undo["object"]["id"], undo["object"]["object"]) == (block["id"], ben.uri)
    assert follow["type"] == "Follow"


async def test_unblocking_nobody_sends_nothing(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    await blocking.unblock(instance, alice, ben.id)
    assert await delivered(instance, internet) == []


async def test_a_blocked_persons_boosts_and_boosted_posts_are_hidden(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    carol = await make_person(instance, "carol")
    await following.follow(instance, alice, carol)
    post = await say(instance, bob, "By bob")
    await interacting.boost(instance, carol, post.id)
    await settle(instance)
    assert await _feed(instance, alice) == ["By bob"]
    await blocking.block(instance, alice, bob.id)
    assert await _feed(instance, alice) == []


async def test_a_mute_hides_until_it_ends_and_keeps_the_follow(
    instance: Instance, alice: Actor, bob: Actor, clock: FakeClock
) -> None:
    await following.follow(instance, alice, bob)
    await say(instance, bob)
    await settle(instance)
    until = clock() + timedelta(hours=1)
    how = await blocking.mute(instance, alice, bob.id, expires_at=until)
    assert how.muting
    assert how.following
    assert await _feed(instance, alice) == []
    clock.advance(hours=2)
    assert await _feed(instance, alice) == ["Hello"]


async def test_pv18_a_muted_person_tells_nothing(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    await say(instance, bob, "Hey @alice")
    assert await _told(instance, alice) == [NotificationKind.MENTION]
    await blocking.mute(instance, alice, bob.id)
    assert await _told(instance, alice) == []
    await say(instance, bob, "Hey again @alice")
    assert await _told(instance, alice) == []
    assert await notifications.unread_count(instance, alice) == 0


async def test_a_mute_of_posts_alone_lets_notifications_through(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    await blocking.mute(instance, alice, bob.id, hides_notifications=False)
    await say(instance, bob, "Hey @alice")
    assert await _told(instance, alice) == [NotificationKind.MENTION]


async def test_unmuting_shows_what_is_there(instance: Instance, alice: Actor, bob: Actor) -> None:
    await following.follow(instance, alice, bob)
    await say(instance, bob)
    await settle(instance)
    await blocking.mute(instance, alice, bob.id)
    assert not (await blocking.unmute(instance, alice, bob.id)).muting
    assert await _feed(instance, alice) == ["Hello"]
    await blocking.unmute(instance, alice, bob.id)


async def test_a_mute_is_nobodys_business(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    await blocking.mute(instance, alice, ben.id)
    await hear(instance, ben)
    assert await delivered(instance, internet) == []
    ((_, muted),) = await relations.mutes_of(alice.id, Page(limit=9), instance.now())
    assert muted.id == ben.id


async def test_nobody_blocks_or_mutes_themselves_or_nobody(
    instance: Instance, alice: Actor
) -> None:
    nobody = instance.ids.new()
    for act in (blocking.block, blocking.mute):
        with pytest.raises(Invalid):
            await act(instance, alice, alice.id)
        with pytest.raises(NotFound):
            await act(instance, alice, nobody)
