"""Conversations as one viewer may see them. Fetches nothing: only what this server knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from instance.errors import Gone, NotFound
from instance.resources import Instance
from posts.visibility import WIDE, VisiblePost, is_met, may_see, seen_by
from storage import actors, posts, relations, sights
from storage.records import (
    BLOCKED_BY,
    BLOCKS,
    MUTES,
    Actor,
    Post,
    Relationship,
    RowId,
    Sight,
    Twig,
)

ANCESTORS_MAX = 50
DESCENDANTS_MAX = 400

_NO_RELATIONSHIP = Relationship()


@dataclass(frozen=True, slots=True)
class Thread:
    """A post with what it answers, the first post first, and all answers to it, oldest first.

    Deleted posts that everybody could see are among them, so that the rest hangs together; `seen`
    has the others and the post itself, as the viewer meets them.
    """

    ancestors: tuple[Twig, ...]
    post: VisiblePost
    descendants: tuple[Twig, ...]
    seen: Mapping[RowId, Sight]
    first_id: RowId
    """The first post that is known of the conversation, whoever may see it."""
    is_local: bool
    """Whether all of it was written here."""
    replies_here: int
    """How many of the answers below the post everybody may see."""


async def visible_post(instance: Instance, post_id: RowId, viewer: Actor | None) -> VisiblePost:
    """The post, if the viewer may see it.

    Raises `NotFound` for what is not there and for what is hidden alike (PV-1 to PV-4), `Gone` for
    a deleted post that everybody could see.
    """
    post = await posts.find(post_id)
    if post is None:
        raise NotFound("There is no post at this address, or it is not for you.")
    author = await actors.find(post.actor_id)
    if post.deleted_at is not None and post.visibility in WIDE:
        raise Gone("This post was deleted by its author.")
    if author is None or not _is_live(author):
        raise NotFound("There is no post at this address, or it is not for you.")
    if viewer is None or viewer.id == author.id:
        how = _NO_RELATIONSHIP
    else:
        how = await relations.relationship(viewer.id, author.id, instance.now())
    return seen_by(
        post,
        viewer.id if viewer is not None else None,
        follows_author=how.following,
        is_blocked=how.blocked_by,
        is_here=viewer is not None and viewer.is_local,
    )


async def embeddable_post(instance: Instance, post_id: RowId) -> VisiblePost:
    """A post of somebody here that everybody may read, to be shown on other sites (B132, PV-5)."""
    post = await visible_post(instance, post_id, None)
    if not post.is_local or post.visibility not in WIDE or post.deleted_at is not None:
        raise NotFound("There is no post at this address, or it is not for you.")
    return post


async def thread(
    instance: Instance,
    post: VisiblePost,
    viewer: Actor | None,
    *,
    descendants_max: int | None = None,
) -> Thread:
    """What stands around a visible post; people who are blocked, block or are muted are hidden."""
    above = await posts.ancestors(post, ANCESTORS_MAX)
    below = await posts.descendants(post.id, descendants_max or DESCENDANTS_MAX)
    viewer_id = viewer.id if viewer is not None else None
    is_here = viewer is not None and viewer.is_local
    ids = {post.id, *(twig.id for twig in (*above, *below) if not twig.is_deleted)}
    found, _ = await sights.look(ids, (), viewer_id, instance.now())
    seen = {
        each.id: each
        for each in found.values()
        if each.id == post.id
        or is_met(each, viewer_id, BLOCKS | BLOCKED_BY | MUTES, is_here=is_here)
    }
    return Thread(
        ancestors=tuple(twig for twig in above if _has_place(twig, seen)),
        post=post,
        descendants=tuple(twig for twig in below if _has_place(twig, seen)),
        seen=seen,
        first_id=above[0].id if above else post.id,
        is_local=_is_local(post, above, below),
        replies_here=sum(twig.visibility in WIDE and not twig.is_deleted for twig in below),
    )


def _is_local(post: Post, above: Sequence[Twig], below: Sequence[Twig]) -> bool:
    first: Twig | Post = above[0] if above else post
    is_whole = first.in_reply_to_uri is None or first.in_reply_to_id is not None
    return is_whole and post.is_local and all(twig.is_local for twig in (*above, *below))


def _has_place(twig: Twig, seen: Mapping[RowId, Sight]) -> bool:
    return twig.id in seen or (twig.is_deleted and twig.visibility in WIDE)


async def visible_among(
    instance: Instance, found: Sequence[Post], viewer: Actor | None
) -> list[Post]:
    """Those of the posts that a viewer may and wants to see, in their order; two queries."""
    authors = await actors.by_ids({post.actor_id for post in found})
    standing: dict[RowId, Relationship] = {}
    if viewer is not None:
        others = [actor_id for actor_id in authors if actor_id != viewer.id]
        standing = await relations.relationships(viewer.id, others, instance.now())
    shown = []
    for post in found:
        author = authors.get(post.actor_id)
        how = standing.get(post.actor_id, _NO_RELATIONSHIP)
        if author is None or not _is_live(author) or how.blocking or how.muting:
            continue
        if may_see(
            post,
            viewer.id if viewer is not None else None,
            follows_author=how.following,
            is_blocked=how.blocked_by,
            is_here=viewer is not None and viewer.is_local,
        ):
            shown.append(post)
    return shown


def _is_live(author: Actor) -> bool:
    return author.deleted_at is None and author.suspended_at is None
