"""A remote actor pins a post to its profile, or takes it down."""

from federation import vocabulary as v
from inbox import fetching, meant
from inbox.authentication import VerifiedActivity
from inbox.results import Result, done, ignored, refused
from instance.resources import Instance
from storage import interactions
from storage.records import Interaction, InteractionKind


async def add(instance: Instance, verified: VerifiedActivity[v.Add]) -> Result:
    """Pin the actor's own post in its own featured collection (OR-28, E128)."""
    activity, actor = verified.activity, verified.actor
    if actor.featured_url is None or activity.target != actor.featured_url:
        return refused("only one's own featured posts can be changed")
    async with instance.store.transaction():
        post = await meant.living_post(instance, activity.object)
        if post is None:
            # Hashtags can be featured too; the collection itself says what is in it.
            await fetching.enqueue_featured(instance, actor)
            return done("the collection will be read again")
        if post.actor_id != actor.id:
            return refused("only one's own posts can be pinned")
        pinned = Interaction(
            id=instance.ids.new(),
            kind=InteractionKind.PIN,
            actor_id=actor.id,
            post_id=post.id,
            uri="",
            created_at=instance.now(),
        )
        await interactions.insert_interaction(pinned)
    return done()


async def remove(instance: Instance, verified: VerifiedActivity[v.Remove]) -> Result:
    """Take a post down from the actor's own featured collection (OR-28)."""
    activity, actor = verified.activity, verified.actor
    if actor.featured_url is None or activity.target != actor.featured_url:
        return refused("only one's own featured posts can be changed")
    async with instance.store.transaction():
        post = await meant.living_post(instance, activity.object)
        if post is None:
            return ignored("the post is not here")
        await interactions.remove_interaction(InteractionKind.PIN, actor.id, post.id)
    return done()
