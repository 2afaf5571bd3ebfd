"""Posts brought along from another server (B127): dated, told to nobody, resumable, undoable."""

import io
import json
import zipfile
from typing import Any

import pytest

from actors.markup import plain_text
from feeds import public
from instance.errors import Invalid, NotFound
from instance.resources import Instance
from storage import ids, store, transfers
from storage.records import Actor, Import, ImportKind, Page, Post, User, Visibility
from tests.instances import FakeClock, drain
from tests.usecases.social import befriend, make_remote, say
from tests.usecases.users.people import add
from transfers import archiving, bringing, importing, post_archives
from users import removal

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
OLD = "https://old.test/users/alice"


def note(number: int, content: str = "", **changes: Any) -> dict[str, Any]:
    """A Create as Mastodon writes it into outbox.json."""
    found: dict[str, Any] = {
        "id": f"{OLD}/statuses/{number}",
        "type": "Note",
        "published": f"2019-03-{number:02}T08:30:00Z",
        "to": [PUBLIC],
        "cc": [f"{OLD}/followers"],
        "content": content
        or f"<p>Day {number} of <a href='https://old.test/tags/spring'>#spring</a></p>",
        "contentMap": {"de": "<p>x</p>"},
        "summary": None,
        "sensitive": False,
        "inReplyTo": None,
    }
    return {"type": "Create", "object": found | changes}


def outbox(*items: Any) -> bytes:
    head = {"@context": "x", "id": "outbox.json", "type": "OrderedCollection"}
    return json.dumps({**head, "totalItems": len(items), "orderedItems": items}).encode()


def zipped(data: bytes, name: str = "outbox.json") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("actor.json", "{}")
        archive.writestr("../../etc/passwd", "never unpacked")
        archive.writestr(name, data)
    return file.getvalue()


async def bring(instance: Instance, user: User, data: bytes) -> Import:
    made = await importing.begin(instance, user, ImportKind.POSTS, data, overwrites=True)
    await drain(instance)
    found = await transfers.find_import(made.id)
    assert found is not None
    return found


async def of(actor: Actor) -> list[Post]:
    found = await transfers.posts_of(actor.id, 0, 100)
    return sorted(found, key=lambda each: each.created_at)


async def deliveries() -> int:
    rows = await store.read("SELECT COUNT(*) FROM jobs WHERE kind <> 'index_posts'")
    sent = await store.read("SELECT COUNT(*) FROM outgoing_activities")
    told = await store.read("SELECT COUNT(*) FROM notifications")
    return int(rows[0][0]) + int(sent[0][0]) + int(told[0][0])


async def test_b127_posts_come_with_their_dates_and_nobody_is_told(instance: Instance) -> None:
    """B127: ids follow the dates, self-answers stay threads, what is private stays behind."""
    user, alice = await add(instance, "alice")
    await befriend(instance, await make_remote(instance, "fan"), alice)
    new = await say(instance, alice, "Said here")
    await drain(instance)
    before = await deliveries()
    data = outbox(
        note(1, summary="spoiler", sensitive=True),
        note(2, inReplyTo=f"{OLD}/statuses/1", to=[f"{OLD}/followers"], cc=[]),
        note(3, to=["https://bob.test/users/bob"], cc=[]),
        note(4, inReplyTo="https://bob.test/notes/1"),
        note(5, "<p></p>"),
        note(6, published="2099-01-01T00:00:00Z"),
        note(7, published="no date"),
        note(8, "<p>ok<script>alert(1)</script></p>", cc=[PUBLIC], to=[]),
        {"type": "Announce", "object": "https://bob.test/notes/2"},
    )
    done = await bring(instance, user, zipped(data))
    assert done.finished_at is not None
    assert await transfers.count_lines(done.id) == (8, 5)
    assert await deliveries() == before
    first, second, third, last = await of(alice)
    assert last.id == new.id
    assert [ids.moment_of(each.id) for each in (first, second, third)] == [
        each.created_at for each in (first, second, third)
    ]
    assert first.created_at.isoformat() == "2019-03-01T08:30:00+00:00"
    assert (first.summary, first.is_sensitive, first.language) == ("spoiler", True, "de")
    assert first.hashtags == ("spring",)
    assert (second.visibility, second.in_reply_to_id) == (Visibility.FOLLOWERS, first.id)
    assert (third.visibility, plain_text(third.content)) == (Visibility.UNLISTED, "ok")
    assert first.details is not None
    assert first.details.origin == "old.test"
    page = await public.profile(instance, alice, Page(limit=9), None, with_replies=False)
    assert [item.post.id for item in page.items] == [new.id, third.id, first.id]
    failed = await transfers.failed_lines(done.id, 9)
    assert all(len(line.cells) == 1 for line in failed)  # their words are kept nowhere


