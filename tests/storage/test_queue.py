"""The queue: nothing lost, nothing twice at once, in order where order is asked for."""

import asyncio
import contextlib
import contextvars
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from storage.claiming import BLOCKED_S
from storage.queue import NewJob, Queue
from storage.records import Job
from storage.store import Store
from tests.factories import START, insert, make_actor

SECOND = timedelta(seconds=1)


def after(seconds: float) -> datetime:
    return START + seconds * SECOND


def counted(**states: int) -> dict[str, int]:
    return {"held": 0, **states}


def numbers(jobs: list[Job]) -> list[object]:
    return [job.payload["number"] for job in jobs]


async def enqueue(queue: Queue, number: int, **given: Any) -> None:
    await queue.enqueue("work", {"number": number}, now=START, **given)


async def test_a_job_is_claimed_with_all_its_fields(store: Store, queue: Queue) -> None:
    await queue.enqueue(
        "deliver",
        {"activity_id": 2**62, "inbox": "https://far.test/inbox"},
        now=START,
        order_key="1 far.test",
        unique_key="u",
        host="far.test",
    )
    (job,) = await queue.claim(10, after(1), lease_s=30)
    assert job == Job(
        id=job.id,
        kind="deliver",
        payload={"activity_id": 2**62, "inbox": "https://far.test/inbox"},
        due_at=after(31),  # the end of the lease
        attempts=1,
        created_at=START,
        order_key="1 far.test",
        unique_key="u",
        host="far.test",
    )
    assert store.dialect


async def test_a_job_is_as_durable_as_the_transaction_it_is_in(store: Store, queue: Queue) -> None:
    """ARCHITECTURE 13: a state change and its consequences are one commit."""
    with contextlib.suppress(ZeroDivisionError):
        async with store.transaction():
            await insert(make_actor())
            await enqueue(queue, 1)
            raise ZeroDivisionError
    assert await queue.claim(10, START) == []
    assert await queue.next_due_at() is None


async def test_jobs_are_claimed_oldest_due_first_and_when_they_are_due(queue: Queue) -> None:
    await enqueue(queue, 1, due_at=after(20))
    await enqueue(queue, 2, due_at=after(10))
    await enqueue(queue, 3)
    assert await queue.next_due_at() == START
    assert numbers(await queue.claim(1, after(10))) == [3]
    assert numbers(await queue.claim(5, after(10))) == [2]
    assert await queue.claim(5, after(19)) == []
    assert numbers(await queue.claim(5, after(20))) == [1]


async def test_only_the_kinds_asked_for_are_claimed(queue: Queue) -> None:
    for kind in ("deliver", "fetch", "mail"):
        await queue.enqueue(kind, {}, now=START)
    claimed = await queue.claim(5, START, kinds={"fetch", "mail"})
    assert {job.kind for job in claimed} == {"fetch", "mail"}
    assert await queue.claim(5, START, kinds=frozenset()) == []
    assert [job.kind for job in await queue.claim(5, START)] == ["deliver"]


async def test_a_finished_job_is_gone(queue: Queue) -> None:
    await enqueue(queue, 1)
    (job,) = await queue.claim(1, START)
    await queue.finish(job)
    await queue.finish(job)
    assert await queue.counts() == counted(waiting=0, blocked=0, running=0, dead=0)


async def test_a_job_is_tried_again_when_it_is_due(queue: Queue) -> None:
    await enqueue(queue, 1)
    (job,) = await queue.claim(1, START)
    await queue.retry(job, after(60), "no answer")
    assert await queue.claim(1, after(59)) == []
    (again,) = await queue.claim(1, after(60))
    assert (again.id, again.attempts, again.last_error) == (job.id, 2, "no answer")


async def test_a_dead_letter_is_kept_and_not_claimed(queue: Queue) -> None:
    """RELIABILITY FA-45: parked, others go on, visible."""
    await enqueue(queue, 1)
    await enqueue(queue, 2)
    (job,) = await queue.claim(1, START)
    await queue.bury(job, "bug" * 1000, START)
    assert await queue.counts() == counted(waiting=1, blocked=0, running=0, dead=1)
    assert numbers(await queue.claim(5, after(10**6))) == [2]


async def test_released_jobs_are_as_before(queue: Queue) -> None:
    await enqueue(queue, 1)
    await enqueue(queue, 2)
    claimed = await queue.claim(5, START)
    await queue.release(claimed)
    again = await queue.claim(5, START)
    assert again == claimed


