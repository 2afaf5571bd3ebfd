"""Deliveries that are held for a host, and what became of the others; on both databases."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from storage import clock, deliveries, hosts
from storage import store as storage
from storage.hosts import Trouble
from storage.queue import NewJob, Queue
from storage.records import Actor, DeliveryState, Job, RowId
from storage.store import Store
from tests.factories import START, insert, insert_actor, make_activity, new_id

SECOND = timedelta(seconds=1)
SOON = START + 10 * SECOND


async def fail(host: str, *, parked: bool = False) -> None:
    """Say that a host fails, or is parked."""
    await hosts.note_troubles(
        [
            Trouble(
                host,
                "away",
                failing_since=START,
                failures=1,
                next_try_at=None if parked else SOON,
                given_up_at=START if parked else None,
            )
        ],
        START,
    )


async def queue_one(queue: Queue, actor: Actor, post: int | None, **given: Any) -> RowId:
    """Queue the delivery of one activity to `far.test`; returns the activity's id."""
    activity = make_activity(actor, post_id=post)
    await insert(activity)
    inboxes = given.pop("inboxes", 1)
    host = given.pop("host", "far.test")
    turn = new_id()
    jobs = [
        NewJob(
            "deliver",
            {"activity_id": activity.id, "inbox": f"https://{host}/{number}"},
            order_key=f"deliver:{actor.id}:{host}",
            unique_key=f"deliver:{activity.id}:{number}",
            host=host,
            turn=turn,
            activity_id=activity.id,
        )
        for number in range(inboxes)
    ]
    await queue.enqueue_many(jobs, now=START)
    return activity.id


def activities(jobs: list[Job]) -> list[object]:
    return [job.activity_id for job in jobs]


@pytest.fixture
async def alice(store: Store) -> Actor:
    del store
    return await insert_actor()


async def take(host: str = "far.test", limit: int = 1) -> list[Job]:
    return await deliveries.take_held(host, limit, SOON, 30)


# ---------------------------------------------------------------- held


async def test_what_is_for_a_failing_host_is_held_and_the_rest_is_not(
    queue: Queue, alice: Actor
) -> None:
    """FA-12: a dead host's backlog is out of the way of claims."""
    await fail("far.test")
    for _ in range(3):
        await queue_one(queue, alice, None)
    living = await queue_one(queue, alice, None, host="live.test")
    assert activities(await queue.claim(9, START)) == [living]
    assert (await queue.counts())["held"] == 3
    assert await queue.due_kinds(START + timedelta(days=900), {"deliver"}) == {"deliver"}
    (lost,) = await queue.claim(9, START + timedelta(days=900))
    assert lost.activity_id == living


async def test_held_jobs_are_taken_one_after_the_other_in_their_order(
    queue: Queue, alice: Actor
) -> None:
    """A Delete never overtakes its Create."""
    await fail("far.test")
    sent = [await queue_one(queue, alice, None) for _ in range(3)]
    assert await queue.claim(9, START) == []
    (first,) = await take(limit=5)
    assert (first.activity_id, first.attempts) == (sent[0], 1)
    assert await take(limit=5) == []
    await deliveries.hold([(first, "still away")])
    (again,) = await take(limit=5)
    assert (again.id, again.attempts, again.last_error) == (first.id, 2, "still away")
    await queue.finish(again)
    assert activities(await take(limit=5)) == [sent[1]]


async def test_one_activity_goes_to_all_its_inboxes_of_a_host_at_once(
    queue: Queue, alice: Actor
) -> None:
    first = await queue_one(queue, alice, None, inboxes=3)
    second = await queue_one(queue, alice, None, inboxes=2)
    running = await queue.claim(9, START)
    assert activities(running) == [first] * 3
    await queue.finish_many(running[:2])
    assert await queue.claim(9, START) == []
    await queue.finish(running[2])
    assert activities(await queue.claim(9, START)) == [second] * 2


async def test_who_waits_for_a_held_job_is_held_too(queue: Queue, alice: Actor) -> None:
    await queue_one(queue, alice, None)
    (job,) = await queue.claim(9, START)
    await deliveries.hold([(job, "")])
    await queue_one(queue, alice, None)
    assert await queue.claim(9, START) == []
    assert (await queue.counts())["held"] == 2


async def test_a_job_planned_twice_is_held_once(queue: Queue, alice: Actor) -> None:
    await queue_one(queue, alice, None)
    (job,) = await queue.claim(9, START)
    twin = NewJob(job.kind, job.payload, job.order_key, job.unique_key, job.host)
    await queue.enqueue_many([twin], now=START)
    await deliveries.hold([(job, "away")])
    counts = await queue.counts()
    assert (counts["waiting"], counts["held"], counts["running"]) == (1, 0, 0)


