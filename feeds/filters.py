"""What one reader does not want, or may not, see on a page. Pure: the caller looks things up."""

from collections.abc import Iterable
from typing import NamedTuple

from posts.visibility import is_met
from storage.records import (
    BLOCKED_BY,
    BLOCKS,
    MUTES,
    PASSES_OVER,
    Person,
    PostCounts,
    RowId,
    Sight,
    ViewerFlags,
)

_UNWANTED = BLOCKS | BLOCKED_BY
_LEFT_OUT = _UNWANTED | MUTES | PASSES_OVER


class FeedItem(NamedTuple):
    """A post on a page as its reader meets it; `booster` when somebody boosted it in.

    `order_id` is its keyset place. Its words are apart: `feeds.loading.dress`.
    """

    order_id: RowId
    post: Sight
    booster: Person | None = None

    @property
    def stamp(self) -> int:
        """Of which versions of the rows the words are: `Sight.stamp`, booster's and quote's."""
        booster = self.booster.version if self.booster is not None else 0
        return self.post.stamp + booster + (self.post.quote_stamp or 0)

    @property
    def counts(self) -> PostCounts:
        """How often it was answered, liked and boosted."""
        return self.post.counts

    @property
    def flags(self) -> ViewerFlags:
        """What the reader did to it."""
        return self.post.flags


def apply(
    items: Iterable[FeedItem], viewer_id: RowId | None, *, shows_muted: bool = False
) -> list[FeedItem]:
    """The items a reader meets, in their order. `shows_muted` on the muted person's own page."""
    unwanted = _UNWANTED if shows_muted else _LEFT_OUT
    return [item for item in items if is_shown(item, viewer_id, unwanted)]


def is_shown(item: FeedItem, viewer_id: RowId | None, unwanted: int) -> bool:
    """Whether one item may stand on a reader's page (PV-12, PV-18, PV-19, MO-2)."""
    _, post, booster = item
    if booster is not None and (not booster.is_live or booster.standing & unwanted):
        return False
    return is_met(post, viewer_id, unwanted, is_here=viewer_id is not None)


def may_notify(actor: Person, owner_id: RowId) -> bool:
    """Whether what `actor` did is told to the owner of the notifications (PV-18).

    Mutes are looked at when it is told: some hide posts alone, and news of these may be read.
    """
    return actor.id != owner_id and bool(actor.is_live) and not actor.standing & _UNWANTED
