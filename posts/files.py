"""Files for posts: uploaded, prepared, given to a post, and removed with it or when left behind."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from federation.addresses import still_address
from instance.errors import Invalid, NotFound
from instance.resources import Instance
from media import blocked, decoding, kinds, transcoding, uploads
from media.processing import Prepared, check_type, is_moving
from moderation import limits
from posts.drafts import FileChange
from posts.visibility import WIDE
from storage import media, posts
from storage.records import Actor, Attachment, Media, MediaState, Post, RowId

PREPARE_MEDIA: Final = "prepare_media"
PER_POST_MAX: Final = 4
DESCRIPTION_LETTERS_MAX: Final = 1500
LEFT_KEPT_FOR: Final = timedelta(days=1)
_REMOVED_AT_ONCE = 100
_GIF: Final = "image/gif"

FocalPoint = tuple[float, float]


async def accept(
    instance: Instance,
    owner: Actor,
    data: bytes,
    *,
    description: str = "",
    focal_point: FocalPoint | None = None,
    thumbnail: bytes | None = None,
) -> Media:
    """Take in a file for a post. Raises `Invalid`, `TooMany`.

    A picture is prepared when this returns; films and sounds wait for a job (`prepare`), and may
    bring a `thumbnail`.
    """
    media_type = kinds.media_type_of(data) or ""
    words = checked_description(description)
    if media_type.startswith(("video/", "audio/")):
        transcoding.check_possible(instance)
        uploads.check_size(instance, data, instance.settings.media.film_bytes_max)
        await limits.allow_upload(instance, owner.id)
        return await _accept_film(instance, owner, data, words, thumbnail)
    uploads.check_size(instance, data)
    check_type(data)
    await limits.allow_upload(instance, owner.id)
    if await _is_moving_gif(instance, data):
        return await _accept_film(instance, owner, data, words, thumbnail)
    found = await decoding.prepared(instance, data)
    await blocked.check(found.whole)
    url, preview_url = await _store_picture(instance, found)
    row = Media(
        id=instance.ids.new(),
        actor_id=owner.id,
        state=MediaState.READY,
        kind="image",
        media_type=found.whole.media_type,
        created_at=instance.now(),
        url=url,
        preview_url=preview_url,
        description=words,
        focal_point=focal_point,
        width=found.whole.width,
        height=found.whole.height,
        blurhash=found.blurhash,
        fingerprint=found.whole.fingerprint,
        size_bytes=len(found.whole.data) + len(found.preview.data),
    )
    async with instance.store.transaction():
        await media.insert(row)
    return row


async def _is_moving_gif(instance: Instance, data: bytes) -> bool:
    """Whether a file becomes a film without sound, which is a tenth as large (Mastodon's gifv)."""
    if kinds.media_type_of(data) != _GIF or not transcoding.is_possible(instance):
        return False
    return await asyncio.to_thread(is_moving, data)


async def _store_picture(instance: Instance, found: Prepared) -> tuple[str, str]:
    """Store a picture whole and small; what is small stands for what moves (B66)."""
    if found.is_moving:
        url = await uploads.store_moving(instance, found.whole, found.preview)
        return url, still_address(url)
    whole = await uploads.store(instance, found.whole)
    return whole, await uploads.store(instance, found.preview)


async def _accept_film(
    instance: Instance, owner: Actor, data: bytes, words: str, thumbnail: bytes | None
) -> Media:
    media_type = kinds.media_type_of(data) or ""
    preview_url, blurhash = await _thumbnail(instance, thumbnail) if thumbnail else (None, None)
    row = Media(
        id=instance.ids.new(),
        actor_id=owner.id,
        state=MediaState.WAITING,
        kind="gifv" if media_type == _GIF else media_type.partition("/")[0],
        media_type=media_type,
        created_at=instance.now(),
        original=await uploads.store_original(instance, data, media_type),
        preview_url=preview_url,
        blurhash=blurhash,
        description=words,
        size_bytes=len(data),
    )
    async with instance.store.transaction():
        await media.insert(row)
        await instance.queue.enqueue(PREPARE_MEDIA, {"media_id": row.id}, now=instance.now())
    return row


async def prepare(instance: Instance, payload: dict[str, object]) -> None:
    """Job `prepare_media`: make a film or sound that every browser plays; twice is once."""
    row = await media.find(int(str(payload["media_id"])))
    if row is None or row.state is not MediaState.WAITING or row.original is None:
        return
    try:
        after = await _prepared(instance, row, await instance.blobs.read(row.original) or b"")
    except Invalid as wrong:
        after = replace(row, state=MediaState.FAILED, error=wrong.public, original=None)
    async with instance.store.transaction():
        now = await media.find_locked(row.id)
        if now is not None:
            # Described meanwhile, or given another thumbnail.
            await media.save(
                replace(
                    after,
                    description=now.description,
                    focal_point=now.focal_point,
                    preview_url=now.preview_url or after.preview_url,
                    blurhash=now.blurhash or after.blurhash,
                )
            )
    await uploads.remove_stored(instance, row.original)
    if now is None:
        await uploads.remove_picture(instance, after.url)
        await uploads.remove_picture(instance, after.preview_url)


async def _prepared(instance: Instance, row: Media, data: bytes) -> Media:
    made = await transcoding.transcode(instance, data)
    frame = await decoding.prepared(instance, made.frame) if made.frame else None
    if frame is not None:
        await blocked.check(frame.whole)
    preview = frame.preview if frame is not None and row.preview_url is None else None
    return replace(
        row,
        state=MediaState.READY,
        kind=row.kind if row.kind == "gifv" else made.media_type.partition("/")[0],
        media_type=made.media_type,
        original=None,
        url=await uploads.store_file(instance, made.data, made.media_type),
        preview_url=await uploads.store(instance, preview) if preview else row.preview_url,
        width=frame.whole.width if frame is not None else None,
        height=frame.whole.height if frame is not None else None,
        blurhash=row.blurhash or (frame.blurhash if frame is not None else None),
        fingerprint=frame.whole.fingerprint if frame is not None else None,
        duration_ms=made.duration_ms,
        size_bytes=len(made.data) + (len(preview.data) if preview else 0),
    )


async def _thumbnail(instance: Instance, data: bytes) -> tuple[str, str]:
    """Store a picture that stands for a film or sound; return its URL and BlurHash."""
    uploads.check_size(instance, data)
    check_type(data)
    found = await decoding.prepared(instance, data)
    await blocked.check(found.whole)
    return await uploads.store(instance, found.preview), found.blurhash


async def find(owner: Actor, media_id: RowId) -> Media:
    """Return a file of one's own; MD-8: `NotFound` for those of others."""
    found = await media.find(media_id)
    if found is None or found.actor_id != owner.id:
        raise NotFound("There is no such file, or it is not yours.")
    return found


async def describe(
    instance: Instance,
    owner: Actor,
    media_id: RowId,
    *,
    description: str | None,
    focal_point: FocalPoint | None,
    thumbnail: bytes | None = None,
) -> Media:
    """Change the words, the middle or the thumbnail of a file that no post has yet."""
    words = None if description is None else checked_description(description)
    before = await find(owner, media_id)
    has_thumbnail = thumbnail is not None and before.kind != "image"
    url, blurhash = (
        await _thumbnail(instance, thumbnail) if thumbnail and has_thumbnail else (None, None)
    )
    async with instance.store.transaction():
        found = await media.find_locked(media_id)
        if found is None or found.actor_id != owner.id or await _is_posted(found):
            raise NotFound("There is no such file, or it is part of a post already.")
        after = replace(
            found,
            description=found.description if words is None else words,
            focal_point=focal_point or found.focal_point,
            preview_url=url or found.preview_url,
            blurhash=blurhash or found.blurhash,
        )
        await media.save(after)
    if url is not None:
        await uploads.remove_picture(instance, before.preview_url)
    return after


async def _is_posted(found: Media) -> bool:
    """Whether a file belongs to a post; what holds others is a draft, or waits for its time."""
    return found.post_id is not None and await posts.find(found.post_id) is not None


async def redescribed(
    post_id: RowId, found: Sequence[Media], changes: Mapping[RowId, FileChange]
) -> tuple[Media, ...]:
    """Return the files of a post as an edit describes them, and keep that; in its transaction."""
    after = []
    for each in found:
        change = changes.get(each.id, FileChange())
        words = change.description
        described = replace(
            each,
            post_id=post_id,
            description=each.description if words is None else checked_description(words),
            focal_point=change.focal_point or each.focal_point,
        )
        if each.id in changes:
            await media.save(described)
        after.append(described)
    return tuple(after)


async def discard(instance: Instance, owner: Actor, media_id: RowId) -> None:
    """Remove a file that belongs to no post."""
    found = await find(owner, media_id)
    if found.post_id is not None:
        raise Invalid("This file is part of a post. Edit the post to take it out.")
    await remove(instance, [found])


async def checked(owner: Actor, media_ids: Sequence[RowId]) -> tuple[Media, ...]:
    """Return the files for a post, in their order; raises `Invalid` naming what is wrong."""
    wanted = list(dict.fromkeys(media_ids))
    if not wanted:
        return ()
    if len(wanted) > PER_POST_MAX:
        raise _wrong(f"A post has room for {PER_POST_MAX} files.")
    found = await media.of_actor(owner.id, wanted)
    for media_id in wanted:
        each = found.get(media_id)
        if each is None:
            raise _wrong("A file of this post is not there any more. Choose it again.")
        if each.state is not MediaState.READY:
            raise _wrong(each.error or "A file of this post is still being prepared.")
    return tuple(found[media_id] for media_id in wanted)


async def own(owner: Actor, media_ids: Sequence[RowId]) -> tuple[Media, ...]:
    """Return those of these files that are still there and one's own, prepared or not."""
    found = await media.of_actor(owner.id, media_ids)
    return tuple(found[media_id] for media_id in media_ids if media_id in found)


async def is_for_all(url: str) -> bool:
    """Whether a file is to be had by its plain address, where others are sealed (MD-12).

    Pictures of profiles are, and files of posts that everybody may read.
    """
    return not await media.is_kept_from_some(url, WIDE)


def attachment(of: Media) -> Attachment:
    """Return a file as a post has it."""
    return Attachment(
        url=of.url or "",
        media_type=of.media_type,
        kind=of.kind,
        description=of.description,
        width=of.width,
        height=of.height,
        blurhash=of.blurhash,
        focal_point=of.focal_point,
        duration_s=None if of.duration_ms is None else of.duration_ms / 1000,
        preview_url=of.preview_url,
        media_id=of.id,
    )


async def give(post_id: RowId, files: Sequence[Media]) -> None:
    """Make files those of a post; in the caller's transaction. Raises `Invalid` if one is taken."""
    if files and await media.give_to(post_id, [each.id for each in files]) != len(files):
        raise _wrong("A file of this post belongs to another post.")


async def let_go(post: Post) -> list[Media]:
    """Return the files of a post that is being deleted, for `remove` after the commit (MD-13).

    In the caller's transaction. Should the process die before it removes them, `tidy` does.
    """
    if all(each.media_id is None for each in post.attachments):
        return []
    return await media.let_go(post.id)


async def remove_all_of(instance: Instance, owner_id: RowId) -> None:
    """Remove all files of somebody who leaves; in slices."""
    while found := await media.list_of_actor(owner_id, _REMOVED_AT_ONCE):
        await remove(instance, found)


async def tidy(instance: Instance, payload: dict[str, object]) -> None:
    """Job `tidy_media`, once a day: removes files that no post has become of."""
    del payload
    before = instance.now() - LEFT_KEPT_FOR
    while found := await media.list_left(before, _REMOVED_AT_ONCE):
        await remove(instance, found)


async def remove(instance: Instance, found: Sequence[Media]) -> None:
    """Forget files and remove what is stored of them; not for use inside a transaction."""
    if not found:
        return
    async with instance.store.transaction():
        await media.remove([each.id for each in found])
    for each in found:
        await uploads.remove_picture(instance, each.url)
        await uploads.remove_picture(instance, each.preview_url)
        if each.original is not None:
            await uploads.remove_stored(instance, each.original)


def checked_description(text: str) -> str:
    """Return alt text that fits; raises `Invalid`."""
    words = text.replace("\x00", "").strip()
    if len(words) > DESCRIPTION_LETTERS_MAX:
        raise Invalid(
            f"A description has room for {DESCRIPTION_LETTERS_MAX} letters.",
            fields={"description": "is too long"},
        )
    return words


def _wrong(reason: str) -> Invalid:
    return Invalid(reason, fields={"media_ids": reason})


def covered(author: Actor, post: Post) -> Post:
    """The post, sensitive where moderators cover all files of its author (C34)."""
    if author.sensitized_at is None or not post.attachments:
        return post
    return replace(post, is_sensitive=True)
