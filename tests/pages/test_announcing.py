"""Announcements in the browser: above the home feed until they are read; written and scheduled."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from feeds import announcements
from instance.resources import Instance
from tests.instances import FakeClock, drain
from tests.pages.browser import Browser
from tests.pages.test_admin import instance as instance
from tests.pages.test_admin import logged_in
from tests.pages.test_admin import owner as owner
from tests.usecases.queries import counted

PARTY = "%F0%9F%8E%89"


@pytest.fixture(autouse=True)
def _active(instance: Instance) -> Iterator[None]:
    with instance.store.active():
        yield


async def test_b106_an_announcement_stands_above_home_until_it_is_read(
    instance: Instance, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B106: with its emoji, and gone for who has read it; on a page of its own it stays."""
    alice, bob = await logged_in(instance, "ordinary"), owner
    await alice.get("/home")
    with counted(instance, monkeypatch) as before:
        await alice.get("/home")
    made = await announcements.announce(instance, "We move <b>tonight</b> #move")
    path = f"/announcements/{made.id}"
    await alice.get("/home")
    assert "We move &lt;b&gt;tonight&lt;/b&gt;" in alice.text
    assert f'formaction="{path}/dismiss"' in alice.text
    csrf = {"csrf": alice.form("/compose").fields["csrf"], "back": "/home"}
    await alice.post(f"{path}/react?emoji={PARTY}", {**csrf, "do": "do"})
    assert alice.path == "/home"
    assert 'aria-pressed="true" title="🎉">🎉 1<' in alice.text
    await bob.get("/home")
    assert 'aria-pressed="false" title="🎉">🎉 1<' in bob.text
    await alice.post(f"{path}/react?emoji={PARTY}", {**csrf, "do": "undo"})
    assert "🎉 1" not in alice.text
    await alice.post(f"{path}/dismiss", csrf)
    assert alice.path == "/home"
    assert "We move" not in alice.text
    with counted(instance, monkeypatch) as after:
        await alice.get("/home")
    assert len(after) == len(before), "nothing more is asked for who has read all"
    await alice.get("/announcements")
    assert "We move" in alice.text
    assert "I have read it" not in alice.text
    await alice.submit(f"{path}/react", emoji="🌊")
    assert "🌊 1" in alice.text
    for act in ("dismiss", f"react?emoji={PARTY}"):
        await alice.post(f"/announcements/1/{act}", csrf)
        assert alice.status == 404


async def test_b106_c30_the_owner_writes_schedules_and_ends(
    instance: Instance, owner: Browser, clock: FakeClock
) -> None:
    """B106, C30: nobody reads one before its time, or after its end; the log has it (MO-10)."""
    alice = await logged_in(instance, "ordinary")
    assert (await alice.get("/admin/announcements")).status == 404
    at = f"{clock() + timedelta(hours=5):%Y-%m-%dT%H:%M}"
    await owner.get("/admin/announcements")
    await owner.submit("/admin/announcements", text="Cake", at=at, until="2020-01-01T00:00")
    assert owner.status == 422
    assert "It would end before it begins." in owner.text
    assert f'value="{at}"' in owner.text, "what was typed stays"
    await owner.submit("/admin/announcements", text="Cake for everybody", at=at, until="")
    assert "is told from" in owner.text
    [made] = await announcements.everything()
    for path in ("/home", "/announcements"):
        await alice.get(path)
        assert "Cake" not in alice.text
    csrf = {"csrf": owner.form("/admin/announcements").fields["csrf"]}
    await owner.post(f"/announcements/{made.id}/dismiss", csrf)
    assert owner.status == 404
    clock.advance(hours=6)
    await drain(instance)
    await alice.get("/home")
    assert "Cake for everybody" in alice.text
    await owner.get("/admin/announcements")
    await owner.submit("/admin/announcements/change", do="end")
    assert "over since" in owner.text
    await alice.get("/announcements")
    assert "Nothing is announced" in alice.text
    await owner.submit("/admin/announcements/change", do="remove")
    assert "Nothing was announced yet." in owner.text
    await owner.get("/admin/log")
    for words in ("announced: Cake for everybody", "ended an announcement", "took an"):
        assert words in owner.text
