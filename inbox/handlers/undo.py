"""A Follow, Like, Announce, Block or Accept is taken back by the actor who did it.

The thing is found by its id, else by actor and object (consequence 8). What is not there yet is
remembered by id, so that it has no effect when it arrives late (E110, FL-13).
"""

from federation import vocabulary as v
from inbox import meant
from inbox.authentication import VerifiedActivity
from inbox.results import Result, done, ignored, refused
from instance import hints
from instance.hints import Kind
from instance.resources import Instance
from posts.reactions import take_back
from storage import actors, approvals, interactions, notifications, posts, relations, timelines
from storage.records import Actor, Block, Follow, Interaction, InteractionKind, NotificationKind

_KINDS = {v.Like: InteractionKind.LIKE, v.Announce: InteractionKind.BOOST}


async def undo(instance: Instance, verified: VerifiedActivity[v.Undo]) -> Result:
    """Take back what `actor` did, and nothing that somebody else did (OR-14, OR-29)."""
    undone, actor = verified.activity.object, verified.actor
    if not isinstance(undone, str) and undone.actor and undone.actor != actor.uri:
        return refused("only who did it can undo it")
    async with instance.store.transaction():
        if await _unreact(instance, undone, actor) or await _undo(instance, undone, actor):
            return done()
        uri = undone if isinstance(undone, str) else undone.id
        if not uri or isinstance(undone, v.Follow | v.Accept):
            # Ids of Follows come back on some servers (consequence 8): none is burnt.
            return ignored("there is nothing to undo")
        await approvals.withdraw(uri, actor.id)
        await posts.insert_tombstone(meant.undone_key(actor, uri), actor.uri, instance.now())
    return done("remembered, for it has not arrived")


_Undone = v.Follow | v.Like | v.EmojiReact | v.Announce | v.Block | v.Accept | v.Unknown | str


async def _unreact(instance: Instance, undone: _Undone, actor: Actor) -> bool:
    """Misskey's reactions are Likes: what it undoes may be either."""
    if not isinstance(undone, v.EmojiReact | v.Like | str):
        return False
    reaction = await meant.reaction(instance, undone, actor)
    return reaction is not None and await take_back(reaction)


async def _undo(instance: Instance, undone: _Undone, actor: Actor) -> bool:
    match undone:
        case v.Follow():
            return await _unfollow(await _follow(instance, undone, actor))
        case v.Like() | v.Announce():
            return await _retract(instance, await _interaction(instance, undone, actor))
        case v.Block():
            return await _unblock(await _block(instance, undone, actor))
        case v.Accept():
            return await _withdraw(instance, undone, actor)
        case v.Unknown() | v.EmojiReact():
            return False
        case str():
            return await _undo_by_id(instance, undone, actor)


async def _undo_by_id(instance: Instance, uri: str, actor: Actor) -> bool:
    follow = await relations.find_follow_by_uri(uri)
    if follow is not None and follow.follower_id == actor.id:
        return await _unfollow(follow)
    interaction = await interactions.find_interaction_by_uri(uri)
    if interaction is not None and interaction.actor_id == actor.id:
        return await _retract(instance, interaction)
    block = await relations.find_block_by_uri(uri)
    if block is not None and block.actor_id == actor.id:
        return await _unblock(block)
    return False


# ---------------------------------------------------------------- by id, else actor and object


async def _follow(instance: Instance, undone: v.Follow, actor: Actor) -> Follow | None:
    found = await relations.find_follow_by_uri(undone.id) if undone.id else None
    if found is not None and found.follower_id == actor.id:
        return found
    followed = await meant.local_person(instance, undone.object)
    return await relations.find_follow(actor.id, followed.id) if followed else None


async def _interaction(
    instance: Instance, undone: v.Like | v.Announce, actor: Actor
) -> Interaction | None:
    found = await interactions.find_interaction_by_uri(undone.id) if undone.id else None
    if found is not None and found.actor_id == actor.id:
        return found
    post = await meant.living_post(instance, undone.object)
    if post is None:
        return None
    return await interactions.find_interaction(_KINDS[type(undone)], actor.id, post.id)


async def _block(instance: Instance, undone: v.Block, actor: Actor) -> Block | None:
    found = await relations.find_block_by_uri(undone.id) if undone.id else None
    if found is not None and found.actor_id == actor.id:
        return found
    target = await meant.local_person(instance, undone.object)
    return await relations.find_block(actor.id, target.id) if target else None


# ---------------------------------------------------------------- taking back


async def _unfollow(found: Follow | None) -> bool:
    if found is None:
        return False
    await relations.remove_follow(found.follower_id, found.followed_id)
    for kind in (NotificationKind.FOLLOW, NotificationKind.FOLLOW_REQUEST):
        await notifications.remove_one(found.followed_id, kind, found.follower_id, None)
    return True


async def _retract(instance: Instance, found: Interaction | None) -> bool:
    if found is None:
        return False
    await interactions.remove_interaction(found.kind, found.actor_id, found.post_id)
    kind = NotificationKind.LIKE
    if found.kind is InteractionKind.BOOST:
        kind = NotificationKind.BOOST
        await timelines.remove_boost(found.actor_id, found.post_id)
        hints.give(instance, Kind.DELETED, found.id, found.actor_id)
    post = await posts.find(found.post_id)
    if post is not None:
        await notifications.remove_one(post.actor_id, kind, found.actor_id, post.id)
    return True


async def _unblock(found: Block | None) -> bool:
    if found is None:
        return False
    await relations.remove_block(found.actor_id, found.target_id)
    return True


async def _withdraw(instance: Instance, undone: v.Accept, actor: Actor) -> bool:
    """Misskey removes a follower by Undo(Accept): as a Reject would."""
    found = await meant.our_follow(instance, undone.object, actor)
    follower = await actors.find(found.follower_id) if found else None
    if found is None or follower is None:
        return False
    await relations.remove_follow(found.follower_id, found.followed_id)
    await timelines.remove_author(found.follower_id, found.followed_id)
    return True
