"""Our API as OpenAPI 3.1, made of the route tables and the handlers themselves (B122).

Paths and scopes come from the tables, the shapes of answers from what handlers say they return, and
the parameters from what they read: `call.parameters.text("q")` is a parameter `q`.
https://spec.openapis.org/oas/v3.1.0
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import FunctionType, ModuleType
from typing import Any, Final, get_args, get_origin, get_type_hints

import msgspec

from federation.client import VERSION
from instance.resources import Instance
from users import scopes
from webapp.asking import Answer, Asked
from webapp.calls import APP, CORS, JSON, PUBLIC, Reply, is_open
from webapp.routing import Route, plain
from webapp.shapes import schema

PATH: Final = "/api/openapi.json"
KEPT_FOR_S: Final = 3600
# Functions that handlers call are read too, but not endlessly.
DEPTH_MAX: Final = 4

_VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")
_KINDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "text": {"type": "string"},
    "maybe_text": {"type": "string"},
    "flag": {"type": "boolean"},
    "maybe_flag": {"type": "boolean"},
    "number": {"type": "integer"},
    "instant": {"type": "string", "format": "date-time"},
    "items": {"type": "array", "items": {"type": "string"}},
    "ids": {"type": "array", "items": {"type": "string"}},
    "id": {"type": "string"},
    "parts": {"type": "array", "items": {"type": "object"}},
    "part": {"type": "object"},
    "file": {"type": "string", "format": "binary"},
}
_OTHERS: Final = {
    "401": "Who asks is not known.",
    "403": "The token does not open this.",
    "404": "Not here, or not for you.",
    "422": "Something that was sent is wrong.",
    "429": "Too many requests.",
}


def route(routes: Sequence[Route]) -> Route:
    """Return the route that serves the document about these routes."""

    async def show(instance: Instance, asked: Asked) -> Answer:
        """GET /api/openapi.json."""
        del asked
        headers = [
            ("Content-Type", JSON),
            ("Cache-Control", f"public, max-age={KEPT_FOR_S}"),
            *CORS,
        ]
        return Answer(200, headers, _written(tuple(routes), instance.settings.base_url))

    return plain("GET", PATH, show, PUBLIC)


@cache
def _written(routes: tuple[Route, ...], base_url: str) -> bytes:
    """The document as bytes: the same for as long as the process lives."""
    return msgspec.json.encode(document(routes, base_url))


def document(routes: Sequence[Route], base_url: str) -> dict[str, Any]:
    """Return the document about the routes of programs; pages are left out."""
    ours = [each for each in routes if each.scope != "session"]
    components: dict[str, Any] = {"Error": _ERROR}
    paths: dict[str, dict[str, Any]] = {}
    for each in ours:
        path = _VARIABLE.sub(r"{\1}", each.path)
        kind = _answered(each)
        shape = schema(kind, components) if kind is not None else None
        paths.setdefault(path, {})[each.method.lower()] = _operation(each, shape)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Kittiwake", "version": VERSION, "description": _DESCRIPTION},
        "servers": [{"url": base_url}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"OAuth2": _oauth(base_url)},
        },
    }


_DESCRIPTION: Final = (
    "The client API of Mastodon and what goes beyond it. "
    "Parameters may be sent in the query, as a form or as JSON."
)
_ERROR: Final = {
    "type": "object",
    "properties": {"error": {"type": "string"}, "details": {"type": "object"}},
    "required": ["error"],
}


def _oauth(base_url: str) -> dict[str, Any]:
    tops = scopes.TOP_SCOPES
    parts = [f"{top}:{part}" for top in ("read", "write") for part in sorted(scopes.PARTS)]
    flow = {
        "authorizationUrl": f"{base_url}/oauth/authorize",
        "tokenUrl": f"{base_url}/oauth/token",
        "scopes": dict.fromkeys((*tops, *parts), ""),
    }
    return {"type": "oauth2", "flows": {"authorizationCode": flow}}


def _operation(route_of: Route, shape: Any) -> dict[str, Any]:
    handler = _handler(route_of)
    summary = (inspect.getdoc(handler) or "").split("\n")[0] if handler is not None else ""
    found: dict[str, Any] = {
        "operationId": f"{route_of.method.lower()}{re.sub(r'[^A-Za-z0-9]+', '_', route_of.path)}",
        "summary": summary,
        "responses": {
            "200": {"description": "Done.", **_content(shape)},
            **{
                status: {"description": words, **_content(_ref("Error"))}
                for status, words in _OTHERS.items()
            },
        },
    }
    path_names = _VARIABLE.findall(route_of.path)
    found["parameters"] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in path_names
    ]
    sent = {} if handler is None else dict(_parameters(handler, DEPTH_MAX))
    if route_of.method in ("GET", "DELETE"):
        found["parameters"] += [
            {"name": name, "in": "query", "schema": schema}
            for name, schema in sent.items()
            if name not in path_names
        ]
    elif sent:
        found["requestBody"] = {"content": _body(sent)}
    if route_of.scope != PUBLIC:
        scope = route_of.scope.rpartition(" ")[2]
        needed: dict[str, list[str]] = {"OAuth2": [] if scope == APP else [scope]}
        found["security"] = [{}, needed] if is_open(route_of.scope) else [needed]
    return found


def _body(sent: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What may be sent: as a form with files where there are any, else in either way."""
    schema = {"type": "object", "properties": dict(sent)}
    has_files = any(each.get("format") == "binary" for each in sent.values())
    kinds = ("multipart/form-data",) if has_files else ("application/json", _FORM)
    return {kind: {"schema": schema} for kind in kinds}


