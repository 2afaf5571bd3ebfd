"""What an app sends, in any of the ways that apps use -> `Parameters`; bounded, tolerant of types.

Query string, urlencoded form, multipart form and JSON say the same: `poll[options][]=a` and
`{"poll": {"options": ["a"]}}` are one thing (https://docs.joinmastodon.org/client/intro/). A body
counts more than the query; an empty body is no parameters, whatever its content type says.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from werkzeug.exceptions import BadRequest
from werkzeug.http import parse_options_header

from federation import strict_json
from instance.errors import Invalid
from webapp import forms
from webapp.forms import Upload
from webapp.paging import row_id

Tree: TypeAlias = "str | int | float | bool | list[Tree] | dict[str, Tree] | None"

NAMES_DEEP_MAX: Final = 5
ITEMS_MAX: Final = 1000
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_KEY = re.compile(r"\[([^\[\]]*)\]")
# As Rails reads them; anything else that was sent means yes.
_NO: Final = frozenset({"", "0", "f", "F", "false", "FALSE", "off", "OFF", "no"})


@dataclass(frozen=True, slots=True)
class Parameters:
    """A mapping of what was sent, or of a part of it; files by their full names."""

    tree: Mapping[str, Tree] = field(default_factory=dict)
    files: Mapping[str, Upload] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        """Whether it was sent at all, even as nothing."""
        return name in self.tree or name in self.files

    def has(self, name: str) -> bool:
        """Whether it was sent as something: null in JSON says no more than its absence."""
        return name in self.files or self.tree.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        """Return a text with plain line ends; numbers and booleans as they are written in JSON."""
        found = self.maybe_text(name)
        return default if found is None else found

    def maybe_text(self, name: str) -> str | None:
        """As `text`; None when it was not sent, or sent as null."""
        found = _text(self.tree.get(name))
        return None if found is None else found.replace("\r\n", "\n").replace("\r", "\n")

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return whether something is so; `default` when it was not sent."""
        found = self.maybe_flag(name)
        return default if found is None else found

    def maybe_flag(self, name: str) -> bool | None:
        """Return whether something is so; None when it was not sent."""
        found = _text(self.tree.get(name))
        return None if found is None else found not in _NO

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        """Return a whole number, moved into its limits; Invalid for what is no number."""
        found = _text(self.tree.get(name))
        if found is None or found == "":
            return default
        if not re.fullmatch(r"-?[0-9]{1,18}", found):
            raise Invalid(f"{name} must be a whole number.", fields={name: "not a number"})
        return min(max(int(found), least), most)

    def instant(self, name: str) -> datetime | None:
        """Return a time (ISO 8601; UTC where no zone is given); None when it was not sent."""
        found = _text(self.tree.get(name))
        if not found:
            return None
        try:
            at = datetime.fromisoformat(found)
        except ValueError as error:
            raise Invalid(f"{name} must be a time.", fields={name: "not a time"}) from error
        return at if at.tzinfo else at.replace(tzinfo=UTC)

    def items(self, name: str) -> list[str]:
        """Return a list of texts; one text alone is a list of one, a mapping its values."""
        return [text for each in _items(self.tree.get(name)) if (text := _text(each)) is not None]

    def ids(self, name: str) -> list[int]:
        """Return a list of row ids; what cannot be one is left out, for nothing has that id."""
        found = (row_id(text) for text in self.items(name))
        return [each for each in found if each is not None]

    def id(self, name: str) -> int | None:
        """Return a row id; None when it was not sent; Invalid when it cannot be one."""
        text = _text(self.tree.get(name))
        if not text:
            return None
        found = row_id(text)
        if found is None:
            raise Invalid(f"{name} is not an id.", fields={name: "not an id"})
        return found

    def part(self, name: str) -> "Parameters":
        """Return what stands below a name; nothing when that is no mapping."""
        found = self.tree.get(name)
        return Parameters(found if isinstance(found, dict) else {})

    def parts(self, name: str) -> list["Parameters"]:
        """Return a list of mappings: `fields[0][name]`, `fields[][name]` or a list in JSON."""
        return [Parameters(each) for each in _items(self.tree.get(name)) if isinstance(each, dict)]

    def file(self, name: str) -> bytes | None:
        """Return an uploaded file's bytes; None when there is none."""
        upload = self.files.get(name)
        return upload.data if upload is not None and upload.data else None

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names that were sent."""
        return iter(self.tree)


def read(query_string: bytes, content_type: str, body: bytes) -> Parameters:
    """Return the parameters of a request; BadRequest or Invalid for bytes that make no sense."""
    tree = _grow(forms.query_pairs(query_string))
    if not body:
        return Parameters(tree)
    kind, _ = parse_options_header(content_type)
    if kind in ("application/json", "application/activity+json", "application/ld+json"):
        return Parameters(tree | _json(body))
    pairs, files = forms.body_pairs(content_type, body)
    return Parameters(tree | _grow(pairs), files)


def _json(body: bytes) -> dict[str, Tree]:
    if not body.strip():
        return {}
    found: Any = strict_json.parse_json(body)
    return dict(found)


def _text(value: Tree) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else None


def _items(value: Tree) -> list[Tree]:
    if value is None:
        return []
    found = value
    if isinstance(value, dict):
        found = [value[key] for key in sorted(value, key=_order)]
    if not isinstance(found, list):
        found = [found]
    if len(found) > ITEMS_MAX:
        raise BadRequest(f"A list has more than {ITEMS_MAX} items.")
    return found


def _order(key: str) -> tuple[int, str]:
    """`fields[2]` comes before `fields[10]`."""
    return (int(key), "") if key.isascii() and key.isdecimal() and len(key) < 9 else (-1, key)  # noqa: PLR2004 - no list is that long


# ---------------------------------------------------------------- names with brackets


def _grow(pairs: Iterable[tuple[str, str]]) -> dict[str, Tree]:
    """Return the tree that names with brackets mean, as Rack reads them."""
    tree: dict[str, Tree] = {}
    for name, value in pairs:
        match = _NAME.fullmatch(name)
        keys = _KEY.findall(match[2]) if match else []
        if match is None or len(keys) > NAMES_DEEP_MAX:
            raise BadRequest("The name of a parameter has brackets that make no sense.")
        _put(tree, [match[1], *keys], value)
    return tree


def _put(tree: dict[str, Tree], keys: list[str], value: str) -> None:
    """Put a value at its place; where the names contradict each other, the last one counts."""
    place = tree
    for number, key in enumerate(keys):
        rest = keys[number + 1 :]
        if not rest:
            place[key] = value
            return
        if rest[0] == "":
            _append(place, key, rest[1:], value)
            return
        below = place.get(key)
        if not isinstance(below, dict):
            below = place[key] = {}
        place = below


def _append(place: dict[str, Tree], key: str, below: list[str], value: str) -> None:
    """`a[]` adds to a list; `a[][b]` to the last mapping in it, or to a new one."""
    found = place.get(key)
    if not isinstance(found, list):
        found = place[key] = []
    if not below:
        found.append(value)
        return
    last = found[-1] if found else None
    if not isinstance(last, dict) or below[0] in last:
        last = {}
        found.append(last)
    _put(last, below, value)
