"""Keyword filters in the browser: made, changed and deleted by forms; what they do to posts."""

import re

import pytest

from feeds import filter_making
from instance.resources import Instance
from storage import actors
from storage.records import Filter
from tests.pages.browser import Browser
from tests.usecases.queries import counted

WARNED = '<span class="lbl"><bdi>Filtered: The film</bdi></span>'


async def make(browser: Browser, **typed: str) -> None:
    await browser.get("/settings/filters/new")
    form = browser.form("/settings/filters$")
    await browser.post(form.action, {**form.fields, **typed})


async def only_filter_of(instance: Instance, name: str) -> Filter:
    with instance.store.active():
        me = await actors.find_by_handle(name, None)
        assert me is not None
        (found,) = await filter_making.all_of(me)
    return found


async def test_b91_a_filter_folds_posts_for_its_owner_alone(alice: Browser, bob: Browser) -> None:
    """B91: what is kept of a post for all its readers knows nothing of anybody's filters."""
    path = await bob.write("The kittiwake dies at the end, and in the @alice morning")
    await alice.get(path)
    assert "<details" not in _words(alice), "nothing is folded yet"
    await make(alice, title="The film", whole="dies", in_thread="1", in_notifications="1")
    assert alice.path == "/settings/filters?said=saved"
    for place in ("/explore", path, "/@bob"):
        await alice.get(place)
        assert (WARNED in alice.text) is (place != "/@bob"), place
        assert "The kittiwake dies" in alice.text, "it is folded, not gone"
    assert 'data-o="Show anyway"' in (await alice.get(path)).text
    await alice.get("/notifications")
    assert "The kittiwake dies" not in alice.text
    assert "Filtered: The film" in alice.text
    await bob.get(path)
    assert WARNED not in bob.text, "nobody else has this filter"


async def test_b91_a_filter_is_changed_expires_hides_and_is_deleted(
    instance: Instance, alice: Browser, bob: Browser
) -> None:
    """B91: words that stay keep their ids; parts of words match within words."""
    await bob.write("A party on the quay")
    await make(alice, title="Arts", whole="quay\nmole", ends="3600")
    before = await only_filter_of(instance, "alice")
    assert before.expires_at is not None
    await alice.get(f"/settings/filters/{before.id}")
    assert "quay\nmole" in alice.text
    form = alice.form(f"/settings/filters/{before.id}$")
    typed = {"title": "Art", "whole": "quay", "parts": "art", "action": "hide"}
    await alice.post(form.action, {**form.fields, **typed})
    after = await only_filter_of(instance, "alice")
    assert after.keywords[0] == before.keywords[0]
    assert [(each.keyword, each.is_whole_word) for each in after.keywords[1:]] == [("art", False)]
    assert after.expires_at == before.expires_at, "it ends as it did"
    await alice.get("/explore")
    assert "A party on the quay" not in alice.text
    await alice.get(f"/settings/filters/{before.id}")
    await alice.submit(f"/settings/filters/{before.id}/delete")
    assert "The filter is deleted." in alice.text
    await alice.get("/explore")
    assert "A party on the quay" in alice.text


async def test_b91_wrong_forms_say_what_is_wrong_and_filters_of_others_are_not_there(
    alice: Browser, bob: Browser
) -> None:
    await make(alice, title=" ", whole="quay")
    assert alice.status == 422
    assert "can&#39;t be blank" in alice.text
    assert "quay</textarea>" in alice.text, "what was typed is kept"
    await alice.get("/settings/filters/new")
    fields = alice.form("/settings/filters$").fields
    placeless = {name: text for name, text in fields.items() if not name.startswith("in_")}
    await alice.post("/settings/filters", {**placeless, "title": "Nowhere"})
    assert alice.status == 422
    assert "Choose at least one place." in alice.text
    await make(alice, title="Mine")
    found = re.search(r"/settings/filters/(\d+)", alice.text)
    assert found
    await bob.get("/settings/filters/new")
    csrf = bob.form("/settings/filters$").fields["csrf"]
    assert (await bob.get(f"/settings/filters/{found[1]}")).status == 404
    for path in (f"/settings/filters/{found[1]}", f"/settings/filters/{found[1]}/delete"):
        assert (await bob.post(path, {"csrf": csrf, "title": "His"})).status == 404
    await alice.get("/settings/filters")
    assert "Mine" in alice.text


async def test_b91_one_post_goes_into_a_filter_and_out_again(alice: Browser, bob: Browser) -> None:
    path = await bob.write("Only this one, please")
    post_id = path.rpartition("/")[2]
    await alice.get(f"/posts/{post_id}/filter")
    assert "No filter yet" in alice.text
    await make(alice, title="The film")
    await alice.get(f"/posts/{post_id}/filter")
    found = re.search(r'<option value="(\d+)">The film', alice.text)
    assert found
    await alice.submit(f"/posts/{post_id}/filter", filter=found[1])
    await alice.get("/explore")
    assert WARNED in alice.text
    await alice.get(f"/settings/filters/{found[1]}")
    assert "Only this one, please" in alice.text
    await alice.submit(f"/posts/{post_id}/filter")
    await alice.get("/explore")
    assert WARNED not in alice.text


async def test_p10_who_has_no_filters_pays_no_query_for_them(
    instance: Instance, alice: Browser, bob: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B91: filters are kept by the version of their owner; without any, none is asked for."""
    await bob.write("A day at the quay")
    await alice.get("/explore")
    await alice.get("/explore")
    with counted(instance, monkeypatch) as queries:
        await alice.get("/explore")
    plain = len(queries)
    await make(alice, title="Quay", whole="quay")
    await alice.get("/explore")
    with counted(instance, monkeypatch) as queries:
        await alice.get("/explore")
    assert len(queries) <= plain + 2, "the words of the page, once for hiding and once for folding"


def _words(browser: Browser) -> str:
    found = re.search(r'<div class="txt e-content".*?</div>', browser.text, re.DOTALL)
    return found[0] if found else ""
