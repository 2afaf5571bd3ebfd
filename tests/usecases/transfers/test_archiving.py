"""The archive of everything (B126): what is in it, how it is made, and who gets it."""

import io
import json
from dataclasses import replace
from zipfile import ZipFile

import pytest

from instance.errors import Conflict, NotFound
from instance.resources import Instance
from outbox import interacting
from storage import actors, transfers
from storage.records import Archive, User, Visibility
from tests.instances import FakeClock, drain
from tests.usecases.social import say
from tests.usecases.users.people import add
from transfers import archiving
from users import removal


async def made_for(instance: Instance, user: User) -> Archive:
    asked = await archiving.ask(instance, user)
    await drain(instance)
    return await archiving.find(instance, user, asked.id)


async def opened(instance: Instance, archive: Archive) -> ZipFile:
    data = b"".join([part async for part in archiving.content(instance, archive)])
    assert len(data) == archive.size_bytes
    found = ZipFile(io.BytesIO(data))
    assert found.testzip() is None
    return found


async def test_b126_everything_is_in_the_archive(instance: Instance) -> None:
    user, alice = await add(instance, "alice")
    _, bob = await add(instance, "bob")
    await say(instance, alice, "For everybody")
    await say(instance, alice, "For few", visibility=Visibility.FOLLOWERS)
    his = await say(instance, bob, "By bob")
    await interacting.like(instance, alice, his.id)
    await interacting.bookmark(instance, alice, his.id)
    await interacting.boost(instance, alice, his.id)
    name = "0123456789abcdef0123456789abcdef.webp"
    await instance.blobs.put(name, b"a picture", "image/webp")
    await actors.save(replace(alice, avatar_url=f"{instance.settings.base_url}/media/{name}"))
    archive = await made_for(instance, user)
    found = await opened(instance, archive)
    assert json.loads(found.read("actor.json"))["preferredUsername"] == "alice"
    outbox = json.loads(found.read("outbox.json"))
    assert outbox["type"] == "OrderedCollection"
    assert outbox["totalItems"] == len(outbox["orderedItems"]) == 3
    kinds = [item["type"] for item in outbox["orderedItems"]]
    assert kinds == ["Create", "Create", "Announce"]
    assert "For few" in outbox["orderedItems"][1]["object"]["content"]
    assert json.loads(found.read("likes.json"))["orderedItems"] == [his.uri]
    assert json.loads(found.read("bookmarks.json"))["orderedItems"] == [his.uri]
    assert found.read(f"media/{name}") == b"a picture"
    assert "following_accounts.csv" in found.namelist()


async def test_b126_an_archive_is_kept_in_parts(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B126: never more than a part of it is in memory."""
    user, alice = await add(instance, "alice")
    for n in range(30):
        await say(
            instance, alice, f"Post {n} " + "".join(chr(97 + (n * i) % 26) for i in range(300))
        )
    monkeypatch.setattr(archiving, "PART_BYTES", 500)
    monkeypatch.setattr(archiving, "ROWS_PER_QUERY", 5)
    archive = await made_for(instance, user)
    assert archive.blobs == -(-archive.size_bytes // 500)
    assert archive.blobs > 3
    parts = [len(part) async for part in archiving.content(instance, archive)]
    assert max(parts) == 500
    outbox = json.loads((await opened(instance, archive)).read("outbox.json"))
    assert outbox["totalItems"] == 30


async def test_b126_a_job_that_was_killed_leaves_nothing_behind(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, alice = await add(instance, "alice")
    await say(instance, alice)
    monkeypatch.setattr(archiving, "PART_BYTES", 200)
    asked = await archiving.ask(instance, user)
    half = replace(asked, blobs=2, size_bytes=400)
    await transfers.save_archive(half)
    for number in range(2):
        await instance.blobs.put(f"{half.name}-{number}.part", b"old", "application/zip")
    await drain(instance)
    found = await archiving.find(instance, user, asked.id)
    assert found.name != half.name
    assert await instance.blobs.read(f"{half.name}-0.part") is None
    await opened(instance, found)


async def test_pv23_au29_an_archive_is_for_its_owner_and_for_a_week(
    instance: Instance, clock: FakeClock
) -> None:
    user, _ = await add(instance, "alice")
    other, _ = await add(instance, "bob")
    archive = await made_for(instance, user)
    with pytest.raises(NotFound):
        await archiving.find(instance, other, archive.id)
    with pytest.raises(NotFound):
        await archiving.find(instance, user, archive.id + 1)
    with pytest.raises(Conflict):
        await archiving.ask(instance, user)
    clock.advance(days=8)
    with pytest.raises(NotFound):
        await archiving.find(instance, user, archive.id)
    await archiving.tidy(instance, {})
    assert await instance.blobs.read(f"{archive.name}-0.part") is None
    assert await archiving.list_of(user) == []
    await archiving.ask(instance, user)  # a week has passed


async def test_b126_who_leaves_takes_the_archive_along(instance: Instance) -> None:
    user, _ = await add(instance, "alice")
    archive = await made_for(instance, user)
    await removal.forget(instance, user)
    await drain(instance)
    assert await instance.blobs.read(f"{archive.name}-0.part") is None


async def test_b126_an_archive_that_nobody_finished_may_be_asked_for_again(
    instance: Instance, clock: FakeClock
) -> None:
    user, _ = await add(instance, "alice")
    await archiving.ask(instance, user)
    with pytest.raises(Conflict):
        await archiving.ask(instance, user)
    clock.advance(days=2)
    await archiving.ask(instance, user)
