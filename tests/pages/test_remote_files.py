"""Files of other servers come from here alone: fetched for members, once, within a budget."""

import asyncio
import contextlib
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

import commands.media
import main
import serving
from federation.addresses import remote_file_url
from instance.errors import NotFound, Unavailable
from instance.resources import Instance
from instance.settings import MediaSettings
from media import remote
from storage import posts, remote_files, users
from storage.blobs import FolderBlobs
from storage.records import Attachment, Emoji, RemoteFile, RemoteFileState, Role
from tests.clients.apps import App
from tests.instances import FakeClock, Instances, drain
from tests.internet import FakeInternet
from tests.pages.browser import Browser
from tests.pictures import picture
from tests.usecases.social import hear, make_remote
from webapp.app import create_asgi

HOST = "files.test"
PICTURE = picture((60, 40))
MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(range(256)) * 40


class Files:
    """The other server: what it answers by path, and how often it was asked."""

    def __init__(self, internet: FakeInternet) -> None:
        self.content: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.is_asked = asyncio.Event()
        self.gate: asyncio.Event | None = None
        internet.add(HOST, self._answer)

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request.url.path)
        self.is_asked.set()
        if self.gate is not None:
            await self.gate.wait()
        found = self.content.get(request.url.path)
        if found is None:
            return httpx2.Response(404)
        # MD-11: what it says of itself is not believed.
        return httpx2.Response(200, content=found, headers={"content-type": "text/html"})

    def add(self, path: str, content: bytes) -> str:
        self.content[path] = content
        return f"https://{HOST}{path}"


@pytest.fixture
def files(internet: FakeInternet) -> Files:
    return Files(internet)


def path_of(instance: Instance, url: str) -> str:
    return instance.addresses.shown_file(url).removeprefix("https://alpha.test")


def test_b65_an_address_leads_back_to_where_a_file_is(instance: Instance) -> None:
    url = "https://files.test/ä/b.png?size=1&x=%20"
    name = path_of(instance, url).removeprefix("/media/remote/")
    assert remote_file_url(name) == url
    assert remote_file_url("__8") is None
    ours = "https://alpha.test/media/0123.webp"
    assert instance.addresses.shown_file(ours) == ours


async def test_p1_a_member_has_it_fetched_and_then_strangers_see_it(
    instance: Instance, browser: Browser, alice: Browser, files: Files
) -> None:
    """B65, MD-7, MD-11: the type is that of the content, and nothing of it can run."""
    path = path_of(instance, files.add("/a.png", PICTURE))
    await browser.get(path)
    assert browser.status == 404
    assert files.asked == []
    await alice.get(path)
    assert alice.status == 200
    assert alice.answer.body == PICTURE
    await browser.get(path)
    assert (browser.status, browser.answer.body) == (200, PICTURE)
    assert files.asked == ["/a.png"]
    headers = browser.answer.headers
    assert headers["content-type"] == "image/png"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert "set-cookie" not in headers


async def test_p1_sf16_strangers_and_crawlers_never_cause_a_request(
    instance: Instance, browser: Browser, files: Files
) -> None:
    for number in range(1000):
        path = path_of(instance, files.add(f"/{number}.png", PICTURE))
        await browser.request("GET", path)
        assert browser.status == 404
    assert files.asked == []


async def test_b65_sf16_an_app_shows_what_its_member_was_told_without_a_token(
    app: Any, instance: Instance, files: Files
) -> None:
    """Apps load pictures without their token: the seal in the address stands for it."""
    files.add("/a.png", PICTURE)
    with instance.store.active():
        addresses = await remote.addresses_for_member(instance)
    sealed = addresses.shown_file(f"https://{HOST}/a.png").removeprefix("https://alpha.test")
    forged = sealed[:-1] + ("0" if sealed[-1] != "0" else "1")
    other = path_of(instance, f"https://{HOST}/b.png") + "?" + sealed.partition("?")[2]
    stranger = App(app)
    for wrong in (forged, other, sealed.partition("?")[0]):
        await stranger.get(wrong)
        assert stranger.status == 404
    assert files.asked == []
    await stranger.call("GET", sealed)
    assert stranger.status == 200
    assert stranger.answer.headers["access-control-allow-origin"] == "*"


