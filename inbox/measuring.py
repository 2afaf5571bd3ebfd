"""Measures pictures of remote posts that came without a size, so that pages keep room for them.

INTEROP, consequence 7. A job, never part of taking a post in; nothing of a picture is kept.
"""

import asyncio
from dataclasses import replace

from instance.errors import RemoteFailure
from instance.resources import Instance
from media import processing
from storage import posts
from storage.records import Attachment, Post, RowId

MEASURE_PICTURES = "measure_pictures"
PICTURES_MAX = 4
ACCEPT = "image/avif, image/webp, image/png, image/jpeg, image/gif"


async def enqueue(instance: Instance, post: Post) -> None:
    """Queue the measuring of a post's pictures, if one came without a size; in a transaction."""
    if any(_lacks_size(each) for each in post.attachments):
        await instance.queue.enqueue(
            MEASURE_PICTURES,
            {"post_id": post.id},
            now=instance.now(),
            unique_key=f"{MEASURE_PICTURES}:{post.id}",
        )


async def measure_pictures(instance: Instance, payload: dict[str, object]) -> None:
    """Job: fetch the pictures that lack a size, a few and of bounded size, and note theirs.

    What cannot be had or read stays as it came: the size is a comfort.
    """
    post_id = RowId(int(str(payload["post_id"])))
    post = await posts.find(post_id)
    if post is None:
        return
    lacking = [each.url for each in post.attachments if _lacks_size(each)][:PICTURES_MAX]
    sizes = {url: await _size(instance, url) for url in lacking}
    async with instance.store.transaction():
        post = await posts.find_locked(post_id)
        if post is None or post.deleted_at is not None:
            return
        measured = tuple(_measured(each, sizes.get(each.url)) for each in post.attachments)
        if measured != post.attachments:
            await posts.save(replace(post, attachments=measured))


def _lacks_size(attachment: Attachment) -> bool:
    is_known = attachment.width is not None and attachment.height is not None
    return attachment.kind == "image" and not is_known


async def _size(instance: Instance, url: str) -> tuple[int, int] | None:
    bytes_max = instance.settings.limits.upload_bytes_max
    try:
        data, _ = await instance.http.get_bytes(url, ACCEPT, bytes_max)
    except RemoteFailure:
        return None
    return await asyncio.to_thread(processing.size_of, data)


def _measured(attachment: Attachment, size: tuple[int, int] | None) -> Attachment:
    if size is None or not _lacks_size(attachment):
        return attachment
    return replace(attachment, width=size[0], height=size[1])
