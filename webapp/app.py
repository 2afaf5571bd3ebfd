"""`create_app(instance)`: mounts the route tables, limits, headers and the error table on Quart.

`create_asgi(instance)` is what a server runs: it enters the store once a request and turns away
what no handler should ever see. The hottest routes are answered by the front (`front.py`).
"""

import re
from typing import Any, Final, cast

from quart import Quart, Request, Response, request
from quart.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from instance.errors import Failure
from instance.resources import Instance
from instance.settings import Settings
from webapp import calls, errors, openapi, security, syndication
from webapp.activitypub import routes as activitypub
from webapp.asking import Asked, BodyTooBig
from webapp.errors import Mistake
from webapp.front import Asgi, Front, Receive, Scope, Send, mistaken
from webapp.mastodon import routes as mastodon
from webapp.oauth import routes as oauth
from webapp.pages import routes as pages
from webapp.routing import INSTANCE, Route, mount, response
from webapp.streaming import routes as streaming
from webapp.streaming import serving

_OF_APPS: Final = (*oauth.ROUTES, *mastodon.ROUTES)
ROUTES: Final[tuple[Route, ...]] = (
    *activitypub.ROUTES,
    *_OF_APPS,
    openapi.route(_OF_APPS),
    *streaming.ROUTES,
    *syndication.ROUTES,
    *pages.ROUTES,
)
"""Every route of the application."""

TARGET_BYTES_MAX: Final = 8 * 1024
HEADER_BYTES_MAX: Final = 32 * 1024
UPLOAD_PATH: Final = "/settings/profile"
_PICTURES_PER_FORM = 2
_ODD_PATH = re.compile(r"[\x00-\x1f\x7f\\\ufffd]|(^|/)\.\.?(/|$)")
_ODD_HEADER = re.compile(rb"[\x00\r\n]")
_URI_TOO_LONG, _HEADERS_TOO_LARGE, _BAD_REQUEST, _NOT_FOUND = 414, 431, 400, 404


def create_app(instance: Instance) -> Quart:
    """Build the application of one instance."""
    app = Quart("webapp", static_folder=None, template_folder=None)
    app.request_class = _bounded_request(instance.settings)
    app.config[INSTANCE] = instance
    mount(app, ROUTES)
    _add_headers(app, instance.settings)
    _add_error_table(app, instance)
    return app


def create_asgi(instance: Instance) -> Asgi:
    """Build what a server runs: the application, inside its store, behind the door."""
    app = create_app(instance)
    front = Front(instance, ROUTES)

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)  # type: ignore[arg-type] # plain dicts of ASGI
        elif scope["type"] == "websocket":
            await _open_socket(instance, scope, receive, send)
        elif status := odd(scope):
            await _refuse(send, status, instance.settings)
        else:
            with instance.store.active():
                if told := calls.preflight(scope["method"], scope["path"]):
                    await front.send(told, send)
                elif found := front.find(scope):
                    await front.answer(found, scope, receive, send)
                else:
                    await app(scope, receive, send)  # type: ignore[arg-type] # plain dicts of ASGI

    return asgi


async def _open_socket(instance: Instance, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a WebSocket where there are any: at the streams of the client API."""
    if odd(scope) or not scope["path"].startswith(serving.PATH):
        await send({"type": "websocket.close", "code": 1000})
        return
    with instance.store.active():
        await serving.socket(instance, scope, receive, send)


# ---------------------------------------------------------------- the door


def odd(scope: Scope) -> int | None:
    """Return the status for a request that is too big or too strange to be routed, else None.

    RX-20: long addresses and headers; OP-1, OP-3: dots, backslashes and control characters.
    """
    target = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    if max(target, len(scope["path"])) > TARGET_BYTES_MAX:
        return _URI_TOO_LONG
    if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADER_BYTES_MAX:
        return _HEADERS_TOO_LARGE
    if not scope["path"].startswith("/") or not _is_utf8(scope["query_string"]):
        return _BAD_REQUEST
    if _ODD_HEADER.search(b"".join([value for _, value in scope["headers"]])):
        return _BAD_REQUEST
    return _NOT_FOUND if _ODD_PATH.search(scope["path"]) else None


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


async def _refuse(send: Send, status: int, settings: Settings) -> None:
    words = Mistake(status, "", "").status_words
    body = f"{status} {words}\n".encode()
    headers = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **security.headers(settings),
    }
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


def _bounded_request(settings: Settings) -> type[Request]:
    """Return a request class that reads no more of a body than its address may have."""
    limits = settings.limits
    form_bytes_max = max(limits.form_body_bytes_max, limits.inbox_body_bytes_max)
    upload_bytes_max = _PICTURES_PER_FORM * limits.upload_bytes_max + limits.form_body_bytes_max

    class BoundedRequest(Request):
        """A request whose body is cut at a limit; more is answered with 413."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            path = args[2] if len(args) > 2 else kwargs["path"]  # noqa: PLR2004 - the third is the path
            bytes_max = upload_bytes_max if path == UPLOAD_PATH else form_bytes_max
            kwargs["max_content_length"] = bytes_max
            super().__init__(*args, **kwargs)
            self.max_content_length = bytes_max  # Quart 0.22 tells it to the body alone

    return BoundedRequest


# ---------------------------------------------------------------- headers and errors


def _add_headers(app: Quart, settings: Settings) -> None:
    found = security.headers(settings)

    async def add(response: Response) -> Response:
        for name, value in found.items():
            response.headers.setdefault(name, value)
        if response.status_code in errors.WAIT_S:  # a form that is shown again says when, too
            wait_s = errors.WAIT_S[response.status_code]
            response.headers.setdefault("Retry-After", str(wait_s))
        return response

    app.after_request(add)


def _add_error_table(app: Quart, instance: Instance) -> None:
    async def failed(error: Exception) -> ResponseReturnValue:
        limit = request.max_content_length
        if isinstance(error, RequestEntityTooLarge) and limit is not None:
            error = error if isinstance(error, BodyTooBig) else BodyTooBig(limit)
        asked = Asked(cast("Scope", request.scope), request.body)
        return response(mistaken(instance, asked, error))

    for kind in (Failure, HTTPException, Exception):
        app.register_error_handler(kind, failed)
