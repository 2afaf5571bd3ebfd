"""Lists of people, hosts and posts as CSV, with the very columns that Mastodon writes; pure.

What is brought in may come with a line of names or without, as its versions differ.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from federation import origin, webfinger
from instance.errors import Failure, Invalid
from storage.records import ImportKind

BYTES_MAX: Final = 4 * 1024 * 1024
LINES_MAX: Final = 20_000
CELL_LETTERS_MAX: Final = 2048

_FOLLOW = ("Account address", "Show boosts", "Notify on new posts", "Languages")
_MUTE = ("Account address", "Hide notifications")
HEADERS: Final[Mapping[ImportKind, tuple[str, ...]]] = MappingProxyType(
    {ImportKind.FOLLOWS: _FOLLOW, ImportKind.MUTES: _MUTE}
)
"""The kinds whose first line names the columns; the others have none."""
FILES: Final[Mapping[ImportKind, str]] = MappingProxyType(
    {
        ImportKind.FOLLOWS: "following_accounts.csv",
        ImportKind.BLOCKS: "blocked_accounts.csv",
        ImportKind.MUTES: "muted_accounts.csv",
        ImportKind.HOST_BLOCKS: "blocked_domains.csv",
        ImportKind.BOOKMARKS: "bookmarks.csv",
        ImportKind.LISTS: "lists.csv",
    }
)
# The names by which a first line is known to be one.
_FIRST = frozenset({"account address", "#domain", "domain", "uri", "list name"})
_NO = frozenset({"false", "f", "0", "no"})
_WIDTHS: Mapping[ImportKind, int] = MappingProxyType(
    {ImportKind.FOLLOWS: len(_FOLLOW), ImportKind.MUTES: len(_MUTE), ImportKind.LISTS: 2}
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was read: its cells in our order, or why it is none."""

    number: int
    cells: tuple[str, ...]
    failure: str | None = None


def read(kind: ImportKind, data: bytes) -> list[Line]:
    """Read a file; raises `Invalid` when it is too large, empty, or no text."""
    if len(data) > BYTES_MAX:
        raise _wrong(f"The file has more than {BYTES_MAX // 1024 // 1024} MB.")
    try:
        text = data.decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text), strict=True) if any(row)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise _wrong("This is no CSV file that can be read.") from error
    names = tuple(cell.strip().casefold() for cell in rows[0]) if rows else ()
    has_names = bool(names) and names[0] in _FIRST
    body = rows[1:] if has_names else rows
    if not body:
        raise _wrong("There is nothing in this file.")
    if len(body) > LINES_MAX:
        raise _wrong(f"The file has more than {LINES_MAX} lines.")
    order = _order(kind, names) if has_names else None
    return [_line(kind, number, row, order) for number, row in enumerate(body, start=1)]


def write(kind: ImportKind, rows: Iterable[Sequence[str]]) -> str:
    """Write a list as Mastodon does."""
    return _text([HEADERS[kind], *rows] if kind in HEADERS else rows)


def write_followers(handles: Iterable[str]) -> str:
    """Write people who followed somebody: a list that nothing takes in."""
    return _text([_FOLLOW[:1], *([handle] for handle in handles)])


def _text(rows: Iterable[Sequence[str]]) -> str:
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerows(rows)
    return made.getvalue()


def is_yes(cell: str) -> bool:
    """Whether a cell says yes; what is missing does."""
    return cell.strip().casefold() not in _NO


def key(kind: ImportKind, cells: Sequence[str]) -> tuple[str, ...]:
    """Return what of a line says whom or what it names."""
    if kind is ImportKind.BOOKMARKS:
        return (cells[0],)
    if kind is ImportKind.LISTS:
        return cells[0], cells[1].casefold()
    return (cells[0].casefold(),)


def _order(kind: ImportKind, names: Sequence[str]) -> list[int | None] | None:
    """Where the cells of our order stand in a file that names its columns."""
    if kind not in HEADERS:
        return None
    known = [name.casefold() for name in HEADERS[kind]]
    return [names.index(name) if name in names else None for name in known]


def _line(
    kind: ImportKind, number: int, row: Sequence[str], order: Sequence[int | None] | None
) -> Line:
    width = _WIDTHS.get(kind, 1)
    if order is not None:
        row = ["" if at is None or at >= len(row) else row[at] for at in order]
    if any(len(cell) > CELL_LETTERS_MAX or "\0" in cell for cell in row):
        return Line(number, (), "This line is too long, or no text.")
    cells = [*(cell.strip() for cell in row[:width]), *([""] * (width - len(row)))]
    if kind is ImportKind.BOOKMARKS:
        is_link = cells[0].startswith(("https://", "http://"))
        return Line(number, tuple(cells), None if is_link else "This is no link to a post.")
    if kind is ImportKind.HOST_BLOCKS:
        return Line(number, tuple(cells), None if _is_host(cells[0]) else "This is no host.")
    place = 1 if kind is ImportKind.LISTS else 0
    handle = webfinger.parse_handle(cells[place])
    if handle is None or handle.host is None or not cells[0]:
        return Line(number, tuple(cells), "This is no handle, such as alice@example.org.")
    cells[place] = str(handle)
    return Line(number, tuple(cells))


def _is_host(text: str) -> bool:
    try:
        return bool(text) and bool(origin.host_of(f"https://{text}/"))
    except Failure:
        return False


def _wrong(reason: str) -> Invalid:
    return Invalid(reason, fields={"file": reason})
