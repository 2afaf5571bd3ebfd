"""Chapter follow_requests of the client API: who asks to follow, let in or not."""

from actors import people
from outbox import following
from storage import relations
from webapp.calls import Call, Reply
from webapp.mastodon import entities as e
from webapp.mastodon import relationships_loading as loading
from webapp.mastodon.accounts import people_page
from webapp.mastodon.paging import page, row_id


async def index(call: Call) -> Reply[list[e.Account]]:
    """GET /api/v1/follow_requests."""
    asked = page(call, default=40, most=80)
    found = people.paged(await relations.requests_to(call.me.actor.id, asked), asked)
    return await people_page(call, found)


async def authorize(call: Call, account_id: str) -> e.Relationship:
    """POST /api/v1/follow_requests/<id>/authorize."""
    await following.accept(call.instance, call.me.actor, row_id(account_id))
    return await loading.relationship(call.instance, call.me.actor, row_id(account_id))


async def reject(call: Call, account_id: str) -> e.Relationship:
    """POST /api/v1/follow_requests/<id>/reject."""
    await following.reject(call.instance, call.me.actor, row_id(account_id))
    return await loading.relationship(call.instance, call.me.actor, row_id(account_id))
