"""Emoji under posts as rows: which there may be, and what goes when one is taken back."""

from storage import notifications, posts, reactions
from storage.records import NotificationKind, Reaction


async def take_back(reaction: Reaction) -> bool:
    """Remove a reaction, and what was told of it when it was the actor's last; in a transaction."""
    if not await reactions.remove(reaction):
        return False
    if not await reactions.of_actor(reaction.actor_id, reaction.post_id):
        post = await posts.get(reaction.post_id)
        kind = NotificationKind.REACTION
        await notifications.remove_one(post.actor_id, kind, reaction.actor_id, post.id)
    return True
