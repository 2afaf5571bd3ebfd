"""Hands on what others say in conversations that began here (ActivityPub 7.1.2).

Who answers somebody here tells that somebody, but not the followers who read along. An answer that
its author signed in the document itself (FEP-8b32, Linked Data Signatures) is sent on to them,
letter by letter; so are its edits and its deletion. https://www.w3.org/TR/activitypub/#inbox-forwarding
"""

from datetime import timedelta

from federation import addressing, origin, parsing
from federation import vocabulary as v
from inbox import authentication
from inbox.authentication import VerifiedActivity
from instance.errors import Invalid
from instance.resources import Instance
from outbox import delivery
from outbox.audience import Audience
from posts.visibility import WIDE
from storage import actors, posts, receipts
from storage import collections as members
from storage.records import Actor, OutgoingActivity, Post, Receipt

FORGET = "forget_forwarded"
KIND = "Forward"
KEPT_FOR = timedelta(days=8)
"""Longer than a delivery is tried; nobody needs it afterwards."""

ANCESTORS_MAX = 10
"""So far above an answer something of ours is looked for (A75)."""

FORWARDED_PER_HOUR_MAX = 600
"""For one person here: an answer costs a request to each host of the followers."""

_SIGNS = ('"proof"', '"signature"')


async def forward(
    instance: Instance, receipt: Receipt, verified: VerifiedActivity[v.Activity]
) -> None:
    """Queue an activity that was acted on just now, if it is one to hand on; in the transaction.

    Only what its own author brought, as it came: so nothing is handed on twice, or in circles.
    """
    activity = verified.activity
    if verified.sender is not None or verified.reading is not None:
        return
    if not isinstance(activity, v.Create | v.Update | v.Delete):
        return
    # Most have no signature of their own, and cost no query here.
    if not any(sign in receipt.document for sign in _SIGNS):
        return
    post = await posts.find_by_uri(_object(activity))
    if post is None or post.is_local or post.visibility not in WIDE:
        return
    author = await _answered(post)
    if author is None or not _reaches(activity, author) or not _is_signed(receipt, activity):
        return
    key = f"forwarded:{author.id}"
    if await instance.cache.count(key, 3600, instance.now()) <= FORWARDED_PER_HOUR_MAX:
        await _send(instance, receipt, author, post)


def _object(activity: v.Create | v.Update | v.Delete) -> str:
    return activity.object if isinstance(activity.object, str) else activity.object.id


async def _answered(post: Post) -> Actor | None:
    """Who wrote, here, what is answered: the nearest wide post of ours above (A75)."""
    found = await members.nearest_local_above(post.id, ANCESTORS_MAX)
    above = await posts.find(found) if found is not None else None
    if above is None or above.deleted_at is not None or above.visibility not in WIDE:
        return None
    author = await actors.find(above.actor_id)
    return author if author is not None and author.deleted_at is None else None


def _reaches(activity: v.Create | v.Update | v.Delete, author: Actor) -> bool:
    """A76: only to whom the original is addressed: everybody, or these very followers."""
    addressed = (*activity.to, *activity.cc)
    return author.followers_url in addressed or any(map(addressing.is_public, addressed))


def _is_signed(receipt: Receipt, activity: v.Activity) -> bool:
    try:
        document = parsing.parse_json(receipt.document.encode())
    except Invalid:
        return False
    return authentication.is_signed_within(activity, document)


async def _send(instance: Instance, receipt: Receipt, author: Actor, post: Post) -> None:
    if receipt.kind == "Delete":
        await receipts.forget_forwarded(author.id, post.id)
    now, sent = instance.now(), delivery.new_id(instance)
    await receipts.insert_activity(
        OutgoingActivity(
            id=sent.row,
            uri=sent.uri,
            actor_id=author.id,
            kind=KIND,
            document=receipt.document,
            is_public=False,
            created_at=now,
            post_id=post.id,
        )
    )
    # Its own server has it, and would refuse what claims to be its own from outside.
    audience = Audience(followers=True, but_host=origin.host_of(receipt.actor_uri))
    await delivery.plan_later(instance, author.id, sent.row, audience)
    await instance.queue.enqueue(FORGET, {"id": sent.row}, now=now, due_at=now + KEPT_FOR)


async def forget(instance: Instance, payload: dict[str, object]) -> None:
    """Job `forget_forwarded`: what was handed on is not kept for ever."""
    del instance
    await receipts.forget_activities([int(str(payload["id"]))])
