"""Landing, sign-up, log-in and out, setup, confirmation: each by its form, without JavaScript."""

import re
from dataclasses import replace
from typing import Any

from instance.resources import Instance
from instance.settings import RegistrationSettings, Settings
from tests.instances import Instances
from tests.pages.browser import Browser
from tests.pages.conftest import LIMITS
from users import invites, setup
from webapp.app import create_asgi


async def with_mode(instances: Instances, mode: str) -> Instance:
    settings = replace(Settings(), registration=RegistrationSettings(mode), limits=LIMITS)
    return await instances.make("alpha", settings)


async def test_landing_says_what_this_is_and_shows_public_posts(
    alice: Browser, browser: Browser
) -> None:
    await alice.write("The ferry is late", audience="public")
    await alice.write("For followers only, please", audience="followers")
    await browser.get("/")
    assert browser.status == 200
    assert "alpha.test" in browser.text
    assert "The ferry is late" in browser.text
    assert "For followers only" not in browser.text
    assert 'href="/sign-up"' in browser.text
    assert 'href="/log-in"' in browser.text


async def test_who_is_logged_in_is_led_home(alice: Browser) -> None:
    for path in ("/", "/sign-up", "/log-in"):
        await alice.get(path)
        assert alice.path == "/home"


async def test_sign_up_leads_home_with_a_session(browser: Browser) -> None:
    await browser.sign_up("alice")
    assert "__Host-session" in browser.cookies
    assert "Your feed is quiet" in browser.text
    assert "autofocus" in browser.text


async def test_sign_up_tells_what_is_wrong_and_loses_nothing(browser: Browser) -> None:
    await browser.get("/sign-up")
    await browser.submit("/sign-up", handle="no spaces!", password="short", email="me@x.example")
    assert browser.status == 422
    assert 'aria-invalid="true"' in browser.text
    assert "me@x.example" in browser.text
    assert "no spaces!" in browser.text
    assert "short" not in browser.form("/sign-up").fields["password"]


async def test_a_taken_handle_is_a_409_with_the_form(alice: Browser, browser: Browser) -> None:
    del alice
    await browser.get("/sign-up")
    await browser.submit("/sign-up", handle="Alice", password="a fine long password")
    assert browser.status == 409
    assert "taken" in browser.text
    assert 'aria-invalid="true" aria-describedby="handle-err hh"' in browser.text


async def test_au28_the_honeypot_registers_nobody(browser: Browser) -> None:
    await browser.get("/sign-up")
    await browser.submit(
        "/sign-up", handle="robot", password="a fine long password", website="https://spam.example"
    )
    assert browser.status == 200
    assert (await browser.get("/@robot")).status == 404


async def test_the_language_of_the_browser_is_the_first_choice(browser: Browser) -> None:
    await browser.get("/sign-up")
    form = browser.form("/sign-up")
    fields = {**form.fields, "handle": "britt", "password": "a fine long password"}
    await browser.post("/sign-up", fields, Accept_Language="sv-SE,sv;q=0.9,en;q=0.5")
    assert browser.form("/compose").fields["language"] == "sv"


async def test_closed_sign_up_has_no_form(instances: Instances) -> None:
    """B2."""
    browser = Browser(create_asgi(await with_mode(instances, "closed")))
    await browser.get("/sign-up")
    assert "takes nobody new" in browser.text
    assert 'name="password"' not in browser.text
    await browser.get("/")
    assert 'href="/sign-up"' not in browser.text


async def test_approval_asks_for_a_reason_and_waits(instances: Instances) -> None:
    """B2."""
    browser = Browser(create_asgi(await with_mode(instances, "approval")))
    await browser.get("/sign-up")
    await browser.submit("/sign-up", handle="lea", password="a fine long password")
    assert browser.status == 422
    assert "sentence why" in browser.text
    await browser.submit("/sign-up", password="a fine long password", reason="Nadia told me")
    assert "Your request is here" in browser.text
    assert "__Host-session" not in browser.cookies


