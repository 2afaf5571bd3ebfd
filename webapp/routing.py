"""`Route`: one line of a route table, and how a table is mounted on the application.

A handler is `async def handler(instance, **values of the path) -> response`; the request itself is
`quart.request`. The application carries its instance in `app.config[INSTANCE]`.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, cast

from quart import Quart
from quart.typing import ResponseReturnValue

from instance.resources import Instance

Handler = Callable[..., Awaitable[ResponseReturnValue]]

INSTANCE: Final = "INSTANCE"


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


def endpoint(route: Route) -> str:
    """Name the route for Quart: unique, and readable in its messages."""
    return f"{route.method} {route.path.replace('.', ' ')}"


def mount(app: Quart, routes: Iterable[Route]) -> None:
    """Add the routes to the application, whose `config[INSTANCE]` is set already."""
    instance = cast("Instance", app.config[INSTANCE])
    for route in routes:
        app.add_url_rule(
            route.path,
            endpoint=endpoint(route),
            view_func=_view(route.handler, instance),
            methods=[route.method],
        )


def _view(handler: Handler, instance: Instance) -> Callable[..., Awaitable[ResponseReturnValue]]:
    bound = partial(handler, instance)

    async def view(**values: Any) -> ResponseReturnValue:
        return await bound(**values)

    return view