async def test_b65_a_herd_makes_one_request(
    instance: Instance, alice: Browser, files: Files
) -> None:
    path = path_of(instance, files.add("/a.png", PICTURE))
    files.gate = asyncio.Event()
    herd = [Browser(alice.app, dict(alice.cookies)) for _ in range(30)]
    asking = asyncio.gather(*(each.get(path) for each in herd))
    await files.is_asked.wait()
    files.gate.set()
    await asking
    assert [each.status for each in herd] == [200] * 30
    assert files.asked == ["/a.png"]


async def test_e116_what_failed_is_asked_again_later(
    instance: Instance, alice: Browser, files: Files, clock: FakeClock
) -> None:
    path = path_of(instance, f"https://{HOST}/a.png")
    for _ in range(3):
        await alice.get(path)
        assert alice.status == 404
    assert files.asked == ["/a.png"]
    files.add("/a.png", PICTURE)
    clock.advance(minutes=3)
    await alice.get(path)
    assert alice.status == 200
    assert files.asked == ["/a.png"] * 2


@pytest.mark.parametrize(
    "content",
    [
        b"<!doctype html><script>alert(1)</script>",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
        b'{"@context": "https://www.w3.org/ns/activitystreams", "id": "https://alpha.test/1"}',
        b"#EXTM3U\nfile:///etc/passwd",
        b"\x89PNG\r\n\x1a\n" + b"not a picture",
        b"",
    ],
)
async def test_md1_md3_what_is_no_picture_film_or_sound_is_not_passed_on(
    instance: Instance, alice: Browser, files: Files, content: bytes
) -> None:
    """MD-1, MD-2, MD-3, MD-9, E120: by content, whatever its name and its headers say."""
    await alice.get(path_of(instance, files.add("/a.png", content)))
    assert alice.status == 404


async def test_md5_a_bomb_is_refused_by_its_header(
    instance: Instance, alice: Browser, files: Files
) -> None:
    bomb = bytearray(picture((10, 10)))
    bomb[16:24] = (30_000).to_bytes(4, "big") * 2
    await alice.get(path_of(instance, files.add("/bomb.png", bytes(bomb))))
    assert alice.status == 404


async def test_md11_a_file_larger_than_allowed_is_not_kept(
    instance: Instance, alice: Browser, files: Files
) -> None:
    small = replace(instance.settings.media, remote_file_bytes_max=len(MP4) - 1)
    changed = replace(instance, settings=replace(instance.settings, media=small))
    alice.app = create_asgi(changed)
    await alice.get(path_of(instance, files.add("/a.mp4", MP4)))
    assert alice.status == 404
    assert list((instance.settings.data_dir / "media").glob("remote-*")) == []


@pytest.mark.parametrize(
    ("asked", "status", "bounds"),
    [
        ("bytes=0-99", 206, (0, 100)),
        ("bytes=100-", 206, (100, None)),
        ("bytes=-5", 206, (-5, None)),
        ("bytes=5-99999999", 206, (5, None)),
        ("bytes=99999999-", 416, (0, 0)),
        ("bytes=7-3", 416, (0, 0)),
        ("bytes=-0", 416, (0, 0)),
        ("bytes=--5", 200, (0, None)),
        ("bytes=" + "0-1," * 1000, 200, (0, None)),
        ("lines=1-2", 200, (0, None)),
    ],
)
async def test_md15_a_part_of_a_film(
    instance: Instance, alice: Browser, files: Files, asked: str, status: int, bounds: Any
) -> None:
    """MD-15: one range, or all of it, or nothing; never more than there is."""
    path = path_of(instance, files.add("/a.mp4", MP4))
    await alice.get(path)
    answer = await alice.get(path, Range=asked)
    assert answer.status == status
    assert answer.body == MP4[slice(*bounds)]
    if status == 206:
        start = MP4.index(answer.body) if len(answer.body) < len(MP4) else 0
        assert answer.headers["content-range"].endswith(f"/{len(MP4)}")
        assert answer.headers["content-type"] == "video/mp4"
        assert start >= 0