async def test_of_a_job_and_its_twin_that_is_just_being_enqueued_one_waits(
    store: Store, queue: Queue
) -> None:
    """On PostgreSQL the one that is put back sees the other only when that is committed."""
    enqueued, seen = asyncio.Event(), asyncio.Event()

    async def enqueue_twin() -> None:
        async with store.transaction():
            await enqueue(queue, 2, unique_key="u")
            enqueued.set()
            await seen.wait()

    async def until_it_waits() -> None:
        asked = (
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() "
            "AND wait_event_type = 'Lock'"
        )
        while store.dialect == "postgres" and not await store.read(asked):  # noqa: ASYNC110 - only there
            await asyncio.sleep(0.01)

    await enqueue(queue, 1, unique_key="u")
    (job,) = await queue.claim(1, START)
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(enqueue_twin())
        await enqueued.wait()
        group.create_task(queue.retry(job, after(60), "no answer"))
        await until_it_waits()
        seen.set()
    assert await queue.counts() == counted(waiting=1, blocked=0, running=0, dead=0)


async def test_texts_of_errors_are_bounded(queue: Queue) -> None:
    await enqueue(queue, 1)
    (job,) = await queue.claim(1, START)
    await queue.retry(job, START, "e\x00" * 100_000)
    (again,) = await queue.claim(1, START)
    assert 0 < len(again.last_error) <= 2000


# ---------------------------------------------------------------- leases


async def test_a_lease_that_ends_makes_a_job_claimable(queue: Queue) -> None:
    """RELIABILITY, crash recovery: work resumes at most 30 s after a crash."""
    await enqueue(queue, 1)
    (lost,) = await queue.claim(1, START, lease_s=30)
    assert await queue.claim(1, after(29)) == []
    assert await queue.next_due_at() == after(30)
    (again,) = await queue.claim(1, after(30))
    assert (again.id, again.attempts) == (lost.id, 2)


async def test_who_lost_the_lease_changes_nothing(queue: Queue) -> None:
    """RELIABILITY FA-21: after a pause of the machine a lease is taken over once, no double."""
    await enqueue(queue, 1)
    (lost,) = await queue.claim(1, START)
    (taken,) = await queue.claim(1, after(30))
    await queue.finish(lost)
    await queue.retry(lost, after(31), "late")
    await queue.bury(lost, "late", after(31))
    await queue.extend([lost], after(31), 10**6)
    await queue.release([lost])
    assert await queue.counts() == counted(waiting=0, blocked=0, running=1, dead=0)
    await queue.finish(taken)
    assert await queue.next_due_at() is None


async def test_extended_leases_last(queue: Queue) -> None:
    await enqueue(queue, 1)
    jobs = await queue.claim(1, START, lease_s=30)
    await queue.extend(jobs, after(20), 30)
    assert await queue.claim(1, after(49)) == []
    assert len(await queue.claim(1, after(50))) == 1
    await queue.extend([], START)


async def test_many_workers_claim_each_job_once(queue: Queue) -> None:
    """RELIABILITY FA-39: two processes on one database."""
    await queue.enqueue_many((NewJob("work", {"number": n}) for n in range(200)), now=START)
    claimed = await asyncio.gather(*(queue.claim(15, START) for _ in range(20)))
    ids = [job.id for jobs in claimed for job in jobs]
    ids += [job.id for job in await queue.claim(200, START)]
    assert len(ids) == len(set(ids)) == 200


# ---------------------------------------------------------------- order


async def test_jobs_of_one_order_run_one_after_the_other(queue: Queue) -> None:
    """RELIABILITY, order: first in, first out per actor and host."""
    for number in range(3):
        await enqueue(queue, number, order_key="a")
    await enqueue(queue, 10, order_key="b")
    await enqueue(queue, 20)
    first = await queue.claim(10, START)
    assert numbers(first) == [0, 10, 20]
    assert await queue.claim(10, START) == []
    await queue.finish(first[0])
    second = await queue.claim(10, START)
    assert numbers(second) == [1]
    await queue.finish(second[0])
    assert numbers(await queue.claim(10, START)) == [2]


async def test_a_job_that_waits_for_retry_holds_up_its_order(queue: Queue) -> None:
    """A Delete never overtakes its Create."""
    await enqueue(queue, 1, order_key="a")
    await enqueue(queue, 2, order_key="a")
    (job,) = await queue.claim(5, START)
    await queue.retry(job, after(3600), "away")
    assert await queue.claim(5, after(100)) == []
    await enqueue(queue, 3, order_key="a")
    assert await queue.claim(5, after(200)) == []
    (again,) = await queue.claim(5, after(3600))
    assert again.id == job.id
    await queue.finish(again)
    assert numbers(await queue.claim(5, after(3600))) == [2]


