"""An actor says that it lives elsewhere now; who follows it here is taken along by jobs."""

from federation import vocabulary as v
from inbox.authentication import VerifiedActivity
from inbox.results import Result, done, ignored, refused
from instance.resources import Instance
from outbox import moving
from storage import relations


async def move(instance: Instance, verified: VerifiedActivity[v.Move]) -> Result:
    """Only an actor itself can say that it moved (OR-17); whether the target agrees is asked there.

    https://docs.joinmastodon.org/spec/activitypub/#Move
    """
    activity, actor = verified.activity, verified.actor
    if activity.object != actor.uri or activity.target == actor.uri:
        return refused("only an actor itself can move, and not to itself")
    if moving.has_moved_lately(instance, actor):
        return ignored("the actor has moved lately")  # E127
    if not await relations.has_local_followers(actor.id):
        return ignored("nobody here follows the actor")
    await moving.enqueue(instance, actor, activity.target)
    return done("the new account will be asked")
