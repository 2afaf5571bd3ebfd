"""Somebody elsewhere refuses a follow, or what was done to a post of theirs, or ends it later."""

from federation import vocabulary as v
from inbox import answered, meant
from inbox.authentication import VerifiedActivity
from inbox.results import Result, done, ignored
from instance.resources import Instance
from outbox import relaying
from storage import relations, timelines
from storage.records import RelayState


async def reject(instance: Instance, verified: VerifiedActivity[v.Reject]) -> Result:
    """Only who is followed can refuse (OR-16); a Reject after the Accept removes (E123)."""
    async with instance.store.transaction():
        found = await meant.our_follow(instance, verified.activity.object, verified.actor)
        if found is None:
            named, actor = verified.activity.object, verified.actor
            if await relaying.answered(named, actor, RelayState.REFUSED):
                return done("the relay refused")
            if (result := await answered.rejected(instance, verified)) is not None:
                return result
            return ignored("nobody here follows this actor")
        await relations.remove_follow(found.follower_id, found.followed_id)
        await timelines.remove_author(found.follower_id, found.followed_id)
    return done()