async def test_a_dead_letter_does_not_hold_up_its_order(queue: Queue) -> None:
    await enqueue(queue, 1, order_key="a")
    await enqueue(queue, 2, order_key="a")
    (job,) = await queue.claim(5, START)
    await queue.bury(job, "bug", START)
    assert numbers(await queue.claim(5, START)) == [2]


async def test_a_crash_does_not_break_the_order(queue: Queue) -> None:
    await enqueue(queue, 1, order_key="a")
    await enqueue(queue, 2, order_key="a")
    await queue.claim(5, START)
    assert numbers(await queue.claim(5, after(30))) == [1]


async def test_an_older_job_that_comes_late_waits_for_the_running_one(
    store: Store, queue: Queue
) -> None:
    """Ids are made before commits: of two transactions the older id may be seen second."""
    early = queue.ids.new()
    await enqueue(queue, 2, order_key="a")
    (running,) = await queue.claim(5, START)
    await enqueue(queue, 1, order_key="a")
    await store.write("UPDATE jobs SET id = ? WHERE id <> ?", early, running.id)
    assert await queue.claim(5, START) == []
    await queue.finish(running)
    assert numbers(await queue.claim(5, START)) == [1]


async def test_blocked_jobs_are_not_looked_at_again_until_the_first_is_due(queue: Queue) -> None:
    """A dead host's backlog costs a claim nothing."""
    many = [NewJob("work", {"number": n}, order_key="dead.test") for n in range(50)]
    await queue.enqueue_many(many, now=START)
    (job,) = await queue.claim(10, START)
    await queue.retry(job, after(7200), "away")
    await queue.claim(10, after(30))  # they look once more when the lease would have ended
    assert await queue.counts() == counted(waiting=1, blocked=49, running=0, dead=0)
    assert await queue.next_due_at() == after(7200)


async def test_a_blocked_job_that_nobody_woke_wakes_by_itself(store: Store, queue: Queue) -> None:
    await enqueue(queue, 1, order_key="a")
    await enqueue(queue, 2, order_key="a")
    (job,) = await queue.claim(5, START)
    await store.write("DELETE FROM jobs WHERE id = ?", job.id)  # without waking the next
    assert await queue.claim(5, START) == []
    assert numbers(await queue.claim(5, after(BLOCKED_S + 30))) == [2]


async def test_fa2_the_end_of_a_job_wakes_who_is_just_being_blocked(
    store: Store, queue: Queue
) -> None:
    """Two transactions at once: one puts the second behind the first, the other ends the first."""
    await enqueue(queue, 1, order_key="a")
    await enqueue(queue, 2, order_key="a")
    (first,) = await queue.claim(1, START)

    async def end() -> None:
        with store.active():
            await queue.finish(first)

    async with store.transaction():
        assert await queue.claim(5, START) == []
        ending = asyncio.create_task(end(), context=contextvars.Context())
        await asyncio.sleep(0.1)  # as far as it gets before the claim is committed
    await ending
    assert numbers(await queue.claim(5, START)) == [2]


STEPS = some.lists(
    some.sampled_from(["enqueue a", "enqueue b", "claim", "finish", "retry", "bury", "crash"]),
    min_size=5,
    max_size=40,
)


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(steps=STEPS)
async def test_any_course_of_events_keeps_the_order(
    store: Store, queue: Queue, steps: list[str]
) -> None:
    """0 inversions, nothing lost: whatever workers do."""
    await store.write("DELETE FROM jobs")
    now, made = START, 0
    running: list[Job] = []
    ended: dict[str | None, list[Any]] = defaultdict(list)
    for step in [*steps, *["claim", "finish"] * (2 * len(steps))]:
        now += 40 * SECOND if step == "crash" else SECOND
        if step.startswith("enqueue"):
            await queue.enqueue("work", {"number": made}, now=now, order_key=step[-1])
            made += 1
        elif step == "claim":
            running += await queue.claim(3, now, lease_s=10**6)
        elif step == "crash" and running:
            await queue.release([running.pop()])
        elif running:
            job = running.pop(0)
            if step == "retry":
                await queue.retry(job, now + SECOND, "again")
                continue
            await (queue.bury(job, "bug", now) if step == "bury" else queue.finish(job))
            ended[job.order_key].append(job.payload["number"])
        keys = [job.order_key for job in running]
        assert len(keys) == len(set(keys)), "two jobs of one order at once"
    assert all(each == sorted(each) for each in ended.values())
    assert sum(map(len, ended.values())) == made


# ---------------------------------------------------------------- unique keys