async def test_hosts_are_tried_when_they_are_due_by_one_worker() -> None:
    await fail("far.test")
    await fail("lost.test", parked=True)
    assert await hosts.take_due(9, START, SOON) == []
    (due,) = await hosts.take_due(9, SOON, SOON + 60 * SECOND)
    assert due.name == "far.test"
    assert await hosts.take_due(9, SOON, SOON + 60 * SECOND) == []
    assert not await hosts.settle_next_try("far.test", SOON)  # nothing is held for it
    found = await hosts.find("far.test")
    assert found is not None
    assert found.next_try_at is None


test_hosts_are_tried_when_they_are_due_by_one_worker = pytest.mark.usefixtures("store")(
    test_hosts_are_tried_when_they_are_due_by_one_worker
)


async def test_a_failing_host_for_which_nothing_is_held_is_tried_by_what_comes(
    queue: Queue, alice: Actor
) -> None:
    await fail("far.test")
    await hosts.settle_next_try("far.test", SOON)
    sent = await queue_one(queue, alice, None)
    assert activities(await queue.claim(9, START)) == [sent]


# ---------------------------------------------------------------- parked


async def test_fa49_the_newest_post_goes_first_and_each_in_its_own_order(
    queue: Queue, alice: Actor
) -> None:
    await fail("far.test", parked=True)
    follow = await queue_one(queue, alice, None)
    create1 = await queue_one(queue, alice, 1)
    create2 = await queue_one(queue, alice, 2, inboxes=2)
    update1 = await queue_one(queue, alice, 1)
    create3 = await queue_one(queue, alice, 3)
    delete2 = await queue_one(queue, alice, 2)
    undo = await queue_one(queue, alice, None)
    assert await queue.claim(20, START) == []
    await deliveries.put_newest_first("far.test")
    late = await queue_one(queue, alice, 1)
    assert await queue.claim(20, START) == []
    order = []
    while jobs := await take(limit=9):
        order += activities(jobs)
        await queue.finish_many(jobs)
    assert order == [
        *(follow, undo, create3, create2, create2, delete2, create1, update1, late),
    ]


POSTS = some.lists(some.tuples(some.integers(0, 4), some.integers(0, 1)), max_size=14)


@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(before=POSTS, after=POSTS)
async def test_no_order_of_posts_is_ever_turned_round(
    store: Store, queue: Queue, before: list[tuple[int, int]], after: list[tuple[int, int]]
) -> None:
    """0 inversions: whatever was parked and whatever is sent later, each post keeps its order."""
    await store.write("DELETE FROM jobs")
    await store.write("DELETE FROM hosts")
    people = [await insert_actor(), await insert_actor()]
    about: dict[Any, tuple[int, int]] = {}
    await fail("far.test", parked=True)

    async def send(acts: list[tuple[int, int]]) -> None:
        for post, who in acts:
            about[await queue_one(queue, people[who], post or None)] = (post, who)
        assert await queue.claim(50, START) == []

    await send(before)
    await deliveries.put_newest_first("far.test")
    await send(after)
    arrived: list[Any] = []
    while jobs := await take(limit=3):
        arrived += activities(jobs)
        await queue.finish_many(jobs)
    assert sorted(arrived) == sorted(about)
    for each in set(about.values()):
        mine = [activity for activity in arrived if about[activity] == each]
        assert mine == sorted(mine)


async def test_of_a_parked_host_the_newest_are_kept_and_the_others_given_up(
    queue: Queue, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "KEPT_PER_PARKED_HOST_MAX", 2)
    monkeypatch.setattr(storage, "SLICE_ROWS", 2)
    await fail("far.test", parked=True)
    sent = [await queue_one(queue, alice, 7) for _ in range(7)]
    assert await queue.claim(20, START) == []
    assert await deliveries.give_up_oldest("far.test", SOON) == 5
    assert await deliveries.give_up_oldest("far.test", SOON) == 0
    found = await deliveries.of_post(7, alice.id, 20)
    assert [(each.activity_id, each.state) for each in found] == [
        *((activity, DeliveryState.REFUSED) for activity in sent[:5]),
        *((activity, DeliveryState.PARKED) for activity in sent[5:]),
    ]
    assert "given up" in found[0].reason


