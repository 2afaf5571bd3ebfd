"""Fixtures for apps: those of the pages, an `App` that is registered, and `alice` in it."""

from typing import Any

import pytest

from tests.clients.apps import App
from tests.pages.browser import Browser
from tests.pages.conftest import alice as alice
from tests.pages.conftest import app as app
from tests.pages.conftest import bob as bob
from tests.pages.conftest import browser as browser
from tests.pages.conftest import clock as clock
from tests.pages.conftest import database_template as database_template
from tests.pages.conftest import instance as instance
from tests.pages.conftest import instances as instances
from tests.pages.conftest import internet as internet


@pytest.fixture
async def client(app: Any) -> App:
    """An app that is registered and has no token."""
    return await App(app).register()


@pytest.fixture
async def phone(client: App, alice: Browser) -> App:
    """Alice's app."""
    return await client.let_in_by(alice)


@pytest.fixture
async def second(client: App, bob: Browser) -> App:
    """Bob's app."""
    return await client.let_in_by(bob)
