"""The second step of a log-in and apps: on the way to consent, and what it does to tokens (B5)."""

from typing import Any

from tests.clients.apps import App
from tests.clients.conftest import clock as clock
from tests.instances import FakeClock
from tests.pages.browser import Browser
from tests.pages.test_two_step import PAGE, PASSWORD, code_at, set_up_app


async def test_b5_who_is_asked_by_an_app_takes_both_steps_first(
    app: Any, client: App, alice: Browser, clock: FakeClock
) -> None:
    secret, _ = await set_up_app(alice, clock)
    clock.advance(minutes=1)
    other = Browser(app)
    await other.get(client.request())
    assert other.path.startswith("/log-in")
    await other.submit("^/log-in$", name="alice", password=PASSWORD)
    assert "authorize" not in other.path
    await other.submit("second-step", code=code_at(secret, clock))
    assert other.path.startswith("/oauth/authorize")
    assert other.form("^/oauth/authorize$").fields["client_id"] == client.client_id


async def test_b5_apps_stay_when_a_second_step_comes_and_goes(
    phone: App, alice: Browser, clock: FakeClock
) -> None:
    """B5: only a reset by those who run the server ends them (AU-19)."""
    await set_up_app(alice, clock)
    await phone.get("/oauth/userinfo")
    assert phone.status == 200
    await alice.get(PAGE)
    await alice.submit("two-step/off", password=PASSWORD)
    await phone.get("/oauth/userinfo")
    assert phone.status == 200