async def test_b127_the_same_posts_are_not_brought_twice(instance: Instance) -> None:
    """B127: not by another file, and not by a job that runs again."""
    user, alice = await add(instance, "alice")
    made = await bring(instance, user, outbox(note(1), note(2)))
    await importing.carry_out(instance, {"import_id": made.id})
    again = await bring(instance, user, outbox(note(2), note(3)))
    assert await transfers.count_lines(again.id) == (2, 1)
    assert len(await of(alice)) == 3


async def test_b127_an_import_goes_again_as_a_whole(
    instance: Instance, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B127: in slices, by its owner alone, also long after; what was said here stays."""
    monkeypatch.setattr(bringing, "BURIED_PER_JOB", 2)
    user, alice = await add(instance, "alice")
    other, _ = await add(instance, "bob")
    mine = await say(instance, alice)
    made = await bring(instance, user, outbox(*(note(number) for number in range(1, 6))))
    clock.advance(days=30)
    await archiving.tidy(instance, {})
    with pytest.raises(NotFound):
        await bringing.undo(instance, other, made.id)
    before = await deliveries()
    await bringing.undo(instance, user, made.id)
    await drain(instance)
    assert await deliveries() == before
    assert [each.id for each in await of(alice)] == [mine.id]
    await bring(instance, user, outbox(note(1)))
    assert len(await of(alice)) == 2


async def test_b127_our_own_archive_comes_home(instance: Instance) -> None:
    """B127, B126: what an archive of Kittiwake holds can be brought to another account."""
    user, alice = await add(instance, "alice")
    await say(instance, alice, "For everybody")
    await say(instance, alice, "For few", visibility="followers")
    asked = await archiving.ask(instance, user)
    await drain(instance)
    archive = await archiving.find(instance, user, asked.id)
    data = b"".join([part async for part in archiving.content(instance, archive)])
    dora_user, dora = await add(instance, "dora")
    await bring(instance, dora_user, data)
    assert [plain_text(each.content) for each in await of(dora)] == ["For everybody", "For few"]


MISSKEY = [
    {
        "id": "a1",
        "text": "Hi #sea <b>",
        "createdAt": "2020-01-02T03:04:05.678Z",
        "visibility": "home",
    },
    {"id": "a2", "text": "Secret", "createdAt": "2020-01-02T03:04:06Z", "visibility": "specified"},
    {"id": "a3", "text": "More", "createdAt": "2020-01-02T03:04:07Z", "cw": "c", "replyId": "a1"},
]
PIXELFED = [
    {
        "id": "9",
        "url": "https://pix.test/p/a/9",
        "content": "<p>A boat</p>",
        "created_at": "2021-05-06T07:08:09.000000Z",
        "visibility": "public",
        "spoiler_text": "",
        "sensitive": False,
    }
]


async def test_b127_misskey_and_pixelfed(instance: Instance) -> None:
    user, alice = await add(instance, "alice")
    await bring(instance, user, json.dumps(MISSKEY).encode())
    await bring(instance, user, json.dumps(PIXELFED).encode())
    first, second, third = await of(alice)
    assert (plain_text(first.content), first.visibility) == ("Hi #sea <b>", Visibility.UNLISTED)
    assert (second.in_reply_to_id, second.summary) == (first.id, "c")
    assert plain_text(third.content) == "A boat"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"\xff\xfe",
        b"PK\x03\x04nonsense",
        b'{"orderedItems": [{"type": "Create"',
        b'{"orderedItems": [' + b"[" * 100_000,
        outbox(),
        zipped(b"{}", "outbox.txt"),
        zipped(b"{}", "a/b/outbox.json"),
        zipped(outbox(note(1)))[:-30],
    ],
)
async def test_b127_md10_what_is_no_archive_is_refused(instance: Instance, data: bytes) -> None:
    user, _ = await add(instance, "alice")
    with pytest.raises(Invalid):
        await importing.begin(instance, user, ImportKind.POSTS, data, overwrites=False)


async def test_b127_md10_bombs_are_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """MD-10: not a byte more than the limit, whatever the file says about its size."""
    monkeypatch.setattr(post_archives, "UNPACKED_BYTES_MAX", 10_000)
    bomb = zipped(outbox(note(1, "x" * 20_000)))
    assert len(bomb) < 2000
    with pytest.raises(Invalid):
        post_archives.read(bomb)
    monkeypatch.setattr(post_archives, "BYTES_MAX", 100)
    with pytest.raises(Invalid):
        post_archives.read(outbox(note(1)))


async def test_b127_who_leaves_takes_it_along(instance: Instance) -> None:
    user, _ = await add(instance, "alice")
    await bring(instance, user, outbox(note(1)))
    async with instance.store.transaction():
        await removal.forget(instance, user)
    assert (await store.read("SELECT COUNT(*) FROM imported_posts"))[0][0] == 0
