"""The worker: what becomes of a job for each way its handler ends; limits, order, leases, stop."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from instance import worker as worker_module
from instance.errors import (
    Conflict,
    Failure,
    Forbidden,
    Gone,
    Invalid,
    Misconfigured,
    NotFound,
    RemoteNonsense,
    RemoteRefused,
    RemoteUnreachable,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from instance.resources import Instance
from instance.settings import JobSettings, Settings
from instance.settling import wait_before
from instance.worker import BUG_ATTEMPTS_MAX, Handler, Worker
from storage.queue import LEASE_S
from tests.instances import FakeClock, Instances, drain

# How long a test waits for what comes within milliseconds, unless something is wrong.
PATIENCE_S = 30.0


@dataclass
class Handlers:
    """A handler that notes what it is given and then does what the test says."""

    runs: list[object] = field(default_factory=list)
    raising: Callable[[], BaseException | None] = lambda: None

    async def __call__(self, instance: Instance, payload: dict[str, object]) -> None:
        del instance
        self.runs.append(payload.get("n"))
        if error := self.raising():
            raise error


@pytest.fixture
def handler() -> Handlers:
    return Handlers()


@pytest.fixture
def jobs(handler: Handlers) -> dict[str, Handler]:
    return {"work": handler}


async def enqueue(
    instance: Instance, kind: str = "work", n: int = 1, *, order_key: str | None = None
) -> None:
    await instance.queue.enqueue(kind, {"n": n}, now=instance.now(), order_key=order_key)


async def test_a_job_runs_once(
    instance: Instance, jobs: dict[str, Handler], handler: Handlers
) -> None:
    await enqueue(instance)
    assert await drain(instance, jobs) == 1
    assert await drain(instance, jobs) == 0
    assert handler.runs == [1]


async def test_a_job_that_is_not_due_waits(
    instance: Instance, jobs: dict[str, Handler], handler: Handlers, clock: FakeClock
) -> None:
    due_at = instance.now() + timedelta(hours=1)
    await instance.queue.enqueue("work", {"n": 1}, now=instance.now(), due_at=due_at)
    assert await drain(instance, jobs) == 0
    clock.advance(hours=1)
    assert await drain(instance, jobs) == 1
    assert handler.runs == [1]


async def test_what_a_job_enqueues_runs_too(instance: Instance) -> None:
    runs = []

    async def count_down(instance: Instance, payload: dict[str, object]) -> None:
        n = int(str(payload["n"]))
        runs.append(n)
        if n:
            await enqueue(instance, "count", n - 1)

    await enqueue(instance, "count", 3)
    assert await drain(instance, {"count": count_down}) == 4
    assert runs == [3, 2, 1, 0]


async def test_jobs_of_one_order_key_run_in_the_order_they_were_made(
    instance: Instance, jobs: dict[str, Handler], handler: Handlers
) -> None:
    for n in range(5):
        await enqueue(instance, n=n, order_key="alice to beta.test")
    await drain(instance, jobs)
    assert handler.runs == [0, 1, 2, 3, 4]


async def test_a_failing_job_holds_up_its_successors_and_nobody_else(
    instance: Instance, clock: FakeClock
) -> None:
    runs: list[object] = []
    failing = True

    async def work(instance: Instance, payload: dict[str, object]) -> None:
        del instance
        if payload["n"] == 0 and failing:
            raise RemoteUnreachable("away")
        runs.append(payload["n"])

    await enqueue(instance, n=0, order_key="a")
    await enqueue(instance, n=1, order_key="a")
    await enqueue(instance, n=2, order_key="b")
    await drain(instance, {"work": work})
    assert runs == [2]
    failing = False
    clock.advance(minutes=1)
    await drain(instance, {"work": work})
    assert runs == [2, 0, 1]


# ---------------------------------------------------------------- how a job ends


@pytest.mark.parametrize(
    "failure",
    [
        *(RemoteRefused("no"), RemoteNonsense("what"), Invalid("bad"), Unauthenticated("who")),
        *(Forbidden("no"), NotFound("none"), Gone("gone"), Conflict("so"), Misconfigured("set")),
        Failure("some"),
    ],
    ids=lambda failure: type(failure).__name__,
)
async def test_an_expected_failure_ends_the_job_and_is_noted(
    instance: Instance,
    jobs: dict[str, Handler],
    handler: Handlers,
    clock: FakeClock,
    failure: Failure,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    handler.raising = lambda: failure
    await enqueue(instance)
    assert await drain(instance, jobs) == 1
    clock.advance(days=8)
    assert await drain(instance, jobs) == 0
    assert failure.detail in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    "failure",
    [RemoteUnreachable("away"), Unavailable("full"), TooMany("often", retry_after_s=5)],
    ids=lambda failure: type(failure).__name__,
)
async def test_what_may_succeed_later_is_tried_again(
    instance: Instance,
    jobs: dict[str, Handler],
    handler: Handlers,
    clock: FakeClock,
    failure: Failure,
) -> None:
    handler.raising = lambda: failure
    await enqueue(instance)
    await drain(instance, jobs)
    assert await drain(instance, jobs) == 0
    handler.raising = lambda: None
    clock.advance(minutes=1)
    assert await drain(instance, jobs) == 1
    assert await drain(instance, jobs) == 0
    assert handler.runs == [1, 1]


async def test_retry_after_is_kept(
    instance: Instance, jobs: dict[str, Handler], handler: Handlers, clock: FakeClock
) -> None:
    """FA-3: never before the other side wants it."""
    handler.raising = lambda: RemoteUnreachable("slow down", retry_after_s=3600)
    await enqueue(instance)
    await drain(instance, jobs)
    clock.advance(minutes=59)
    assert await drain(instance, jobs) == 0
    clock.advance(minutes=2)
    assert await drain(instance, jobs) == 1


async def test_retries_go_on_for_seven_days_and_then_the_job_is_buried(
    instance: Instance, jobs: dict[str, Handler], handler: Handlers, clock: FakeClock
) -> None:
    handler.raising = lambda: RemoteUnreachable("away")
    await enqueue(instance)
    moments = []
    for _ in range(8 * 24 * 2):
        if await drain(instance, jobs):
            moments.append(instance.now())
        clock.advance(minutes=30)
    assert moments[-1] - moments[0] > timedelta(days=6)
    assert moments[-1] - moments[0] <= timedelta(days=7)
    assert len(moments) < 60
    assert await instance.queue.next_due_at() is None


async def test_fa45_a_poison_job_is_buried_and_the_others_go_on(
    instance: Instance, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    runs: list[object] = []

    async def work(instance: Instance, payload: dict[str, object]) -> None:
        del instance
        runs.append(payload["n"])
        if payload["n"] == 0:
            message = "poison"
            raise ZeroDivisionError(message)

    for n in range(3):
        await enqueue(instance, n=n)
    for _ in range(10):
        await drain(instance, {"work": work})
        clock.advance(days=1)
    assert runs.count(0) == BUG_ATTEMPTS_MAX
    assert (runs.count(1), runs.count(2)) == (1, 1)
    assert "Traceback" in caplog.text
    assert "buried" in caplog.text


async def test_a_payload_that_a_handler_does_not_understand_is_a_bug_of_that_job_alone(
    instance: Instance, jobs: dict[str, Handler], handler: Handlers
) -> None:
    async def picky(instance: Instance, payload: dict[str, object]) -> None:
        del instance
        int(str(payload["missing"]))

    await enqueue(instance, "picky")
    await enqueue(instance)
    assert await drain(instance, {**jobs, "picky": picky}) == 2
    assert handler.runs == [1]


# ---------------------------------------------------------------- waits


def test_waits_grow_from_seconds_to_hours_with_jitter() -> None:
    seconds = [wait_before(n, None).total_seconds() for n in range(1, 12)]
    assert 2 <= seconds[0] < 2.4
    assert 60 <= seconds[4] < 72
    assert 300 <= seconds[6] < 360
    assert all(28_800 <= wait_before(n, None).total_seconds() < 34_560 for n in (13, 14, 99))
    assert len({wait_before(9, None) for _ in range(50)}) > 10


def test_a_host_may_ask_for_a_day_at_most() -> None:
    assert wait_before(1, 7200).total_seconds() >= 7200
    assert wait_before(1, 10**9).total_seconds() < 86_400 + 60
    assert wait_before(13, 1).total_seconds() >= 28_800
    assert wait_before(0, None).total_seconds() >= 2


# ---------------------------------------------------------------- how many at once


@dataclass
class Gate:
    """A handler that waits until the test lets it go on, and counts how many wait."""

    waiting: int = 0
    most: int = 0
    ended: int = 0
    open: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, instance: Instance, payload: dict[str, object]) -> None:
        del instance, payload
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        self.arrived.set()
        await self.open.wait()
        self.waiting -= 1
        self.ended += 1


async def until(is_so: Callable[[], bool]) -> None:
    """Let the others go on until something is so."""
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 - many things may make it so
            await asyncio.sleep(0.001)


@pytest.fixture
async def small(instances: Instances) -> AsyncIterator[Instance]:
    """An instance whose worker does little at once."""
    settings = Settings(jobs=JobSettings(deliveries_at_once_max=3, others_at_once_max=2))
    made = await instances.make("small", settings)
    with made.store.active():
        yield made


async def test_each_kind_has_its_limit_and_slow_deliveries_hold_up_nothing_else(
    small: Instance, handler: Handlers
) -> None:
    gate = Gate()
    for n in range(10):
        await enqueue(small, "deliver", n)
    await enqueue(small, "work", 7)
    worker = Worker(small, {"deliver": gate, "work": handler})
    running = asyncio.create_task(worker.run())
    await until(lambda: bool(handler.runs) and gate.waiting == 3)
    gate.open.set()
    await until(lambda: gate.ended == 10)
    worker.stop()
    await running
    assert gate.most == 3
    assert handler.runs == [7]


async def test_a_worker_wakes_at_once_when_a_job_is_enqueued(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "POLL_S", 60.0)
    gate = Gate()
    worker = Worker(instance, {"work": gate})
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0.05)
    async with asyncio.timeout(PATIENCE_S):
        await enqueue(instance)
        await gate.arrived.wait()
    gate.open.set()
    worker.stop()
    async with asyncio.timeout(PATIENCE_S):
        await running
    assert gate.ended == 1


# ---------------------------------------------------------------- stop and leases


async def test_fa20_a_stop_waits_for_what_runs(instance: Instance) -> None:
    gate = Gate()
    await enqueue(instance)
    worker = Worker(instance, {"work": gate})
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(PATIENCE_S):
        await gate.arrived.wait()
    worker.stop()
    await asyncio.sleep(0.01)
    assert not running.done()
    gate.open.set()
    async with asyncio.timeout(PATIENCE_S):
        await running
    assert await instance.queue.next_due_at() is None


async def test_fa20_a_job_that_does_not_end_is_given_back(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, jobs: dict[str, Handler], handler: Handlers
) -> None:
    monkeypatch.setattr(worker_module, "STOP_TIMEOUT_S", 0.01)
    gate = Gate()
    await enqueue(instance)
    worker = Worker(instance, {"work": gate})
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(PATIENCE_S):
        await gate.arrived.wait()
        worker.stop()
        await running
    assert await drain(instance, jobs) == 1
    assert handler.runs == [1]


async def test_a_job_of_a_killed_worker_runs_again_after_its_lease(
    instance: Instance, jobs: dict[str, Handler], handler: Handlers, clock: FakeClock
) -> None:
    await enqueue(instance)
    (_,) = await instance.queue.claim(1, instance.now(), 30)
    assert await drain(instance, jobs) == 0
    clock.advance(seconds=31)
    assert await drain(instance, jobs) == 1
    assert handler.runs == [1]


async def test_the_lease_of_a_slow_handler_is_extended(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, clock: FakeClock
) -> None:
    monkeypatch.setattr(worker_module, "EXTEND_EVERY_S", 0.001)
    gate = Gate()
    await enqueue(instance)
    worker = Worker(instance, {"work": gate})
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(PATIENCE_S):
        await gate.arrived.wait()
        for _ in range(4):
            clock.advance(seconds=20)
            lease_end = instance.now() + timedelta(seconds=LEASE_S)
            while await instance.queue.next_due_at() != lease_end:  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.001)
    assert await instance.queue.claim(1, instance.now(), 30) == []
    gate.open.set()
    worker.stop()
    async with asyncio.timeout(PATIENCE_S):
        await running
    assert gate.most == 1


async def test_a_database_that_is_away_for_a_moment_does_not_end_the_worker(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """FA-28: it goes on when the database is back."""
    monkeypatch.setattr(worker_module, "POLL_S", 0.01)
    gate = Gate()
    worker = Worker(instance, {"work": gate})
    original, failures = worker._round, [OSError("away"), OSError("away")]

    async def failing() -> int:
        if failures:
            raise failures.pop()
        return await original()

    monkeypatch.setattr(worker, "_round", failing)
    await enqueue(instance)
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(PATIENCE_S):
        await gate.arrived.wait()
    gate.open.set()
    worker.stop()
    await running
    assert "could not claim" in caplog.text


# ---------------------------------------------------------------- schedule


async def test_scheduled_work_comes_back_and_never_twice_at_once(
    instance: Instance, jobs: dict[str, Handler], handler: Handlers, clock: FakeClock
) -> None:
    worker = Worker(instance, jobs, ((timedelta(minutes=5), "work"),))
    other = Worker(instance, jobs, ((timedelta(minutes=5), "work"),))
    assert await worker.drain() + await other.drain() >= 1
    handler.runs.clear()
    clock.advance(minutes=4)
    assert await worker.drain() == 0
    clock.advance(minutes=1)
    assert await worker.drain() == 1
    assert handler.runs == [None]


async def test_scheduled_work_runs_once_for_all_workers_and_is_remembered_over_a_restart(
    instance: Instance, jobs: dict[str, Handler], handler: Handlers, clock: FakeClock
) -> None:
    """Many workers, one run; FA-31: a time that a wrong clock wrote does not hold it up."""
    schedule = ((timedelta(hours=1), "work"),)

    async def runs() -> int:
        """Let two workers that know nothing yet look at the same time."""
        handler.runs.clear()
        many = [Worker(instance, jobs, schedule) for _ in range(2)]
        await asyncio.gather(*(worker.drain() for worker in many))
        return len(handler.runs)

    assert await runs() == 1
    assert await runs() == 0
    clock.advance(hours=1)
    assert await runs() == 1
    clock.advance(days=400)
    assert await runs() == 1
    clock.advance(days=-400)
    assert await runs() == 1
    assert await runs() == 0


async def test_scheduled_work_that_could_not_be_enqueued_is_not_lost(
    instance: Instance,
    jobs: dict[str, Handler],
    handler: Handlers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise Unavailable("full")

    worker = Worker(instance, jobs, ((timedelta(hours=1), "work"),))
    with monkeypatch.context() as patch:
        patch.setattr("storage.queue.Queue.enqueue", fail)
        with pytest.raises(Unavailable):
            await worker.drain()
    assert await worker.drain() == 1
    assert handler.runs == [None]


async def test_rx25_a_flood_of_one_host_leaves_room_for_others(
    instance: Instance, jobs: dict[str, Handler], handler: Handlers, clock: FakeClock
) -> None:
    """RX-25: a thousand jobs by a thousand actors of one host, then one job of another host."""
    for n in range(1000):
        key = f"actor {n}"
        await instance.queue.enqueue(
            "work", {"n": n}, now=instance.now(), host="flood.test", order_key=key
        )
    clock.advance(seconds=1)
    await instance.queue.enqueue("work", {"n": -1}, now=instance.now(), host="other.test")
    assert await drain(instance, jobs) == 1001
    assert handler.runs.index(-1) < 10
