"""The media viewer in a browser: opened, walked through, zoomed, closed; and without scripts."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.pictures import animation, picture
from tests.processes.servers import Server

FOLDER = os.environ.get("KITTIWAKE_TEST_PICTURES", "")
WORDS = ["A gull above the water", "Nets, mended and hung up to dry"]
LOADED = "() => [...document.querySelectorAll('.viewer img')].every(i => i.naturalWidth)"
# As a page has it; what it is told to do is written down.
FILM = """() => {
    const film = Object.assign(document.createElement('video'), { className: 'gif', width: 90 });
    window.done = [];
    film.play = async () => { window.done.push('play'); };
    film.pause = () => { window.done.push('pause'); };
    document.querySelector('main').prepend(film);
}"""


def post_pictures(window: Any, folder: Path) -> None:
    """Post two pictures, each with its words."""
    page = window.page
    window.go("/compose")
    page.check("#files_on")
    files = [folder / "one.png", folder / "two.png"]
    for file, size in zip(files, [(900, 600), (300, 500)], strict=True):
        file.write_bytes(picture(size))
    page.set_input_files("#files", [str(file) for file in files])
    if not window.script:
        page.click("#write button[value=add]")
    for place, words in enumerate(WORDS):
        page.locator("#write textarea[name^=alt_]").nth(place).fill(words)
    page.fill("#write [name=text]", "Down at the harbour")
    page.click("#write button.main")
    page.locator("article .pics").first.wait_for()
    page.wait_for_load_state()  # with its scripts: a picture is a link before


@pytest.mark.parametrize(("width", "theme"), [("desktop", "light"), ("phone", "dark")])
def test_b64_pictures_open_in_full_size(
    open_window: Any, servers: tuple[Server, Server], tmp_path: Path, width: str, theme: str
) -> None:
    """B64: caption, zoom, arrows, Escape, and the focus comes back; axe has nothing to say."""
    window = open_window(servers[0], width=width, theme=theme)
    page = window.page
    window.sign_up(f"vera_{width}")
    post_pictures(window, tmp_path)
    link = page.locator("article .pics a").first
    link.click()
    viewer = page.locator("dialog.viewer")
    seen = viewer.locator("figure:not([inert])")
    assert seen.locator("figcaption").inner_text() == WORDS[0]
    assert viewer.get_by_role("status").inner_text() == "1 of 2"
    assert not Axe().run(page).response["violations"]
    if FOLDER:
        page.screenshot(path=str(Path(FOLDER) / f"viewer-{width}.png"))
    page.keyboard.press("ArrowRight")
    viewer.get_by_text("2 of 2").wait_for()
    assert seen.locator("figcaption").inner_text() == WORDS[1]
    page.wait_for_function(LOADED)
    fitting = seen.locator("img").bounding_box()["width"]
    seen.locator("img").click()
    assert viewer.get_by_role("button", name="Zoom").get_attribute("aria-pressed") == "true"
    assert seen.locator("img").bounding_box()["width"] >= 2 * fitting
    page.keyboard.press("-")
    assert seen.locator("img").bounding_box()["width"] == fitting
    page.keyboard.press("Home")
    viewer.get_by_text("1 of 2").wait_for()
    page.keyboard.press("Escape")
    viewer.wait_for(state="hidden")
    page.locator("article .pics figure:first-child a:focus").wait_for()
    assert window.complaints == []


def test_b64_without_scripts_a_picture_is_a_link(
    open_window: Any, servers: tuple[Server, Server], tmp_path: Path
) -> None:
    """B64: pressing a picture leads to its file."""
    window = open_window(servers[0], script=False)
    window.sign_up("vera_plain")
    post_pictures(window, tmp_path)
    link = window.page.locator("article .pics a").first
    assert link.get_attribute("href") == link.locator("img").get_attribute("src")
    link.click()
    window.page.wait_for_url("**/*.webp")


def test_b66_what_moves_stands_still_until_it_is_pointed_at(
    open_window: Any, servers: tuple[Server, Server], tmp_path: Path
) -> None:
    """B66: a picture that moves does so while it is pointed at or has the focus; never unwanted."""
    window = open_window(servers[0])
    page = window.page
    window.sign_up("stella")
    file = tmp_path / "face.gif"
    file.write_bytes(animation())
    window.go("/settings/profile")
    page.set_input_files("[name=avatar]", str(file))
    page.click("form[action='/settings/profile'] button.main")
    page.get_by_text("Saved.").wait_for()
    window.go("/home")
    page.emulate_media(reduced_motion="no-preference")
    face = page.locator(".rail .av")
    link, still, moving = (
        page.locator(".rail .foot a"),
        re.compile("/still-"),
        re.compile("/moving-"),
    )
    expect(face).to_have_attribute("src", still)
    face.hover()
    expect(face).to_have_attribute("src", moving)
    link.hover()
    expect(face).to_have_attribute("src", still)
    page.evaluate(FILM)
    film = page.locator("video.gif")
    film.hover()
    link.hover()
    page.wait_for_function("() => window.done.length > 1")
    assert page.evaluate("window.done") == ["play", "pause"]
    page.emulate_media(reduced_motion="reduce")
    face.hover()
    expect(face).to_have_attribute("src", still)
    film.hover()
    link.hover()
    assert page.evaluate("window.done") == ["play", "pause"]
    assert window.complaints == []
