"""Custom feeds in the browser: every form works without JavaScript."""

import re

from tests.pages.browser import Browser


async def test_b83_a_search_is_kept_read_changed_and_deleted(alice: Browser) -> None:
    """B83: from the search page to a feed, page by page, and away again."""
    for number in range(25):
        await alice.write(f"Low water at the harbour {number:02}")
    await alice.write("A gull at the quay")
    await alice.get("/lists")
    assert 'href="/feeds"' in alice.text
    await alice.get("/search?q=harbour")
    assert 'href="/feeds/new?search=harbour"' in alice.text
    await alice.get("/feeds/new?search=harbour")
    await alice.submit("/feeds$", title="The harbour")
    found = re.fullmatch(r"/feeds/(\d+)", alice.path)
    assert found, (alice.path, alice.text)
    first = re.findall(r"harbour (\d\d)", alice.text)
    older = re.search(r'href="([^"]+max_id=\d+)"', alice.text)
    assert older
    assert "gull" not in alice.text
    await alice.get(older[1].replace("&amp;", "&"))
    shown = [*first, *re.findall(r"harbour (\d\d)", alice.text)]
    assert list(dict.fromkeys(shown)) == [f"{number:02}" for number in reversed(range(25))]
    await alice.get(f"/feeds/{found[1]}/edit")
    await alice.submit("/edit$", title="The quay", searches="harbour 07\r\ngull -harbour")
    assert "Saved." in alice.text
    assert "A gull" in alice.text
    assert set(re.findall(r"harbour (\d\d)", alice.text)) == {"07"}
    await alice.get("/feeds")
    assert "harbour 07; gull -harbour" in alice.text
    await alice.get(f"/feeds/{found[1]}/edit")
    await alice.submit("/delete$")
    assert "No feed yet" in alice.text
    assert "The feed is deleted." in alice.text


async def test_b83_what_is_wrong_is_said_where_it_is_mended_and_to_its_owner_alone(
    alice: Browser, bob: Browser
) -> None:
    """B83, PV-3: a wrong line is named and nothing typed is lost; feeds of others are not there."""
    await alice.get("/feeds/new")
    await alice.submit("/feeds$", title="Tides", searches="#tides\r\n-dog")
    assert alice.status == 422
    assert "Line 2: Say what to look for" in alice.text
    assert 'aria-describedby="searches-err searches-h"' in alice.text
    assert "#tides\n-dog</textarea>" in alice.text
    await alice.submit("/feeds$", searches="#tides")
    feed_id = alice.path.removeprefix("/feeds/")
    await bob.get("/feeds/new")
    csrf = bob.form("/feeds").fields["csrf"]
    for path in (feed_id, f"{feed_id}/edit", "nonsense"):
        assert (await bob.get(f"/feeds/{path}")).status == 404
    for path in ("edit", "delete"):
        sent = {"csrf": csrf, "title": "His", "searches": "fish"}
        assert (await bob.post(f"/feeds/{feed_id}/{path}", sent)).status == 404
    await alice.get("/feeds")
    assert "Tides" in alice.text
