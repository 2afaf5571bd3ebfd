"""The shapes of notifications and reports: https://docs.joinmastodon.org/entities/Notification/."""

from typing import NotRequired, TypedDict

from webapp.mastodon.entities import Account, Collection, Status


class Report(TypedDict):
    """A report, as who made it sees it."""

    id: str
    action_taken: bool
    action_taken_at: str | None
    category: str
    comment: str
    forwarded: bool
    created_at: str
    status_ids: list[str]
    rule_ids: list[str]
    collection_ids: list[str]
    target_account: Account


class Severance(TypedDict):
    """Follows that ended because a host was shut out."""

    id: str
    type: str
    purged: bool
    target_name: str
    followers_count: int
    following_count: int
    created_at: str


class Appeal(TypedDict):
    """What somebody said against an act of moderators, and what became of it."""

    text: str
    state: str


class Warning(TypedDict):  # noqa: A001 - the word of the client API
    """What moderators did to an account."""

    id: str
    action: str
    text: str
    status_ids: list[str]
    target_account: Account
    appeal: Appeal | None
    created_at: str


class Fallback(TypedDict):
    """What an app shows that does not know the type of a notification."""

    title: str
    summary: str | None


class About(TypedDict):
    """What a notification or a group of them is about; of each kind its own part."""

    status: NotRequired[Status]
    status_id: NotRequired[str]
    report: NotRequired[Report]
    event: NotRequired[Severance]
    moderation_warning: NotRequired[Warning]
    collection: NotRequired[Collection | None]
    fallback: NotRequired[Fallback]


class Notification(About):
    """That something happened."""

    id: str
    type: str
    created_at: str
    group_key: str
    account: Account
    filtered: NotRequired[bool]


class NotificationGroup(About):
    """That something happened several times."""

    group_key: str
    notifications_count: int
    type: str
    most_recent_notification_id: int
    page_min_id: str
    page_max_id: str
    latest_page_notification_at: str
    sample_account_ids: list[str]


class PartialAccount(TypedDict):
    """As much of an account as a small picture needs."""

    id: str
    acct: str
    url: str
    avatar: str
    avatar_static: str
    avatar_description: str
    locked: bool
    bot: bool


class GroupedNotifications(TypedDict):
    """A page of groups, with the people and posts that they name."""

    accounts: list[Account]
    partial_accounts: NotRequired[list[PartialAccount]]
    statuses: list[Status]
    notification_groups: list[NotificationGroup]


class NotificationRequest(TypedDict):
    """What one person did is held back."""

    id: str
    created_at: str
    updated_at: str
    notifications_count: str
    account: Account
    last_status: Status | None


class PolicySummary(TypedDict):
    """How much a policy holds back."""

    pending_requests_count: int
    pending_notifications_count: int


class NotificationPolicy(TypedDict):
    """From whom somebody wants to hear."""

    for_not_following: str
    for_not_followers: str
    for_new_accounts: str
    for_private_mentions: str
    for_limited_accounts: str
    summary: PolicySummary


class V1NotificationPolicy(TypedDict):
    """The same as Mastodon 4.3 had it: whether somebody is let through."""

    filter_not_following: bool
    filter_not_followers: bool
    filter_new_accounts: bool
    filter_private_mentions: bool
    summary: PolicySummary
