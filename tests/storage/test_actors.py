"""Actors and keys."""

from dataclasses import replace

import pytest

from instance.errors import Conflict, NotFound
from storage import actors
from storage.records import ActorCounts, ActorKind, ActorUri, FollowState, Page, Visibility
from tests.factories import (
    START,
    insert,
    insert_actor,
    insert_post,
    insert_remote_actor,
    insert_user,
    make_actor,
    make_follow,
    make_key,
    make_remote_actor,
    new_id,
)

pytestmark = pytest.mark.usefixtures("store")


async def test_actors_are_found_by_everything_that_names_them() -> None:
    actor = await insert_remote_actor("Bob", host="far.test")
    assert await actors.find(actor.id) == actor
    assert await actors.get(actor.id) == actor
    assert await actors.find_by_uri(actor.uri) == actor
    assert await actors.find_by_url(str(actor.url)) == actor
    assert await actors.by_ids([actor.id, 1]) == {actor.id: actor}
    assert await actors.by_uris([actor.uri, "https://x.test"]) == {actor.uri: actor}


async def test_the_unknown_are_not_found() -> None:
    assert await actors.find(1) is None
    assert await actors.find_by_uri("https://x.test") is None
    assert await actors.by_ids([]) == {}
    with pytest.raises(NotFound):
        await actors.get(1)


async def test_saving_writes_the_whole_row() -> None:
    actor = await insert_actor()
    after = replace(actor, name="New", is_locked=True, moved_to="https://y.test/1")
    await actors.save(after)
    assert await actors.get(actor.id) == after


async def test_uris_are_unique() -> None:
    actor = await insert_remote_actor()
    with pytest.raises(Conflict):
        await actors.insert(make_remote_actor(uri=actor.uri))
    assert len(await actors.by_uris([actor.uri])) == 1


@pytest.mark.parametrize("spelling", ["alice", "ALICE", "Alice"])
async def test_handles_are_found_in_any_case(spelling: str) -> None:
    local = await insert_actor("Alice")
    remote = await insert_remote_actor("aLice", host="far.test")
    assert await actors.find_by_handle(spelling, None) == local
    assert await actors.find_by_handle(spelling, "FAR.test") == remote
    assert await actors.find_by_handle(spelling, "other.test") is None


async def test_local_handles_are_unique_in_any_case() -> None:
    await insert_actor("alice")
    with pytest.raises(Conflict):
        await insert_actor("ALICE")
    await insert_remote_actor("alice")
    await insert_remote_actor("alice")  # a host may give a name anew


async def test_of_two_remote_actors_with_one_handle_the_younger_counts() -> None:
    older = await insert_remote_actor("bob")
    younger = await insert_remote_actor("bob")
    assert await actors.find_by_handle("bob", "far.test") == younger
    await actors.remove_remote(younger.id, START)
    assert await actors.find_by_handle("bob", "far.test") == older


async def test_a_deleted_persons_handle_stays_taken() -> None:
    """Issue 2, section 4: delete the account (handle reserved)."""
    actor = await insert_actor("alice")
    await actors.save(replace(actor, deleted_at=START))
    await insert_remote_actor("carol")
    assert await actors.is_handle_taken("Alice")
    assert not await actors.is_handle_taken("carol")
    with pytest.raises(Conflict):
        await insert_actor("Alice")


async def test_local_actors_come_in_pages() -> None:
    people = [await insert_actor() for _ in range(5)]
    await insert_remote_actor()
    await insert_actor(deleted_at=START)
    newest_first = people[::-1]
    assert await actors.list_local(Page(limit=2)) == newest_first[:2]
    assert await actors.list_local(Page(limit=2, max_id=people[3].id)) == newest_first[2:4]
    assert await actors.list_local(Page(limit=2, min_id=people[0].id)) == newest_first[2:4]


