"""Pictures in the form to write in, in a real browser: with and without scripts, both widths."""

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.pictures import picture
from tests.processes.servers import Server

FOLDER = os.environ.get("KITTIWAKE_TEST_PICTURES", "")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", ["desktop", "phone"])
@pytest.mark.parametrize("script", [True, False])
def test_b58_b59_b60_a_picture_is_chosen_described_and_posted(
    open_window: Any,
    servers: tuple[Server, Server],
    tmp_path: Path,
    width: str,
    theme: str,
    script: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """B58, B59, B60, B137: no scripts are needed, and axe finds nothing to complain about."""
    window = open_window(servers[0], script=script, width=width, theme=theme)
    page = window.page
    window.sign_up(f"pia_{width}_{theme}_{'yes' if script else 'no'}"[:30])
    file = tmp_path / "gull.png"
    file.write_bytes(picture((600, 400)))
    window.go("/compose")
    page.fill("#write [name=text]", "Look what came by")
    page.check("#files_on")
    page.set_input_files("#files", str(file))
    if not script:
        page.click("#write button[value=add]")
    description = page.locator("#write textarea[name^=alt_]")
    description.wait_for()
    page.get_by_label("Top left").check()
    if script:
        assert not Axe().run(page).response["violations"]
    if FOLDER:
        name = f"compose-{width}-{theme}-{'script' if script else 'plain'}.png"
        page.screenshot(path=str(Path(FOLDER) / name))
    description.fill("Two fields of colour")
    page.click("#write button.main")
    shown = page.locator("article img[alt='Two fields of colour']").first
    shown.wait_for()
    page.wait_for_load_state()
    assert shown.get_attribute("class") == "fx0 fy0"
    assert page.locator("article").get_by_text("Look what came by").count()
    if FOLDER:
        name = f"posted-{width}-{theme}-{'script' if script else 'plain'}.png"
        page.screenshot(path=str(Path(FOLDER) / name))
