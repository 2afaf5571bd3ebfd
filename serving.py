"""The long-running commands: web pages and worker in one process, or a worker alone."""

import asyncio
import contextlib
import gc
import json
import logging
import resource
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from typing import Any

from actors import identity
from instance.building import build, close, utc_now
from instance.errors import Misconfigured
from instance.resources import Instance
from instance.settings import Settings
from instance.worker import Handler, Schedule, Worker
from storage.events import JOBS_DUE
from storage.ids import moment_of
from storage.newest import newest_id
from users import setup
from webapp import server, staleness
from webapp.app import create_asgi
from webapp.front import Asgi
from webapp.streaming import pump

CLOCK_AHEAD_MAX = timedelta(minutes=5)
OPEN_FILES_MAX = 65_536
GARBAGE_EVERY = 10_000
"""So many more objects are made than freed before cycles are looked for."""

_log = logging.getLogger("kittiwake")


@contextlib.asynccontextmanager
async def opened(
    settings: Settings, *, now: Callable[[], datetime] = utc_now
) -> AsyncIterator[Instance]:
    """Open an instance whose tables are current, with its store active, and close it afterwards."""
    instance = await build(settings, now=now)
    try:
        await prepare(instance)
        with instance.store.active():
            yield instance
    finally:
        await close(instance)


async def prepare(instance: Instance) -> list[str]:
    """Bring the tables up to date and make sure of the instance actor; returns the migrations."""
    applied = [] if await instance.store.is_current() else await instance.store.migrate()
    with instance.store.active():
        await _go_on_in_time(instance)
        await identity.check_domain(instance)
        await identity.instance_actor(instance)
    return applied


async def _go_on_in_time(instance: Instance) -> None:
    """FA-31: what is written next stands after what is there, also if the clock was set back."""
    newest = await newest_id()
    instance.ids.go_on_after(newest)
    ahead = moment_of(newest) - instance.now()
    if ahead > CLOCK_AHEAD_MAX:
        _log.warning(
            "the newest row is from %s, %s from now: the clock of this machine was set back, or "
            "was wrong before. Order is kept; check the clock with `timedatectl`",
            *(moment_of(newest).isoformat(timespec="seconds"), ahead),
        )


async def serve(
    settings: Settings,
    jobs: Mapping[str, Handler],
    schedule: Schedule,
    *,
    runs_jobs: bool,
    as_json: bool,
) -> None:
    """Answer requests until SIGTERM or SIGINT, then end in an orderly way.

    Unless `runs_jobs`, the jobs are left to `work` in other processes.
    """
    if not runs_jobs:
        _check_shared(settings, "serve --web")
    allow_open_files()
    async with _running(settings) as (instance, stop):
        with contextlib.closing(server.bind(settings)) as listener:
            await _begin(instance)
            await _announce(instance, as_json=as_json)
            application = _application(instance)
            parts = [
                server.serve(settings, application, listener, until=stop.wait),
                _end_streams(instance, stop),
            ]
            if runs_jobs:
                parts.append(_worker(instance, jobs, schedule, stop))
            await _until_stopped(stop, *parts)