async def test_people_are_the_actors_with_users() -> None:
    await insert_user()
    _, gone = await insert_user()
    await actors.save(replace(gone, deleted_at=START))
    await insert_actor("instance.actor")
    await insert_remote_actor()
    assert await actors.count_local_people() == 1


async def test_counts_count_rows_that_count() -> None:
    """INTEROP 13: counted from rows, never added up."""
    alice, bob, carol = await insert_actor(), await insert_actor(), await insert_remote_actor()
    await insert(
        make_follow(bob, alice),
        make_follow(carol, alice, state=FollowState.REQUESTED),
        make_follow(alice, carol),
    )
    post = await insert_post(alice)
    await insert_post(alice, visibility=Visibility.DIRECT)
    await insert_post(alice, deleted_at=START)
    counts = ActorCounts(followers=1, following=1, posts=1, last_post_id=post.id)
    assert await actors.counts(alice.id) == counts
    not_counted = ActorCounts(1, 1, 0, post.id)
    assert await actors.counts_many([alice.id], posts_of=[carol.id]) == {alice.id: not_counted}
    assert await actors.counts_many([alice.id, carol.id, 1]) == {
        alice.id: counts,
        carol.id: ActorCounts(1, 0, 0),
        1: ActorCounts(0, 0, 0),
    }
    assert await actors.counts_many([]) == {}


async def test_a_removed_remote_actor_keeps_ids_alone() -> None:
    actor = await insert_remote_actor("bob", name="Bob", summary="hi", avatar_url="https://x.test")
    await insert(make_key(actor))
    await actors.remove_remote(actor.id, START)
    found = await actors.get(actor.id)
    assert (found.uri, found.username, found.host) == (actor.uri, "bob", "far.test")
    assert (found.name, found.summary, found.avatar_url, found.url) == ("", "", None, None)
    assert found.deleted_at == START
    assert await actors.keys_of(actor.id) == []


# ---------------------------------------------------------------- keys


async def test_keys_are_found_and_replaced() -> None:
    actor = await insert_remote_actor()
    first = make_key(actor)
    await actors.insert_key(first)
    assert await actors.find_key(first.uri) == first
    second = replace(first, id=new_id(), public_pem="another")
    third = make_key(actor, uri=f"{actor.uri}#second")
    await actors.replace_keys(actor.id, [second, third])
    assert await actors.keys_of(actor.id) == [third, second]
    assert await actors.find_key(first.uri) == second


async def test_a_key_cannot_belong_to_two_actors() -> None:
    """ATTACKS, signatures: nobody takes over the keyId of another."""
    owner, thief = await insert_remote_actor(), await insert_remote_actor()
    key = make_key(owner)
    await insert(key)
    with pytest.raises(Conflict):
        await actors.replace_keys(thief.id, [make_key(thief, uri=key.uri)])
    assert await actors.find_key(key.uri) == key


async def test_keys_belong_to_actors() -> None:
    with pytest.raises(Conflict):
        await actors.insert_key(make_key(make_actor(uri=ActorUri("https://x.test"))))
    assert await actors.find_key("https://x.test#main-key") is None


async def test_the_instance_actor_goes_while_nobody_has_joined_and_never_after() -> None:
    """The domain may change until somebody has joined: ids are spread over other servers then."""
    alone = await insert_actor("alpha.test", kind=ActorKind.APPLICATION)
    assert await actors.find_oldest_local() == alone
    assert await actors.remove_instance_actor_if_alone(alone.id)
    assert await actors.find_oldest_local() is None
    kept = await insert_actor("alpha.test", kind=ActorKind.APPLICATION)
    person = await insert_actor("alice")
    await actors.save(replace(person, deleted_at=START))
    assert not await actors.remove_instance_actor_if_alone(kept.id)
    assert await actors.find_oldest_local() == kept


async def test_the_instance_actor_stays_once_another_server_is_known() -> None:
    kept = await insert_actor("alpha.test", kind=ActorKind.APPLICATION)
    await insert_remote_actor("bob")
    assert not await actors.remove_instance_actor_if_alone(kept.id)
