"""A remote post arrived."""

from federation import origin
from federation import vocabulary as v
from inbox import arrivals, consent, meant
from inbox.authentication import VerifiedActivity
from inbox.results import FetchFirst, Result, done, ignored, refused
from instance.resources import Instance
from outbox import relaying, voting
from posts import polls
from storage import posts, relations
from storage.records import Actor, Post


async def create(instance: Instance, verified: VerifiedActivity[v.Create]) -> Result:
    """Store the actor's own post when somebody here would see it; its text comes from its origin.

    An embedded note is believed when it is of the actor's own origin and attributed to the actor
    (OR-1 to OR-3): the signature covers it.
    """
    note, author = verified.activity.object, verified.actor
    if isinstance(note, str):
        return await _by_id(instance, note, verified)
    if note.attributed_to != author.uri or not origin.same_origin(note.id, author.uri):
        return refused("the post is somebody else's")
    if (asked := await _voted_in(instance, note)) is not None:
        return await _vote(instance, note, author, asked)
    people = await arrivals.people_named(instance, note, author)
    if not await arrivals.is_wanted(instance, note, author, people) and not await _is_relayed(
        verified, note
    ):
        return ignored("nobody here would see it")
    async with instance.store.transaction():
        post = await arrivals.store(instance, note, author, people)
        if post is None:
            return await consent.why_not(instance, note, author)
        # A post that was fetched before, for a thread or a boost, is shown now. All of it can be
        # done twice.
        await arrivals.show(instance, post, author)
    return done()


async def _by_id(instance: Instance, uri: str, verified: VerifiedActivity[v.Create]) -> Result:
    author = verified.actor
    if not origin.same_origin(uri, author.uri):
        return refused("the post is of another host")
    post = await posts.find_by_uri(uri)
    if post is None:
        if not await _is_addressed(instance, verified):
            return ignored("nobody here would see it")
        raise FetchFirst(uri)
    if post.actor_id != author.id:
        return refused("the post is somebody else's")
    if post.deleted_at is not None:
        return ignored("deleted before")
    async with instance.store.transaction():
        await arrivals.show(instance, post, author)
    return done()


async def _is_relayed(verified: VerifiedActivity[v.Create], note: v.Note) -> bool:
    """A201: a public post that its author signed, and that came through a relay of ours."""
    if verified.sender is None or v.PUBLIC not in note.to:
        return False
    return await relaying.is_relay(verified.sender)


async def _is_addressed(instance: Instance, verified: VerifiedActivity[v.Create]) -> bool:
    """Whether a Create whose note we have not read concerns somebody here."""
    if await relations.has_local_followers(verified.actor.id):
        return True
    for uri in (*verified.activity.to, *verified.activity.cc):
        if await meant.local_person(instance, uri) is not None:
            return True
    return False


async def _voted_in(instance: Instance, note: v.Note) -> Post | None:
    """The post in which a note votes: the note has a name, says nothing, and answers (E132)."""
    says_nothing = not note.content.strip() and not note.attachments
    if not note.name or not says_nothing or note.in_reply_to is None:
        return None
    asked = await meant.living_post(instance, note.in_reply_to)
    if asked is None:
        return None
    return asked if asked.poll is not None or asked.is_local else None


async def _vote(instance: Instance, note: v.Note, voter: Actor, asked: Post) -> Result:
    """Count a vote in a poll of ours; of those elsewhere their author tells how they stand."""
    if not asked.is_local:
        return ignored("the poll is somebody else's")
    if asked.poll is None:
        return ignored("there is no poll")
    if not await meant.may_react(asked, voter):
        return refused("the actor may not see the poll")
    texts = [option.text for option in asked.poll.options]
    if note.name not in texts:
        return refused("the poll has no such answer")
    async with instance.store.transaction():
        if await polls.vote(instance, asked.id, voter, {texts.index(note.name)}):
            await voting.counted(instance, asked.id)
            return done()
    return done("voted already")
