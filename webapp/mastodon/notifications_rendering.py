"""Notifications, groups of them and reports as the client API shows them; pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from feeds.grouping import Group, key_of
from feeds.items import NotificationItem
from storage import records
from storage.records import (
    Notification,
    NotificationDetails,
    NotificationKind,
    NotificationPolicy,
    PolicyAction,
    RowId,
)
from webapp.mastodon import entities
from webapp.mastodon import notification_entities as e
from webapp.mastodon.accounts_rendering import instant

SAMPLES_MAX: Final = 8
_TYPES: Mapping[NotificationKind, str] = {
    NotificationKind.MENTION: "mention",
    NotificationKind.REPLY: "mention",
    NotificationKind.STATUS: "status",
    NotificationKind.BOOST: "reblog",
    NotificationKind.FOLLOW: "follow",
    NotificationKind.FOLLOW_REQUEST: "follow_request",
    NotificationKind.LIKE: "favourite",
    NotificationKind.POLL: "poll",
    NotificationKind.EDIT: "update",
    NotificationKind.QUOTE: "quote",
    NotificationKind.QUOTED_EDIT: "quoted_update",
    NotificationKind.SIGN_UP: "admin.sign_up",
    NotificationKind.REPORT: "admin.report",
    NotificationKind.SEVERED: "severed_relationships",
    NotificationKind.WARNING: "moderation_warning",
    NotificationKind.IN_PACK: "added_to_collection",
    NotificationKind.PACK_CHANGED: "collection_update",
}
# What Mastodon does not know is for apps alone that say what they know (`supported_types`).
_TITLES: Mapping[NotificationKind, str] = {
    NotificationKind.MENTION: "mentioned you",
    NotificationKind.REPLY: "replied to you",
    NotificationKind.STATUS: "posted",
    NotificationKind.BOOST: "boosted your post",
    NotificationKind.FOLLOW: "follows you",
    NotificationKind.FOLLOW_REQUEST: "would like to follow you",
    NotificationKind.LIKE: "favourited your post",
    NotificationKind.POLL: "asked in a poll that has ended",
    NotificationKind.EDIT: "changed a post that you boosted",
    NotificationKind.QUOTE: "quoted your post",
    NotificationKind.QUOTED_EDIT: "changed a post that you quoted",
    NotificationKind.SIGN_UP: "signed up",
    NotificationKind.REPORT: "was reported",
    NotificationKind.SEVERED: "lost follows: a server was shut out",
    NotificationKind.WARNING: "got a warning from the moderators",
    NotificationKind.IN_PACK: "added you to a collection",
    NotificationKind.PACK_CHANGED: "changed a collection that you are in",
    NotificationKind.REACTION: "reacted to your post",
    NotificationKind.MOVE: "moved; you follow the new account now",
    NotificationKind.APPROVAL: "waits for your answer about this post",
    NotificationKind.UNSENT: "could not post what was scheduled; it is a draft now",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What notifications that are shown together share; `supported` is None where no app says."""

    people: Mapping[RowId, entities.Account]
    statuses: Mapping[RowId, entities.Status] = field(default_factory=dict)
    reports: Mapping[RowId, e.Report] = field(default_factory=dict)
    strikes: Mapping[RowId, records.Strike] = field(default_factory=dict)
    collections: Mapping[RowId, entities.Collection] = field(default_factory=dict)
    supported: Collection[str] | None = None


def type_of(kind: NotificationKind) -> str:
    """The type of a notification; of what Mastodon does not know our own word."""
    return _TYPES.get(kind, kind.value)


def kinds_of(types: Collection[str]) -> frozenset[NotificationKind]:
    """The kinds that types mean; unknown ones mean none."""
    return frozenset(kind for kind in NotificationKind if type_of(kind) in types)


def known_kinds(*, says_what_it_supports: bool) -> frozenset[NotificationKind]:
    """The kinds that an app may be shown."""
    return frozenset(_TITLES if says_what_it_supports else _TYPES)


def notification(item: NotificationItem, scene: Scene) -> e.Notification:
    """Render a notification."""
    told = item.notification
    shown: e.Notification = {
        "id": str(told.id),
        "type": type_of(told.kind),
        "created_at": instant(told.created_at),
        "group_key": key_of(told),
        "account": scene.people[item.actor.id],
    }
    shown.update(_about(item, scene))  # type: ignore[typeddict-item]  # it extends About
    status = scene.statuses.get(told.post_id) if told.post_id is not None else None
    if status is not None:
        shown["status"] = status
    if told.is_filtered:
        shown["filtered"] = True
    return shown


