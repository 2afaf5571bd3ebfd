"""The form to write in, with scripts: what was typed comes back, names and emoji are offered."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Window
from tests.processes.servers import Server

FOLDER = os.environ.get("KITTIWAKE_TEST_PICTURES", "")

# One letter more, and Tab before the list has followed: all of the word gives way.
TYPED_AND_TAKEN = """(box, letter) => {
    box.setRangeText(letter, box.value.length, box.value.length, 'end');
    box.dispatchEvent(new Event('input', { bubbles: true }));
    box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Tab', bubbles: true }));
}"""


@pytest.mark.parametrize(("width", "theme"), [("desktop", "light"), ("phone", "dark")])
def test_b39_b43_b44_b45_b49_b50_the_comforts_of_writing(
    servers: tuple[Server, Server], open_window: Callable[..., Window], width: str, theme: str
) -> None:
    """B39, B43, B44, B45, B49, B50, B137: by keyboard alone, and axe finds nothing."""
    window = open_window(servers[0], width=width, theme=theme)
    window.sign_up(f"{width}cora")
    window.go("/compose")
    look = Look(window, f"{width}-{theme}")
    said = _complete(look, width)
    said = _pick(look, said)
    _come_back(look, said)
    _write_a_thread_for_later(look)
    window.go("/settings/old-posts")
    look.at("old")
    window.go("/compose")
    expect(look.box).to_have_value("")  # what was sent is not offered again
    assert window.complaints == []


@dataclass
class Look:
    """A window, and how it looks."""

    window: Window
    name: str

    @property
    def page(self) -> Page:
        return self.window.page

    @property
    def box(self) -> Locator:
        return self.page.locator("#body")

    def at(self, what: str) -> None:
        """B137: axe finds nothing; a picture is taken where somebody wants one."""
        if FOLDER:
            self.page.screenshot(path=str(Path(FOLDER) / f"{what}-{self.name}.png"))
        found = Axe().run(self.page).response["violations"]
        assert [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found] == []


def _complete(look: Look, width: str) -> str:
    """B50: a listbox that is moved through by arrow keys; what is unknown offers nothing."""
    look.box.press_sequentially(f"Hello @{width[:5]}")
    option = look.page.get_by_role("option").first
    expect(option).to_have_attribute("aria-selected", "true")
    assert look.box.get_attribute("aria-activedescendant") == option.get_attribute("id")
    look.at("complete")
    look.box.press("Enter")
    expect(look.box).to_have_value(f"Hello @{width}cora ")
    look.box.press_sequentially(":octo")
    expect(look.page.get_by_role("option").first).to_contain_text("octopus")
    look.box.evaluate(TYPED_AND_TAKEN, "p")
    expect(look.box).to_have_value(f"Hello @{width}cora 🐙 ")
    look.box.press_sequentially("@nobody_at_all")
    expect(look.page.get_by_role("listbox")).to_be_hidden()
    return f"Hello @{width}cora 🐙 @nobody_at_all"


def _pick(look: Look, said: str) -> str:
    """B49: an emoji is found by a word and chosen by keyboard."""
    search = look.page.get_by_role("searchbox", name="Search emoji")
    look.page.get_by_role("button", name="Add an emoji").click()
    expect(look.page.get_by_role("button", name="grinning face", exact=True)).to_be_visible()
    look.at("emoji")
    search.fill("sailboat")
    look.page.keyboard.press("Enter")
    expect(look.box).to_have_value(f"{said}⛵")
    return f"{said}⛵"


def _come_back(look: Look, said: str) -> None:
    """B45: what was typed survives a closed page, and can be thrown away."""
    look.page.check("#note_on")
    look.page.fill("#note", "sea")
    look.window.go("/compose")
    expect(look.box).to_have_value(said)
    expect(look.page.locator("#note")).to_have_value("sea")
    look.at("back")
    look.page.get_by_role("button", name="Start afresh").click()
    expect(look.box).to_have_value("")
    look.window.go("/compose")
    expect(look.box).to_have_value("")


def _write_a_thread_for_later(look: Look) -> None:
    """B39, B43, B44: two posts are a draft first, then wait for a time of this clock."""
    page, time = look.page, "2099-01-02T03:04"
    look.box.fill("One")
    page.get_by_role("button", name="Add another post").click()
    page.locator("#body_2").fill("Two")
    page.check("#later_on")
    page.fill("#later", time)
    look.at("thread")
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_url("**/drafts*")
    look.at("drafts")
    page.get_by_role("link", name="Go on").click()
    expect(page.locator("#body_2")).to_have_value("Two")
    page.check("#later_on")
    page.fill("#later", time)
    page.get_by_role("button", name="Schedule").click()
    page.wait_for_url("**/scheduled*")
    expect(page.locator("time[data-local]")).to_contain_text("2099")
    look.at("scheduled")
    page.get_by_role("link", name="Change").click()
    expect(page.locator("#later")).to_have_value(time)
