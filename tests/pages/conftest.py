"""Fixtures for pages: `app`, `browser`, `alice`, `bob` on an instance at https://alpha.test."""

from dataclasses import replace
from typing import Any

import pytest

from instance.resources import Instance
from instance.settings import LimitSettings, RegistrationSettings, Settings
from tests.instances import Instances
from tests.pages.browser import Browser
from tests.usecases.conftest import clock as clock
from tests.usecases.conftest import database_template as database_template
from tests.usecases.conftest import instances as instances
from tests.usecases.conftest import internet as internet
from webapp.app import create_asgi

LIMITS = LimitSettings(signups_per_address_per_hour_max=1000)


@pytest.fixture
async def instance(instances: Instances) -> Instance:
    """An instance that lets everybody in."""
    settings = replace(Settings(), registration=RegistrationSettings("open"), limits=LIMITS)
    return await instances.make("alpha", settings)


@pytest.fixture
def app(instance: Instance) -> Any:
    return create_asgi(instance)


@pytest.fixture
def browser(app: Any) -> Browser:
    """A stranger."""
    return Browser(app)


@pytest.fixture
async def alice(app: Any) -> Browser:
    return await Browser(app).sign_up("alice")


@pytest.fixture
async def bob(app: Any) -> Browser:
    return await Browser(app).sign_up("bob")


@pytest.fixture
async def carol(app: Any) -> Browser:
    return await Browser(app).sign_up("carol")
