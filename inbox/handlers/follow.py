"""Somebody on another server asks to follow a person here."""

from federation import vocabulary as v
from feeds import notifications
from inbox import meant
from inbox.authentication import VerifiedActivity
from inbox.results import Result, done, ignored, refused
from instance.resources import Instance
from outbox import following, relaying
from storage import relations
from storage.records import Actor, Follow, FollowState, NotificationKind


async def follow(instance: Instance, verified: VerifiedActivity[v.Follow]) -> Result:
    """Accept, keep as a request, or reject; works whatever was there before (consequence 8)."""
    activity, follower = verified.activity, verified.actor
    followed = await meant.local_person(instance, activity.object)
    if followed is None:
        if await relaying.followed_back(instance, activity, follower):
            return done("the relay follows back")
        return ignored("there is no such person here")
    standing = await relations.relationship(followed.id, follower.id, instance.now())
    if standing.blocking or standing.blocking_host or followed.moved_to:  # FL-14, PV-12
        return await _reject(instance, followed, verified)
    async with instance.store.transaction():
        before = await relations.find_follow(follower.id, followed.id)
        await relations.save_follow(_asked(instance, verified, followed, before))
        if before is not None and before.state is FollowState.ACCEPTED:
            # E121: the other side may have lost our first Accept.
            await following.accept(instance, followed, follower.id)
            return done("followed already")
        if followed.is_locked or follower.silenced_at is not None:
            kind = NotificationKind.FOLLOW_REQUEST
            await notifications.tell(instance, kind, followed.id, follower.id, None)
            return done("waits for the person to accept")
        await following.accept(instance, followed, follower.id)
    return done("accepted")


def _asked(
    instance: Instance,
    verified: VerifiedActivity[v.Follow],
    followed: Actor,
    before: Follow | None,
) -> Follow:
    return Follow(
        id=before.id if before else instance.ids.new(),
        follower_id=verified.actor.id,
        followed_id=followed.id,
        state=before.state if before else FollowState.REQUESTED,
        uri=verified.activity.id,
        created_at=before.created_at if before else instance.now(),
    )


async def _reject(
    instance: Instance, followed: Actor, verified: VerifiedActivity[v.Follow]
) -> Result:
    async with instance.store.transaction():
        await relations.save_follow(_asked(instance, verified, followed, None))
        await following.reject(instance, followed, verified.actor.id)
    return refused(
        "the person has moved" if followed.moved_to else "the person blocks the follower"
    )
