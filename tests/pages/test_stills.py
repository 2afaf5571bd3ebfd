"""What moves stands still on pages, with the file that moves beside it (B66)."""

import asyncio
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from federation.addresses import still_address
from instance.errors import Unavailable
from instance.resources import Instance
from media import remote
from storage import posts, remote_files
from storage.records import Attachment, Emoji
from tests.clients.apps import App
from tests.pages.browser import Browser
from tests.pages.test_remote_files import HOST, Files, SlowBlobs, with_budget
from tests.pictures import animation, picture
from tests.usecases.social import hear, make_remote

MOVING = animation()


@pytest.fixture
def files(internet: Any) -> Files:
    return Files(internet)


def frames(data: bytes) -> int:
    with Image.open(io.BytesIO(data)) as opened:
        return int(getattr(opened, "n_frames", 1))


def kept(instance: Instance) -> list[Path]:
    folder = instance.settings.data_dir / "media"
    return sorted(folder.glob("*")) if folder.exists() else []


async def shown(reader: Browser, page: str) -> dict[str, str]:
    """Return the paths of files in a page, by the class of their picture."""
    await reader.get(page)
    found = re.findall(
        r'<img class="(\w+)[^"]*" src="https://alpha.test(/media/[^"]+)"', reader.text
    )
    return dict(found)


async def test_b66_pictures_of_others_stand_still(
    instance: Instance, alice: Browser, browser: Browser, files: Files
) -> None:
    """B66, P1: made once, counted in the budget; the file itself is a press away."""
    for name in ("face.gif", "bird.gif", "party.gif"):
        files.add(f"/{name}", MOVING)
    base = f"https://{HOST}"
    with instance.store.active():
        bird = (Emoji("bird", f"{base}/bird.gif"),)
        ann = await make_remote(instance, "ann", HOST, avatar_url=f"{base}/face.gif", emojis=bird)
        post = await hear(instance, ann, "Look :bird:")
        party = Attachment(f"{base}/party.gif", "image/gif", "image", "A party")
        await posts.save(replace(post, attachments=(party,), emojis=bird))
    page = f"/@ann@{HOST}/{post.id}"
    found = await shown(alice, page)
    assert set(found) == {"av", "emoji", "fx1"}
    assert f'href="https://alpha.test{found["fx1"].replace("/still/", "/remote/")}"' in alice.text
    for path in found.values():
        for asking in (alice, browser):
            await asking.get(path)
            assert (asking.status, asking.answer.headers["content-type"]) == (200, "image/webp")
            assert frames(asking.answer.body) == 1
        await alice.get(path.replace("/media/still/", "/media/remote/"))
        assert alice.answer.body == MOVING
    assert len(files.asked) == 3
    with instance.store.active():
        usage = await remote_files.usage(instance.now())
        assert usage.size_bytes == sum(path.stat().st_size for path in kept(instance))
        assert len(kept(instance)) == 6


async def test_b66_a_still_goes_with_its_copy(
    instance: Instance, alice: Browser, browser: Browser, files: Files
) -> None:
    """B66, MD-13; and what does not move stands for itself."""
    urls = [files.add("/face.gif", MOVING), files.add("/plain.png", picture((60, 40)))]
    paths = [still_address(instance.addresses.shown_file(each)) for each in urls]
    for path in paths:
        await alice.get(path.removeprefix("https://alpha.test"))
        assert alice.status == 200
    assert alice.answer.body == files.content["/plain.png"]
    assert len(kept(instance)) == 3
    with instance.store.active():
        assert await remote_files.mark_keys_going([remote.key_of(each) for each in urls])
        await remote.forget_remote_files(instance, {})
        assert (await remote_files.usage(instance.now())).size_bytes == 0
    assert kept(instance) == []
    await browser.get(paths[0].removeprefix("https://alpha.test"))
    assert browser.status == 404


async def test_b66_a_still_that_is_being_written_keeps_its_copy(
    instance: Instance, files: Files
) -> None:
    """P1, MD-13: nobody counts it out meanwhile; what must go does so as soon as it is there."""
    url, other = files.add("/face.gif", MOVING), files.add("/other.png", picture((60, 40)))
    instance = with_budget(instance, len(MOVING) * 2)
    slow = SlowBlobs(instance.settings.data_dir / "media")
    with instance.store.active():
        copy = await remote.fetch(instance, url)
        coming = asyncio.create_task(remote.find_still(replace(instance, blobs=slow), copy))
        await slow.writing.wait()
        crowded = with_budget(instance, (await remote_files.usage(instance.now())).size_bytes)
        with pytest.raises(Unavailable):
            await remote.fetch(crowded, other)
        await remote_files.mark_keys_going([remote.key_of(url)])
        await remote.forget_remote_files(instance, {})
        assert len(kept(instance)) == 1
        slow.go.set()
        await coming
        assert (await remote_files.usage(instance.now())).size_bytes == 0
    assert kept(instance) == []


async def test_b66_an_animated_avatar_of_ours_has_a_still(
    instance: Instance, alice: Browser, app: Any
) -> None:
    """B66, B19: GET /api/v1/accounts/lookup says both; both go when it is taken away."""
    await alice.get("/settings/profile")
    await alice.send_files("/settings/profile", {"avatar": MOVING})
    path = (await shown(alice, "/@alice"))["av"]
    account = await App(app).get("/api/v1/accounts/lookup", acct="alice")
    assert account["avatar_static"] == f"https://alpha.test{path}"
    assert account["avatar"] == account["avatar_static"].replace("/still-", "/moving-")
    counts = []
    for each in (account["avatar_static"], account["avatar"]):
        await alice.get(each.removeprefix("https://alpha.test"))
        counts.append(frames(alice.answer.body))
    assert counts == [1, 5]
    await alice.get("/settings/profile")
    await alice.submit("/settings/profile", avatar_remove="1")
    assert kept(instance) == []
