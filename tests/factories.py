"""Make records for tests: functions with keyword defaults, whose ids and names never meet.

They only make; `await insert(record, …)` writes them into the active store.
"""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from storage import actors, interactions, notifications, posts, receipts, relations, users
from storage.ids import IdSource
from storage.records import (
    AccessToken,
    Actor,
    ActorKey,
    ActorKind,
    ActorUri,
    Block,
    FeedEntry,
    Follow,
    FollowState,
    Interaction,
    InteractionKind,
    Invite,
    Mention,
    Mute,
    Notification,
    NotificationKind,
    OneTimePurpose,
    OneTimeToken,
    OutgoingActivity,
    Post,
    Receipt,
    RowId,
    SafeHtml,
    Session,
    User,
    Visibility,
)

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

_numbers = itertools.count(1)
# Every id is a millisecond younger than the one before, so that tests can speak of older and newer.
_ids = IdSource(lambda: START + timedelta(milliseconds=next(_numbers)))


def new_id() -> RowId:
    """Return an id younger than all before."""
    return _ids.new()


def make_actor(username: str | None = None, **changes: Any) -> Actor:
    """Make a local actor."""
    row_id = new_id()
    given: dict[str, Any] = {
        "id": row_id,
        "uri": ActorUri(f"https://alpha.test/actors/{row_id}"),
        "username": username or f"person{row_id}",
        "host": None,
        "kind": ActorKind.PERSON,
        "inbox_url": f"https://alpha.test/actors/{row_id}/inbox",
        "created_at": START,
    }
    return Actor(**given | changes)


def make_remote_actor(
    username: str | None = None, *, host: str = "far.test", **changes: Any
) -> Actor:
    """Make an actor of another host, who has a shared inbox."""
    row_id = new_id()
    name = username or f"person{row_id}"
    given: dict[str, Any] = {
        "id": row_id,
        "uri": ActorUri(f"https://{host}/users/{row_id}"),
        "username": name,
        "host": host,
        "kind": ActorKind.PERSON,
        "inbox_url": f"https://{host}/users/{row_id}/inbox",
        "shared_inbox_url": f"https://{host}/inbox",
        "url": f"https://{host}/@{name}",
        "created_at": START,
        "fetched_at": START,
    }
    return Actor(**given | changes)


def make_key(actor: Actor, **changes: Any) -> ActorKey:
    """Make a key; its texts are not real keys."""
    given: dict[str, Any] = {
        "id": new_id(),
        "actor_id": actor.id,
        "uri": f"{actor.uri}#main-key",
        "public_pem": "public",
        "private_pem": "private" if actor.is_local else None,
        "created_at": START,
    }
    return ActorKey(**given | changes)


def make_user(actor: Actor, **changes: Any) -> User:
    """Make the user of a local actor; the hash fits no password."""
    given: dict[str, Any] = {
        "id": new_id(),
        "actor_id": actor.id,
        "password_hash": "none",
        "created_at": START,
    }
    return User(**given | changes)


def make_session(user: User, **changes: Any) -> Session:
    """Make a session."""
    row_id = new_id()
    given: dict[str, Any] = {
        "id": row_id,
        "user_id": user.id,
        "token_hash": f"hash{row_id}",
        "created_at": START,
        "last_used_at": START,
        "address": "192.0.2.1",
        "user_agent": "Browser/1.0",
    }
    return Session(**given | changes)


def make_token(user: User, **changes: Any) -> AccessToken:
    """Make an access token."""
    row_id = new_id()
    given: dict[str, Any] = {
        "id": row_id,
        "user_id": user.id,
        "token_hash": f"hash{row_id}",
        "scopes": frozenset({"read", "write"}),
        "name": "an app",
        "created_at": START,
    }
    return AccessToken(**given | changes)


def make_one_time(user: User | None = None, **changes: Any) -> OneTimeToken:
    """Make a one-time link that is valid for half an hour."""
    row_id = new_id()
    given: dict[str, Any] = {
        "id": row_id,
        "purpose": OneTimePurpose.SETUP,
        "token_hash": f"hash{row_id}",
        "user_id": user.id if user else None,
        "created_at": START,
        "expires_at": START + timedelta(minutes=30),
    }
    return OneTimeToken(**given | changes)


def make_invite(user: User, **changes: Any) -> Invite:
    """Make an invite for one person."""
    row_id = new_id()
    given: dict[str, Any] = {
        "id": row_id,
        "code": f"code{row_id}",
        "user_id": user.id,
        "uses": 0,
        "uses_max": 1,
        "created_at": START,
    }
    return Invite(**given | changes)


def make_post(
    author: Actor,
    *,
    visibility: Visibility = Visibility.PUBLIC,
    reply_to: Post | None = None,
    mentions: tuple[Actor | Mention, ...] = (),
    **changes: Any,
) -> Post:
    """Make a post; `reply_to` and `mentions` fill the fields that belong to them."""
    row_id = changes.get("id", new_id())
    base = f"https://{author.host or 'alpha.test'}"
    given: dict[str, Any] = {
        "id": row_id,
        "uri": f"{base}/posts/{row_id}",
        "actor_id": author.id,
        "visibility": visibility,
        "created_at": START,
        "content": SafeHtml("<p>Hello</p>"),
        "is_local": author.is_local,
        "url": f"{base}/@{author.username}/{row_id}",
        "mentions": tuple(
            each if isinstance(each, Mention) else make_mention(each) for each in mentions
        ),
    }
    if reply_to is not None:
        given |= {
            "in_reply_to_uri": reply_to.uri,
            "in_reply_to_id": reply_to.id,
            "in_reply_to_actor_id": reply_to.actor_id,
        }
    return Post(**given | changes)


