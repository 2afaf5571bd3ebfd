"""The second step at the log-in: codes of an app, recovery codes, passkeys; by forms."""

import re
from typing import Any

import pytest

from instance.resources import Instance
from storage import users
from tests.authenticator import PRESENT, Authenticator
from tests.instances import FakeClock
from tests.pages.browser import Browser
from users import login, totp, two_factor

PASSWORD = "a fine long password"
PAGE = "/settings/two-step"
# No code of it is 000000, and no two are alike, in the half hour in which these tests take place.
SECRET = "NNUXI5DJO5QWWZJANNUXI5DJO5QWWZJB"


@pytest.fixture(autouse=True)
def _known_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(totp, "new_secret", lambda: SECRET)


def secret_of(browser: Browser) -> str:
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", browser.text)
    assert found, browser.text
    return found[1].replace(" ", "")


def codes_of(browser: Browser) -> list[str]:
    return re.findall(r"\b[a-z2-7]{4}(?:-[a-z2-7]{4}){3}\b", browser.text)


def code_at(secret: str, clock: FakeClock) -> str:
    return totp.code(secret, totp.step_of(clock()))


async def set_up_app(browser: Browser, clock: FakeClock) -> tuple[str, list[str]]:
    """Switch codes on; returns the secret and the recovery codes."""
    await browser.get(PAGE)
    await browser.submit("two-step/begin", password=PASSWORD)
    secret = secret_of(browser)
    await browser.submit("two-step/confirm", code=code_at(secret, clock))
    assert browser.status == 200, browser.text
    return secret, codes_of(browser)


async def first_step(app: Any, name: str = "alice") -> Browser:
    """A new browser that has given the right password."""
    browser = Browser(app)
    await browser.get("/log-in?next=/saved")
    await browser.submit("^/log-in$", name=name, password=PASSWORD)
    return browser


async def add_passkey(browser: Browser, device: Authenticator) -> None:
    await browser.get(PAGE)
    form = browser.form("^/settings/passkeys$")
    asked = {**form.fields, "password": PASSWORD, "name": "My telephone"}
    options = await browser.post("/settings/passkeys/options", asked)
    assert options.status == 200, options.text
    await browser.post("/settings/passkeys", {**asked, "answer": device.create(options.body)})


async def use_passkey(browser: Browser, device: Authenticator) -> None:
    """Press the button of the page at hand."""
    form = browser.form("^/log-in/passkey$")
    options = await browser.post("/log-in/passkey/options", form.fields)
    await browser.post("/log-in/passkey", {**form.fields, "answer": device.get(options.body)})


# ---------------------------------------------------------------- codes of an app


async def test_b5_an_app_is_set_up_by_a_qr_code_and_asked_for(
    app: Any, alice: Browser, clock: FakeClock
) -> None:
    secret, codes = await set_up_app(alice, clock)
    assert len(set(codes)) == 10
    assert (await alice.get("/home")).status == 200  # this session goes on
    clock.advance(minutes=1)
    other = await first_step(app)
    assert "__Host-session" not in other.cookies
    assert "One more step" in other.text
    await other.submit("second-step", code=code_at(secret, clock))
    assert other.path == "/saved"
    assert "__Host-session" in other.cookies


async def test_the_qr_code_is_a_path_and_needs_no_style(alice: Browser) -> None:
    """B5: the page shows a QR code within its strict content security policy."""
    await alice.get(PAGE)
    await alice.submit("two-step/begin", password=PASSWORD)
    assert '<svg class="qr"' in alice.text
    assert re.search(r'd="(M\d+ \d+h\d+v1h-\d+z)+"', alice.text)
    assert "style=" not in alice.text


async def test_an_app_that_was_never_confirmed_is_not_asked_for(app: Any, alice: Browser) -> None:
    """B5."""
    await alice.get(PAGE)
    await alice.submit("two-step/begin", password=PASSWORD)
    await alice.submit("two-step/confirm", code="000000")
    assert alice.status == 422
    other = await first_step(app)
    assert other.path == "/saved"


async def test_setting_up_and_switching_off_need_the_password(
    alice: Browser, clock: FakeClock
) -> None:
    """B5: who finds an open browser changes nothing about the log-in."""
    await alice.get(PAGE)
    await alice.submit("two-step/begin", password="wrong password")
    assert alice.status == 422
    await set_up_app(alice, clock)
    await alice.get(PAGE)
    await alice.submit("two-step/off", password="wrong password")
    assert alice.status == 422
    await alice.submit("two-step/codes", password="wrong password")
    assert alice.status == 422
    await alice.get(PAGE)
    assert "two-step/off" in alice.text


