"""Posts that are said later (B42): kept until then, changed and cancelled, and said exactly once.

The row goes in the transaction that makes the post: whatever dies in between, there is one of them.
https://docs.joinmastodon.org/methods/scheduled_statuses/
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from feeds import notifications
from instance.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from instance.resources import Instance
from outbox import drafting, publishing, repeating
from posts import files
from posts.drafts import Draft, check_thread
from storage import actors, media, scheduled, users
from storage.records import (
    Actor,
    NotificationDetails,
    NotificationKind,
    Page,
    Post,
    RowId,
    ScheduledPost,
)
from users import login

PUBLISH_SCHEDULED: Final = "publish_scheduled"
AHEAD_MIN: Final = timedelta(minutes=5)
WAITING_MAX: Final = 300
PER_DAY_MAX: Final = 25

_DAY = timedelta(days=1)
_log = logging.getLogger(__name__)


class _Cancelled(Conflict):
    """It was cancelled, moved or said meanwhile."""


async def schedule(
    instance: Instance,
    author: Actor,
    draft: Draft,
    due_at: datetime,
    name: str = "",
    *,
    instead_of: RowId | None = None,
) -> ScheduledPost:
    """Keep a draft that is to be said at `due_at`; the same `name` within the hour is the same.

    It is there in place of the draft, or of what was to be said, that it was made of.

    Raises as `publishing.publish`, `Invalid` for a time that is too near and for too many, and
    `Conflict` when what it was made of is gone.
    """
    known = await repeating.find(instance, author, name)
    if known is not None and (before := await scheduled.find(author.id, known)) is not None:
        return before
    check_thread(draft, instance.settings.limits)
    for each in (draft, *draft.following):
        await files.checked(author, each.media_ids or ())
    made = ScheduledPost(
        instance.ids.new(), author.id, due_at, drafting.written(draft), created_at=instance.now()
    )
    try:
        async with instance.store.transaction():
            await actors.get_locked(author.id)  # who is counted below
            await repeating.claim(instance, author, name, made.id)
            if instead_of is not None:
                await drafting.release(author, instead_of)
            await _check_time(instance, author, due_at)
            await scheduled.insert(made)
            await files.give(made.id, await files.own(author, drafting.media_ids(draft)))
            await _enqueue(instance, made)
    except repeating.Repeated:
        async with instance.store.transaction():  # as in `repeating.publish`
            return await find(author, await repeating.find(instance, author, name) or RowId(0))
    return made


async def move(
    instance: Instance, author: Actor, scheduled_id: RowId, due_at: datetime
) -> ScheduledPost:
    """Say it at another time; raises `NotFound`, `Invalid`."""
    async with instance.store.transaction():
        before = await scheduled.find_locked(scheduled_id)
        if before is None or before.actor_id != author.id:
            raise _nothing()
        await _check_time(instance, author, due_at)
        after = replace(before, due_at=due_at)
        await scheduled.save(after)
        await _enqueue(instance, after)
    return after


async def cancel(instance: Instance, author: Actor, scheduled_id: RowId) -> None:
    """Do not say it; its files wait a day for another post. Raises `NotFound`."""
    async with instance.store.transaction():
        if await scheduled.remove(author.id, scheduled_id) is None:
            raise _nothing()
        await media.let_go(scheduled_id)


async def find(author: Actor, scheduled_id: RowId) -> ScheduledPost:
    """Return what one wants to say; raises `NotFound`, also for what others want to."""
    found = await scheduled.find(author.id, scheduled_id)
    if found is None:
        raise _nothing()
    return found


async def all_of(author: Actor, page: Page) -> list[ScheduledPost]:
    """Return a page of what somebody wants to say."""
    return await scheduled.of_actor(author.id, page)


def draft_of(row: ScheduledPost) -> Draft:
    """Return what is to be said."""
    return drafting.draft_of(row.draft)


async def publish(instance: Instance, payload: dict[str, object]) -> None:
    """Job `publish_scheduled`: say it, when it is time and was not cancelled. May run twice."""
    row = await _due(instance, payload.get("scheduled_id"))
    if row is None:
        return
    author = await actors.get(row.actor_id)
    user = await users.find_by_actor(author.id)
    if user is not None and not login.may_act(user, author):
        await _give_back(instance, author, row, "Your account was shut when it was time.")
        return

    async def take(post: Post) -> None:
        del post
        locked = await scheduled.find_locked(row.id)
        if locked is None or locked.due_at != row.due_at:
            raise _Cancelled("This was cancelled.")
        await media.let_go(row.id)
        await scheduled.remove(row.actor_id, row.id)

    try:
        await publishing.publish(instance, author, draft_of(row), beside=take)
    except _Cancelled:
        return
    except (Invalid, NotFound, Forbidden, Gone) as failure:
        # What was true when it was written is so no more: what it answers is gone, say.
        await _give_back(instance, author, row, failure.public)


async def _give_back(instance: Instance, author: Actor, row: ScheduledPost, reason: str) -> None:
    """B43: what cannot be said is a draft again, and its writer is told."""
    _log.warning("scheduled post %s cannot be said: %s", row.id, reason)
    async with instance.store.transaction():
        if await scheduled.remove(author.id, row.id) is None:
            return
        await media.let_go(row.id)
        kept = await drafting.keep_for_later(instance, author, draft_of(row), reason)
        details = NotificationDetails(draft_id=kept.id)
        await notifications.tell(
            instance, NotificationKind.UNSENT, author.id, author.id, details=details
        )


async def _due(instance: Instance, scheduled_id: object) -> ScheduledPost | None:
    if not isinstance(scheduled_id, int):
        return None
    async with instance.store.transaction():
        row = await scheduled.find_locked(scheduled_id)
    if row is None or row.due_at > instance.now():
        return None
    return row


async def _check_time(instance: Instance, author: Actor, due_at: datetime) -> None:
    now = instance.now()
    if due_at < now + AHEAD_MIN:
        reason = f"must be {AHEAD_MIN.seconds // 60} minutes ahead at least"
        raise Invalid(f"Validation failed: Scheduled at {reason}", fields={"scheduled_at": reason})
    day = due_at.replace(hour=0, minute=0, second=0, microsecond=0)
    waiting, same_day = await scheduled.count(author.id, day, day + _DAY)
    if waiting >= WAITING_MAX:
        raise Invalid(f"You have {WAITING_MAX} scheduled posts. Cancel one first.")
    if same_day >= PER_DAY_MAX:
        raise Invalid(f"You have {PER_DAY_MAX} posts on that day. Choose another one.")


async def _enqueue(instance: Instance, row: ScheduledPost) -> None:
    await instance.queue.enqueue(
        PUBLISH_SCHEDULED,
        {"scheduled_id": row.id},
        now=instance.now(),
        due_at=row.due_at,
        # One job a time: when it is moved, the job of the old time finds that it is not due.
        unique_key=f"{PUBLISH_SCHEDULED}:{row.id}:{row.due_at.timestamp():.0f}",
    )


def _nothing() -> NotFound:
    return NotFound("There is no such scheduled post.")
