"""Several accounts in one browser (B10): each request acts for the one that its page shows."""

from urllib.parse import urlencode

from tests.pages.browser import ORIGIN, Browser

PASSWORD = "a fine long password"


async def add(window: Browser, name: str) -> None:
    await window.get("/log-in?again=1")
    await window.submit("/log-in$", name=name, password=PASSWORD)
    assert window.path == "/home"


def acts_for(window: Browser, name: str) -> bool:
    return f'data-me="/@{name}"' in window.text


async def test_b10_accounts_are_added_switched_and_left(
    alice: Browser, bob: Browser, carol: Browser
) -> None:
    """B10: two more are added, one acts at a time, out of one is not out of all."""
    del bob, carol
    await add(alice, "bob")
    assert acts_for(alice, "bob")
    await add(alice, "carol")
    others = alice.cookies["__Host-others"].split(".")
    assert len(others) == 2
    assert alice.cookies["__Host-session"] not in others
    await alice.get("/accounts")
    assert "you now" in alice.text
    await alice.submit("/accounts/switch")
    assert acts_for(alice, "bob")
    await alice.write("As bob")
    await alice.submit("/log-out")
    assert alice.path.startswith("/accounts")
    assert acts_for(alice, "carol")
    await alice.submit("/accounts/leave$")
    assert "__Host-others" not in alice.cookies
    assert acts_for(alice, "carol")
    await alice.submit("/log-out")
    assert alice.path == "/log-in?said=out"
    await alice.get("/home")
    assert alice.path.startswith("/log-in")


async def test_b10_au13_a_form_that_was_shown_to_one_does_nothing_as_another(
    alice: Browser, bob: Browser
) -> None:
    """B10, AU-13: another tab switched meanwhile; the old form is refused."""
    del bob
    await alice.get("/home")
    shown_to_alice = alice.form("/compose").fields
    await alice.get("/settings/profile")
    profile = alice.form("/settings/profile").fields
    await add(alice, "bob")
    await alice.post("/settings/profile", {**profile, "name": "Whose name?"})
    assert alice.status == 403
    await alice.post("/compose", {**shown_to_alice, "text": "By whom?"})
    assert alice.status == 422  # what was typed is shown again, as whom it would be said
    assert acts_for(alice, "bob")
    for path in ("/@bob", "/@alice"):
        await alice.get(path)
        assert "By whom?" not in alice.text
        assert "Whose name?" not in alice.text


async def test_b10_cookies_are_as_that_of_the_session(alice: Browser, bob: Browser) -> None:
    """AU-9: for this host alone, not for scripts, and only over https."""
    del bob
    await alice.get("/log-in?again=1")
    typed = {**alice.form("/log-in$").fields, "name": "bob", "password": PASSWORD}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": ORIGIN}
    await alice.request("POST", "/log-in", urlencode(typed).encode(), headers)
    line = next(each for each in alice.set_cookies if each.startswith("__Host-others="))
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert part in line


async def test_b10_nobody_gets_the_accounts_of_who_is_out(
    alice: Browser, bob: Browser, carol: Browser
) -> None:
    """B10: where nobody acts any more, who comes next begins anew; a forged cookie is nobody."""
    del carol
    await add(alice, "bob")
    await bob.get("/accounts")
    alice.cookies.pop("__Host-session")
    await add(alice, "carol")
    assert "__Host-others" not in alice.cookies
    alice.cookies["__Host-others"] = "x" * 43 + ".é." + "." * 50
    await alice.get("/accounts")
    assert alice.status == 200
    assert 'action="/accounts/switch"' not in alice.text
    form = alice.form("/log-out").fields
    for path in ("/accounts/switch", "/accounts/leave"):
        await alice.post(path, {"csrf": form["csrf"], "who": "1"})
        assert alice.status == 404


async def test_b10_everybody_is_logged_out_at_once(alice: Browser, bob: Browser) -> None:
    """B10: the sessions end, not only the cookies."""
    del bob
    first = dict(alice.cookies)
    await add(alice, "bob")
    second = dict(alice.cookies)
    await alice.get("/accounts")
    await alice.submit("/accounts/leave-all")
    assert alice.path == "/log-in?said=out"
    for cookies in (first, second):
        window = Browser(alice.app, cookies={"__Host-session": cookies["__Host-session"]})
        await window.get("/home")
        assert window.path.startswith("/log-in")
