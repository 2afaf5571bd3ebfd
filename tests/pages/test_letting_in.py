"""Confirmation mails that are sent again, and approval that is switched off."""

from dataclasses import replace
from typing import Any

import pytest

from instance.resources import Instance
from instance.settings import LimitSettings, MailSettings, RegistrationSettings, Settings
from tests.instances import Instances, drain
from tests.pages.browser import Browser
from tests.pages.test_people import follow, lock
from users import registration
from webapp.app import create_asgi


@pytest.fixture
async def careful(instances: Instances) -> Instance:
    """An instance that sends mails before it lets anybody in."""
    settings = replace(
        Settings(),
        registration=RegistrationSettings("open", confirm_email=True),
        mail=MailSettings(host="mail.test"),
        limits=LimitSettings(signups_per_address_per_hour_max=1000),
    )
    return await instances.make("alpha", settings)


async def test_au17_the_mail_is_sent_again_but_not_without_end(careful: Instance) -> None:
    stranger = Browser(create_asgi(careful))
    await stranger.get("/sign-up")
    await stranger.submit(
        "/sign-up", handle="alice", password="a fine long password", email="a@example.org"
    )
    assert 'href="/confirm"' in stranger.text
    for _ in range(registration.MAILS_PER_EMAIL_PER_HOUR_MAX):
        await stranger.get("/confirm")
        await stranger.submit("/confirm$", email="a@example.org")
        assert "Look into your mail" in stranger.text
    await stranger.get("/confirm")
    await stranger.submit("/confirm$", email="a@example.org")
    assert stranger.status == 429
    assert 'value="a@example.org"' in stranger.text


async def test_au11_an_unknown_address_is_told_the_same(careful: Instance) -> None:
    stranger = Browser(create_asgi(careful))
    await stranger.get("/log-in")
    assert 'href="/confirm"' in stranger.text
    await stranger.get("/confirm")
    await stranger.submit("/confirm$", email="nobody@example.org")
    assert stranger.status == 200
    assert "Look into your mail" in stranger.text
    await stranger.get("/confirm")
    await stranger.submit("/confirm$", email="no address")
    assert stranger.status == 422
    assert "not an e-mail address" in stranger.text


async def test_who_waited_follows_when_approval_ends(
    alice: Browser, app: Any, instance: Instance
) -> None:
    await lock(alice)
    people = [await Browser(app).sign_up(name) for name in ("bob", "carla")]
    for who in people:
        await follow(who, "alice")
        assert "Cancel request" in who.text
    await lock(alice, approve="")
    assert "follows you now" in alice.text
    with instance.store.active():
        await drain(instance)  # a job of the same commit lets them in, however many they are
    await alice.get("/requests")
    assert "Nobody asks at the moment" in alice.text
    await alice.get("/@alice/followers")
    assert 'href="/@bob"' in alice.text
    assert 'href="/@carla"' in alice.text
    await people[0].get("/@alice")
    assert "Unfollow" in people[0].text
