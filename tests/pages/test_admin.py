"""Admin pages: for owner and admins alone; each form does what it says."""

from dataclasses import replace

import pytest

from instance.resources import Instance
from instance.settings import RegistrationSettings, Settings
from storage import site
from storage.records import RegistrationMode, Role
from tests.instances import Instances
from tests.pages.browser import Browser
from tests.pages.conftest import LIMITS
from users import setup
from webapp.app import create_asgi

PASSWORD = "a fine long password"


@pytest.fixture
async def instance(instances: Instances) -> Instance:
    settings = replace(Settings(), registration=RegistrationSettings(""), limits=LIMITS)
    made = await instances.make("alpha", settings)
    with made.store.active():
        owner, _ = await setup.add_user(made, "nadia", PASSWORD, role=Role.OWNER)
        before = await site.read()
        after = replace(before, registration=RegistrationMode.APPROVAL)
        await setup.change_site(made, owner, after)
        await setup.add_user(made, "ordinary", PASSWORD)
    return made


async def logged_in(instance: Instance, name: str) -> Browser:
    browser = Browser(create_asgi(instance))
    await browser.get("/log-in")
    await browser.submit("/log-in", name=name, password=PASSWORD)
    return browser


@pytest.fixture
async def owner(instance: Instance) -> Browser:
    return await logged_in(instance, "nadia")


async def test_au30_admin_pages_are_not_there_for_others(instance: Instance) -> None:
    ordinary = await logged_in(instance, "ordinary")
    assert 'href="/admin"' not in ordinary.text
    for path in ("/admin", "/settings/invites", "/admin/server", "/admin/reports", "/admin/relays"):
        assert (await ordinary.get(path)).status == 404
    await ordinary.get("/home")
    token = ordinary.form("/compose").fields["csrf"]
    for path in (
        *("/admin/sign-ups", "/admin/server"),
        *("/admin/reports", "/admin/relays", "/admin/relays/remove"),
    ):
        await ordinary.post(path, {"csrf": token, "who": "1", "do": "approve", "name": "Mine"})
        assert ordinary.status == 404


async def ask(app: object, name: str) -> None:
    stranger = Browser(app)
    await stranger.get("/sign-up")
    await stranger.submit("/sign-up", handle=name, password=PASSWORD, reason=f"I am {name}")


async def test_sign_ups_are_let_in_or_declined(instance: Instance, owner: Browser) -> None:
    for name in ("lea", "leo"):
        await ask(owner.app, name)
    await owner.get("/admin")
    assert "I am lea" in owner.text
    assert "I am leo" in owner.text
    await owner.submit("/admin/sign-ups", do="approve")
    await owner.submit("/admin/sign-ups", do="decline")
    assert "Nobody waits" in owner.text
    lea = await logged_in(instance, "lea")
    assert lea.path == "/home"
    leo = await logged_in(instance, "leo")
    assert leo.path != "/home"


async def test_an_invite_is_made(owner: Browser) -> None:
    await owner.get("/settings/invites")
    await owner.submit("/settings/invites$", uses="3", days="7")
    assert "https://alpha.test/sign-up?invite=" in owner.text
    assert "0 of 3" in owner.text
    for typed in ({"uses": "0"}, {"uses": "x"}, {"uses": "1", "days": "99"}):
        await owner.get("/settings/invites")
        await owner.submit("/settings/invites$", **typed)
        assert owner.status == 422


async def test_name_words_and_doors_of_the_server(owner: Browser) -> None:
    await owner.get("/admin/server")
    await owner.submit("/admin/server", name="Harbour", description="For ferries.", join="closed")
    assert "Saved." in owner.text
    stranger = Browser(owner.app)
    await stranger.get("/")
    assert "Harbour" in stranger.text
    assert "For ferries." in stranger.text
    await stranger.get("/sign-up")
    assert "takes nobody new" in stranger.text
    await owner.get("/admin/server")
    await owner.submit("/admin/server", name="", description="", join="open")
    assert owner.status == 422
    await owner.submit("/admin/server", name="Harbour", join="sometimes")
    assert owner.status == 422
