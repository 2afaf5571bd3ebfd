"""Chapter relations, managing: one's own followers and follows, sorted, narrowed, many at once."""

from typing import Any, Final
from urllib.parse import urlencode

from feeds import lists
from instance.errors import Failure
from outbox import managing
from outbox.managing import Act
from storage import follow_lists, ids
from storage.follow_lists import Order, Place, Wanted, Which
from storage.records import RowId
from webapp import paging
from webapp.asking import Answer
from webapp.forms import Fields
from webapp.pages import presenting, views, words
from webapp.pages.visit import Visit, redirect

PATH: Final = "/relationships"
ORDERS: Final = (
    (Order.NEWEST.value, "Newest follow"),
    (Order.ACTIVE.value, "Last active"),
    (Order.NAME.value, "A to Z"),
)
SHOWN: Final = (("", "Everybody"), ("mutual", "Mutual"), ("quiet", "Silent for 90 days"))
HERE: Final = "here"
_CHECKED = "who_"
_HOST_LETTERS_MAX = 253


async def manage(visit: Visit) -> Answer:
    """GET /relationships: one's own followers or follows."""
    return await _page(visit, visit.query)


async def change(visit: Visit) -> Answer:
    """POST /relationships: unfollow, remove or put into a list whom the form names (B33)."""
    form, me = visit.form, visit.me.actor
    wanted = _wanted(visit, form)
    chosen = (paging.row_id(name.removeprefix(_CHECKED)) for name in form if _CHECKED in name)
    people = [RowId(each) for each in chosen if each is not None]
    try:
        if form.is_checked("all") and wanted.host is not None:
            people = await managing.all_at(me, wanted.which, wanted.host)
        what = Act(form.line("do")) if form.line("do") in set(Act) else Act.LIST
        list_id = RowId(form.id("list")) if what is Act.LIST else None
        await managing.act(visit.instance, me, what, people, list_id)
    except Failure as failure:
        return await _page(visit, form, failure)
    return redirect(f"{PATH}?{urlencode({**_chosen(form), 'said': 'saved'})}")


def _chosen(fields: Fields) -> dict[str, str]:
    """Return what was chosen of a list, as it stands in addresses."""
    names = ("which", "order", "only", "host")
    return {name: fields.line(name) for name in names}


def _wanted(visit: Visit, fields: Fields) -> Wanted:
    which, order = fields.line("which"), fields.line("order")
    only, host = fields.line("only"), fields.line("host")[:_HOST_LETTERS_MAX]
    return Wanted(
        which=Which(which) if which in set(Which) else Which.FOLLOWING,
        order=Order(order) if order in set(Order) else Order.NEWEST,
        is_mutual=only == "mutual",
        quiet_since=visit.instance.now() - managing.QUIET_FOR if only == "quiet" else None,
        host=("" if host == HERE else host) if host else None,
    )


def _place(fields: Fields, order: Order) -> Place | None:
    """Return where a page begins; the first one for an address that makes no sense."""
    text, _, value = fields.line("after").partition("~")
    follow_id = paging.row_id(text)
    sorted_by = value if order is Order.NAME else paging.row_id(value)
    return None if follow_id is None or sorted_by is None else Place(sorted_by, follow_id)


async def _page(visit: Visit, fields: Fields, failure: Failure | None = None) -> Answer:
    me, how, wanted = visit.me.actor, presenting.scene(visit), _wanted(visit, fields)
    found, after = await managing.look_through(me, wanted, _place(fields, wanted.order))
    standing = await presenting.relationships(visit, [each.actor for each in found])
    chosen = _chosen(fields) | {"which": wanted.which.value}
    rows: list[dict[str, Any]] = [
        {
            "actor": views.actor_view(each.actor, how),
            "active": words.when(ids.moment_of(each.last_post_id), how.now)
            if each.last_post_id
            else None,
            "stands": standing[each.actor.id],
        }
        for each in found
    ]
    more = {**chosen, "after": f"{after.follow_id}~{after.value}"} if after else None
    hosts = await follow_lists.hosts(me.id, wanted.which)
    return await presenting.page(
        visit,
        "relationships.html",
        here="Profile",
        title="Followers" if wanted.which is Which.FOLLOWERS else "Following",
        failure=failure,
        rows=rows,
        f=chosen,
        orders=ORDERS,
        shown=SHOWN,
        hosts=[(host or HERE, host or how.domain, count) for host, count in hosts],
        host_words=how.domain if wanted.host == "" else wanted.host or "",
        lists=await lists.all_of(visit.instance, me),
        all_max=managing.ALL_MAX,
        looked_at_max=follow_lists.LOOKED_AT_MAX,
        older=f"{PATH}?{urlencode(more)}" if more else "",
    )
