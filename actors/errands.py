"""Errands: jobs that read something of a remote actor, queued once and bound to its host."""

from federation import origin
from instance.resources import Instance
from storage import actors
from storage.records import Actor, RowId


async def enqueue(instance: Instance, kind: str, actor: Actor, **more: str) -> None:
    """Queue a job about a remote actor; many at once are one job (E136)."""
    await instance.queue.enqueue(
        kind,
        {"actor_id": actor.id, **more},
        now=instance.now(),
        unique_key=":".join([kind, str(actor.id), *more.values()]),
        host=origin.host_of(actor.uri),
    )


async def actor_of(payload: dict[str, object]) -> Actor | None:
    """Return the remote actor that such a job is about; None when there is none to ask any more."""
    actor = await actors.find(RowId(int(str(payload["actor_id"]))))
    if actor is None or actor.is_local or actor.deleted_at is not None:
        return None
    return actor
