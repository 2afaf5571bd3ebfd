"""The long-running commands: web pages and worker in one process, or a worker alone."""

import asyncio
import contextlib
import json
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any

from actors import identity
from instance.building import build, close, utc_now
from instance.resources import Instance
from instance.settings import Settings
from instance.worker import Handler, Schedule, Worker
from storage.events import JOBS_DUE
from users import setup
from webapp import server
from webapp.app import create_asgi

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
        await identity.check_domain(instance)
        await identity.instance_actor(instance)
    return applied


async def serve(
    settings: Settings, jobs: Mapping[str, Handler], schedule: Schedule, *, as_json: bool
) -> None:
    """Answer requests and run jobs until SIGTERM or SIGINT; then end in an orderly way."""
    instance = await build(settings)
    try:
        instance.store.lock_exclusively()
        with contextlib.closing(server.bind(settings)) as listener:
            await prepare(instance)
            await _reclaim_jobs(instance)
            with instance.store.active():
                link = await setup.setup_link(instance)
            stop = stop_on_signals()
            worker = Worker(instance, jobs, schedule)
            _announce(instance, link, as_json=as_json)
            await _run_until_stopped(
                instance,
                stop,
                worker,
                server.serve(create_asgi(instance), listener, until=stop.wait),
                worker.run(),
            )
    finally:
        await close(instance)


async def work(settings: Settings, jobs: Mapping[str, Handler], schedule: Schedule) -> None:
    """Run jobs alone, beside other processes on one PostgreSQL."""
    instance = await build(settings)
    try:
        instance.store.lock_exclusively()
        await prepare(instance)
        await _reclaim_jobs(instance)
        stop = stop_on_signals()
        worker = Worker(instance, jobs, schedule)
        _log.info("worker started for %s", instance.addresses.base_url)
        await _run_until_stopped(instance, stop, worker, stop.wait(), worker.run())
    finally:
        await close(instance)


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


async def _run_until_stopped(
    instance: Instance, stop: asyncio.Event, worker: Worker, *parts: Coroutine[Any, Any, object]
) -> None:
    """Run the parts side by side; when one ends or fails, the others are asked to end too."""

    async def run(part: Coroutine[Any, Any, object]) -> None:
        try:
            await part
        finally:
            stop.set()

    async def stop_worker() -> None:
        await stop.wait()
        worker.stop()

    # Jobs that another process enqueued wake us too; without events we look once a second.
    with instance.events.listening(JOBS_DUE, lambda _: instance.queue.notify()):
        results = await asyncio.gather(*map(run, parts), stop_worker(), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    _log.info("stopped")


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set; a second signal ends the process at once."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def on_signal() -> None:
        stop.set()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal)
    return stop


def _announce(instance: Instance, link: str | None, *, as_json: bool) -> None:
    """Say where we are, and how the owner comes in; to people, not to the log (OP-11)."""
    if as_json:
        text = json.dumps({"url": instance.addresses.base_url, "setup_url": link})
    else:
        text = f"Kittiwake is at {instance.addresses.base_url} (listening on "
        text += f"{instance.settings.listen}). Ctrl-C stops it."
        if link:
            text += "\nThis server has no owner yet. Within 30 minutes, open:\n\n  " + link + "\n"
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
