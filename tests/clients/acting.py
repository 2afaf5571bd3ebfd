"""Fixtures for tests of apps that also act and look directly: who alice and bob are."""

from collections.abc import Iterator

import pytest

from instance.resources import Instance
from storage import actors
from storage.records import Actor
from tests.pages.browser import Browser


@pytest.fixture
def active(instance: Instance) -> Iterator[None]:
    """The store is entered for the test itself, too."""
    with instance.store.active():
        yield


@pytest.fixture
async def me(active: None, alice: Browser) -> Actor:
    """Alice, whose app `phone` is."""
    del active, alice
    return await by_name("alice")


@pytest.fixture
async def him(active: None, bob: Browser) -> Actor:
    """Bob."""
    del active, bob
    return await by_name("bob")


async def by_name(name: str) -> Actor:
    found = await actors.find_by_handle(name, None)
    assert found is not None
    return found
