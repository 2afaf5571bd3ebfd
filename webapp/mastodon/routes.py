"""The client API as one table, a line an endpoint, in the order of Mastodon's documentation."""

from typing import Final

from webapp.calls import APP, PUBLIC, CallHandler, call
from webapp.mastodon import apps, media
from webapp.routing import Route, plain

UPLOAD_BYTES_MAX: Final = 100 * 1024 * 1024


def _line(method: str, path: str, handler: CallHandler, scope: str) -> Route:
    return plain(method, path, call(handler, scope), scope)


def _upload(path: str, handler: CallHandler) -> Route:
    """A line whose body is a file; how large one may be is the handler's question."""
    answer = call(handler, "write:media", body_bytes_max=UPLOAD_BYTES_MAX)
    return plain("POST", path, answer, "write:media")


ROUTES = (
    # apps
    _line("POST", "/api/v1/apps", apps.create, PUBLIC),
    _line("GET", "/api/v1/apps/verify_credentials", apps.verify_credentials, APP),
    # media
    _upload("/api/v1/media", media.upload),
    _upload("/api/v2/media", media.upload),
    _line("GET", "/api/v1/media/<media_id>", media.show, "write:media"),
    _line("PUT", "/api/v1/media/<media_id>", media.change, "write:media"),
    _line("DELETE", "/api/v1/media/<media_id>", media.discard, "write:media"),
)
