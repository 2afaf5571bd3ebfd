"""The streams as one table, as in Mastodon's documentation; the WebSocket is at their root."""

from webapp.calls import PUBLIC, call
from webapp.routing import Route, plain
from webapp.streaming import serving


def _line(name: str, path: str) -> Route:
    """A stream of server-sent events; its token may stand in the query, so it is read there."""
    return plain("GET", serving.PATH + path, call(serving.events(name), PUBLIC), PUBLIC)


ROUTES = (
    plain("GET", serving.PATH, call(serving.root, PUBLIC), PUBLIC),
    plain("GET", f"{serving.PATH}/health", call(serving.health, PUBLIC), PUBLIC),
    _line("user", "/user"),
    _line("user:notification", "/user/notification"),
    _line("public", "/public"),
    _line("public:local", "/public/local"),
    _line("public:remote", "/public/remote"),
    _line("hashtag", "/hashtag"),
    _line("hashtag:local", "/hashtag/local"),
    _line("list", "/list"),
    _line("direct", "/direct"),
)
