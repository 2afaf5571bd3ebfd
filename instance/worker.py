"""Claims due jobs and runs their handlers; retry, back-off, stop.

One of the two places that read the tree of failures: here it decides whether a job is retried,
ends, or is buried. A handler that raises anything else has a bug; the others go on (FA-45).
"""

import asyncio
import contextlib
import logging
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from instance.errors import Failure, RemoteUnreachable, TooMany, Unavailable
from instance.resources import Instance
from storage import schedule
from storage.records import Job

Handler: TypeAlias = Callable[[Instance, dict[str, object]], Awaitable[None]]
Schedule: TypeAlias = Sequence[tuple[timedelta, str]]
"""Jobs that come back: how often, and their kind. Their payload is empty."""

LEASE_S = 30
EXTEND_EVERY_S = 10
POLL_S = 1.0
STOP_TIMEOUT_S = 10.0
LOOK_EVERY = timedelta(minutes=1)

# After the last wait it is repeated until the job is too old.
BACK_OFF_S = (10, 60, 300, 900, 1800, 3600, 7200, 14400, 28800)
RETRY_FOR = timedelta(days=7)
DEAD_LETTERS_KEPT_FOR = timedelta(days=30)
RETRY_AFTER_S_MAX = 86_400
JITTER_PERCENT = 20
BUG_ATTEMPTS_MAX = 4
ERROR_LETTERS_MAX = 500

# Two lanes for kinds that wait for other servers, so that nobody else waits for them.
DELIVERING = frozenset({"deliver"})
FETCHING = frozenset(
    {
        *("fetch_first", "fetch_thread", "fetch_featured", "refresh_post", "refresh_actor"),
        *("verify_links", "measure_pictures", "count_actor", "send_mail"),
    }
)
# While jobs run, new ones are claimed at most so often: a few at once cost little more than one.
PAUSE_S = 0.005

_log = logging.getLogger("kittiwake.worker")


@dataclass(frozen=True, slots=True)
class Lane:
    """Kinds of jobs that share a limit."""

    kinds: frozenset[str]
    at_once_max: int


