"""How other sites show a post of this server: https://oembed.com (B132)."""

import re
from typing import Final

from instance.errors import NotFound
from posts import threads
from storage import actors
from storage.records import Actor, Post, RowId
from webapp import embedding, paging
from webapp.calls import Call
from webapp.mastodon import entities as e

WIDTH_MAX: Final = 1200
HEIGHT_MAX: Final = 2000
KEPT_FOR_S: Final = 24 * 60 * 60
_POST = re.compile(r"/(?:@[A-Za-z0-9_]{1,30}|posts)/([0-9]{1,19})(?:/embed)?")


async def show(call: Call) -> e.OEmbed:
    """GET /api/oembed: of public posts of people here alone (PV-5)."""
    sent = call.parameters
    post_id = _post_id(sent.text("url"), call.instance.settings.base_url)
    post = await threads.embeddable_post(call.instance, post_id)
    author = await actors.get(post.actor_id)
    width = sent.number("maxwidth", embedding.WIDTH, least=1, most=WIDTH_MAX)
    height = sent.number("maxheight", 0, least=0, most=HEIGHT_MAX) or None
    return _entity(call, post, author, (width, height))


def _post_id(url: str, base_url: str) -> RowId:
    match = _POST.fullmatch(url.removeprefix(base_url).partition("?")[0])
    found = paging.row_id(match[1]) if match and url.startswith(f"{base_url}/") else None
    if found is None:
        raise NotFound("Record not found")
    return RowId(found)


def _entity(call: Call, post: Post, author: Actor, size: tuple[int, int | None]) -> e.OEmbed:
    base, name = call.instance.settings.base_url, author.name or author.username
    page = f"{call.instance.addresses.profile_page(author.username)}/{post.id}"
    width, height = size
    return {
        "type": "rich",
        "version": "1.0",
        "title": f"Post by {name}",
        "author_name": name,
        "author_url": call.instance.addresses.profile_page(author.username),
        "provider_name": call.instance.settings.handles_at,
        "provider_url": f"{base}/",
        "cache_age": KEPT_FOR_S,
        "html": embedding.code(page, name, width=width, height=height or embedding.HEIGHT),
        "width": width,
        "height": height,
    }
