"""`make pictures`: two servers, an evening on them, and the screenshots of it in docs/pictures.

Nothing is painted: people log in on `main.py two`, write, boost and favourite in Chromium.
"""

import io
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from instance.settings import child_environment

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
QUALITY = 80
BYTES_MAX = 150_000
ARRIVES_WITHIN_MS = 10_000

NEWS_FROM_AFAR = "First frost on the shingle this morning. The gulls were not impressed. #birds"
NOTE = "food, and a failure"
UNDER_NOTE = "The seaweed bread did not rise. I ate it all the same, with a lot of butter."
HALLO = "@alice@{host} the ferry is back from the yard. Your bench has new paint, green again."


@dataclass(frozen=True, slots=True)
class Screen:
    """What somebody looks at."""

    width: int
    height: int
    is_phone: bool = False


WIDE = Screen(1360, 1060)
PHONE = Screen(390, 844, is_phone=True)


@dataclass(frozen=True, slots=True)
class Two:
    """The addresses of both servers, and the password of all their people."""

    alpha: str
    beta: str
    password: str


def main() -> None:
    """Write all pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with _servers() as two, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        _live(browser, two)
        wide = _log_in(browser, two, two.alpha, "alice")
        _save(wide, "home.webp")
        phone = _log_in(browser, two, two.alpha, "alice", PHONE)
        _save(phone, "phone-dark.webp")
        browser.close()


@contextmanager
def _servers() -> Iterator[Two]:
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, str(ROOT / "main.py"), "two", "--json"],
            cwd=ROOT,
            env=child_environment({"KITTIWAKE_DATA_DIR": folder}),
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield Two(**json.loads(process.stdout.readline() if process.stdout else "{}"))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def _live(browser: Browser, two: Two) -> None:
    """What happened since the demo ended: posts from afar, a boost, a content note, answers."""
    bob = _log_in(browser, two, two.beta, "bob")
    _write(bob, HALLO.format(host=two.alpha.removeprefix("http://")))
    carla = _log_in(browser, two, two.beta, "carla")
    _write(carla, NEWS_FROM_AFAR)
    fatima = _log_in(browser, two, two.alpha, "fatima")
    _write(fatima, UNDER_NOTE, note=NOTE)
    alice = _log_in(browser, two, two.alpha, "alice")
    _wait_for(alice, "/home", "Your bench has new paint")
    _press(alice, "Your bench has new paint", "favourite")
    friend = _log_in(browser, two, two.alpha, "bob")
    friend.goto(f"{two.alpha}/search?q=@carla@{two.beta.removeprefix('http://')}")
    friend.locator("main form[action$='/follow'] button").first.click()
    _write(carla, "Is there a word for the light just after the lamps go on? Asking for a poem.")
    _wait_for(friend, "/home", "just after the lamps go on")
    _press(friend, "just after the lamps go on", "boost")
    _press(friend, "just after the lamps go on", "favourite")
    _wait_for(alice, "/home", "just after the lamps go on")
    alice.goto(f"{two.alpha}/notifications")
    alice.get_by_text("Mark all read").click()


def _log_in(browser: Browser, two: Two, base: str, name: str, screen: Screen = WIDE) -> Page:
    context = browser.new_context(
        base_url=base,
        viewport={"width": screen.width, "height": screen.height},
        color_scheme="dark" if screen.is_phone else "light",
        device_scale_factor=2 if screen.is_phone else 1,
        is_mobile=screen.is_phone,
    )
    page = context.new_page()
    page.goto("/log-in")
    page.fill("[name=name]", name)
    page.fill("[name=password]", two.password)
    page.click("form[action='/log-in'] button.main")
    page.wait_for_url("**/home*")
    return page


def _write(page: Page, text: str, *, note: str = "") -> None:
    page.goto("/compose")
    page.fill("#write [name=text]", text)
    if note:
        page.check("#write [name=note_on]", force=True)
        page.fill("#write [name=note]", note)
    page.click("#write button.main")
    page.wait_for_url("**/home*")


def _press(page: Page, text: str, action: str) -> None:
    article = page.locator("article", has_text=text).first
    button = article.locator(f"button[formaction*='/{action}']")
    button.click(timeout=ARRIVES_WITHIN_MS)
    pressed = page.locator("article", has_text=text).first.locator(
        f"button[formaction*='/{action}'][aria-pressed=true]"
    )
    pressed.wait_for(timeout=ARRIVES_WITHIN_MS)


def _wait_for(page: Page, path: str, text: str) -> None:
    for _ in range(50):
        page.goto(path)
        if page.get_by_text(text).count():
            return
        page.wait_for_timeout(200)
    raise SystemExit(f"{text!r} did not arrive on {path}")


def _save(page: Page, name: str) -> None:
    page.goto("/home")
    page.mouse.move(0, 0)
    page.wait_for_load_state("networkidle")
    shot = Image.open(io.BytesIO(page.screenshot()))
    path = PICTURES / name
    shot.save(path, "WEBP", quality=QUALITY, method=6)
    size = path.stat().st_size
    if size > BYTES_MAX:
        raise SystemExit(f"{path} has {size} bytes, more than {BYTES_MAX}")
    sys.stdout.write(f"{path.relative_to(ROOT)}: {shot.width} x {shot.height}, {size} bytes\n")


def _chromium() -> str:
    for name in CHROMIUMS:
        if path := shutil.which(name):
            return path
    raise SystemExit("No Chromium found. Mend it with: sudo apt-get install chromium")


if __name__ == "__main__":
    main()
