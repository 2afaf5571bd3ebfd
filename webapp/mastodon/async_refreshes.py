"""Whether something that was begun for an app is done. See docs.joinmastodon.org, async_refreshes.

What is refreshed so are conversations that are looked for elsewhere (B78) and annual reports.
"""

from typing import Final

from inbox import conversations as looking
from instance.errors import NotFound
from instance.resources import Instance
from posts import threads
from posts.threads import Thread
from storage import conversations
from storage.records import Actor, Conversation, RowId
from webapp import paging
from webapp.calls import Call
from webapp.mastodon import entities as e

RETRY_S: Final = 3
COUNTED_MAX: Final = 1000
NAME: Final = "Mastodon-Async-Refresh"


async def of_thread(call: Call, thread: Thread) -> list[tuple[str, str]]:
    """Have the rest of a thread looked for; return the header that says so while it is."""
    if call.viewer is None:
        return []
    standing = await looking.open_thread(call.instance, thread, call.viewer.actor)
    found = standing.conversation
    if found is None or found.ended_at is not None:
        return []
    return [(NAME, f'id="{found.id}", retry={RETRY_S}')]


async def show(call: Call, refresh_id: str) -> e.AsyncRefreshResponse:
    """GET /api/v1_alpha/async_refreshes/<id>: how far it is; NotFound for what one may not see."""
    found = await _conversation(call.instance, refresh_id, call.me.actor)
    is_running = found.ended_at is None
    now = await conversations.count_replies(found.post_id, COUNTED_MAX)
    return {
        "async_refresh": {
            "id": str(found.id),
            "status": "running" if is_running else "finished",
            "result_count": max(now - found.replies_here, 0),
        }
    }


async def _conversation(instance: Instance, refresh_id: str, viewer: Actor) -> Conversation:
    row_id = paging.row_id(refresh_id)
    found = await conversations.find(row_id) if row_id is not None else None
    if found is None:
        raise NotFound("Record not found")
    await threads.visible_post(instance, RowId(found.post_id), viewer)
    return found
