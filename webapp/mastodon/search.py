"""Chapter search of the client API: everything by words, and people by name."""

from typing import Final

from feeds import loading
from inbox import searching
from inbox.searching import Wanted
from instance.errors import Unauthenticated
from storage.records import RowId
from webapp.calls import Call
from webapp.mastodon import accounts_loading, statuses_loading, tags_loading
from webapp.mastodon import entities as e
from webapp.mastodon.paging import page

KINDS: Final = frozenset({"accounts", "hashtags", "statuses"})
PEOPLE_MAX: Final = 80
OFFSET_MAX: Final = 1000


async def search(call: Call) -> e.Search:
    """GET /api/v2/search; only who is logged in may turn pages, or have other servers asked."""
    wanted = _wanted(call)
    if call.viewer is None and (wanted.offset or wanted.looks_elsewhere):
        raise Unauthenticated("Search queries pagination and resolving need somebody logged in")
    found = await searching.find(call.instance, wanted, call.reader, call.address)
    ids = [post.id for post in found.posts]
    items = await loading.load(call.instance, ids, call.reader)
    return {
        "accounts": await accounts_loading.accounts(call.instance, found.actors),
        "statuses": await statuses_loading.statuses(call.instance, items, call.reader),
        "hashtags": await tags_loading.tags(call.instance, found.hashtags, call.reader),
    }


async def accounts(call: Call) -> list[e.Account]:
    """GET /api/v1/accounts/search."""
    sent = call.parameters
    wanted = Wanted(
        text=sent.text("q"),
        kinds=frozenset({"accounts"}),
        page=page(call, default=40, most=PEOPLE_MAX),
        offset=sent.number("offset", 0, least=0, most=OFFSET_MAX),
        looks_elsewhere=sent.flag("resolve"),
        only_followed=sent.flag("following"),
    )
    found = await searching.find(call.instance, wanted, call.reader, call.address)
    return await accounts_loading.accounts(call.instance, found.actors)


def _wanted(call: Call) -> Wanted:
    sent = call.parameters
    kind, author_id = sent.text("type"), sent.id("account_id")
    return Wanted(
        text=sent.text("q"),
        kinds=frozenset({kind}) & KINDS if kind else KINDS,
        page=page(call),
        offset=sent.number("offset", 0, least=0, most=OFFSET_MAX),
        looks_elsewhere=sent.flag("resolve"),
        only_followed=sent.flag("following"),
        only_reviewed=sent.flag("exclude_unreviewed"),
        account_id=RowId(author_id) if author_id is not None else None,
    )
