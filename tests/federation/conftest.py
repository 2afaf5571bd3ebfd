"""Fixtures for federation: those of the use cases, and `world` with attacker, victim, bystander."""

from functools import cache

import pytest

from actors import remote, remote_keys
from federation.keys import check_new_key
from instance.resources import Instance
from tests.federation.world import World, make_world
from tests.instances import FakeClock
from tests.internet import FakeInternet
from tests.usecases.conftest import clock as clock
from tests.usecases.conftest import database_template as database_template
from tests.usecases.conftest import instance as instance
from tests.usecases.conftest import instances as instances
from tests.usecases.conftest import internet as internet
from webapp.app import create_asgi

# A close look at a key takes 20 ms, and all tests have the same few keys.
_CHECK_ONCE = cache(check_new_key)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is asked answers, or the test says when they do not: no machine is too slow for that."""
    monkeypatch.setattr(remote, "ASKED_TIMEOUT_S", 60.0)
    monkeypatch.setattr(remote_keys, "WAIT_S", 60.0)
    monkeypatch.setattr(remote_keys, "FETCH_TIMEOUT_S", 60.0)


@pytest.fixture
async def world(
    instance: Instance,
    internet: FakeInternet,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    """Our server with its people, the hosts a.test, v.test and b.test with theirs."""
    monkeypatch.setattr("actors.remote.check_new_key", _CHECK_ONCE)
    return await make_world(instance, create_asgi(instance), internet, clock)
