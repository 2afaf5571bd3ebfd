"""Lists and followed hashtags in the browser: every form works without JavaScript."""

import re

import pytest

from tests.pages.browser import Browser
from tests.processes.people import forms_of


async def make(browser: Browser, title: str) -> str:
    await browser.get("/lists")
    await browser.submit("/lists$", title=title)
    found = re.fullmatch(r"/lists/(\d+)/edit", browser.path)
    assert found, (browser.path, browser.text)
    return found[1]


async def test_b70_a_list_is_made_filled_read_changed_and_deleted(
    alice: Browser, bob: Browser, carol: Browser
) -> None:
    await alice.get("/@bob")
    await alice.submit("/@bob/follow")
    list_id = await make(alice, "Neighbours")
    assert '<option value="bob">' in alice.text
    await alice.submit(f"/lists/{list_id}/people", handle="@bob")
    assert "Take out" in alice.text
    await bob.write("Hello from the list")
    await carol.write("Not in the list")
    await alice.get(f"/lists/{list_id}")
    assert "Hello from the list" in alice.text
    assert "Not in the list" not in alice.text
    await alice.get(f"/lists/{list_id}/edit")
    await alice.submit(f"/lists/{list_id}/edit", title="The quay", exclusive="1", replies="none")
    assert "Saved." in alice.text
    await alice.get("/home")
    assert "Hello from the list" not in alice.text, "it is exclusive"
    await alice.get("/lists")
    assert "The quay" in alice.text
    assert "1 person, not shown at home" in alice.text
    await alice.get(f"/lists/{list_id}/edit")
    taking_out = [each for each in forms_of(alice.text) if "who" in each.fields]
    await alice.post(taking_out[0].action, {**taking_out[0].fields, "do": "undo"})
    assert "Take out" not in alice.text
    await alice.submit(f"/lists/{list_id}/delete")
    assert alice.path.startswith("/lists?said=")
    assert "The quay" not in alice.text


@pytest.mark.usefixtures("bob")
async def test_b70_who_is_in_which_list_is_chosen_on_their_page(alice: Browser) -> None:
    first, second = await make(alice, "One"), await make(alice, "Two")
    await alice.get("/@bob/lists")
    assert "If you do not follow them" in alice.text
    await alice.get("/@bob")
    await alice.submit("/@bob/follow")
    await alice.get("/@bob")
    assert "/@bob/lists" in alice.text
    await alice.get("/@bob/lists")
    await alice.submit("/@bob/lists", **{f"in_{second}": "1"})
    assert "Saved." in alice.text
    await alice.get("/lists")
    assert re.findall(r"(\d) (?:person|people)", alice.text) == ["0", "1"]
    await alice.get("/@bob/lists")
    assert f'name="in_{second}" value="1" checked' in alice.text
    assert f'name="in_{first}" value="1" checked' not in alice.text


async def test_b70_lists_are_their_owners_alone(alice: Browser, bob: Browser) -> None:
    """PV-3: a list of somebody else is not there, for any of its forms."""
    list_id = await make(alice, "Mine")
    await bob.get("/lists")
    csrf = bob.form("/lists").fields["csrf"]
    for path in (f"/lists/{list_id}", f"/lists/{list_id}/edit"):
        assert (await bob.get(path)).status == 404
    for path in ("edit", "people", "delete"):
        answer = await bob.post(f"/lists/{list_id}/{path}", {"csrf": csrf, "title": "His"})
        assert answer.status == 404
    await alice.get("/lists")
    assert "Mine" in alice.text


async def test_b70_b71_what_is_wrong_is_said_where_it_is_mended(
    alice: Browser, bob: Browser
) -> None:
    """B71: one need not follow who is in a list, and is told so; blocks keep people out."""
    list_id = await make(alice, "People")
    assert "you need not follow them" in alice.text
    await bob.write("Low water")
    await alice.submit(f"/lists/{list_id}/people", handle="bob")
    await alice.get(f"/lists/{list_id}")
    assert "Low water" in alice.text
    await alice.get("/@bob")
    await alice.post("/@bob/block", {"csrf": alice.form("").fields["csrf"], "do": "do"})
    await alice.get(f"/lists/{list_id}/edit")
    assert "Nobody yet" in alice.text
    await alice.submit(f"/lists/{list_id}/people", handle="bob")
    assert alice.status == 404
    assert "nobody like that" in alice.text
    await alice.submit(f"/lists/{list_id}/edit", title="   ")
    assert alice.status == 422
    assert "A list needs a title." in alice.text


async def test_b97_a_hashtag_is_followed_on_its_page_and_listed(
    alice: Browser, bob: Browser
) -> None:
    await bob.write("High water #Tides")
    await alice.get("/tags/tides")
    assert "/tags/tides/follow" in alice.text
    token = alice.form("").fields["csrf"]
    await alice.post("/tags/tides/follow", {"csrf": token, "do": "do", "back": "/tags/tides"})
    assert "You follow this hashtag" in alice.text
    assert "Unfollow" in alice.text
    await alice.get("/home")
    assert "High water" in alice.text
    await alice.get("/lists")
    assert "#tides" in alice.text
    await alice.post("/tags/tides/follow", {"csrf": token, "do": "undo", "back": "/lists"})
    assert "#tides" not in alice.text
    await alice.get("/home")
    assert "High water" not in alice.text
