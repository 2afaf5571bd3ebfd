"""`Queue`: durable jobs. Enqueued inside the caller's transaction; claimed by the worker.

A claimed job is invisible until its lease ends, by then finished or claimable again: `due_at` of a
running job is the end of its lease. Of the jobs with one `order_key` only the oldest unfinished one
may run, also while it waits for its next attempt. The others are `blocked`: due again no earlier
than it, so that a claim does not wade through the backlog of a dead host.
"""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from storage import store
from storage.ids import IdSource
from storage.records import Job
from storage.rows import Rows
from storage.values import to_moment

JOBS = Rows("jobs", Job)

WAITING, BLOCKED, RUNNING, DEAD = "waiting", "blocked", "running", "dead"

# A job that waits for a running one looks again so much later, if nobody wakes it before.
BLOCKED_S = 2
# So many jobs are put behind the oldest of their order in one claim.
BLOCKED_PER_CLAIM_MAX = 2000
LOOKED_AT_MAX = 200
ERROR_LETTERS_MAX = 2000

_INSERT = (
    f"INSERT INTO jobs ({', '.join(JOBS.names)}, state) "
    f"VALUES ({', '.join('?' * len(JOBS.names))}, '{WAITING}') ON CONFLICT DO NOTHING"
)
_BEFORE = (
    "SELECT 1 FROM jobs o WHERE o.order_key = j.order_key AND o.state <> 'dead' "
    "AND (o.id < j.id OR (o.state = 'running' AND o.id <> j.id))"
)
_OLDEST = (
    "SELECT o.due_at FROM jobs o WHERE o.order_key = jobs.order_key AND o.state <> 'dead' "
    "ORDER BY o.id LIMIT 1"
)

# Attempts fence: who lost the lease to another worker changes nothing any more.
_MINE = "id = ? AND attempts = ? AND state = 'running'"


