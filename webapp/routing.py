"""`Route`: one line of a route table, and how a table is mounted on the application.

There are two kinds of handlers. Most are Quart's: `async def handler(instance, **values of the
path) -> response`, where the request is `quart.request`. Those that `plain` makes a route of are
`async def handler(instance, asked, **values of the path) -> Answer`: they run on Quart and, without
it, in the front (`front.py`). The application carries its instance in `app.config[INSTANCE]`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final, cast

from quart import Quart, Response, request
from quart.routing import QuartMap, QuartRule
from quart.typing import ResponseReturnValue

from instance.resources import Instance
from webapp.asking import BODILESS, Answer, Asked

Handler = Callable[..., Awaitable[ResponseReturnValue]]
PlainHandler = Callable[..., Awaitable[Answer]]

INSTANCE: Final = "INSTANCE"
TWINS: Final = {"PUT": "PATCH", "PATCH": "PUT"}
"""Apps change things by either, whichever the documentation names: Mastodon takes both for one."""


@dataclass(frozen=True, slots=True)
class Route:
    """`path` in Werkzeug's syntax. `scope` has no default: no route is open by accident.

    Scopes: "public" (anybody), "server" (other servers; signatures are checked by the use case),
    "session" (a person who is logged in), or an OAuth scope such as "write:statuses".
    """

    method: str
    path: str
    handler: Handler
    scope: str
    plain: PlainHandler | None = None


def plain(method: str, path: str, handler: PlainHandler, scope: str) -> Route:
    """Make a route of a handler that knows `Asked` and `Answer` only: the front serves it."""

    async def on_quart(instance: Instance, **values: str) -> Response:
        asked = Asked(cast("dict[str, Any]", request.scope), request.body)
        return response(await handler(instance, asked, **values))

    return Route(method, path, on_quart, scope, plain=handler)


def response(answer: Answer) -> Response:
    """Return an answer as Quart has it."""
    found = Response(answer.body, answer.status)
    found.headers.remove("Content-Type")
    if answer.status in BODILESS:
        found.headers.remove("Content-Length")
    found.headers.extend(answer.headers)
    return found


def endpoint(route: Route) -> str:
    """Name the route for Quart: unique, and readable in its messages."""
    return f"{route.method} {route.path.replace('.', ' ')}"


def mount(app: Quart, routes: tuple[Route, ...]) -> None:
    """Give the application its routes; its `config[INSTANCE]` is set already."""
    instance = cast("Instance", app.config[INSTANCE])
    app.url_map = _addresses(routes)
    for route in routes:
        app.view_functions[endpoint(route)] = _view(route.handler, instance)


@cache
def _addresses(routes: tuple[Route, ...]) -> QuartMap:
    """Return the table of addresses, one for all applications of a process.

    Werkzeug compiles each line of it, which takes a hundred times as long as all else that makes an
    application. Every address is written in one way: a redirect built from Host would go anywhere
    (AU-12).
    """
    found = QuartMap(strict_slashes=False, merge_slashes=False)
    for route in routes:
        methods = {route.method, TWINS.get(route.method, route.method), "OPTIONS"}
        rule = QuartRule(route.path, methods=methods, endpoint=endpoint(route))
        rule.provide_automatic_options = True
        found.add(rule)
    return found


def _view(handler: Handler, instance: Instance) -> Callable[..., Awaitable[ResponseReturnValue]]:
    bound = partial(handler, instance)

    async def view(**values: Any) -> ResponseReturnValue:
        return await bound(**values)

    return view
