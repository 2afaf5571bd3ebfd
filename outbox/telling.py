"""Tells one person of another server what a local actor did that concerns that person alone."""

from collections.abc import Callable

from federation import vocabulary as v
from instance.resources import Instance
from outbox import audience, delivery
from storage.records import Actor, RowId


async def tell(
    instance: Instance, actor: Actor, recipient: Actor, make: Callable[[str], v.Activity]
) -> None:
    """Send what `make` makes of a fresh id; in the caller's transaction. Nothing to people here.

    INTEROP, consequence 8: no id is used twice, also when the same is said again.
    """
    if not recipient.is_local:
        activity_id = delivery.new_id(instance)
        await tell_as(instance, actor, recipient, make(activity_id.uri), activity_id.row)


async def tell_as(
    instance: Instance, actor: Actor, recipient: Actor, activity: v.Activity, row: RowId
) -> None:
    """Send an activity whose id is that of a row, such as that of the follow which it asks for."""
    if not recipient.is_local:
        await delivery.send(instance, actor, activity, audience.only(recipient), row=row)
