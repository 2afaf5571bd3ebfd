"""`Queue`: durable jobs. Enqueued inside the caller's transaction; claimed by the worker.

A claimed job is invisible until its lease ends, by then finished or claimable again: `due_at` of a
running job is the end of its lease. Of the jobs with one `order_key` only the oldest unfinished one
(or those of its `turn`) may run, also while it waits for its next attempt. The others are
`blocked`: due again no earlier than it, so that a claim does not wade through a backlog. Deliveries
to a host that fails are `held`, and due when the host is (`storage/deliveries.py`).
"""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from instance.errors import Conflict
from storage import store
from storage.claiming import (
    BLOCKED,
    BLOCKED_S,
    CLAIM,
    DEAD,
    HAND_OVER,
    HELD,
    INSERT,
    JOBS,
    MINE,
    RUNNING,
    WAITING,
    WAKES,
)
from storage.ids import IdSource
from storage.records import Job, RowId
from storage.values import to_json, to_moment

LEASE_S = 30
ERROR_LETTERS_MAX = 2000


@dataclass(frozen=True, slots=True)
class NewJob:
    """What to enqueue, for `Queue.enqueue_many`; see `records.Job`."""

    kind: str
    payload: Mapping[str, object]
    order_key: str | None = None
    unique_key: str | None = None
    host: str | None = None
    due_at: datetime | None = None
    turn: int | None = None
    activity_id: RowId | None = None


class Taker(Protocol):
    """The worker of this process, if no other process runs jobs of this store."""

    def has_room(self, job: NewJob) -> bool:
        """Whether it would run this job at once."""
        ...

    def take(self, job: Job) -> None:
        """Run a job that is claimed already. Its transaction is committed."""
        ...


@dataclass(slots=True)
class RunningJob:
    """The job that a handler runs for, and whether its end is committed already."""

    job: Job
    is_ended: bool = False


_running: ContextVar[RunningJob | None] = ContextVar("running_job", default=None)


