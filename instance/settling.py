"""How jobs end: many in one commit, with what it says about the hosts of deliveries.

A host that does not take a delivery is failing: `next_trouble` says when the next one is tried and
when it is parked. Deliveries that got a final answer, a yes or a no, are written down.
"""

import asyncio
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from instance.lanes import DeliveryLane
from instance.resources import Instance
from instance.uplink import Uplink
from storage import deliveries, hosts
from storage.hosts import Trouble
from storage.records import Host, Job

# After the last wait it is repeated until the host is given up.
BACK_OFF_S = (2, 10, 30, 60, 60, 60, 300, 900, 1800, 3600, 7200, 14400, 28800)
RETRY_FOR = timedelta(days=7)
# Whoever was tried less often was not away for a week: we were.
TRIES_MIN = 10
RETRY_AFTER_S_MAX = 86_400
JITTER_PERCENT = 20
OWN_OUTAGE_BACK_OFF_S = 60
LAST_SUCCESS_COUNTS_FOR = timedelta(days=1)
HOSTS_NOTED_MAX = 20_000
# So long the end of a delivery waits for others, if there are any to come.
GATHER_S = 0.005

_log = logging.getLogger("kittiwake.worker")


class End(Enum):
    """How a job ended."""

    DONE = auto()
    """It is forgotten, and says nothing about a host."""
    DELIVERED = auto()
    REFUSED = auto()
    """The host understood and said no."""
    AWAY = auto()
    """The host could not be reached, or had trouble: it is tried again."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended, and for failed deliveries why. `is_answered`: the host said something."""

    job: Job
    end: End
    reason: str = ""
    retry_after_s: int | None = None
    is_answered: bool = True


class Settler:
    """Writes the ends of jobs to the database, together those that come together."""

    def __init__(self, instance: Instance, lane: DeliveryLane) -> None:
        self._instance = instance
        self._lane = lane
        self._uplink = Uplink()
        self._writing = asyncio.Lock()
        self._pending: list[tuple[Outcome, asyncio.Future[None]]] = []
        self._noted: dict[str, datetime] = {}
        # How often a host has failed: who began before the last time says nothing new.
        self._rounds: dict[str, int] = {}
        self._begun_in: dict[int, int] = {}
        self.failing: set[str] = set()

    def begun(self, job: Job) -> None:
        """Note that a delivery begins now."""
        if job.host is not None:
            self._begun_in[job.id] = self._rounds.get(job.host, 0)

    async def settle(self, outcome: Outcome, *, more_to_come: bool) -> None:
        """Write the end of a job; returns when it is committed, with those that came meanwhile."""
        mine = asyncio.get_running_loop().create_future()
        self._pending.append((outcome, mine))
        async with self._writing:
            if not mine.done():
                await self._write_pending(gather_s=GATHER_S if more_to_come else 0)
        await mine

    async def _write_pending(self, gather_s: float) -> None:
        if gather_s:
            await asyncio.sleep(gather_s)
        batch, self._pending = self._pending, []
        try:
            parked = await self._write([outcome for outcome, _ in batch])
        except BaseException as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
                    future.exception()  # whoever was cancelled does not look
            raise
        for _, future in batch:
            if not future.done():
                future.set_result(None)
        for host in parked:
            await self._trim(host)

    async def _write(self, batch: Sequence[Outcome]) -> list[str]:
        """One transaction for all; returns the hosts that are parked from now on."""
        now, queue = self._instance.now(), self._instance.queue
        by_end = {end: [each for each in batch if each.end is end] for end in End}
        delivered, refused = by_end[End.DELIVERED], by_end[End.REFUSED]
        self._note_in_memory(batch)
        well = {str(each.job.host) for each in delivered}
        new = {host for host in well if host in self.failing or self._is_news(host, now)}
        async with self._instance.store.transaction():
            ended = [each.job for each in batch if each.end is not End.AWAY]
            if ended:
                await queue.finish_many(ended)
            written = [deliveries.delivered(each.job, now) for each in delivered]
            written += [deliveries.refused(each.job, now, each.reason) for each in refused]
            await deliveries.note(written)
            if new:
                await hosts.note_deliveries(new, now)
            if refused:
                await hosts.note_refusals([(str(e.job.host), e.reason) for e in refused], now)
            troubles = await self._note_away(by_end[End.AWAY], now)
        self.failing -= well | {str(each.job.host) for each in refused}
        self.failing |= {trouble.host for trouble in troubles}
        self._noted |= dict.fromkeys(new, now)
        for memory in (self._noted, self._rounds):
            if len(memory) > HOSTS_NOTED_MAX:
                memory.clear()
        return [trouble.host for trouble in troubles if trouble.given_up_at is not None]

    def _is_news(self, host: str, now: datetime) -> bool:
        noted_at = self._noted.get(host)
        return noted_at is None or abs(now - noted_at) >= hosts.SUCCESS_NOTED_EVERY

    def _note_in_memory(self, batch: Sequence[Outcome]) -> None:
        for outcome in batch:
            host = outcome.job.host
            if host is None or outcome.end is End.DONE:
                continue
            if outcome.is_answered:
                self._uplink.reached()
            if outcome.end is End.AWAY:
                self._lane.failed(host)
            else:
                self._lane.succeeded(host)

    async def _note_away(self, away: Sequence[Outcome], now: datetime) -> list[Trouble]:
        """Hold what did not arrive; returns the hosts that failed since we last tried them."""
        if not away:
            return []
        news: dict[str, Outcome] = {}
        for outcome in away:
            host = str(outcome.job.host)
            begun_in = self._begun_in.get(outcome.job.id, 0)
            if begun_in == self._rounds.get(host, 0):
                news[host] = outcome
        known = await hosts.by_names(news)
        for host, outcome in news.items():
            if not outcome.is_answered and _was_well(known.get(host), now):
                self._uplink.not_reached(host, now)
        is_ours = self._uplink.is_down(now)
        troubles = [
            next_trouble(outcome, known.get(host), now, is_own_outage=is_ours)
            for host, outcome in news.items()
        ]
        await hosts.note_troubles(troubles, now)
        await deliveries.hold((each.job, each.reason) for each in away)
        for host in news:
            self._rounds[host] = self._rounds.get(host, 0) + 1
        return troubles

    def ended(self, job: Job) -> None:
        """Forget a job that runs no more."""
        self._begun_in.pop(job.id, None)

    async def _trim(self, host: str) -> None:
        dropped = await deliveries.give_up_oldest(host, self._instance.now())
        _log.warning(
            "%s has not taken anything for %s days: parked until it is heard from; "
            "%s deliveries given up, the newest are kept",
            *(host, RETRY_FOR.days, dropped),
        )


