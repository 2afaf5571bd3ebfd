"""A person's first evening in a real browser, with and without JavaScript."""

import itertools
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Window
from tests.processes.people import eventually
from tests.processes.servers import Server

SETTINGS = (
    *("profile", "looks", "posting", "privacy", "blocks", "notifications"),
    *("sign-in", "moving", "delete"),
)
_serial = itertools.count(1)


@pytest.mark.parametrize("width", ["desktop", "phone"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_sign_up_post_find_follow_read_and_answer(
    servers: tuple[Server, Server],
    open_window: Callable[..., Window],
    width: str,
    *,
    script: bool,
) -> None:
    """Done-when 5: sign up, post, find and follow somebody elsewhere, read and answer."""
    alpha, beta = servers
    number = next(_serial)
    ann = open_window(alpha, script=script, width=width)
    ben = open_window(beta, script=script, width=width)
    ann.sign_up(f"ann{number}")
    ben.sign_up(f"ben{number}")
    ann.write(f"Hello from the harbour {number}")

    ben.go("/search")
    ben.page.fill("main [name=q]", f"@ann{number}@{alpha.domain}")
    ben.page.press("main [name=q]", "Enter")
    ben.page.get_by_text(f"ann{number}").first.wait_for()
    ben.go(f"/@ann{number}@{alpha.domain}")
    ben.page.click("main form[action$='/follow'] button")
    button = ben.page.locator("main form[action$='/follow'] button[value=undo]")
    button.wait_for()

    def accepted() -> bool:
        ben.go(f"/@ann{number}@{alpha.domain}")
        return button.get_by_text("Unfollow").count() > 0  # no longer: Cancel request

    eventually(accepted)
    ann.go("/home")
    ann.write(f"Now you hear me {number}")

    def arrived() -> bool:
        ben.go("/home")
        return ben.page.get_by_text(f"Now you hear me {number}").count() > 0

    eventually(arrived)
    post = ben.page.locator("article", has_text=f"Now you hear me {number}").first
    post.locator("time a").click()
    ben.page.wait_for_url(re.compile(r"/@ann\d+@[^/]+/\d+"))
    ben.page.fill("#reply [name=text]", f"Loud and clear {number}")
    ben.page.click("#reply button.main")
    ben.page.get_by_text(f"Loud and clear {number}").first.wait_for()

    def told() -> bool:
        ann.go("/notifications")
        return ann.page.get_by_text(f"Loud and clear {number}").count() > 0

    eventually(told)
    assert ann.complaints == []
    assert ben.complaints == []


def test_the_focus_stays_on_the_button_that_was_pressed(
    servers: tuple[Server, Server], open_window: Callable[..., Window]
) -> None:
    """DESIGN: a keyboard is not thrown back to the top of the page by a swap."""
    alpha, _ = servers
    ann = open_window(alpha)
    ann.sign_up(f"kay{next(_serial)}")
    ann.write("Something to press")
    for action in ("favourite", "boost", "save"):
        button = ann.page.locator(f"article button[formaction$='/{action}']").first
        button.focus()
        for pressed in ("true", "false"):
            ann.page.keyboard.press("Enter")
            state = f"article button[formaction$='/{action}'][aria-pressed={pressed}]"
            expect(ann.page.locator(state).first).to_be_focused()
    assert ann.complaints == []


def test_b138_one_letter_keys(
    servers: tuple[Server, Server], open_window: Callable[..., Window]
) -> None:
    """B138: j and k go from post to post, f favourites, n writes, ? lists them all."""
    alpha, _ = servers
    ann = open_window(alpha)
    ann.sign_up(f"key{next(_serial)}")
    ann.write("The older one")
    ann.write("The newer one")
    posts = ann.page.locator(".post[tabindex]")
    for key, at in (("j", 0), ("j", 1), ("k", 0)):
        ann.page.keyboard.press(key)
        expect(posts.nth(at)).to_be_focused()
    ann.page.keyboard.press("f")
    expect(posts.first.locator(".fav[aria-pressed=true]")).to_be_visible()
    ann.page.keyboard.press("?")
    expect(ann.page.get_by_role("dialog")).to_contain_text("next, previous post")
    ann.page.keyboard.press("Escape")
    expect(ann.page.get_by_role("dialog")).to_be_hidden()
    ann.page.keyboard.press("n")
    expect(ann.page.locator("#body")).to_be_focused()
    assert ann.complaints == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_favourite_and_boost_show_their_state(
    servers: tuple[Server, Server], open_window: Callable[..., Window], *, script: bool
) -> None:
    alpha, _ = servers
    ann = open_window(alpha, script=script)
    ann.sign_up(f"fay{next(_serial)}")
    ann.write("Something to like")
    for action in ("favourite", "boost"):
        button = ann.page.locator(f"article button[formaction$='/{action}']").first
        button.click()
        pressed = ann.page.locator(f"article button[formaction$='/{action}'][aria-pressed=true]")
        expect(pressed.first).to_be_visible()
        ann.go("/home")
        expect(pressed.first).to_be_visible()
    ann.page.locator("article time a").first.click()
    main = ann.page.locator("article.hero")
    main.wait_for()
    ann.page.wait_for_load_state()
    main.locator(".keep").click()
    expect(main.locator(".keep[aria-pressed=true]")).to_be_visible()
    main.get_by_role("button", name="More").click()
    ann.page.get_by_role("button", name="Pin to profile").click()
    expect(ann.page.get_by_role("button", name="Pin to profile")).to_have_count(0)
    ann.page.get_by_role("button", name="More").first.click()
    expect(ann.page.get_by_role("button", name="Unpin from profile")).to_be_visible()
    assert ann.complaints == []


def test_no_page_scrolls_sideways(
    servers: tuple[Server, Server], open_window: Callable[..., Window]
) -> None:
    """B134. DESIGN: works at 320 px without sideways scrolling."""
    alpha, _ = servers
    ann = open_window(alpha, width="phone")
    name = f"gil{next(_serial)}"
    ann.sign_up(name)
    ann.write("W" * 300)
    friend = f"hal{next(_serial)}"
    open_window(alpha).sign_up(friend)
    ann.go("/lists")
    ann.page.fill("[name=title]", "W" * 80)
    ann.page.click("form[action='/lists'] button")
    ann.page.set_viewport_size({"width": 320, "height": 640})
    for path in (
        "/home",
        f"/@{name}",
        "/notifications",
        "/explore",
        "/search",
        "/compose",
        "/requests",
        "/private",
        "/lists",
        f"/@{friend}/lists",
        "/settings",
        *(f"/settings/{each}" for each in SETTINGS),
    ):
        ann.go(path)
        assert ann.page.evaluate("document.documentElement.scrollWidth") <= 320, path
    stranger = open_window(alpha, width="phone")
    stranger.page.set_viewport_size({"width": 320, "height": 640})
    for path in ("/", "/explore", f"/@{name}", "/about", "/sign-up", "/log-in"):
        stranger.go(path)
        assert stranger.page.evaluate("document.documentElement.scrollWidth") <= 320, path
