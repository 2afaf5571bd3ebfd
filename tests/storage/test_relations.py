"""Follows, blocks, mutes, and how two actors stand to each other."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage import relations
from storage import store as storage
from storage.records import FollowState, Page, Relationship
from tests.factories import (
    START,
    insert,
    insert_actor,
    insert_remote_actor,
    make_block,
    make_follow,
    make_mute,
    new_id,
)

pytestmark = pytest.mark.usefixtures("store")

ALL = Page(limit=50)
LATER = START + timedelta(hours=1)
REQUESTED = FollowState.REQUESTED


async def test_a_request_becomes_a_follow() -> None:
    alice, bob = await insert_actor(), await insert_remote_actor()
    asked = make_follow(alice, bob, state=REQUESTED)
    await relations.save_follow(asked)
    assert await relations.find_follow(alice.id, bob.id) == asked
    assert await relations.find_follow_by_uri(asked.uri) == asked
    assert await relations.find_follow(bob.id, alice.id) is None
    await relations.save_follow(replace(asked, state=FollowState.ACCEPTED))
    assert await relations.followers(bob.id, ALL) == [(asked.id, alice)]


async def test_two_actors_have_one_follow() -> None:
    alice, bob = await insert_actor(), await insert_remote_actor()
    first = make_follow(bob, alice, state=REQUESTED)
    again = make_follow(bob, alice, state=REQUESTED, uri="https://far.test/again")
    await relations.save_follow(first)
    await relations.save_follow(again)
    found = await relations.find_follow(bob.id, alice.id)
    assert found == replace(first, uri=again.uri)
    assert await relations.remove_follow(bob.id, alice.id) == found
    assert await relations.remove_follow(bob.id, alice.id) is None


async def test_lists_of_follows_come_in_pages_without_the_deleted() -> None:
    alice = await insert_actor()
    fans = [await insert_actor(), await insert_remote_actor(), await insert_remote_actor()]
    follows = [make_follow(fan, alice) for fan in fans]
    gone = await insert_remote_actor(deleted_at=START)
    asking = await insert_actor()
    request = make_follow(asking, alice, state=REQUESTED)
    await insert(*follows, make_follow(gone, alice), request, make_follow(alice, fans[0]))
    rows = [(follow.id, fan) for follow, fan in zip(follows, fans, strict=True)][::-1]
    assert await relations.followers(alice.id, ALL) == rows
    assert await relations.followers(alice.id, Page(limit=2)) == rows[:2]
    assert await relations.followers(alice.id, Page(limit=2, max_id=rows[1][0])) == rows[2:]
    assert await relations.followers(alice.id, Page(limit=1, min_id=rows[2][0])) == rows[1:2]
    assert await relations.requests_to(alice.id, ALL) == [(request.id, asking)]
    assert [actor for _, actor in await relations.following(alice.id, ALL)] == [fans[0]]
    assert await relations.following(alice.id, ALL, state=REQUESTED) == []


async def test_ids_of_follows() -> None:
    alice, bob, carol = await insert_actor(), await insert_actor(), await insert_remote_actor()
    await insert(
        make_follow(bob, alice),
        make_follow(carol, alice),
        make_follow(await insert_actor(), alice, state=REQUESTED),
        make_follow(await insert_actor(deleted_at=START), alice),
        make_follow(alice, carol),
        make_follow(alice, bob, state=REQUESTED),
    )
    assert await relations.has_local_followers(alice.id)


async def test_each_inbox_is_named_once() -> None:
    """Issue 2, section 8: deliveries by shared inbox."""
    alice = await insert_actor()
    two_of_far = [await insert_remote_actor(host="far.test") for _ in range(2)]
    lonely = await insert_remote_actor(host="lonely.test", shared_inbox_url=None)
    neighbour = await insert_remote_actor(host="lonely.test", shared_inbox_url=None)
    others = [
        await insert_actor(),
        await insert_remote_actor(host="gone.test", deleted_at=START),
        await insert_remote_actor(host="bad.test", suspended_at=START),
    ]
    asking = await insert_remote_actor(host="asking.test")
    fans = [*two_of_far, lonely, neighbour, *others]
    await insert(*(make_follow(fan, alice) for fan in fans))
    await insert(make_follow(asking, alice, state=REQUESTED))
    assert [inbox async for inbox in relations.follower_inboxes(alice.id)] == [
        ("https://far.test/inbox", "far.test"),
        (lonely.inbox_url, "lonely.test"),
        (neighbour.inbox_url, "lonely.test"),
    ]


async def test_many_inboxes_come_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relations, "INBOXES_PER_QUERY", 2)
    alice = await insert_actor()
    for number in range(5):
        fan = await insert_remote_actor(host=f"host{number}.test")
        await insert(make_follow(fan, alice))
    hosts = [host async for _, host in relations.follower_inboxes(alice.id)]
    assert hosts == [f"host{number}.test" for number in range(5)]


# ---------------------------------------------------------------- blocks and mutes


async def test_a_block_is_there_once_until_it_is_removed() -> None:
    alice, bob = await insert_actor(), await insert_remote_actor()
    block = make_block(alice, bob)
    assert await relations.insert_block(block)
    assert not await relations.insert_block(make_block(alice, bob))
    assert await relations.find_block(alice.id, bob.id) == block
    assert await relations.find_block_by_uri(block.uri) == block
    assert await relations.blocks_of(alice.id, ALL) == [(block.id, bob)]
    assert await relations.blocking_ids(alice.id) == {bob.id}
    assert await relations.blocked_by_ids(bob.id) == {alice.id}
    assert await relations.blocking_ids(bob.id) == set()
    assert await relations.is_blocked_between(alice.id, bob.id)
    assert await relations.is_blocked_between(bob.id, alice.id)
    assert await relations.remove_block(alice.id, bob.id) == block
    assert await relations.remove_block(alice.id, bob.id) is None
    assert not await relations.is_blocked_between(alice.id, bob.id)


async def test_a_mute_can_be_changed_and_ends() -> None:
    alice, bob = await insert_actor(), await insert_actor()
    mute = make_mute(alice, bob)
    await relations.save_mute(mute)
    assert await relations.mutes_of(alice.id, ALL, LATER) == [(mute.id, bob)]
    changed = make_mute(alice, bob, hides_notifications=False, expires_at=LATER, id=new_id())
    await relations.save_mute(changed)
    assert await relations.mutes_of(alice.id, ALL, START) == [(mute.id, bob)]
    assert await relations.mutes_of(alice.id, ALL, LATER) == []
    assert await relations.remove_mute(alice.id, bob.id)
    assert not await relations.remove_mute(alice.id, bob.id)


# ---------------------------------------------------------------- all of them


async def test_a_relationship_has_every_side() -> None:
    alice = await insert_actor()
    friend, asked, asking, blocked, blocker, muted, stranger = [
        await insert_actor() for _ in range(7)
    ]
    await insert(
        make_follow(alice, friend),
        make_follow(friend, alice),
        make_follow(alice, asked, state=REQUESTED),
        make_follow(asking, alice, state=REQUESTED),
        make_block(alice, blocked),
        make_block(blocker, alice),
        make_mute(alice, muted, expires_at=LATER),
    )
    everybody = (friend, asked, asking, blocked, blocker, muted, stranger)
    found = await relations.relationships(alice.id, [each.id for each in everybody], START)
    assert found == {
        friend.id: Relationship(following=True, followed_by=True),
        asked.id: Relationship(requested=True),
        asking.id: Relationship(requested_by=True),
        blocked.id: Relationship(blocking=True),
        blocker.id: Relationship(blocked_by=True),
        muted.id: Relationship(muting=True),
        stranger.id: Relationship(),
    }
    assert await relations.relationship(alice.id, muted.id, LATER) == Relationship()
    assert await relations.relationships(alice.id, [], START) == {}


@pytest.mark.parametrize("slice_rows", [1, 4, 1000])
async def test_all_relations_of_an_actor_go_in_slices(
    monkeypatch: pytest.MonkeyPatch, slice_rows: int
) -> None:
    monkeypatch.setattr(storage, "SLICE_ROWS", slice_rows)
    alice, bob, carol = await insert_actor(), await insert_actor(), await insert_actor()
    kept = make_follow(bob, carol)
    await insert(
        *(make_follow(alice, bob), make_follow(bob, alice), make_block(alice, bob)),
        *(make_block(bob, alice), make_mute(alice, bob), make_mute(bob, alice), kept),
    )
    slices = 0
    while await relations.remove_slice_of(alice.id):
        slices += 1
    assert slices == 6 // slice_rows
    assert not await relations.remove_slice_of(alice.id)  # repeated
    assert await relations.relationship(alice.id, bob.id, START) == Relationship()
    assert await relations.find_follow(bob.id, carol.id) == kept
