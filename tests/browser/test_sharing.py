"""Passing a post on in a browser: the menu copies its link, the page hands it to other programs."""

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.processes.servers import Server

FOLDER = os.environ.get("KITTIWAKE_TEST_PICTURES", "")
SHARE = "navigator.share = async what => { window.shared = what; }"


@pytest.mark.parametrize(("width", "theme"), [("desktop", "light"), ("phone", "dark")])
def test_b87_a_link_is_copied_and_handed_on(
    open_window: Any, servers: tuple[Server, Server], width: str, theme: str
) -> None:
    """B87: copy link, embed code and share to; axe has nothing to say."""
    window = open_window(servers[0], width=width, theme=theme)
    page = window.page
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.add_init_script(SHARE)
    window.sign_up(f"sasha_{width}")
    window.write("Worth passing on")
    expect(page.locator("#write [name=text]")).to_have_value("")
    article = page.locator("article").first
    link = article.locator(".u-url").evaluate("a => a.href")
    article.locator(".act.end").click()
    copy = article.get_by_role("button", name="Copy link")
    copy.click()
    expect(article.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == link
    if FOLDER:
        page.screenshot(path=str(Path(FOLDER) / f"menu-{width}.png"))
    article.get_by_role("link", name="Share…").click()
    page.get_by_role("button", name="Share with…").click()
    assert page.evaluate("window.shared.url") == link
    page.get_by_role("button", name="Copy the code").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("<iframe src=")
    assert not Axe().run(page).response["violations"]
    if FOLDER:
        page.screenshot(path=str(Path(FOLDER) / f"share-{width}.png"))
    assert window.complaints == []
