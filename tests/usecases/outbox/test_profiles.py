"""A changed profile is told; a deleted account is told, wiped and its name kept."""

import json

import pytest

from actors import identity, remote
from actors.profile import ProfileChange
from feeds import home, notifications
from instance.errors import Conflict, Invalid, NotFound, Unavailable
from instance.resources import Instance
from outbox import following, interacting, profiles
from posts.threads import visible_post
from storage import actors, posts, receipts, relations, users
from storage import store as storage
from storage.queue import Queue
from storage.records import Actor, FollowState, InteractionKind, Page, User
from tests.instances import FakeClock, drain
from tests.internet import FakeInternet
from tests.usecases.social import (
    answering,
    befriend,
    delivered,
    hear,
    make_person,
    make_remote,
    say,
    settle,
)

UNLOCKED = ProfileChange(is_locked=False)


async def _user_of(instance: Instance, actor: Actor) -> User:
    made = User(instance.ids.new(), actor.id, "hash", instance.now())
    await users.insert(made)
    return made


async def test_a_changed_profile_reaches_the_followers(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    """A167."""
    await befriend(instance, ben, alice)
    after = await profiles.change(instance, alice, ProfileChange(name="Alice A.", is_locked=True))
    assert (after.name, after.is_locked) == ("Alice A.", True)
    (update,) = await delivered(instance, internet)
    assert (update["type"], update["actor"]) == ("Update", alice.uri)
    person = update["object"]
    assert (person["id"], person["type"], person["name"]) == (alice.uri, "Person", "Alice A.")
    assert person["manuallyApprovesFollowers"] is True
    assert person["publicKey"]["owner"] == alice.uri
    assert "updated" in person
    assert "email" not in json.dumps(update)  # PV-10


async def test_fa14_who_waits_is_let_in_by_a_job_of_the_same_commit(
    instance: Instance, ben: Actor, internet: FakeInternet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server killed right after the profile was unlocked leaves no request waiting for ever."""
    monkeypatch.setattr(following, "ACCEPTED_PER_JOB_MAX", 2)
    locked = await make_person(instance, "locked", is_locked=True)
    asking = [ben, *[await make_person(instance, f"asking{n}") for n in range(4)]]
    for each in asking:
        await befriend(instance, each, locked, state=FollowState.REQUESTED)
    await profiles.change(instance, locked, UNLOCKED)
    assert (await instance.queue.counts())["waiting"] >= 1  # committed with the profile
    await settle(instance)
    assert await relations.requests_to(locked.id, Page()) == []
    let_in = await relations.followers(locked.id, Page())
    assert {each.id for _, each in let_in} == {each.id for each in asking}
    sent = [json.loads(each.content)["type"] for each in internet.sent_to("beta.test")]
    assert sent.count("Accept") == 1
    await following.accept_waiting(instance, {"actor_id": locked.id})
    assert await delivered(instance, internet) == []  # repeated, it tells nobody again


async def test_who_locks_the_profile_again_lets_nobody_else_in(
    instance: Instance, alice: Actor
) -> None:
    locked = await make_person(instance, "locked", is_locked=True)
    await befriend(instance, alice, locked, state=FollowState.REQUESTED)
    await profiles.change(instance, locked, UNLOCKED)
    await profiles.change(instance, locked, ProfileChange(is_locked=True))
    await settle(instance)
    assert len(await relations.requests_to(locked.id, Page())) == 1
    await following.accept_waiting(instance, {})
    assert len(await relations.requests_to(locked.id, Page())) == 1


async def test_a_change_and_its_update_are_one_commit(
    instance: Instance, alice: Actor, ben: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FA-14: a server killed between them would never tell what it shows."""
    await befriend(instance, ben, alice)

    async def full(*_: object, **__: object) -> None:
        message = "The disk is full."
        raise Unavailable(message)

    monkeypatch.setattr(Queue, "enqueue", full)
    with pytest.raises(Unavailable):
        await profiles.change(instance, alice, ProfileChange(name="Alice A."))
    assert (await actors.get(alice.id)).name == alice.name
    assert await receipts.outbox(alice.id, Page()) == []


async def test_a_wrong_profile_is_told_nobody(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    await befriend(instance, ben, alice)
    with pytest.raises(Invalid):
        await profiles.change(instance, alice, ProfileChange(name="x" * 1000))
    assert await delivered(instance, internet) == []


async def test_a_deleted_account_is_told_followers_and_followed(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    """A161, B12: one Delete for each server that had to do with the account."""
    hosts = ("follower.test", "followed.test", "asked.test")
    answering(internet, *hosts, "stranger.test")
    for host in (*hosts, "stranger.test"):
        person = await make_remote(instance, "x", host)
        if host == "follower.test":
            await befriend(instance, person, alice)
        elif host == "followed.test":
            await befriend(instance, alice, person)
        elif host == "asked.test":
            await following.follow(instance, alice, person)
    await settle(instance)
    internet.requests.clear()
    await profiles.delete_account(instance, await _user_of(instance, alice), alice)
    await settle(instance)
    for host in hosts:
        (request,) = internet.sent_to(host)
        document = json.loads(request.content)
        assert (document["type"], document["object"]) == ("Delete", alice.uri)
    assert internet.sent_to("stranger.test") == []
    assert ben.host not in {request.url.host for request in internet.requests}


async def test_the_relations_of_who_leaves_go_in_slices_after_all_were_told(
    instance: Instance, alice: Actor, internet: FakeInternet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "SLICE_ROWS", 2)
    names = [f"h{number}.test" for number in range(5)]
    answering(internet, *names)
    for name in names:
        await befriend(instance, await make_remote(instance, "x", name), alice)
    await profiles.delete_account(instance, await _user_of(instance, alice), alice)
    await settle(instance)
    assert [len(internet.sent_to(name)) for name in names] == [1] * 5
    rows = await storage.read("SELECT 1 FROM follows WHERE followed_id = ?", alice.id)
    assert list(rows) == []


async def test_fl12_the_relations_of_who_is_gone_elsewhere_go_in_slices(
    instance: Instance, ben: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "SLICE_ROWS", 2)
    for number in range(5):
        await befriend(instance, await make_person(instance, f"p{number}"), ben)
    post = await hear(instance, ben)
    await remote.bury(instance, ben.uri)
    left = "SELECT 1 FROM follows WHERE followed_id = ?"
    assert len(await storage.read(left, ben.id)) == 3
    await drain(instance, {"bury_actor": remote.bury_posts})
    assert list(await storage.read(left, ben.id)) == []
    assert (await posts.get(post.id)).deleted_at is not None
    await remote.bury_posts(instance, {"actor_id": ben.id})  # repeated


async def test_fa1_the_delete_still_leaves_when_a_host_comes_back_later(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet, clock: FakeClock
) -> None:
    """The key and the Delete outlive the wiping."""
    await befriend(instance, ben, alice)
    with internet.down("beta.test"):
        await profiles.delete_account(instance, await _user_of(instance, alice), alice)
        await settle(instance)
    instance.signers.clear()
    internet.requests.clear()
    clock.advance(days=1)
    await settle(instance)
    (request,) = internet.sent_to("beta.test")
    assert json.loads(request.content)["type"] == "Delete"


async def test_everything_of_a_deleted_account_is_wiped(
    instance: Instance,
    alice: Actor,
    bob: Actor,
    ben: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """FL-12: in slices. PV-20, PV-26: nothing is left but a name that nobody else gets."""
    monkeypatch.setattr(profiles, "_WIPED_PER_JOB_MAX", 2)
    await profiles.change(instance, alice, ProfileChange(name="Alice", bio="I am here"))
    mine = [await say(instance, alice, f"Secret {n} @bob") for n in range(5)]
    other = await say(instance, bob)
    theirs = await hear(instance, ben)
    for post in (other, theirs):
        for act in (interacting.like, interacting.boost, interacting.bookmark):
            await act(instance, alice, post.id)
    await following.follow(instance, alice, bob)
    await following.follow(instance, bob, alice)
    await settle(instance)

    user = await _user_of(instance, alice)
    await profiles.delete_account(instance, user, alice)
    assert await users.find(user.id) is None
    await settle(instance)

    row = await actors.get(alice.id)
    assert row.deleted_at is not None
    assert (row.username, row.name, row.summary, row.summary_source) == ("alice", "", "", "")
    for post in mine:
        with pytest.raises(NotFound):
            await visible_post(instance, post.id, bob)
        assert (await posts.get(post.id)).source == ""
    assert [i.post.id for i in (await home.read(instance, bob, Page())).items] == [other.id]
    assert (await home.read(instance, alice, Page())).items == ()
    assert (await notifications.read(instance, bob, Page())).items == ()
    assert await notifications.unread_count(instance, bob) == 0
    for kind in InteractionKind:
        assert await posts.interactions_of(kind, alice.id, Page()) == []
    assert await relations.find_follow(bob.id, alice.id) is None
    assert await relations.find_follow(alice.id, bob.id) is None
    assert await receipts.outbox(alice.id, Page()) == []
    with pytest.raises(Conflict):
        await identity.create_local(instance, "Alice")


async def test_wiping_twice_or_a_living_account_does_nothing(
    instance: Instance, alice: Actor
) -> None:
    post = await say(instance, alice)
    await profiles.wipe(instance, {"actor_id": alice.id, "activity_id": 1})
    await profiles.wipe(instance, {})
    assert (await posts.get(post.id)).source == "Hello"
    await profiles.delete_account(instance, await _user_of(instance, alice), alice)
    await settle(instance)
    await profiles.wipe(instance, {"actor_id": alice.id, "activity_id": 1})


async def test_a_deleted_person_cannot_be_followed(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """FL-14."""
    await profiles.delete_account(instance, await _user_of(instance, bob), bob)
    with pytest.raises(NotFound):
        await following.follow(instance, alice, await actors.get(bob.id))
    carol = await make_person(instance, "carol")
    assert carol.id != bob.id
