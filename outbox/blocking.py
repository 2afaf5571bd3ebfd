"""Block and mute, with their undo: what was there is cleaned up at once (PV-19).

A block ends the follows both ways, and the other server is told, unless a setting says no; a mute
is nobody's business.
"""

from datetime import datetime

from actors.relations import check_two_people
from federation import vocabulary as v
from instance.resources import Instance
from outbox import delivery, following, telling
from storage import actors, feeds, notifications, receipts, relations, timelines
from storage.records import Actor, Block, Mute, Relationship, RowId


async def block(instance: Instance, actor: Actor, target_id: RowId) -> Relationship:
    """Meet somebody no more, and be met by them no more. Nothing happens when it is so already.

    Raises `Invalid` for oneself, `NotFound` for nobody.
    """
    check_two_people(actor.id, target_id)
    target = await actors.get(target_id)
    activity_id = delivery.new_id(instance)
    made = Block(activity_id.row, actor.id, target.id, activity_id.uri, instance.now())
    async with instance.store.transaction():
        # Both at once: two who block each other would wait for each other.
        await feeds.await_pushes(actor.id, target.id)
        if await relations.insert_block(made):
            await following.end_follow(instance, actor, target)
            await following.end_follower(instance, actor, target)
            await _forget_each_other(actor, target)
            if instance.settings.federation.sends_blocks:  # A59
                activity = _activity(made, actor, target)
                await telling.tell_as(instance, actor, target, activity, made.id)
        return await _relationship(instance, actor, target)


async def unblock(instance: Instance, actor: Actor, target_id: RowId) -> Relationship:
    """Take a block back; the follows stay ended. Nothing happens when there was none."""
    target = await actors.get(target_id)
    async with instance.store.transaction():
        undone = await relations.remove_block(actor.id, target.id)
        if undone is not None and await receipts.find_activity(undone.id) is not None:
            # Only who was told of the block hears that it ended. INTEROP, consequence 16: an
            # Undo(Block) that really unblocks names what it undoes.
            taken_back = _activity(undone, actor, target)
            await telling.tell(
                instance,
                actor,
                target,
                lambda uri: v.Undo(id=uri, actor=actor.uri, object=taken_back),
            )
        return await _relationship(instance, actor, target)


async def mute(
    instance: Instance,
    actor: Actor,
    target_id: RowId,
    *,
    hides_notifications: bool = True,
    expires_at: datetime | None = None,
) -> Relationship:
    """Do not read somebody, until `expires_at` if given; follows stay. Again: the new end counts.

    Raises `Invalid` for oneself, `NotFound` for nobody.
    """
    check_two_people(actor.id, target_id)
    target = await actors.get(target_id)
    async with instance.store.transaction():
        await relations.save_mute(
            Mute(
                id=instance.ids.new(),
                actor_id=actor.id,
                target_id=target.id,
                hides_notifications=hides_notifications,
                created_at=instance.now(),
                expires_at=expires_at,
            )
        )
        if hides_notifications:
            await notifications.remove_from(actor.id, target.id)
        return await _relationship(instance, actor, target)


async def unmute(instance: Instance, actor: Actor, target_id: RowId) -> Relationship:
    """Read somebody again: what is in the feed already shows at once."""
    target = await actors.get(target_id)
    await relations.remove_mute(actor.id, target.id)
    return await _relationship(instance, actor, target)


async def _forget_each_other(actor: Actor, target: Actor) -> None:
    """Feeds and notifications of both, as far as they are here (PV-18, PV-19)."""
    for owner, other in ((actor, target), (target, actor)):
        if owner.is_local:
            await timelines.remove_author(owner.id, other.id)
            await notifications.remove_from(owner.id, other.id)


def _activity(made: Block, actor: Actor, target: Actor) -> v.Block:
    return v.Block(id=made.uri, actor=actor.uri, object=target.uri)


async def _relationship(instance: Instance, actor: Actor, other: Actor) -> Relationship:
    return await relations.relationship(actor.id, other.id, instance.now())
