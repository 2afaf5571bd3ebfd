"""Fixtures for use cases: `instance`, `instances`, `clock`, `internet`."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from instance.log import QUIET
from instance.resources import Instance
from tests.instances import FakeClock, Instances, make_template
from tests.internet import FakeInternet


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """What a command sets up for its process - it logs more, elsewhere - ends with its test."""
    loggers = [logging.getLogger(name) for name in ("", "kittiwake", *QUIET)]
    before = [(each, each.level, each.handlers[:]) for each in loggers]
    yield
    for each, level, handlers in before:
        each.setLevel(level)
        each.handlers[:] = handlers


@pytest.fixture(scope="session")
def database_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database, migrated once per session."""
    return asyncio.run(make_template(tmp_path_factory.mktemp("template")))


@pytest.fixture
def clock() -> FakeClock:
    """The clock of all instances of a test; `clock.advance(minutes=5)`."""
    return FakeClock()


@pytest.fixture
def internet() -> FakeInternet:
    """What instances reach; a test adds peers and faults."""
    return FakeInternet()


@pytest.fixture
async def instances(
    tmp_path: Path, database_template: Path, clock: FakeClock, internet: FakeInternet
) -> AsyncIterator[Instances]:
    """Make instances that reach each other: `alpha = await instances.make("alpha")`.

    Their stores are not active: enter `alpha.store.active()` around what alpha does.
    """
    made = Instances(tmp_path, database_template, clock, internet)
    yield made
    await made.close()


@pytest.fixture
async def instance(instances: Instances) -> AsyncIterator[Instance]:
    """An instance at alpha.test, with an empty database and its store active."""
    made = await instances.make("alpha")
    with made.store.active():
        yield made
