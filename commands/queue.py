"""The command `queue`: what waits to be done and for whom, and what an operator does about it."""

import argparse
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import serving
from commands.progress import Progress
from commands.results import Result, distance, shortened, table
from instance.errors import Invalid, NotFound
from instance.resources import Instance
from instance.settings import Settings
from outbox import contact, states
from outbox.states import HostState
from storage import hosts, queued
from storage.queued import Chosen
from storage.records import Job

ROWS_MAX = 1000

_NOTHING_MEANT = "Say which jobs: --host NAME, --dead, or their ids (`queue list` shows them)."


@dataclass(frozen=True, slots=True)
class Meant:
    """What the command line names."""

    host: str | None = None
    are_dead: bool = False
    are_all: bool = False
    ids: tuple[int, ...] = ()

    def chosen(self) -> Chosen:
        """As a condition for jobs; raises `Invalid` when nothing is named."""
        if not (self.host or self.are_dead or self.ids):
            raise Invalid(_NOTHING_MEANT)
        state = "dead" if self.are_dead else None
        return Chosen(self.host, state, self.ids or None)


def add_arguments(noun: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the verbs `list`, `hosts`, `retry` and `drop`; `common` has what all commands take."""
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="list|hosts|retry|drop")

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=text, description=text, parents=[common])

    listing = verb("list", "list jobs, the oldest first")
    listing.add_argument("--host", help="only those for this host")
    listing.add_argument("--state", choices=queued.STATES, help="only those in this state")
    listing_of_hosts = verb("hosts", "list hosts, and what waits for each")
    listing_of_hosts.add_argument("--failing", action="store_true", help="only those in trouble")
    for each in (listing, listing_of_hosts):
        each.add_argument("--limit", type=int, default=100, help=f"how many; up to {ROWS_MAX}")
    retrying = verb("retry", "try again now, without waiting for the next time")
    retrying.add_argument("--all", action="store_true", help="all hosts that fail or are parked")
    for each in (retrying, verb("drop", "end jobs undone; what runs is left alone")):
        each.add_argument("--host", help="this host, and the jobs for it")
        each.add_argument("--dead", action="store_true", help="jobs that failed for good")
        each.add_argument(
            "ids", metavar="ID", nargs="*", type=int, help="jobs, as `list` names them"
        )


async def run(given: argparse.Namespace, settings: Settings) -> Result:
    """Run one of the four."""
    if given.verb == "list":
        return await list_jobs(settings, host=given.host, state=given.state, limit=given.limit)
    if given.verb == "hosts":
        return await list_hosts(settings, only_failing=given.failing, limit=given.limit)
    meant = Meant(given.host, given.dead, getattr(given, "all", False), tuple(given.ids))
    return await (retry if given.verb == "retry" else drop)(settings, meant)


async def list_jobs(
    settings: Settings, *, host: str | None, state: str | None, limit: int
) -> Result:
    """List jobs, the oldest first."""
    async with serving.opened(settings) as instance:
        chosen = Chosen(host, state)
        total = await queued.count(chosen)
        found = await queued.list_jobs(chosen, min(limit, ROWS_MAX))
        counts = await instance.queue.counts()
        now = instance.now()
    rows = [_row_of_job(job, each, now) for job, each in found]
    text = table(("ID", "KIND", "STATE", "HOST", "TRIES", "DUE", "LAST ERROR"), rows)
    in_all = ", ".join(f"{number} {each}" for each, number in counts.items() if number)
    if total > len(found):
        text += f"\n… and {total - len(found)} more; --limit shows up to {ROWS_MAX}."
    data = {"jobs": [_data_of_job(*each) for each in found], "total": total, "states": counts}
    return Result(f"{text}\nIn the queue: {in_all or 'nothing'}.", data)


async def list_hosts(settings: Settings, *, only_failing: bool, limit: int) -> Result:
    """List the hosts that we deliver to, with what waits for each."""
    found: list[HostState] = []
    async with serving.opened(settings) as instance:
        while len(found) < min(limit, ROWS_MAX):
            after = found[-1].host.name if found else ""
            page = await states.of_hosts(instance, after=after, only_failing=only_failing)
            found += page
            if len(page) < states.PAGE_MAX:
                break
        now = instance.now()
    found = found[:limit]
    heads = ("HOST", "STATE", "WAITING", "LAST SUCCESS", "NEXT TRY", "TRIES", "LAST ERROR")
    text = table(heads, [_row_of_host(each, now) for each in found])
    return Result(text, {"hosts": [_data_of_host(each) for each in found]})


async def retry(settings: Settings, meant: Meant) -> Result:
    """Try again now: hosts that fail or are parked, and jobs that wait or are dead."""
    async with serving.opened(settings) as instance:
        resumed = await _resume(instance, meant)
        number = 0
        if meant.host or meant.are_dead or meant.ids:
            number = await _in_slices(
                meant.chosen(), "Trying again", lambda jobs: _again(instance, jobs)
            )
        elif not meant.are_all:
            raise Invalid(_NOTHING_MEANT.replace("jobs:", "jobs: --all,"))
    text = f"{number} jobs are due now; {len(resumed)} hosts are tried again"
    return Result(
        f"{text}: {', '.join(resumed[:9])}." if resumed else f"{text}.",
        {
            "jobs": number,
            "hosts": resumed,
        },
    )


async def drop(settings: Settings, meant: Meant) -> Result:
    """End jobs undone; the author of a post sees that its delivery was dropped."""
    chosen = meant.chosen()
    async with serving.opened(settings) as instance:

        async def drop_slice(jobs: Sequence[tuple[Job, str]]) -> int:
            return await queued.drop(instance.queue, jobs, instance.now())

        number = await _in_slices(chosen, "Dropping", drop_slice)
    return Result(f"{number} jobs dropped. What runs just now was left alone.", {"jobs": number})


async def _resume(instance: Instance, meant: Meant) -> list[str]:
    """Let hosts be tried at once, those with held jobs among the ids too."""
    names: list[str] = [meant.host] if meant.host else []
    if meant.ids:
        held = await queued.list_jobs(Chosen(ids=meant.ids, state="held"), ROWS_MAX)
        names += [job.host for job, _ in held if job.host is not None]
    if meant.are_all:
        progress, after = Progress(), ""
        while page := await hosts.list_failing(states.PAGE_MAX, after=after):
            names += [host.name for host in page]
            after = page[-1].name
            progress("Reading hosts", len(names), len(names))
        progress.end()
    elif meant.host and not await _is_known(meant.host):
        raise NotFound(f"We never met {meant.host!r}. `queue hosts` lists those we know.")
    return [name for name in dict.fromkeys(names) if await contact.resume(instance, name)]


async def _is_known(host: str) -> bool:
    return await hosts.find(host) is not None or await queued.count(Chosen(host)) > 0


async def _again(instance: Instance, jobs: Sequence[tuple[Job, str]]) -> int:
    return await queued.try_again(jobs, instance.now())


async def _in_slices(
    chosen: Chosen,
    text: str,
    act: Callable[[Sequence[tuple[Job, str]]], Awaitable[int]],
) -> int:
    """Act on all chosen jobs, so many at a time: Ctrl-C in between leaves the rest as it was."""
    progress, total, seen, done, after = Progress(), await queued.count(chosen), 0, 0, 0
    while jobs := await queued.list_jobs(chosen, queued.SLICE_JOBS, after=after):
        done += await act(jobs)
        seen += len(jobs)
        after = jobs[-1][0].id
        if total > queued.SLICE_JOBS:
            progress(text, seen, max(total, seen))
    progress.end()
    return done


# ---------------------------------------------------------------- showing


def _row_of_job(job: Job, state: str, now: datetime) -> tuple[str, ...]:
    due = "when the host is" if state == "held" else distance(job.due_at, now)
    tries, error = str(job.attempts), shortened(job.last_error)
    return (str(job.id), job.kind, state, job.host or "-", tries, due, error)


def _row_of_host(each: HostState, now: datetime) -> tuple[str, ...]:
    host = each.host
    return (
        *(host.name, each.state, str(each.waiting), distance(host.last_success_at, now)),
        *(distance(each.next_try_at, now), str(host.failures), shortened(host.last_error)),
    )


def _data_of_job(job: Job, state: str) -> dict[str, object]:
    return {
        "id": str(job.id),
        "kind": job.kind,
        "state": state,
        "host": job.host,
        "attempts": job.attempts,
        "due_at": None if state == "held" else job.due_at.isoformat(),
        "created_at": job.created_at.isoformat(),
        "last_error": job.last_error,
    }


def _data_of_host(each: HostState) -> dict[str, object]:
    host = each.host
    times = {
        "last_success_at": host.last_success_at,
        "last_failure_at": host.last_failure_at,
        "failing_since": host.failing_since,
        "next_try_at": each.next_try_at,
        "given_up_at": host.given_up_at,
    }
    return {
        "name": host.name,
        "state": each.state,
        "waiting": each.waiting,
        "failures": host.failures,
        "last_error": host.last_error,
        **{name: None if at is None else at.isoformat() for name, at in times.items()},
    }
