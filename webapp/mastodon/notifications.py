"""Notifications one by one. See docs.joinmastodon.org, methods, notifications."""

from feeds import notifications as feed
from storage.records import RowId, Wanted
from webapp.calls import Call, Reply
from webapp.mastodon import notification_entities as e
from webapp.mastodon import notifications_loading as loading
from webapp.mastodon import notifications_rendering as rendering
from webapp.mastodon import paging
from webapp.mastodon.entities import Empty
from webapp.mastodon.paging import row_id
from webapp.parameters import Parameters

PAGE, PAGE_MAX = 40, 80
COUNTED, COUNTED_MAX = 100, 1000


async def index(call: Call) -> Reply[list[e.Notification]]:
    """GET /api/v1/notifications."""
    page = paging.page(call, default=PAGE, most=PAGE_MAX)
    found = await feed.read(call.instance, call.me.actor, page, wanted(call.parameters))
    shown = await loading.notifications(
        call.instance, found.items, call.me.actor, supported=supported(call.parameters)
    )
    return paging.linked(shown, call, found.next_max_id, found.prev_min_id)


async def show(call: Call, notification_id: str) -> e.Notification:
    """GET /api/v1/notifications/{id}."""
    item = await feed.get(call.instance, call.me.actor, row_id(notification_id))
    [shown] = await loading.notifications(
        call.instance, [item], call.me.actor, supported=supported(call.parameters)
    )
    return shown


async def dismiss(call: Call, notification_id: str) -> Empty:
    """POST /api/v1/notifications/{id}/dismiss."""
    await feed.forget_one(call.instance, call.me.actor, row_id(notification_id))
    return {}


async def clear(call: Call) -> Empty:
    """POST /api/v1/notifications/clear, /api/v2/notifications/clear."""
    await feed.forget(call.instance, call.me.actor, Wanted(with_filtered=True))
    return {}


async def unread_count(call: Call) -> dict[str, int]:
    """GET /api/v1/notifications/unread_count."""
    limit = call.parameters.number("limit", COUNTED, least=1, most=COUNTED_MAX)
    return {"count": len(await feed.unread(call.me.actor, wanted(call.parameters), limit))}


# ---------------------------------------------------------------- what was asked for


def wanted(sent: Parameters) -> Wanted:
    """Return which notifications an app asks for: of what it may know, what it wants.

    What one person did is told with what is held back of it: so apps show a request.
    """
    kinds = rendering.known_kinds(says_what_it_supports="supported_types" in sent)
    if "types" in sent:
        kinds &= rendering.kinds_of(sent.items("types"))
    kinds -= rendering.kinds_of(sent.items("exclude_types"))
    is_by_one = bool(sent.text("account_id"))
    return Wanted(
        kinds=tuple(sorted(kinds)),
        actor_id=RowId(next(iter(sent.ids("account_id")), 0)) if is_by_one else None,
        with_filtered=is_by_one or sent.flag("include_filtered"),
    )


def supported(sent: Parameters) -> list[str] | None:
    """Return the types that an app says it knows; None when it does not say."""
    return sent.items("supported_types") if "supported_types" in sent else None
