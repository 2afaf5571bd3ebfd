"""max_id/min_id/since_id/limit of a query -> `Page`; where its neighbours are -> Link header."""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from instance.errors import Invalid, NotFound
from storage.records import Page, RowId

LIMIT_DEFAULT = 20
LIMIT_MAX = 80
_ID = re.compile(r"[0-9]{1,19}")
_ID_MAX = 2**63 - 1


def read(query: Mapping[str, str], *, limit: int = LIMIT_DEFAULT) -> Page:
    """Return the page that a query asks for; OP-5: ids and limits are bounded, else Invalid."""
    return Page(
        limit=_limit(query.get("limit"), limit),
        max_id=_id(query, "max_id"),
        since_id=_id(query, "since_id"),
        min_id=_id(query, "min_id"),
    )


def row_id(text: str) -> int | None:
    """Return the row id that a text is, else None."""
    if not _ID.fullmatch(text) or int(text) > _ID_MAX:
        return None
    return int(text)


def named_row(text: str, nothing: str) -> RowId:
    """Return the row id that a part of an address is; `NotFound(nothing)` for what is none."""
    found = row_id(text)
    if found is None:
        raise NotFound(nothing)
    return RowId(found)


def older_path(path: str, query: Mapping[str, str], next_max_id: int) -> str:
    """Return the path of the page that follows; what else was asked for is kept."""
    cursor = {"max_id", "min_id", "since_id"}
    kept = {name: value for name, value in query.items() if name not in cursor}
    return f"{path}?{urlencode({**kept, 'max_id': str(next_max_id)})}"


def _limit(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,6}", text) or int(text) < 1:
        raise Invalid("A page needs a limit of 1 or more.", fields={"limit": "not a number"})
    return min(int(text), LIMIT_MAX)


def _id(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if not text:
        return None
    found = row_id(text)
    if found is None:
        raise Invalid("This link to a page is broken.", fields={name: f"{name} is not an id"})
    return found
