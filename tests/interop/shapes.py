"""The shapes that recorded servers give the fields of their activities: what they can be expected
to read, because they write it themselves."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

from tests.federation.dialects import recorded
from tests.pure.federation.recordings import names

# Keys that are languages or prefixes of a context, not terms.
_OPEN = {"@context", "contentMap", "nameMap", "summaryMap", "endpoints"}


def shapes_of(document: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Each field as a path (`object.tag[].href`) with the type of its value in JSON."""
    if isinstance(document, dict):
        for key, value in document.items():
            where = f"{path}.{key}" if path else key
            yield where, _kind(value)
            if key not in _OPEN:
                yield from shapes_of(value, where)
    elif isinstance(document, list):
        for item in document:
            yield f"{path}[]", _kind(item)
            yield from shapes_of(item, f"{path}[]")


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return {dict: "object", list: "list", str: "text", type(None): "null"}.get(
        type(value), "number"
    )


@cache
def known() -> dict[str, set[str]]:
    """What was recorded of documents of any type: term -> the types of value seen there."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in names():
        for path, shape in shapes_of(recorded(name).get("body")):
            found[_term(path)].add(shape)
    return found


def _term(path: str) -> str:
    """The last term, with what tells a list from its items."""
    return path.rpartition(".")[2]


def strange(document: dict[str, Any]) -> list[str]:
    """Fields of a document of ours whose value has a shape in which no recorded server writes."""
    seen = known()
    return [
        f"{document['type']}: {path} is {shape}, seen: {sorted(seen[_term(path)])}"
        for path, shape in shapes_of(document)
        if _term(path) in seen and shape not in seen[_term(path)]
    ]