@dataclass(slots=True)
class Queue:
    """The jobs of the active store. `wait` and `notify` wake the worker of this process."""

    ids: IdSource
    tell_others: Callable[[], None] = lambda: None
    """Called after the commit of new jobs, for workers of other processes (`storage/events.py`)."""
    taker: Taker | None = None
    """Set by the worker of this process."""
    clock_seen: datetime | None = None
    """What the clock said when jobs were last claimed here."""
    _wakeup: asyncio.Event = field(default_factory=asyncio.Event)

    async def enqueue(  # noqa: PLR0913  # the fields of a job
        self,
        kind: str,
        payload: Mapping[str, object],
        *,
        now: datetime,
        order_key: str | None = None,
        unique_key: str | None = None,
        host: str | None = None,
        due_at: datetime | None = None,
    ) -> None:
        """Enqueue a job, in the caller's transaction if one is open.

        Does nothing if a job with the same `unique_key` waits already.
        """
        job = NewJob(kind, payload, order_key, unique_key, host, due_at)
        await self.enqueue_many([job], now=now)

    async def enqueue_many(self, jobs: Iterable[NewJob], *, now: datetime) -> None:
        """Enqueue jobs; they run in this order where their `order_key` says so."""
        many = list(jobs)
        if len(many) == 1 and await self._hand_over(many[0], now):
            return
        if not many:
            return
        first_id = self.ids.new_block(len(many))
        rows = [
            JOBS.values(self._job(job, RowId(first_id + number), now))
            for number, job in enumerate(many)
        ]
        if len(rows) == 1:
            await store.write(INSERT, *rows[0])
        else:
            await store.write_many(INSERT, rows)
        store.current().after_commit(self._tell)

    async def _hand_over(self, new: NewJob, now: datetime) -> bool:
        """Give a job to the worker of this process, if it may run now: that spares its claim.

        It is in the table as one that runs: a killed process loses it no more than others.
        """
        taker, is_due = self.taker, new.due_at is None or new.due_at <= now
        if taker is None or not is_due or not taker.has_room(new):
            return False
        job = self._job(new, self.ids.new(), now)
        job = replace(job, attempts=1, due_at=now + timedelta(seconds=LEASE_S))
        values = [*JOBS.values(job), job.order_key, job.unique_key]
        if not await store.write(HAND_OVER, *values):
            return False
        store.current().after_commit(partial(taker.take, job))
        return True

    def _job(self, job: NewJob, row_id: RowId, now: datetime) -> Job:
        return Job(
            id=row_id,
            kind=job.kind,
            payload=dict(job.payload),
            due_at=job.due_at or now,
            attempts=0,
            created_at=now,
            order_key=job.order_key,
            unique_key=job.unique_key,
            host=job.host,
            turn=job.turn,
            activity_id=job.activity_id,
        )

    async def find_waiting(self, unique_key: str) -> Job | None:
        """Return the job that waits under this key, for who changes it in this transaction."""
        condition = "t.unique_key = ? AND t.state IN ('waiting', 'blocked', 'held')"
        return await JOBS.find_locked(condition, unique_key)

    async def change(self, job: Job, payload: Mapping[str, object]) -> None:
        """Give a waiting job something else to do."""
        sql = "UPDATE jobs SET payload = ? WHERE id = ? AND state <> 'running'"
        await store.write(sql, to_json(dict(payload)), job.id)

    async def claim(
        self,
        limit: int,
        now: datetime,
        lease_s: float = LEASE_S,
        *,
        kinds: Collection[str] | None = None,
        except_hosts: Collection[str] = (),
    ) -> list[Job]:
        """Take due jobs for `lease_s`; their `attempts` already counts this one. Oldest due first.

        Whoever does not finish, retry, bury, release or extend them by then loses them. What is due
        and may not run - it must wait for another one, its host fails - is put aside.
        """
        found: list[Job] = []
        for kind in [None] if kinds is None else kinds:
            due, values = "j.state <> 'dead' AND j.due_at <= ?", list[object]([now])
            if kind is not None:
                due, values = f"j.kind = ? AND {due}", [kind, now]
            if except_hosts:
                due += " AND (j.host IS NULL OR NOT j.host = ANY(?))"
                values = [*values, list(except_hosts)]
            lease_end = now + timedelta(seconds=lease_s)
            blocked_until = now + timedelta(seconds=BLOCKED_S)
            looked_at = wanted = limit - len(found)
            while wanted > 0 and looked_at >= wanted:
                sql = CLAIM.format(due)
                rows = await store.write(sql, *values, wanted, lease_end, blocked_until)
                looked_at = len(rows)
                found += JOBS.records([row for row in rows if row[-1] == RUNNING])
                await self._look_again(JOBS.records([row for row in rows if row[-1] == BLOCKED]))
                wanted = limit - len(found)
        return sorted(found, key=lambda job: job.id)

    async def _look_again(self, blocked: Sequence[Job]) -> None:
        """Wake those of PostgreSQL whose predecessor ended while they were being blocked (FA-2)."""
        if blocked and store.current().dialect == "postgres":
            orders = {str(job.order_key) for job in blocked}
            await store.write_many(
                WAKES[store.current().dialect], [[order] for order in sorted(orders)]
            )

    async def reclaim(self, now: datetime) -> int:
        """End all leases now: only for who knows that no other process runs jobs of this store.

        The jobs of a process that was killed run again then without waiting for their leases.
        """
        sql = f"UPDATE jobs SET due_at = ? WHERE state = '{RUNNING}' AND due_at > ? RETURNING id"
        reclaimed = await store.write(sql, now, now)
        if reclaimed:
            store.current().after_commit(self.notify)
        return len(reclaimed)

    async def finish(self, job: Job) -> None:
        """Forget a job that is done. Does nothing if its lease was lost to another worker."""
        await self.finish_many([job])

    async def finish_many(self, jobs: Sequence[Job]) -> None:
        """Forget jobs that are done, and wake the next of their orders."""
        async with store.current().transaction():
            mine = [[job.id, job.attempts] for job in jobs]
            await store.write_many(f"DELETE FROM jobs WHERE {MINE}", mine)
            await self.wake_next(jobs)

    async def wake_next(self, jobs: Iterable[Job]) -> None:
        """Let those who wait for these jobs go on, now that the jobs are no more."""
        orders = {job.order_key for job in jobs if job.order_key is not None}
        if orders:
            await store.write_many(
                WAKES[store.current().dialect], [[order] for order in sorted(orders)]
            )
            store.current().after_commit(self.notify)

    @contextlib.contextmanager
    def running(self, job: Job) -> Iterator[RunningJob]:
        """Say for which job this task runs a handler."""
        running = RunningJob(job)
        token = _running.set(running)
        try:
            yield running
        finally:
            _running.reset(token)

    async def finish_here(self) -> None:
        """End the job that runs here in the caller's transaction: its effects come exactly once."""
        running = _running.get()
        if running is not None and not running.is_ended:
            await self.finish(running.job)
            store.current().after_commit(partial(setattr, running, "is_ended", True))  # noqa: FBT003 - the value

    async def bury(self, job: Job, error: str, now: datetime) -> None:
        """Keep a job that cannot be done as a dead letter; the next of its order may run."""
        async with store.current().transaction():
            await store.write(
                f"UPDATE jobs SET state = '{DEAD}', last_error = ?, due_at = ? WHERE {MINE}",
                *(error[:ERROR_LETTERS_MAX], now, job.id, job.attempts),
            )
            await self.wake_next([job])

    async def retry(self, job: Job, due_at: datetime, error: str) -> None:
        """Try a job again at `due_at`; until then it holds up the later ones of its order."""
        await self.give_back(job, due_at, error=error, attempts=job.attempts)

    async def release(self, jobs: Iterable[Job]) -> None:
        """Give back what was claimed and not begun, as if it had not been claimed."""
        for job in jobs:
            before = job.attempts - 1
            await self.give_back(job, job.created_at, error=job.last_error, attempts=before)
        self.notify()

    async def extend(self, jobs: Iterable[Job], now: datetime, lease_s: float = LEASE_S) -> None:
        """Keep claimed jobs for another `lease_s` from now on."""
        until = now + timedelta(seconds=lease_s)
        await store.write_many(
            f"UPDATE jobs SET due_at = ? WHERE {MINE}",
            [[until, job.id, job.attempts] for job in jobs],
        )

    async def give_back(
        self,
        job: Job,
        due_at: datetime | int,
        *,
        error: str,
        attempts: int,
        state: str = WAITING,
    ) -> None:
        """Put a claimed job back, unless one with the same `unique_key` waits already."""
        put_back = partial(self._put_back, job, due_at, error=error, attempts=attempts, state=state)
        try:
            await put_back()
        except Conflict:  # PostgreSQL: one was being enqueued just then, and is there now
            await put_back()

    async def _put_back(
        self, job: Job, due_at: datetime | int, *, error: str, attempts: int, state: str
    ) -> None:
        async with store.current().transaction():
            twin = (
                "SELECT 1 FROM jobs w WHERE w.unique_key = ? "
                "AND w.state IN ('waiting', 'blocked', 'held')"
            )
            if job.unique_key is not None and await store.read(twin, job.unique_key):
                await self.finish(job)  # the one that waits does the same
                return
            await store.write(
                f"UPDATE jobs SET state = ?, due_at = ?, last_error = ?, attempts = ? WHERE {MINE}",
                *(state, due_at, error[:ERROR_LETTERS_MAX], attempts, job.id, job.attempts),
            )

    async def forget_dead(self, before: datetime) -> int:
        """Remove the dead letters that were buried before then; return how many."""
        return await store.in_slices(
            f"DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE state = '{DEAD}' "
            "AND due_at < ? LIMIT ?) RETURNING id",
            before,
        )

    async def counts(self) -> dict[str, int]:
        """Count the jobs by state: waiting, blocked, running, held, dead."""
        rows = await store.read("SELECT state, COUNT(*) FROM jobs GROUP BY state")
        states = (WAITING, BLOCKED, RUNNING, HELD, DEAD)
        return dict.fromkeys(states, 0) | dict(map(tuple, rows))

    async def next_due_at(self) -> datetime | None:
        """Return when the next job is due, or a lease ends; None if none is but held ones."""
        sql = "SELECT MIN(due_at) FROM jobs WHERE state <> 'dead' AND state <> 'held'"
        rows = await store.read(sql)
        return None if rows[0][0] is None else to_moment(rows[0][0])

    async def due_kinds(self, now: datetime, kinds: Collection[str]) -> set[str]:
        """Return those of these kinds of which jobs are due."""
        asked = sorted(kinds)
        due = "SELECT 1 FROM jobs WHERE kind = ? AND state <> 'dead' AND due_at <= ?"
        one = f"SELECT ? WHERE EXISTS ({due})"
        rows = await store.read(
            " UNION ALL ".join([one] * len(asked)),
            *(value for kind in asked for value in (kind, kind, now)),
        )
        return {str(kind) for (kind,) in rows}

    def _tell(self) -> None:
        self.notify()
        self.tell_others()

    def notify(self) -> None:
        """Wake whoever waits."""
        self._wakeup.set()

    async def wait(self, timeout_s: float) -> None:
        """Wait until `notify`, also one since the last wait, or for so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._wakeup.wait()
        self._wakeup.clear()
