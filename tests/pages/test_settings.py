"""Settings: each by its form; what was typed stays when it was wrong."""

import io
import re
from typing import Any

from PIL import Image

from tests.clients.apps import App
from tests.pages.browser import Browser

PASSWORD = "a fine long password"


def picture() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (300, 200), "#0b5a4b").save(data, "PNG")
    return data.getvalue()


async def test_profile_is_changed(alice: Browser) -> None:
    """B19, B145. A narrow screen shows the list of chapters at the start, and a way back to it."""
    await alice.get("/settings")
    assert 'class="cols gut at-start"' in alice.text
    assert '<span class="vh">All settings</span>' not in alice.text
    await alice.submit(
        "/settings/profile", name="Alice L.", bio="Ferries\nand tides", field_name_2="Pronouns"
    )
    assert "Saved." in alice.text
    assert '<span class="vh">All settings</span>' in alice.text
    form = alice.form("/settings/profile")
    assert form.fields["name"] == "Alice L."
    assert form.fields["bio"].strip() == "Ferries\nand tides"


async def test_pictures_are_uploaded_and_taken_away(alice: Browser, browser: Browser) -> None:
    """MD-6, MD-7, B19: a random name, served so that it can run nothing."""
    await alice.get("/settings/profile")
    await alice.send_files("/settings/profile", {"avatar": picture(), "header": picture()})
    assert "Saved." in alice.text
    await alice.get("/@alice")
    url = re.search(r'"https://alpha.test(/media/[0-9a-f]+\.webp)"', alice.text)
    assert url
    answer = await browser.get(url[1])
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert "set-cookie" not in answer.headers
    await alice.get("/settings/profile")
    await alice.submit("/settings/profile", avatar_remove="1", header_remove="1")
    await alice.get("/@alice")
    assert "/media/" not in alice.text


async def test_md1_what_is_no_picture_is_refused_with_words(alice: Browser) -> None:
    for data in (b"<svg onload=alert(1)>", b"\x89PNG\r\n\x1a\n broken", b"GIF89a" + b"\xff" * 50):
        await alice.get("/settings/profile")
        await alice.send_files("/settings/profile", {"avatar": data}, name="Kept")
        assert alice.status == 422
        assert 'id="avatar-err"' in alice.text
        assert alice.form("/settings/profile").fields["name"] == "Kept"


async def test_too_big_a_picture_says_how_big(alice: Browser) -> None:
    await alice.get("/settings/profile")
    await alice.send_files("/settings/profile", {"avatar": picture() + b"\x00" * 9_000_000})
    assert alice.status in (413, 422)
    assert "8 MB" in alice.text or "too big" in alice.text


async def test_the_theme_stands_in_the_html_tag(alice: Browser, browser: Browser) -> None:
    """B136, B145."""
    await alice.get("/settings/looks")
    await alice.submit("/settings/looks", theme="dark")
    await alice.get("/home")
    assert '<html lang="en" data-theme="dark">' in alice.text
    await browser.get("/")
    assert "data-theme" not in browser.text
    await alice.get("/settings/looks")
    await alice.submit("/settings/looks", theme="purple")
    assert alice.status == 422


async def test_posting_defaults_fill_the_composer(alice: Browser) -> None:
    """B47, B145."""
    await alice.get("/settings/posting")
    await alice.submit("/settings/posting", audience="followers", language="sv")
    await alice.get("/home")
    form = alice.form("/compose")
    assert form.fields["audience"] == "followers"
    assert form.fields["language"] == "sv"


async def test_devices_are_listed_and_ended(alice: Browser) -> None:
    """B4, B145."""
    other = Browser(alice.app)
    await other.get("/log-in")
    await other.submit("/log-in", name="alice", password=PASSWORD)
    await alice.get("/settings/sign-in")
    assert alice.text.count('action="/settings/sign-in/end"') == 1
    await alice.submit("/settings/sign-in/end")
    assert "That device is logged out." in alice.text
    await other.get("/home")
    assert other.path.startswith("/log-in")


async def test_b4_all_other_devices_are_ended_at_once(alice: Browser) -> None:
    """B4."""
    others = [Browser(alice.app) for _ in range(2)]
    for other in others:
        await other.get("/log-in")
        await other.submit("/log-in", name="alice", password=PASSWORD)
    await alice.get("/settings/sign-in")
    await alice.submit("/settings/sign-in/end-others")
    assert "All other devices are logged out." in alice.text
    assert "/settings/sign-in/end" not in alice.text
    for other in others:
        await other.get("/home")
        assert other.path.startswith("/log-in")


