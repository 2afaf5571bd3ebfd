"""Notifications of one kind about one thing, as one group a day, each with a key. Pure.

A key says which notifications it means, so that nothing about groups is kept: of which kind, about
which post, and of which day, by the time in their ids.
https://docs.joinmastodon.org/methods/grouped_notifications/
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from feeds.items import NotificationItem
from storage.ids import DAY_IDS
from storage.records import Notification, NotificationKind, RowId, Wanted

GROUPABLE: Final = frozenset(
    {
        *(NotificationKind.LIKE, NotificationKind.BOOST),
        *(NotificationKind.FOLLOW, NotificationKind.SIGN_UP),
    }
)
_KINDS = "|".join(sorted(GROUPABLE))
_KEY = re.compile(rf"({_KINDS})-([0-9]{{1,19}})-([0-9]{{1,10}})|ungrouped-([0-9]{{1,19}})")


@dataclass(frozen=True, slots=True)
class Group:
    """What stands on a page of one group, the newest first; never empty."""

    key: str
    items: tuple[NotificationItem, ...]

    @property
    def newest(self) -> Notification:
        """The notification by which the group has its place."""
        return self.items[0].notification

    @property
    def size_key(self) -> tuple[str, int, int]:
        """By which the sizes of groups are counted."""
        return (self.newest.kind, self.newest.post_id or 0, self.newest.id // DAY_IDS)


def key_of(told: Notification, grouped: Collection[NotificationKind] = GROUPABLE) -> str:
    """The key of the group that a notification belongs to."""
    if told.kind not in grouped or told.kind not in GROUPABLE:
        return f"ungrouped-{told.id}"
    return f"{told.kind}-{told.post_id or 0}-{told.id // DAY_IDS}"


def wanted_of(key: str) -> Wanted | None:
    """Which notifications a key means; None for what is no key."""
    match = _KEY.fullmatch(key)
    if match is None:
        return None
    kind, post_id, day, single = match.groups()
    if single is not None:
        return Wanted(first_id=int(single), last_id=int(single))
    first_id = int(day) * DAY_IDS
    return Wanted(
        kinds=(NotificationKind(kind),),
        post_id=RowId(int(post_id)) if int(post_id) else None,
        first_id=first_id,
        last_id=first_id + DAY_IDS - 1,
    )


def group(
    items: Sequence[NotificationItem], grouped: Collection[NotificationKind] = GROUPABLE
) -> list[Group]:
    """The groups of items that stand newest first, each at the place of its newest item."""
    found: dict[str, list[NotificationItem]] = {}
    for item in items:
        found.setdefault(key_of(item.notification, grouped), []).append(item)
    return [Group(key, tuple(same)) for key, same in found.items()]


def first_of(
    items: Sequence[NotificationItem], limit: int, grouped: Collection[NotificationKind]
) -> list[NotificationItem]:
    """As many of the items from their beginning as make no more than so many groups."""
    keys: set[str] = set()
    for number, item in enumerate(items):
        keys.add(key_of(item.notification, grouped))
        if len(keys) > limit:
            return list(items[:number])
    return list(items)
