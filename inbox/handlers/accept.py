"""Somebody elsewhere accepts that a person here follows them, or does something to their post."""

from dataclasses import replace

from federation import vocabulary as v
from feeds import fanout
from inbox import answered, backfilling, meant
from inbox.authentication import VerifiedActivity
from inbox.results import Result, done, ignored
from instance.resources import Instance
from outbox import relaying
from storage import relations
from storage.records import FollowState, RelayState


async def accept(instance: Instance, verified: VerifiedActivity[v.Accept]) -> Result:
    """Only who is followed, or whose post it is, can accept (OR-15); twice is once (FL-16)."""
    async with instance.store.transaction():
        found = await meant.our_follow(instance, verified.activity.object, verified.actor)
        if found is None:
            named, actor = verified.activity.object, verified.actor
            if await relaying.answered(named, actor, RelayState.ACCEPTED):
                return done("the relay accepted")
            if (result := await answered.accepted(instance, verified)) is not None:
                return result
            return ignored("nobody here asked this actor")
        if found.state is FollowState.ACCEPTED:
            return done("accepted already")
        await relations.save_follow(replace(found, state=FollowState.ACCEPTED))
        await fanout.backfill(instance, found.follower_id, found.followed_id)
        await backfilling.look_later(instance, verified.actor)
    return done()
