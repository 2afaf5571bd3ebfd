"""Fixtures of users: an instance that has been set up, and one that sends mail."""

from collections.abc import AsyncIterator

import pytest

from instance.resources import Instance
from instance.settings import Settings
from storage.records import RegistrationMode
from tests.instances import Instances
from tests.usecases.users.people import choose, with_mail


@pytest.fixture
async def open_instance(instance: Instance) -> Instance:
    """The instance after its owner has set it up, open to everybody."""
    await choose(RegistrationMode.OPEN)
    return instance


@pytest.fixture
async def mailing(instances: Instances) -> AsyncIterator[Instance]:
    """An open instance that sends mail and wants addresses to be confirmed."""
    made = await instances.make("mailing", with_mail(Settings()))
    with made.store.active():
        await choose(RegistrationMode.OPEN)
        yield made
