"""A post goes out: into feeds, to whom it concerns, and, if it was written here, to other servers.

All of it in the caller's transaction.
"""

from actors.relations import is_barred
from federation import vocabulary as v
from feeds import fanout, notifications, subscribing
from instance.resources import Instance
from outbox import delivery
from outbox.audience import Audience
from posts import cards
from posts.activitystreams import note_from_post
from posts.visibility import WIDE, boost_visibility
from storage import actors, relations
from storage.records import Actor, Interaction, Post, RowId, Visibility


async def make_known(instance: Instance, author: Actor, post: Post) -> None:
    """Show a new post here, and send the Create of one that was written here."""
    await show_here(instance, author, post)
    if not author.is_local or post.visibility is Visibility.LOCAL:
        return
    # The Create's row has the id of the post: so it is found again when the post is deleted.
    activity_id = delivery.id_of(instance, post.id)
    note = note_from_post(post, author, addresses=instance.addresses)
    await delivery.send(
        instance,
        author,
        v.Create(
            id=activity_id.uri,
            actor=author.uri,
            object=note,
            to=note.to,
            cc=note.cc,
            published=post.created_at,
        ),
        await audience_of(instance, author, post),
        row=activity_id.row,
        is_public=post.visibility in WIDE,
        post_id=post.id,
    )


async def show_here(instance: Instance, author: Actor, post: Post) -> None:
    """Put a post into feeds, and tell whom it concerns; twice is once."""
    is_awaited = await fanout.distribute(instance, post, author)
    await notifications.tell_about_post(instance, post)
    await cards.enqueue(instance, post)
    if is_awaited:
        await subscribing.tell_later(instance, post)


async def send_update(
    instance: Instance, author: Actor, post: Post, *, row: RowId | None = None
) -> None:
    """Send a post of a local person as it reads now; `row`: that of the revision it came by."""
    if post.visibility is Visibility.LOCAL:
        return
    activity_id = delivery.id_of(instance, row) if row is not None else delivery.new_id(instance)
    note = note_from_post(post, author, addresses=instance.addresses)
    await delivery.send(
        instance,
        author,
        v.Update(id=activity_id.uri, actor=author.uri, object=note, to=note.to, cc=note.cc),
        await audience_of(instance, author, post),
        row=activity_id.row,
        post_id=post.id,
    )


async def audience_of(instance: Instance, author: Actor, post: Post) -> Audience:
    """Followers, unless it is direct, who is named, the group, and relays.

    Nobody in a block with the author.
    """
    named = [mention.actor_id for mention in post.mentions if mention.actor_id is not None]
    group = await actors.find_by_uri(post.audience) if post.audience is not None else None
    if group is not None and group.id not in named:
        named.append(group.id)
    standing = await relations.relationships(author.id, named, instance.now()) if named else {}
    barred = {each for each, how in standing.items() if is_barred(how)}
    return Audience(
        followers=post.visibility is not Visibility.DIRECT,
        actor_ids=tuple(each for each in named if each not in barred),
        relays=post.visibility is Visibility.PUBLIC,
    )


def announce_of(
    instance: Instance, actor: Actor, author: Actor, post: Post, interaction: Interaction
) -> v.Announce:
    """The Announce of a boost, addressed to as many as the post is, or fewer (PV-7, B72)."""
    followers = instance.addresses.followers(actor.id)
    named: tuple[str, ...] = () if author.id == actor.id else (author.uri,)
    to, cc = {
        Visibility.PUBLIC: ((v.PUBLIC,), (*named, followers)),
        Visibility.UNLISTED: ((followers,), (*named, v.PUBLIC)),
    }.get(boost_visibility(post, interaction.visibility), ((followers,), named))
    return v.Announce(
        id=interaction.uri,
        actor=actor.uri,
        object=post.uri,
        to=to,
        cc=cc,
        published=interaction.created_at,
    )
