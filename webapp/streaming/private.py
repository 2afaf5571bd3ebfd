"""From a hint to what streams of one person say: notifications, conversations, announcements."""

from typing import Any

from feeds import announcements, conversations
from instance.hints import Hint, Kind
from instance.resources import Instance
from storage.records import Actor, Page, Post, RowId, Visibility
from webapp.mastodon import (
    accounts_loading,
    announcements_rendering,
    notifications_loading,
)
from webapp.mastodon import conversations as conversation_entities
from webapp.streaming.messages import Message, of_entity
from webapp.streaming.streams import (
    DIRECT,
    NOTIFICATIONS,
    USER,
    Channel,
    hears_notifications,
)

NOTIFICATION, MERGED, CONVERSATION = "notification", "notifications_merged", "conversation"
FILTERS_CHANGED = "filters_changed"
ANNOUNCEMENT, REACTION, WITHDRAWAL = (
    *("announcement", "announcement.reaction"),
    "announcement.delete",
)


async def tell(instance: Instance, hint: Hint) -> None:
    """Tell the open streams of this process what happened to one person, or is for all members."""
    match hint.kind, hint.ids:
        case Kind.TOLD, (owner_id, notification_id):
            await _notify(instance, owner_id, RowId(notification_id))
        case Kind.MERGED, (owner_id,):
            _tell_of_notifications(instance, owner_id, Message(MERGED, "1"))
        case Kind.FILTERS, (owner_id,):
            _say(instance, Channel(USER, str(owner_id)), Message(FILTERS_CHANGED))
        case Kind.ANNOUNCED | Kind.REACTED, (announcement_id,):
            await _announce(instance, hint, RowId(announcement_id))
        case Kind.WITHDRAWN, (announcement_id,):
            _say_to_all(instance, Message(WITHDRAWAL, str(announcement_id)))
        case _:
            return


async def _notify(instance: Instance, owner_id: int, notification_id: RowId) -> None:
    """PV-18: what may not be shown to its owner any more is not said."""
    notices, home = Channel(NOTIFICATIONS, str(owner_id)), Channel(USER, str(owner_id))
    owner = _listener(instance, notices) or _listener(instance, home)
    if owner is None:
        return
    told = await notifications_loading.notification(instance, owner, notification_id)
    _tell_of_notifications(instance, owner_id, of_entity(NOTIFICATION, told))


def _tell_of_notifications(instance: Instance, owner_id: int, message: Message) -> None:
    """Say it on the stream of notifications, and at home to apps that may read them."""
    _say(instance, Channel(NOTIFICATIONS, str(owner_id)), message)
    home = Channel(USER, str(owner_id))
    for connection, label in tuple(instance.streams.listening(home).items()):
        if hears_notifications(connection.scopes):
            connection.tell(message, label)


async def converse(instance: Instance, post: Post) -> None:
    """Tell those who listen to their private conversations of a new post in one of them."""
    if post.visibility is not Visibility.DIRECT:
        return
    around = Page(limit=1, max_id=post.id + 1, since_id=post.id - 1)
    named = {each.actor_id for each in post.mentions if not each.is_silent}
    for actor_id in {post.actor_id} | named:
        channel = Channel(DIRECT, str(actor_id))
        reader = _listener(instance, channel)
        if reader is None:
            continue
        page = await conversations.read(instance, reader, around)
        for shown in await conversation_entities.entities(instance, page.conversations, reader):
            _say(instance, channel, of_entity(CONVERSATION, shown))


async def _announce(instance: Instance, hint: Hint, announcement_id: RowId) -> None:
    """All members are told the same: nobody has read it, and whose a reaction is they know."""
    homes = [each for each in instance.streams.channels() if _is_home(each)]
    reader = _listener(instance, homes[0]) if homes else None
    if reader is None:
        return
    found = await announcements.one(instance, announcement_id, reader)
    shown = announcements_rendering.announcement(found, accounts_loading.here(instance))
    if hint.kind is Kind.ANNOUNCED:
        _say_to_all(instance, of_entity(ANNOUNCEMENT, shown | {"read": False}))
        return
    there = [dict(each) for each in shown["reactions"] if each["name"] == hint.text]
    reaction: dict[str, Any] = there[0] if there else {"name": hint.text, "count": 0}
    reaction.pop("me", None)
    said = reaction | {"announcement_id": str(announcement_id)}
    _say_to_all(instance, of_entity(REACTION, said))


def _listener(instance: Instance, channel: Any) -> Actor | None:
    """Whose a private channel is, if somebody listens to it."""
    for connection in instance.streams.listening(channel):
        actor: Actor = connection.actor
        return actor
    return None


def _is_home(channel: object) -> bool:
    return isinstance(channel, Channel) and channel.name == USER


def _say_to_all(instance: Instance, message: Message) -> None:
    for channel in instance.streams.channels():
        if _is_home(channel):
            _say(instance, channel, message)


def _say(instance: Instance, channel: Any, message: Message) -> None:
    for connection, label in tuple(instance.streams.listening(channel).items()):
        connection.tell(message, label)
