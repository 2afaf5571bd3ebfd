"""Somebody elsewhere puts an emoji under a post.

https://codeberg.org/fediverse/fep/src/branch/main/fep/c0e0/fep-c0e0.md
"""

from actors.links import web_link
from federation import vocabulary as v
from feeds import notifications
from inbox import meant
from inbox.authentication import VerifiedActivity
from inbox.results import Result, done, ignored, refused
from instance.resources import Instance
from posts import consent
from posts.policies import Verdict
from storage import posts, reactions
from storage.records import Act, Actor, NotificationKind, Post, Reaction

REACTIONS_PER_ACTOR_MAX = 8
_FREE = frozenset({Verdict.FREE, Verdict.MEMBER})


async def react(instance: Instance, verified: VerifiedActivity[v.EmojiReact]) -> Result:
    """Count a reaction once and tell the author; one undone before stays away (E110)."""
    activity, actor = verified.activity, verified.actor
    async with instance.store.transaction():
        post = await meant.living_post(instance, activity.object)
        if post is None:
            return ignored("the post is not here")
        if activity.id and await posts.is_tombstoned(meant.undone_key(actor, activity.id)):
            return ignored("undone before it arrived")
        if (obstacle := await _obstacle(post, actor, activity)) is not None:
            return refused(obstacle)
        added = Reaction(
            id=instance.ids.new(),
            actor_id=actor.id,
            post_id=post.id,
            content=meant.emoji_of(activity, actor),
            emoji_url=activity.emoji.url if activity.emoji else None,
            uri=activity.id,
            created_at=instance.now(),
        )
        if not await reactions.insert(added):
            return done("reacted so already")
        if post.is_local:
            await notifications.tell(
                instance, NotificationKind.REACTION, post.actor_id, actor.id, post.id
            )
    return done()


async def _obstacle(post: Post, actor: Actor, activity: v.EmojiReact) -> str | None:
    if not await meant.may_react(post, actor):
        return "the actor may not see the post"
    if post.is_local and await consent.verdict(Act.LIKE, post, actor) not in _FREE:
        return "the author of the post does not let this actor like it"
    if activity.emoji is not None and web_link(activity.emoji.url) is None:
        return "the emoji has no usable picture"
    if len(await reactions.of_actor(actor.id, post.id)) >= REACTIONS_PER_ACTOR_MAX:
        return "the actor has put enough emoji under this post"
    return None