def _was_well(known: Host | None, now: datetime) -> bool:
    """Whether it was to be expected that a host can be reached."""
    if known is None or known.failing_since is None:
        return True
    last = known.last_success_at
    return last is not None and now - last < LAST_SUCCESS_COUNTS_FOR


def next_trouble(
    outcome: Outcome, known: Host | None, now: datetime, *, is_own_outage: bool
) -> Trouble:
    """Return how it goes on with a host that did not take a delivery."""
    since = known.failing_since if known is not None else None
    failures = known.failures + 1 if known is not None and since is not None else 1
    wait = wait_before(failures, outcome.retry_after_s)
    if is_own_outage:  # their week has not begun
        since, failures = now, max(1, failures - 1)
        wait = min(wait, timedelta(seconds=OWN_OUTAGE_BACK_OFF_S))
    since = since or now
    is_over = now - since >= RETRY_FOR and failures >= TRIES_MIN
    return Trouble(
        host=str(outcome.job.host),
        error=outcome.reason,
        failing_since=since,
        failures=failures,
        next_try_at=None if is_over else now + wait,
        given_up_at=now if is_over else None,
    )


def wait_before(attempts: int, retry_after_s: int | None) -> timedelta:
    """Return how long to wait after the `attempts`-th attempt failed.

    What the other side asked for is kept (up to a day); otherwise ever longer, with jitter so that
    what failed together does not come back together.
    """
    base_s = BACK_OFF_S[min(max(attempts, 1), len(BACK_OFF_S)) - 1]
    jitter_s = base_s * JITTER_PERCENT * secrets.randbelow(1000) / 100_000
    if retry_after_s is not None:
        base_s = max(base_s, min(retry_after_s, RETRY_AFTER_S_MAX))
    return timedelta(seconds=base_s + jitter_s)
