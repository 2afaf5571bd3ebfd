"""All that somebody has here as one zip file (B126): made by a job, kept for a week, theirs alone.

Written as a stream in parts of eight megabytes, so that neither memory nor a store of files ever
sees it whole. A job that was killed begins anew and removes what it had made.
"""

import asyncio
import json
import logging
import secrets
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from actors import local_keys
from actors.activitystreams import vocabulary_from_actor
from federation import serializing
from federation import vocabulary as v
from instance.errors import Conflict, NotFound
from instance.resources import Instance
from outbox import making_known
from posts.activitystreams import note_from_post
from storage import actors, posts, transfers, users
from storage.blobs import NAME
from storage.records import (
    Actor,
    Archive,
    Interaction,
    InteractionKind,
    Post,
    RowId,
    User,
)
from transfers import exporting, lists
from users import mail, mail_texts
from users.removal import REMOVE_ARCHIVE

MAKE_ARCHIVE: Final = "make_archive"

AGAIN_AFTER: Final = timedelta(days=7)
KEPT_FOR: Final = timedelta(days=7)
GIVEN_UP_AFTER: Final = timedelta(days=1)
PART_BYTES: Final = 8 * 1024 * 1024
CHUNK_BYTES: Final = 1024 * 1024
MEDIA_BYTES_MAX: Final = 20 * 1024**3
ROWS_PER_QUERY: Final = 100
_REMOVED_AT_ONCE: Final = 100

_CONTEXT = "https://www.w3.org/ns/activitystreams"
_log = logging.getLogger(__name__)


async def ask(instance: Instance, user: User) -> Archive:
    """Begin an archive; raises `Conflict` when the last one is younger than a week."""
    now = instance.now()
    made = Archive(instance.ids.new(), user.id, _new_name(), now)
    async with instance.store.transaction():
        await users.find_locked(user.id)
        for one in await transfers.archives_of(user.id):
            is_dead = one.finished_at is None and now - one.created_at > GIVEN_UP_AFTER
            if now - one.created_at < AGAIN_AFTER and not is_dead:
                raise Conflict("You asked for an archive less than a week ago.")
        await transfers.insert_archive(made)
        await instance.queue.enqueue(MAKE_ARCHIVE, {"archive_id": made.id}, now=now)
    return made


async def list_of(user: User) -> list[Archive]:
    """Return somebody's archives, the last first."""
    return await transfers.archives_of(user.id)


async def find(instance: Instance, user: User, archive_id: int) -> Archive:
    """Return one of somebody's own that is ready and not over; raises `NotFound` (AU-29, PV-23)."""
    found = await transfers.find_archive(archive_id)
    if found is None or found.user_id != user.id or found.finished_at is None:
        raise NotFound("There is no such archive.")
    if instance.now() - found.created_at > KEPT_FOR:
        raise NotFound("This archive is over. Ask for a new one.")
    return found


async def content(instance: Instance, archive: Archive) -> AsyncIterator[bytes]:
    """Yield the bytes of an archive, a part at a time."""
    for number in range(archive.blobs):
        part = await instance.blobs.read(_part_name(archive, number))
        if part is None:
            raise NotFound("There is no such archive.")
        yield part


# ---------------------------------------------------------------- making one


async def make(instance: Instance, payload: dict[str, object]) -> None:
    """Job: make an archive. Run twice, the second one takes the place of the first."""
    archive = await transfers.find_archive(int(str(payload["archive_id"])))
    user = await users.find(archive.user_id) if archive else None
    actor = await actors.find(user.actor_id) if user else None
    if archive is None or user is None or actor is None or archive.finished_at is not None:
        return
    await _remove_parts(instance, archive)
    counts = await actors.counts(actor.id)
    fresh = replace(
        archive, name=_new_name(), blobs=0, size_bytes=0, items_done=0, items_total=counts.posts
    )
    await transfers.save_archive(fresh)
    done = await _Making(instance, actor, fresh).run()
    async with instance.store.transaction():
        if await transfers.find_archive(archive.id) is None:  # left in the meantime
            await _enqueue_removal(instance, done)
            return
        await transfers.save_archive(replace(done, finished_at=instance.now()))
        await mail.enqueue(instance, mail_texts.ARCHIVE_READY, user.id)