@dataclass(frozen=True, slots=True)
class NewJob:
    """What to enqueue, for `Queue.enqueue_many`; see `records.Job`."""

    kind: str
    payload: Mapping[str, object]
    order_key: str | None = None
    unique_key: str | None = None
    host: str | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """The jobs of the active store. `wait` and `notify` wake the worker of this process."""

    ids: IdSource
    tell_others: Callable[[], None] = lambda: None
    """Called after the commit of new jobs, for workers of other processes (`storage/events.py`)."""
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
        many = [JOBS.values(self._job(job, now)) for job in jobs]
        if len(many) == 1:
            await store.write(_INSERT, *many[0])
        elif many:
            await store.write_many(_INSERT, many)
        store.current().after_commit(self._tell)

    def _job(self, job: NewJob, now: datetime) -> Job:
        return Job(
            id=self.ids.new(),
            kind=job.kind,
            payload=dict(job.payload),
            due_at=job.due_at or now,
            attempts=0,
            created_at=now,
            order_key=job.order_key,
            unique_key=job.unique_key,
            host=job.host,
        )

    async def claim(
        self,
        limit: int,
        now: datetime,
        lease_s: float = 30,
        *,
        kinds: Collection[str] | None = None,
        except_hosts: Collection[str] = (),
    ) -> list[Job]:
        """Take due jobs for `lease_s`; their `attempts` already counts this one. Oldest due first.

        Whoever does not finish, retry, bury, release or extend them by then loses them.
        """
        due, values = "j.state <> 'dead' AND j.due_at <= ?", []
        if kinds is not None:
            due, values = f"{due} AND j.kind = ANY(?)", [list(kinds)]
        if except_hosts:
            due += " AND (j.host IS NULL OR NOT j.host = ANY(?))"
            values = [*values, list(except_hosts)]
        async with store.current().transaction():
            rows = await store.write(
                f"UPDATE jobs SET state = '{RUNNING}', attempts = attempts + 1, due_at = ? "
                f"WHERE id IN (SELECT j.id FROM jobs j WHERE {due} "
                f"AND (j.order_key IS NULL OR NOT EXISTS ({_BEFORE})) "
                "ORDER BY j.due_at, j.id LIMIT ? FOR UPDATE SKIP LOCKED) "
                f"RETURNING {JOBS.columns()}",
                *(now + timedelta(seconds=lease_s), now, *values, limit),
            )
            await store.write(
                f"UPDATE jobs SET state = '{BLOCKED}', due_at = GREATEST(?, ({_OLDEST})) "
                f"WHERE id IN (SELECT j.id FROM jobs j WHERE {due} "
                f"AND j.order_key IS NOT NULL AND EXISTS ({_BEFORE}) "
                "ORDER BY j.due_at LIMIT ? FOR UPDATE SKIP LOCKED)",
                *(now + timedelta(seconds=BLOCKED_S), now, *values, BLOCKED_PER_CLAIM_MAX),
            )
        return sorted(JOBS.records(rows), key=lambda job: job.id)

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
        await self._leave(job, "DELETE FROM jobs", [])

    async def bury(self, job: Job, error: str, now: datetime) -> None:
        """Keep a job that cannot be done as a dead letter; the next of its order may run."""
        change = f"UPDATE jobs SET state = '{DEAD}', last_error = ?, due_at = ?"
        await self._leave(job, change, [error[:ERROR_LETTERS_MAX], now])

    async def retry(self, job: Job, due_at: datetime, error: str) -> None:
        """Try a job again at `due_at`; until then it holds up the later ones of its order."""
        await self._give_back(job, due_at, error=error[:ERROR_LETTERS_MAX], attempts=job.attempts)

    async def release(self, jobs: Iterable[Job]) -> None:
        """Give back what was claimed and not begun, as if it had not been claimed."""
        async with store.current().transaction():
            for job in jobs:
                before = job.attempts - 1
                await self._give_back(job, job.created_at, error=job.last_error, attempts=before)
        self.notify()

    async def extend(self, jobs: Iterable[Job], now: datetime, lease_s: float = 30) -> None:
        """Keep claimed jobs for another `lease_s` from now on."""
        until = now + timedelta(seconds=lease_s)
        await store.write_many(
            f"UPDATE jobs SET due_at = ? WHERE {_MINE}",
            [[until, job.id, job.attempts] for job in jobs],
        )

    async def _give_back(self, job: Job, due_at: datetime, *, error: str, attempts: int) -> None:
        async with store.current().transaction():
            twin = (
                "SELECT 1 FROM jobs w WHERE w.unique_key = ? AND w.state IN ('waiting', 'blocked')"
            )
            if job.unique_key is not None and await store.read(twin, job.unique_key):
                await self.finish(job)  # the one that waits does the same
                return
            await store.write(
                f"UPDATE jobs SET state = '{WAITING}', due_at = ?, last_error = ?, attempts = ? "
                f"WHERE {_MINE}",
                *(due_at, error, attempts, job.id, job.attempts),
            )

    async def _leave(self, job: Job, change: str, values: Sequence[Any]) -> None:
        """End a job, and wake the next of its order."""
        sql, mine = f"{change} WHERE {_MINE}", [job.id, job.attempts]
        if job.order_key is None:
            await store.write(sql, *values, *mine)
            return
        async with store.current().transaction():
            await store.write(sql, *values, *mine)
            await store.write(
                f"UPDATE jobs SET state = '{WAITING}', due_at = created_at WHERE id = ("
                "SELECT id FROM jobs WHERE order_key = ? AND order_key IS NOT NULL "
                f"AND state <> 'dead' ORDER BY id LIMIT 1) AND state = '{BLOCKED}'",
                job.order_key,
            )
        store.current().after_commit(self.notify)

    async def forget_dead(self, before: datetime) -> int:
        """Remove the dead letters that were buried before then; return how many."""
        return await store.in_slices(
            f"DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE state = '{DEAD}' "
            "AND due_at < ? LIMIT ?) RETURNING id",
            before,
        )

    async def counts(self) -> dict[str, int]:
        """Count the jobs by state: waiting, blocked, running, dead."""
        rows = await store.read("SELECT state, COUNT(*) FROM jobs GROUP BY state")
        return dict.fromkeys((WAITING, BLOCKED, RUNNING, DEAD), 0) | dict(map(tuple, rows))

    async def next_due_at(self) -> datetime | None:
        """Return when the next job is due, or a lease ends; None if there are no jobs."""
        rows = await store.read("SELECT MIN(due_at) FROM jobs WHERE state <> 'dead'")
        return None if rows[0][0] is None else to_moment(rows[0][0])

    async def due_kinds(self, now: datetime) -> set[str] | None:
        """Return the kinds of the jobs that are due; None when too many are due to look at all."""
        rows = await store.read(
            "SELECT kind, COUNT(*) FROM (SELECT kind FROM jobs WHERE state <> 'dead' "
            "AND due_at <= ? ORDER BY due_at, id LIMIT ?) AS due GROUP BY kind",
            *(now, LOOKED_AT_MAX),
        )
        is_all = sum(int(number) for _, number in rows) < LOOKED_AT_MAX
        return {str(kind) for kind, _ in rows} if is_all else None

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
