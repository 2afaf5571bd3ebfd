"""Emoji that local people put under posts: one a person and post, another one takes its place.

It goes out as Misskey spells it, a Like with `content`: a reaction to who knows reactions, and a
favourite to who does not. Hosts that only know EmojiReact get that.
https://codeberg.org/fediverse/fep/src/branch/main/fep/c0e0/fep-c0e0.md
"""

from dataclasses import dataclass

from actors import emoji, software
from federation import vocabulary as v
from federation.reaction_parsing import is_emoji
from feeds import notifications
from instance.errors import Forbidden, Invalid
from instance.resources import Instance
from outbox import asking, delivery, telling
from posts import consent, reactions
from posts.threads import visible_post
from storage import actors, posts
from storage import reactions as rows
from storage.records import Act, Actor, NotificationKind, Post, Reaction, RowId

# Software whose people see EmojiReact as what it is.
_SPEAK_EMOJI_REACT = frozenset({"akkoma", "pleroma", "mitra", "hollo", "friendica"})


async def react(instance: Instance, actor: Actor, post_id: RowId, content: str) -> Reaction:
    """Put an emoji under a post; its author is told. Raises `NotFound`, `Invalid`, `Forbidden`.

    Who may not like a post may not do this either.
    `content` is an emoji, `:name:` of one of ours, or one that is under the post already.
    """
    post = await visible_post(instance, post_id, actor)
    if asking.waits(post, await consent.check(Act.LIKE, post, actor)):
        raise Forbidden("The author of this post wants to be asked first, as by a favourite.")
    author = await actors.get(post.actor_id)
    wanted, url = await _emoji(post, content.strip())
    told = await _Telling.of(instance, actor, author, post)
    activity_id = delivery.new_id(instance)
    async with instance.store.transaction():
        before = await rows.of_actor(actor.id, post.id)
        for each in before:
            if each.content == wanted:
                return each
            await _take_back(instance, told, each)
        made = Reaction(
            activity_id.row, actor.id, post.id, wanted, url, activity_id.uri, instance.now()
        )
        await rows.insert(made)
        kind = NotificationKind.REACTION
        await notifications.tell(instance, kind, post.actor_id, actor.id, post.id)
        activity = _activity(instance, told, made)
        await telling.tell_as(instance, actor, author, activity, activity_id.row)
    return made


async def unreact(instance: Instance, actor: Actor, post_id: RowId) -> None:
    """Take one's emoji from a post. Nothing happens when there was none."""
    post = await posts.get(post_id)
    author = await actors.get(post.actor_id)
    told = await _Telling.of(instance, actor, author, post)
    async with instance.store.transaction():
        for each in await rows.of_actor(actor.id, post.id):
            await _take_back(instance, told, each)


@dataclass(frozen=True, slots=True)
class _Telling:
    """Who tells whom of a reaction to which post, and how that one's server has it spelt."""

    actor: Actor
    author: Actor
    post: Post
    is_like: bool

    @classmethod
    async def of(cls, instance: Instance, actor: Actor, author: Actor, post: Post) -> "_Telling":
        known = await software.known_or_later(instance, author)
        return cls(actor, author, post, known not in _SPEAK_EMOJI_REACT)


async def _take_back(instance: Instance, told: _Telling, reaction: Reaction) -> None:
    await reactions.take_back(reaction)
    undone = _activity(instance, told, reaction)
    await telling.tell(
        instance,
        told.actor,
        told.author,
        lambda uri: v.Undo(id=uri, actor=told.actor.uri, object=undone),
    )


async def _emoji(post: Post, content: str) -> tuple[str, str | None]:
    """What may be put under a post, and the picture of a custom emoji."""
    if is_emoji(content):
        return content, None
    for known in post.reactions:
        if known.content == content:
            return content, known.emoji_url
    for ours in await emoji.used_in(content):
        if content == f":{ours.shortcode}:":
            return content, ours.url
    raise Invalid("This is not an emoji. Choose one of the list, or type a single one.")


def _activity(instance: Instance, told: _Telling, reaction: Reaction) -> v.EmojiReact:
    name, _, host = reaction.content.strip(":").partition("@")
    tag, content = None, reaction.content
    if reaction.emoji_url is not None:
        tag = v.EmojiTag(name, reaction.emoji_url, None if host else instance.addresses.emoji(name))
        content = f":{name}:"
    return v.EmojiReact(
        id=reaction.uri,
        actor=told.actor.uri,
        object=told.post.uri,
        content=content,
        emoji=tag,
        to=(told.author.uri,),
        is_like=told.is_like,
    )
