"""QR codes of handles: what they lead to, and that nobody elsewhere can misuse them."""

import re

from instance.resources import Instance
from tests.pages.browser import Browser
from tests.usecases.social import make_remote
from webapp.pages.codes import code


def drawn(html: str) -> str:
    found = re.search(r'fill="#000" shape-rendering="crispEdges" d="([^"]+)"', html)
    assert found
    return found[1]


async def test_b29_a_code_leads_to_the_profile(alice: Browser, browser: Browser) -> None:
    """B29: on a page that shows and prints it, and as a file; for strangers too."""
    await browser.get("/@alice")
    assert 'href="/@alice/code"' in browser.text
    for who in (alice, browser):
        await who.get("/@alice/code")
        assert "https://alpha.test/@alice" in who.text
        assert drawn(who.text) == code("https://alpha.test/@alice").path
        assert 'aria-label="QR code that leads to @alice@alpha.test"' in who.text
    await browser.get("/@alice/code.svg")
    assert browser.answer.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in browser.answer.headers["content-security-policy"]
    assert drawn(browser.text) == code("https://alpha.test/@alice").path
    for path in ("/@nobody/code", "/@nobody/code.svg"):
        await browser.get(path)
        assert browser.status == 404


async def test_b29_people_elsewhere_are_found_on_their_own_server(
    instance: Instance, browser: Browser
) -> None:
    """B29: only by a web address that is not endless."""
    with instance.store.active():
        await make_remote(instance, "ben")
        await make_remote(instance, "bea", url="javascript:alert(1)")
        await make_remote(instance, "bo", url=f"https://beta.test/{'o' * 3000}")
    for name, address in (
        ("ben", "https://beta.test/@ben"),
        ("bea", "https://alpha.test/@bea@beta.test"),
        ("bo", "https://alpha.test/@bo@beta.test"),
    ):
        await browser.get(f"/@{name}@beta.test/code")
        assert drawn(browser.text) == code(address).path
