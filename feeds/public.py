"""Feeds that are read off the posts themselves: local, federated, hashtag, profile, and lists.

Nothing here is pushed anywhere: each page is one keyset query, then what the viewer may not or
does not want to see is left out.
"""

from collections.abc import Sequence

from feeds.items import FeedItem, FeedPage, Slot
from feeds.loading import load
from feeds.paging import Chunk, read_page
from instance.resources import Instance
from posts.visibility import WIDE, visible_kinds
from storage import posts, relations, timelines
from storage.records import Actor, FilterContext, FollowState, InteractionKind, Page, RowId
from storage.timelines import Which


async def local(instance: Instance, page: Page, viewer: Actor | None) -> FeedPage:
    """Public posts by people of this server."""

    async def read(cursor: Page) -> Chunk[Slot]:
        return _chunk(await timelines.public(cursor, Which(local_only=True)))

    return await read_page(instance, page, read, viewer, context=FilterContext.PUBLIC)


async def federated(instance: Instance, page: Page, viewer: Actor | None) -> FeedPage:
    """Public posts by everybody this server knows."""

    async def read(cursor: Page) -> Chunk[Slot]:
        return _chunk(await timelines.public(cursor))

    return await read_page(instance, page, read, viewer, context=FilterContext.PUBLIC)


async def hashtag(instance: Instance, name: str, page: Page, viewer: Actor | None) -> FeedPage:
    """Public posts with a hashtag; `name` is folded and without `#`."""

    async def read(cursor: Page) -> Chunk[Slot]:
        return _chunk(await timelines.hashtag(name, cursor))

    return await read_page(instance, page, read, viewer, context=FilterContext.PUBLIC)


async def profile(
    instance: Instance, owner: Actor, page: Page, viewer: Actor | None, *, with_replies: bool
) -> FeedPage:
    """What one actor said and boosted, as far as the viewer may see it.

    A mute of this actor does not count here: who opens the profile wants to see it.
    """
    follows_author = await _follows(viewer, owner)
    visibilities = visible_kinds(viewer, owner.id, follows_author=follows_author)

    async def read(cursor: Page) -> Chunk[Slot]:
        rows = await timelines.profile(
            owner.id, cursor, visibilities=visibilities, with_replies=with_replies
        )
        slots = [
            Slot(order_id, post_id, owner.id if is_boost else None)
            for order_id, post_id, is_boost in rows
        ]
        return Chunk([row[0] for row in rows], slots)

    context = FilterContext.ACCOUNT
    return await read_page(instance, page, read, viewer, context=context, shows_muted=True)


async def pinned(instance: Instance, owner: Actor, viewer: Actor | None) -> tuple[FeedItem, ...]:
    """The pinned posts of an actor, the latest pin first."""
    found = await load(instance, await posts.pinned_ids(owner.id), viewer)
    return tuple(item for item in found if item.post.visibility in WIDE)


async def private(instance: Instance, owner: Actor, page: Page) -> FeedPage:
    """Direct posts that a local actor wrote or is named in."""

    async def read(cursor: Page) -> Chunk[Slot]:
        return _chunk(await timelines.direct(owner.id, cursor))

    return await read_page(instance, page, read, owner)


async def favourites(instance: Instance, owner: Actor, page: Page) -> FeedPage:
    """What a local actor likes, the latest like first; sorted by the ids of the likes."""
    return await _collected(instance, owner, page, InteractionKind.LIKE)


async def bookmarks(instance: Instance, owner: Actor, page: Page) -> FeedPage:
    """What a local actor keeps, the latest bookmark first; sorted by the ids of the bookmarks."""
    return await _collected(instance, owner, page, InteractionKind.BOOKMARK)


async def _collected(
    instance: Instance, owner: Actor, page: Page, kind: InteractionKind
) -> FeedPage:
    async def read(cursor: Page) -> Chunk[Slot]:
        rows = await posts.interactions_of(kind, owner.id, cursor)
        slots = [Slot(interaction_id, post.id) for interaction_id, post in rows]
        return Chunk([row[0] for row in rows], slots)

    return await read_page(instance, page, read, owner, shows_muted=True)


async def _follows(viewer: Actor | None, owner: Actor) -> bool:
    """Whether the viewer follows; an unanswered request gives nothing (PV-13)."""
    if viewer is None:
        return False
    follow = await relations.find_follow(viewer.id, owner.id)
    return follow is not None and follow.state is FollowState.ACCEPTED


def _chunk(ids: Sequence[RowId]) -> Chunk[Slot]:
    return Chunk(ids, [Slot(post_id, post_id) for post_id in ids])
