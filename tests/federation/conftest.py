"""Fixtures for federation: those of the use cases, and `world` with attacker, victim, bystander."""

import pytest

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


@pytest.fixture
async def world(instance: Instance, internet: FakeInternet, clock: FakeClock) -> World:
    """Our server with its people, the hosts a.test, v.test and b.test with theirs."""
    return await make_world(instance, create_asgi(instance), internet, clock)
