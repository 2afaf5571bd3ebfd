"""Shutting a local person out, and letting them in again; nothing is deleted meanwhile (MO-3).

All follows from `Actor.suspended_at`: sessions and tokens count for nothing (`login.may_act`),
their addresses answer that there is nobody, their posts are hidden, and nothing is delivered for
them. 404 and not 410: other servers would forget who follows them, and there were no way back.
"""

from dataclasses import replace

from instance.errors import Conflict
from instance.resources import Instance
from moderation import audit
from storage import actors
from storage.records import Actor, AuditKind, RowId
from users.registration import is_waiting


async def suspend(instance: Instance, actor: Actor, *, by: RowId | None = None) -> None:
    """Shut somebody out from this moment on; raises `Conflict` for who is not in."""
    async with instance.store.transaction():
        before = await actors.get_locked(actor.id)
        if before.suspended_at is not None:
            raise Conflict(f"{before.username} is suspended already, or was not let in yet.")
        await actors.save(replace(before, suspended_at=instance.now()))
        words = f"suspended {before.username}"
        await audit.note(instance, by, AuditKind.PERSON, before.username, words)


async def unsuspend(instance: Instance, actor: Actor, *, by: RowId | None = None) -> None:
    """Let somebody in again; raises `Conflict` for who is not suspended."""
    async with instance.store.transaction():
        before = await actors.get_locked(actor.id)
        if before.suspended_at is None or await is_waiting(before):
            raise Conflict(f"{before.username} is not suspended.")
        await actors.save(replace(before, suspended_at=None))
        words = f"let {before.username} in again"
        await audit.note(instance, by, AuditKind.PERSON, before.username, words)
