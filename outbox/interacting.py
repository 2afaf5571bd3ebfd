"""Like, boost, bookmark and pin, each with its undo; doing any of them twice changes nothing."""

from federation import vocabulary as v
from feeds import fanout, notifications
from instance import hints
from instance.errors import Forbidden, NotFound
from instance.hints import Kind
from instance.resources import Instance
from outbox import asking, delivery, telling
from outbox.audience import Audience
from outbox.making_known import announce_of
from posts import consent, interactions
from posts.threads import visible_post
from posts.visibility import WIDE, VisiblePost, boost_visibility
from storage import actors, posts, timelines
from storage import notifications as notification_rows
from storage.records import (
    Act,
    Actor,
    Interaction,
    InteractionKind,
    NotificationKind,
    Post,
    RowId,
    Visibility,
)


async def like(instance: Instance, actor: Actor, post_id: RowId) -> Interaction:
    """Like a post; its author is told, or asked first: then there is a like when they agree.

    Raises `NotFound` for what the actor may not see, `Forbidden` for what its author does not let.
    """
    post = await visible_post(instance, post_id, actor)
    waits = asking.waits(post, await consent.check(Act.LIKE, post, actor))
    author = await actors.get(post.actor_id)
    activity_id = delivery.new_id(instance)
    async with instance.store.transaction():
        if waits:
            return await asking.to_react(instance, InteractionKind.LIKE, actor, post, author)
        done = await interactions.add(
            instance,
            InteractionKind.LIKE,
            actor,
            post,
            row=activity_id.row,
            uri=activity_id.uri,
        )
        if done.is_new:
            await _tell(instance, NotificationKind.LIKE, actor, post)
            activity = v.Like(id=activity_id.uri, actor=actor.uri, object=post.uri)
            await telling.tell_as(instance, actor, author, activity, activity_id.row)
    return done.interaction


async def unlike(instance: Instance, actor: Actor, post_id: RowId) -> None:
    """Take a like back. Nothing happens when there was none."""
    post, author = await _known_post(post_id)
    async with instance.store.transaction():
        undone = await interactions.take_back(InteractionKind.LIKE, actor, post.id)
        undone = undone or await asking.withdraw(InteractionKind.LIKE, actor, post)
        if undone is None:
            return
        await notification_rows.remove_one(author.id, NotificationKind.LIKE, actor.id, post.id)
        taken_back = v.Like(id=undone.uri, actor=actor.uri, object=post.uri)
        await telling.tell(
            instance, actor, author, lambda uri: v.Undo(id=uri, actor=actor.uri, object=taken_back)
        )


async def boost(
    instance: Instance, actor: Actor, post_id: RowId, visibility: Visibility | None = None
) -> Interaction:
    """Show a post to one's followers, when its author agrees if that is needed.

    Others see that too, unless `visibility` says that it is for fewer people than the post (B72).
    Raises `NotFound`, and `Forbidden` for private posts (PV-6) and what the author does not let.
    """
    post = await visible_post(instance, post_id, actor)
    await interactions.check(InteractionKind.BOOST, actor, post)
    waits = asking.waits(post, await consent.check(Act.BOOST, post, actor))
    shown_to = boost_visibility(post, visibility)
    if waits and shown_to not in WIDE:
        # What is asked for is seen by who agrees, and happens as it was asked: to everybody.
        raise Forbidden("The author wants to be asked first. Boost it for everybody.")
    author = await actors.get(post.actor_id)
    activity_id = delivery.new_id(instance)
    async with instance.store.transaction():
        if waits:
            return await asking.to_react(instance, InteractionKind.BOOST, actor, post, author)
        made = Interaction(
            id=activity_id.row,
            kind=InteractionKind.BOOST,
            actor_id=actor.id,
            post_id=post.id,
            uri=activity_id.uri,
            created_at=instance.now(),
            visibility=None if shown_to is post.visibility else shown_to,
        )
        done = await interactions.keep(made)
        if done.is_new:
            await _tell(instance, NotificationKind.BOOST, actor, post)
            await fanout.distribute_boost(instance, done.interaction, post)
            activity = announce_of(instance, actor, author, post, done.interaction)
            await delivery.send(
                instance,
                actor,
                activity,
                _followers_and(author),
                row=activity_id.row,
                is_public=shown_to in WIDE,
                post_id=post.id,
            )
    return done.interaction


