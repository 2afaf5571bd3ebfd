"""Changing who may quote a post of one's own, without a new wording (FEP-044f)."""

from instance.errors import NotFound
from instance.resources import Instance
from outbox.making_known import send_update
from posts import policies
from storage import posts
from storage.records import Actor, Post, RowId, Rule


async def let_quote(instance: Instance, author: Actor, post_id: RowId, quoters: Rule) -> Post:
    """Let these quote an own post from now on; who has the post is told. Raises `NotFound`."""
    async with instance.store.transaction():
        before = await posts.find_locked(post_id)
        if before is None or before.actor_id != author.id or before.deleted_at is not None:
            raise NotFound("There is no post of yours at this address.")
        after = policies.with_quoters(before, quoters)
        if after != before:
            await posts.save(after)
            await send_update(instance, author, after)
    return after