_FORM: Final = "application/x-www-form-urlencoded"


def _content(shape: Any) -> dict[str, Any]:
    return {} if shape is None else {"content": {"application/json": {"schema": shape}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


# ---------------------------------------------------------------- what handlers say


def _handler(route_of: Route) -> FunctionType | None:
    found = inspect.unwrap(route_of.plain) if route_of.plain is not None else None
    return found if isinstance(found, FunctionType) else None


def _answered(route_of: Route) -> Any:
    """The type of the value that a handler returns; None where that is no JSON."""
    handler = _handler(route_of)
    kind = get_type_hints(handler).get("return") if handler is not None else None
    if get_origin(kind) is Reply:
        kind = get_args(kind)[0]
    return None if kind in (None, Reply, Answer, Any, bytes) else kind


def _parameters(function: FunctionType, depth: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What a function reads of `Parameters`, and the functions of the client API that it calls."""
    tree = _tree(function)
    parts = dict(_parts(tree))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr in _KINDS and _name(node):
            above = parts.get(called.value.id) if isinstance(called.value, ast.Name) else None
            name = f"{above}[{_name(node)}]" if above else _name(node)
            yield name, _KINDS[called.attr]
        below = _resolved(called, function)
        if below is not None and depth:
            yield from _parameters(below, depth - 1)


def _parts(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Names of variables that are parts: `poll = sent.part("poll")`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            called, target = node.value.func, node.targets[0]
            is_part = isinstance(called, ast.Attribute) and called.attr == "part"
            if is_part and isinstance(target, ast.Name):
                yield target.id, _name(node.value)


def _name(node: ast.Call) -> str:
    """The first argument, where it is a text written there."""
    first = node.args[0] if node.args else None
    is_text = isinstance(first, ast.Constant) and isinstance(first.value, str)
    return str(first.value) if is_text and isinstance(first, ast.Constant) else ""


def _resolved(called: ast.expr, function: FunctionType) -> FunctionType | None:
    """The function of this package that an expression names."""
    found: Any = None
    if isinstance(called, ast.Name):
        found = function.__globals__.get(called.id)
    elif isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
        module = function.__globals__.get(called.value.id)
        found = getattr(module, called.attr, None) if isinstance(module, ModuleType) else None
    is_ours = isinstance(found, FunctionType) and found.__module__.startswith("webapp.")
    return found if is_ours else None


@cache
def _tree(function: FunctionType) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(function)))
