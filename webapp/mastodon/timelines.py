"""Chapter timelines of the client API, https://docs.joinmastodon.org/methods/timelines/."""

from feeds import chosen, home, lists, public
from feeds.chosen import Wanted
from feeds.items import FeedPage
from instance.errors import Invalid
from storage.timelines import Which
from webapp.calls import Call, Reply
from webapp.mastodon import entities as e
from webapp.mastodon import statuses_loading as loading
from webapp.mastodon.paging import linked, page, row_id


async def read_home(call: Call) -> Reply[list[e.Status]]:
    """GET /api/v1/timelines/home: places may be named by statuses, and are exact (B68)."""
    found = await home.read_by_statuses(call.instance, call.me.actor, page(call))
    return await shown(call, found, "home")


async def read_list(call: Call, list_id: str) -> Reply[list[e.Status]]:
    """GET /api/v1/timelines/list/<list id>."""
    me = call.me.actor
    found = await lists.read_by_statuses(call.instance, me, row_id(list_id), page(call))
    return await shown(call, found, "home")


async def read_public(call: Call) -> Reply[list[e.Status]]:
    """GET /api/v1/timelines/public (B69)."""
    found = await chosen.public(call.instance, _which(call), page(call), call.reader)
    return await shown(call, found, "public")


async def read_bubble(call: Call) -> Reply[list[e.Status]]:
    """GET /api/v1/timelines/bubble: as Akkoma's (B69, B121)."""
    found = await chosen.bubble(call.instance, _which(call), page(call), call.reader)
    return await shown(call, found, "public")


async def read_hashtag(call: Call, name: str) -> Reply[list[e.Status]]:
    """GET /api/v1/timelines/tag/<name>."""
    sent = call.parameters
    wanted = Wanted(
        name, sent.items("any"), sent.items("all"), sent.items("none"), which=_which(call)
    )
    found = await chosen.tagged(call.instance, wanted, page(call), call.reader)
    return await shown(call, found, "public")


async def read_link(call: Call) -> Reply[list[e.Status]]:
    """GET /api/v1/timelines/link?url=…: not only of links that are popular just now."""
    url = call.parameters.text("url")
    if not url:
        raise Invalid("Which page is meant?", fields={"url": "can't be blank"})
    found = await chosen.linking(call.instance, url, page(call), call.reader)
    return await shown(call, found, "public")


async def read_direct(call: Call) -> Reply[list[e.Status]]:
    """GET /api/v1/timelines/direct: what came before conversations, for old apps."""
    found = await public.private(call.instance, call.me.actor, page(call))
    return await shown(call, found, "home")


async def read_favourites(call: Call) -> Reply[list[e.Status]]:
    """GET /api/v1/favourites (B73)."""
    found = await public.favourites(call.instance, call.me.actor, page(call))
    return await shown(call, found, "")


async def read_bookmarks(call: Call) -> Reply[list[e.Status]]:
    """GET /api/v1/bookmarks (B74)."""
    found = await public.bookmarks(call.instance, call.me.actor, page(call))
    return await shown(call, found, "")


async def shown(call: Call, found: FeedPage, context: str) -> Reply[list[e.Status]]:
    """Return a page of a feed as statuses, with where its neighbours are."""
    statuses = await loading.statuses(call.instance, found.items, call.reader, context=context)
    return linked(statuses, call, found.next_max_id, found.prev_min_id)


def _which(call: Call) -> Which:
    """Local and remote together are both, as with Mastodon."""
    sent = call.parameters
    is_local, is_remote = sent.flag("local"), sent.flag("remote")
    return Which(
        local_only=is_local and not is_remote,
        remote_only=is_remote and not is_local,
        with_files=sent.flag("only_media"),
    )
