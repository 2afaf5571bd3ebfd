"""Deliveries to other servers: those that are held for a host, and what became of the others.

`held` are jobs whose host fails, or has as many under way as it may. Each host is a queue of its
own: `take_held` claims its oldest, whoever else has how many.
"""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from storage import hosts, store
from storage.claiming import DEAD, HELD, HELD_UNTIL, JOBS, MINE, MUST_WAIT, RUNNING
from storage.queue import ERROR_LETTERS_MAX
from storage.records import Delivery, DeliveryState, Job
from storage.rows import Rows

DELIVERIES = Rows("deliveries", Delivery)

KEPT_PER_PARKED_HOST_MAX = 1000
PARKED_KEPT_FOR = timedelta(days=90)
"""What waits for a host that has been parked for so long is given up."""
REASON_LETTERS_MAX = 300
COUNTED_MAX = 20_000
# So many of a host are looked at for those that need not wait for each other.
LOOKED_AT_MAX = 64


# ---------------------------------------------------------------- held


async def hold(jobs: Iterable[tuple[Job, str]]) -> None:
    """Keep claimed jobs for when their host is due; with each, what it failed for, or nothing."""
    async with store.current().transaction():
        many = list(jobs)
        # One that waits already, because it was planned twice, does the same.
        await store.write_many(
            f"UPDATE jobs SET state = '{HELD}', due_at = {HELD_UNTIL}, last_error = ? "
            f"WHERE {MINE} AND NOT EXISTS (SELECT 1 FROM jobs w WHERE w.unique_key = "
            "jobs.unique_key AND w.state IN ('waiting', 'blocked', 'held'))",
            [[why[:ERROR_LETTERS_MAX], job.id, job.attempts] for job, why in many],
        )
        gone = [[job.id, job.attempts] for job, _ in many]
        await store.write_many(f"DELETE FROM jobs WHERE {MINE}", gone)


async def take_held(host: str, limit: int, now: datetime, lease_s: float) -> list[Job]:
    """Claim the oldest jobs that are held for a host, in their order."""
    rows = await store.write(
        f"UPDATE jobs SET state = '{RUNNING}', attempts = attempts + 1, due_at = ? "
        "WHERE id = ANY(ARRAY(SELECT j.id FROM jobs j WHERE j.id IN (SELECT w.id FROM jobs w "
        f"WHERE w.host = ? AND w.state = '{HELD}' ORDER BY coalesce(w.turn, w.id) LIMIT ?) "
        f"AND NOT {MUST_WAIT} ORDER BY coalesce(j.turn, j.id) LIMIT ? FOR UPDATE SKIP LOCKED)) "
        f"RETURNING {JOBS.columns()}",
        *(now + timedelta(seconds=lease_s), host, max(limit, LOOKED_AT_MAX), limit),
    )
    return sorted(JOBS.records(rows), key=lambda job: job.turn or job.id)


async def put_newest_first(host: str) -> None:
    """Give the jobs held for a host new turns: the newest post first, each post in its own order.

    What is enqueued later has a later turn, so nothing of a post ever overtakes what came before.
    What is about no post - follows, likes - goes first, as it was sent.
    """
    async with store.current().transaction():
        rows = await store.read(
            "SELECT j.id, coalesce(j.turn, j.id), coalesce(a.post_id, 0), j.order_key FROM jobs j "
            "LEFT JOIN outgoing_activities a ON a.id = j.activity_id "
            f"WHERE j.host = ? AND j.state = '{HELD}' ORDER BY 2, 1",
            host,
        )
        tied = await _tied([(str(row[3]), int(row[1])) for row in rows])
        rows = [row for row in rows if row[3] not in tied]
        first: dict[int, int] = {}
        for _, turn, post, _ in rows:
            first.setdefault(post, turn)
        ordered = sorted(rows, key=lambda row: (row[2] != 0, -first[row[2]], row[1], row[0]))
        # Who shared a turn - one activity to several inboxes - still does.
        old_turns = dict.fromkeys(row[1] for row in ordered)
        new_turn = dict(zip(old_turns, sorted(old_turns), strict=True))
        changed = [[new_turn[row[1]], row[0]] for row in ordered if new_turn[row[1]] != row[1]]
        await store.write_many("UPDATE jobs SET turn = ? WHERE id = ?", changed)


async def _tied(held: Iterable[tuple[str, int]]) -> set[str]:
    """The orders in which another job stands between the held ones: they stay as they are."""
    turns: dict[str, list[int]] = {}
    for order, turn in held:
        turns.setdefault(order, []).append(turn)
    others = await store.read(
        "SELECT o.order_key, coalesce(o.turn, o.id) FROM jobs o WHERE o.order_key = ANY(?) "
        "AND o.order_key IS NOT NULL AND o.state <> 'dead' AND o.state <> 'held'",
        list(turns),
    )
    return {str(order) for order, turn in others if min(turns[order]) < turn < max(turns[order])}


async def give_up_oldest(host: str, now: datetime) -> int:
    """Of a parked host, keep the newest jobs and end the others; return how many."""
    return await _give_up(host, now, "was away for a week", keep=KEPT_PER_PARKED_HOST_MAX)


async def give_up_all(host: str, now: datetime) -> int:
    """End all jobs of a host that has been parked for `PARKED_KEPT_FOR`; return how many.

    0 for others, also for one that came back a moment ago.
    """
    return await _give_up(host, now, "has been away for months", parked_by=now - PARKED_KEPT_FOR)


