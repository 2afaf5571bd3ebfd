"""Drafts that the server keeps (B44): with their files, until they are posted or thrown away.

What a form is opened from - a draft, or a post that waits for its time (`scheduling.py`) - is one
row, which goes in the transaction that keeps what becomes of it: nothing is there twice, or lost.
"""

from datetime import datetime
from typing import Final

import msgspec

from instance.errors import Conflict, Invalid, NotFound
from instance.resources import Instance
from outbox import publishing
from posts import files
from posts.drafts import Draft, PollDraft
from posts.visibility import let_in
from storage import actors, drafts, media, posts, scheduled
from storage.records import Actor, KeptDraft, Page, Poll, Post, RowId

DRAFTS_MAX: Final = 200
BYTES_MAX: Final = 200_000


async def keep(
    instance: Instance, author: Actor, draft: Draft, instead_of: RowId | None = None
) -> KeptDraft:
    """Keep what is not finished, in place of what it was made of; nothing in it is checked.

    Raises `Invalid` for too much of it, and `Conflict` when what it was made of is gone.
    """
    if len(msgspec.json.encode(written(draft))) > BYTES_MAX:
        raise Invalid("This is far too long to be kept.")
    async with instance.store.transaction():
        await actors.get_locked(author.id)  # whose drafts are counted
        if instead_of is not None:
            await release(author, instead_of)
        if await drafts.count(author.id) >= DRAFTS_MAX:
            raise Invalid(f"You have {DRAFTS_MAX} drafts. Throw one away first.")
        return await keep_for_later(instance, author, draft)


async def keep_for_later(
    instance: Instance, author: Actor, draft: Draft, reason: str = ""
) -> KeptDraft:
    """Keep a draft, in the caller's transaction; `reason`: why it could not be posted."""
    made = KeptDraft(instance.ids.new(), author.id, written(draft), instance.now(), reason)
    await drafts.insert(made)
    await files.give(made.id, await files.own(author, media_ids(draft)))
    return made


async def publish(
    instance: Instance, author: Actor, draft: Draft, instead_of: RowId | None = None
) -> Post:
    """Say something, in place of what it was made of; raises as `publishing.publish`, `Conflict`.

    A draft that is posted twice, from two windows, is posted once.
    """
    if instead_of is None:
        return await publishing.publish(instance, author, draft)

    async def take(post: Post) -> None:
        del post
        await release(author, instead_of)

    return await publishing.publish(instance, author, draft, beside=take)


async def redraft(instance: Instance, author: Actor, post_id: RowId) -> KeptDraft:
    """Delete a post of one's own and keep it as a draft, with its files (B41).

    Raises as `publishing.delete`.
    """
    async with instance.store.transaction():
        post = await posts.get(post_id)
        await publishing.delete(instance, author, post_id, keeps_files=True)
        return await keep_for_later(instance, author, _of_post(post))


def _of_post(post: Post) -> Draft:
    """What somebody wrote, to be written anew."""
    return Draft(
        text=post.source,
        source_type=post.source_type,
        visibility=let_in(post).visibility.value,
        summary=post.summary,
        is_sensitive=post.is_sensitive,
        language=post.language or "",
        in_reply_to_id=post.in_reply_to_id,
        poll=None if post.poll is None else _of_poll(post.poll, post.created_at),
        quote_of=post.quote_id,
        policy=post.policy,
        media_ids=tuple(each.media_id for each in post.attachments if each.media_id is not None),
    )


def _of_poll(poll: Poll, begun_at: datetime) -> PollDraft:
    return PollDraft(
        [each.text for each in poll.options],
        is_multiple=poll.is_multiple,
        hides_totals=poll.hides_totals,
        open_for=poll.ends_at - begun_at if poll.ends_at is not None else None,
    )


async def release(author: Actor, kept_id: RowId) -> None:
    """Remove what a form was opened from; its files are free. In the caller's transaction."""
    removed = await drafts.remove(author.id, kept_id) or await scheduled.remove(author.id, kept_id)
    if removed is None:
        raise Conflict("This was posted or thrown away already, maybe in another window.")
    await media.let_go(kept_id)


async def discard(instance: Instance, author: Actor, kept_id: RowId) -> None:
    """Throw a draft away, with its files. Raises `NotFound`."""
    async with instance.store.transaction():
        if await drafts.remove(author.id, kept_id) is None:
            raise _nothing()
        left = await media.let_go(kept_id)
    await files.remove(instance, left)


async def find(author: Actor, kept_id: RowId) -> KeptDraft:
    """Return a draft of one's own; raises `NotFound`, also for those of others."""
    found = await drafts.find(author.id, kept_id)
    if found is None:
        raise _nothing()
    return found


async def all_of(author: Actor, page: Page) -> list[KeptDraft]:
    """Return a page of somebody's drafts, newest first."""
    return await drafts.of_actor(author.id, page)


def written(draft: Draft) -> dict[str, object]:
    """Return a draft as it is kept in a row."""
    plain: dict[str, object] = msgspec.to_builtins(draft, str_keys=True)
    return plain


def draft_of(row: dict[str, object]) -> Draft:
    """Return a draft as it was kept."""
    return msgspec.convert(row, Draft, strict=False)


def media_ids(draft: Draft) -> tuple[RowId, ...]:
    """Return the files of all posts of a draft."""
    found = [each for post in (draft, *draft.following) for each in post.media_ids or ()]
    return tuple(dict.fromkeys(found))


def _nothing() -> NotFound:
    return NotFound("There is no such draft.")
