"""Fixtures for use cases: `instance`, `instances`, `clock`, `internet`."""

import asyncio
from collections.abc import AsyncIterator
from functools import cache
from itertools import cycle
from pathlib import Path

import pytest

from actors import local_keys
from federation.signatures import new_private_key_pem
from instance.resources import Instance
from tests.instances import FakeClock, Instances, make_template
from tests.internet import FakeInternet
from users import passwords

CHEAP_KIB = 64
# A few real keys, made when they are first needed; neighbours get different ones.
KEYS = [cache(new_private_key_pem) for _ in range(4)]


@pytest.fixture(scope="session")
def database_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database, migrated once per session."""
    return asyncio.run(make_template(tmp_path_factory.mktemp("template")))


@pytest.fixture(autouse=True)
def cheap_secrets(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes and keys that cost nothing; a test about their cost asks for `real_secrets`."""
    if "real_secrets" in request.fixturenames:
        return
    monkeypatch.setattr(passwords, "MEMORY_KIB", CHEAP_KIB)
    unknown = passwords.UNKNOWN_HASH.replace(f"m={46 * 1024}", f"m={CHEAP_KIB}")
    monkeypatch.setattr(passwords, "UNKNOWN_HASH", unknown)
    keys = cycle(KEYS)

    def next_key() -> str:
        return next(keys)()

    monkeypatch.setattr(local_keys, "new_private_key_pem", next_key)


@pytest.fixture
def real_secrets() -> None:
    """Hash and make keys as a server does."""


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
