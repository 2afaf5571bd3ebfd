"""What moderators take from a local person, and give back; nothing is deleted meanwhile.

Who is suspended is shut out (MO-3). All follows from `Actor.suspended_at`: sessions and tokens
count for nothing (`login.may_act`), their addresses answer that there is nobody, their posts are
hidden, and nothing is delivered for them. 404 and not 410: other servers would forget who follows
them, and there were no way back. One page is open to them (`login.shut_out`).

Who is frozen is shut out as well, and what they wrote stays: `UserState.DISABLED`. The files of who
is covered are sensitive, whatever they say of them: `Actor.sensitized_at`.

Who is silenced goes on as before, and is met by their followers alone: `Actor.silenced_at`.
"""

from dataclasses import replace

from instance.errors import Conflict
from instance.resources import Instance
from moderation import audit
from storage import actors, users
from storage.records import Actor, AuditKind, RowId, UserState
from users.registration import is_waiting


async def suspend(
    instance: Instance, actor: Actor, *, why: str = "", by: RowId | None = None
) -> None:
    """Shut somebody out from this moment on; raises `Conflict` for who is not in."""
    async with instance.store.transaction():
        before = await actors.get_locked(actor.id)
        if before.suspended_at is not None:
            raise Conflict(f"{before.username} is suspended already, or was not let in yet.")
        await actors.save(replace(before, suspended_at=instance.now()))
        await note(instance, by, f"suspended {before.username}", before, why)


async def unsuspend(instance: Instance, actor: Actor, *, by: RowId | None = None) -> None:
    """Let somebody in again; raises `Conflict` for who is not suspended."""
    async with instance.store.transaction():
        before = await actors.get_locked(actor.id)
        if before.suspended_at is None or await is_waiting(before):
            raise Conflict(f"{before.username} is not suspended.")
        await actors.save(replace(before, suspended_at=None))
        await note(instance, by, f"let {before.username} in again", before)


async def freeze(
    instance: Instance, actor: Actor, *, why: str = "", by: RowId | None = None
) -> None:
    """Let somebody in no more, and leave what they wrote; raises `Conflict` for who is not in."""
    async with instance.store.transaction():
        await _set_state(actor, UserState.ACTIVE, UserState.DISABLED)
        await note(instance, by, f"froze {actor.username}", actor, why)


async def unfreeze(instance: Instance, actor: Actor, *, by: RowId | None = None) -> None:
    """Let somebody in again; raises `Conflict` for who is not frozen."""
    async with instance.store.transaction():
        await _set_state(actor, UserState.DISABLED, UserState.ACTIVE)
        await note(instance, by, f"let {actor.username} in again", actor)


async def _set_state(actor: Actor, known: UserState, new: UserState) -> None:
    found = await users.find_by_actor(actor.id)
    before = await users.find_locked(found.id) if found is not None else None
    if before is None or before.state is not known:
        is_so = "not frozen" if known is UserState.DISABLED else "frozen already, or not in"
        raise Conflict(f"{actor.username} is {is_so}.")
    await users.save(replace(before, state=new))


async def cover(
    instance: Instance, actor: Actor, *, why: str = "", by: RowId | None = None
) -> None:
    """Let what somebody posts with files be sensitive from now on; `Conflict` if it is so."""
    async with instance.store.transaction():
        before = await actors.get_locked(actor.id)
        if before.sensitized_at is not None:
            raise Conflict(f"The files of {before.username} are covered already.")
        await actors.save(replace(before, sensitized_at=instance.now()))
        await note(instance, by, f"covers the files of {before.username}", before, why)


async def uncover(instance: Instance, actor: Actor, *, by: RowId | None = None) -> None:
    """Let somebody say themselves what is sensitive; raises `Conflict` if it is so."""
    async with instance.store.transaction():
        before = await actors.get_locked(actor.id)
        if before.sensitized_at is None:
            raise Conflict(f"The files of {before.username} are not covered.")
        await actors.save(replace(before, sensitized_at=None))
        await note(instance, by, f"covers the files of {before.username} no more", before)


async def silence(
    instance: Instance, actor: Actor, *, why: str = "", by: RowId | None = None
) -> None:
    """Keep somebody from those who do not follow them; raises `Conflict` for who is so already."""
    async with instance.store.transaction():
        before = await actors.get_locked(actor.id)
        if before.silenced_at is not None:
            raise Conflict(f"{before.username} is silenced already.")
        await actors.save(replace(before, silenced_at=instance.now()))
        await note(instance, by, f"silenced {before.username}", before, why)


async def unsilence(instance: Instance, actor: Actor, *, by: RowId | None = None) -> None:
    """Let everybody meet somebody again; raises `Conflict` for who is not silenced."""
    async with instance.store.transaction():
        before = await actors.get_locked(actor.id)
        if before.silenced_at is None:
            raise Conflict(f"{before.username} is not silenced.")
        await actors.save(replace(before, silenced_at=None))
        await note(instance, by, f"lets everybody meet {before.username} again", before)


async def note(
    instance: Instance, by: RowId | None, words: str, target: Actor, why: str = ""
) -> None:
    """Write into the log what was done to somebody, in the caller's transaction."""
    said = f"{words}: {why}" if why else words
    await audit.note(instance, by, AuditKind.PERSON, target.username, said)
