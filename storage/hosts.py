"""The table `hosts`: what we know of other servers, and how deliveries to them fare.

A host that does not take deliveries is *failing*: one delivery at a time is tried, at its
`next_try_at`, and all others are held. After a week it is *parked* (`given_up_at`): nothing is
tried until it is heard from. A host that is well has a `next_try_at` as long as jobs are held for
it.
"""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage import store
from storage.records import Host
from storage.rows import Rows

HOSTS = Rows("hosts", Host, key="name")

ERROR_LETTERS_MAX = 500
# A host that works is noted so often; a write for each delivery would cost more than it tells.
SUCCESS_NOTED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A host that did not take a delivery, and what follows from it."""

    host: str
    error: str
    failing_since: datetime
    failures: int
    next_try_at: datetime | None
    given_up_at: datetime | None = None


async def find(name: str) -> Host | None:
    """Return what we know of another server."""
    return await HOSTS.find("t.name = ?", name)


async def set_software(name: str, software: str) -> None:
    """Note which software a host says it runs; nothing for a host we have never met."""
    await store.write("UPDATE hosts SET software = ? WHERE name = ?", software, name)


async def by_names(names: Iterable[str]) -> dict[str, Host]:
    """Return those of these hosts that we know."""
    return {host.name: host for host in await HOSTS.by_keys("name", names)}


async def list_by_name(limit: int, *, after: str = "") -> list[Host]:
    """Return hosts by name, those after `after`."""
    return await HOSTS.select("WHERE t.name > ? ORDER BY t.name LIMIT ?", after, limit)


async def list_failing(limit: int, *, after: str = "") -> list[Host]:
    """Return the hosts that fail or are parked, by name, those after `after`."""
    condition = "WHERE t.failing_since IS NOT NULL AND t.name > ? ORDER BY t.name LIMIT ?"
    return await HOSTS.select(condition, after, limit)


async def is_worth_a_try(name: str, now: datetime, rest: timedelta) -> bool:
    """Whether deliveries to a host are held, and none was tried for a while.

    That is a quarter of the time for which it has failed, `rest` at most: who was away for a moment
    is tried at once when it is back.
    """
    sql = (
        "SELECT 1 FROM hosts WHERE name = ? AND failing_since IS NOT NULL "
        "AND (last_failure_at IS NULL OR last_failure_at <= ? "
        "OR (CAST(? AS BIGINT) - last_failure_at) * 4 >= CAST(? AS BIGINT) - failing_since)"
    )
    return bool(await store.glance(sql, name, now - rest, now, now))


async def is_parked_locked(name: str, parked_by: datetime) -> bool:
    """Whether a host has been parked since then; until the transaction ends it stays so."""
    sql = "SELECT 1 FROM hosts WHERE name = ? AND given_up_at <= ? FOR NO KEY UPDATE"
    return bool(await store.read(sql, name, parked_by))


async def note_success(
    host: str,
    at: datetime,
    *,
    signature_scheme: str | None = None,
    content_type: str | None = None,
) -> None:
    """Note that a host answered well, and with which signature scheme and content type."""
    known = await find(host)
    if known is not None and _says_nothing_new(known, at, signature_scheme, content_type):
        return
    await store.write(
        "INSERT INTO hosts (name, first_seen_at, signature_scheme, content_type, last_success_at, "
        "last_error, failures) VALUES (?, ?, ?, ?, ?, '', 0) ON CONFLICT (name) DO UPDATE SET "
        "signature_scheme = coalesce(excluded.signature_scheme, hosts.signature_scheme), "
        "content_type = coalesce(excluded.content_type, hosts.content_type), "
        "last_success_at = excluded.last_success_at",
        *(host, at, signature_scheme, content_type, at),
    )


def _says_nothing_new(
    known: Host, at: datetime, signature_scheme: str | None, content_type: str | None
) -> bool:
    return (
        known.last_success_at is not None
        and at - known.last_success_at < SUCCESS_NOTED_EVERY
        and signature_scheme in {None, known.signature_scheme}
        and content_type in {None, known.content_type}
    )


async def note_deliveries(names: Iterable[str], at: datetime) -> None:
    """Note that hosts took a delivery: they are well, and what is held for them may go."""
    await store.write_many(
        "INSERT INTO hosts (name, first_seen_at, last_success_at, last_error, failures) "
        "VALUES (?, ?, ?, '', 0) ON CONFLICT (name) DO UPDATE SET "
        "last_success_at = excluded.last_success_at, failures = 0, "
        f"next_try_at = {_AT_ONCE}, failing_since = NULL, given_up_at = NULL",
        [[name, at, at] for name in sorted(names)],
    )


# Of a host that was failing: there may be jobs that are held.
_AT_ONCE = (
    "CASE WHEN hosts.failing_since IS NULL THEN hosts.next_try_at ELSE excluded.first_seen_at END"
)


async def note_refusals(refusals: Iterable[tuple[str, str]], at: datetime) -> None:
    """Note (host, reason) of deliveries that were answered with a final no; that is no outage."""
    await store.write_many(
        "INSERT INTO hosts (name, first_seen_at, last_failure_at, last_error, failures) "
        "VALUES (?, ?, ?, ?, 1) ON CONFLICT (name) DO UPDATE SET "
        "last_failure_at = excluded.last_failure_at, last_error = excluded.last_error, "
        "failures = CASE WHEN hosts.failing_since IS NULL THEN hosts.failures + 1 ELSE 1 END, "
        f"next_try_at = {_AT_ONCE}, failing_since = NULL, given_up_at = NULL",
        [[host, at, at, reason[:ERROR_LETTERS_MAX]] for host, reason in refusals],
    )


async def note_troubles(troubles: Sequence[Trouble], at: datetime) -> None:
    """Note hosts that did not take a delivery."""
    await store.write_many(
        "INSERT INTO hosts (name, first_seen_at, last_failure_at, last_error, failures, "
        "failing_since, next_try_at, given_up_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (name) DO UPDATE SET last_failure_at = excluded.last_failure_at, "
        "last_error = excluded.last_error, failures = excluded.failures, "
        "failing_since = excluded.failing_since, next_try_at = excluded.next_try_at, "
        "given_up_at = excluded.given_up_at",
        [
            [
                *(each.host, at, at, each.error[:ERROR_LETTERS_MAX], each.failures),
                *(each.failing_since, each.next_try_at, each.given_up_at),
            ]
            for each in troubles
        ],
    )


async def have_held_jobs(names: Iterable[str], at: datetime) -> None:
    """Note that jobs are held for hosts that are well, so that nobody forgets them."""
    await store.write_many(
        "INSERT INTO hosts (name, first_seen_at, last_error, failures, next_try_at) "
        "VALUES (?, ?, '', 0, ?) ON CONFLICT (name) DO UPDATE SET "
        "next_try_at = coalesce(hosts.next_try_at, excluded.next_try_at)",
        [[name, at, at] for name in sorted(names)],
    )


async def take_due(limit: int, now: datetime, again_at: datetime) -> list[Host]:
    """Return hosts whose next try has come, each to one worker: the next one is `again_at`."""
    if not await store.read("SELECT 1 FROM hosts WHERE next_try_at <= ? LIMIT 1", now):
        return []
    rows = await store.write(
        "UPDATE hosts SET next_try_at = ? WHERE name = ANY(ARRAY(SELECT name FROM hosts "
        "WHERE next_try_at <= ? ORDER BY next_try_at LIMIT ? FOR UPDATE SKIP LOCKED)) "
        f"RETURNING {HOSTS.columns()}",
        *(again_at, now, limit),
    )
    return HOSTS.records(rows)


async def settle_next_try(name: str, again_at: datetime) -> bool:
    """Keep a next try for a host only as long as jobs are held for it; returns whether they are."""
    rows = await store.write(
        "UPDATE hosts SET next_try_at = CASE WHEN EXISTS (SELECT 1 FROM jobs j "
        "WHERE j.host = hosts.name AND j.state = 'held') THEN CAST(? AS BIGINT) END "
        "WHERE name = ? AND given_up_at IS NULL RETURNING next_try_at",
        *(again_at, name),
    )
    return bool(rows) and rows[0][0] is not None


async def try_now(name: str, now: datetime) -> Host | None:
    """Try a failing host now, parked or not; returns how it stood, None if it was not failing.

    It goes on failing since when it did, until it takes a delivery: that it reaches us says
    nothing about whether we reach it (E141).
    """
    before = await HOSTS.find_locked("t.name = ? AND t.failing_since IS NOT NULL", name)
    if before is not None:
        await store.write(
            "UPDATE hosts SET given_up_at = NULL, next_try_at = ? WHERE name = ?",
            *(now, name),
        )
    return before
