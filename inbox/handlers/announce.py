"""Somebody elsewhere boosts a post."""

from federation import vocabulary as v
from feeds import fanout, notifications
from inbox import meant
from inbox.authentication import VerifiedActivity
from inbox.results import FetchFirst, Result, done, ignored, refused
from instance.resources import Instance
from posts import visibility
from storage import interactions, posts, relations
from storage.records import Actor, Interaction, InteractionKind, NotificationKind, Post


async def announce(instance: Instance, verified: VerifiedActivity[v.Announce]) -> Result:
    """Keep a boost that somebody here reads or whose post is ours; only the id counts (OR-34)."""
    activity, booster = verified.activity, verified.actor
    post = await meant.living_post(instance, activity.object)
    is_followed = await relations.has_local_followers(booster.id)
    if not is_followed and (post is None or not post.is_local):
        return ignored("nobody here follows the booster")
    if post is None:
        if instance.addresses.is_ours(activity.object):
            return ignored("there is no such post here")
        known = await posts.find_by_uri(activity.object)
        if known is not None and known.deleted_at is not None:
            return ignored("the post was deleted")
        raise FetchFirst(activity.object)
    # E85: what is not public is boosted by its author alone.
    if not visibility.may_boost(post, booster.id) or not await meant.may_react(post, booster):
        return refused("the actor may not boost the post")
    return await _boost(instance, verified, booster, post)


async def _boost(
    instance: Instance, verified: VerifiedActivity[v.Announce], booster: Actor, post: Post
) -> Result:
    activity, now = verified.activity, instance.now()
    async with instance.store.transaction():
        if activity.id and await posts.is_tombstoned(meant.undone_key(booster, activity.id)):
            return ignored("undone before it arrived")  # FL-13
        moment = min(activity.published or now, now)  # FL-4
        added = Interaction(
            id=instance.ids.at(moment),
            kind=InteractionKind.BOOST,
            actor_id=booster.id,
            post_id=post.id,
            uri=activity.id,
            created_at=moment,
        )
        if not await interactions.insert_interaction(added):
            return done("boosted already")
        await fanout.distribute_boost(instance, added, post)
        if post.is_local:
            await notifications.tell(
                instance, NotificationKind.BOOST, post.actor_id, booster.id, post.id
            )
    return done()
