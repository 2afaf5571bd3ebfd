"""The queue as an operator sees it: lists jobs, tries them again, drops them, in slices."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage import deliveries, store
from storage.claiming import BLOCKED, DEAD, HELD, JOBS, RUNNING, WAITING
from storage.queue import Queue
from storage.records import Job

STATES = (WAITING, BLOCKED, RUNNING, HELD, DEAD)
SLICE_JOBS = 500


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which jobs are meant: those that fulfil all that is given, beyond the id `after`."""

    host: str | None = None
    state: str | None = None
    ids: Sequence[int] | None = None

    def condition(self) -> tuple[str, list[object]]:
        """Return the condition and its values; the alias of the table is `j`."""
        parts: list[tuple[str, object]] = []
        if self.host is not None:
            parts.append(("j.host = ?", self.host))
        if self.state is not None:
            parts.append(("j.state = ?", self.state))
        if self.ids is not None:
            parts.append(("j.id = ANY(?)", list(self.ids)))
        return " AND ".join(["j.id > ?", *(text for text, _ in parts)]), [v for _, v in parts]


async def list_jobs(chosen: Chosen, limit: int, *, after: int = 0) -> list[tuple[Job, str]]:
    """Return jobs and their states, the oldest first, those after the id `after`."""
    condition, values = chosen.condition()
    rows = await store.read(
        f"SELECT {JOBS.columns('j')}, j.state FROM jobs j WHERE {condition} ORDER BY j.id LIMIT ?",
        *(after, *values, limit),
    )
    found = ((JOBS.from_row(row), str(row[-1])) for row in rows)
    return [(job, state) for job, state in found if job is not None]


async def count(chosen: Chosen) -> int:
    """Count jobs."""
    condition, values = chosen.condition()
    rows = await store.read(f"SELECT COUNT(*) FROM jobs j WHERE {condition}", 0, *values)
    return int(rows[0][0])


async def try_again(jobs: Sequence[tuple[Job, str]], now: datetime) -> int:
    """Make these jobs due now, as if they were new; returns how many. Held ones wait for a host."""
    ids = [job.id for job, state in jobs if state in {WAITING, BLOCKED, DEAD}]
    async with store.current().transaction():
        # Not those whose like waits already.
        await store.write_many(
            f"UPDATE jobs SET state = '{WAITING}', due_at = ?, attempts = 0 WHERE id = ? "
            f"AND state IN ('{WAITING}', '{BLOCKED}', '{DEAD}') AND NOT EXISTS (SELECT 1 "
            "FROM jobs w WHERE w.unique_key = jobs.unique_key AND w.id <> jobs.id "
            "AND w.state IN ('waiting', 'blocked', 'held'))",
            [[now, each] for each in ids],
        )
    return len(ids)


async def drop(queue: Queue, jobs: Sequence[tuple[Job, str]], now: datetime) -> int:
    """End these jobs undone, all but those that run; returns how many there were."""
    ids = [job.id for job, state in jobs if state != RUNNING]
    async with store.current().transaction():
        rows = await store.write(
            f"DELETE FROM jobs WHERE id = ANY(?) AND state <> '{RUNNING}' "
            f"RETURNING {JOBS.columns()}",
            ids,
        )
        dropped = JOBS.records(rows)
        reason = "dropped by the operator"
        await deliveries.note(deliveries.refused(job, now, reason) for job in dropped)
        await queue.wake_next(dropped)
    return len(dropped)
