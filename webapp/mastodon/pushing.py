"""Jobs of Web Push: what somebody is told goes to their apps, encrypted for each (B113).

First one job for a notification, then one for each app that wants it: a push service that is away
delays its own apps alone. What is told is looked up when it is sent: who was blocked meanwhile is
not in it (PV-18).
"""

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import msgspec

from actors.markup import plain_text
from actors.text import cut
from federation import origin, web_push
from feeds import notifications
from feeds.items import NotificationItem
from instance.errors import NotFound, RemoteRefused
from instance.resources import Instance
from storage import actors, push_subscriptions, relations, users
from storage import notifications as rows
from storage.queue import NewJob
from storage.records import Actor, FollowState, Notification, PushPolicy, PushSubscription, RowId
from users import mail, push_keys
from users.login import may_act
from webapp.mastodon import accounts_loading
from webapp.mastodon.notifications_rendering import type_of

PUSH_TO: Final = "push_to"
OLD_AFTER: Final = timedelta(hours=24)
BODY_LETTERS_MAX: Final = 140
TITLE_LETTERS_MAX: Final = 200

ALERTS: Mapping[str, str] = {
    "mention": "{} mentioned you",
    "status": "{} just posted",
    "reblog": "{} boosted your post",
    "follow": "{} is now following you",
    "follow_request": "{} asks to follow you",
    "favourite": "{} favourited your post",
    "poll": "A poll by {} has ended",
    "update": "{} edited a post",
    "quote": "{} quoted your post",
    "quoted_update": "{} edited a post you have quoted",
    "admin.sign_up": "{} signed up",
    "admin.report": "New report about {}",
    "severed_relationships": "You lost connections",
    "moderation_warning": "You have a message from the moderators",
    "added_to_collection": "{} added you to a collection",
    "collection_update": "{} changed a collection that you are in",
}
"""What an app may want to be told of, by its type, and the title of its message."""

_GONE = frozenset({404, 410})
"""RFC 8030, section 7.3: the subscription is no more."""


async def push(instance: Instance, payload: dict[str, object]) -> None:
    """Job `push`: find the apps that want to be told of a notification."""
    told = await rows.find(RowId(int(str(payload["notification_id"]))))
    if told is None:
        return
    wanted = [
        each for each in await push_subscriptions.list_of(told.owner_id) if _wants(each, told)
    ]
    jobs = [
        NewJob(
            PUSH_TO,
            {"notification_id": told.id, "subscription_id": each.id},
            host=origin.host_of(each.endpoint),
            unique_key=f"{PUSH_TO}:{told.id}:{each.id}",
        )
        for each in wanted
        if await _is_by_policy(each, told)
    ]
    await instance.queue.enqueue_many(jobs, now=instance.now())


def _wants(subscription: PushSubscription, told: Notification) -> bool:
    return type_of(told.kind) in subscription.alerts


async def _is_by_policy(subscription: PushSubscription, told: Notification) -> bool:
    """Whether its person wants to be told by this one: `followed` are those they follow."""
    pairs = {
        PushPolicy.FOLLOWED: (told.owner_id, told.actor_id),
        PushPolicy.FOLLOWER: (told.actor_id, told.owner_id),
    }
    pair = pairs.get(subscription.policy)
    if pair is None:
        return subscription.policy is PushPolicy.ALL
    found = await relations.find_follow(*pair)
    return found is not None and found.state is FollowState.ACCEPTED


async def push_to(instance: Instance, payload: dict[str, object]) -> None:
    """Job `push_to`: tell one app; it may be told twice, and knows that by the id."""
    subscription = await push_subscriptions.find(RowId(int(str(payload["subscription_id"]))))
    told = await rows.find(RowId(int(str(payload["notification_id"]))))
    if subscription is None or told is None or instance.now() - told.created_at > OLD_AFTER:
        return
    owner, user = await actors.find(told.owner_id), await users.find_by_actor(told.owner_id)
    if owner is None or user is None or not may_act(user, owner) or not _wants(subscription, told):
        return
    with contextlib.suppress(NotFound):  # it is hidden by now, or its post is gone
        item = await notifications.get(instance, owner, told.id)
        await _send(instance, subscription, told.id, await _message(instance, item))


async def _send(
    instance: Instance, subscription: PushSubscription, told_id: RowId, plain: bytes
) -> None:
    to = web_push.read_recipient(subscription.key_p256dh, subscription.key_auth)
    encrypt = web_push.encrypt if subscription.is_standard else web_push.encrypt_as_before
    message = await asyncio.to_thread(encrypt, plain, to)
    headers = web_push.signed(
        message,
        subscription.endpoint,
        await push_keys.private_key(instance),
        subject=f"mailto:{mail.sender(instance)}",
        topic=str(told_id),
        now=instance.now(),
    )
    try:
        await instance.http.push(subscription.endpoint, message.body, headers)
    except RemoteRefused as refused:
        if refused.status not in _GONE:
            raise
        await push_subscriptions.remove(subscription.id)


async def _message(instance: Instance, item: NotificationItem) -> bytes:
    """What an app is told, in the words of Mastodon's; plain text (HX-16), and small enough."""
    name = _line(item.actor.name or item.actor.username)
    kind = type_of(item.notification.kind)
    account = await accounts_loading.account(instance, item.actor)
    said = {
        # Only its hash is kept here: apps find the account by where the message came in.
        "access_token": "",
        "preferred_locale": "en",
        # A number, as Mastodon writes it here alone: apps for iOS read nothing else.
        "notification_id": item.notification.id,
        "notification_type": kind,
        "icon": account["avatar_static"],
        "title": cut(ALERTS[kind].format(name), TITLE_LETTERS_MAX),
        "body": _body(item, item.actor),
    }
    encoded = msgspec.json.encode(said)
    if len(encoded) <= web_push.PLAIN_BYTES_MAX:
        return encoded
    return msgspec.json.encode(said | {"icon": ""})  # its address alone has no short bound


def _body(item: NotificationItem, by: Actor) -> str:
    if item.post is not None:
        text = item.post.post.summary or plain_text(item.post.post.content)
    else:
        text = plain_text(by.summary)
    line = _line(text)
    return line if len(line) <= BODY_LETTERS_MAX else f"{cut(line, BODY_LETTERS_MAX - 1)}…"


def _line(text: str) -> str:
    return " ".join(text.split())