async def test_md13_copies_go_with_their_post(
    instance: Instance, alice: Browser, browser: Browser, files: Files
) -> None:
    url = files.add("/a.png", PICTURE)
    await alice.get(path_of(instance, url))
    with instance.store.active():
        author = await make_remote(instance, "ann", HOST)
        post = await hear(instance, author, "Look")
        post = replace(post, attachments=(Attachment(url, "image/png", "image"),))
        async with instance.store.transaction():
            await remote.enqueue_forgetting(instance, post)
        await browser.get(path_of(instance, url))
        assert browser.status == 404
        await drain(instance)
        assert (await remote_files.usage(instance.now())).size_bytes == 0
    assert list((instance.settings.data_dir / "media").glob("remote-*")) == []


async def test_b65_pv24_pages_load_nothing_from_elsewhere(
    instance: Instance, alice: Browser
) -> None:
    """Avatars, headers, emoji, pictures: every address in a page is of our own origin."""
    base = f"https://{HOST}"
    with instance.store.active():
        ann = await make_remote(
            instance,
            "ann",
            HOST,
            name="Ann :bird:",
            avatar_url=f"{base}/avatar.png",
            header_url=f"{base}/header.png",
            emojis=(Emoji("bird", f"{base}/bird.png"),),
        )
        post = await hear(instance, ann, "Look :bird:")
        attachments = (
            Attachment(f"{base}/a.png", "image/png", "image", width=3, height=2),
            Attachment(
                *(f"{base}/a.mp4", "video/mp4", "video"),
                width=540,
                height=960,
                preview_url=f"{base}/a.webp",
            ),
        )
        await posts.save(replace(post, attachments=attachments, emojis=ann.emojis))
    await alice.get(f"/@ann@{HOST}")
    assert alice.status == 200
    loaded = re.findall(r'(?:src|poster|srcset)="([^"]+)"', alice.text)
    shown = [remote_file_url(each.rpartition("/")[2]) for each in loaded if "/media/" in each]
    assert not [each for each in loaded if HOST in each]
    for name in ("avatar.png", "header.png", "bird.png", "a.png", "a.mp4", "a.webp"):
        assert f"{base}/{name}" in shown
    assert 'width="540" height="960"' in alice.text, "a portrait film stands upright"


async def test_a_copy_that_was_lost_is_fetched_again(
    instance: Instance, browser: Browser, alice: Browser, files: Files
) -> None:
    """A backup needs no copies of others' files."""
    path = path_of(instance, files.add("/a.png", PICTURE))
    await alice.get(path)
    for copy in (instance.settings.data_dir / "media").glob("remote-*"):
        copy.unlink()
    await browser.get(path)
    assert browser.status == 404
    await alice.get(path)
    assert (alice.status, files.asked) == (200, ["/a.png"] * 2)


# ---------------------------------------------------------------- the budget

BUDGET = 100_000


def with_budget(instance: Instance, budget: int) -> Instance:
    media = MediaSettings(remote_budget_bytes=budget)
    return replace(instance, settings=replace(instance.settings, media=media))


def kept_bytes(instance: Instance) -> int:
    """What lies in the folder."""
    folder = instance.settings.data_dir / "media"
    found = folder.glob("remote-*") if folder.exists() else ()
    return sum(path.stat().st_size for path in found)


