"""axe-core finds nothing on the main pages, in light and dark, wide and narrow (B137)."""

import itertools
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Window
from tests.browser.test_first_evening import SETTINGS
from tests.processes.servers import Server

_serial = itertools.count(1)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", ["desktop", "phone"])
def test_b137_axe_finds_no_violations(
    servers: tuple[Server, Server],
    open_window: Callable[..., Window],
    width: str,
    theme: str,
) -> None:
    alpha, _ = servers
    window = open_window(alpha, width=width, theme=theme)
    problems = [
        problem
        for path in ("/", "/log-in", "/sign-up", "/confirm")
        for problem in _problems(window, path)
    ]
    number = next(_serial)
    other = open_window(alpha)
    other.sign_up(f"axel{number}")
    other.write(f"A post to look at {number}", more="with #hashtag and https://example.org/")
    window.sign_up(f"axe{number}")
    window.write(f"look, I answer {number}", more=f"@axel{number}")
    window.go("/explore")
    article = window.page.locator("article", has_text=f"A post to look at {number}").first
    article.locator("time a").click()
    window.page.fill("#reply [name=text]", "An answer")
    window.page.click("#reply button.main")
    window.page.locator("article").get_by_text("An answer").first.wait_for()
    thread = window.page.url.removeprefix(alpha.url).partition("#")[0].partition("?")[0]
    other.go("/notifications")
    problems += _found(other, "/notifications")
    for path in (
        "/home",
        thread,
        f"/@axe{number}",
        "/notifications",
        "/explore",
        "/search?q=axe",
        "/feeds/new",
        "/compose",
        "/private",
        "/saved",
        "/favourites",
        "/requests",
        "/tags/hashtag",
        f"/@axe{number}/followers",
        f"/@axe{number}/code",
        "/announcements",
        f"/@axel{number}/report",
        *(f"/settings/{each}" for each in SETTINGS),
    ):
        problems += _problems(window, path)
    window.page.goto(f"{alpha.url}/nothing-is-here")
    problems += _found(window, "an error page")
    assert problems == [], "\n".join(problems)


def _problems(window: Window, path: str) -> list[str]:
    window.go(path)
    return _found(window, path)


def _found(window: Window, path: str) -> list[str]:
    results = Axe().run(window.page)
    return [
        f"{path}: {violation['id']}: {violation['help']} "
        f"({', '.join(node['html'][:120] for node in violation['nodes'][:3])})"
        for violation in results.response["violations"]
    ]