async def _give_up(
    host: str, now: datetime, why: str, *, keep: int = 0, parked_by: datetime | None = None
) -> int:
    excess = (
        f"SELECT id FROM jobs WHERE host = ? AND state = '{HELD}' "
        "ORDER BY coalesce(turn, id) DESC LIMIT ? OFFSET ?"
    )
    total = 0
    while True:
        async with store.current().transaction():
            if parked_by is not None and not await hosts.is_parked_locked(host, parked_by):
                return total
            rows = await store.write(
                f"DELETE FROM jobs WHERE id IN ({excess}) RETURNING {JOBS.columns()}",
                *(host, store.SLICE_ROWS, keep),
            )
            jobs = JOBS.records(rows)
            await note(refused(job, now, f"given up: the host {why}") for job in jobs)
        total += len(rows)
        if len(rows) < store.SLICE_ROWS:
            return total


# ---------------------------------------------------------------- settled


def delivered(job: Job, now: datetime) -> Delivery | None:
    """The record of a delivery that arrived."""
    return _settled(job, DeliveryState.DELIVERED, now)


def refused(job: Job, now: datetime, reason: str) -> Delivery | None:
    """The record of a delivery that will not be tried again."""
    return _settled(job, DeliveryState.REFUSED, now, reason)


def _settled(job: Job, state: DeliveryState, now: datetime, reason: str = "") -> Delivery | None:
    """None for a job that carries no activity; those of the version before this one say it not."""
    if job.activity_id is None or job.host is None:
        return None
    inbox = job.payload.get("inbox")
    is_told = state is DeliveryState.REFUSED and isinstance(inbox, str)
    return Delivery(
        id=job.id,
        activity_id=job.activity_id,
        host=job.host,
        state=state,
        settled_at=now,
        attempts=job.attempts,
        inbox=str(inbox) if is_told else None,
        reason=reason[:REASON_LETTERS_MAX],
    )


async def note(deliveries: Iterable[Delivery | None]) -> None:
    """Write down what became of deliveries, in the transaction that ends their jobs."""
    await DELIVERIES.insert_many_if_new(each for each in deliveries if each is not None)


async def forget(before_id: int) -> int:
    """Forget deliveries whose ids are smaller; return how many."""
    return await store.in_slices(
        "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE id < ? LIMIT ?) "
        "RETURNING id",
        before_id,
    )


# ---------------------------------------------------------------- asked for

_STATE_OF_JOB = (
    f"CASE j.state WHEN '{DEAD}' THEN 'broken' WHEN '{HELD}' THEN CASE WHEN EXISTS (SELECT 1 "
    "FROM hosts h WHERE h.name = j.host AND h.given_up_at IS NOT NULL) THEN 'parked' "
    "ELSE 'held' END ELSE 'waiting' END"
)


async def of_post(post_id: int, author_id: int, limit: int, *, after: int = 0) -> list[Delivery]:
    """Return the deliveries of what was sent about a post by its author, by id, after `after`."""
    activities = "SELECT a.id FROM outgoing_activities a WHERE a.post_id = ? AND a.actor_id = ?"
    rows = await store.read(
        f"SELECT {DELIVERIES.columns()} FROM ("
        f"SELECT {DELIVERIES.columns('d')} FROM deliveries d "
        f"WHERE d.activity_id IN ({activities}) AND d.id > ? "
        f"UNION ALL SELECT j.id, j.activity_id, j.host, {_STATE_OF_JOB}, j.due_at, j.attempts, "
        f"NULL, j.last_error FROM jobs j WHERE j.activity_id IN ({activities}) AND j.id > ?"
        ") AS found ORDER BY id LIMIT ?",
        *(post_id, author_id, after, post_id, author_id, after, limit),
    )
    return DELIVERIES.records(rows)


async def of_activity(activity_id: int, limit: int) -> list[Delivery]:
    """Return the deliveries of an activity, by host, those that wait too."""
    rows = await store.read(
        f"SELECT {DELIVERIES.columns()} FROM ("
        f"SELECT {DELIVERIES.columns('d')} FROM deliveries d WHERE d.activity_id = ? "
        f"UNION ALL SELECT j.id, j.activity_id, j.host, {_STATE_OF_JOB}, j.due_at, j.attempts, "
        "NULL, j.last_error FROM jobs j WHERE j.activity_id = ?"
        ") AS found ORDER BY host, id LIMIT ?",
        *(activity_id, activity_id, limit),
    )
    return DELIVERIES.records(rows)


async def depths(names: Sequence[str]) -> dict[str, int]:
    """Return how many deliveries wait for each of these hosts.

    Of those that are not held, which wait for moments only, the first `COUNTED_MAX` of all hosts
    are counted: no index knows their hosts, for it would be written at each delivery.
    """
    rows = await store.read(
        "SELECT host, CAST(SUM(number) AS BIGINT) FROM ("
        f"SELECT host, COUNT(*) AS number FROM jobs WHERE host = ANY(?) AND state = '{HELD}' "
        "GROUP BY host UNION ALL "
        "SELECT host, COUNT(*) AS number FROM (SELECT host, activity_id FROM jobs "
        f"WHERE kind = 'deliver' AND state <> '{DEAD}' AND due_at < {HELD_UNTIL} "
        "ORDER BY due_at, id LIMIT ?) AS due "
        "WHERE host = ANY(?) AND activity_id IS NOT NULL GROUP BY host"
        ") AS counted GROUP BY host",
        *(list(names), COUNTED_MAX, list(names)),
    )
    return {str(host): int(number) for host, number in rows}