class Scales(FolderBlobs):
    """A folder that is weighed whenever something comes into it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.heaviest = 0

    async def put(self, name: str, data: bytes, media_type: str) -> None:
        await super().put(name, data, media_type)
        weight = 0
        for path in self._root.glob("remote-*"):
            with contextlib.suppress(FileNotFoundError):  # a thread removes another just now
                weight += path.stat().st_size
        self.heaviest = max(self.heaviest, weight)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    some.lists(some.tuples(some.integers(0, 9), some.integers(1, 70_000)), min_size=4, max_size=24)
)
async def test_p1_the_budget_is_never_exceeded(
    tmp_path: Path, database_template: Path, wanted: list[tuple[int, int]]
) -> None:
    """P1, C70: three come at a time; what lies there is what is counted, and never more."""
    internet = FakeInternet()
    files = Files(internet)
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        made = Instances(Path(folder), database_template, FakeClock(), internet)
        instance = with_budget(await made.make("alpha"), BUDGET)
        scales = Scales(instance.settings.data_dir / "media")
        instance = replace(instance, blobs=scales)
        with instance.store.active():
            for start in range(0, len(wanted), 3):
                urls = {
                    files.add(f"/{which}-{size}.mp4", (MP4 * 8)[:size] if size > 12 else MP4[:12])
                    for which, size in wanted[start : start + 3]
                }
                asked = (remote.fetch(instance, url) for url in urls)
                done = await asyncio.gather(*asked, return_exceptions=True)
                # Three that have no room beside each other: the first to come stays. What is just
                # going for it cannot be had.
                assert {type(each) for each in done} <= {RemoteFile, Unavailable, NotFound}
                assert any(isinstance(each, RemoteFile) for each in done)
                assert kept_bytes(instance) <= BUDGET
                counted = (await remote_files.usage(instance.now())).size_bytes
                assert counted == kept_bytes(instance)
        assert 0 < scales.heaviest <= BUDGET
        await made.close()


class SlowBlobs(FolderBlobs):
    """A folder into which something comes when `go` is set."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.writing, self.go = asyncio.Event(), asyncio.Event()

    async def put(self, name: str, data: bytes, media_type: str) -> None:
        self.writing.set()
        await self.go.wait()
        await super().put(name, data, media_type)


@pytest.fixture
def slow(instance: Instance) -> SlowBlobs:
    return SlowBlobs(instance.settings.data_dir / "media")


