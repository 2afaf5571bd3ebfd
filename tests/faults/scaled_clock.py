"""Faults that last hours and days, and those of the clock itself: on a clock of our own."""

from datetime import timedelta

import httpx2

from instance.worker import BUG_ATTEMPTS_MAX, Worker
from storage import hosts as host_rows
from storage import store
from storage.ids import moment_of
from storage.records import Host as HostRow
from tests.faults.marks import at
from tests.faults.stage import Stage
from tests.faults.table import BOTH, SQLITE, Seen, fault
from tests.faults.town import Host, Town, town
from tests.instances import all_jobs
from tests.usecases.users import people
from users import login

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

RETURNED_WITHIN = 60 * SECOND
CATCH_UP_MAX = 1000


async def _row(there: Town, host: Host) -> HostRow:
    with there.alpha.store.active():
        found = await host_rows.find(host.host)
    return found or HostRow(host.host, there.clock())


async def _next_slot(there: Town, host: Host) -> timedelta:
    """How long alpha means to wait until it tries this host again."""
    row = await _row(there, host)
    with there.alpha.store.active():
        due_at = await there.alpha.queue.next_due_at()
    slots = [moment - there.clock() for moment in (row.next_try_at, due_at) if moment]
    return max([*slots, timedelta(0)])


@fault("FA-1", promised="away 20 s, 200 s, 6 h: there in 60 s or at the next slot", quick=SQLITE)
async def a_peer_refuses_connections(stage: Stage, seen: Seen) -> None:
    async with town(stage, seen.ledger, "beta.test", "live.test") as there:
        (beta, _) = there.hosts
        for outage in (20 * SECOND, 200 * SECOND, 6 * HOUR):
            beta.is_down = True
            for _ in range(5):
                await there.post()
                await there.pass_time(outage / 5, step=max(SECOND * 2, outage / 200))
            slot = await _next_slot(there, beta)
            beta.is_down = False
            took = await there.until_arrived(within=DAY, step=2 * SECOND)
            is_kept = took <= max(RETURNED_WITHIN, slot + 10 * SECOND)
            seen.check(f"{outage}: after {took} (slot {slot})", is_kept)


@fault("FA-3", promised="500, 502, 503, 429: tried again, not before Retry-After", quick=SQLITE)
async def a_peer_asks_for_time(stage: Stage, seen: Seen) -> None:
    async with town(stage, seen.ledger, "beta.test") as there:
        (beta,) = there.hosts
        for status, wait_s in ((500, 0), (502, 0), (503, 120), (429, 3600)):
            headers = {"retry-after": str(wait_s)} if wait_s else {}
            # Both schemes are tried where the answer may be about the signature.
            beta.answers_next = [httpx2.Response(status, headers=headers)]
            beta.attempts.clear()
            await there.post()
            took = await there.until_arrived(within=DAY, step=10 * SECOND)
            waited = beta.attempts[1] - beta.attempts[0]
            seen.check(f"{status} {wait_s or ''}: again after {waited}", waited >= wait_s * SECOND)
            seen.check(f"there after {took}", took <= timedelta(seconds=wait_s) * 1.25 + 2 * MINUTE)


@fault(
    "FA-31",
    promised="clock ±1 day: ids, order, sessions kept; retries go on",
    quick=SQLITE,
)
async def the_clock_jumps(stage: Stage, seen: Seen) -> None:
    async with town(stage, seen.ledger, "beta.test") as there:
        (beta,) = there.hosts
        with there.alpha.store.active():
            user, _ = await people.add(there.alpha, "ann")
            token = await login.start_session(there.alpha, user, address="", user_agent="")
        beta.is_down = True
        await there.post()
        for jump in (DAY, -DAY, -DAY, DAY, SECOND, -SECOND):
            there.clock.moment += jump
            await there.post()
            await there.pass_time(20 * SECOND, step=2 * SECOND)
            with there.alpha.store.active():
                seen_session = await login.session(there.alpha, token)
            if seen_session is None:
                seen.check(f"session after {jump}", holds=False)
        asked = len(beta.attempts)
        seen.check(f"{asked} attempts while it was away", asked <= 7 * 7)
        beta.is_down = False
        took = await there.until_arrived(within=2 * DAY, step=MINUTE)
        seen.check(f"all there {took} after", took <= 2 * HOUR)
        ids = there.post_ids
        seen.check(f"{len(ids)} ids rise", ids == sorted(ids))
        latest = max(moment_of(each) for each in ids)
        seen.note(f"latest id {latest - there.clock()} ahead")
        marks = [mark for _, mark, _ in beta.taken]
        seen.check("in the order of writing", marks == sorted(marks))


