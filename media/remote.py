"""Copies of files of other servers, within a budget of bytes that is never exceeded (P1, B65).

Fetched for members alone, once for all who ask at the same time; what could not be had is not
asked for again for a while. The least recently used go first: their bytes count until they are
removed, and a new file counts before it is written. What is being written is leased to its writer:
nobody else counts it out, or it would lie there uncounted.
"""

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from federation.addresses import Addresses
from instance.errors import Conflict, Invalid, NotFound, RemoteFailure, Unavailable
from instance.resources import Instance
from media import decoding, kinds, processing
from media.processing import Box
from storage import remote_files, server_keys
from storage.records import Post, RemoteFile, RemoteFileState, RowId

FORGET_REMOTE_FILES: Final = "forget_remote_files"
STILL_TYPE: Final = "image/webp"
ACCEPT: Final = "image/avif, image/webp, image/*, video/*, audio/*"
WAIT_S: Final = 20.0
FAILURES_KEPT_FOR: Final = timedelta(days=7)
_KEY_NAME: Final = "remote files"
_FIRST_WAIT: Final = timedelta(minutes=2)
_LONGEST_WAIT: Final = timedelta(days=1)
_GOING_AT_ONCE: Final = 100
_HEIC: Final = "image/heic"
_NOT_HERE: Final = "There is no copy of this file here."
_TOO_MANY: Final = "Too many files are under way."


async def addresses_for_member(instance: Instance) -> Addresses:
    """Return our addresses as an app of somebody who lives here is told them."""
    key = instance.secrets.get(_KEY_NAME)
    if key is None:
        kept = await server_keys.secret(_KEY_NAME, secrets.token_hex(32), instance.now())
        key = instance.secrets[_KEY_NAME] = bytes.fromhex(kept)
    return replace(instance.addresses, file_key=key)


def key_of(url: str) -> str:
    """Return the key of a file: its address may be long."""
    return hashlib.sha256(url.encode()).hexdigest()


async def find(instance: Instance, url: str) -> RemoteFile | None:
    """Return the copy of a file, noting that it is used; None if there is none."""
    found = await remote_files.find(key_of(url))
    if found is None or found.state is not RemoteFileState.READY:
        return None
    if found.used_at < instance.now() - remote_files.USED_TO_THE:
        await remote_files.used(found.id, instance.now())
    return found


async def fetch(instance: Instance, url: str) -> RemoteFile:
    """Fetch a file for a member, unless it is here or failed lately; raises `NotFound`.

    Network: not for use inside a transaction. Raises `Unavailable` where too many are under way.
    """
    key = key_of(url)
    async with _alone(instance, key):
        found = await remote_files.find(key)
        if found is not None and found.state is RemoteFileState.READY:
            return found
        if found is not None and _is_left_behind(found, instance.now()):
            await _remove(instance, [found])
            found = None
        is_early = found is not None and found.again_at and found.again_at > instance.now()
        if is_early or (found is not None and found.state is not RemoteFileState.FAILED):
            raise NotFound(_NOT_HERE)
        try:
            async with _turn(instance):
                data, media_type = await _read(instance, url)
            return await _keep(instance, url, data, media_type)
        except (RemoteFailure, Invalid) as failure:
            await _note_failure(instance, url, found)
            raise NotFound(_NOT_HERE, detail=f"{url[:200]}: {failure.public}") from failure


async def lost(instance: Instance, file: RemoteFile) -> None:
    """Count a copy out that is not where it should be, or not all of it."""
    await _remove(instance, [file])


async def find_still(instance: Instance, file: RemoteFile) -> tuple[str, str]:
    """Return name and type of what stands for a copy where pictures do not move (B66).

    It is made when it is first asked for. What does not move stands for itself; so does what cannot
    be decoded, lest it be tried at every look.
    """
    if not file.media_type.startswith("image/"):
        return file.name, file.media_type
    name = file.still_name or await _make_still(instance, file)
    return name, file.media_type if name == file.name else STILL_TYPE


async def _make_still(instance: Instance, file: RemoteFile) -> str:
    async with _alone(instance, file.key):
        now = await remote_files.find(file.key)
        if now is None or now.still_name or now.state is not RemoteFileState.READY:
            return (now or file).still_name or file.name
        still = await _first_frame(instance, await instance.blobs.read(file.name) or b"")
        try:
            name = await _keep_still(instance, now, still) if still is not None else now.name
        except Invalid:  # there is no room for it at all
            name = now.name
        async with instance.store.transaction():
            is_wanted = await remote_files.set_still(now.id, name)
        if not is_wanted:  # its post was deleted meanwhile
            await _remove(instance, [replace(now, still_name=name)])
        return name if is_wanted else now.name


async def _first_frame(instance: Instance, data: bytes) -> bytes | None:
    """What stands for a picture that moves; None for other files."""
    size = processing.size_of(data)
    if size is None or not await asyncio.to_thread(processing.is_moving, data):
        return None
    try:
        return (await decoding.cropped(instance, data, Box(*size))).data
    except Invalid:
        return None


async def _keep_still(instance: Instance, file: RemoteFile, data: bytes) -> str:
    lease = instance.now() + remote_files.LEASE
    await _make_room(instance, len(data), lambda: remote_files.grow(file.id, len(data), lease))
    name = f"remote-{secrets.token_hex(16)}.{kinds.EXTENSIONS[STILL_TYPE]}"
    try:
        await instance.blobs.put(name, data, STILL_TYPE)
    except Unavailable:
        async with instance.store.transaction():
            await remote_files.hold_usage()
            await remote_files.grow(file.id, -len(data), None)
        raise
    return name