async def test_au22_a_code_works_once(app: Any, alice: Browser, clock: FakeClock) -> None:
    secret, _ = await set_up_app(alice, clock)
    used = code_at(secret, clock)
    other = await first_step(app)
    await other.submit("second-step", code=used)  # the one that switched it on
    assert other.status == 422
    clock.advance(seconds=30)
    await other.submit("second-step", code=code_at(secret, clock))
    assert other.path == "/saved"
    third = await first_step(app)
    await third.submit("second-step", code=code_at(secret, clock))
    assert third.status == 422


async def test_au22_a_recovery_code_works_once(app: Any, alice: Browser, clock: FakeClock) -> None:
    _, codes = await set_up_app(alice, clock)
    other = await first_step(app)
    await other.submit("second-step", code=codes[3].upper().replace("-", " "))
    assert other.path == "/saved"
    third = await first_step(app)
    await third.submit("second-step", code=codes[3])
    assert third.status == 422
    await alice.get(PAGE)
    assert "You have 9 left" in alice.text


async def test_au22_guessing_codes_is_limited(app: Any, alice: Browser, clock: FakeClock) -> None:
    secret, _ = await set_up_app(alice, clock)
    clock.advance(minutes=10)
    other = await first_step(app)
    for _ in range(two_factor.GUESSES_MAX):
        await other.submit("second-step", code="000000")
        assert other.status == 422
    await other.submit("second-step", code=code_at(secret, clock))
    assert other.status == 429
    assert "__Host-session" not in other.cookies


async def test_the_first_step_is_good_for_ten_minutes_and_once(
    app: Any, alice: Browser, clock: FakeClock
) -> None:
    """AU-22."""
    secret, _ = await set_up_app(alice, clock)
    other = await first_step(app)
    form = other.form("second-step").fields
    clock.advance(minutes=1)
    await other.post("/log-in/second-step", {**form, "code": code_at(secret, clock)})
    assert other.path == "/saved"
    again, late = Browser(app), await first_step(app)
    await again.get("/log-in")
    clock.advance(minutes=1)
    fields = {**form, **again.form("^/log-in$").fields, "step": form["step"]}
    await again.post("/log-in/second-step", {**fields, "code": code_at(secret, clock)})
    assert again.status == 403
    clock.advance(minutes=11)
    await late.submit("second-step", code=code_at(secret, clock))
    assert late.status == 403


async def test_au19_switching_off_ends_the_other_sessions(
    app: Any, alice: Browser, clock: FakeClock
) -> None:
    secret, codes = await set_up_app(alice, clock)
    clock.advance(minutes=1)
    other = await first_step(app)
    await other.submit("second-step", code=code_at(secret, clock))
    await alice.get(PAGE)
    await alice.submit("two-step/off", password=PASSWORD)
    assert alice.path.startswith(PAGE)
    assert (await other.get("/home")).status == 200
    assert other.path.startswith("/log-in")
    third = await first_step(app)
    assert third.path == "/saved"  # the password is enough again
    assert not codes_of(alice)
    assert len(codes) == 10


async def test_new_recovery_codes_end_the_old(app: Any, alice: Browser, clock: FakeClock) -> None:
    """B5."""
    _, old = await set_up_app(alice, clock)
    await alice.get(PAGE)
    await alice.submit("two-step/codes", password=PASSWORD)
    new = codes_of(alice)
    assert len(new) == 10
    assert not set(old) & set(new)
    other = await first_step(app)
    await other.submit("second-step", code=old[0])
    assert other.status == 422
    await other.submit("second-step", code=new[0])
    assert other.path == "/saved"


async def test_b5_the_operator_takes_lost_factors_away(
    app: Any, instance: Instance, alice: Browser, clock: FakeClock
) -> None:
    """B5, AU-19: the command ends what was logged in, for nobody knows who has the telephone."""
    await set_up_app(alice, clock)
    with instance.store.active():
        await two_factor.switch_off_by_name(instance, "alice")
    await alice.get("/home")
    assert alice.path.startswith("/log-in")
    other = await first_step(app)
    assert other.path == "/saved"


# ---------------------------------------------------------------- passkeys


async def test_b7_a_passkey_logs_in_without_password(app: Any, alice: Browser) -> None:
    device = Authenticator()
    await add_passkey(alice, device)
    assert len(codes_of(alice)) == 10  # the first factor comes with recovery codes
    other = Browser(app)
    await other.get("/log-in?next=/saved")
    await use_passkey(other, device)
    assert other.path == "/saved", other.text
    await alice.get(PAGE)
    assert "My telephone" in alice.text
    assert "never used" not in alice.text


async def test_b6_a_security_key_is_the_second_step(app: Any, alice: Browser) -> None:
    device = Authenticator(flags=PRESENT)  # cannot check who touches it
    await add_passkey(alice, device)
    other = await first_step(app)
    assert "One more step" in other.text
    await use_passkey(other, device)
    assert other.path == "/saved", other.text


async def test_b7_alone_it_must_know_who_uses_it(app: Any, alice: Browser) -> None:
    device = Authenticator(flags=PRESENT)
    await add_passkey(alice, device)
    other = Browser(app)
    await other.get("/log-in")
    await use_passkey(other, device)
    assert other.status == 422
    assert "__Host-session" not in other.cookies


