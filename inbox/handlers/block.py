"""Somebody elsewhere blocks a person here."""

from federation import vocabulary as v
from inbox import meant
from inbox.authentication import VerifiedActivity
from inbox.results import Result, done, ignored
from instance.resources import Instance
from storage import posts, relations, timelines
from storage.records import Block


async def block(instance: Instance, verified: VerifiedActivity[v.Block]) -> Result:
    """End follows both ways (E125, FL-15); the block hides each from the other."""
    activity, blocker = verified.activity, verified.actor
    target = await meant.local_person(instance, activity.object)
    if target is None:
        return ignored("there is no such person here")
    added = Block(
        id=instance.ids.new(),
        actor_id=blocker.id,
        target_id=target.id,
        uri=activity.id,
        created_at=instance.now(),
    )
    async with instance.store.transaction():
        if activity.id and await posts.is_tombstoned(meant.undone_key(blocker, activity.id)):
            return ignored("undone before it arrived")
        is_new = await relations.insert_block(added)
        await relations.remove_follow(blocker.id, target.id)
        await relations.remove_follow(target.id, blocker.id)
        await timelines.remove_author(target.id, blocker.id)
    return done("" if is_new else "blocked already")