def allow_open_files() -> None:
    """Take as many file descriptors as are ours to take: a stream is one.

    The usual limit of 1024 is there for programs that call `select()`; we do not.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES_MAX if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES_MAX)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def collect_garbage_seldom() -> None:
    """Look for cycles of objects ten times as seldom as Python does, and not in what is there now.

    What is under way - deliveries by the hundred - is looked through each time, and is no garbage.
    """
    gc.freeze()
    gc.set_threshold(GARBAGE_EVERY, *gc.get_threshold()[1:])


async def _end_streams(instance: Instance, stop: asyncio.Event) -> None:
    """Say goodbye to open streams when the event is set: nobody waits for them to end."""
    await stop.wait()
    pump.end_all(instance)


def _application(instance: Instance) -> Asgi:
    """The web application; with a replica, its pages read from there."""
    settings = instance.settings
    application = create_asgi(instance)
    if not settings.storage.replica_url:
        return application
    return staleness.reading_from_replica(application, settings)


async def work(settings: Settings, jobs: Mapping[str, Handler], schedule: Schedule) -> None:
    """Run jobs alone, beside other processes on one PostgreSQL."""
    _check_shared(settings, "worker")
    async with _running(settings) as (instance, stop):
        await _begin(instance)
        _log.info("worker started for %s", instance.addresses.base_url)
        await _until_stopped(stop, _worker(instance, jobs, schedule, stop))


def _check_shared(settings: Settings, command: str) -> None:
    """Refuse what needs a database that several processes may use; warn of what they lack."""
    if not settings.storage.is_postgres:
        raise Misconfigured(
            f"`{command}` is one of several processes, and SQLite is for one alone. Run `serve`, "
            "which answers requests and runs jobs, or set KITTIWAKE_STORAGE__URL to postgres://…"
        )
    if not settings.cache.url:
        _log.warning(
            "KITTIWAKE_CACHE__URL names no Redis: streams tell nothing of what other processes do, "
            "and each process counts limits for itself"
        )


@contextlib.asynccontextmanager
async def _running(settings: Settings) -> AsyncIterator[tuple[Instance, asyncio.Event]]:
    """Open an instance for a process that goes on until a signal sets the event."""
    stop = stop_on_signals()
    instance = await build(settings)
    try:
        instance.store.lock_exclusively()
        yield instance, stop
    finally:
        await close(instance)


async def _begin(instance: Instance) -> None:
    """Bring the tables up to date, take over what a killed process left, and settle down."""
    await prepare(instance)
    await _reclaim_jobs(instance)
    collect_garbage_seldom()


async def _worker(
    instance: Instance, jobs: Mapping[str, Handler], schedule: Schedule, stop: asyncio.Event
) -> None:
    """Run jobs until the event is set, and then what is under way."""
    worker = Worker(instance, jobs, schedule)

    async def end() -> None:
        await stop.wait()
        worker.stop()

    # Jobs that another process enqueued wake us too; without events we look once a second.
    with instance.events.listening(JOBS_DUE, lambda _: instance.queue.notify()):
        await _until_stopped(stop, worker.run(), end())


async def _reclaim_jobs(instance: Instance) -> None:
    """Take over at once what a killed process held, where its lock proves that it is dead.

    On PostgreSQL others may be running: there only the end of a lease decides.
    """
    if not instance.store.is_locked_exclusively:
        return
    with instance.store.active():
        count = await instance.queue.reclaim(instance.now())
    if count:
        _log.info("%s jobs of the process before us run again", count)


async def _until_stopped(stop: asyncio.Event, *parts: Coroutine[Any, Any, object]) -> None:
    """Run the parts side by side; when one ends or fails, the others are asked to end too."""

    async def run(part: Coroutine[Any, Any, object]) -> None:
        try:
            await part
        finally:
            stop.set()

    results = await asyncio.gather(*map(run, parts), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set; a second signal ends the process at once.

    asyncio learns of a signal by a byte in the pipe that wakes its loop, and that pipe is full
    while threads say very much: Granian does when thousands of streams end. Then the byte is lost
    and with it the signal (python/cpython#74224). So the byte only wakes, and we note the signal.
    """
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def on_signal() -> None:
        stop.set()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal)
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(on_signal))
    signal.set_wakeup_fd(signal.set_wakeup_fd(-1), warn_on_full_buffer=False)
    return stop


async def _announce(instance: Instance, *, as_json: bool) -> None:
    """Say where we are, and how the owner comes in; to people, not to the log (OP-11)."""
    with instance.store.active():
        link = await setup.setup_link(instance)
    if as_json:
        text = json.dumps({"url": instance.addresses.base_url, "setup_url": link})
    else:
        text = f"Kittiwake is at {instance.addresses.base_url} (listening on "
        text += f"{instance.settings.listen}). Ctrl-C stops it."
        if link:
            text += "\nThis server has no owner yet. Within 30 minutes, open:\n\n  " + link + "\n"
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
