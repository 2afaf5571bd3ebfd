"""What is kept, and for how long: the daily jobs, by the table of `main.py` and a fake clock."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

import jobs
from actors import identity
from instance.resources import Instance
from instance.worker import Worker
from storage import actors, posts, receipts, relations, store, users
from storage.records import (
    ReceiptOutcome,
    RegistrationMode,
    UserState,
)
from tests.factories import insert, make_follow, make_one_time, make_receipt, make_session
from tests.instances import FakeClock, all_jobs
from tests.usecases.users.people import add, choose, form
from users import registration, tidying

ADDRESS = "203.0.113.5"


@pytest.fixture
def pass_days(instance: Instance, clock: FakeClock) -> Callable[[int], Awaitable[None]]:
    """Let days pass, in which the daily jobs run."""
    worker = Worker(instance, all_jobs(), jobs.SCHEDULE)

    async def passing(days: int) -> None:
        for _ in range(days):
            clock.advance(days=1)
            await worker.drain()

    return passing


Pass = Callable[[int], Awaitable[None]]


async def _unconfirmed(instance: Instance, name: str) -> tuple[int, int]:
    user, actor = await registration.register(instance, form(name), address=ADDRESS)
    await users.save(replace(user, state=UserState.UNCONFIRMED))
    return user.id, actor.id


async def test_a_sign_up_that_nobody_confirms_ends_after_7_days_and_frees_the_handle(
    instance: Instance, pass_days: Pass
) -> None:
    await choose(RegistrationMode.OPEN)
    user_id, actor_id = await _unconfirmed(instance, "alice")
    await add(instance, "bob")
    await pass_days(7)
    assert await users.find(user_id) is not None
    await pass_days(1)
    assert await users.find(user_id) is None
    assert await actors.find(actor_id) is None
    assert await actors.keys_of(actor_id) == []
    assert not await actors.is_handle_taken("alice")
    assert await actors.is_handle_taken("bob")
    await registration.register(instance, form("Alice"), address=ADDRESS)


async def test_an_unconfirmed_sign_up_that_somebody_knows_keeps_its_handle(
    instance: Instance, pass_days: Pass
) -> None:
    await choose(RegistrationMode.OPEN)
    user_id, actor_id = await _unconfirmed(instance, "alice")
    _, bob = await add(instance, "bob")
    await insert(make_follow(bob, await actors.get(actor_id)))
    await pass_days(8)
    assert await users.find(user_id) is None
    assert (await actors.get(actor_id)).deleted_at is not None
    assert await actors.is_handle_taken("alice")
    assert await relations.find_follow(bob.id, actor_id) is not None


async def test_who_waits_for_a_moderator_is_not_forgotten(
    instance: Instance, pass_days: Pass
) -> None:
    await choose(RegistrationMode.APPROVAL)
    user, _ = await registration.register(instance, form("alice", reason="I sail"), address=ADDRESS)
    await pass_days(10)
    assert await users.find(user.id) == user


async def test_more_unconfirmed_sign_ups_than_one_slice(
    instance: Instance, pass_days: Pass, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidying, "_REMOVED_AT_ONCE", 2)
    await choose(RegistrationMode.OPEN)
    for number in range(5):
        await _unconfirmed(instance, f"person{number}")
    await pass_days(8)
    assert await store.read("SELECT 1 FROM users") == []


async def test_expired_links_and_unused_sessions_go(instance: Instance, pass_days: Pass) -> None:
    user, _ = await add(instance, "alice")
    now = instance.now()
    over = make_one_time(user, token_hash="over", expires_at=now + timedelta(hours=47))
    good = make_one_time(user, token_hash="good", expires_at=now + timedelta(days=200))
    old = make_session(user, token_hash="old", last_used_at=now)
    used = make_session(user, token_hash="used", last_used_at=now + timedelta(days=10))
    for each in (over, good, old, used):
        await insert(each)
    await pass_days(2)
    found = [await users.find_one_time(over.purpose, name, now) for name in ("over", "good")]
    assert found == [None, good]  # asked as of then: the row is gone
    await pass_days(89)
    assert {session.id for session in await users.list_sessions(user.id)} == {used.id}
    await pass_days(10)
    assert await users.list_sessions(user.id) == []


async def test_receipts_are_kept_30_days_and_what_waits_for_a_later_version_for_good(
    instance: Instance, pass_days: Pass
) -> None:
    made = [make_receipt(received_at=instance.now(), outcome=outcome) for outcome in ReceiptOutcome]
    for receipt in made:
        await insert(receipt)
    await pass_days(30)
    assert all([await receipts.find(receipt.id) for receipt in made])
    await pass_days(1)
    left = {receipt.outcome for receipt in made if await receipts.find(receipt.id)}
    assert left == {ReceiptOutcome.RECORDED}


@pytest.mark.parametrize("is_buried", [True, False])
async def test_what_was_accepted_is_given_up_with_its_job_and_not_before(
    instance: Instance, pass_days: Pass, *, is_buried: bool
) -> None:
    """A server that was off for a month has its jobs yet: nothing that it accepted is dropped."""
    receipt = make_receipt(received_at=instance.now(), outcome=ReceiptOutcome.WAITING)
    await insert(receipt)
    now = instance.now()
    due_at = now if is_buried else now + timedelta(days=60)
    await instance.queue.enqueue("process_activity", {}, now=now, due_at=due_at)
    if is_buried:
        (job,) = await instance.queue.claim(1, now)
        await instance.queue.bury(job, "a bug", now)
    await pass_days(20)
    found = await receipts.find(receipt.id)
    assert found is not None
    assert found.outcome is (ReceiptOutcome.FAILED if is_buried else ReceiptOutcome.WAITING)


async def test_tombstones_of_what_never_came_are_kept_90_days(
    instance: Instance, pass_days: Pass
) -> None:
    await posts.insert_tombstone("https://far.test/1", "https://far.test/bob", instance.now())
    await pass_days(90)
    assert await posts.is_tombstoned("https://far.test/1")
    await pass_days(1)
    assert not await posts.is_tombstoned("https://far.test/1")


async def test_dead_letters_are_kept_30_days(instance: Instance, pass_days: Pass) -> None:
    await instance.queue.enqueue("deliver", {}, now=instance.now())
    (job,) = await instance.queue.claim(1, instance.now())
    await instance.queue.bury(job, "no", instance.now())
    await pass_days(30)
    assert (await instance.queue.counts())["dead"] == 1
    await pass_days(1)
    assert (await instance.queue.counts())["dead"] == 0


async def test_the_instance_actor_outlives_all_tidying(instance: Instance, pass_days: Pass) -> None:
    actor = await identity.instance_actor(instance)
    await pass_days(9)
    assert await actors.find(actor.id) == actor