def group(found: Group, size: int, scene: Scene) -> e.NotificationGroup:
    """Render a group; its people and its post stand beside it."""
    newest, oldest = found.newest, found.items[-1].notification
    people = list(dict.fromkeys(str(item.actor.id) for item in found.items))
    shown: e.NotificationGroup = {
        "group_key": found.key,
        "notifications_count": size,
        "type": type_of(newest.kind),
        "most_recent_notification_id": newest.id,
        "page_min_id": str(oldest.id),
        "page_max_id": str(newest.id),
        "latest_page_notification_at": instant(newest.created_at),
        "sample_account_ids": people[:SAMPLES_MAX],
    }
    shown.update(_about(found.items[0], scene))  # type: ignore[typeddict-item]  # it extends About
    if newest.post_id is not None:
        shown["status_id"] = str(newest.post_id)
    return shown


def _about(item: NotificationItem, scene: Scene) -> e.About:
    told, shown = item.notification, e.About()
    details = told.details or NotificationDetails()
    its_report = scene.reports.get(details.report_id or RowId(0))
    if told.kind is NotificationKind.REPORT and its_report is not None:
        shown["report"] = its_report
    elif told.kind is NotificationKind.SEVERED:
        shown["event"] = _severance(told, details)
    elif told.kind is NotificationKind.WARNING:
        shown["moderation_warning"] = _warning(item, details, scene)
    elif details.collection_id is not None:
        shown["collection"] = scene.collections.get(details.collection_id)
    if scene.supported is not None and type_of(told.kind) not in scene.supported:
        name = scene.people[item.actor.id]["acct"]
        shown["fallback"] = {"title": f"@{name} {_TITLES[told.kind]}", "summary": None}
    return shown


def _severance(told: Notification, details: NotificationDetails) -> e.Severance:
    return {
        "id": str(told.id),
        "type": "user_domain_block" if details.is_own else "domain_block",
        "purged": False,
        "target_name": details.host,
        "followers_count": details.followers,
        "following_count": details.following,
        "created_at": instant(told.created_at),
    }


def _warning(item: NotificationItem, details: NotificationDetails, scene: Scene) -> e.Warning:
    told, strike = item.notification, scene.strikes.get(details.strike_id or RowId(0))
    return {
        "id": str(details.strike_id or told.id),
        "action": details.action,
        "text": strike.text if strike is not None else details.text,
        "status_ids": [],
        "target_account": scene.people[item.actor.id],
        "appeal": _appeal(strike) if strike is not None else None,
        "created_at": instant(told.created_at),
    }


def _appeal(made: records.Strike) -> e.Appeal | None:
    if made.appeal_state is None:
        return None
    return {"text": made.appeal, "state": made.appeal_state.value}


def report(made: records.Report, target: entities.Account) -> e.Report:
    """Render a report, as who made it sees it."""
    return {
        "id": str(made.id),
        "action_taken": made.resolved_at is not None,
        "action_taken_at": instant(made.resolved_at) if made.resolved_at else None,
        "category": made.category.value,
        "comment": made.comment,
        "forwarded": made.is_forwarded,
        "created_at": instant(made.created_at),
        "status_ids": [str(each) for each in made.post_ids],
        "rule_ids": [str(each) for each in made.rule_ids],
        "collection_ids": [str(each) for each in made.pack_ids],
        "target_account": target,
    }


def partial(account: entities.Account) -> e.PartialAccount:
    """Render as much of an account as a small picture needs."""
    return {
        "id": account["id"],
        "acct": account["acct"],
        "url": account["url"],
        "avatar": account["avatar"],
        "avatar_static": account["avatar_static"],
        "avatar_description": account["avatar_description"],
        "locked": account["locked"],
        "bot": account["bot"],
    }


def policy(found: NotificationPolicy, requests: int, notifications: int) -> e.NotificationPolicy:
    """Render a policy with what it holds back."""
    return {
        "for_not_following": found.for_not_following.value,
        "for_not_followers": found.for_not_followers.value,
        "for_new_accounts": found.for_new_accounts.value,
        "for_private_mentions": found.for_private_mentions.value,
        "for_limited_accounts": found.for_limited_accounts.value,
        "summary": {
            "pending_requests_count": requests,
            "pending_notifications_count": notifications,
        },
    }


def first_policy(
    found: NotificationPolicy, requests: int, notifications: int
) -> e.V1NotificationPolicy:
    """Render a policy for apps that know two answers: let through, or not."""
    shown, accept = policy(found, requests, notifications), PolicyAction.ACCEPT
    return {
        "filter_not_following": found.for_not_following is not accept,
        "filter_not_followers": found.for_not_followers is not accept,
        "filter_new_accounts": found.for_new_accounts is not accept,
        "filter_private_mentions": found.for_private_mentions is not accept,
        "summary": shown["summary"],
    }


def sampled(groups: Iterable[Group], *, partially: bool) -> tuple[set[RowId], set[RowId]]:
    """Whom groups name: those who are shown whole, and those of whom a small picture is enough."""
    whole: set[RowId] = set()
    parts: set[RowId] = set()
    for each in groups:
        people = list(dict.fromkeys(item.actor.id for item in each.items))[:SAMPLES_MAX]
        whole |= set(people[:1] if partially else people)
        parts |= set(people)
    return whole, parts - whole
