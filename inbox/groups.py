"""What a group announces (FEP-1b12): activities of its members, of which only the ids are believed.

The group passes on what others did. Posts come from their own origin, as with every boost; edits
and deletions are looked for there; a reaction to a post of ours is fetched where it was made.
https://codeberg.org/fediverse/fep/src/branch/main/fep/1b12/fep-1b12.md
"""

import hashlib

from federation import origin
from federation import vocabulary as v
from inbox import fetching, meant
from inbox.results import Result, done, ignored, refused
from instance.resources import Instance
from moderation.limits import HOUR_S
from storage import interactions, posts, relations, timelines
from storage.records import Actor, InteractionKind, Post

FETCH_ACTIVITY = "fetch_activity"

FETCHED_PER_HOUR_MAX = 600
"""Edits, deletions and reactions that one group makes us look for in an hour."""

REACTIONS = (v.Like, v.EmojiReact, v.Undo)
"""What is acted on when it was fetched from its origin, and nothing else."""


def is_post(activity: v.Announce) -> bool:
    """Whether what is announced is a post, by its id or as the object of its Create."""
    return activity.activity is None or isinstance(activity.activity, v.Create)


async def passed_on(instance: Instance, group: Actor, activity: v.Activity) -> Result:
    """Act on what a group says that a member did; in the transaction of the announcement.

    Only who is followed here, or was posted to, makes us ask other servers, and within a limit.
    """
    match activity:
        case v.Update():
            return await _look_again(instance, group, _id_of(activity.object))
        case v.Delete():
            post = await meant.living_post(instance, activity.object)
            if post is not None and post.is_local:
                return await _take_out(group, post)
            return await _look_again(instance, group, activity.object)
        case v.Like() | v.EmojiReact() | v.Undo():
            return await _fetch_reaction(instance, group, activity)
        case _:
            return ignored("what groups announce of this type has no effect here")


def _id_of(thing: object) -> str:
    return thing if isinstance(thing, str) else str(getattr(thing, "id", ""))


async def _may_make_us_ask(instance: Instance, group: Actor, post: Post) -> bool:
    """Whether a group has to do with a post, or with somebody here; counts what it asks for."""
    if post.audience != group.uri and not await relations.has_local_followers(group.id):
        return False
    key = f"passed on by {group.uri}"
    return await instance.cache.count(key, HOUR_S, instance.now()) <= FETCHED_PER_HOUR_MAX


async def _look_again(instance: Instance, group: Actor, uri: str) -> Result:
    """Queue the reading of a post that is said to be changed or gone."""
    post = await posts.find_by_uri(uri)
    if post is None or post.is_local or post.deleted_at is not None:
        return ignored("the object is not here")
    if not await _may_make_us_ask(instance, group, post):
        return ignored("the group is a stranger, or passes on too much")
    await fetching.enqueue_refresh(instance, post)
    return done("the post will be read again")


async def _take_out(group: Actor, post: Post) -> Result:
    """A post of ours that a group removed stays with its author, outside of the group."""
    await interactions.remove_interaction(InteractionKind.BOOST, group.id, post.id)
    await timelines.remove_boost(group.id, post.id)
    return done("the group shows it no more")


async def _fetch_reaction(
    instance: Instance, group: Actor, activity: v.Like | v.EmojiReact | v.Undo
) -> Result:
    """Queue the fetch of a reaction to a post of ours; others are counted by their own servers."""
    undone = activity.object if isinstance(activity, v.Undo) else activity
    about = getattr(undone, "object", None)
    if not isinstance(about, str) or not instance.addresses.is_ours(about):
        return ignored("reactions to posts elsewhere are not counted here")
    post = await meant.living_post(instance, about)
    if post is None:
        return ignored("there is no such post here")
    if not activity.id or not origin.same_origin(activity.id, activity.actor):
        return refused("the activity's id is of another host than its actor")
    if not await _may_make_us_ask(instance, group, post):
        return ignored("the group is a stranger, or passes on too much")
    name = hashlib.sha256(activity.id.encode()).hexdigest()
    await instance.queue.enqueue(
        FETCH_ACTIVITY,
        {"uri": activity.id},
        now=instance.now(),
        unique_key=f"{FETCH_ACTIVITY}:{name}",
        host=origin.host_of(activity.id),
    )
    return done("the reaction will be fetched")
