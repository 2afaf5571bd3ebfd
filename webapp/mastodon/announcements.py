"""Announcements of the server. See docs.joinmastodon.org, methods, announcements."""

from feeds import announcements as use
from webapp.calls import Call
from webapp.mastodon import accounts_loading
from webapp.mastodon import announcements_rendering as rendering
from webapp.mastodon import entities as e
from webapp.mastodon.paging import row_id


async def index(call: Call) -> list[rendering.Announcement]:
    """GET /api/v1/announcements."""
    here = accounts_loading.here(call.instance)
    found = await use.current(call.instance, call.me.actor)
    return [rendering.announcement(each, here) for each in found]


async def dismiss(call: Call, announcement_id: str) -> e.Empty:
    """POST /api/v1/announcements/{id}/dismiss."""
    await use.dismiss(call.instance, call.me.actor, row_id(announcement_id))
    return {}


async def react(call: Call, announcement_id: str, name: str) -> e.Empty:
    """PUT /api/v1/announcements/{id}/reactions/{name}."""
    await use.react(call.instance, call.me.actor, row_id(announcement_id), name)
    return {}


async def unreact(call: Call, announcement_id: str, name: str) -> e.Empty:
    """DELETE /api/v1/announcements/{id}/reactions/{name}."""
    await use.unreact(call.instance, call.me.actor, row_id(announcement_id), name)
    return {}
