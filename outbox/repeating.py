"""A post that an app sends twice, because it heard nothing the first time, is one post.

Apps name what they send by `Idempotency-Key`: https://docs.joinmastodon.org/methods/statuses/.
"""

import hashlib
from datetime import timedelta
from typing import Final

from instance.errors import Conflict
from instance.resources import Instance
from outbox import publishing
from posts.drafts import Draft
from storage import posts, scheduled
from storage.records import Actor, Post, RepeatKey, RowId

KNOWN_FOR: Final = timedelta(hours=1)


class Repeated(Conflict):
    """Somebody was faster with the same name."""


async def publish(instance: Instance, author: Actor, draft: Draft, name: str) -> Post:
    """Say something, or return what was said under this name within the hour; '' is no name.

    Raises as `publishing.publish`.
    """
    if not name:
        return await publishing.publish(instance, author, draft)
    known = await find(instance, author, name)
    if known is not None and (post := await posts.find(known)) is not None:
        return post

    async def take(post: Post) -> None:
        await claim(instance, author, name, post.id)

    try:
        return await publishing.publish(instance, author, draft, beside=take)
    except Repeated:
        # Who was faster may not have ended yet: within a transaction, or after it, it is there.
        async with instance.store.transaction():
            return await posts.get(await find(instance, author, name) or 0)


async def find(instance: Instance, author: Actor, name: str) -> RowId | None:
    """Return what was made under this name within the hour."""
    if not name:
        return None
    return await scheduled.find_key(author.id, _digest(name), instance.now() - KNOWN_FOR)


async def claim(instance: Instance, author: Actor, name: str, made_id: RowId) -> None:
    """Let this be what the name stands for, in the transaction that makes it; `Conflict`."""
    now = instance.now()
    key = RepeatKey(instance.ids.new(), author.id, _digest(name), made_id, now)
    if name and not await scheduled.take_key(key, since=now - KNOWN_FOR):
        raise Repeated("This was sent already.")


async def forget(instance: Instance, payload: dict[str, object]) -> None:
    """Job `forget_repeats`, once a day: forget names that nobody sends again. May run twice."""
    del payload
    await scheduled.forget_keys(instance.now() - KNOWN_FOR)


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
