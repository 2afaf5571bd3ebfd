"""What somebody typed into a search -> `Query`: words, phrases and operators. Pure.

`cats "black cat" -dog #caturday from:@ann@b.test has:media is:reply language:en in:library
before:2026-05-01 after:2025-12-31 during:2026-01-05 order:relevance`; a word ending in `*` is the
beginning of one. As https://docs.joinmastodon.org/user/discovering/ has them, and `order:` is ours.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from instance.errors import Invalid
from posts import words
from posts.text import fold_hashtag, is_hashtag
from storage.matching import Term

TERMS_MAX = 16
LETTERS_MAX = 400

_ITEM = re.compile(r'(-?)(?:([A-Za-z]+):)?(?:"([^"]*)"?|(\S+))')
_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'))
_DAY = timedelta(days=1)
_DAY_MONTH_YEAR = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")


class Scope(StrEnum):
    """Where to look: everywhere, among what everybody may find, among one's own and seen posts."""

    ALL = "all"
    PUBLIC = "public"
    LIBRARY = "library"


@dataclass(slots=True)
class Query:
    """What a post must hold and must not; by whom it is, when it was written, where to look."""

    wanted: list[Term] = field(default_factory=list)
    unwanted: list[Term] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    not_authors: list[str] = field(default_factory=list)
    since: datetime | None = None
    before: datetime | None = None
    scope: Scope = Scope.ALL
    is_by_relevance: bool = False
    names_hashtags: bool = False
    has_words: bool = False

    @property
    def is_of_hashtags(self) -> bool:
        """Whether posts are asked for by their hashtags and by no word of theirs."""
        return self.names_hashtags and not self.has_words


def parse(text: str) -> Query:
    """Read a search; `Invalid` for one that is too long, or has a day that is none."""
    if len(text) > LETTERS_MAX:
        raise Invalid(f"Search for at most {LETTERS_MAX} letters.")
    query = Query()
    for minus, name, quoted, plain in _ITEM.findall(text.translate(_QUOTES)):
        operator = _OPERATORS.get(name.lower())
        value = quoted or plain
        if operator is not None and value:
            operator(query, value, is_wanted=not minus)
            continue
        shown = f"{name}:{value}" if name else value
        _add_words(query, shown, is_wanted=not minus)
    if len(query.wanted) + len(query.unwanted) > TERMS_MAX:
        raise Invalid(f"Search for at most {TERMS_MAX} words.")
    return query


def _add_words(query: Query, text: str, *, is_wanted: bool) -> None:
    if text.startswith("#") and is_hashtag(text[1:]):
        query.names_hashtags |= is_wanted
        _add(query, words.hashtag_mark(fold_hashtag(text[1:])), is_wanted=is_wanted)
        return
    term = _term(text)
    if term is not None:
        query.has_words |= is_wanted
        (query.wanted if is_wanted else query.unwanted).append(term)


def _term(text: str) -> Term | None:
    found = words.words_sought(text)
    if not found:
        return None
    is_one_letter = len(found) == 1 and len(found[0]) == 1 and words.is_paired(found[0])
    return Term(tuple(found), is_prefix=is_one_letter or text.endswith("*"))


def _add(query: Query, mark: str, *, is_wanted: bool) -> None:
    (query.wanted if is_wanted else query.unwanted).append(Term((mark,)))


# ---------------------------------------------------------------- operators


def _marked(mark: Callable[[str], str], same: Mapping[str, str]) -> "_Operator":
    def operator(query: Query, value: str, *, is_wanted: bool) -> None:
        name = value.lower()
        _add(query, mark(same.get(name, name)), is_wanted=is_wanted)

    return operator


def _from(query: Query, value: str, *, is_wanted: bool) -> None:
    (query.authors if is_wanted else query.not_authors).append(value.removeprefix("@"))


def _before(query: Query, value: str, *, is_wanted: bool) -> None:
    first, after = _days(value)
    _bound(query, None if is_wanted else after, first if is_wanted else None)


def _after(query: Query, value: str, *, is_wanted: bool) -> None:
    first, after = _days(value)
    _bound(query, after if is_wanted else None, None if is_wanted else first)


def _during(query: Query, value: str, *, is_wanted: bool) -> None:
    del is_wanted
    _bound(query, *_days(value))


def _bound(query: Query, since: datetime | None, before: datetime | None) -> None:
    if since is not None:
        query.since = max(query.since or since, since)
    if before is not None:
        query.before = min(query.before or before, before)


def _days(value: str) -> tuple[datetime, datetime]:
    """The beginning of a day, month or year, and that of the one after it; UTC."""
    match = _DAY_MONTH_YEAR.fullmatch(value)
    year, month, day = (int(part) if part else 0 for part in match.groups()) if match else (0, 0, 0)
    try:
        first = datetime(year, month or 1, day or 1, tzinfo=UTC)
        if day:
            return first, first + _DAY
        if month:
            return first, (first + 31 * _DAY).replace(day=1)
        return first, first.replace(year=first.year + 1)
    except (ValueError, OverflowError) as error:
        raise Invalid(f"Write a day as 2026-05-31: {value[:20]} is none.") from error


def _in(query: Query, value: str, *, is_wanted: bool) -> None:
    try:
        scope = Scope(value.lower())
    except ValueError as error:
        raise Invalid("Search in:all, in:library or in:public.") from error
    query.scope = scope if is_wanted else Scope.ALL


def _order(query: Query, value: str, *, is_wanted: bool) -> None:
    query.is_by_relevance = is_wanted and value.lower() == "relevance"


class _Operator(Protocol):
    def __call__(self, query: Query, value: str, *, is_wanted: bool) -> None: ...


_MEDIA = {"images": "image", "photo": "image", "picture": "image", "videos": "video"}
_OPERATORS: Final[Mapping[str, _Operator]] = {
    "from": _from,
    "has": _marked(words.has_mark, _MEDIA | {"links": "link", "polls": "poll", "quotes": "quote"}),
    "is": _marked(words.is_mark, {"replies": "reply"}),
    "language": _marked(words.language_mark, {}),
    "before": _before,
    "after": _after,
    "during": _during,
    "in": _in,
    "order": _order,
}
