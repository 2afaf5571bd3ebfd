"""Somebody elsewhere boosts a post."""

from federation import vocabulary as v
from feeds import fanout, notifications
from inbox import arrivals, consent, groups, meant
from inbox.authentication import VerifiedActivity
from inbox.results import FetchFirst, Result, done, ignored, refused
from instance.resources import Instance
from outbox import relaying
from posts import visibility
from storage import actors, interactions, posts, relations
from storage.records import (
    Act,
    Actor,
    ActorKind,
    Interaction,
    InteractionKind,
    NotificationKind,
    Post,
)


async def announce(instance: Instance, verified: VerifiedActivity[v.Announce]) -> Result:
    """Keep a boost that somebody here reads or whose post is ours; only the id counts (OR-34)."""
    activity, booster = verified.activity, verified.actor
    if activity.activity is not None and not groups.is_post(activity):
        return await _passed_on(instance, booster, activity.activity)
    post = await meant.living_post(instance, activity.object)
    is_followed = await relations.has_local_followers(booster.id)
    if not is_followed and await relaying.is_relay(booster):
        return await _relayed(instance, booster, activity.object, post)
    if not is_followed and (post is None or not post.is_local):
        return ignored("nobody here follows the booster")
    if post is None:
        return await _without_post(instance, activity.object)
    # E85: what is not public is boosted by its author alone.
    if not visibility.may_boost(post, booster.id) or not await meant.may_react(post, booster):
        return refused("the actor may not boost the post")
    return await _boost(instance, verified, booster, post)


async def _without_post(instance: Instance, uri: str) -> Result:
    """Ask for a post that we have never seen; one that is gone is not asked for."""
    if instance.addresses.is_ours(uri):
        return ignored("there is no such post here")
    known = await posts.find_by_uri(uri)
    if known is not None and known.deleted_at is not None:
        return ignored("the post was deleted")
    raise FetchFirst(uri)


async def _relayed(instance: Instance, relay: Actor, uri: str, post: Post | None) -> Result:
    """A post that a relay passed on is shown as if its author had sent it; it is no boost."""
    if post is None:
        if not await relaying.may_bring_more(instance, relay):
            return ignored("the relay brings too much")
        return await _without_post(instance, uri)
    if post.is_local:
        return ignored("our own post came back")  # FL-18
    author = await actors.get(post.actor_id)
    async with instance.store.transaction():
        await arrivals.show(instance, post, author)
    return done("passed on by a relay")


async def _passed_on(instance: Instance, group: Actor, activity: v.Activity) -> Result:
    if group.kind is not ActorKind.GROUP:
        return ignored("only groups pass activities on")
    return await groups.passed_on(instance, group, activity)


async def _boost(
    instance: Instance, verified: VerifiedActivity[v.Announce], booster: Actor, post: Post
) -> Result:
    activity, now = verified.activity, instance.now()
    if booster.kind is ActorKind.GROUP and post.in_reply_to_uri is not None:
        return done("kept for its conversation")  # E86: comments are read there, not at home
    async with instance.store.transaction():
        if activity.id and await posts.is_tombstoned(meant.undone_key(booster, activity.id)):
            return ignored("undone before it arrived")  # FL-13
        held = await consent.of_reaction(instance, Act.BOOST, post, booster, activity)
        if held is not None:
            return held
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
