"""Chapter conversations, https://docs.joinmastodon.org/methods/conversations/."""

from collections.abc import Sequence

from feeds import conversations
from feeds import loading as items
from feeds.conversations import Conversation
from feeds.items import FullItem
from instance.resources import Instance
from storage.records import Actor
from webapp.calls import Call, Reply
from webapp.mastodon import accounts_loading, statuses_loading
from webapp.mastodon import entities as e
from webapp.mastodon.paging import linked, page, row_id


async def index(call: Call) -> Reply[list[e.Conversation]]:
    """GET /api/v1/conversations (B79)."""
    found = await conversations.read(call.instance, call.me.actor, page(call))
    shown = await entities(call.instance, found.conversations, call.me.actor)
    return linked(shown, call, found.next_max_id, found.prev_min_id)


async def read(call: Call, conversation_id: str) -> e.Conversation:
    """POST /api/v1/conversations/<id>/read."""
    return await _marked(call, conversation_id, is_read=True)


async def unread(call: Call, conversation_id: str) -> e.Conversation:
    """POST /api/v1/conversations/<id>/unread: Mastodon has it and does not tell."""
    return await _marked(call, conversation_id, is_read=False)


async def remove(call: Call, conversation_id: str) -> e.Empty:
    """DELETE /api/v1/conversations/<id>: the posts stay."""
    await conversations.remove(call.instance, call.me.actor, row_id(conversation_id))
    return {}


async def _marked(call: Call, conversation_id: str, *, is_read: bool) -> e.Conversation:
    me, wanted = call.me.actor, row_id(conversation_id)
    found = await conversations.mark(call.instance, me, wanted, is_read=is_read)
    return (await entities(call.instance, [found], me))[0]


async def entities(
    instance: Instance, found: Sequence[Conversation], reader: Actor
) -> list[e.Conversation]:
    """Return conversations with their people and their last posts."""
    last = [each.last for each in found]
    statuses = await statuses_loading.statuses(instance, last, reader, context="thread")
    shown = {each["id"]: each for each in statuses}
    people = {item.post.id: _others(item, reader) for item in await items.dress(last)}
    accounts = await accounts_loading.by_id(instance, [a for each in people.values() for a in each])
    return [
        {
            "id": str(each.id),
            "unread": each.is_unread,
            "accounts": [accounts[actor.id] for actor in people[each.last.post.id]],
            "last_status": shown.get(str(each.last.post.id)),
        }
        for each in found
        if each.last.post.id in people
    ]


def _others(item: FullItem, reader: Actor) -> list[Actor]:
    """Who is in a conversation besides its reader; who talks to nobody else, alone."""
    everybody = {actor.id: actor for actor in (item.author, *item.mentioned)}
    return [actor for actor in everybody.values() if actor.id != reader.id] or [reader]
