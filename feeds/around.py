"""What is asked about one post: its thread, who liked it, who quotes it, how it read before.

Each begins with whether the viewer may see the post: what is hidden is `NotFound` (PV-3, PV-22).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from feeds.items import FeedItem, FeedPage, Slot
from feeds.paging import Chunk, read_page
from instance.errors import NotFound
from instance.resources import Instance
from posts import threads
from posts.threads import Thread
from posts.visibility import VisiblePost
from storage import posts, relations
from storage.records import (
    Actor,
    FollowState,
    Interaction,
    InteractionKind,
    Page,
    Post,
    Revision,
    RowId,
    Twig,
    Visibility,
)

# As Mastodon's for who is not logged in.
STRANGERS_ANCESTORS_MAX: Final = 40
STRANGERS_DESCENDANTS_MAX: Final = 60


@dataclass(frozen=True, slots=True)
class Around:
    """What stands above a post in its thread, the first post first, and below it by branches."""

    thread: Thread
    ancestors: tuple[FeedItem, ...]
    descendants: tuple[FeedItem, ...]


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """People, the last to do something first; the ids lead to the neighbours as in `FeedPage`."""

    people: tuple[Actor, ...]
    next_max_id: RowId | None
    prev_min_id: RowId | None


async def thread(instance: Instance, post_id: RowId, viewer: Actor | None) -> Around:
    """The thread of a post as its viewer meets it; strangers are shown less of a long one."""
    post = await threads.visible_post(instance, post_id, viewer)
    most = None if viewer is not None else STRANGERS_DESCENDANTS_MAX
    found = await threads.thread(instance, post, viewer, descendants_max=most)

    def items(twigs: Sequence[Twig]) -> tuple[FeedItem, ...]:
        return tuple(
            FeedItem(each.id, found.seen[each.id]) for each in twigs if not each.is_deleted
        )

    above = found.ancestors if viewer is not None else found.ancestors[-STRANGERS_ANCESTORS_MAX:]
    return Around(found, items(above), items(by_branches(found)))


def by_branches(found: Thread) -> list[Twig]:
    """Return what stands below a post, each answer before those to it, as apps show them.

    Among answers to one post those of its own author come first, then the older ones. Mastodon
    brings the same answers to the top, but takes them out of their branch. What answers somebody
    who is hidden hangs at the post itself. Pure.
    """
    by_id = {twig.id: twig for twig in found.descendants}
    below: dict[RowId, list[Twig]] = defaultdict(list)
    for twig in found.descendants:
        parent = twig.in_reply_to_id
        below[parent if parent is not None and parent in by_id else found.post.id].append(twig)
    authors = {each.id: each.author_id for each in found.seen.values()}
    waiting, ordered = [found.post.id], dict[RowId, Twig | None]()
    while waiting:
        current = waiting.pop()
        if current not in ordered:  # posts that answer each other make a circle
            ordered[current] = by_id.get(current)
            author = authors.get(current)
            answers = below.pop(current, [])
            answers.sort(key=lambda each: (authors.get(each.id) != author, each.id), reverse=True)
            waiting += [each.id for each in answers]
    return [twig for twig in ordered.values() if twig is not None]


async def who(
    instance: Instance, post_id: RowId, kind: InteractionKind, page: Page, viewer: Actor | None
) -> PeoplePage:
    """Who liked or boosted a post, without those whom the viewer does not want to meet."""
    post = await threads.visible_post(instance, post_id, viewer)
    rows = await posts.actors_of(kind, post.id, page, openly=True)
    return PeoplePage(
        people=tuple(await _welcome(instance, [actor for _, actor in rows], viewer)),
        next_max_id=rows[-1][0] if len(rows) >= page.limit else None,
        prev_min_id=rows[0][0] if rows else None,
    )


async def may_see_boost(boost: Interaction, viewer: Actor | None) -> bool:
    """Whether a boost is for this viewer; that of who boosts for followers alone is for those."""
    if boost.visibility is not Visibility.FOLLOWERS:
        return True
    if viewer is None or viewer.id == boost.actor_id:
        return viewer is not None
    follow = await relations.find_follow(viewer.id, boost.actor_id)
    return follow is not None and follow.state is FollowState.ACCEPTED


async def _welcome(
    instance: Instance, people: Sequence[Actor], viewer: Actor | None
) -> list[Actor]:
    if viewer is None or not people:
        return list(people)
    ids = [actor.id for actor in people if actor.id != viewer.id]
    how = await relations.relationships(viewer.id, ids, instance.now())
    unwanted = {
        actor_id
        for actor_id, each in how.items()
        if each.blocking or each.blocked_by or each.muting
    }
    return [actor for actor in people if actor.id not in unwanted]


async def quotes(instance: Instance, post_id: RowId, page: Page, viewer: Actor | None) -> FeedPage:
    """The posts that quote a post, as far as the viewer may see them."""
    post = await threads.visible_post(instance, post_id, viewer)

    async def read(cursor: Page) -> Chunk[Slot]:
        ids = [each.id for each in await posts.quotes_of(post.id, cursor)]
        return Chunk(ids, [Slot(each, each) for each in ids])

    return await read_page(instance, page, read, viewer)


async def history(
    instance: Instance, post_id: RowId, viewer: Actor | None
) -> tuple[VisiblePost, list[Revision]]:
    """A post and how it read before, oldest first; who may see it was never different (PV-16)."""
    post = await threads.visible_post(instance, post_id, viewer)
    return post, await posts.list_revisions(post.id)


async def own(instance: Instance, owner: Actor, post_id: RowId) -> Post:
    """A post of one's own; `NotFound` for those of others."""
    post = await threads.visible_post(instance, post_id, owner)
    if post.actor_id != owner.id:
        raise NotFound("There is no post of yours at this address.")
    return post
