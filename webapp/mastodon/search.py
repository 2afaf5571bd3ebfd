"""Chapter search of the client API: everything by words, and people by name."""

from typing import Final

from werkzeug.exceptions import BadRequest

from feeds import loading
from inbox import searching
from inbox.searching import Wanted
from instance.errors import Unauthenticated
from storage.records import RowId
from webapp.calls import Call
from webapp.mastodon import accounts_loading, statuses_loading, tags_loading
from webapp.mastodon import entities as e
from webapp.mastodon.paging import page
from webapp.parameters import Parameters

KINDS: Final = frozenset({"accounts", "hashtags", "statuses"})
PEOPLE_MAX: Final = 80
OFFSET_MAX: Final = 1000
_NOT_ALONE: Final = "not supported without authentication"


async def search(call: Call) -> e.Search:
    """GET /api/v2/search; only who is logged in may turn pages, or have other servers asked."""
    _check(call.parameters)
    wanted = _wanted(call)
    if call.viewer is None and wanted.offset:
        raise Unauthenticated(f"Search queries pagination is {_NOT_ALONE}")
    if call.viewer is None and wanted.looks_elsewhere:
        raise Unauthenticated(f"Search queries that resolve remote resources are {_NOT_ALONE}")
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


def _check(sent: Parameters) -> None:
    """400 where Mastodon has it, and in its words."""
    if not sent.text("q").strip():
        raise BadRequest("param is missing or the value is empty: q")
    if any(sent.text(name).startswith("-") for name in ("limit", "offset")):
        raise BadRequest("Pagination values for `offset` and `limit` must be positive")


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
