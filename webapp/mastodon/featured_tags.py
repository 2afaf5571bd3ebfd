"""Chapter featured_tags of the client API: hashtags that people show on their profile."""

from actors import people
from posts import featuring
from webapp.calls import Call
from webapp.mastodon import entities as e
from webapp.mastodon import tags_loading
from webapp.mastodon.paging import row_id


async def index(call: Call) -> list[e.FeaturedTag]:
    """GET /api/v1/featured_tags: one's own."""
    return await tags_loading.featured(call.instance, call.me.actor)


async def of_account(call: Call, account_id: str) -> list[e.FeaturedTag]:
    """GET /api/v1/accounts/<id>/featured_tags."""
    owner = await people.get(row_id(account_id))
    return await tags_loading.featured(call.instance, owner)


async def create(call: Call) -> e.FeaturedTag:
    """POST /api/v1/featured_tags."""
    made = await featuring.add(call.instance, call.me.actor, call.parameters.text("name"))
    return tags_loading.featured_tag(call.instance, made)


async def remove(call: Call, featured_id: str) -> e.Empty:
    """DELETE /api/v1/featured_tags/<id>."""
    await featuring.remove(call.me.actor, row_id(featured_id))
    return {}


async def suggestions(call: Call) -> list[e.Tag]:
    """GET /api/v1/featured_tags/suggestions: what one uses most and does not show."""
    me = call.me.actor
    return await tags_loading.tags(call.instance, await featuring.suggested(me), me)
