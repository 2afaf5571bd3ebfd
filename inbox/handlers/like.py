"""Somebody elsewhere likes a post."""

from federation import vocabulary as v
from feeds import notifications
from inbox import consent, meant
from inbox.authentication import VerifiedActivity
from inbox.results import Result, done, ignored, refused
from instance.resources import Instance
from storage import interactions, posts
from storage.records import Act, Interaction, InteractionKind, NotificationKind


async def like(instance: Instance, verified: VerifiedActivity[v.Like]) -> Result:
    """Count a like once (FL-1) and tell the author; one undone before stays away (E110)."""
    activity, actor = verified.activity, verified.actor
    async with instance.store.transaction():
        post = await meant.living_post(instance, activity.object)
        if post is None:
            return ignored("the post is not here")
        if not await meant.may_react(post, actor):
            return refused("the actor may not see the post")
        if activity.id and await posts.is_tombstoned(meant.undone_key(actor, activity.id)):
            return ignored("undone before it arrived")
        held = await consent.of_reaction(instance, Act.LIKE, post, actor, activity)
        if held is not None:
            return held
        added = Interaction(
            id=instance.ids.new(),
            kind=InteractionKind.LIKE,
            actor_id=actor.id,
            post_id=post.id,
            uri=activity.id,
            created_at=instance.now(),
        )
        if not await interactions.insert_interaction(added):
            return done("liked already")
        if post.is_local:
            await notifications.tell(
                instance, NotificationKind.LIKE, post.actor_id, actor.id, post.id
            )
    return done()