async def test_p1_what_is_being_written_has_its_place(
    instance: Instance, files: Files, slow: SlowBlobs
) -> None:
    """C70: nobody counts out what is not there yet: it would come, and be too much."""
    one, other = files.add("/1.mp4", MP4), files.add("/2.mp4", MP4)
    instance = replace(with_budget(instance, len(MP4) * 3 // 2), blobs=slow)
    with instance.store.active():
        coming = asyncio.create_task(remote.fetch(instance, one))
        await slow.writing.wait()
        with pytest.raises(Unavailable, match="Too many files"):
            await remote.fetch(instance, other)
        slow.go.set()
        await coming
        assert kept_bytes(instance) == len(MP4)
        await remote.fetch(instance, other)  # it is there: it may go
        assert kept_bytes(instance) == len(MP4)
        assert await remote.find(instance, one) is None


async def test_md13_a_post_is_deleted_while_its_file_comes(
    instance: Instance, files: Files, slow: SlowBlobs
) -> None:
    """P1: it is counted until it is gone, and goes as soon as it is there."""
    url = files.add("/1.mp4", MP4)
    instance = replace(instance, blobs=slow)
    with instance.store.active():
        author = await make_remote(instance, "ann", HOST)
        post = await hear(instance, author, "Look")
        post = replace(post, attachments=(Attachment(url, "video/mp4", "video"),))
        coming = asyncio.create_task(remote.fetch(instance, url))
        await slow.writing.wait()
        async with instance.store.transaction():
            await remote.enqueue_forgetting(instance, post)
        await drain(instance)
        assert (await remote_files.usage(instance.now())).size_bytes == len(MP4)
        slow.go.set()
        with pytest.raises(NotFound):
            await coming
        assert (await remote_files.usage(instance.now())).size_bytes == kept_bytes(instance) == 0


async def test_p1_what_was_coming_when_its_process_crashed_is_fetched_anew(
    instance: Instance, files: Files, slow: SlowBlobs, clock: FakeClock
) -> None:
    """Its place is free again after a while, also for others."""
    url = files.add("/1.mp4", MP4)
    with instance.store.active():
        for _ in range(2):
            crashing = asyncio.create_task(remote.fetch(replace(instance, blobs=slow), url))
            await slow.writing.wait()
            crashing.cancel()
            await asyncio.wait([crashing])
            with pytest.raises(NotFound):
                await remote.fetch(instance, url)
            clock.advance(hours=1)
            slow.writing.clear()
        await remote.forget_remote_files(instance, {})
        assert (await remote_files.usage(instance.now())).size_bytes == 0
        await remote.fetch(instance, url)
        assert kept_bytes(instance) == len(MP4)


async def test_p1_three_times_the_budget_and_local_files_stay(
    instance: Instance, files: Files, clock: FakeClock
) -> None:
    """P1: what was used lately stays longest; what people here uploaded is not touched."""
    instance = with_budget(instance, BUDGET)
    with instance.store.active():
        await instance.blobs.put("00000000.webp", b"ours", "image/webp")
        first = files.add("/0.mp4", MP4[:10_000])
        for number in range(30):
            await remote.fetch(instance, files.add(f"/{number}.mp4", MP4[:10_000]))
            clock.advance(hours=2)
            assert await remote.find(instance, first) is not None
            assert kept_bytes(instance) <= BUDGET
        kept = [n for n in range(30) if await remote.find(instance, f"https://{HOST}/{n}.mp4")]
        assert kept == [0, *range(21, 30)]
        assert await instance.blobs.read("00000000.webp") == b"ours"
        usage = await remote_files.usage(instance.now())
        assert (usage.size_bytes, usage.files) == (100_000, 10)


async def test_p1_a_file_whose_store_is_away_is_not_counted(
    instance: Instance, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = AsyncMock(side_effect=Unavailable("Files cannot be stored just now."))
    monkeypatch.setattr(instance.blobs, "put", away)
    with instance.store.active():
        with pytest.raises(Unavailable):
            await remote.fetch(instance, files.add("/a.mp4", MP4))
        assert (await remote_files.usage(instance.now())).size_bytes == 0


async def test_p1_what_came_half_before_a_crash_is_not_shown_and_goes(
    instance: Instance, files: Files
) -> None:
    with instance.store.active():
        kept = await remote.fetch(instance, files.add("/a.mp4", MP4))
        async with instance.store.transaction():
            await remote_files.mark_going([kept.id])
        assert await remote.find(instance, f"https://{HOST}/a.mp4") is None
        await remote.forget_remote_files(instance, {})
        assert kept_bytes(instance) == 0
        again = await remote.fetch(instance, f"https://{HOST}/a.mp4")
        assert again.state is RemoteFileState.READY


async def test_p1_the_command_says_what_is_used_and_how_long_it_lasts(
    instance: Instance, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def opened(_: Any) -> AsyncIterator[Instance]:
        with instance.store.active():
            yield instance

    monkeypatch.setattr(serving, "opened", opened)
    given_words = main.parser().parse_args(["media", "usage"])
    with instance.store.active():
        await remote.fetch(instance, files.add("/a.mp4", MP4))
    found = await commands.media.run(given_words, instance.settings)
    assert found.data["remote_bytes"] == len(MP4)
    assert found.data["remote_budget_bytes"] == instance.settings.media.remote_budget_bytes
    assert "10 kB of 5.4 GB" in found.text


async def test_p1_the_page_says_what_is_used_by_whom_and_how_long_it_lasts(
    instance: Instance, files: Files, alice: Browser
) -> None:
    """P1: budget, use, forecast and hosts, in words beside each bar."""
    with instance.store.active():
        await remote.fetch(instance, files.add("/a.mp4", MP4))
        await remote.fetch(instance, files.add("/b.mp4", MP4))
        found = await users.find_by_login("alice")
        assert found is not None
        await users.save(replace(found[0], role=Role.ADMIN))
    await alice.get("/admin/files")
    assert "21 kB of 5.4 GB" in alice.text
    assert "At this pace the room lasts for more than a hundred years." in alice.text
    assert re.search(rf'<rect width="100" height="1"/></svg><span class="cut">{HOST}<', alice.text)
    assert "<span>21 kB, 2 files</span>" in alice.text
