"""News of the server itself: somebody joined it, or it shut another server out and follows ended.

Both happen below this rung, which tells people: so they come here as jobs, which may run twice.
"""

from feeds import notifications
from instance.resources import Instance
from storage import host_rules, users
from storage.records import NotificationDetails, NotificationKind, RowId

TOLD_PER_JOB_MAX = 100


async def tell_sign_up(instance: Instance, payload: dict[str, object]) -> None:
    """Job `tell_sign_up`: tell the moderators that somebody joined (B111)."""
    actor_id = payload.get("actor_id")
    if not isinstance(actor_id, int):
        return
    async with instance.store.transaction():
        for moderator in await users.list_moderators():
            kind = NotificationKind.SIGN_UP
            await notifications.tell(instance, kind, moderator.actor_id, RowId(actor_id))


async def tell_severed(instance: Instance, payload: dict[str, object]) -> None:
    """Job `tell_severed`: tell people that follows ended with a host, in slices (B111)."""
    host, after = payload.get("host"), payload.get("after", 0)
    if not isinstance(host, str) or not isinstance(after, int):
        return
    async with instance.store.transaction():
        losses = await host_rules.losses(host, after, TOLD_PER_JOB_MAX)
        for each in losses:
            details = NotificationDetails(
                host=host, followers=each.followers, following=each.following
            )
            kind, owner_id = NotificationKind.SEVERED, each.actor_id
            await notifications.tell(instance, kind, owner_id, owner_id, details=details)
        if len(losses) == TOLD_PER_JOB_MAX:
            rest = {"host": host, "after": losses[-1].actor_id}
            await instance.queue.enqueue("tell_severed", rest, now=instance.now())
