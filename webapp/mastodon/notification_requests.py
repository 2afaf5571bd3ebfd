"""Whom somebody hears from: the policy, and the requests of those it holds back.

See docs.joinmastodon.org, methods, notifications.
"""

from typing import Any

from feeds import notification_requests as use
from webapp.calls import Call, Reply
from webapp.mastodon import notification_entities as e
from webapp.mastodon import notifications_loading as loading
from webapp.mastodon import notifications_rendering as rendering
from webapp.mastodon import paging
from webapp.mastodon.entities import Empty
from webapp.mastodon.paging import row_id

PAGE, PAGE_MAX = 40, 80
_FIRST = ("not_following", "not_followers", "new_accounts", "private_mentions")
_POLICY = (*(f"for_{name}" for name in _FIRST), "for_limited_accounts")


async def policy(call: Call) -> e.NotificationPolicy:
    """GET /api/v2/notifications/policy."""
    found, summary = await use.policy(call.me.actor)
    return rendering.policy(found, summary.requests, summary.notifications)


async def change_policy(call: Call) -> e.NotificationPolicy:
    """PATCH /api/v2/notifications/policy."""
    sent = call.parameters
    wishes = {name: sent.text(name) for name in _POLICY if name in sent}
    found, summary = await use.change_policy(call.instance, call.me.actor, wishes)
    return rendering.policy(found, summary.requests, summary.notifications)


async def first_policy(call: Call) -> e.V1NotificationPolicy:
    """GET /api/v1/notifications/policy: as Mastodon 4.3 had it; dropped is filtered too."""
    found, summary = await use.policy(call.me.actor)
    return rendering.first_policy(found, summary.requests, summary.notifications)


async def change_first_policy(call: Call) -> e.V1NotificationPolicy:
    """PATCH /api/v1/notifications/policy."""
    sent, me = call.parameters, call.me.actor
    flags = {name: sent.flag(f"filter_{name}") for name in _FIRST if f"filter_{name}" in sent}
    wishes = {f"for_{name}": "filter" if is_held else "accept" for name, is_held in flags.items()}
    found, summary = await use.change_policy(call.instance, me, wishes)
    return rendering.first_policy(found, summary.requests, summary.notifications)


async def index(call: Call) -> Reply[list[e.NotificationRequest]]:
    """GET /api/v1/notifications/requests."""
    page = paging.page(call, default=PAGE, most=PAGE_MAX)
    found = await use.requests(call.me.actor, page)
    shown = await loading.requests(call.instance, found, call.me.actor)
    older = found[-1].id if len(found) == page.limit else None
    return paging.linked(shown, call, older, found[0].id if found else None)


async def show(call: Call, request_id: str) -> e.NotificationRequest:
    """GET /api/v1/notifications/requests/{id}."""
    found = await use.request(call.me.actor, row_id(request_id))
    [shown] = await loading.requests(call.instance, [found], call.me.actor)
    return shown


async def accept(call: Call, request_id: str) -> Empty:
    """POST /api/v1/notifications/requests/{id}/accept."""
    found = await use.request(call.me.actor, row_id(request_id))
    await use.accept(call.instance, call.me.actor, [found.id])
    return {}


async def dismiss(call: Call, request_id: str) -> Empty:
    """POST /api/v1/notifications/requests/{id}/dismiss."""
    found = await use.request(call.me.actor, row_id(request_id))
    await use.dismiss(call.instance, call.me.actor, [found.id])
    return {}


async def accept_many(call: Call) -> Empty:
    """POST /api/v1/notifications/requests/accept."""
    await use.accept(call.instance, call.me.actor, _ids(call))
    return {}


async def dismiss_many(call: Call) -> Empty:
    """POST /api/v1/notifications/requests/dismiss."""
    await use.dismiss(call.instance, call.me.actor, _ids(call))
    return {}


async def merged(call: Call) -> dict[str, bool]:
    """GET /api/v1/notifications/requests/merged: what is accepted is told in the same moment."""
    del call
    return {"merged": True}


def _ids(call: Call) -> list[Any]:
    return call.parameters.ids("id")
