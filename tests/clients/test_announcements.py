"""Announcements: made by who runs the server, read, put away and reacted to by apps."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

import commands.announcements
import main
import serving
from commands.results import Result
from feeds import announcements
from instance.errors import Invalid, NotFound
from instance.resources import Instance
from instance.settings import Settings
from storage import emojis
from storage.records import CustomEmoji
from tests.clients.apps import App
from tests.clients.schema import assert_valid
from tests.instances import FakeClock
from tests.pages.browser import Browser

PATH = "/api/v1/announcements"


@pytest.fixture(autouse=True)
def _active(instance: Instance) -> Iterator[None]:
    with instance.store.active():
        yield


@pytest.fixture
async def tern(instance: Instance) -> CustomEmoji:
    """A custom emoji of this server."""
    made = CustomEmoji("tern", "https://alpha.test/media/tern.webp", "image/webp", instance.now())
    await emojis.insert(made)
    return made


async def test_b106_what_is_announced_is_read_and_put_away(
    phone: App, client: App, app: Any, instance: Instance, tern: CustomEmoji, clock: FakeClock
) -> None:
    """B106: `GET /api/v1/announcements`, `POST /api/v1/announcements/{id}/dismiss`."""
    assert await phone.get(PATH) == []
    text = f"We *move* at night :{tern.shortcode}: #move https://alpha.test/about <b>"
    starts_at = clock()
    await announcements.announce(instance, text, starts_at=starts_at, is_all_day=True)
    found = await phone.get(PATH)
    assert_valid("GET", PATH, 200, found)
    [shown] = found
    assert shown["content"].startswith("<p>We *move* at night :tern: <a ")
    assert "&lt;b&gt;" in shown["content"]
    assert shown["all_day"] is True
    assert shown["starts_at"].endswith("Z")
    assert shown["ends_at"] is None
    assert shown["read"] is False
    assert shown["tags"] == [{"name": "move", "url": "https://alpha.test/tags/move"}]
    assert [each["shortcode"] for each in shown["emojis"]] == ["tern"]
    assert await phone.post(f"{PATH}/{shown['id']}/dismiss") == {}
    assert_valid("POST", "/api/v1/announcements/{id}/dismiss", 200, {})
    assert (await phone.get(PATH))[0]["read"] is True
    other = await client.let_in_by(await Browser(app).sign_up("carol"))
    assert (await other.get(PATH))[0]["read"] is False
    await phone.post(f"{PATH}/12345/dismiss")
    assert phone.status == 404


async def test_b106_emoji_are_counted_and_taken_back(
    phone: App, client: App, app: Any, instance: Instance, tern: CustomEmoji
) -> None:
    """B106: `PUT /api/v1/announcements/{id}/reactions/{name}`,
    `DELETE /api/v1/announcements/{id}/reactions/{name}`."""
    made = await announcements.announce(instance, "Cake for everybody")
    other = await client.let_in_by(await Browser(app).sign_up("carol"))
    path = f"{PATH}/{made.id}/reactions"
    heart = "%E2%9D%A4%EF%B8%8F"
    for each, name in ((phone, heart), (phone, heart), (other, heart), (other, tern.shortcode)):
        assert await each.send("PUT", f"{path}/{name}") == {}
    assert_valid("PUT", "/api/v1/announcements/{id}/reactions/{name}", 200, {})
    [shown] = await phone.get(PATH)
    assert_valid("GET", PATH, 200, [shown])
    url = "https://alpha.test/media/tern.webp"
    assert shown["reactions"] == [
        {"name": "❤️", "count": 2, "me": True, "url": None, "static_url": None},
        {"name": "tern", "count": 1, "me": False, "url": url, "static_url": url},
    ]
    assert await phone.send("DELETE", f"{path}/{heart}") == {}
    assert_valid("DELETE", "/api/v1/announcements/{id}/reactions/{name}", 200, {})
    [shown] = await phone.get(PATH)
    assert [(each["count"], each["me"]) for each in shown["reactions"]] == [(1, False), (1, False)]
    for nonsense in ("word", "unknown_emoji"):
        await phone.send("PUT", f"{path}/{nonsense}")
        assert phone.status == 422


async def test_b106_so_many_different_emoji(
    phone: App, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcements, "EMOJI_KINDS_MAX", 1)
    made = await announcements.announce(instance, "Cake")
    path = f"{PATH}/{made.id}/reactions"
    await phone.send("PUT", f"{path}/%F0%9F%8D%B0")
    assert phone.status == 200
    await phone.send("PUT", f"{path}/%F0%9F%98%80")
    assert phone.status == 422


async def test_b106_what_is_over_is_gone(phone: App, instance: Instance, clock: FakeClock) -> None:
    """B106: and what is withdrawn, with all under it."""
    at = clock()
    made = await announcements.announce(instance, "Soon", starts_at=at, ends_at=at)
    assert await phone.get(PATH) == []
    await phone.post(f"{PATH}/{made.id}/dismiss")
    assert phone.status == 404
    lasting = await announcements.announce(instance, "For ever")
    await phone.send("PUT", f"{PATH}/{lasting.id}/reactions/%F0%9F%8D%B0")
    await announcements.withdraw(instance, lasting.id)
    assert await phone.get(PATH) == []
    with pytest.raises(NotFound):
        await announcements.withdraw(instance, lasting.id)
    clock.advance(days=1)
    for text in ("", "x" * 5001):
        with pytest.raises(Invalid):
            await announcements.announce(instance, text)
    with pytest.raises(Invalid):
        await announcements.announce(instance, "?", starts_at=clock(), ends_at=at)


async def test_au2_announcements_are_for_people_who_live_here(client: App) -> None:
    await client.get(PATH)
    assert client.status == 401


async def test_b106_the_command_makes_lists_and_removes(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def opened(_: Settings) -> AsyncIterator[Instance]:
        yield instance

    monkeypatch.setattr(serving, "opened", opened)

    async def run(*words: str) -> Result:
        given = main.parser().parse_args(["announcement", *words])
        return await commands.announcements.run(given, Settings())

    assert "none" in (await run("list")).text
    made = await run("add", "Down  tonight", "--starts", "2026-12-24T18:00", "--ends=2099-01-01")
    its_id = str(made.data["id"])
    [kept] = await announcements.everything()
    assert str(kept.id) == its_id
    assert kept.starts_at is not None
    assert kept.starts_at.isoformat() == "2026-12-24T18:00:00+00:00"
    assert "until 2099-01-01 00:00 UTC  Down tonight" in (await run("list")).text
    assert (await run("remove", its_id)).text == "Removed."
    with pytest.raises(Invalid, match="no time"):
        await run("add", "x", "--ends", "soon")
