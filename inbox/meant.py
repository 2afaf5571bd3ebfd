"""Which of our rows an activity means: local people, follows, posts; reads only.

An activity may name a thing by its id, embed it, or name only the two actors (E73, E74, E122). What
it means is looked up here, and always bound to the actor who sent it.
"""

from federation import vocabulary as v
from instance.resources import Instance
from posts import visibility
from storage import actors, posts, reactions, relations
from storage.records import Actor, ActorKind, Follow, Post, Reaction, RowId


async def local_person(instance: Instance, uri: str) -> Actor | None:
    """The living local person with this id or profile page, else None."""
    addresses = instance.addresses
    actor_id, username = addresses.actor_id(uri), addresses.username(uri)
    found: Actor | None = None
    if actor_id is not None:
        found = await actors.find(RowId(actor_id))
    elif username is not None:
        found = await actors.find_by_handle(username, None)
    if found is None or not found.is_local or found.kind is ActorKind.APPLICATION:
        return None
    return found if found.deleted_at is None and found.suspended_at is None else None


async def our_follow(
    instance: Instance, named: v.Follow | v.Accept | v.InteractionRequest | str, followed: Actor
) -> Follow | None:
    """A follow by somebody here that only `followed` may accept or refuse (OR-15, OR-16)."""
    uri = named if isinstance(named, str) else named.id
    found = await relations.find_follow_by_uri(uri) if uri else None
    if found is None and isinstance(named, v.Follow) and named.object == followed.uri:
        follower = await local_person(instance, named.actor)  # E122: the id may be altered
        if follower is not None:
            found = await relations.find_follow(follower.id, followed.id)
    if found is None or found.followed_id != followed.id:
        return None
    follower = await actors.find(found.follower_id)
    return found if follower is not None and follower.is_local else None


def emoji_of(activity: v.EmojiReact, actor: Actor) -> str:
    """How a reaction is counted: emoji of one name are another one on each host."""
    if activity.emoji is None:
        return activity.content
    return f":{activity.emoji.name.partition('@')[0]}@{actor.host}:"


async def reaction(
    instance: Instance, named: v.EmojiReact | v.Like | str, actor: Actor
) -> Reaction | None:
    """A reaction of this actor, by its id, else by its emoji (E131)."""
    uri = named if isinstance(named, str) else named.id
    found = await reactions.find_by_uri(uri, actor.id) if uri else None
    if found is not None or not isinstance(named, v.EmojiReact):
        return found
    post = await living_post(instance, named.object)
    mine = await reactions.of_actor(actor.id, post.id) if post is not None else []
    return next((each for each in mine if each.content == emoji_of(named, actor)), None)


async def living_post(instance: Instance, uri: str) -> Post | None:
    """The post with this id, or the local one with this page, unless it is deleted."""
    post_id = instance.addresses.post_id(uri)
    if post_id is not None:
        found = await posts.find(RowId(post_id))
        found = found if found is not None and found.is_local else None
    else:
        found = await posts.find_by_uri(uri)
    return found if found is not None and found.deleted_at is None else None


async def may_react(post: Post, actor: Actor) -> bool:
    """Whether an actor may see a post, and so like or answer it (A58, PV-13)."""
    follow = await relations.find_follow(actor.id, post.actor_id)
    return visibility.may_see(
        post,
        actor.id,
        follows_author=follow is not None and follow.state == "accepted",
        is_blocked=await relations.is_blocked_between(actor.id, post.actor_id),
    )


async def one_by_one(instance: Instance, actor_uri: str) -> None:
    """Let one transaction at a time change what this actor did.

    Else a Delete sees no post and its Create no tombstone, and both are right (FA-37).
    """
    await instance.store.one_at_a_time(f"acts of {actor_uri}")


def undone_key(actor: Actor, uri: str) -> str:
    """The name of a tombstone for something only `actor` could have made.

    It holds the actor, so that nobody burns the ids of others before they are used (FL-5, FL-13).
    """
    return f"{actor.uri} {uri}"
