"""What lets people in and is over: expired links, unused sessions, sign-ups nobody confirmed."""

from dataclasses import replace
from datetime import timedelta

from instance.errors import Conflict
from instance.resources import Instance
from storage import actors, users
from users.login import SESSION_UNUSED_FOR

UNCONFIRMED_KEPT_FOR = timedelta(days=7)

_REMOVED_AT_ONCE = 100


async def tidy(instance: Instance, payload: dict[str, object]) -> None:
    """Job `tidy_users`, once a day. Run twice it finds nothing more to do."""
    del payload
    now = instance.now()
    await users.forget_one_time(now)
    await users.forget_sessions(now - SESSION_UNUSED_FOR)
    while await _remove_unconfirmed(instance):
        pass


async def _remove_unconfirmed(instance: Instance) -> int:
    """Remove some who never opened their link; the handle is free again, as nobody ever saw it."""
    before = instance.now() - UNCONFIRMED_KEPT_FOR
    found = await users.list_unconfirmed_since(before, _REMOVED_AT_ONCE)
    for user in found:
        try:
            async with instance.store.transaction():
                await users.remove(user.id)
                await actors.remove_never_seen(user.actor_id)
        except Conflict:  # of a version that let others see and follow them: the handle stays
            async with instance.store.transaction():
                await users.remove(user.id)
                actor = await actors.get(user.actor_id)
                await actors.save(replace(actor, deleted_at=instance.now(), suspended_at=None))
    return len(found)
