"""Posts on other sites: oEmbed, and the page that stands in their frames (B132)."""

import pytest

from tests.clients.apps import App
from tests.clients.schema import assert_valid
from tests.pages.browser import Browser


async def say(phone: App, visibility: str = "public") -> str:
    """Return the id of a new post."""
    found = await phone.post(
        "/api/v1/statuses", {"status": "Good <b>morning</b>", "visibility": visibility}
    )
    assert phone.status == 200, found
    return str(found["id"])


async def test_b132_a_public_post_is_embedded(client: App, phone: App, browser: Browser) -> None:
    """B132: GET /api/oembed; the frame is a page of ours without forms and scripts."""
    page = f"https://alpha.test/@alice/{await say(phone)}"
    found = await client.get("/api/oembed", url=page, maxwidth=300)
    assert_valid("GET", "/api/oembed", client.status, found)
    assert (found["width"], found["height"], found["author_name"]) == (300, None, "alice")
    assert f'src="{page}/embed"' in found["html"]
    await browser.get(page.removeprefix("https://alpha.test") + "/embed")
    assert browser.status == 200
    assert "Good &lt;b&gt;morning" in browser.text
    assert "<form" not in browser.text
    assert "<script" not in browser.text
    policy = browser.answer.headers["content-security-policy"]
    assert "frame-ancestors *" in policy
    assert "script-src 'none'" in policy
    assert "form-action 'none'" in policy
    await browser.get(page.removeprefix("https://alpha.test"))
    assert "frame-ancestors 'none'" in browser.answer.headers["content-security-policy"]


@pytest.mark.parametrize("visibility", ["private", "direct"])
async def test_pv5_what_is_not_public_is_embedded_nowhere(
    client: App, phone: App, alice: Browser, visibility: str
) -> None:
    """PV-5: not even for its author, for a frame may stand anywhere."""
    post_id = await say(phone, visibility)
    for app in (client, phone):
        await app.get("/api/oembed", url=f"https://alpha.test/@alice/{post_id}")
        assert app.status == 404
    await alice.get(f"/@alice/{post_id}/embed")
    assert alice.status == 404


async def test_b132_other_addresses_are_not_embedded(client: App, phone: App) -> None:
    post_id = await say(phone)
    for url in (
        "",
        "nonsense",
        f"https://beta.test/@alice/{post_id}",
        f"https://alpha.test.evil.example/@alice/{post_id}",
        "https://alpha.test/@alice",
        "https://alpha.test/@alice/1",
    ):
        await client.get("/api/oembed", url=url)
        assert client.status == 404, url


async def test_the_frame_is_nobodys(phone: App, alice: Browser) -> None:
    """PV-5: what a frame shows does not depend on who is logged in."""
    await alice.get(f"/@alice/{await say(phone)}/embed")
    assert alice.status == 200
    assert "Log out" not in alice.text
    assert "<form" not in alice.text


async def test_pages_about_this_server(browser: Browser) -> None:
    for path, words in (
        ("/about", "Rules"),
        ("/privacy-policy", "<strong>What this server keeps</strong>"),
    ):
        await browser.get(path)
        assert browser.status == 200
        assert words in browser.text
    await browser.get("/terms-of-service")
    assert browser.status == 404
