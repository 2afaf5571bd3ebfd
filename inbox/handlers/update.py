"""A remote post was edited, or a remote profile changed."""

from actors import remote
from federation import origin
from federation import vocabulary as v
from inbox import arrivals, fetching
from inbox.authentication import VerifiedActivity
from inbox.results import FetchFirst, Result, done, ignored, refused
from instance.resources import Instance
from storage import posts, relations
from storage.records import Actor


async def update(instance: Instance, verified: VerifiedActivity[v.Update]) -> Result:
    """Change what the actor owns, and nothing else (OR-7 to OR-10)."""
    thing, actor = verified.activity.object, verified.actor
    uri = thing if isinstance(thing, str) else thing.id
    if uri == actor.uri and not isinstance(thing, v.Note):
        # Read again at its address: the one way to learn of a profile (WordPress sends no more
        # than the id), and many Updates cost one fetch (E136).
        await remote.enqueue_refresh(instance, actor)
        return done("the profile will be read again")
    if not isinstance(thing, v.Note):
        return await _by_id(instance, uri, actor)
    if not origin.same_origin(thing.id, actor.uri) or thing.attributed_to != actor.uri:
        return refused("only the author can edit a post")
    return await _edit(instance, thing, actor)


async def _edit(instance: Instance, note: v.Note, author: Actor) -> Result:
    post = await posts.find_by_uri(note.id)
    if post is None:
        if not await relations.has_local_followers(author.id):
            return ignored("the post is not here")
        raise FetchFirst(note.id)  # E106, FA-37: its Create may come later, with older words
    if post.actor_id != author.id:
        return refused("only the author can edit a post")
    return done(await arrivals.edit(instance, post, note, author))


async def _by_id(instance: Instance, uri: str, actor: Actor) -> Result:
    post = await posts.find_by_uri(uri)
    if post is None:
        return ignored("the object is not here")
    if post.actor_id != actor.id:
        return refused("only the author can edit a post")
    await fetching.enqueue_refresh(instance, post)
    return done("the post will be read again")
