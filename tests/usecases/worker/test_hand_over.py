"""Jobs go from hand to hand inside the one process that runs them, and are as durable as others."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from instance.resources import Instance
from instance.worker import Handler, Worker
from storage import store
from storage.queue import Queue
from tests.instances import drain, is_on_postgres

pytestmark = pytest.mark.skipif(
    is_on_postgres(), reason="jobs are handed over only where the lock of the SQLite file is held"
)


class Log:
    """A handler that notes what it ran, and may be kept waiting."""

    def __init__(self) -> None:
        self.runs: list[object] = []
        self.states: list[object] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, instance: Instance, payload: dict[str, object]) -> None:
        del instance
        self.states += [state for (state,) in await store.read("SELECT state FROM jobs")]
        await self.gate.wait()
        self.runs.append(payload["n"])


@pytest.fixture
def log() -> Log:
    return Log()


@asynccontextmanager
async def working(instance: Instance, jobs: dict[str, Handler]) -> AsyncIterator[Worker]:
    """A worker that runs, as the only one of this store."""
    instance.store.lock_exclusively()
    worker = Worker(instance, jobs)
    running = asyncio.create_task(worker.run())
    while instance.queue.taker is None:  # noqa: ASYNC110 - one turn of the loop
        await asyncio.sleep(0)
    try:
        yield worker
    finally:
        worker.stop()
        await running


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not is_so():  # noqa: ASYNC110 - many things may make it so
            await asyncio.sleep(0.001)


async def enqueue(instance: Instance, n: int, order_key: str | None = None) -> None:
    await instance.queue.enqueue("work", {"n": n}, now=instance.now(), order_key=order_key)


async def test_a_job_that_may_run_is_not_claimed_first(
    instance: Instance, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed = 0
    claim = Queue.claim

    async def counting(*args: object, **given: object) -> object:
        nonlocal claimed
        jobs = await claim(*args, **given)  # type: ignore[arg-type]  # passed on as they came
        claimed += len(jobs)
        return jobs

    monkeypatch.setattr(Queue, "claim", counting)
    async with working(instance, {"work": log}):
        await enqueue(instance, 1)
        await until(lambda: log.runs == [1])
    assert claimed == 0
    assert log.states == ["running"]
    assert sum((await instance.queue.counts()).values()) == 0


async def test_a_job_of_a_transaction_that_fails_never_runs(instance: Instance, log: Log) -> None:
    async with working(instance, {"work": log}):
        with contextlib.suppress(ZeroDivisionError):
            async with instance.store.transaction():
                await enqueue(instance, 1)
                raise ZeroDivisionError
        await enqueue(instance, 2)
        await until(lambda: log.runs == [2])
    assert log.runs == [2]


async def test_those_of_one_order_run_one_after_the_other(instance: Instance, log: Log) -> None:
    log.gate.clear()
    async with working(instance, {"work": log}) as worker:
        for n in range(4):
            await enqueue(instance, n, "one")
        await asyncio.sleep(0.02)
        assert len(worker._running) == 1
        log.gate.set()
        await until(lambda: len(log.runs) == 4)
    assert log.runs == [0, 1, 2, 3]


async def test_what_was_handed_over_to_a_process_that_was_killed_runs_again(
    instance: Instance, log: Log
) -> None:
    """FA-14: it is in the table as one that runs; whoever holds the lock next takes it over."""
    log.gate.clear()
    async with working(instance, {"work": log}) as worker:
        await enqueue(instance, 1)
        await until(lambda: len(log.states) == 1)
        for task in worker._running:
            task.cancel()
    assert log.runs == []
    log.gate.set()
    await instance.queue.reclaim(instance.now())
    assert await drain(instance, {"work": log}) == 1
    assert log.runs == [1]


async def test_a_full_lane_leaves_jobs_in_the_table(instance: Instance, log: Log) -> None:
    log.gate.clear()
    most = instance.settings.jobs.others_at_once_max
    async with working(instance, {"work": log}) as worker:
        for n in range(most + 5):
            await enqueue(instance, n)
        await until(lambda: len(worker._running) == most)
        counts = await instance.queue.counts()
        assert (counts["running"], counts["waiting"]) == (most, 5)
        log.gate.set()
        await until(lambda: len(log.runs) == most + 5)


async def test_those_of_one_commit_share_the_room_that_each_saw(
    instance: Instance, log: Log
) -> None:
    """One film is transcoded at a time, also where several come in one transaction (B62)."""
    log.gate.clear()
    async with working(instance, {"prepare_media": log}) as worker:
        async with instance.store.transaction():
            for n in range(3):
                await instance.queue.enqueue("prepare_media", {"n": n}, now=instance.now())
        await until(lambda: bool(log.states) and len(worker._running) == 1)
        counts = await instance.queue.counts()
        assert (counts["running"], counts["waiting"]) == (1, 2)
        log.gate.set()
        await until(lambda: len(log.runs) == 3)


async def test_what_is_handed_over_to_a_worker_that_stops_is_left(
    instance: Instance, log: Log
) -> None:
    async with working(instance, {"work": log}) as worker, instance.store.transaction():
        await enqueue(instance, 1)
        worker.stop()
    assert log.runs == []
    await instance.queue.reclaim(instance.now())
    assert await drain(instance, {"work": log}) == 1
    assert log.runs == [1]


async def test_effects_and_the_end_of_a_job_are_one_commit(instance: Instance) -> None:
    """RELIABILITY, duplicates: a handler that ends its job in its transaction runs once."""
    seen: list[dict[str, int]] = []

    async def work(instance: Instance, payload: dict[str, object]) -> None:
        del payload
        with contextlib.suppress(ZeroDivisionError):
            async with instance.store.transaction():
                await instance.queue.finish_here()
                raise ZeroDivisionError
        seen.append(await instance.queue.counts())
        async with instance.store.transaction():
            await instance.queue.finish_here()
        seen.append(await instance.queue.counts())

    await enqueue(instance, 1)
    assert await drain(instance, {"work": work}) == 1
    assert [each["running"] for each in seen] == [1, 0]
