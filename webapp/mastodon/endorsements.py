"""Chapter endorsements of the client API: whom people show on their profile."""

from actors import people
from webapp.calls import Call, Reply
from webapp.mastodon import entities as e
from webapp.mastodon.accounts import people_page
from webapp.mastodon.paging import page, row_id


async def index(call: Call) -> Reply[list[e.Account]]:
    """GET /api/v1/endorsements: one's own."""
    me, asked = call.me.actor, page(call, default=40, most=80)
    return await people_page(call, await people.endorsed(call.instance, me, asked, me))


async def of_account(call: Call, account_id: str) -> Reply[list[e.Account]]:
    """GET /api/v1/accounts/<id>/endorsements."""
    owner, asked = await people.get(row_id(account_id)), page(call, default=40, most=80)
    return await people_page(call, await people.endorsed(call.instance, owner, asked, call.reader))
