"""Notifications in groups. See docs.joinmastodon.org, methods, grouped_notifications."""

from collections.abc import Collection

from werkzeug.exceptions import BadRequest

from feeds import grouping
from feeds import notifications as feed
from storage.records import NotificationKind
from webapp.calls import Call, Reply
from webapp.mastodon import accounts_loading, paging
from webapp.mastodon import notification_entities as e
from webapp.mastodon import notifications_loading as loading
from webapp.mastodon import notifications_rendering as rendering
from webapp.mastodon.entities import Account, Empty
from webapp.mastodon.notifications import (
    COUNTED,
    COUNTED_MAX,
    PAGE,
    PAGE_MAX,
    supported,
    wanted,
)
from webapp.parameters import Parameters


async def index(call: Call) -> Reply[e.GroupedNotifications]:
    """GET /api/v2/notifications."""
    sent, me = call.parameters, call.me.actor
    page = paging.page(call, default=PAGE, most=PAGE_MAX)
    found = await feed.read_groups(call.instance, me, page, wanted(sent), _grouped(sent))
    shown = await loading.grouped(
        call.instance,
        found,
        me,
        partially=_partially(sent),
        supported=supported(sent),
    )
    return paging.linked(shown, call, found.next_max_id, found.prev_min_id)


async def show(call: Call, group_key: str) -> e.GroupedNotifications:
    """GET /api/v2/notifications/{group_key}."""
    found = await feed.show_group(call.instance, call.me.actor, group_key)
    return await loading.grouped(
        call.instance,
        found,
        call.me.actor,
        partially=False,
        supported=supported(call.parameters),
    )


async def accounts(call: Call, group_key: str) -> Reply[list[Account]]:
    """GET /api/v2/notifications/{group_key}/accounts: who did it, the newest first."""
    page = paging.page(call, default=PAGE, most=PAGE_MAX)
    found = await feed.read_group(call.instance, call.me.actor, group_key, page)
    people = {item.actor.id: item.actor for item in found.items}
    shown = await accounts_loading.accounts(call.instance, list(people.values()))
    return paging.linked(shown, call, found.next_max_id, found.prev_min_id)


async def dismiss(call: Call, group_key: str) -> Empty:
    """POST /api/v2/notifications/{group_key}/dismiss."""
    await feed.forget_group(call.instance, call.me.actor, group_key)
    return {}


async def unread_count(call: Call) -> dict[str, int]:
    """GET /api/v2/notifications/unread_count: how many groups."""
    limit = call.parameters.number("limit", COUNTED, least=1, most=COUNTED_MAX)
    found = await feed.unread(call.me.actor, wanted(call.parameters), COUNTED_MAX)
    kinds = _grouped(call.parameters)
    return {"count": min(limit, len({grouping.key_of(each, kinds) for each in found}))}


def _partially(sent: Parameters) -> bool:
    """Whether small pictures of all but the newest people are enough."""
    asked = sent.text("expand_accounts", "full")
    if asked not in {"full", "partial_avatars"}:
        reason = "allowed values are 'full' and 'partial_avatars'"
        raise BadRequest(f"Invalid value for 'expand_accounts': {asked[:40]!r}, {reason}")
    return asked == "partial_avatars"


def _grouped(sent: Parameters) -> Collection[NotificationKind]:
    if "grouped_types" not in sent:
        return grouping.GROUPABLE
    return rendering.kinds_of(sent.items("grouped_types"))
