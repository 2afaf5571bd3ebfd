"""Chapter tags of the client API: a hashtag, following it, showing it on one's profile."""

from actors.text import fold_hashtag, is_hashtag
from feeds import hashtags
from instance.errors import NotFound
from posts import featuring
from webapp.calls import Call, Reply
from webapp.mastodon import entities as e
from webapp.mastodon import tags_loading
from webapp.mastodon.paging import linked, page


async def show(call: Call, name: str) -> e.Tag:
    """GET /api/v1/tags/<name>."""
    return await tags_loading.tag(call.instance, _folded(name), call.reader_by("read:follows"))


async def follow(call: Call, name: str) -> e.Tag:
    """POST /api/v1/tags/<name>/follow."""
    await hashtags.follow(call.instance, call.me.actor, _folded(name))
    return await tags_loading.tag(call.instance, _folded(name), call.reader)


async def unfollow(call: Call, name: str) -> e.Tag:
    """POST /api/v1/tags/<name>/unfollow."""
    await hashtags.unfollow(call.instance, call.me.actor, _folded(name))
    return await tags_loading.tag(call.instance, _folded(name), call.reader)


async def feature(call: Call, name: str) -> e.Tag:
    """POST /api/v1/tags/<name>/feature: show it on one's profile; again, it stays."""
    await featuring.show(call.instance, call.me.actor, _folded(name))
    return await tags_loading.tag(call.instance, _folded(name), call.reader)


async def unfeature(call: Call, name: str) -> e.Tag:
    """POST /api/v1/tags/<name>/unfeature."""
    await featuring.hide(call.me.actor, _folded(name))
    return await tags_loading.tag(call.instance, _folded(name), call.reader)


async def followed(call: Call) -> Reply[list[e.Tag]]:
    """GET /api/v1/followed_tags: the last followed first."""
    asked = page(call, default=100, most=200)
    found = await hashtags.followed(call.instance, call.me.actor, asked)
    made = await tags_loading.tags(call.instance, [each.name for each in found], call.reader)
    is_full = len(found) >= asked.limit
    older = found[-1].id if is_full else None
    return linked(made, call, older, found[0].id if found else None)


def _folded(name: str) -> str:
    if not is_hashtag(name):
        raise NotFound("Record not found")
    return fold_hashtag(name)
