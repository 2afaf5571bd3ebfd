"""A person here wants to meet nobody of another host (B90); the operator's rules: `moderation`.

Nobody elsewhere is told of it, but for the follows that end.
"""

from federation import origin
from feeds import notifications
from instance.errors import Failure, Invalid
from instance.resources import Instance
from outbox import following
from storage import actors, host_blocks
from storage.records import (
    Actor,
    HostBlock,
    NotificationDetails,
    NotificationKind,
    Page,
    RowId,
)

LEAVE_HOST = "leave_host"

BLOCKS_MAX = 1000
ENDED_PER_JOB_MAX = 50


async def block(instance: Instance, actor: Actor, host: str) -> None:
    """Meet nobody of a host any more; again changes nothing. The follows end, by a job (PV-12).

    Raises `Invalid` for what is no other host, or one too many.
    """
    name = _checked(instance, host)
    async with instance.store.transaction():
        if len(await host_blocks.of(actor.id, Page(limit=BLOCKS_MAX))) >= BLOCKS_MAX:
            raise Invalid(f"You block {BLOCKS_MAX} hosts. Unblock one first.")
        made = HostBlock(instance.ids.new(), actor.id, name, instance.now())
        if await host_blocks.insert(made):
            await _enqueue(instance, {"actor_id": actor.id, "host": name})


async def unblock(instance: Instance, actor: Actor, host: str) -> None:
    """Meet the people of a host again; the follows stay ended."""
    await host_blocks.remove(actor.id, _checked(instance, host))


async def leave(instance: Instance, payload: dict[str, object]) -> None:
    """Job: end a slice of the follows between somebody and a host, and queue the next.

    The last one tells them how many ended. Stops when the host is blocked no more.
    """
    actor_id, host = payload.get("actor_id"), payload.get("host")
    if not isinstance(actor_id, int) or not isinstance(host, str):
        return
    async with instance.store.transaction():
        actor = await actors.find(RowId(actor_id))
        if actor is None or not await host_blocks.is_blocked(actor_id, host):
            return
        others = await host_blocks.tied_at(actor_id, host, ENDED_PER_JOB_MAX)
        now, ids = instance.now(), [other.id for other in others]
        ended = await host_blocks.keep_ties(actor_id, ids, now)
        followers = int(str(payload.get("followers", 0))) + ended.followers
        following_ = int(str(payload.get("following", 0))) + ended.following
        for other in others:
            await following.end_follow(instance, actor, other)
            await following.end_follower(instance, actor, other)
        if len(others) == ENDED_PER_JOB_MAX:
            counted: dict[str, object] = {"followers": followers, "following": following_}
            await _enqueue(instance, payload | counted)
        elif followers or following_:
            await _tell(
                instance,
                actor,
                NotificationDetails(
                    host=host, followers=followers, following=following_, is_own=True
                ),
            )
        await instance.queue.finish_here()


async def _tell(instance: Instance, actor: Actor, lost: NotificationDetails) -> None:
    kind = NotificationKind.SEVERED
    await notifications.tell(instance, kind, actor.id, actor.id, details=lost)


async def _enqueue(instance: Instance, payload: dict[str, object]) -> None:
    await instance.queue.enqueue(LEAVE_HOST, payload, now=instance.now())


def _checked(instance: Instance, host: str) -> str:
    try:
        name = origin.host_of(f"https://{host.strip()}")
    except Failure as wrong:
        raise _no_host() from wrong
    if name in (instance.settings.domain, instance.settings.handles_at):
        raise _no_host()
    return name


def _no_host() -> Invalid:
    reason = "is not a valid domain name"
    return Invalid(f"Validation failed: Domain {reason}", fields={"domain": reason})