async def test_after_ninety_days_parked_nothing_waits_any_more(
    queue: Queue, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In slices, and only for who is still parked then."""
    monkeypatch.setattr(storage, "SLICE_ROWS", 2)
    await fail("far.test", parked=True)
    await fail("slow.test")
    for host in ("far.test", "slow.test"):
        for _ in range(5):
            await queue_one(queue, alice, 7, host=host)
    assert await queue.claim(20, START) == []
    day90 = START + deliveries.PARKED_KEPT_FOR
    assert await deliveries.give_up_all("far.test", day90 - SECOND) == 0
    assert await deliveries.give_up_all("slow.test", day90) == 0
    assert await deliveries.give_up_all("far.test", day90) == 5
    found = [each for each in await deliveries.of_post(7, alice.id, 20) if each.host == "far.test"]
    assert {each.state for each in found} == {DeliveryState.REFUSED}
    assert "given up" in found[0].reason
    await queue_one(queue, alice, 7)
    assert await queue.claim(20, START) == []
    await hosts.try_now("far.test", day90)
    assert await deliveries.give_up_all("far.test", day90) == 0  # it is back, and gets it
    assert len(await take(limit=9)) == 1


async def test_a_host_that_is_back_is_tried_at_once() -> None:
    await fail("far.test", parked=True)
    before = await hosts.try_now("far.test", SOON)
    assert before is not None
    assert before.given_up_at == START
    after = await hosts.try_now("far.test", SOON)  # until it takes something, it is failing
    assert after is not None
    assert (after.given_up_at, after.failing_since) == (None, before.failing_since)
    assert await hosts.try_now("nobody.test", SOON) is None
    assert [host.name for host in await hosts.take_due(9, SOON, SOON)] == ["far.test"]


test_a_host_that_is_back_is_tried_at_once = pytest.mark.usefixtures("store")(
    test_a_host_that_is_back_is_tried_at_once
)


# ---------------------------------------------------------------- what became of them


async def test_what_became_of_a_delivery_is_told_to_its_author(queue: Queue, alice: Actor) -> None:
    bob = await insert_actor()
    for host in ("a.test", "b.test", "c.test", "d.test", "e.test"):
        await queue_one(queue, alice, 7, host=host)
    await queue_one(queue, bob, 7, host="bob.test")
    jobs = {str(job.host): job for job in await queue.claim(9, START)}
    await deliveries.note([deliveries.delivered(jobs["a.test"], SOON)])
    await deliveries.note([deliveries.delivered(jobs["a.test"], SOON)])  # a second time is none
    await deliveries.note([deliveries.refused(jobs["b.test"], SOON, "404 " * 999)])
    await queue.finish_many([jobs["a.test"], jobs["b.test"]])
    await deliveries.hold([(jobs["c.test"], "away")])
    await queue.bury(jobs["d.test"], "bug", SOON)
    found = {each.host: each for each in await deliveries.of_post(7, alice.id, 99)}
    assert {host: str(each.state) for host, each in found.items()} == {
        "a.test": "delivered",
        "b.test": "refused",
        "c.test": "held",
        "d.test": "broken",
        "e.test": "waiting",
    }
    assert found["b.test"].inbox == "https://b.test/0"
    assert found["b.test"].settled_at == SOON
    assert len(found["b.test"].reason) == deliveries.REASON_LETTERS_MAX
    assert found["c.test"].reason == "away"
    page = await deliveries.of_post(7, alice.id, 2)
    rest = await deliveries.of_post(7, alice.id, 9, after=page[-1].id)
    assert len(page) + len(rest) == 5
    assert await deliveries.of_post(7, new_id(), 9) == []
    assert await deliveries.depths(["c.test", "e.test", "a.test"]) == {"c.test": 1, "e.test": 1}


async def test_what_waits_for_a_host_is_counted_without_reading_all_jobs(
    queue: Queue, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is held in full, the others up to a number; the plan is in `test_feed_plans`."""
    await fail("far.test", parked=True)
    for host in ("far.test", "near.test"):
        for _ in range(3):
            await queue_one(queue, alice, 7, host=host)
    assert {job.host for job in await queue.claim(9, START)} == {"near.test"}
    names = ["far.test", "near.test", "other.test"]
    assert await deliveries.depths(names) == {"far.test": 3, "near.test": 3}
    monkeypatch.setattr(deliveries, "COUNTED_MAX", 2)
    assert await deliveries.depths(names) == {"far.test": 3, "near.test": 2}


async def test_deliveries_are_forgotten(queue: Queue, alice: Actor) -> None:
    await queue_one(queue, alice, 7)
    (job,) = await queue.claim(9, START)
    await deliveries.note([deliveries.delivered(job, SOON)])
    assert await deliveries.forget(job.id) == 0
    assert await deliveries.forget(job.id + 1) == 1


# ---------------------------------------------------------------- the clock


async def test_fa31_nothing_waits_for_a_time_that_was_wrong(queue: Queue, alice: Actor) -> None:
    day = timedelta(days=1)
    await queue.enqueue("work", {}, now=START + day, due_at=START + day + 9 * SECOND)
    await queue_one(queue, alice, None)
    await hosts.note_troubles([Trouble("far.test", "", START + day, 1, SOON + day)], START + day)
    await hosts.have_held_jobs(["well.test"], SOON + day)
    await clock.set_back(day, START)
    assert await queue.due_kinds(START + 8 * SECOND, {"work"}) == set()
    assert await queue.due_kinds(START + 9 * SECOND, {"work"}) == {"work"}
    due = await hosts.take_due(9, SOON, SOON)
    assert {host.name: host.failing_since for host in due} == {"far.test": START, "well.test": None}
