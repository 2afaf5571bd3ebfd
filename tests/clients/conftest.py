"""Fixtures for apps: those of the pages, an `App` that is registered, and `alice` in it."""

from typing import Any

import pytest

from tests.clients.apps import REDIRECT_URI, App
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

TUSKY = {"name": "Tusky", "website": "https://tusky.example"}


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


@pytest.fixture
async def tusky(app: Any, alice: Browser) -> App:
    """Alice's app, which has a page of its own."""
    known = await App(app).register()
    sent = {"client_name": "Tusky", "redirect_uris": REDIRECT_URI, "scopes": "read write"}
    made = await known.post("/api/v1/apps", {**sent, "website": TUSKY["website"]})
    known.client_id, known.client_secret = made["client_id"], made["client_secret"]
    return await known.let_in_by(alice, scope="read write")
