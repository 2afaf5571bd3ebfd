"""Pages of the ways back in: a new password, another address, and who logged in."""

from dataclasses import replace
from typing import Any

import pytest

from instance.resources import Instance
from instance.settings import RegistrationSettings, Settings
from storage import users
from tests.instances import Instances
from tests.pages.browser import Browser
from tests.pages.conftest import LIMITS
from tests.usecases.users.people import with_mail
from users import mail, mail_texts
from webapp.app import create_asgi

PASSWORD = "a fine long password"
NEW = "an even longer password"


@pytest.fixture
async def mailing(instances: Instances) -> Instance:
    """An instance with a mail server that a test never speaks to; it lets everybody in."""
    settings = with_mail(replace(Settings(), limits=LIMITS))
    return await instances.make(
        "alpha", replace(settings, registration=RegistrationSettings("open"))
    )


async def with_address(browser: Browser) -> Browser:
    """Sign up with an e-mail address."""
    await browser.get("/sign-up")
    await browser.submit("/sign-up", handle="alice", password=PASSWORD, email="a@b.de")
    return browser


async def link(instance: Instance, template: str, to: str) -> str:
    with instance.store.active():
        user = await users.find_by_email("a@b.de")
        assert user is not None
        return await mail.new_link(instance, template, user, to)


async def test_b3_a_password_is_reset_by_forms(mailing: Instance) -> None:
    app: Any = create_asgi(mailing)
    alice = await with_address(Browser(app))
    stranger = Browser(app)
    await stranger.get("/log-in")
    assert 'href="/forgotten"' in stranger.text
    answers = []
    for email in ("a@b.de", "nobody@b.de"):
        await stranger.get("/forgotten")
        await stranger.submit("/forgotten", email=email)
        answers.append((stranger.status, stranger.text))
    assert answers[0] == answers[1]  # AU-11
    token = await link(mailing, mail_texts.RESET_PASSWORD, "a@b.de")
    await stranger.get(f"/reset/{token}")
    await stranger.submit("/reset/", password="short")
    assert stranger.status == 422
    await stranger.submit("/reset/", password=NEW)
    assert stranger.path.startswith("/log-in")
    await alice.get("/home")
    assert alice.path.startswith("/log-in")
    await stranger.submit("^/log-in$", name="alice", password=NEW)
    assert stranger.path == "/home"
    assert (await stranger.get(f"/reset/{token}")).status == 404


async def test_b3_an_address_is_changed_by_forms(mailing: Instance) -> None:
    app: Any = create_asgi(mailing)
    alice = await with_address(Browser(app))
    await alice.get("/settings/sign-in")
    await alice.submit("sign-in/email", email="new@b.de", password="wrong password")
    assert alice.status == 422
    await alice.submit("sign-in/email", email="new@b.de", password=PASSWORD)
    assert "We sent a mail" in alice.text
    assert "a@b.de" in alice.text
    token = await link(mailing, mail_texts.CHANGE_EMAIL, "new@b.de")
    await alice.get(f"/confirm-address/{token}")
    assert "new@b.de" not in alice.text  # a GET changes nothing
    await alice.submit("/confirm-address/")
    assert "new@b.de" in alice.text


async def test_b8_the_owner_sees_who_logged_in(app: Any, alice: Browser) -> None:
    other = Browser(app)
    await other.get("/log-in")
    await other.submit("^/log-in$", name="alice", password=PASSWORD)
    await alice.get("/settings/sign-in")
    assert "Who logged in" in alice.text
    assert "by password" in alice.text


async def test_b8_the_sign_up_is_the_first_log_in(alice: Browser) -> None:
    """B8: so that the next one has something to be compared with."""
    await alice.get("/settings/sign-in")
    assert alice.text.count("by password") == 1
