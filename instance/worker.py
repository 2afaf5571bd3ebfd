"""Claims due jobs and runs their handlers; retry, back-off, stop.

One of the two places that read the tree of failures: here it decides whether a job is retried,
ends, or is buried. A handler that raises anything else has a bug; the others go on (FA-45). A
delivery that fails is held until its host is tried again: how a job ends is in `settling.py`, how
many run at once in `lanes.py`.
"""

import asyncio
import contextlib
import contextvars
import logging
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from instance.errors import Failure, RemoteFailure, RemoteUnreachable, TooMany, Unavailable
from instance.lanes import DELIVERING, Lane, make_lanes
from instance.resources import Instance
from instance.settling import RETRY_FOR, End, Outcome, Settler, wait_before
from storage import clock, deliveries, hosts, schedule
from storage.queue import LEASE_S, NewJob
from storage.records import Job

Handler: TypeAlias = Callable[[Instance, dict[str, object]], Awaitable[None]]
Schedule: TypeAlias = Sequence[tuple[timedelta, str]]
"""Jobs that come back: how often, and their kind. Their payload is empty."""

EXTEND_EVERY_S = 10
POLL_S = 1.0
STOP_TIMEOUT_S = 10.0
LOOK_EVERY = timedelta(minutes=1)
# Hosts whose next try has come are looked for so often; and a try that nobody ends is made again.
HOSTS_DUE_EVERY = timedelta(seconds=1)
TRY_AGAIN_AFTER = timedelta(seconds=LEASE_S)
HELD_AGAIN_AFTER = timedelta(seconds=5)

DEAD_LETTERS_KEPT_FOR = timedelta(days=30)
BUG_ATTEMPTS_MAX = 4
ERROR_LETTERS_MAX = 500

# While jobs run, new ones are claimed at most so often: a few at once cost little more than one.
PAUSE_S = 0.005

_log = logging.getLogger("kittiwake.worker")