@pytest.mark.parametrize(
    "lie", [{"origin": "https://alpha.test.evil.example"}, {"rp_id": "evil.example"}, {"count": -5}]
)
async def test_what_an_authenticator_says_is_checked(
    app: Any, alice: Browser, lie: dict[str, Any]
) -> None:
    """B7, WebAuthn 7.2: origin, RP id, and a counter that goes back is of a copy."""
    device = Authenticator(count=100)
    await add_passkey(alice, device)
    for name, value in lie.items():
        setattr(device, name, device.count + value if name == "count" else value)
    other = Browser(app)
    await other.get("/log-in")
    await use_passkey(other, device)
    assert other.status == 422
    assert "__Host-session" not in other.cookies


async def test_an_answer_works_once(app: Any, alice: Browser) -> None:
    """B7: what was seen on the way is worth nothing."""
    device = Authenticator()
    await add_passkey(alice, device)
    other = Browser(app)
    await other.get("/log-in")
    form = other.form("^/log-in/passkey$")
    options = await other.post("/log-in/passkey/options", form.fields)
    answer = device.get(options.body)
    await other.post("/log-in/passkey", {**form.fields, "answer": answer})
    assert other.path == "/home"
    thief = Browser(app)
    await thief.get("/log-in")
    form = thief.form("^/log-in/passkey$")
    await thief.post("/log-in/passkey", {**form.fields, "answer": answer})
    assert thief.status == 403


async def test_a_challenge_of_one_person_is_for_nobody_else(
    app: Any, alice: Browser, bob: Browser
) -> None:
    """B6: the second step of alice is not taken with the passkey of bob."""
    hers, his = Authenticator(), Authenticator()
    await add_passkey(alice, hers)
    await add_passkey(bob, his)
    other = await first_step(app)
    await use_passkey(other, his)
    assert other.status == 422
    assert "__Host-session" not in other.cookies


@pytest.mark.parametrize(
    "answer",
    ["", "{}", "[]", '{"response": 1}', '{"response": {"clientDataJSON": "!"}}', "x" * 30_000],
)
async def test_nonsense_instead_of_an_answer(alice: Browser, browser: Browser, answer: str) -> None:
    """B7."""
    await browser.get("/log-in")
    form = browser.form("^/log-in/passkey$")
    await browser.post("/log-in/passkey", {**form.fields, "answer": answer})
    assert browser.status == 422
    await alice.get(PAGE)
    form = alice.form("^/settings/passkeys$")
    await alice.post("/settings/passkeys", {**form.fields, "answer": answer, "password": PASSWORD})
    assert alice.status == 422


async def test_a_passkey_is_removed_with_the_password_and_by_its_owner(
    app: Any, alice: Browser, bob: Browser
) -> None:
    """B7, AU-19."""
    device = Authenticator()
    await add_passkey(alice, device)
    await alice.get(PAGE)
    passkey = alice.form("passkeys/remove").fields["passkey"]
    await bob.get(PAGE)
    token = bob.form("two-step/begin").fields["csrf"]
    sent = {"csrf": token, "passkey": passkey, "password": PASSWORD}
    await bob.post("/settings/passkeys/remove", sent)
    assert bob.status == 404
    await alice.submit("passkeys/remove", password="wrong password")
    assert alice.status == 422
    await alice.submit("passkeys/remove", password=PASSWORD)
    other = await first_step(app)
    assert other.path == "/saved"


async def test_the_options_say_too_little_to_know_anybody_by(
    alice: Browser, browser: Browser
) -> None:
    """B7, AU-11: before the log-in nothing tells who has passkeys here."""
    await add_passkey(alice, Authenticator())
    await browser.get("/log-in")
    form = browser.form("^/log-in/passkey$")
    answer = await browser.post("/log-in/passkey/options", form.fields)
    assert b'"allowCredentials": []' in answer.body or b"allowCredentials" not in answer.body
    for _ in range(login.GUESSES_PER_ADDRESS_MAX):
        answer = await browser.post("/log-in/passkey/options", form.fields)
    assert answer.status == 429


async def test_second_factors_go_with_the_account(
    instance: Instance, alice: Browser, clock: FakeClock
) -> None:
    """B5, B12."""
    await set_up_app(alice, clock)
    await add_passkey(alice, Authenticator())
    await alice.get("/settings/delete")
    await alice.submit("/settings/delete", password=PASSWORD)
    with instance.store.active():
        for table in ("totp_secrets", "recovery_codes", "passkeys", "sign_ins"):
            sql = f"SELECT COUNT(*) FROM {table}"  # noqa: S608 - a table of ours
            found = await instance.store.read(sql)
            assert found[0][0] == 0, table
        assert await users.find_by_login("alice") is None
