"""People, posts and follows for tests, made through the use cases where there is one."""

import json
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import httpx2

from actors import identity
from federation.signatures import new_private_key_pem
from feeds import fanout, keeping, pack_news, server_news, subscribing
from instance.resources import Instance
from instance.worker import Handler
from outbox import delivery, following, host_blocking, moving, profiles, publishing, voting
from posts.drafts import Draft
from storage import actors, posts, relations
from storage.records import (
    Actor,
    ActorKind,
    ActorUri,
    Follow,
    FollowState,
    Mention,
    Post,
    SafeHtml,
    Visibility,
)
from tests.instances import drain
from tests.internet import FakeInternet

JOBS: dict[str, Handler] = {
    "fan_out": fanout.fan_out,
    "tell_of_post": subscribing.tell_of_post,
    "tell_severed": server_news.tell_severed,
    "tell_packed": pack_news.tell_packed,
    "tell_pack_changed": pack_news.tell_pack_changed,
    "tell_sign_up": server_news.tell_sign_up,
    "leave_host": host_blocking.leave,
    "fill_feed": keeping.fill,
    "plan_delivery": delivery.plan,
    "deliver": delivery.deliver,
    "wipe_account": profiles.wipe,
    "accept_waiting": following.accept_waiting,
    "tell_poll": voting.tell_poll,
    "close_poll": voting.close_poll,
    "follow_move": moving.follow_move,
    "take_along": moving.take_along,
}


@cache
def private_pem() -> str:
    """One key for everybody: making one takes long."""
    return new_private_key_pem()


async def make_person(instance: Instance, username: str, **changes: Any) -> Actor:
    """Somebody who lives here."""
    made = await identity.create_local(instance, username, private_pem=private_pem())
    return await change(made, **changes) if changes else made


async def make_remote(
    instance: Instance, username: str, host: str = "beta.test", **changes: Any
) -> Actor:
    """Somebody who lives elsewhere, with a shared inbox unless it is said otherwise."""
    uri = f"https://{host}/users/{username}"
    given: dict[str, Any] = {
        "id": instance.ids.new(),
        "uri": ActorUri(uri),
        "username": username,
        "host": host,
        "kind": ActorKind.PERSON,
        "inbox_url": f"{uri}/inbox",
        "shared_inbox_url": f"https://{host}/inbox",
        "followers_url": f"{uri}/followers",
        "url": f"https://{host}/@{username}",
        "created_at": instance.now(),
        "fetched_at": instance.now(),
    }
    made = Actor(**(given | changes))
    await actors.insert(made)
    return made


async def change(actor: Actor, **changes: Any) -> Actor:
    """The same actor with other values, saved."""
    changed = replace(actor, **changes)
    await actors.save(changed)
    return changed


async def befriend(
    instance: Instance,
    follower: Actor,
    followed: Actor,
    *,
    state: FollowState = FollowState.ACCEPTED,
) -> Follow:
    """Let somebody follow without any of what usually comes with it."""
    follow_id = instance.ids.new()
    made = Follow(
        id=follow_id,
        follower_id=follower.id,
        followed_id=followed.id,
        state=state,
        uri=f"{follower.uri}/follows/{follow_id}",
        created_at=instance.now(),
    )
    await relations.save_follow(made)
    return made


async def say(instance: Instance, author: Actor, text: str = "Hello", **draft: Any) -> Post:
    """A post by a local person; feeds and deliveries wait for `settle`."""
    return await publishing.publish(instance, author, Draft(text=text, **draft))


async def hear(  # noqa: PLR0913 - keyword defaults of a factory
    instance: Instance,
    author: Actor,
    text: str = "Hello from elsewhere",
    *,
    mentions: tuple[Actor, ...] = (),
    visibility: Visibility = Visibility.PUBLIC,
    parent: Post | None = None,
    age: timedelta = timedelta(0),
) -> Post:
    """A post by a remote person, stored and distributed as the inbox does it."""
    moment = instance.now() - age
    post_id = instance.ids.at(moment) if age else instance.ids.new()
    post = Post(
        id=post_id,
        uri=f"{author.uri}/posts/{post_id}",
        actor_id=author.id,
        visibility=visibility,
        created_at=moment,
        content=SafeHtml(f"<p>{text}</p>"),
        url=f"{author.url}/{post_id}",
        in_reply_to_uri=parent.uri if parent else None,
        in_reply_to_id=parent.id if parent else None,
        in_reply_to_actor_id=parent.actor_id if parent else None,
        mentions=tuple(Mention(each.uri, each.username, each.id) for each in mentions),
    )
    await posts.insert(post)
    await fanout.distribute(instance, post, author)
    return post


async def settle(instance: Instance) -> None:
    """Run all jobs that are due."""
    await drain(instance, JOBS)


def answering(internet: FakeInternet, *hosts: str, status: int = 202) -> None:
    """Let hosts answer every request alike."""
    for host in hosts:
        internet.add(host, lambda _: httpx2.Response(status))


async def delivered(
    instance: Instance, internet: FakeInternet, host: str = "beta.test"
) -> list[dict[str, Any]]:
    """The documents that arrived at a host since it was last asked, all jobs done."""
    before = len(internet.sent_to(host))
    await settle(instance)
    return [json.loads(each.content) for each in internet.sent_to(host)[before:]]
