"""An activity that a client posted to an outbox -> the use case that does it (ActivityPub 6).

A client is one more way to say what pages and apps say: nothing is done here that they cannot do.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias

from actors import remote
from actors.markup import plain_text
from actors.profile import ProfileChange
from federation import parsing
from federation import vocabulary as v
from federation.vocabulary import Document
from inbox import fetching
from instance.errors import Failure, Forbidden, Invalid, NotFound
from instance.resources import Instance
from outbox import (
    blocking,
    following,
    interacting,
    profiles,
    publishing,
    reacting,
)
from posts.drafts import Draft
from storage import receipts, relations
from storage.records import Actor, Application, Post, RowId
from webapp.activitypub import client_drafts

# What is uploaded as a post of its own: its words are those of the post.
_FILES = frozenset({"Image", "Document"})
_NO_OBJECT = "The activity names no object that can be found."


async def act(
    instance: Instance, actor: Actor, document: Document, app: Application | None
) -> v.Activity | RowId:
    """Do what was posted by `app`; returns what was done, or the row of the post that was made.

    Raises `Invalid` for what makes no sense (A45, A46), and what the use cases raise.
    """
    asked = client_drafts.activity(document, actor.uri)
    if _has_draft(asked):
        return await _write(instance, actor, asked, app)
    found = parsing.parse_activity(asked)
    do = _ACTS.get(type(found))
    if do is None:
        raise Invalid("This server does not do that for clients.")
    await do(instance, actor, found)
    return found


# ---------------------------------------------------------------- posts


def _has_draft(document: Document) -> bool:
    inner = document.get("object")
    kind = document.get("type")
    is_profile = isinstance(inner, dict) and inner.get("type") in v.ACTOR_TYPES
    return kind in ("Create", "Update") and not is_profile


async def _write(
    instance: Instance, actor: Actor, document: Document, app: Application | None
) -> RowId:
    if document["type"] == "Create":
        draft = replace(await _addressed(instance, actor, document), application=app)
        return (await publishing.publish(instance, actor, draft)).id
    draft = _read(instance, actor, document).draft
    inner = document.get("object")
    edited = inner.get("id") if isinstance(inner, dict) else None
    post = await _own_post(instance, actor, str(edited or ""))
    return (await publishing.edit(instance, actor, post.id, draft)).id


def _read(instance: Instance, actor: Actor, document: Document) -> client_drafts.Addressed:
    followers_url = actor.followers_url or instance.addresses.followers(actor.id)
    return client_drafts.read(document, actor.uri, followers_url, instance.now())


async def _addressed(instance: Instance, actor: Actor, document: Document) -> Draft:
    """The draft of a Create, with the rows of all whom it is for."""
    addressed = _read(instance, actor, document)
    return replace(
        await _attached(instance, addressed.draft, addressed),
        recipients=await _found(instance, actor, addressed.named),
        blind=await _found(instance, actor, addressed.hidden),
    )


async def publish_with(
    instance: Instance,
    actor: Actor,
    document: Document,
    media_id: RowId,
    app: Application | None,
) -> RowId:
    """Publish what a file was uploaded for: a note, or a picture that is a post by itself."""
    wanted = document
    if document.get("type") in _FILES:
        # Its name is said of the picture, not in words beside it.
        wanted = {**document, "type": "Note"}
        wanted.pop("name", None)
    asked = client_drafts.activity(wanted, actor.uri)
    addressed = await _addressed(instance, actor, asked)
    draft = replace(addressed, media_ids=(media_id,), application=app)
    return (await publishing.publish(instance, actor, draft)).id


async def _attached(instance: Instance, draft: Draft, addressed: client_drafts.Addressed) -> Draft:
    """The draft with the posts that it answers and quotes."""
    if addressed.in_reply_to is not None:
        parent = await _post(instance, addressed.in_reply_to)
        draft = replace(draft, in_reply_to_id=parent.id)
    if addressed.quotes is not None:
        draft = replace(draft, quote_of=(await _post(instance, addressed.quotes)).id)
    return draft


async def _found(instance: Instance, actor: Actor, uris: tuple[str, ...]) -> tuple[RowId, ...]:
    """Who these ids are; whoever cannot be found is told of by name, before anything is sent."""
    found = []
    for uri in uris:
        try:
            person = await _person(instance, uri)
        except Failure as failure:
            raise Invalid(f"Nobody was found at {uri[:200]}.") from failure
        if person.id != actor.id:
            found.append(person.id)
    return tuple(found)


# ---------------------------------------------------------------- what is done to posts and people


async def _like(instance: Instance, actor: Actor, activity: v.Like) -> None:
    await interacting.like(instance, actor, (await _post(instance, activity.object)).id)


async def _react(instance: Instance, actor: Actor, activity: v.EmojiReact) -> None:
    post = await _post(instance, activity.object)
    await reacting.react(instance, actor, post.id, activity.content)


async def _announce(instance: Instance, actor: Actor, activity: v.Announce) -> None:
    if not isinstance(activity.object, str):
        raise Invalid(_NO_OBJECT)
    await interacting.boost(instance, actor, (await _post(instance, activity.object)).id)


async def _delete(instance: Instance, actor: Actor, activity: v.Delete) -> None:
    post = await _own_post(instance, actor, activity.object)
    await publishing.delete(instance, actor, post.id)


async def _add(instance: Instance, actor: Actor, activity: v.Add) -> None:
    _check_target(instance, actor, activity.target)
    post = await _own_post(instance, actor, activity.object)
    await interacting.pin(instance, actor, post.id)


async def _remove(instance: Instance, actor: Actor, activity: v.Remove) -> None:
    _check_target(instance, actor, activity.target)
    post = await _own_post(instance, actor, activity.object)
    await interacting.unpin(instance, actor, post.id)


async def _follow(instance: Instance, actor: Actor, activity: v.Follow) -> None:
    await following.follow(instance, actor, await _person(instance, activity.object))


async def _block(instance: Instance, actor: Actor, activity: v.Block) -> None:
    person = await _person(instance, activity.object)
    await blocking.block(instance, actor, person.id)


async def _accept(instance: Instance, actor: Actor, activity: v.Accept) -> None:
    await following.accept(instance, actor, await _asking(actor, activity.object))


async def _reject(instance: Instance, actor: Actor, activity: v.Reject) -> None:
    await following.reject(instance, actor, await _asking(actor, activity.object))


async def _update_profile(instance: Instance, actor: Actor, activity: v.Update) -> None:
    """A51: the profile itself; A52: what is not named stays as it is."""
    claim = activity.object
    if not isinstance(claim, v.Actor) or claim.id != actor.uri:
        raise Forbidden("Only what is your own can be changed.")
    change = ProfileChange(
        name=claim.name or None,
        bio=plain_text(claim.summary) if claim.summary else None,
        is_locked=claim.manually_approves_followers,
        is_discoverable=claim.discoverable,
        is_indexable=claim.indexable,
    )
    await profiles.change(instance, actor, change)


async def _undo(instance: Instance, actor: Actor, activity: v.Undo) -> None:
    """A60: only what one did oneself is taken back."""
    named = activity.object
    undone = await _done_before(instance, actor, named) if isinstance(named, str) else named
    if isinstance(undone, v.Like):
        await interacting.unlike(instance, actor, (await _post(instance, undone.object)).id)
    elif isinstance(undone, v.EmojiReact):
        await reacting.unreact(instance, actor, (await _post(instance, undone.object)).id)
    elif isinstance(undone, v.Announce) and isinstance(undone.object, str):
        await interacting.unboost(instance, actor, (await _post(instance, undone.object)).id)
    elif isinstance(undone, v.Follow):
        person = await _person(instance, undone.object)
        await following.unfollow(instance, actor, person)
    elif isinstance(undone, v.Block):
        person = await _person(instance, undone.object)
        await blocking.unblock(instance, actor, person.id)
    else:
        raise Invalid("This cannot be taken back.")


_Act: TypeAlias = Callable[[Instance, Actor, Any], Awaitable[None]]

_ACTS: Final[Mapping[type[v.Activity], _Act]] = {
    v.Accept: _accept,
    v.Add: _add,
    v.Announce: _announce,
    v.Block: _block,
    v.Delete: _delete,
    v.EmojiReact: _react,
    v.Follow: _follow,
    v.Like: _like,
    v.Reject: _reject,
    v.Remove: _remove,
    v.Undo: _undo,
    v.Update: _update_profile,
}


# ---------------------------------------------------------------- what is meant


async def _post(instance: Instance, uri: str) -> Post:
    post = await fetching.fetch_post(instance, uri)
    if post is None:
        raise NotFound(_NO_OBJECT)
    return post


async def _own_post(instance: Instance, actor: Actor, uri: str) -> Post:
    row_id = instance.addresses.post_id(uri)
    post = await fetching.fetch_post(instance, uri) if row_id is not None else None
    if post is None or post.actor_id != actor.id:
        raise NotFound("There is no post of yours at this address.")
    return post


async def _person(instance: Instance, uri: str) -> Actor:
    if instance.addresses.is_ours(uri):
        return await remote.local(instance, uri)
    return await remote.find_or_fetch(instance, uri)


async def _asking(actor: Actor, asked: object) -> RowId:
    """Who asked to follow, by the Follow that is answered or by its id."""
    uri = asked.id if isinstance(asked, v.Follow) else asked
    follow = await relations.find_follow_by_uri(uri) if isinstance(uri, str) else None
    if follow is None or follow.followed_id != actor.id:
        raise NotFound("Nobody asked that.")
    return follow.follower_id


async def _done_before(instance: Instance, actor: Actor, uri: str) -> v.Activity:
    """What this id names among the activities of the actor."""
    row_id = instance.addresses.activity_id(uri)
    done = await receipts.find_activity(RowId(row_id)) if row_id is not None else None
    if done is None or done.actor_id != actor.id:
        raise NotFound("You did nothing that has this id.")
    return parsing.parse_activity(parsing.parse_json(done.document.encode()))


def _check_target(instance: Instance, actor: Actor, target: str) -> None:
    """A46, A56."""
    if target != instance.addresses.featured(actor.id):
        raise Invalid("Only your collection of pinned posts can be changed.")
