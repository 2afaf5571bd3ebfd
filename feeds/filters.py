"""What one reader does not want, or may not, see on a page. Pure: the caller looks things up."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from posts.visibility import may_see
from storage.records import Actor, Post, RowId


@dataclass(frozen=True, slots=True)
class FeedItem:
    """A post on a page; `booster` when somebody boosted it in. `order_id` is its keyset place.

    `feeds.loading.FeedItem` adds what is shown of it.
    """

    order_id: RowId
    post: Post
    author: Actor
    booster: Actor | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and whom they do not want to meet. `viewer_id` None: nobody is logged in.

    `following_ids` may be limited to the actors on the page at hand.
    """

    viewer_id: RowId | None = None
    following_ids: frozenset[RowId] = field(default_factory=frozenset)
    blocking_ids: frozenset[RowId] = field(default_factory=frozenset)
    blocked_by_ids: frozenset[RowId] = field(default_factory=frozenset)
    muted_ids: frozenset[RowId] = field(default_factory=frozenset)


def apply(
    items: Iterable[FeedItem], reader: Reader, *, shows_muted: bool = False
) -> list[FeedItem]:
    """The items a reader meets, in their order. `shows_muted` on the muted person's own page."""
    return [item for item in items if is_shown(item, reader, shows_muted=shows_muted)]


def is_shown(item: FeedItem, reader: Reader, *, shows_muted: bool = False) -> bool:
    """Whether one item may stand on a reader's page (PV-12, PV-18, PV-19, MO-2)."""
    people = [item.author] if item.booster is None else [item.author, item.booster]
    if any(not _is_live(person) for person in people):
        return False
    unwanted = reader.blocking_ids | reader.blocked_by_ids
    if not shows_muted:
        unwanted |= reader.muted_ids
    if any(person.id in unwanted and person.id != reader.viewer_id for person in people):
        return False
    return may_see(
        item.post,
        reader.viewer_id,
        follows_author=item.author.id in reader.following_ids,
        is_blocked=item.author.id in reader.blocked_by_ids,
    )


def may_notify(actor: Actor, owner_id: RowId, reader: Reader) -> bool:
    """Whether what `actor` did is told to the owner of the notifications (PV-18)."""
    if actor.id == owner_id or not _is_live(actor):
        return False
    return actor.id not in reader.blocking_ids | reader.blocked_by_ids | reader.muted_ids


def _is_live(actor: Actor) -> bool:
    return actor.deleted_at is None and actor.suspended_at is None
