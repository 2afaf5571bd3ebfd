"""MD-12, strict mode: files of posts that are not for everybody, at addresses that end."""

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from instance.errors import Misconfigured
from instance.resources import Instance
from instance.settings import PrivacySettings, RegistrationSettings, Settings, load
from media import remote
from posts import files
from storage.blobs import FolderBlobs
from storage.records import Visibility
from tests.clients.apps import App
from tests.clients.test_media import upload
from tests.federation.test_two_instances import Side, follow
from tests.instances import FakeClock, Instances
from tests.pages.browser import Browser
from tests.pages.conftest import LIMITS
from tests.pictures import picture
from tests.usecases.social import make_person
from webapp.app import create_asgi

HOME = "https://alpha.test"
SEALED = PrivacySettings(files_key="k" * 32)
_MEDIA = re.compile(r'"(?:https://alpha\.test)?(/media/[0-9a-f]{32}\.webp[^" ]*)"')


@pytest.fixture
async def instance(instances: Instances) -> Instance:
    """An instance that seals files."""
    doors = RegistrationSettings("open")
    return await instances.make(
        "alpha", Settings(registration=doors, limits=LIMITS, privacy=SEALED)
    )


def path_of(url: str) -> str:
    return url.removeprefix(HOME)


async def status_of(app: Any, path: str, wanted: str = "") -> int:
    """What somebody gets who shows nothing but the address."""
    stranger = App(app)
    await stranger.call("GET", path, Range=wanted)
    return stranger.status


async def said(phone: App, visibility: str, **more: str) -> Any:
    """A post with a picture, as its author's app is told of it."""
    file = await upload(phone, picture())
    form = {"status": "Look", "visibility": visibility, "media_ids[]": file["id"], **more}
    return await phone.post("/api/v1/statuses", form)


def shown(browser: Browser) -> set[str]:
    """The files of posts on a page."""
    assert browser.status == 200
    return {unescape(path) for path in _MEDIA.findall(browser.text)}


async def test_md12_nobody_without_it_gets_a_file_and_it_ends(
    app: Any, phone: App, second: App, bob: Browser, clock: FakeClock
) -> None:
    """POST /api/v1/statuses, GET /api/v1/statuses/:id: what is kept of posts is made anew."""
    await bob.get("/@alice")
    await bob.submit("follow")
    post = await said(phone, "private")
    (file,) = post["media_attachments"]
    plain = path_of(file["url"]).partition("?")[0]
    assert await status_of(app, plain) == 404
    await bob.get(plain)
    assert bob.status == 404  # being somebody is not being told
    seen = await second.get(f"/api/v1/statuses/{post['id']}")
    assert seen["media_attachments"] == [file]
    await bob.get("/home")
    (on_page,) = shown(bob)
    for path in (path_of(file["url"]), path_of(file["preview_url"]), on_page):
        stranger = App(app)
        await stranger.call("GET", path)
        assert stranger.status == 200, path
        assert re.fullmatch(r"private, max-age=\d+", stranger.answer.headers["cache-control"])
        assert await status_of(app, path, "bytes=0-9") == 206
        until = re.search(r"until=(\d+)", path)
        assert until is not None
        later = path.replace(until[0], f"until={int(until[1]) + 1}")
        assert await status_of(app, later) == 404
        assert await status_of(app, path.replace(until[0] + "&", "")) == 404
        assert await status_of(app, path[:-1] + ("0" if path[-1] != "0" else "1")) == 404
    clock.advance(days=4)
    await bob.get("/home")
    assert on_page not in shown(bob)  # as long as half of the time has gone, it is another
    assert await status_of(app, on_page) == 200
    clock.advance(days=4)
    assert await status_of(app, on_page) == 404
    await bob.get("/home")
    for path in shown(bob):
        assert await status_of(app, path) == 200
    again = await second.get(f"/api/v1/statuses/{post['id']}")
    assert again["media_attachments"][0]["url"] != file["url"]
    assert await status_of(app, path_of(again["media_attachments"][0]["url"])) == 200
    await phone.call("DELETE", f"/api/v1/statuses/{post['id']}?delete_media=true")
    for name in ("url", "preview_url"):  # MD-13
        assert await status_of(app, path_of(again["media_attachments"][0][name])) == 404


