"""Explore: what trends, and people one does not know yet."""

import pytest

from feeds import trends
from feeds.suggestions import Reason
from instance.resources import Instance
from posts import indexing
from tests.pages.browser import Browser
from webapp.pages import discovering


async def tell(browser: Browser, about: str) -> None:
    await browser.get("/settings/profile")
    await browser.submit("/settings/profile", bio=about)


async def test_b99_what_more_people_speak_of_is_on_a_page(
    instance: Instance, browser: Browser, alice: Browser, bob: Browser, carol: Browser
) -> None:
    """B99, for strangers too: hashtags with how many used them, and posts that people liked."""
    await browser.get("/explore/trending")
    assert "Nothing stands out" in browser.text
    path = await alice.write("The terns are back #terns")
    await bob.write("Seen! #terns")
    for fan in (bob, carol):
        await fan.get(path)
        token = fan.form("").fields["csrf"]
        await fan.post(f"/posts/{path.split('/')[-1]}/favourite", {"csrf": token, "do": "do"})
    with instance.store.active():
        await indexing.index(instance, {})
        await trends.count(instance, {})
    await browser.get("/explore/trending")
    assert "#terns" in browser.text
    assert "2 people in two days" in browser.text
    assert "<polyline" in browser.text
    assert "The terns are back" in browser.text


async def test_b103_who_wants_to_be_found_is_listed(
    browser: Browser, alice: Browser, bob: Browser, carol: Browser
) -> None:
    """B103: nobody who does not want to; who blocks the reader is missing (PV-18)."""
    await tell(alice, "Counts seabirds")
    await tell(bob, "Repairs nets")
    await carol.get("/settings/privacy")
    await carol.submit("/settings/privacy", discoverable="")
    for query in ("", "?where=here&order=new"):
        await browser.get(f"/explore/people{query}")
        assert "/@carol" not in browser.text
    assert "Counts seabirds" in browser.text
    await carol.get("/explore/people?where=here&order=new")
    assert "/@bob/follow" in carol.text
    await bob.get("/@carol")
    token = bob.form("").fields["csrf"]
    await bob.post("/@carol/block", {"csrf": token, "do": "do"})
    await carol.get("/explore/people?where=here&order=new")
    assert "/@bob" not in carol.text
    assert "/@alice" in carol.text


async def test_b104_suggestions_say_why_and_can_be_waved_off(
    alice: Browser, bob: Browser, carol: Browser
) -> None:
    await tell(carol, "Bakes bread")
    await alice.get("/@bob")
    await alice.submit("/@bob/follow")
    await bob.get("/@carol")
    await bob.submit("/@carol/follow")
    for path in ("/welcome", "/explore/people"):  # B108: in the same words
        await alice.get(path)
        assert discovering.WHY[Reason.FRIENDS_OF_FRIENDS] in alice.text
        assert "Bakes bread" in alice.text
    assert "For you" in alice.text
    await alice.submit("/explore/people/dismiss")
    assert "not suggested any more" in alice.text
    assert "For you" not in alice.text


@pytest.mark.parametrize(
    ("days", "points"),
    [((0, 0, 0), "0,19 35,19 70,19"), ((0, 2, 4), "0,19 35,10 70,1"), ((3,), "0,1")],
)
def test_a_line_is_drawn_in_its_box(days: tuple[int, ...], points: str) -> None:
    assert discovering.line(trends.Rising("x", days)).points == points