def make_mention(actor: Actor, **changes: Any) -> Mention:
    """Make a mention of an actor we know."""
    handle = actor.username if actor.host is None else f"{actor.username}@{actor.host}"
    given: dict[str, Any] = {"uri": actor.uri, "handle": handle, "actor_id": actor.id}
    return Mention(**given | changes)


def make_interaction(
    actor: Actor, post: Post, kind: InteractionKind = InteractionKind.LIKE, **changes: Any
) -> Interaction:
    """Make a like, boost, bookmark or pin."""
    row_id = new_id()
    is_federated = kind in {InteractionKind.LIKE, InteractionKind.BOOST}
    given: dict[str, Any] = {
        "id": row_id,
        "kind": kind,
        "actor_id": actor.id,
        "post_id": post.id,
        "uri": f"https://{actor.host or 'alpha.test'}/activities/{row_id}" if is_federated else "",
        "created_at": START,
    }
    return Interaction(**given | changes)


def make_follow(
    follower: Actor, followed: Actor, *, state: FollowState = FollowState.ACCEPTED, **changes: Any
) -> Follow:
    """Make an accepted follow."""
    row_id = new_id()
    given: dict[str, Any] = {
        "id": row_id,
        "follower_id": follower.id,
        "followed_id": followed.id,
        "state": state,
        "uri": f"https://{follower.host or 'alpha.test'}/activities/{row_id}",
        "created_at": START,
    }
    return Follow(**given | changes)


def make_block(actor: Actor, target: Actor, **changes: Any) -> Block:
    """Make a block."""
    row_id = new_id()
    given: dict[str, Any] = {
        "id": row_id,
        "actor_id": actor.id,
        "target_id": target.id,
        "uri": f"https://{actor.host or 'alpha.test'}/activities/{row_id}",
        "created_at": START,
    }
    return Block(**given | changes)


def make_mute(actor: Actor, target: Actor, **changes: Any) -> Mute:
    """Make a mute without an end."""
    given: dict[str, Any] = {
        "id": new_id(),
        "actor_id": actor.id,
        "target_id": target.id,
        "hides_notifications": True,
        "created_at": START,
    }
    return Mute(**given | changes)


def make_entry(owner: Actor, post: Post, *, booster: Actor | None = None) -> FeedEntry:
    """Make an entry of somebody's home feed."""
    booster_id = booster.id if booster else None
    return FeedEntry(new_id(), owner.id, post.id, post.actor_id, booster_id)


def make_notification(
    owner: Actor,
    actor: Actor,
    kind: NotificationKind = NotificationKind.FOLLOW,
    *,
    post: Post | None = None,
) -> Notification:
    """Make a notification."""
    post_id = post.id if post else None
    return Notification(new_id(), owner.id, kind, actor.id, post_id, START)


def make_activity(actor: Actor, **changes: Any) -> OutgoingActivity:
    """Make a public activity that we sent."""
    row_id = new_id()
    given: dict[str, Any] = {
        "id": row_id,
        "uri": f"https://alpha.test/activities/{row_id}",
        "actor_id": actor.id,
        "kind": "Create",
        "document": "{}",
        "is_public": True,
        "created_at": START,
    }
    return OutgoingActivity(**given | changes)


def make_receipt(**changes: Any) -> Receipt:
    """Make a receipt of an activity from far.test that waits to be processed."""
    row_id = new_id()
    given: dict[str, Any] = {
        "id": row_id,
        "key": f"https://far.test/activities/{row_id}",
        "activity_uri": f"https://far.test/activities/{row_id}",
        "actor_uri": "https://far.test/users/1",
        "kind": "Create",
        "document": '{"type": "Create"}',
        "received_at": START,
    }
    return Receipt(**given | changes)


_INSERTS: dict[type, Any] = {
    AccessToken: users.insert_token,
    Actor: actors.insert,
    ActorKey: actors.insert_key,
    Block: relations.insert_block,
    Follow: relations.save_follow,
    Interaction: interactions.insert_interaction,
    Invite: users.insert_invite,
    Mute: relations.save_mute,
    Notification: notifications.NOTIFICATIONS.insert,
    OneTimeToken: users.insert_one_time,
    OutgoingActivity: receipts.insert_activity,
    Post: posts.insert,
    Receipt: receipts.record_if_new,
    Session: users.insert_session,
    User: users.insert,
}


async def insert(*records: Any) -> None:
    """Insert records into the active store, in this order; each must be new."""
    for record in records:
        assert await _INSERTS[type(record)](record) in {None, True}, record


async def insert_actor(username: str | None = None, **changes: Any) -> Actor:
    """Make and insert a local actor."""
    actor = make_actor(username, **changes)
    await insert(actor)
    return actor


async def insert_remote_actor(username: str | None = None, **changes: Any) -> Actor:
    """Make and insert an actor of another host."""
    actor = make_remote_actor(username, **changes)
    await insert(actor)
    return actor


async def insert_user(username: str | None = None, **changes: Any) -> tuple[User, Actor]:
    """Make and insert a user and its actor."""
    actor = await insert_actor(username)
    user = make_user(actor, **changes)
    await insert(user)
    return user, actor


async def insert_post(author: Actor, **changes: Any) -> Post:
    """Make and insert a post."""
    post = make_post(author, **changes)
    await insert(post)
    return post
