"""From server to server: following and answering with an account elsewhere, both ways."""

import json
import re
from urllib.parse import quote

import httpx2
import pytest

from tests.instances import Instances
from tests.internet import FakeInternet
from tests.pages.browser import Browser
from tests.pages.test_elsewhere import There
from tests.pages.test_elsewhere import ben as ben

SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe"


async def uri_of(browser: Browser, path: str) -> str:
    await browser.get(path)
    found = re.search(r'type="application/activity\+json" href="([^"]+)"', browser.text)
    assert found is not None
    return found[1]


# ---------------------------------------------------------------- our people, from elsewhere


async def test_a116_authorize_interaction_finds_whom_to_follow(
    alice: Browser, ben: There, instances: Instances
) -> None:
    """A116, A131, B29: of another server, by id, page or handle; nothing without a button."""
    uri = await uri_of(ben, "/@ben")
    for text in (uri, "https://beta.test/@ben", "acct:ben@beta.test", "@ben@beta.test"):
        await alice.get(f"/authorize_interaction?uri={quote(text, safe='')}")
        assert alice.path == "/@ben@beta.test", text
    assert 'action="/@ben@beta.test/follow"' in alice.text
    await instances.settle()
    await ben.get("/@ben/followers")
    assert "alice" not in ben.text


async def test_a116_authorize_interaction_finds_what_to_answer(alice: Browser, ben: There) -> None:
    """A116: a post leads to its conversation, with the box to answer."""
    uri = await uri_of(ben, await ben.write("Anybody there?"))
    await alice.get(f"/authorize_interaction?uri={quote(uri, safe='')}")
    assert re.fullmatch(r"/@ben@beta\.test/\d+", alice.path)
    assert "Anybody there?" in alice.text
    assert 'id="reply"' in alice.text


async def test_a116_who_is_not_logged_in_logs_in_first(alice: Browser) -> None:
    await alice.post("/log-out", {"csrf": alice.form("/log-out").fields["csrf"]})
    await alice.get("/authorize_interaction?uri=https%3A%2F%2Falpha.test%2F%40alice")
    await alice.submit("/log-in", name="alice", password="a fine long password")
    assert alice.path == "/@alice"


@pytest.mark.parametrize(
    "text", ["", "x", "https://nowhere.test/1", "javascript:alert(1)", "@", "%00"]
)
async def test_a116_what_is_nothing_is_said_so(alice: Browser, text: str) -> None:
    """OP-4, SF-1: words, and no way out of this server."""
    await alice.get(f"/authorize_interaction?uri={quote(text, safe='%')}")
    assert alice.status in (200, 400)
    assert alice.path.startswith("/authorize_interaction")


# ---------------------------------------------------------------- people of elsewhere, on our pages


async def test_a116_a_stranger_follows_with_an_account_elsewhere(
    browser: Browser, alice: Browser, ben: There
) -> None:
    """A116, B29: by WebFinger of the handle; the way there is a link whose server one can read."""
    await browser.get("/@alice")
    link = re.search(r'href="(/interact\?uri=[^"]+)"', browser.text)
    assert link is not None
    await browser.get(link[1])
    await browser.submit("/interact", who="@ben@beta.test")
    way = re.search(r'href="(https://beta\.test[^"]+)"', browser.text)
    assert way is not None
    assert "Go on to beta.test" in browser.text
    uri = await uri_of(alice, "/@alice")
    assert way[1] == f"https://beta.test/authorize_interaction?uri={quote(uri, safe='')}"
    await ben.get(way[1].removeprefix("https://beta.test"))
    assert ben.path == "/@alice@alpha.test"


async def test_a116_a_stranger_answers_from_elsewhere(browser: Browser, alice: Browser) -> None:
    path = await alice.write("Ask me")
    await browser.get(path)
    link = re.search(r'href="(/interact\?uri=[^"]+)"', browser.text)
    assert link is not None
    await browser.get(link[1])
    assert "Answer" in browser.text
    assert browser.status == 200


async def test_e139_a_look_asks_nobody(browser: Browser, alice: Browser, ben: There) -> None:
    """E139: only the form that somebody sends asks, ten times an hour at most."""
    uri = await uri_of(alice, "/@alice")
    page = f"/interact?uri={quote(uri, safe='')}"
    for _ in range(11):
        await browser.get(page)
        await browser.submit("/interact", who="@ben@beta.test")
    assert browser.status == 429
    del ben


@pytest.mark.parametrize(
    "template",
    [
        "javascript:alert('{uri}')",
        "http://evil.test/?uri={uri}",
        "https://alpha.test/log-out?uri={uri}",
        "https://user@evil.test/{uri}",
        "/local?uri={uri}",
        "https://evil.test/none",
        7,
        None,
    ],
)
async def test_a116_templates_of_others_are_not_believed(
    browser: Browser, alice: Browser, internet: FakeInternet, template: object
) -> None:
    """AU-27, HX-1: no script, no plain http, no way back to us, no template at all."""
    jrd = {"subject": "acct:eve@evil.test", "links": [{"rel": SUBSCRIBE, "template": template}]}
    headers = {"content-type": "application/jrd+json"}
    internet.add(
        "evil.test", lambda _: httpx2.Response(200, content=json.dumps(jrd), headers=headers)
    )
    uri = await uri_of(alice, "/@alice")
    await browser.get(f"/interact?uri={quote(uri, safe='')}")
    await browser.submit("/interact", who="eve@evil.test")
    assert browser.status == 502
    assert "Go on to" not in browser.text


async def test_pv1_what_is_hidden_has_no_such_page(browser: Browser, alice: Browser) -> None:
    """PV-1: as if it were not there."""
    await alice.write("for the followers", audience="followers")
    uri = await uri_of(alice, "/@alice")
    for thing in ("https://alpha.test/posts/1", f"{uri}/x", "https://beta.test/x", ""):
        await browser.get(f"/interact?uri={quote(thing, safe='')}")
        assert browser.status == 404, thing


async def test_a116_our_own_people_are_sent_to_the_profile(
    browser: Browser, alice: Browser
) -> None:
    uri = await uri_of(alice, "/@alice")
    await browser.get(f"/interact?uri={quote(uri, safe='')}")
    for typed, path in (("alice@alpha.test", "/@alice"),):
        await browser.submit("/interact", who=typed)
        assert browser.path == path