async def unboost(instance: Instance, actor: Actor, post_id: RowId) -> None:
    """Take a boost back, out of the feeds too. Nothing happens when there was none."""
    post, author = await _known_post(post_id)
    async with instance.store.transaction():
        undone = await interactions.take_back(InteractionKind.BOOST, actor, post.id)
        undone = undone or await asking.withdraw(InteractionKind.BOOST, actor, post)
        if undone is None:
            return
        await timelines.remove_boost(actor.id, post.id)
        hints.give(instance, Kind.DELETED, undone.id, actor.id)
        await notification_rows.remove_one(author.id, NotificationKind.BOOST, actor.id, post.id)
        undo_id = delivery.new_id(instance)
        taken_back = announce_of(instance, actor, author, post, undone)
        activity = v.Undo(id=undo_id.uri, actor=actor.uri, object=taken_back)
        # INTEROP, consequence 10: whoever got the Announce gets its Undo, the author too.
        audience = _followers_and(author)
        await delivery.send(instance, actor, activity, audience, row=undo_id.row, post_id=post.id)


async def bookmark(instance: Instance, actor: Actor, post_id: RowId) -> Interaction:
    """Keep a post for later; nobody is told."""
    post = await visible_post(instance, post_id, actor)
    row = instance.ids.new()
    return (
        await interactions.add(instance, InteractionKind.BOOKMARK, actor, post, row=row)
    ).interaction


async def unbookmark(instance: Instance, actor: Actor, post_id: RowId) -> None:
    """Keep a post no longer. Nothing happens when it was not kept."""
    del instance
    await interactions.take_back(InteractionKind.BOOKMARK, actor, post_id)


async def pin(instance: Instance, actor: Actor, post_id: RowId) -> Interaction:
    """Put an own public or unlisted post on top of the profile; raises `Forbidden`, `Invalid`."""
    post = await visible_post(instance, post_id, actor)
    activity_id = delivery.new_id(instance)
    async with instance.store.transaction():
        await interactions.check(InteractionKind.PIN, actor, post)
        done = await interactions.add(
            instance, InteractionKind.PIN, actor, post, row=activity_id.row
        )
        if done.is_new:
            # INTEROP, consequence 14: sent at once, in no pair of servers did it arrive otherwise.
            activity = v.Add(
                id=activity_id.uri,
                actor=actor.uri,
                object=post.uri,
                target=instance.addresses.featured(actor.id),
            )
            await delivery.send(
                instance, actor, activity, Audience(followers=True), row=activity_id.row
            )
    return done.interaction


async def unpin(instance: Instance, actor: Actor, post_id: RowId) -> None:
    """Take a post off the top of the profile. Nothing happens when it was not there."""
    async with instance.store.transaction():
        undone = await interactions.take_back(InteractionKind.PIN, actor, post_id)
        if undone is None:
            return
        post = await posts.get(post_id)
        activity_id = delivery.new_id(instance)
        activity = v.Remove(
            id=activity_id.uri,
            actor=actor.uri,
            object=post.uri,
            target=instance.addresses.featured(actor.id),
        )
        await delivery.send(
            instance, actor, activity, Audience(followers=True), row=activity_id.row
        )


async def _known_post(post_id: RowId) -> tuple[Post, Actor]:
    """For what is taken back: one may do that also when one may not see the post any more."""
    post = await posts.find(post_id)
    author = await actors.find(post.actor_id) if post is not None else None
    if post is None or author is None:
        raise NotFound("There is no post at this address, or it is not for you.")
    return post, author


async def _tell(
    instance: Instance, kind: NotificationKind, actor: Actor, post: VisiblePost
) -> None:
    await notifications.tell(instance, kind, post.actor_id, actor.id, post.id)


def _followers_and(author: Actor) -> Audience:
    return Audience(followers=True, actor_ids=(author.id,))