@fault("FA-45", promised="a job that always raises: buried, listed, the others go on", quick=BOTH)
async def a_job_is_poison(stage: Stage, seen: Seen) -> None:
    ran: list[object] = []

    async def poison(_: object, payload: dict[str, object]) -> None:
        ran.append(payload)
        raise ZeroDivisionError

    async with town(stage, seen.ledger, "beta.test") as there:
        alpha = there.alpha
        with alpha.store.active():
            await alpha.queue.enqueue("poison", {}, now=alpha.now(), order_key="one")
        there.worker = Worker(alpha, {**all_jobs(), "poison": poison})
        for _ in range(5):
            await there.post()
            there.clock.advance(hours=2)
        there.count()
        with alpha.store.active():
            counts = await alpha.queue.counts()
            rows = await store.read("SELECT kind, last_error FROM jobs WHERE state = 'dead'")
        seen.check(f"ran {len(ran)} times", len(ran) == BUG_ATTEMPTS_MAX)
        listed = [f"{kind}: {error}" for kind, error in rows]
        seen.check(f"listed as {listed}", counts["dead"] == 1 and "ZeroDivision" in listed[0])


@fault("FA-48", promised="own uplink away 1 h: no host is given up, all is there soon after")
async def the_own_uplink_is_away(stage: Stage, seen: Seen) -> None:
    names = [f"host{number:02}.test" for number in range(stage.size(10, 40))]
    async with town(stage, seen.ledger, *names) as there:
        await there.post()
        for host in there.hosts:
            host.is_down = True
        for _ in range(6):
            await there.post()
            await there.pass_time(10 * MINUTE, step=20 * SECOND)
        rows = [await _row(there, host) for host in there.hosts]
        given_up = [row.name for row in rows if row.given_up_at is not None]
        seen.check(f"{len(given_up)} of {len(rows)} hosts given up", not given_up)
        seen.note(f"{sum(row.failing_since is not None for row in rows)} called failing")
        for host in there.hosts:
            host.is_down = False
        took = await there.until_arrived(within=DAY, step=5 * SECOND)
        seen.check(f"all there {took} after", took <= 2 * MINUTE)


@fault("FA-49", promised="7 days away, then heard from: at once, newest first, at most 1,000")
async def a_host_returns_after_a_week(stage: Stage, seen: Seen) -> None:
    number = stage.size(50, 1200)
    async with town(stage, seen.ledger, "beta.test") as there:
        (beta,) = there.hosts
        beta.is_down = True
        posted: list[str] = []
        for _ in range(10):
            posted += [await there.post() for _ in range(number // 10)]
            await there.pass_time(0.9 * DAY, step=HOUR)
        for mark in posted[:-CATCH_UP_MAX]:
            there.ledger.withdraw(at(mark, beta.host))
        row = await _row(there, beta)
        seen.check(f"parked: {row.given_up_at is not None}", row.given_up_at)
        asked = len(beta.attempts)
        await there.pass_time(2 * HOUR, step=10 * MINUTE)
        seen.check(f"then left alone, after {asked} attempts", len(beta.attempts) == asked)
        beta.is_down = False
        status = await there.send(beta)
        took = await there.until_arrived(within=HOUR, step=5 * SECOND)
        seen.check(f"heard from ({status}), caught up in {took}", took <= 5 * MINUTE)
        marks = [mark for _, mark, _ in beta.taken]
        newest_first = sorted(posted, reverse=True)[:CATCH_UP_MAX]
        seen.check(f"{len(marks)} of {len(posted)}, newest first", marks == newest_first)
