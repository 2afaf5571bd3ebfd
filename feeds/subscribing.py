"""Tells those who want to hear of each post of somebody they follow (B31)."""

from feeds import notifications
from instance.resources import Instance
from storage import follow_options, posts
from storage.records import NotificationKind, Post, RowId

TELL_OF_POST = "tell_of_post"

TOLD_PER_JOB_MAX = 100


async def tell_later(instance: Instance, post: Post) -> None:
    """Let a job tell of a new post; in the caller's transaction."""
    await _enqueue(instance, {"post_id": post.id, "after": 0})


async def tell_of_post(instance: Instance, payload: dict[str, object]) -> None:
    """Job: tell a slice of those who wait for posts of an author, and queue the next.

    May run twice. Who is named in the post is told of that already.
    """
    post_id, after = payload.get("post_id"), payload.get("after")
    if not isinstance(post_id, int) or not isinstance(after, int):
        return
    async with instance.store.transaction():
        post = await posts.find(RowId(post_id))
        if post is None or post.deleted_at is not None:
            return
        waiting = await follow_options.awaiting_ids(post.actor_id, after, TOLD_PER_JOB_MAX)
        named = {each.actor_id for each in post.mentions}
        for reader_id in waiting:
            if reader_id not in named:
                kind = NotificationKind.STATUS
                await notifications.tell(instance, kind, reader_id, post.actor_id, post.id)
        if len(waiting) == TOLD_PER_JOB_MAX:
            await _enqueue(instance, {"post_id": post.id, "after": waiting[-1]})


async def _enqueue(instance: Instance, payload: dict[str, object]) -> None:
    await instance.queue.enqueue(TELL_OF_POST, payload, now=instance.now())
