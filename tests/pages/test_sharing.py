"""The page that passes a post on: its link, its original, and the code to embed it (B87)."""

import html

from instance.resources import Instance
from storage import posts
from tests.clients.apps import App
from tests.pages.browser import Browser
from tests.usecases.social import hear, make_remote


async def test_b87_a_public_post_is_shared_by_link_and_by_code(
    alice: Browser, browser: Browser
) -> None:
    """B87, B132: GET /api/oembed gives the same code; all of it stands there without scripts."""
    path = await alice.write("Pass it on")
    number = path.rpartition("/")[2]
    await alice.get("/home")
    assert f'href="/posts/{number}/share"' in alice.text
    await browser.get(path)
    assert f'href="/posts/{number}/share"' in browser.text
    await browser.get(f"/posts/{number}/share")
    link = f"https://alpha.test{path}"
    assert f'value="{link}" readonly' in browser.text
    embedded = await App(browser.app).get("/api/oembed", url=link)
    assert str(html.escape(embedded["html"])).replace("&quot;", "&#34;") in browser.text
    assert "Open on" not in browser.text
    assert f"mailto:?body=https%3A%2F%2Falpha.test%2F%40alice%2F{number}" in browser.text


async def test_b87_a_post_of_elsewhere_leads_to_its_original(
    instance: Instance, alice: Browser
) -> None:
    """B87: what is passed on is the address that everybody can open."""
    with instance.store.active():
        ann = await make_remote(instance, "ann", "beta.test")
        post = await hear(instance, ann, "From afar")
        assert (await posts.get(post.id)).uri == post.uri
    await alice.get(f"/posts/{post.id}/share")
    original = post.url or post.uri
    assert f'value="{original}" readonly' in alice.text
    assert f'href="{original}" rel="nofollow noopener noreferrer"' in alice.text
    assert "Open on beta.test" in alice.text
    assert "&lt;iframe" not in alice.text


async def test_b87_pv3_a_private_post_says_who_can_open_it(
    alice: Browser, browser: Browser
) -> None:
    """B87, PV-3: no code, and for strangers no page."""
    path = await alice.write("Among us", audience="followers")
    shared = f"/posts/{path.rpartition('/')[2]}/share"
    await alice.get(shared)
    assert "Only followers of its author can open this link." in alice.text
    assert "&lt;iframe" not in alice.text
    await browser.get(shared)
    assert browser.status == 404
