"""Who may see, boost and answer a post. Pure: the caller looks up follows and blocks.

ActivityPub has no "unlisted": public = Public in `to`, unlisted = Public in `cc` (E79).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NewType

from federation.addresses import Addresses
from instance.errors import Forbidden, NotFound
from storage.records import (
    BLOCKED_BY,
    FOLLOWS,
    Actor,
    Held,
    Post,
    RowId,
    Sight,
    Visibility,
)

VisiblePost = NewType("VisiblePost", Post)
"""A post that its reader may see: `seen_by` looked. Made here only."""

_WIDEST_FIRST = (
    Visibility.PUBLIC,
    Visibility.UNLISTED,
    Visibility.LOCAL,
    Visibility.FOLLOWERS,
    Visibility.DIRECT,
)
WIDE = frozenset({Visibility.PUBLIC, Visibility.UNLISTED})
"""What everybody may read who has the address."""


def file_address(visibility: Visibility, addresses: Addresses) -> Callable[[str], str]:
    """How addresses of the files of a post become those that its readers are told (MD-12)."""
    return addresses.shown_file if visibility in WIDE else addresses.private_file


def may_see(
    post: Post,
    viewer_id: RowId | None,
    *,
    follows_author: bool,
    is_blocked: bool,
    is_here: bool = False,
) -> bool:
    """Whether a viewer (None: nobody is logged in) may read a post; `is_here`: who lives here.

    `follows_author` only for an *accepted* follow (PV-13); `is_blocked` when the author blocks the
    viewer. A block the other way hides posts in feeds, not here.
    """
    # What waits for approval is seen by who is asked, too.
    is_asked = post.held is not None and post.in_reply_to_actor_id == viewer_id
    return post.deleted_at is None and is_readable(
        post.visibility,
        is_own=viewer_id is not None and viewer_id == post.actor_id,
        is_named=viewer_id is not None and (is_asked or is_mentioned(post, viewer_id)),
        follows_author=viewer_id is not None and follows_author,
        is_blocked=is_blocked,
        is_here=viewer_id is not None and is_here,
    )


def is_readable(
    visibility: str,
    *,
    is_own: bool,
    is_named: bool,
    follows_author: bool,
    is_blocked: bool,
    is_here: bool,
) -> bool:
    """Whether somebody who stands so to a post, which is not deleted, may read it."""
    if is_own:
        return True
    if is_blocked:
        return False
    if visibility == Visibility.LOCAL:
        return is_here
    if visibility in WIDE or is_named:
        return True
    return visibility == Visibility.FOLLOWERS and follows_author


def is_met(post: Sight, viewer_id: RowId | None, unwanted: int, *, is_here: bool = False) -> bool:
    """Whether a viewer may read a post and wants to meet its author.

    `unwanted` are the bits of `standing` with which somebody is not met; BLOCKED_BY is always one.
    Nobody stands so to themselves.
    """
    if post.is_deleted or not post.author_is_live or post.standing & (unwanted | BLOCKED_BY):
        return False
    return post.visibility in WIDE or is_readable(
        post.visibility,
        is_own=post.author_id == viewer_id,
        is_named=bool(post.is_named),
        follows_author=bool(post.standing & FOLLOWS),
        is_blocked=False,
        is_here=is_here,
    )


def seen_by(
    post: Post,
    viewer_id: RowId | None,
    *,
    follows_author: bool,
    is_blocked: bool,
    is_here: bool = False,
) -> VisiblePost:
    """The proof that a viewer may read a post. NotFound when not: its existence is a secret too."""
    if not may_see(
        post, viewer_id, follows_author=follows_author, is_blocked=is_blocked, is_here=is_here
    ):
        raise NotFound(
            "There is no post at this address, or it is not for you.",
            detail=f"post {post.id} is hidden from {viewer_id}",
        )
    return VisiblePost(post)


def is_mentioned(post: Post, actor_id: RowId) -> bool:
    """Whether a post names an actor that we know."""
    return any(mention.actor_id == actor_id for mention in post.mentions)


def may_boost(post: Post, actor_id: RowId) -> bool:
    """Public and unlisted posts by anybody; followers-only posts by their author (E85, PV-6)."""
    is_own = post.actor_id == actor_id
    return post.deleted_at is None and is_boostable(post.visibility, is_own=is_own)


def is_boostable(visibility: str, *, is_own: bool) -> bool:
    """The same of a post that is not deleted and that one sees."""
    return visibility in WIDE or (is_own and visibility == Visibility.FOLLOWERS)


def boost_visibility(post: Post, wanted: Visibility | None) -> Visibility:
    """Who sees a boost: as many as see the post, or fewer where the booster wants that."""
    return post.visibility if wanted is None else narrower(post.visibility, wanted)


def check_boost(post: VisiblePost, actor_id: RowId) -> None:
    """Forbidden when a post that one sees may not be boosted by that person."""
    if not may_boost(post, actor_id):
        raise Forbidden("Only public posts can be boosted; this one was meant for fewer people.")


def is_wider(one: Visibility, other: Visibility) -> bool:
    """Whether `one` shows a post to more people than `other`."""
    return _WIDEST_FIRST.index(one) < _WIDEST_FIRST.index(other)


def narrower(one: Visibility, other: Visibility) -> Visibility:
    """The one of two visibilities that shows a post to fewer people."""
    return other if is_wider(one, other) else one


def reply_visibility(wanted: Visibility, parent: Visibility) -> Visibility:
    """PV-25: an answer is never wider than what it answers; also what the composer offers.

    What answers something that stays on this server stays here too.
    """
    if parent is Visibility.LOCAL and wanted is not Visibility.DIRECT:
        return Visibility.LOCAL
    return narrower(wanted, parent)


def held_back(post: Post) -> Post:
    """A post that nobody but its author may see until it is let in: as a direct one to nobody.

    So no page, feed, count or collection has to know of it.
    """
    if post.held is not None:
        return post
    held = Held(post.visibility, post.mentions)
    return replace(post, visibility=Visibility.DIRECT, mentions=(), held=held)


def let_in(post: Post) -> Post:
    """The same post as it is meant to stand; one that is not held is as it stands."""
    if post.held is None:
        return post
    return replace(post, visibility=post.held.visibility, mentions=post.held.mentions, held=None)


def visible_kinds(
    viewer: Actor | None, author_id: RowId, *, follows_author: bool
) -> frozenset[Visibility]:
    """Which of an author's posts a profile page lists for a viewer: never the direct ones."""
    here = {Visibility.LOCAL} if viewer is not None and viewer.is_local else set()
    if viewer is not None and (viewer.id == author_id or follows_author):
        return WIDE | {Visibility.FOLLOWERS} | here
    return WIDE | here