class Worker:
    """Runs the jobs of one instance until it is stopped."""

    def __init__(
        self, instance: Instance, jobs: Mapping[str, Handler], schedule: Schedule = ()
    ) -> None:
        self._instance = instance
        self._jobs = jobs
        self._schedule = schedule
        self._looked_at: datetime | None = None
        self._hosts_looked_at: datetime | None = None
        self._delivering, self._lanes = make_lanes(instance, jobs)
        self._lane_of = {kind: lane for lane in self._lanes for kind in lane.kinds}
        self._settler = Settler(instance, self._delivering)
        # Hosts that are well and for which jobs are held: as one ends, the next may go.
        self._catching_up: set[str] = set()
        # Hosts for which held jobs are being claimed, and whether to do it once more.
        self._taking: dict[str, bool] = {}
        self._running: dict[asyncio.Task[None], Job] = {}
        self._context = contextvars.copy_context()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Work until `stop` is called; then let what runs finish, within ten seconds."""
        keeper = asyncio.create_task(self._keep_leases())
        if self._instance.store.is_locked_exclusively:
            self._instance.queue.taker = self
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
            self._instance.queue.taker = None
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

    def has_room(self, job: NewJob) -> bool:
        """Whether a job that is being enqueued here may run at once (`queue.Taker`)."""
        is_known = job.kind in self._lane_of
        return is_known and job.host not in self._settler.failing and self._may_start(job)

    def take(self, job: Job) -> None:
        """Run a job that was handed over; its transaction is committed (`queue.Taker`).

        It is put back if others of that commit have the room it was meant for. Once the worker
        stops it is left: whoever starts next reclaims it.
        """
        if self._may_start(job):
            self._start([job])
        elif not self._stopping.is_set():
            task = asyncio.create_task(self._put_back(job), context=self._context.copy())
            self._running[task] = job
            task.add_done_callback(self._running.pop)

    async def _put_back(self, job: Job) -> None:
        # If the database is away, it waits until its lease ends.
        with self._instance.store.active(), contextlib.suppress(Failure):
            await self._instance.queue.release([job])

    def _may_start(self, job: Job | NewJob) -> bool:
        lane = self._lane_of[job.kind]
        has_room = lane.room(self._instance.now()) > 0 and lane.room_for(job.host) > 0
        return has_room and not self._stopping.is_set()

    async def _round(self) -> int:
        """Claim what is due, as far as there is room, and start it; returns how many."""
        with self._instance.store.active():
            await self._follow_clock()
            await self._enqueue_scheduled()
            claimed = await self._try_hosts()
            due = await self._instance.queue.due_kinds(self._instance.now(), self._jobs)
            for lane in self._lanes:
                if kinds := due & lane.kinds:
                    claimed += await self._claim(lane, kinds)
            return claimed

    async def _follow_clock(self) -> None:
        now, queue = self._instance.now(), self._instance.queue
        before, queue.clock_seen = queue.clock_seen or now, now
        if before - now > clock.UNNOTICED:
            _log.warning("the clock was set back by %s; what waits does so no longer", before - now)
            await clock.set_back(before - now, now)

    async def _claim(self, lane: Lane, kinds: Collection[str]) -> int:
        """Fill a lane; one host gets its share at most, if others wait too (RX-25)."""
        queue, claimed = self._instance.queue, 0
        is_delivering = lane is self._delivering
        while (room := lane.room(self._instance.now())) > 0:
            wanted = min(room, max(1, lane.at_once_max // 2))
            jobs = await queue.claim(
                wanted,
                self._instance.now(),
                LEASE_S,
                kinds=_shuffled(kinds),
                # Deliveries beyond a host's share are held, and so out of the way of claims.
                except_hosts=() if is_delivering else lane.full_hosts(),
            )
            if is_delivering:
                claimed += await self._start_within_shares(jobs)
            else:
                self._start(jobs)
                claimed += len(jobs)
            if len(jobs) < wanted:
                break
        return claimed

    async def _start_within_shares(self, jobs: Sequence[Job]) -> int:
        """Start deliveries; hold those whose host has enough under way, until there is room."""
        surplus: list[Job] = []
        for job in jobs:
            if self._delivering.room_for(job.host) > 0:
                self._start([job])
            else:
                surplus.append(job)
        if surplus:
            names = {str(job.host) for job in surplus}
            async with self._instance.store.transaction():
                await deliveries.hold((job, job.last_error) for job in surplus)
                await hosts.have_held_jobs(names, self._instance.now() + TRY_AGAIN_AFTER)
            self._catching_up |= names
        return len(jobs) - len(surplus)

    async def _try_hosts(self) -> int:
        """Start what is held for hosts whose next try has come; returns how many jobs."""
        now = self._instance.now()
        if DELIVERING.isdisjoint(self._jobs) or (
            self._hosts_looked_at is not None and abs(now - self._hosts_looked_at) < HOSTS_DUE_EVERY
        ):
            return 0
        self._hosts_looked_at = now
        # Hosts that fail are tried beside the others, a few at a time.
        tries_max = max(1, self._delivering.at_once_max // 4)
        tried = sum(self._delivering.running_of(host) > 0 for host in self._settler.failing)
        if tried >= tries_max:
            return 0
        started = 0
        for host in await hosts.take_due(tries_max - tried, now, now + TRY_AGAIN_AFTER):
            if host.failing_since is not None:
                self._settler.failing.add(host.name)
                self._delivering.failed(host.name)
            else:
                self._settler.failing.discard(host.name)
                self._catching_up.add(host.name)
            started += await self._start_held(host.name)
        return started

    async def _start_held(self, host: str) -> int:
        """Start what is held for a host, as many as it may have; returns how many.

        Of several that ask at once, as their deliveries end together, one does it for all.
        """
        if host in self._taking:
            self._taking[host] = True
            return 0
        started, self._taking[host] = 0, True
        try:
            while self._taking[host]:
                await asyncio.sleep(0)  # let those who end together ask
                self._taking[host] = False
                started += await self._take_held(host)
        finally:
            del self._taking[host]
        return started

    async def _take_held(self, host: str) -> int:
        room, now = self._delivering.room_for(host), self._instance.now()
        jobs = await deliveries.take_held(host, room, now, LEASE_S) if room > 0 else []
        self._start(jobs)
        if not jobs and self._delivering.running_of(host) == 0:
            are_left = await hosts.settle_next_try(host, now + HELD_AGAIN_AFTER)
            if not are_left:
                self._catching_up.discard(host)
        return len(jobs)

    def _start(self, jobs: Sequence[Job]) -> None:
        now = self._instance.now()
        for job in jobs:
            self._lane_of[job.kind].started(job, now)
            self._settler.begun(job)
            # Not in the context of a request that handed it over.
            work, name = self._run(job), f"{job.kind} {job.id}"
            task = asyncio.create_task(work, name=name, context=self._context.copy())
            self._running[task] = job
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if (job := self._running.pop(task, None)) is not None:
            self._lane_of[job.kind].ended(job)
            self._settler.ended(job)
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
        is_delivery = job.kind in DELIVERING and job.host is not None
        with instance.store.active(), instance.queue.running(job) as running:
            try:
                await self._jobs[job.kind](instance, job.payload)
            except RemoteFailure as failure:
                await (self._undelivered if is_delivery else self._failed)(job, failure)
            except Failure as failure:
                await self._failed(job, failure)
            except Exception as bug:  # noqa: BLE001 - a job with a bug must not stop the others
                await self._broke(job, bug)
            else:
                if not running.is_ended:
                    await self._settle(Outcome(job, End.DELIVERED if is_delivery else End.DONE))

    async def _settle(self, outcome: Outcome) -> None:
        """End a job; if it was a delivery, the next of its host may go."""
        host = outcome.job.host if outcome.end is not End.DONE else None
        others = self._delivering.running_total() if host is not None else 0
        was_failing = host in self._settler.failing
        await self._settler.settle(outcome, more_to_come=others > 1)
        self._lane_of[outcome.job.kind].ended(outcome.job)
        if host is not None and outcome.end is not End.AWAY:
            if was_failing:
                self._catching_up.add(host)
            if host in self._catching_up and not self._stopping.is_set():
                await self._start_held(host)

    async def _undelivered(self, job: Job, failure: RemoteFailure) -> None:
        """End a delivery that was refused; hold one that could not be made."""
        reason, is_answered = _reason(failure), failure.status is not None
        if isinstance(failure, RemoteUnreachable):
            _log.info("%s %s is held: %s", job.kind, job.id, reason)
            wait_s = failure.retry_after_s
            await self._settle(Outcome(job, End.AWAY, reason, wait_s, is_answered=is_answered))
        else:
            _log.info("%s %s ended: %s", job.kind, job.id, reason)
            await self._settle(Outcome(job, End.REFUSED, reason, is_answered=is_answered))

    async def _failed(self, job: Job, failure: Failure) -> None:
        """Retry what may succeed later; end what will not."""
        now, queue = self._instance.now(), self._instance.queue
        reason = _reason(failure)
        if not isinstance(failure, RemoteUnreachable | TooMany | Unavailable):
            _log.info("%s %s ended: %s", job.kind, job.id, reason)
            await self._settle(Outcome(job, End.DONE))
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


def _shuffled(kinds: Collection[str]) -> list[str]:
    """Kinds in a random order: none of a lane is always the last."""
    return sorted(kinds, key=lambda _: secrets.randbelow(1000))


def _reason(failure: Failure) -> str:
    return f"{type(failure).__name__}: {failure.detail}"[:ERROR_LETTERS_MAX]