class Worker:
    """Runs the jobs of one instance until it is stopped."""

    def __init__(
        self, instance: Instance, jobs: Mapping[str, Handler], schedule: Schedule = ()
    ) -> None:
        self._instance = instance
        self._jobs = jobs
        self._schedule = schedule
        self._looked_at: datetime | None = None
        self._lanes = _lanes(instance, jobs)
        self._running: dict[asyncio.Task[None], Job] = {}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Work until `stop` is called; then let what runs finish, within ten seconds."""
        keeper = asyncio.create_task(self._keep_leases())
        try:
            while not self._stopping.is_set():
                try:
                    claimed = await self._round()
                except Failure as failure:  # the database is away or full: one line each time
                    _log.warning("the worker could not claim jobs: %s", _reason(failure))
                    claimed = 0
                except Exception:  # noqa: BLE001 - a bug: the worker goes on
                    _log.exception("the worker could not claim jobs; trying again")
                    claimed = 0
                await self._pause(claimed)
        finally:
            await self._finish_running()
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeper

    def stop(self) -> None:
        """Ask `run` to end; it returns within ten seconds."""
        self._stopping.set()
        self._instance.queue.notify()

    async def drain(self) -> int:
        """Run what is due, and what that makes due; returns how many jobs ran. For tests."""
        done = 0
        while True:
            claimed = await self._round()
            if self._running:
                await asyncio.wait(self._running, return_when=asyncio.ALL_COMPLETED)
            elif not claimed:
                return done
            done += claimed

    # ------------------------------------------------------------ claiming

    async def _round(self) -> int:
        """Claim what is due, as far as there is room, and start it; returns how many."""
        with self._instance.store.active():
            await self._enqueue_scheduled()
            due = await self._instance.queue.due_kinds(self._instance.now(), self._jobs)
            claimed = 0
            for lane in self._lanes:
                if not due.isdisjoint(lane.kinds):
                    claimed += await self._claim(lane)
            return claimed

    async def _claim(self, lane: Lane) -> int:
        """Fill a lane; one host gets half of it at most, if others wait too (RX-25)."""
        in_lane = [job for job in self._running.values() if job.kind in lane.kinds]
        room = lane.at_once_max - len(in_lane)
        share = max(1, lane.at_once_max // 2)
        claimed = 0
        while room > 0:
            hosts = Counter(job.host for job in in_lane if job.host is not None)
            greedy = [host for host, number in hosts.items() if number >= share]
            wanted = min(room, share)
            jobs = await self._start(lane, wanted, except_hosts=greedy)
            in_lane += jobs
            claimed += len(jobs)
            room -= len(jobs)
            if len(jobs) < wanted:
                break
        return claimed

    async def _start(self, lane: Lane, limit: int, *, except_hosts: Sequence[str]) -> list[Job]:
        queue, now = self._instance.queue, self._instance.now()
        jobs = await queue.claim(limit, now, LEASE_S, kinds=lane.kinds, except_hosts=except_hosts)
        for job in jobs:
            task = asyncio.create_task(self._run(job), name=f"{job.kind} {job.id}")
            self._running[task] = job
            task.add_done_callback(self._ended)
        return jobs

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        if not task.cancelled() and (error := task.exception()):
            # Its row could not be changed: the job runs again when the lease ends.
            _log.error("%s could not be ended", task.get_name(), exc_info=error)
        self._instance.queue.notify()  # there is room again, or a successor may go

    async def _pause(self, claimed: int) -> None:
        """Wait until there may be more to claim: a job was enqueued or ended, or time passed."""
        if self._running and not self._stopping.is_set():
            await asyncio.sleep(PAUSE_S)
        if not claimed:
            await self._instance.queue.wait(POLL_S)

    async def _enqueue_scheduled(self) -> None:
        """Look each minute what comes back now; one worker of all enqueues it."""
        now = self._instance.now()
        if self._looked_at is None or abs(now - self._looked_at) >= LOOK_EVERY:
            for every, kind in self._schedule:
                async with self._instance.store.transaction():
                    if await schedule.claim(kind, every, now):
                        await self._instance.queue.enqueue(kind, {}, now=now, unique_key=kind)
            self._looked_at = now

    # ------------------------------------------------------------ running

    async def _run(self, job: Job) -> None:
        """Run one job; whatever happens, its row says so afterwards."""
        instance = self._instance
        with instance.store.active():
            try:
                await self._jobs[job.kind](instance, job.payload)
            except Failure as failure:
                await self._failed(job, failure)
            except Exception as bug:  # noqa: BLE001 - a job with a bug must not stop the others
                await self._broke(job, bug)
            else:
                await instance.queue.finish(job)

    async def _failed(self, job: Job, failure: Failure) -> None:
        """Retry what may succeed later; end what will not."""
        now, queue = self._instance.now(), self._instance.queue
        reason = _reason(failure)
        if not isinstance(failure, RemoteUnreachable | TooMany | Unavailable):
            _log.info("%s %s ended: %s", job.kind, job.id, reason)
            await queue.finish(job)
            return
        due_at = now + wait_before(job.attempts, failure.retry_after_s)
        if due_at - job.created_at > RETRY_FOR:
            _log.warning("%s %s given up after 7 days: %s", job.kind, job.id, reason)
            await queue.bury(job, reason, now)
            return
        _log.info("%s %s again at %s: %s", job.kind, job.id, due_at.isoformat(), reason)
        await queue.retry(job, due_at, reason)

    async def _broke(self, job: Job, bug: Exception) -> None:
        """Log a bug with its traceback; a few more tries, because the next version may mend it."""
        now, queue = self._instance.now(), self._instance.queue
        _log.error("%s %s failed", job.kind, job.id, exc_info=bug)
        reason = f"{type(bug).__name__}: {bug}"[:ERROR_LETTERS_MAX]
        if job.attempts >= BUG_ATTEMPTS_MAX:
            _log.error("%s %s buried after %s attempts", job.kind, job.id, job.attempts)
            await queue.bury(job, reason, now)
        else:
            await queue.retry(job, now + wait_before(job.attempts, None), reason)

    # ------------------------------------------------------------ leases and stop

    async def _keep_leases(self) -> None:
        """Extend the leases of what runs: a slow handler is no dead process."""
        while True:
            await asyncio.sleep(EXTEND_EVERY_S)
            jobs = list(self._running.values())
            if not jobs:
                continue
            with self._instance.store.active():
                try:
                    await self._instance.queue.extend(jobs, self._instance.now(), LEASE_S)
                except Exception:  # noqa: BLE001 - it is tried again before the leases end
                    _log.exception("could not extend leases")

    async def _finish_running(self) -> None:
        """Let handlers finish; cancel those that take too long and give their jobs back."""
        if not self._running:
            return
        await asyncio.wait(self._running, timeout=STOP_TIMEOUT_S)
        left = dict(self._running)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        if left:
            _log.warning("stopping: %s jobs did not finish and run again later", len(left))
            with self._instance.store.active():
                await self._instance.queue.release(list(left.values()))


async def forget_dead_letters(instance: Instance, payload: dict[str, object]) -> None:
    """Job `forget_dead_letters`, once a day: who wanted to look into a failure has done so."""
    del payload
    await instance.queue.forget_dead(instance.now() - DEAD_LETTERS_KEPT_FOR)


def wait_before(attempts: int, retry_after_s: int | None) -> timedelta:
    """Return how long a job waits after its `attempts`-th attempt failed.

    What the other side asked for is kept (up to a day); otherwise ever longer, with jitter so that
    what failed together does not come back together.
    """
    base_s = BACK_OFF_S[min(max(attempts, 1), len(BACK_OFF_S)) - 1]
    jitter_s = base_s * JITTER_PERCENT * secrets.randbelow(1000) / 100_000
    if retry_after_s is not None:
        base_s = max(base_s, min(retry_after_s, RETRY_AFTER_S_MAX))
    return timedelta(seconds=base_s + jitter_s)


def _lanes(instance: Instance, jobs: Collection[str]) -> tuple[Lane, ...]:
    limits, kinds = instance.settings.jobs, frozenset(jobs)
    lanes = (
        Lane(kinds - DELIVERING - FETCHING, limits.others_at_once_max),
        Lane(kinds & DELIVERING, limits.deliveries_at_once_max),
        Lane(kinds & FETCHING, limits.fetches_at_once_max),
    )
    return tuple(lane for lane in lanes if lane.kinds)


def _reason(failure: Failure) -> str:
    return f"{type(failure).__name__}: {failure.detail}"[:ERROR_LETTERS_MAX]
