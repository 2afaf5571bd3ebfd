"""Which requests may be answered from a read replica: pages, unless the reader wrote just now.

Other servers always read from the primary: they ask for a post as soon as they hear of it.
"""

from typing import Any, Final

from instance.settings import Settings
from storage import replica
from webapp.front import Asgi, Receive, Scope, Send

WROTE_S: Final = 10
"""A browser that sent a form reads from the primary for so long: more than a replica may lag."""

_WROTE: Final = b"wrote"
_PAGE: Final = b"text/html"


def reading_from_replica(application: Asgi, settings: Settings) -> Asgi:
    """Wrap an application so that its pages are read from the replica of the settings."""
    secure = b"; Secure" if settings.scheme == "https" else b""
    mark = b"%b=1; Max-Age=%d; Path=/; HttpOnly; SameSite=Lax%b" % (_WROTE, WROTE_S, secure)

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        is_safe = scope["method"] in {"GET", "HEAD"}
        marking = _marking(send, mark, always=not is_safe) if _cookies(scope) else send
        if is_safe and _wants_page(scope) and not _wrote(scope):
            with replica.stale_reads():
                await application(scope, receive, marking)
        else:
            await application(scope, receive, send if is_safe else marking)

    return asgi


def _marking(send: Send, mark: bytes, *, always: bool) -> Send:
    """Let the browser remember that it wrote: so any web process knows, without asking anybody.

    A page may write too, such as a search that finds somebody new and leads to their profile.
    """

    async def marked(message: dict[str, Any]) -> None:
        has_written = always or not replica.may_be_stale()
        if message["type"] == "http.response.start" and has_written:
            message = {**message, "headers": [*message["headers"], (b"set-cookie", mark)]}
        await send(message)

    return marked


def _wants_page(scope: Scope) -> bool:
    return any(name == b"accept" and _PAGE in value for name, value in scope["headers"])


def _wrote(scope: Scope) -> bool:
    pairs = [pair for value in _cookies(scope) for pair in value.split(b";")]
    return any(pair.strip().partition(b"=")[0] == _WROTE for pair in pairs)


def _cookies(scope: Scope) -> list[bytes]:
    return [value for name, value in scope["headers"] if name == b"cookie"]