async def test_an_invite_lets_in_once(instances: Instances) -> None:
    """B2."""
    instance = await with_mode(instances, "invite")
    app = create_asgi(instance)
    with instance.store.active():
        owner, _ = await setup.add_user(instance, "nadia", "a fine long password")
        invite = await invites.create(instance, owner)
    first, second = Browser(app), Browser(app)
    await first.get(f"/sign-up?invite={invite.code}")
    assert first.form("/sign-up").fields["invite"] == invite.code
    await first.submit("/sign-up", handle="lea", password="a fine long password")
    assert first.path == "/home"
    await second.get(f"/sign-up?invite={invite.code}")
    await second.submit("/sign-up", handle="leo", password="a fine long password")
    assert second.status == 403


# ---------------------------------------------------------------- log-in


async def test_log_out_and_in_again(alice: Browser) -> None:
    old = alice.cookies["__Host-session"]
    await alice.submit("/log-out")
    assert alice.path.startswith("/log-in")
    assert "__Host-session" not in alice.cookies
    alice.cookies["__Host-session"] = old
    await alice.get("/home")
    assert alice.path.startswith("/log-in")  # the session has ended, not only the cookie
    await alice.submit("/log-in", name="@Alice", password="a fine long password")
    assert alice.path == "/home"
    assert alice.cookies["__Host-session"] != old


async def test_au11_a_wrong_log_in_tells_nothing(alice: Browser, browser: Browser) -> None:
    del alice
    told = []
    for name in ("alice", "nobody"):
        await browser.get("/log-in")
        await browser.submit("/log-in", name=name, password="not the password")
        assert browser.status == 401
        assert browser.form("/log-in").fields["name"] == name
        told.append(browser.text.replace(name, ""))
    assert told[0] == told[1]


async def test_pages_that_need_a_person_ask_to_log_in(browser: Browser) -> None:
    await browser.get("/settings/profile")
    assert browser.path == "/log-in?next=%2Fsettings%2Fprofile"
    assert browser.form("/log-in").fields["next"] == "/settings/profile"


# ---------------------------------------------------------------- setup


async def test_the_owner_link_works_once(instances: Instances) -> None:
    instance = await with_mode(instances, "")
    with instance.store.active():
        link = await setup.setup_link(instance)
    assert link is not None
    path = link.removeprefix("https://alpha.test")
    browser = Browser(create_asgi(instance))
    await browser.get(path)
    assert "Make this server yours" in browser.text
    assert "You can change it later, once a month." in browser.text, "as the page to sign up says"
    await browser.submit("/setup", handle="mara", password="short", join="open")
    assert browser.status == 422
    await browser.submit("/setup", handle="mara", password="a fine long password", join="approval")
    assert browser.path == "/home"
    assert "autofocus" in browser.text
    assert 'href="/admin"' in browser.text
    assert (await Browser(browser.app).get(path)).status == 404
    await browser.get("/sign-up")
    stranger = Browser(browser.app)
    await stranger.get("/sign-up")
    assert "Ask for an account" in stranger.text


async def test_a_wrong_setup_link_is_not_found(browser: Browser) -> None:
    assert (await browser.get("/setup/nonsense")).status == 404


async def test_a_wrong_confirmation_is_not_found(app: Any) -> None:
    browser = Browser(app)
    await browser.get("/confirm/nonsense")
    assert browser.status == 200  # a GET neither looks nor changes
    await browser.submit("/confirm")
    assert browser.status == 404


async def test_a_wrong_handle_is_marked_where_it_stands(browser: Browser) -> None:
    await browser.get("/sign-up")
    await browser.submit("/sign-up", handle="a b", password="a fine long password")
    assert browser.status == 422
    assert 'id="handle-err"' in browser.text
    assert 'value="a b"' in browser.text
    assert re.search(r'<input[^>]+id="handle"[^>]+aria-invalid="true"', browser.text)
