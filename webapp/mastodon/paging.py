"""Pages of the client API: `Page` of the parameters, and the `Link` header with the neighbours.

https://docs.joinmastodon.org/api/guidelines/#pagination
"""

from typing import TypeVar
from urllib.parse import parse_qsl, quote, urlencode

from instance.errors import Invalid
from storage.records import Page, RowId
from webapp import paging
from webapp.calls import Call, Reply

_CURSOR = frozenset({"max_id", "min_id", "since_id"})
Shown = TypeVar("Shown")

_NOT_HERE = "Record not found"


def page(call: Call, *, default: int = 20, most: int = 40) -> Page:
    """Return the page that is asked for; a limit beyond the most is the most, as Mastodon's."""
    sent = call.parameters
    return Page(
        limit=sent.number("limit", default, least=1, most=most),
        max_id=sent.id("max_id"),
        since_id=sent.id("since_id"),
        min_id=sent.id("min_id"),
    )


def linked(
    value: Shown, call: Call, next_max_id: int | str | None, prev_min_id: int | str | None
) -> Reply[Shown]:
    """Return a page with a `Link` header; what else was asked for is kept in it."""
    places = (("max_id", next_max_id, "next"), ("min_id", prev_min_id, "prev"))
    here = _address(call)
    links = [
        f'<{here}{quote(f"{name}={place}", safe="=")}>; rel="{relation}"'
        for name, place, relation in places
        if place is not None
    ]
    return Reply(value, headers=[("Link", ", ".join(links))] if links else [])


def ids_at_once(call: Call, most: int) -> list[RowId]:
    """Return the distinct ids that are asked for; `Invalid` for more than are shown at once."""
    found = [RowId(each) for each in dict.fromkeys(call.parameters.ids("id"))]
    if len(found) > most:
        raise Invalid(f"Validation failed: Id has room for {most} at once")
    return found


def by_offset(value: Shown, call: Call, *, limit: int, offset: int, has_more: bool) -> Reply[Shown]:
    """Return a page of what has no ids to go by, with a `Link` header."""
    base = f"{call.instance.settings.base_url}{call.asked.path}?limit={limit}&offset="
    links = []
    if has_more:
        links.append(f'<{base}{offset + limit}>; rel="next"')
    if offset:
        links.append(f'<{base}{max(offset - limit, 0)}>; rel="prev"')
    return Reply(value, headers=[("Link", ", ".join(links))] if links else [])


def row_id(text: str) -> RowId:
    """Return the row id that a part of a path is; `NotFound` for what cannot be one."""
    return paging.named_row(text, _NOT_HERE)


def _address(call: Call) -> str:
    """This page's address up to where the place stands in it, with what else was asked for."""
    sent = parse_qsl(call.asked.query_string.decode("latin-1"), keep_blank_values=True)
    kept = urlencode([pair for pair in sent if pair[0] not in _CURSOR])
    base = f"{call.instance.settings.base_url}{call.asked.path}"
    return f"{base}?{kept}&" if kept else f"{base}?"
