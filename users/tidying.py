"""What lets in and is over: expired links and codes, unused sessions and apps, dead sign-ups."""

from dataclasses import replace
from datetime import timedelta

from instance.errors import Conflict
from instance.resources import Instance
from storage import actors, factors, oauth, traces, users
from users import resemblance, sign_ins
from users.apps import APP_TOKENS_KEPT_FOR, UNUSED_KEPT_FOR
from users.grants import CODES_KEPT_FOR
from users.login import SESSION_UNUSED_FOR

UNCONFIRMED_KEPT_FOR = timedelta(days=7)

_REMOVED_AT_ONCE = 100


async def tidy(instance: Instance, payload: dict[str, object]) -> None:
    """Job `tidy_users`, once a day. Run twice it finds nothing more to do."""
    del payload
    now = instance.now()
    await users.forget_one_time(now)
    await users.forget_sessions(now - SESSION_UNUSED_FOR)
    await traces.forget(now - resemblance.KEPT_FOR)
    await resemblance.key_old_hashes(instance)
    await factors.forget_sign_ins(now - sign_ins.KEPT_FOR)
    await oauth.forget_codes(now - CODES_KEPT_FOR)
    await oauth.forget_app_tokens(now - APP_TOKENS_KEPT_FOR)
    await oauth.forget_unused_apps(now - UNUSED_KEPT_FOR)
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
