"""Whether something that was begun for an app is done. See docs.joinmastodon.org, async_refreshes.

What is refreshed so are conversations that are looked for elsewhere (B78) and annual reports.
"""

from typing import Final

from instance.errors import NotFound
from instance.resources import Instance
from posts import threads
from storage import conversations
from storage.records import Actor, Conversation, RowId
from webapp import paging
from webapp.calls import Call
from webapp.mastodon import entities as e

RETRY_S: Final = 3
COUNTED_MAX: Final = 1000
NAME: Final = "Mastodon-Async-Refresh"


def header(conversation: Conversation) -> tuple[str, str]:
    """Return the header of an answer that will say more once a conversation is found."""
    return NAME, f'id="{conversation.id}", retry={RETRY_S}'


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
