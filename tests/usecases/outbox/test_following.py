"""Follow, unfollow, accept, reject, remove: both ways, here and elsewhere."""

import pytest

from feeds import home, notifications
from feeds.loading import dress
from instance.errors import Conflict, Forbidden, Invalid, NotFound
from instance.resources import Instance
from outbox import blocking, following
from storage import relations
from storage.records import Actor, FollowState, NotificationKind, Page
from tests.instances import FakeClock
from tests.internet import FakeInternet
from tests.usecases.social import (
    answering,
    befriend,
    change,
    delivered,
    make_person,
    make_remote,
    say,
    settle,
)


async def _told(instance: Instance, owner: Actor) -> list[NotificationKind]:
    page = await notifications.read(instance, owner, Page())
    return [item.notification.kind for item in page.items]


async def _feed(instance: Instance, owner: Actor) -> list[str]:
    page = await home.read(instance, owner, Page())
    return [item.post.source for item in await dress(page.items)]


# ---------------------------------------------------------------- among local people


async def test_an_open_local_account_is_followed_at_once(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    await say(instance, bob, "Before")
    await say(instance, bob, "Hidden", visibility="direct")
    await settle(instance)
    how = await following.follow(instance, alice, bob)
    assert how.following
    assert not how.requested
    assert await _told(instance, bob) == [NotificationKind.FOLLOW]
    assert await _feed(instance, alice) == ["Before"]


async def test_pv14_a_locked_local_account_is_asked(instance: Instance, alice: Actor) -> None:
    bob = await make_person(instance, "bob", is_locked=True)
    await say(instance, bob, "Before")
    how = await following.follow(instance, alice, bob)
    assert how.requested
    assert not how.following
    assert await _told(instance, bob) == [NotificationKind.FOLLOW_REQUEST]
    assert await _feed(instance, alice) == []

    how = await following.accept(instance, bob, alice.id)
    assert how.followed_by
    assert await _told(instance, bob) == [NotificationKind.FOLLOW]
    assert await _feed(instance, alice) == ["Before"]


async def test_following_twice_is_following_once(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """FL-3."""
    for _ in range(3):
        await following.follow(instance, alice, bob)
    assert len(await relations.followers(bob.id, Page())) == 1
    assert await _told(instance, bob) == [NotificationKind.FOLLOW]


async def test_unfollowing_clears_the_feed_and_the_news(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """PV-19: gone at once."""
    await following.follow(instance, alice, bob)
    await say(instance, bob)
    await settle(instance)
    assert await _feed(instance, alice) == ["Hello"]
    how = await following.unfollow(instance, alice, bob)
    assert not how.following
    assert await _feed(instance, alice) == []
    assert await _told(instance, bob) == []
    assert not (await following.unfollow(instance, alice, bob)).following
    await following.follow(instance, alice, bob)
    assert await _told(instance, bob) == [NotificationKind.FOLLOW]


async def test_a_refused_request_leaves_nothing(instance: Instance, alice: Actor) -> None:
    bob = await make_person(instance, "bob", is_locked=True)
    await following.follow(instance, alice, bob)
    how = await following.reject(instance, bob, alice.id)
    assert not how.requested_by
    assert await _told(instance, bob) == []
    with pytest.raises(NotFound):
        await following.accept(instance, bob, alice.id)
    with pytest.raises(NotFound):
        await following.reject(instance, bob, alice.id)


async def test_pv15_a_removed_follower_reads_nothing_more(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    await following.follow(instance, alice, bob)
    await say(instance, bob, visibility="followers")
    await settle(instance)
    assert await _feed(instance, alice) == ["Hello"]
    how = await following.remove_follower(instance, bob, alice.id)
    assert not how.followed_by
    assert await _feed(instance, alice) == []
    await following.remove_follower(instance, bob, alice.id)


async def test_who_cannot_be_followed(
    instance: Instance, alice: Actor, bob: Actor, clock: FakeClock
) -> None:
    """Oneself is Invalid; who is gone NotFound (FL-14); through a block Forbidden."""
    with pytest.raises(Invalid):
        await following.follow(instance, alice, alice)
    gone = await make_person(instance, "gone", deleted_at=clock())
    held = await make_person(instance, "held", suspended_at=clock())
    for nobody in (gone, held):
        with pytest.raises(NotFound):
            await following.follow(instance, alice, nobody)
    await blocking.block(instance, bob, alice.id)
    with pytest.raises(Forbidden):
        await following.follow(instance, alice, bob)
    with pytest.raises(Forbidden):
        await following.follow(instance, bob, alice)


async def test_nobody_is_accepted_who_did_not_ask(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    with pytest.raises((NotFound, Conflict)):
        await following.accept(instance, alice, bob.id)
    with pytest.raises(NotFound):
        await following.remove_follower(instance, alice, instance.ids.new())


# ---------------------------------------------------------------- remote people


async def test_a_remote_account_is_asked_even_when_it_is_open(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    how = await following.follow(instance, alice, ben)
    assert how.requested
    assert not how.following
    (sent,) = await delivered(instance, internet)
    assert (sent["type"], sent["actor"], sent["object"]) == ("Follow", alice.uri, ben.uri)
    assert instance.addresses.activity_id(sent["id"]) is not None
    stored = await relations.find_follow(alice.id, ben.id)
    assert stored is not None
    assert stored.uri == sent["id"]


async def test_consequence_8_each_follow_has_a_fresh_id(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    """And the Undo embeds the Follow that it takes back."""
    await following.follow(instance, alice, ben)
    await following.follow(instance, alice, ben)  # a request that waits is not sent again
    await following.unfollow(instance, alice, ben)
    await following.follow(instance, alice, ben)
    first, undo, second = await delivered(instance, internet)
    assert [first["type"], undo["type"], second["type"]] == ["Follow", "Undo", "Follow"]
    assert undo["object"]["id"] == first["id"]
    assert undo["object"]["type"] == "Follow"
    assert undo["object"]["object"] == ben.uri
    assert len({first["id"], undo["id"], second["id"]}) == 3


async def test_accepting_a_remote_follower_embeds_their_follow(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    asked = await befriend(instance, ben, alice, state=FollowState.REQUESTED)
    how = await following.accept(instance, alice, ben.id)
    assert how.followed_by
    (sent,) = await delivered(instance, internet)
    assert (sent["type"], sent["actor"]) == ("Accept", alice.uri)
    assert sent["object"]["id"] == asked.uri
    assert (sent["object"]["actor"], sent["object"]["object"]) == (ben.uri, alice.uri)
    assert await _told(instance, alice) == [NotificationKind.FOLLOW]


async def test_e121_an_accepted_follow_is_accepted_again_and_told_once(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    await befriend(instance, ben, alice, state=FollowState.REQUESTED)
    await following.accept(instance, alice, ben.id)
    await following.accept(instance, alice, ben.id)
    sent = await delivered(instance, internet)
    assert [each["type"] for each in sent] == ["Accept", "Accept"]
    assert len(await _told(instance, alice)) == 1


@pytest.mark.parametrize("state", list(FollowState))
async def test_a_remote_follower_is_refused_and_removed_by_a_reject(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet, state: FollowState
) -> None:
    """E123: a Reject after the Accept removes."""
    asked = await befriend(instance, ben, alice, state=state)
    if state is FollowState.REQUESTED:
        await following.reject(instance, alice, ben.id)
    else:
        await following.remove_follower(instance, alice, ben.id)
    (sent,) = await delivered(instance, internet)
    assert sent["type"] == "Reject"
    assert sent["object"]["id"] == asked.uri
    assert await relations.find_follow(ben.id, alice.id) is None


async def test_a_follow_of_nobody_known_is_delivered_to_a_personal_inbox(
    instance: Instance, alice: Actor, internet: FakeInternet
) -> None:
    """A78: recipients without a shared inbox."""
    answering(internet, "wp.test")
    wp = await make_remote(instance, "author", "wp.test", shared_inbox_url=None)
    await following.follow(instance, alice, wp)
    await settle(instance)
    (request,) = internet.sent_to("wp.test")
    assert str(request.url) == wp.inbox_url


async def test_a_moved_in_lock_asks_from_then_on(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    bob = await change(bob, is_locked=True)
    assert (await following.follow(instance, alice, bob)).requested
