"""Loads what a list of posts needs to be shown, in a fixed number of queries for any length.

What the reader must not or does not want to see is left out by `feeds/filters.py`.
"""

from collections.abc import Iterable, Sequence

from feeds import filters
from feeds.filters import Reader
from feeds.items import NO_COUNTS, NO_FLAGS, Slot
from feeds.items import FeedItem as FeedItem
from feeds.items import FeedPage as FeedPage
from instance.resources import Instance
from storage import actors, posts, relations
from storage.records import Actor, Post, RowId


async def load(instance: Instance, found: Iterable[Post], viewer: Actor | None) -> list[FeedItem]:
    """Posts as items, in the same order, without those that the viewer may or wants not see.

    Muted people are shown: whoever asks for posts by name wants to read them.
    """
    slots = [Slot(post.id, post) for post in found]
    return await dress(await keep(instance, slots, viewer, shows_muted=True), viewer)


async def load_one(instance: Instance, post: Post, viewer: Actor | None) -> FeedItem | None:
    """One post as an item; None when the viewer may not see it."""
    items = await load(instance, [post], viewer)
    return items[0] if items else None


async def keep(
    instance: Instance, slots: Sequence[Slot], viewer: Actor | None, *, shows_muted: bool = False
) -> list[filters.FeedItem]:
    """The slots that the viewer meets, in their order, with the people on them."""
    people = await actors.by_ids(_people_of(slots)) if slots else {}
    items = []
    for slot in slots:
        author = people.get(slot.post.actor_id)
        booster = people.get(slot.booster_id) if slot.booster_id is not None else None
        if author is not None and (booster is not None or slot.booster_id is None):
            items.append(filters.FeedItem(slot.order_id, slot.post, author, booster))
    reader = await reader_among(instance, viewer, people)
    return filters.apply(items, reader, shows_muted=shows_muted)


async def reader_among(instance: Instance, viewer: Actor | None, ids: Iterable[RowId]) -> Reader:
    """How a viewer stands to these actors, in the shape that the filters want; one query."""
    if viewer is None:
        return Reader()
    others = [actor_id for actor_id in ids if actor_id != viewer.id]
    standing = await relations.relationships(viewer.id, others, instance.now())
    return Reader(
        viewer_id=viewer.id,
        following_ids=frozenset(each for each, how in standing.items() if how.following),
        blocking_ids=frozenset(each for each, how in standing.items() if how.blocking),
        blocked_by_ids=frozenset(each for each, how in standing.items() if how.blocked_by),
        muted_ids=frozenset(each for each, how in standing.items() if how.muting),
    )


async def dress(kept: Sequence[filters.FeedItem], viewer: Actor | None) -> list[FeedItem]:
    """The items with counts, the viewer's flags and the people they answer and name."""
    if not kept:
        return []
    post_ids = list(dict.fromkeys(item.post.id for item in kept))
    counts = await posts.counts(post_ids)
    flags = await posts.flags(viewer.id, post_ids) if viewer is not None else {}
    people = await actors.by_ids(_named_in(kept))
    return [
        FeedItem(
            order_id=item.order_id,
            post=item.post,
            author=item.author,
            booster=item.booster,
            counts=counts.get(item.post.id, NO_COUNTS),
            flags=flags.get(item.post.id, NO_FLAGS),
            in_reply_to_author=_answered_by(item.post, people),
            mentioned=_mentioned_by(item.post, people),
        )
        for item in kept
    ]


def _people_of(slots: Sequence[Slot]) -> list[RowId]:
    ids = dict.fromkeys(slot.post.actor_id for slot in slots)
    ids |= dict.fromkeys(slot.booster_id for slot in slots if slot.booster_id is not None)
    return list(ids)


def _named_in(items: Sequence[filters.FeedItem]) -> list[RowId]:
    found = [item.post.in_reply_to_actor_id for item in items]
    found += [mention.actor_id for item in items for mention in item.post.mentions]
    return list(dict.fromkeys(actor_id for actor_id in found if actor_id is not None))


def _answered_by(post: Post, people: dict[RowId, Actor]) -> Actor | None:
    actor_id = post.in_reply_to_actor_id
    return people.get(actor_id) if actor_id is not None else None


def _mentioned_by(post: Post, people: dict[RowId, Actor]) -> tuple[Actor, ...]:
    ids = (mention.actor_id for mention in post.mentions if mention.actor_id is not None)
    return tuple(people[actor_id] for actor_id in ids if actor_id in people)