async def test_au19_a_new_password_ends_the_other_sessions(alice: Browser) -> None:
    other = Browser(alice.app)
    await other.get("/log-in")
    await other.submit("/log-in", name="alice", password=PASSWORD)
    await alice.get("/settings/sign-in")
    await alice.submit("/sign-in/password", old_password="wrong", password="another fine one")
    assert alice.status == 422
    assert alice.text.count('class="err"') == 1
    await alice.submit("/sign-in/password", old_password=PASSWORD, password="another fine one")
    assert "Your password is changed" in alice.text
    await other.get("/home")
    assert other.path.startswith("/log-in")
    await other.submit("/log-in", name="alice", password="another fine one")
    assert other.path == "/home"


async def test_nobody_ends_sessions_of_others(alice: Browser, bob: Browser) -> None:
    await bob.get("/settings/sign-in")
    await alice.get("/settings/sign-in")
    token = alice.form("/log-out").fields["csrf"]
    for session in range(1, 3):
        await alice.post("/settings/sign-in/end", {"csrf": token, "session": str(session)})
        assert alice.status == 404
    await bob.get("/home")
    assert bob.path == "/home"


async def test_leaving_needs_the_password(alice: Browser, browser: Browser) -> None:
    """PV-26: gone, and the handle stays taken."""
    await alice.write("Last words")
    await alice.get("/settings/delete")
    await alice.submit("/settings/delete", password="wrong")
    assert alice.status == 422
    await alice.submit("/settings/delete", password=PASSWORD)
    assert alice.path.startswith("/log-in")
    assert "Your account is deleted." in alice.text
    assert (await browser.get("/@alice")).status == 410
    await browser.get("/sign-up")
    await browser.submit("/sign-up", handle="alice", password=PASSWORD)
    assert browser.status == 409


async def test_the_composer_begins_as_one_prefers(alice: Browser) -> None:
    """A post begins with the audience and language of the settings; an answer never wider."""
    await alice.get("/settings/posting")
    await alice.submit("/settings/posting", audience="followers", language="pt")
    for path in ("/home", "/compose"):
        await alice.get(path)
        fields = alice.form("^/compose$").fields
        assert (fields["audience"], fields["language"]) == ("followers", "pt"), path
    post = await alice.write("Olá")
    await alice.get(post)
    assert "Followers only" in alice.text
    assert 'lang="pt"' in alice.text


async def test_nothing_typed_is_lost_when_a_profile_is_refused(alice: Browser) -> None:
    await alice.get("/settings/profile")
    await alice.send_files(
        "/settings/profile",
        {"avatar": b"no picture"},
        name="Alice of the Sea",
        bio="Two\nlines",
        field_name_1="Boat",
        field_value_1="Red",
    )
    assert alice.status == 422
    fields = alice.form("/settings/profile").fields
    assert fields["name"] == "Alice of the Sea"
    assert fields["bio"].strip() == "Two\nlines"
    assert (fields["field_name_1"], fields["field_value_1"]) == ("Boat", "Red")


async def test_b18_a_token_for_a_program_of_one_s_own(app: Any, alice: Browser) -> None:
    """B18: shown once, no wider than was ticked, and shut out as apps are."""
    await alice.get("/settings/sign-in")
    await alice.submit("sign-in/token", label="Bot", may_read="on", password="wrong password")
    assert alice.status == 422
    await alice.submit("sign-in/token", label="Bot", password="a fine long password")
    assert alice.status == 422
    await alice.submit(
        "sign-in/token", label="Weather bot", may_read="on", password="a fine long password"
    )
    found = re.search(r"<pre>([A-Za-z0-9_-]{40,})</pre>", alice.text)
    assert found, alice.text
    program = App(app, token=found[1])
    await program.get("/oauth/userinfo")
    assert program.status == 200
    await program.post("/api/v1/statuses", {"status": "Hello"})
    assert program.status == 403
    await alice.get("/settings/sign-in")
    assert "Weather bot" in alice.text
    assert found[1] not in alice.text
    await alice.submit("sign-in/app")
    await program.get("/oauth/userinfo")
    assert program.status == 401
