"""Chromium, and two servers whose people meet in it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.processes.servers import Server

# For the slowest machine; they end what would never come.
TIMEOUT_MS = 60_000
START_TIMEOUT_MS = 180_000
expect.set_options(timeout=TIMEOUT_MS)
WIDTHS = {"desktop": (1360, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium; closed with its module: Playwright holds the event loop that async tests need."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium,
            timeout=START_TIMEOUT_MS,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    folder = tmp_path_factory.mktemp("browsing")
    alpha = Server("alpha", "127.0.10.11", folder / "alpha")
    beta = Server("beta", "127.0.10.12", folder / "beta")
    for server in (alpha, beta):
        server.start()
    yield alpha, beta
    for server in (alpha, beta):
        assert server.stop() == 0


@dataclass
class Window:
    """A browser window of its own: cookies, size, theme, with or without script."""

    context: BrowserContext
    page: Page
    server: Server
    complaints: list[str]
    script: bool

    def go(self, path: str) -> None:
        answer = self.page.goto(f"{self.server.url}{path}")
        assert answer is not None
        assert answer.status < 400, f"{path}: {answer.status}"

    def sign_up(self, username: str) -> None:
        self.go("/sign-up")
        self.page.fill("[name=handle]", username)
        self.page.fill("[name=password]", "a fine long password")
        self.page.click("form[action='/sign-up'] button.main")
        self.page.wait_for_url("**/home*")

    def write(self, text: str, *, more: str = "") -> None:
        """Write a post that says `text` and `more`, and wait until it stands in the feed."""
        self.page.fill("#write [name=text]", f"{text} {more}".strip())
        self.page.click("#write button.main")
        self.page.locator("article").get_by_text(text).first.wait_for()
        self.page.wait_for_load_state()  # with its scripts, which hear keys and buttons


@pytest.fixture
def open_window(browser: Browser) -> Iterator[object]:
    opened: list[BrowserContext] = []

    def make(
        server: Server, *, script: bool = True, width: str = "desktop", theme: str = "light"
    ) -> Window:
        size = WIDTHS[width]
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=script,
            color_scheme="dark" if theme == "dark" else "light",
            is_mobile=width == "phone",
            # Pages fade into each other elsewhere: Chromium complains where one of them is slow.
            reduced_motion="reduce",
        )
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        complaints: list[str] = []
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return Window(context, page, server, complaints, script)

    yield make
    for context in opened:
        context.close()
