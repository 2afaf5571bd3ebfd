"""Makes instances for tests: a database each, a clock that stands still, a fake internet.

SQLite in a folder; with `KITTIWAKE_TEST_DATABASE=postgres` in the environment PostgreSQL instead.
"""

import asyncio
import importlib
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from instance.building import build, close
from instance.resources import Instance
from instance.settings import Settings
from instance.worker import Handler, Worker
from tests.internet import FakeInternet
from tests.storage.databases import give_back, new_database

DATABASE_VARIABLE = "KITTIWAKE_TEST_DATABASE"

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DATABASE_NAME = "kittiwake.sqlite3"
# Two seconds are enough on a server; a machine that runs tests may stand still for as long.
LINKED_DATA_TIMEOUT_S = 60.0


@dataclass
class FakeClock:
    """The time, which passes only when a test says so."""

    moment: datetime = START

    def __call__(self) -> datetime:
        return self.moment

    def advance(
        self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> None:
        self.moment += timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)


async def make_template(folder: Path) -> Path:
    """Make an empty, migrated database that tests copy: migrations take long."""
    instance = await build(Settings(data_dir=folder))
    await instance.store.migrate()
    await close(instance)
    return folder / DATABASE_NAME


@dataclass
class Instances:
    """Makes instances that share a clock and an internet, and closes them at the end."""

    folder: Path
    template: Path
    clock: FakeClock
    internet: FakeInternet

    def __post_init__(self) -> None:
        self.made: list[Instance] = []
        self._databases: list[str] = []

    async def make(self, name: str = "alpha", settings: Settings | None = None) -> Instance:
        """Open an instance at `name`.test, with an empty database, and give it its address."""
        given = settings or Settings()
        data_dir = self.folder / name
        data_dir.mkdir()
        if is_on_postgres() and not given.storage.url:
            url = await asyncio.to_thread(new_database, "postgres", data_dir)
            self._databases.append(url)
            given = replace(given, storage=replace(given.storage, url=url))
        else:
            shutil.copyfile(self.template, data_dir / DATABASE_NAME)
        made = await build(
            replace(given, domain=f"{name}.test", data_dir=data_dir),
            now=self.clock,
            transport=self.internet,
        )
        made.linked_data._timeout_s = LINKED_DATA_TIMEOUT_S
        self.made.append(made)
        self.internet.add_app(made.settings.domain, _App(made))
        return made

    async def close(self) -> None:
        while self.made:
            await close(self.made.pop())
        while self._databases:
            await asyncio.to_thread(give_back, self._databases.pop())

    async def settle(self) -> None:
        """Run the jobs of all instances until none has anything due."""
        while sum([await drain(one) for one in self.made]):
            pass


async def until(is_so: Callable[[], bool]) -> None:
    """Let the others go on until something is so, however slow the machine is."""
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110 - many things may make it so
            await asyncio.sleep(0.001)


def is_on_postgres() -> bool:
    """Whether the tests of use cases, federation and pages run on PostgreSQL this time."""
    return os.environ.get(DATABASE_VARIABLE) == "postgres"


class _App:
    """The web app of an instance, made at its first request: most tests of use cases send none."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._app is None:
            self._app = importlib.import_module("webapp.app").create_asgi(self._instance)
        await self._app(scope, receive, send)


def all_jobs() -> dict[str, Handler]:
    """Return the table of all jobs; looked up late, because it knows the whole house."""
    return dict(importlib.import_module("jobs").JOBS)


async def drain(instance: Instance, jobs: Mapping[str, Handler] | None = None) -> int:
    """Run the jobs of an instance until none is due; returns how many ran."""
    return await Worker(instance, all_jobs() if jobs is None else jobs).drain()