async def test_md12_files_for_everybody_stay_at_their_plain_addresses(
    app: Any, phone: App, alice: Browser
) -> None:
    """A picture of a profile, too; and what is written still, or is to be said later, is sealed."""
    for visibility in ("public", "unlisted"):
        (file,) = (await said(phone, visibility))["media_attachments"]
        for url in (file["url"], file["preview_url"]):
            assert re.fullmatch(r"https://alpha\.test/media/[0-9a-f]{32}\.webp", url)
            assert await status_of(app, path_of(url)) == 200
    later = await said(phone, "public", scheduled_at="2031-01-01T00:00:00Z")
    (waiting,) = later["media_attachments"]
    assert "seal=" in waiting["url"]
    assert await status_of(app, path_of(waiting["url"])) == 200
    assert await status_of(app, path_of(waiting["url"]).partition("?")[0]) == 404
    (listed,) = await phone.get("/api/v1/scheduled_statuses")
    assert listed["media_attachments"] == later["media_attachments"]
    await alice.get("/compose")
    await alice.send_files("/compose", {"files": picture()}, do="add")
    (preview,) = shown(alice)
    assert await status_of(app, preview) == 200
    await alice.get("/settings/profile")
    await alice.send_files("/settings/profile", {"avatar": picture((400, 400))})
    me = await phone.get("/api/v1/accounts/verify_credentials")
    assert "seal=" not in me["avatar"]
    assert await status_of(app, path_of(me["avatar"])) == 200


async def test_md12_a_bucket_is_not_led_to_where_a_file_is_sealed(
    instance: Instance, phone: App
) -> None:
    class Bucket(FolderBlobs):
        def public_url(self, name: str) -> str:  # type: ignore[override]  # a folder has none
            return f"https://bucket.test/{name}"

    app = create_asgi(replace(instance, blobs=Bucket(instance.settings.data_dir / "media")))
    (private,) = (await said(phone, "direct"))["media_attachments"]
    (public,) = (await said(phone, "public"))["media_attachments"]
    assert await status_of(app, path_of(private["url"])) == 200
    assert await status_of(app, path_of(private["url"]).partition("?")[0]) == 404
    assert await status_of(app, path_of(public["url"])) == 302


async def test_md12_another_server_fetches_what_it_was_delivered_whenever_it_likes(
    instances: Instances, instance: Instance, clock: FakeClock
) -> None:
    """Its address has no end: servers throw copies away and fetch them again, unsigned."""
    beta = await instances.make("beta")
    sides = []
    for name, at in (("alice", instance), ("bea", beta)):
        with at.store.active():
            sides.append(Side(at, await make_person(at, name), instances))
    author, reader = sides
    await follow(reader, author)
    with instance.store.active():
        media = await files.accept(instance, author.person, picture())
    post = await author.say("Look", visibility=Visibility.FOLLOWERS, media_ids=(media.id,))
    theirs = await reader.post(post.uri)
    assert theirs is not None
    (file,) = theirs.attachments
    assert re.fullmatch(
        r"https://alpha\.test/media/[0-9a-f]{32}\.webp\?seal=[0-9a-f]{32}", file.url
    )
    clock.advance(days=400)
    with beta.store.active():
        assert (await remote.fetch(beta, file.url)).media_type == "image/webp"


def test_md12_a_key_that_is_too_short_is_refused() -> None:
    with pytest.raises(Misconfigured, match="KITTIWAKE_PRIVACY__FILES_KEY"):
        load({"KITTIWAKE_PRIVACY__FILES_KEY": "short"}, None)
    assert load({"KITTIWAKE_PRIVACY__FILES_KEY": "k" * 32}, None).privacy == SEALED
