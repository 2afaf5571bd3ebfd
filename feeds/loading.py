"""Loads what a list of posts needs to be shown, in a fixed number of queries for any length.

First how the reader meets them, which is new each time (`meet`): what the reader must not or does
not want to see is left out by `feeds/filters.py`. Then their words (`dress`), for who does not have
them yet.
"""

from collections.abc import Iterable, Sequence

from feeds import filters
from feeds.items import FeedItem as FeedItem
from feeds.items import FeedPage as FeedPage
from feeds.items import FullItem as FullItem
from feeds.items import QuotedPost, Slot
from instance.resources import Instance
from posts import cards
from storage import actors, posts, sights
from storage.records import Actor, Post, RowId


async def meet(
    instance: Instance, slots: Sequence[Slot], viewer: Actor | None, *, shows_muted: bool = False
) -> list[FeedItem]:
    """The slots that the viewer meets, in their order; one query."""
    viewer_id = viewer.id if viewer is not None else None
    post_ids = {slot.post_id for slot in slots}
    person_ids = {slot.booster_id for slot in slots if slot.booster_id is not None}
    found, people = await sights.look(post_ids, person_ids, viewer_id, instance.now())
    items = []
    for order_id, post_id, booster_id in slots:
        post = found.get(post_id)
        booster = people.get(booster_id) if booster_id is not None else None
        if post is not None and (booster is not None or booster_id is None):
            items.append(FeedItem(order_id, post, booster))
    return filters.apply(items, viewer_id, shows_muted=shows_muted)


async def load(instance: Instance, ids: Iterable[RowId], viewer: Actor | None) -> list[FeedItem]:
    """Posts as items, in the same order, without those that the viewer may or wants not see.

    Muted people are shown: whoever asks for posts by name wants to read them.
    """
    slots = [Slot(post_id, post_id) for post_id in ids]
    return await meet(instance, slots, viewer, shows_muted=True)


async def met(instance: Instance, ids: Iterable[RowId], viewer: Actor | None) -> list[FeedItem]:
    """Posts as items, as `load`, without those of people the viewer muted."""
    return await meet(instance, [Slot(post_id, post_id) for post_id in ids], viewer)


async def load_one(
    instance: Instance, post_id: RowId, viewer: Actor | None, *, booster_id: RowId | None = None
) -> FeedItem | None:
    """One post as an item; None when the viewer may not see it."""
    slot = Slot(post_id, post_id, booster_id or None)
    items = await meet(instance, [slot], viewer, shows_muted=True)
    return items[0] if items else None


async def dress(items: Sequence[FeedItem]) -> list[FullItem]:
    """The items with their words, in their order; what is gone is missing.

    Two queries; one more where a post has a link, for what the page says that it leads to.
    """
    if not items:
        return []
    quoted = (item.post.quote_id for item in items if item.post.quote_stamp is not None)
    wanted = {item.post.id for item in items} | {each for each in quoted if each is not None}
    found = await _with_cards(await posts.by_ids(wanted))
    people = await actors.by_ids(_people_of(items, found.values()))
    full = (_dressed(item, found, people) for item in items)
    return [each for each in full if each is not None]


async def _with_cards(found: dict[RowId, Post]) -> dict[RowId, Post]:
    linking = [post.id for post in found.values() if cards.link_of(post) is not None]
    about = await cards.of_posts(linking)
    return {post_id: cards.with_card(post, about) for post_id, post in found.items()}


def _dressed(
    item: FeedItem, found: dict[RowId, Post], people: dict[RowId, Actor]
) -> FullItem | None:
    post = found.get(item.post.id)
    author = people.get(item.post.author_id)
    booster = people.get(item.booster.id) if item.booster is not None else None
    if post is None or post.deleted_at is not None or author is None:
        return None
    if item.booster is not None and booster is None:
        return None
    return FullItem(
        order_id=item.order_id,
        post=post,
        author=author,
        booster=booster,
        counts=item.counts,
        flags=item.flags,
        in_reply_to_author=_answered_by(post, people),
        mentioned=_mentioned_by(post, people),
        quote=_quoted_in(item, found, people),
    )


def _quoted_in(
    item: FeedItem, found: dict[RowId, Post], people: dict[RowId, Actor]
) -> QuotedPost | None:
    post_id = item.post.quote_id if item.post.quote_stamp is not None else None
    quoted = found.get(post_id) if post_id is not None else None
    author = people.get(quoted.actor_id) if quoted is not None else None
    return QuotedPost(quoted, author) if quoted is not None and author is not None else None


def _people_of(items: Sequence[FeedItem], found: Iterable[Post]) -> set[RowId]:
    ids: set[RowId | None] = {item.post.author_id for item in items}
    ids |= {item.booster.id for item in items if item.booster is not None}
    for post in found:
        ids.add(post.actor_id)
        ids.add(post.in_reply_to_actor_id)
        ids.update(mention.actor_id for mention in post.mentions if not mention.is_silent)
    return {actor_id for actor_id in ids if actor_id is not None}


def _answered_by(post: Post, people: dict[RowId, Actor]) -> Actor | None:
    actor_id = post.in_reply_to_actor_id
    return people.get(actor_id) if actor_id is not None else None


def _mentioned_by(post: Post, people: dict[RowId, Actor]) -> tuple[Actor, ...]:
    """Without the silent ones, who are many and shown nowhere (`storage.sights` stamps so, too)."""
    named = (mention.actor_id for mention in post.mentions if not mention.is_silent)
    return tuple(people[each] for each in named if each is not None and each in people)
