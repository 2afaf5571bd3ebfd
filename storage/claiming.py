"""The statements of the queue: how jobs are inserted and claimed, and wait for each other."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from storage.records import Job
from storage.rows import Rows

JOBS = Rows("jobs", Job)

WAITING, BLOCKED, RUNNING, DEAD, HELD = "waiting", "blocked", "running", "dead", "held"

# Held jobs are due in the year 9999, where no claim meets them; also not one of an older version.
HELD_UNTIL = 253_370_764_800_000_000

# A job that waits for a running one looks again so much later, if nobody wakes it before.
BLOCKED_S = 2

INSERT = (
    f"INSERT INTO jobs ({', '.join(JOBS.names)}, state) "
    f"VALUES ({', '.join('?' * len(JOBS.names))}, '{WAITING}') ON CONFLICT DO NOTHING"
)
# For the only process that runs jobs: what may run at once is claimed as it is inserted.
HAND_OVER = (
    f"INSERT INTO jobs ({', '.join(JOBS.names)}, state) "
    f"SELECT {', '.join('?' * len(JOBS.names))}, '{RUNNING}' WHERE NOT EXISTS "
    "(SELECT 1 FROM jobs o WHERE o.order_key = ? AND o.state <> 'dead') AND NOT EXISTS "
    "(SELECT 1 FROM jobs o WHERE o.unique_key = ? AND o.state IN ('waiting', 'blocked', 'held')) "
    "ON CONFLICT DO NOTHING RETURNING id"
)

_MY_TURN = "coalesce(j.turn, j.id)"
_THEIR_TURN = "coalesce(o.turn, o.id)"
# `j` must wait for another job of its order: for an older one, or for one that runs already.
MUST_WAIT = (
    "(j.order_key IS NOT NULL AND (EXISTS (SELECT 1 FROM jobs o WHERE o.order_key = j.order_key "
    f"AND o.state <> 'dead' AND {_THEIR_TURN} < {_MY_TURN}) OR EXISTS (SELECT 1 FROM jobs o "
    f"WHERE o.order_key = j.order_key AND o.state = 'running' AND {_THEIR_TURN} <> {_MY_TURN})))"
)
_OLDEST = (
    "FROM jobs o WHERE o.order_key = {}.order_key AND o.state <> 'dead' "
    f"ORDER BY {_THEIR_TURN} LIMIT 1"
)
# Whose host fails is held; so is who waits for a held one.
_BECOMES = (
    f"CASE WHEN j.activity_id IS NOT NULL AND j.state <> '{RUNNING}' AND EXISTS (SELECT 1 "
    "FROM hosts h WHERE h.name = j.host AND h.failing_since IS NOT NULL "
    f"AND (h.next_try_at IS NOT NULL OR h.given_up_at IS NOT NULL)) THEN '{HELD}' "
    f"WHEN {MUST_WAIT} THEN (SELECT CASE o.state WHEN '{HELD}' THEN '{HELD}' "
    f"ELSE '{BLOCKED}' END {_OLDEST.format('j')}) ELSE '{RUNNING}' END"
)
# What is claimed stands by itself: beside the jobs it could be asked anew for each of them, and
# would then find others each time (PostgreSQL does so where it joins by loops).
CLAIM = (
    f"WITH c AS MATERIALIZED (SELECT j.id AS job, {_BECOMES} AS becomes FROM jobs j WHERE {{}} "
    "ORDER BY j.due_at, j.id LIMIT ? FOR UPDATE SKIP LOCKED) "
    "UPDATE jobs SET state = c.becomes, "
    f"attempts = attempts + CASE c.becomes WHEN '{RUNNING}' THEN 1 ELSE 0 END, "
    f"due_at = CASE c.becomes WHEN '{RUNNING}' THEN ? WHEN '{HELD}' THEN {HELD_UNTIL} "
    f"ELSE GREATEST(?, (SELECT o.due_at {_OLDEST.format('jobs')})) END "
    "FROM c WHERE jobs.id = c.job "
    f"RETURNING {JOBS.columns()}, state"
)
_WAKE = (
    f"UPDATE jobs SET due_at = CASE state WHEN '{BLOCKED}' THEN created_at ELSE due_at END, "
    f"state = '{WAITING}' WHERE order_key = ? "
    "AND order_key IS NOT NULL AND state <> 'dead' AND coalesce(turn, id) = "
    f"(SELECT {_THEIR_TURN} {_OLDEST.format('jobs')}) AND state IN {{}}"
)
WAKES = {
    "sqlite": _WAKE.format(f"('{BLOCKED}')"),
    # Those who wait already stay as they are, but they are looked at: this waits for a claim that
    # is about to block them, and undoes it. Else they would sleep until a lease ends (FA-2).
    "postgres": _WAKE.format(f"('{BLOCKED}', '{WAITING}')"),
}

# Attempts fence: who lost the lease to another worker changes nothing any more.
MINE = "id = ? AND attempts = ? AND state = 'running'"
