"""Types of what we answer -> JSON Schema: TypedDicts become components, each under its name; pure.

msgspec makes schemas too, but none of a union of two mappings.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from types import NoneType, UnionType
from typing import (
    Any,
    Final,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

Schema = dict[str, Any]

_PLAIN: Final[Mapping[Any, str]] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    NoneType: "null",
}
# What holds one other type, and what becomes of the schema of that.
_WRAPPED: Final[Mapping[Any, Callable[[Schema], Schema]]] = {
    NotRequired: lambda inside: inside,
    list: lambda inside: {"type": "array", "items": inside},
    Sequence: lambda inside: {"type": "array", "items": inside},
    dict: lambda inside: {"type": "object", "additionalProperties": inside},
}


def schema(kind: Any, components: dict[str, Schema]) -> Schema:
    """Return the schema of a type; the TypedDicts that it needs are added to the components."""
    origin, inside = get_origin(kind), get_args(kind)
    if is_typeddict(kind):
        return _component(kind, components)
    if origin is Literal:
        return {"enum": list(inside)}
    if origin in (Union, UnionType):
        return {"anyOf": [schema(each, components) for each in inside]}
    if origin in _WRAPPED:
        return _WRAPPED[origin](schema(inside[-1], components))
    return {"type": _PLAIN[kind]} if kind in _PLAIN else {}


def _component(kind: Any, components: dict[str, Schema]) -> Schema:
    name = kind.__name__
    if name not in components:
        made: Schema = {"type": "object"}
        components[name] = made  # before what is in it, which may name it again
        hints = get_type_hints(kind)
        made["description"] = (inspect.getdoc(kind) or "").split("\n")[0]
        made["properties"] = {key: schema(each, components) for key, each in hints.items()}
        made["required"] = sorted(kind.__required_keys__)
    return {"$ref": f"#/components/schemas/{name}"}
