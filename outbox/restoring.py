"""Begins follows again that ended because a host was suspended, once the rule is lifted.

Neither side was told of the end: nothing is sent to a suspended host. So whoever followed somebody
here still thinks so, and is believed; who is followed from here is asked anew, for they may have
ended it meanwhile.
"""

from instance.errors import Failure
from instance.resources import Instance
from moderation.hosts import RESTORE_FOLLOWS
from outbox import following
from storage import actors, host_rules, relations
from storage.records import Follow, SeveredFollow

RESTORED_PER_JOB_MAX = 50


async def restore_follows(instance: Instance, payload: dict[str, object]) -> None:
    """Job `restore_follows`: begin the severed follows from and to an actor again, in slices."""
    actor_id = int(str(payload["actor_id"]))
    async with instance.store.transaction():
        actor = await actors.find(actor_id)
        if actor is None or actor.deleted_at is not None or actor.suspended_at is not None:
            return
        severed = await host_rules.take_severed_follows(actor_id, RESTORED_PER_JOB_MAX)
        for each in severed:
            await _restore(instance, each)
        if len(severed) == RESTORED_PER_JOB_MAX:
            again = {"actor_id": actor_id}
            await instance.queue.enqueue(RESTORE_FOLLOWS, again, now=instance.now())
        await instance.queue.finish_here()


async def _restore(instance: Instance, severed: SeveredFollow) -> None:
    people = await actors.by_ids((severed.follower_id, severed.followed_id))
    if any(each.deleted_at is not None for each in people.values()):
        return
    follower, followed = people[severed.follower_id], people[severed.followed_id]
    if await relations.is_blocked_between(follower.id, followed.id):
        return
    if follower.is_local:
        try:
            await following.follow_along(instance, follower, followed)
        except Failure:
            return  # as if it had been asked today
        return
    if await relations.find_follow(follower.id, followed.id) is None:
        await relations.save_follow(
            Follow(
                id=severed.id,
                follower_id=follower.id,
                followed_id=followed.id,
                state=severed.state,
                uri=severed.uri,
                created_at=severed.created_at,
            )
        )
