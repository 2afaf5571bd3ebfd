"""The client API as one table, a line an endpoint, in the order of Mastodon's documentation."""

from webapp.calls import APP, PUBLIC, CallHandler, call
from webapp.mastodon import apps
from webapp.routing import Route, plain


def _line(method: str, path: str, handler: CallHandler, scope: str) -> Route:
    return plain(method, path, call(handler, scope), scope)


ROUTES = (
    # apps
    _line("POST", "/api/v1/apps", apps.create, PUBLIC),
    _line("GET", "/api/v1/apps/verify_credentials", apps.verify_credentials, APP),
)
