"""Which home feeds a post or boost belongs to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from feeds import fanout, home
from instance.resources import Instance
from outbox import following, interacting, publishing
from storage import feeds, posts, relations
from storage.records import Actor, FollowState, Page, Visibility
from tests.usecases.social import befriend, hear, make_person, make_remote, say, settle


async def _posts(instance: Instance, owner: Actor) -> list[int]:
    return [item.post.id for item in (await home.read(instance, owner, Page(limit=80))).items]


async def test_followers_and_the_author_get_a_post_and_nobody_else(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """PV-13: who has only asked to follow gets nothing."""
    asked, stranger = await make_person(instance, "carol"), await make_person(instance, "dan")
    await befriend(instance, bob, alice)
    await befriend(instance, asked, alice, state=FollowState.REQUESTED)
    post = await say(instance, alice)
    await settle(instance)
    assert await _posts(instance, alice) == [post.id]
    assert await _posts(instance, bob) == [post.id]
    assert await _posts(instance, asked) == []
    assert await _posts(instance, stranger) == []


async def test_a_fan_out_that_runs_twice_shows_a_post_once(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """FA-15."""
    await befriend(instance, bob, alice)
    post = await say(instance, alice)
    for _ in range(3):
        await fanout.fan_out(instance, {"post_id": post.id})
    assert await _posts(instance, bob) == [post.id]


async def test_what_one_person_says_is_read_in_the_order_it_was_said(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """Jobs run side by side; entries stand where they arrive."""
    await befriend(instance, bob, alice)
    made = [await say(instance, alice, f"number {n}") for n in range(12)]
    await settle(instance)
    assert await _posts(instance, bob) == [post.id for post in reversed(made)]


async def test_a_fan_out_of_what_is_gone_does_nothing(
    instance: Instance, alice: Actor, bob: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "AT_ONCE_MAX", 0)
    await befriend(instance, bob, alice)
    post = await say(instance, alice)
    boosted = await say(instance, alice)
    await publishing.delete(instance, alice, post.id)
    for payload in (
        {"post_id": post.id},
        {"post_id": instance.ids.new()},
        {"post_id": boosted.id, "booster_id": alice.id},
        {},
    ):
        await fanout.fan_out(instance, dict(payload))
    assert await _posts(instance, bob) == []


async def test_a_direct_post_reaches_mentioned_followers_alone(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    carol = await make_person(instance, "carol")
    for each in (bob, carol):
        await befriend(instance, each, alice)
    post = await say(instance, alice, "Psst @bob", visibility="direct")
    await settle(instance)
    assert await _posts(instance, bob) == [post.id]
    assert await _posts(instance, carol) == []


async def test_a_reply_is_shown_to_those_who_follow_both(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    both, one, dan = [await make_person(instance, name) for name in ("both", "one", "dan")]
    for each in (both, one, dan):
        await befriend(instance, each, alice)
    await befriend(instance, both, bob)
    parent = await say(instance, bob)
    reply = await say(instance, alice, in_reply_to_id=parent.id)
    own = await say(instance, alice, in_reply_to_id=reply.id)
    await settle(instance)
    assert reply.id in await _posts(instance, both)
    assert reply.id not in await _posts(instance, one)
    assert own.id in await _posts(instance, one)  # a thread with oneself is shown whole
    to_dan = await say(instance, alice, in_reply_to_id=(await say(instance, dan)).id)
    await settle(instance)
    assert to_dan.id in await _posts(instance, dan)  # answers to oneself are


async def test_a_reply_to_something_unknown_is_in_nobodys_home(
    instance: Instance, alice: Actor
) -> None:
    ben = await make_remote(instance, "ben")
    await befriend(instance, alice, ben)
    parent = await hear(instance, ben)
    orphan_id = instance.ids.new()
    orphan = replace(
        parent, id=orphan_id, uri=f"{ben.uri}/{orphan_id}", in_reply_to_uri="https://x.test/1"
    )
    await posts.insert(orphan)
    await fanout.distribute(instance, orphan, ben)
    assert await _posts(instance, alice) == [parent.id]


async def test_a_remote_post_reaches_local_followers(instance: Instance, alice: Actor) -> None:
    ben = await make_remote(instance, "ben")
    await befriend(instance, alice, ben)
    post = await hear(instance, ben)
    assert await _posts(instance, alice) == [post.id]


async def test_what_arrives_is_on_top_and_what_is_old_stands_at_its_time(
    instance: Instance, alice: Actor
) -> None:
    """FL-4, FL-20: nothing old is pinned on top, nothing fresh is missed for a slow clock."""
    ben = await make_remote(instance, "ben")
    await befriend(instance, alice, ben)
    first = await hear(instance, ben)
    late = await hear(instance, ben, age=timedelta(minutes=5))
    old = await hear(instance, ben, age=timedelta(days=3))
    assert await _posts(instance, alice) == [late.id, first.id, old.id]


# ---------------------------------------------------------------- boosts


async def test_a_boost_is_not_shown_when_the_post_is_among_the_newest(
    instance: Instance, alice: Actor, bob: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    carol, dan = await make_person(instance, "carol"), await make_person(instance, "dan")
    for booster in (bob, dan):
        await befriend(instance, carol, booster)
    await befriend(instance, carol, alice)
    post = await say(instance, alice)
    await settle(instance)
    await interacting.boost(instance, bob, post.id)
    await settle(instance)
    assert await _posts(instance, carol) == [post.id]
    monkeypatch.setattr(feeds, "NEWEST_WITHOUT_REPEATS", 2)
    for _ in range(2):
        await say(instance, alice)
    await settle(instance)
    await interacting.boost(instance, dan, post.id)
    await settle(instance)
    found = await _posts(instance, carol)
    assert (found[0], found[-1], len(found)) == (post.id, post.id, 4)


async def test_two_boosts_of_one_post_are_shown_once(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    carol, ben = await make_person(instance, "carol"), await make_remote(instance, "ben")
    for booster in (alice, bob):
        await befriend(instance, carol, booster)
    post = await hear(instance, ben)
    for booster in (alice, bob):
        await interacting.boost(instance, booster, post.id)
        await settle(instance)
    assert await _posts(instance, carol) == [post.id]


async def test_a_boost_taken_back_before_the_fan_out_is_never_shown(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    await befriend(instance, bob, alice)
    post = await hear(instance, await make_remote(instance, "ben"))
    await interacting.boost(instance, alice, post.id)
    await interacting.unboost(instance, alice, post.id)
    await settle(instance)
    assert await _posts(instance, bob) == []


# ---------------------------------------------------------------- backfill


async def test_a_new_follow_brings_the_latest_posts_that_one_may_see(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    made = [await say(instance, bob, f"number {n}") for n in range(25)]
    closed = await say(instance, bob, "closed", visibility="followers")
    await say(instance, bob, "secret", visibility="direct")
    await say(instance, bob, "reply", in_reply_to_id=(await say(instance, alice)).id)
    await following.follow(instance, alice, bob)
    found = await _posts(instance, alice)
    shown = [each for each in found if each in {post.id for post in [*made, closed]}]
    assert shown == [closed.id, *[post.id for post in reversed(made)][:19]]
    assert len(found) == 21  # and one's own


async def test_a_backfill_that_runs_twice_shows_posts_once(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    await say(instance, bob)
    await following.follow(instance, alice, bob)
    await fanout.backfill(instance, alice.id, bob.id)
    assert len(await _posts(instance, alice)) == 1


async def test_many_followers_are_written_in_slices(
    instance: Instance, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "AT_ONCE_MAX", 2)
    monkeypatch.setattr(fanout, "READERS_PER_TRANSACTION_MAX", 2)
    readers = [await make_person(instance, f"reader{n}") for n in range(5)]
    for each in readers:
        await befriend(instance, each, alice)
    post = await say(instance, alice)
    await settle(instance)
    for each in readers:
        assert await _posts(instance, each) == [post.id]


async def test_pv19_a_follow_that_ended_before_the_fan_out_brings_nothing(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    await befriend(instance, bob, alice)
    await say(instance, alice, visibility=Visibility.FOLLOWERS)
    await relations.remove_follow(bob.id, alice.id)
    await settle(instance)
    assert await _posts(instance, bob) == []
