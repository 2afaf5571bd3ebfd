"""People who act in tests of use cases, as fixtures: `alice` and `bob` here, `ben` elsewhere."""

import pytest

from instance.resources import Instance
from storage.records import Actor
from tests.internet import FakeInternet
from tests.usecases.social import answering, make_person, make_remote


@pytest.fixture
async def alice(instance: Instance) -> Actor:
    """Somebody who lives here."""
    return await make_person(instance, "alice")


@pytest.fixture
async def bob(instance: Instance) -> Actor:
    """Somebody else who lives here."""
    return await make_person(instance, "bob")


@pytest.fixture
async def ben(instance: Instance, internet: FakeInternet) -> Actor:
    """Somebody who lives at beta.test, which takes whatever it is sent."""
    answering(internet, "beta.test")
    return await make_remote(instance, "ben")
