"""Emoji under posts, as the apps of Pleroma and its relatives send them (B76).

https://docs-develop.pleroma.social/backend/development/API/pleroma_api/#emoji-reactions
"""

from urllib.parse import unquote

from feeds import reacted
from outbox import reacting
from webapp.calls import Call
from webapp.mastodon import accounts_loading
from webapp.mastodon import entities as e
from webapp.mastodon import statuses_loading as loading
from webapp.mastodon.paging import row_id
from webapp.mastodon.statuses_rendering import reaction


async def index(call: Call, status_id: str, emoji: str = "") -> list[e.EmojiReaction]:
    """GET /api/v1/pleroma/statuses/<id>/reactions[/<emoji>]."""
    post_id = await loading.post_id(row_id(status_id))
    found = await reacted.read(call.instance, post_id, call.reader, unquote(emoji))
    people = await accounts_loading.by_id(call.instance, [a for each in found for a in each.people])
    me = call.reader.id if call.reader else None
    here = accounts_loading.here(call.instance)
    return [
        {
            **reaction(each.count, here, is_mine=any(actor.id == me for actor in each.people)),
            "accounts": [people[actor.id] for actor in each.people],
        }
        for each in found
    ]


async def put(call: Call, status_id: str, emoji: str) -> e.Status:
    """PUT /api/v1/pleroma/statuses/<id>/reactions/<emoji>: an emoji, or the name of one of ours."""
    post_id, content = await loading.post_id(row_id(status_id)), unquote(emoji)
    is_name = content.isascii() and not content.startswith(":")
    await reacting.react(
        call.instance, call.me.actor, post_id, f":{content}:" if is_name else content
    )
    return await loading.status(call.instance, post_id, call.me.actor)


async def remove(call: Call, status_id: str, emoji: str) -> e.Status:
    """DELETE /api/v1/pleroma/statuses/<id>/reactions/<emoji>: there is one of each person alone."""
    del emoji
    post_id = await loading.post_id(row_id(status_id))
    await reacting.unreact(call.instance, call.me.actor, post_id)
    return await loading.status(call.instance, post_id, call.me.actor)
