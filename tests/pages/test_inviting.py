"""Invites by people, with limits (B107, B2): who may, who came, and taking them back."""

import re
from dataclasses import replace
from typing import Any

import pytest

from instance.resources import Instance
from instance.settings import LimitSettings, RegistrationSettings, Settings
from storage import site, users
from storage.records import RegistrationMode, Role, Site, UserState
from tests.instances import FakeClock, Instances
from tests.pages.browser import Browser
from users import invites, login, registration
from users.registration import SignUp
from webapp.app import create_asgi

PASSWORD = "a fine long password"
LIMITS = LimitSettings(signups_per_address_per_hour_max=1000)


async def opened(instances: Instances, invites_by: str) -> tuple[Instance, Browser]:
    """An instance that lets some role invite, and alice there; from now on one needs an invite."""
    given = RegistrationSettings(invites_by=invites_by)
    made = await instances.make("alpha", replace(Settings(), registration=given, limits=LIMITS))
    with made.store.active():
        await site.save(Site(registration=RegistrationMode.OPEN, is_set_up=True))
    alice = await Browser(create_asgi(made)).sign_up("alice")
    with made.store.active():
        await site.save(Site(registration=RegistrationMode.INVITE, is_set_up=True))
    return made, alice


async def join(app: Any, name: str, code: str) -> Browser:
    guest = Browser(app)
    await guest.get(f"/sign-up?invite={code}")
    await guest.submit("/sign-up", handle=name, password=PASSWORD)
    return guest


def code_on(browser: Browser) -> str:
    return str(re.findall(r"/sign-up\?invite=([\w-]+)", browser.text)[0])


async def test_b107_a_person_invites_sees_who_came_and_takes_it_back(instances: Instances) -> None:
    """B107, B2: uses are counted, who came is named, a link that was taken back lets nobody in."""
    _, alice = await opened(instances, "everyone")
    await alice.get("/settings/invites")
    await alice.submit("/settings/invites$", uses="3", days="7")
    code = code_on(alice)
    bob = await join(alice.app, "bob", code)
    assert bob.path == "/home"
    await alice.get("/settings/invites")
    assert "1 of 3 came" in alice.text
    assert 'href="/@bob"' in alice.text
    form = alice.form("/settings/invites/revoke")
    await bob.get("/settings/invites")
    mine = {"csrf": bob.form("/settings/invites$").fields["csrf"]}
    await bob.post("/settings/invites/revoke", {**form.fields, **mine})
    assert bob.status == 404  # AU-29: it is not his
    await alice.submit("/settings/invites/revoke")
    assert code not in alice.text
    assert 'href="/@bob"' in alice.text
    assert (await join(alice.app, "carol", code)).status == 403


@pytest.mark.parametrize(
    ("invites_by", "role", "may"),
    [
        ("admins", Role.USER, False),
        ("admins", Role.MODERATOR, False),
        ("admins", Role.ADMIN, True),
        ("moderators", Role.USER, False),
        ("moderators", Role.MODERATOR, True),
        ("everyone", Role.USER, True),
    ],
)
async def test_b107_who_may_invite_says_the_operator(
    instances: Instances, invites_by: str, role: Role, *, may: bool
) -> None:
    instance, alice = await opened(instances, invites_by)
    with instance.store.active():
        found = await login.find_by_name("alice")
        assert found is not None
        await users.save(replace(found[0], role=role))
    await alice.get("/settings/profile")
    assert ('href="/settings/invites"' in alice.text) is may
    await alice.get("/settings/invites")
    assert alice.status == (200 if may else 404)


async def test_b107_invites_of_people_are_bounded(instances: Instances) -> None:
    """B107: in uses, in days, and in number."""
    _, alice = await opened(instances, "everyone")
    await alice.get("/settings/invites")
    for typed in (
        {"uses": "26", "days": "7"},
        {"uses": "0", "days": "7"},
        {"uses": "1", "days": "0"},
        {"uses": "1", "days": "x"},
    ):
        await alice.submit("/settings/invites$", **typed)
        assert alice.status == 422, typed
    for _ in range(invites.OPEN_PER_PERSON_MAX):
        await alice.submit("/settings/invites$", uses="1", days="1")
        assert alice.status == 200
    await alice.submit("/settings/invites$", uses="1", days="1")
    assert alice.status == 422


async def test_b107_an_invite_stands_for_an_approval(
    instances: Instances, clock: FakeClock
) -> None:
    """B107, B2: who is invited needs no reason and no approval; an old code is worth nothing."""
    instance, _ = await opened(instances, "everyone")
    with instance.store.active():
        found = await login.find_by_name("alice")
        assert found is not None
        made = await invites.create(instance, found[0], uses_max=5)
        await site.save(Site(registration=RegistrationMode.APPROVAL, is_set_up=True))
        user, _ = await registration.register(
            instance, SignUp("bob", PASSWORD, invite=made.code), address="192.0.2.1"
        )
        assert (user.state, user.invite_id) == (UserState.ACTIVE, made.id)
        user, _ = await registration.register(
            instance, SignUp("carol", PASSWORD, invite="old", reason="Birds"), address="192.0.2.1"
        )
        assert (user.state, user.invite_id) == (UserState.PENDING, None)
        await users.save(replace(found[0], state=UserState.DISABLED))
        assert await invites.find(instance, made.code) is None  # its maker had to go
    del clock
