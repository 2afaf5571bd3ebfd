"""What feeds and notifications answer with, loaded; pages and client API present from it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from feeds.filters import FeedItem as FeedItem
from storage.records import (
    POST_WEIGHT,
    Actor,
    Notification,
    NotificationKind,
    Post,
    PostCounts,
    RowId,
    SafeHtml,
    Sight,
    ViewerFlags,
)


class Slot(NamedTuple):
    """A place in a feed before its post is met: `order_id` is what the feed is sorted by."""

    order_id: RowId
    post_id: RowId
    booster_id: RowId | None = None


@dataclass(frozen=True, slots=True)
class FullItem:
    """An item with all its words and the people in it.

    `in_reply_to_author` is None where the post answers nobody, or somebody we do not know;
    `mentioned` are those named in the post whom we know.
    """

    order_id: RowId
    post: Post
    author: Actor
    booster: Actor | None
    counts: PostCounts
    flags: ViewerFlags
    in_reply_to_author: Actor | None = None
    mentioned: tuple[Actor, ...] = ()
    quote: "QuotedPost | None" = None

    @property
    def stamp(self) -> int:
        """As `FeedItem.stamp`, of the rows that were read for this."""
        versions = [self.booster.version] if self.booster is not None else []
        if self.quote is not None:
            versions += (self.quote.post.version, self.quote.author.version)
        return self.stamp_of_words + sum(versions)

    @property
    def stamp_of_words(self) -> int:
        """As `Sight.stamp`: without who boosted it and what it quotes."""
        people = (self.author, self.in_reply_to_author)
        versions = [person.version for person in people if person is not None]
        versions += {person.id: person.version for person in self.mentioned}.values()
        return self.post.version * POST_WEIGHT + sum(versions)


@dataclass(frozen=True, slots=True)
class QuotedPost:
    """What a post quotes, as far as its reader may see it."""

    post: Post
    author: Actor


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A page of a feed, newest first.

    `next_max_id` leads to older items, None where there are none; `prev_min_id` leads to what comes
    later, None only where nothing was found at all.
    """

    items: tuple[FeedItem, ...] = ()
    next_max_id: RowId | None = None
    prev_min_id: RowId | None = None


# ---------------------------------------------------------------- notifications

# These are grouped by post; the others are each about one person or one answer.
_GROUPED = frozenset({NotificationKind.LIKE, NotificationKind.BOOST, NotificationKind.REACTION})


@dataclass(frozen=True, slots=True)
class AboutPost:
    """The post that a notification is about, as its owner meets it, with its words."""

    sight: Sight
    post: Post
    author: Actor


@dataclass(frozen=True, slots=True)
class NotificationItem:
    """A notification with the person and the post it names."""

    notification: Notification
    actor: Actor
    post: AboutPost | None
    is_unread: bool

    @property
    def order_id(self) -> RowId:
        """What notifications are sorted by."""
        return self.notification.id


@dataclass(frozen=True, slots=True)
class NotificationGroup:
    """Notifications of one kind about one post, as one line; `actors` newest first, distinct."""

    kind: NotificationKind
    post: AboutPost | None
    actors: tuple[Actor, ...]
    newest: Notification
    is_unread: bool


@dataclass(frozen=True, slots=True)
class NotificationPage:
    """A page of notifications, newest first; the ids lead to its neighbours as in `FeedPage`."""

    items: tuple[NotificationItem, ...] = ()
    next_max_id: RowId | None = None
    prev_min_id: RowId | None = None

    @property
    def groups(self) -> tuple[NotificationGroup, ...]:
        """The same, likes and boosts grouped by post and kind."""
        return group(self.items)


def group(items: Sequence[NotificationItem]) -> tuple[NotificationGroup, ...]:
    """Likes and boosts of one post become one line, at the place of the newest of them. Pure."""
    lines: dict[tuple[NotificationKind, RowId | None, RowId | None], list[NotificationItem]] = {}
    for item in items:
        told = item.notification
        single = None if told.kind in _GROUPED else told.id
        lines.setdefault((told.kind, told.post_id, single), []).append(item)
    return tuple(
        NotificationGroup(
            kind=kind,
            post=same[0].post,
            actors=tuple({item.actor.id: item.actor for item in same}.values()),
            newest=same[0].notification,
            is_unread=any(item.is_unread for item in same),
        )
        for (kind, _, _), same in lines.items()
    )


@dataclass(frozen=True, slots=True)
class Translation:
    """A post in another language; lists in the order of the post's own."""

    post: Post
    language: str
    detected: str
    content: SafeHtml
    summary: str
    options: tuple[str, ...]
    descriptions: tuple[str, ...]