async def test_a_job_that_waits_is_not_enqueued_twice(queue: Queue) -> None:
    for number in range(3):
        await enqueue(queue, number, unique_key="u")
    await enqueue(queue, 9, unique_key="other")
    assert numbers(await queue.claim(5, START)) == [0, 9]


async def test_a_job_that_runs_may_be_enqueued_again(queue: Queue) -> None:
    """What changed while it ran is not forgotten."""
    await enqueue(queue, 1, unique_key="u")
    (running,) = await queue.claim(5, START)
    await enqueue(queue, 2, unique_key="u")
    await enqueue(queue, 3, unique_key="u")
    await queue.retry(running, after(10), "away")  # its twin waits already
    assert numbers(await queue.claim(5, after(20))) == [2]
    assert (await queue.counts())["waiting"] == 0


async def test_a_dead_letter_does_not_stop_a_new_job(queue: Queue) -> None:
    await enqueue(queue, 1, unique_key="u")
    (job,) = await queue.claim(5, START)
    await queue.bury(job, "bug", START)
    await enqueue(queue, 2, unique_key="u")
    assert numbers(await queue.claim(5, START)) == [2]


# ---------------------------------------------------------------- waking


async def test_enqueueing_wakes_the_worker(queue: Queue) -> None:
    waiting = asyncio.create_task(queue.wait(60))
    await asyncio.sleep(0)
    assert not waiting.done()
    await enqueue(queue, 1)
    async with asyncio.timeout(60):
        await waiting


async def test_a_wake_up_before_the_wait_counts(queue: Queue) -> None:
    queue.notify()
    async with asyncio.timeout(60):
        await queue.wait(60)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await queue.wait(60)


async def test_waiting_ends_by_itself(queue: Queue) -> None:
    async with asyncio.timeout(60) as bound:
        await queue.wait(0.01)
    assert not bound.expired()


async def test_rx25_jobs_of_busy_hosts_are_passed_over(queue: Queue) -> None:
    for number, host in enumerate(["a.test", "b.test", None, "a.test"]):
        await queue.enqueue("work", {"number": number}, now=after(number), host=host)
    assert numbers(await queue.claim(5, after(9), except_hosts=["a.test", "c.test"])) == [1, 2]
    assert numbers(await queue.claim(5, after(9), except_hosts=["b.test"])) == [0, 3]


async def test_reclaimed_jobs_run_again_at_once_and_in_order(queue: Queue) -> None:
    """RELIABILITY, crash recovery: who holds the lock need not wait for leases of the dead."""
    await enqueue(queue, 1, order_key="a", unique_key="u")
    await enqueue(queue, 2, order_key="a")
    await enqueue(queue, 3)
    held = await queue.claim(10, after(1), lease_s=30)
    assert numbers(held) == [1, 3]
    await enqueue(queue, 4, unique_key="u")  # the twin of what was running
    assert numbers(await queue.claim(10, after(1.5))) == [4]
    assert await queue.claim(10, after(2)) == []
    assert await queue.reclaim(after(2)) == 3
    assert await queue.reclaim(after(2)) == 0
    again = await queue.claim(10, after(2))
    assert numbers(again) == [1, 3, 4]
    for job in held:
        await queue.finish(job)  # the dead man's hand: his leases are gone
    assert (await queue.counts())["running"] == 3
    for job in again:
        await queue.finish(job)
    assert numbers(await queue.claim(10, after(2))) == [2]


async def test_reclaiming_leaves_what_waits_and_what_is_dead(queue: Queue) -> None:
    await queue.enqueue("work", {"number": 1}, now=START, due_at=after(60))
    await enqueue(queue, 2)
    (job,) = await queue.claim(1, after(1))
    await queue.bury(job, "no", after(1))
    assert await queue.reclaim(after(2)) == 0
    assert await queue.next_due_at() == after(60)


async def test_kinds_of_jobs_that_are_due(queue: Queue) -> None:
    kinds = {"fetch", "mail", "work"}
    assert await queue.due_kinds(after(9), kinds) == set()
    for number, kind in enumerate(["fetch", "mail", "mail", "work"]):
        await queue.enqueue(kind, {"number": number}, now=START, due_at=after(number))
    assert await queue.due_kinds(after(2), kinds) == {"fetch", "mail"}
    assert await queue.due_kinds(after(9), {"fetch", "work"}) == {"fetch", "work"}
    (job,) = await queue.claim(1, after(2))
    assert await queue.due_kinds(after(2), kinds) == {"mail"}
    await queue.bury(job, "", after(2))
    assert await queue.due_kinds(after(9), kinds) == {"mail", "work"}
