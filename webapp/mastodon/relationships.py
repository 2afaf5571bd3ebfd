"""Chapter accounts of the client API: what one does to somebody; each answers how one stands."""

from datetime import timedelta
from typing import Final

from actors import people, remarks
from outbox import blocking, following
from outbox.following import Options
from webapp.calls import Call
from webapp.mastodon import entities as e
from webapp.mastodon import relationships_loading as loading
from webapp.mastodon.paging import row_id

LANGUAGES_MAX: Final = 50
MUTE_S_MAX: Final = 100 * 366 * 86_400


async def follow(call: Call, account_id: str) -> e.Relationship:
    """POST /api/v1/accounts/<id>/follow: what is not sent stays as it is (B31)."""
    sent = call.parameters
    languages = tuple(filter(None, sent.items("languages")[:LANGUAGES_MAX]))
    options = Options(
        shows_boosts=sent.maybe_flag("reblogs"),
        notifies=sent.maybe_flag("notify"),
        languages=languages if sent.has("languages") else None,
    )
    target = await people.get(row_id(account_id))
    await following.follow(call.instance, call.me.actor, target, options)
    return await loading.relationship(call.instance, call.me.actor, target.id)


async def unfollow(call: Call, account_id: str) -> e.Relationship:
    """POST /api/v1/accounts/<id>/unfollow."""
    target = await people.get(row_id(account_id))
    await following.unfollow(call.instance, call.me.actor, target)
    return await loading.relationship(call.instance, call.me.actor, target.id)


async def remove_from_followers(call: Call, account_id: str) -> e.Relationship:
    """POST /api/v1/accounts/<id>/remove_from_followers."""
    await following.remove_follower(call.instance, call.me.actor, row_id(account_id))
    return await loading.relationship(call.instance, call.me.actor, row_id(account_id))


async def block(call: Call, account_id: str) -> e.Relationship:
    """POST /api/v1/accounts/<id>/block."""
    await blocking.block(call.instance, call.me.actor, row_id(account_id))
    return await loading.relationship(call.instance, call.me.actor, row_id(account_id))


async def unblock(call: Call, account_id: str) -> e.Relationship:
    """POST /api/v1/accounts/<id>/unblock."""
    await blocking.unblock(call.instance, call.me.actor, row_id(account_id))
    return await loading.relationship(call.instance, call.me.actor, row_id(account_id))


async def mute(call: Call, account_id: str) -> e.Relationship:
    """POST /api/v1/accounts/<id>/mute: for `duration` seconds, 0 without end."""
    duration_s = call.parameters.number("duration", 0, least=0, most=MUTE_S_MAX)
    ends_at = call.instance.now() + timedelta(seconds=duration_s) if duration_s else None
    await blocking.mute(
        call.instance,
        call.me.actor,
        row_id(account_id),
        hides_notifications=call.parameters.flag("notifications", default=True),
        expires_at=ends_at,
    )
    return await loading.relationship(call.instance, call.me.actor, row_id(account_id))


async def unmute(call: Call, account_id: str) -> e.Relationship:
    """POST /api/v1/accounts/<id>/unmute."""
    await blocking.unmute(call.instance, call.me.actor, row_id(account_id))
    return await loading.relationship(call.instance, call.me.actor, row_id(account_id))


async def note(call: Call, account_id: str) -> e.Relationship:
    """POST /api/v1/accounts/<id>/note: seen by its writer alone."""
    words = call.parameters.text("comment")
    await remarks.note(call.instance, call.me.actor, row_id(account_id), words)
    return await loading.relationship(call.instance, call.me.actor, row_id(account_id))


async def endorse(call: Call, account_id: str) -> e.Relationship:
    """POST /api/v1/accounts/<id>/endorse, and `pin`, as it was called before."""
    await remarks.endorse(call.instance, call.me.actor, row_id(account_id))
    return await loading.relationship(call.instance, call.me.actor, row_id(account_id))


async def unendorse(call: Call, account_id: str) -> e.Relationship:
    """POST /api/v1/accounts/<id>/unendorse, and `unpin`, as it was called before."""
    await remarks.end_endorsement(call.me.actor, row_id(account_id))
    return await loading.relationship(call.instance, call.me.actor, row_id(account_id))
