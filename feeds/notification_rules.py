"""Whether something is told, held back or not written at all: the owner's policy, judged. Pure.

https://docs.joinmastodon.org/entities/NotificationPolicy/
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from storage.records import NotificationKind, NotificationPolicy, PolicyAction, Teller

NEW_ACCOUNT: Final = timedelta(days=30)
NEW_FOLLOWER: Final = timedelta(days=3)
_SEVERITY = (PolicyAction.ACCEPT, PolicyAction.FILTER, PolicyAction.DROP)
# What somebody does to the owner; the rest is news of what the owner takes part in or asked for.
_JUDGED = frozenset(
    {
        *(NotificationKind.MENTION, NotificationKind.REPLY, NotificationKind.QUOTE),
        *(NotificationKind.LIKE, NotificationKind.BOOST, NotificationKind.REACTION),
        *(NotificationKind.FOLLOW, NotificationKind.FOLLOW_REQUEST),
        *(NotificationKind.APPROVAL, NotificationKind.IN_PACK),
    }
)


def judge(
    policy: NotificationPolicy,
    teller: Teller,
    kind: NotificationKind,
    now: datetime,
) -> PolicyAction:
    """B92, B94: the strictest of what applies. Who is named in a direct post did not ask for it."""
    if kind not in _JUDGED or teller.is_permitted:
        return PolicyAction.ACCEPT
    is_private = teller.is_private and kind is NotificationKind.MENTION
    applying = _applying(policy, teller, now, is_private=is_private)
    return max(applying, key=_SEVERITY.index, default=PolicyAction.ACCEPT)


def _applying(
    policy: NotificationPolicy, teller: Teller, now: datetime, *, is_private: bool
) -> Iterator[PolicyAction]:
    since = teller.follows_since
    if since is None or since > now - NEW_FOLLOWER:
        yield policy.for_not_followers
    if teller.is_followed:
        return
    yield policy.for_not_following
    if teller.is_silenced:
        yield policy.for_limited_accounts
    if teller.known_since > now - NEW_ACCOUNT:
        yield policy.for_new_accounts
    if is_private:
        yield policy.for_private_mentions