async def enqueue_forgetting(instance: Instance, post: Post) -> None:
    """Let the copies of a post's files go with it (MD-13); in the transaction that deletes it."""
    urls = [each.url for each in post.attachments if each.media_id is None]
    if urls and await remote_files.mark_keys_going([key_of(url) for url in urls]):
        await instance.queue.enqueue(FORGET_REMOTE_FILES, {}, now=instance.now())


async def forget_remote_files(instance: Instance, payload: dict[str, object]) -> None:
    """Job: remove what nobody is shown any more; and, once a day, failures of long ago."""
    del payload
    while going := await remote_files.list_going(instance.now(), _GOING_AT_ONCE):
        await _remove(instance, going)
    async with instance.store.transaction():
        await remote_files.forget_failures(instance.now() - FAILURES_KEPT_FOR)


async def _read(instance: Instance, url: str) -> tuple[bytes, str]:
    """Fetch and judge a file: MD-11, its type is what it is, not what it is said to be."""
    bytes_max = instance.settings.media.remote_file_bytes_max
    data, _ = await instance.http.get_bytes(url, ACCEPT, bytes_max)
    media_type = kinds.media_type_of(data)
    if media_type == _HEIC:
        whole = (await decoding.prepared(instance, data)).whole
        return whole.data, whole.media_type
    if media_type not in kinds.EXTENSIONS:
        raise Invalid("This is no picture, film or sound.")
    # MD-5: nobody's browser is sent a picture that would fill its memory.
    if media_type.startswith("image/"):
        size = await asyncio.to_thread(processing.size_of, data)
        if size is None or size[0] * size[1] > processing.PIXELS_MAX:
            raise Invalid("This picture is broken or too large.")
    return data, media_type


async def _keep(instance: Instance, url: str, data: bytes, media_type: str) -> RemoteFile:
    name = f"remote-{secrets.token_hex(16)}.{kinds.EXTENSIONS[media_type]}"
    is_picture = media_type.startswith("image/")
    moves = is_picture and await asyncio.to_thread(processing.is_moving, data)
    file = RemoteFile(
        id=instance.ids.new(),
        key=key_of(url),
        host=urlsplit(url).netloc,
        state=RemoteFileState.COMING,
        fetched_at=instance.now(),
        used_at=instance.now(),
        name=name,
        media_type=media_type,
        size_bytes=len(data),
        still_name="" if moves else name,
        leased_until=instance.now() + remote_files.LEASE,
    )
    try:
        await _make_room(instance, file.size_bytes, lambda: remote_files.add(file))
    except Conflict as taken:  # another process had it meanwhile
        raise Unavailable("This file is just coming.", detail=file.key) from taken
    try:
        await instance.blobs.put(file.name, data, media_type)
    except Unavailable:
        await _forget(instance, [file.id])
        raise
    async with instance.store.transaction():
        is_wanted = await remote_files.written(file.id)
    if not is_wanted:  # its post was deleted while it came
        await _remove(instance, [file])
        raise NotFound(_NOT_HERE)
    return replace(file, state=RemoteFileState.READY)


async def _make_room(
    instance: Instance, size_bytes: int, count_in: Callable[[], Awaitable[None]]
) -> None:
    """Count so many bytes in, after what must go for them is gone.

    Raises `Invalid` if there is no room at all, `Unavailable` if all of it is being written to.
    """
    budget = instance.settings.media.remote_budget_bytes
    if size_bytes > budget:
        raise Invalid("This file is larger than the room for all of them.")
    while True:
        async with instance.store.transaction():
            lacking = await remote_files.hold_usage() + size_bytes - budget
            if lacking <= 0:
                await count_in()
                return
            going = await remote_files.mark_least_used(lacking, instance.now())
        if not going:
            raise Unavailable(_TOO_MANY, detail="no room beside files that are just coming")
        await _remove(instance, going)


def _is_left_behind(file: RemoteFile, now: datetime) -> bool:
    """Whether it came when its writer crashed."""
    is_leased = file.leased_until is not None and file.leased_until >= now
    return file.state is RemoteFileState.COMING and not is_leased


async def _remove(instance: Instance, going: Iterable[RemoteFile]) -> None:
    gone = list(going)
    for each in gone:
        for name in {each.name, each.still_name} - {""}:
            await instance.blobs.remove(name)
    await _forget(instance, [each.id for each in gone])


async def _forget(instance: Instance, file_ids: list[RowId]) -> None:
    async with instance.store.transaction():
        await remote_files.hold_usage()
        await remote_files.forget(file_ids)


async def _note_failure(instance: Instance, url: str, before: RemoteFile | None) -> None:
    failures = before.failures + 1 if before is not None else 1
    wait = min(_FIRST_WAIT * 4 ** min(failures - 1, 10), _LONGEST_WAIT)
    now = instance.now()
    await remote_files.note_failure(
        RemoteFile(
            id=instance.ids.new(),
            key=key_of(url),
            host=urlsplit(url).netloc,
            state=RemoteFileState.FAILED,
            fetched_at=now,
            used_at=now,
            failures=failures,
            again_at=now + wait,
        )
    )


@contextlib.asynccontextmanager
async def _alone(instance: Instance, key: str) -> AsyncIterator[None]:
    """Wait until nobody else in this process fetches this file: a herd makes one request."""
    while (other := instance.fetching.get(key)) is not None:
        await other.wait()
    mine = instance.fetching[key] = asyncio.Event()
    try:
        yield
    finally:
        del instance.fetching[key]
        mine.set()


@contextlib.asynccontextmanager
async def _turn(instance: Instance) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(WAIT_S):
            await instance.fetchers.acquire()
    except TimeoutError as late:
        raise Unavailable(_TOO_MANY, detail="remote files") from late
    try:
        yield
    finally:
        instance.fetchers.release()