class _Waiting:
    """What a zip file is written to: bytes that wait to be put away. It cannot be sought in."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> int:
        self.data += data
        return len(data)

    def flush(self) -> None:
        """Do nothing: who makes the archive says when."""

    def close(self) -> None:
        """Do nothing: there is nothing open."""


class _Making:
    """One archive under way."""

    def __init__(self, instance: Instance, actor: Actor, archive: Archive) -> None:
        self._instance = instance
        self._actor = actor
        self.archive = archive
        self._waiting = _Waiting()
        self._zip = ZipFile(self._waiting, "w", ZIP_DEFLATED)
        self._media_bytes = 0

    async def run(self) -> Archive:
        """Write everything; returns the row with the number of its parts."""
        await self._actor_document()
        await self._collection("outbox.json", self._activities())
        for name, kind in (
            ("likes.json", InteractionKind.LIKE),
            ("bookmarks.json", InteractionKind.BOOKMARK),
        ):
            await self._collection(name, self._uris(kind))
        for listed in lists.FILES:
            text = await exporting.csv_of(self._instance, self._actor, listed)
            self._zip.writestr(lists.FILES[listed], text)
        await self._media()
        self._zip.close()
        await self._put_away(least=1)
        return self.archive

    async def _actor_document(self) -> None:
        instance, actor = self._instance, self._actor
        keys = local_keys.shown(instance, actor.id, await actors.keys_of(actor.id))
        claim = vocabulary_from_actor(actor, keys, instance.addresses)
        document = serializing.actor_document(claim)
        names = {"outbox": "outbox.json", "likes": "likes.json", "bookmarks": "bookmarks.json"}
        self._zip.writestr("actor.json", json.dumps(document | names, ensure_ascii=False))

    async def _collection(self, name: str, items: AsyncIterator[Any]) -> None:
        """Write an OrderedCollection, an item at a time."""
        with self._zip.open(_entry(self._instance, name), "w", force_zip64=True) as file:
            head = {"@context": _CONTEXT, "id": name, "type": "OrderedCollection"}
            _write(file, f'{json.dumps(head)[:-1]}, "orderedItems": [')
            count = 0
            async for item in items:
                _write(file, ("," if count else "") + "\n" + json.dumps(item, ensure_ascii=False))
                count += 1
            _write(file, f'\n], "totalItems": {count}}}')

    async def _posts(self) -> AsyncIterator[list[Post]]:
        after = 0
        while found := await transfers.posts_of(self._actor.id, after, ROWS_PER_QUERY):
            yield found
            after = found[-1].id
            await self._put_away(least=PART_BYTES)

    async def _activities(self) -> AsyncIterator[dict[str, Any]]:
        """Yield a Create for each post, whomever it was for, and an Announce for each boost."""
        async for found in self._posts():
            for post in found:
                yield _create(self._instance, self._actor, post)
            done = self.archive.items_done + len(found)
            self.archive = replace(self.archive, items_done=done)
            await transfers.save_archive(self.archive)
        async for made in self._acts(InteractionKind.BOOST):
            for act, uri in made:
                yield await self._announce(act, uri)

    async def _announce(self, act: Interaction, uri: str) -> dict[str, Any]:
        post = await posts.find(act.post_id)
        author = await actors.find(post.actor_id) if post else None
        if post is None or author is None:
            return {"type": "Announce", "actor": self._actor.uri, "object": uri}
        made = making_known.announce_of(self._instance, self._actor, author, post, act)
        return serializing.activity_document(made, with_context=False)

    async def _acts(self, kind: InteractionKind) -> AsyncIterator[list[tuple[Interaction, str]]]:
        after = 0
        while found := await transfers.acts_of(kind, self._actor.id, after, ROWS_PER_QUERY):
            yield found
            after = found[-1][0].id
            await self._put_away(least=PART_BYTES)

    async def _uris(self, kind: InteractionKind) -> AsyncIterator[str]:
        async for found in self._acts(kind):
            for _, uri in found:
                yield uri

    async def _media(self) -> None:
        """Add the pictures of the profile and the files of all posts, under their names in URLs."""
        urls = [self._actor.avatar_url, self._actor.header_url]
        await self._files(url for url in urls if url)
        async for found in self._posts():
            await self._files(file.url for post in found for file in post.attachments)

    async def _files(self, urls: Iterable[str]) -> None:
        start = f"{self._instance.settings.base_url}/media/"
        for url in urls:
            name = url.removeprefix(start)
            if url.startswith(start) and NAME.fullmatch(name):
                await self._file(name)

    async def _file(self, name: str) -> None:
        size = await self._instance.blobs.size(name)
        if size is None or self._media_bytes + size > MEDIA_BYTES_MAX:
            _log.info("a file of %s is not in the archive: %s", self._actor.username, name)
            return
        self._media_bytes += size
        entry = _entry(self._instance, f"media/{name}")
        entry.compress_type = ZIP_STORED  # pictures and films are as small as they get
        with self._zip.open(entry, "w", force_zip64=True) as file:
            for at in range(0, size, CHUNK_BYTES):
                end = min(at + CHUNK_BYTES, size)
                file.write(await self._instance.blobs.read_part(name, at, end))
                await self._put_away(least=PART_BYTES)

    async def _put_away(self, *, least: int) -> None:
        """Keep what waits as parts; whatever was not a whole part at the end is one too."""
        waiting = self._waiting.data
        while len(waiting) >= least:
            data = bytes(waiting[:PART_BYTES])
            del waiting[:PART_BYTES]
            name = _part_name(self.archive, self.archive.blobs)
            size = self.archive.size_bytes + len(data)
            # The row knows of a part before it is there: none is left over.
            self.archive = replace(self.archive, blobs=self.archive.blobs + 1, size_bytes=size)
            await transfers.save_archive(self.archive)
            await self._instance.blobs.put(name, data, "application/zip")
        await asyncio.sleep(0)


def _create(instance: Instance, author: Actor, post: Post) -> dict[str, Any]:
    note = note_from_post(post, author, addresses=instance.addresses)
    made = v.Create(
        id=instance.addresses.activity(post.id),
        actor=author.uri,
        object=note,
        to=note.to,
        cc=note.cc,
        published=post.created_at,
    )
    return serializing.activity_document(made, with_context=False)


def _entry(instance: Instance, name: str) -> ZipInfo:
    now = instance.now()
    entry = ZipInfo(name, (now.year, now.month, now.day, now.hour, now.minute, now.second))
    entry.compress_type = ZIP_DEFLATED
    return entry


def _write(file: IO[bytes], text: str) -> None:
    file.write(text.encode())


def _new_name() -> str:
    return f"archive-{secrets.token_hex(16)}"


def _part_name(archive: Archive, number: int) -> str:
    return f"{archive.name}-{number}.part"


# ---------------------------------------------------------------- removing them


async def tidy(instance: Instance, payload: dict[str, object]) -> None:
    """Job `tidy_transfers`, once a day: archives that are over, and imports that are long done."""
    del payload
    await transfers.forget_imports(instance.now() - KEPT_FOR)
    before = instance.now() - KEPT_FOR
    while found := await transfers.archives_before(before, _REMOVED_AT_ONCE):
        for archive in found:
            await _remove_parts(instance, archive)
            await transfers.remove_archive(archive.id)


async def _enqueue_removal(instance: Instance, archive: Archive) -> None:
    given: dict[str, object] = {"name": archive.name, "blobs": archive.blobs}
    await instance.queue.enqueue(REMOVE_ARCHIVE, given, now=instance.now())


async def remove(instance: Instance, payload: dict[str, object]) -> None:
    """Job: remove the parts of an archive whose owner is gone."""
    nobody = Archive(RowId(0), RowId(0), str(payload["name"]), instance.now())
    await _remove_parts(instance, replace(nobody, blobs=int(str(payload["blobs"]))))


async def _remove_parts(instance: Instance, archive: Archive) -> None:
    for number in range(archive.blobs):
        await instance.blobs.remove(_part_name(archive, number))
