"""A remote post or a remote actor is gone."""

from actors import remote
from federation import origin
from federation import vocabulary as v
from inbox import answered, meant
from inbox.authentication import VerifiedActivity
from inbox.results import Result, done, refused
from instance.resources import Instance
from media import remote as copies
from posts import burying
from storage import posts


async def delete(instance: Instance, verified: VerifiedActivity[v.Delete]) -> Result:
    """Bury the actor itself, or one of its own posts (OR-11, OR-12, OR-13)."""
    uri, actor = verified.activity.object, verified.actor
    if uri == actor.uri:
        await remote.bury(instance, uri)  # FL-12: the posts go in slices
        return done("the actor is gone")
    if not origin.same_origin(uri, actor.uri):
        return refused("the object is of another host")
    async with instance.store.transaction():
        post = await posts.find_by_uri(uri)
        if post is None and (result := await answered.stamp_deleted(instance, uri, actor)):
            return result
        if post is None:
            # E109, FL-5: the Create may be on its way; only this actor's is meant.
            await posts.insert_tombstone(meant.undone_key(actor, uri), actor.uri, instance.now())
            return done("remembered, for it has not arrived")
        if post.actor_id != actor.id:
            return refused("only the author can delete a post")
        if post.deleted_at is None:
            await burying.bury(instance, post)
            await copies.enqueue_forgetting(instance, post)
    return done()
