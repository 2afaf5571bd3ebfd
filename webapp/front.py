"""The front: answers the hottest routes on bare ASGI; everything else goes to Quart unchanged.

Quart costs 0.13 ms a request, more than what it stands before. A handler comes here by being plain:

    async def show(instance: Instance, asked: Asked, actor_id: str) -> Answer: ...

    ROUTES = (plain("GET", "/actors/<actor_id>", show, scope="server"),)      # routing.plain

It is mounted on Quart too, which answers HEAD, OPTIONS and odd spellings of the path with the same
handler. So there is one handler a route; tests/federation/test_front.py compares both ways.
Failures are raised here as there: one table (`errors.py`) says what is answered.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from instance.resources import Instance
from webapp import calls, errors, security
from webapp.asking import BODILESS, Answer, Asked
from webapp.mistakes import mistake_of
from webapp.pages import presenting
from webapp.routing import TWINS, PlainHandler, Route

log = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

SEND_TIMEOUT_S: Final = 60.0
"""As Quart: who does not take an answer in this time gets no more of it."""

_PARAMETER = re.compile(r"<([a-z_]+)>")


class Front:
    """Finds the handlers of the plain routes and sends what they answer."""

    def __init__(self, instance: Instance, routes: Iterable[Route]) -> None:
        self._instance = instance
        self._places = _places(routes)
        found = security.headers(instance.settings)
        self._headers = [(name.lower().encode(), value.encode()) for name, value in found.items()]

    def find(self, scope: Scope) -> "Found | None":
        """The handler for this request; None when it is for Quart."""
        method, path = scope["method"], scope["path"]
        found = self._find(method, path)
        return self._find(TWINS[method], path) if found is None and method in TWINS else found

    def _find(self, method: str, path: str) -> "Found | None":
        parts = path.split("/", 3)
        # A place is where patterns are looked for: method, number of slashes, first part.
        depth = path.count("/")
        for first in (parts[1] if len(parts) > 1 else "", ""):
            for pattern, handler in self._places.get((method, depth, first), ()):
                if match := pattern.fullmatch(path):
                    return Found(handler, match.groupdict()) if handler is not None else None
        return None

    async def answer(self, found: "Found", scope: Scope, receive: Receive, send: Send) -> None:
        """Run the handler and send what it answers; the store is active already."""
        asked = Asked(scope, _chunks(receive))
        try:
            answer = await found.handler(self._instance, asked, **found.values)
        except _HungUpError:
            return
        except Exception as error:  # noqa: BLE001 - the error table answers everything
            answer = mistaken(self._instance, asked, error)
        await self.send(answer, send)
        if answer.rest is not None:
            await answer.rest(receive, send)

    async def send(self, answer: Answer, send: Send) -> None:
        """Send an answer with the headers of every answer."""
        headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers]
        named = {name for name, _ in headers}
        headers += [pair for pair in self._headers if pair[0] not in named]
        if answer.status not in BODILESS and answer.rest is None:
            headers.append((b"content-length", b"%d" % len(answer.body)))
        if answer.status in errors.WAIT_S and b"retry-after" not in named:
            headers.append((b"retry-after", b"%d" % errors.WAIT_S[answer.status]))
        start = {"type": "http.response.start", "status": answer.status, "headers": headers}
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await send(start)
                is_open = answer.rest is not None
                last = {"type": "http.response.body", "body": answer.body, "more_body": is_open}
                if answer.body or not is_open:
                    await send(last)
        except TimeoutError:
            return


@dataclass(frozen=True, slots=True)
class Found:
    """A handler and the values of the path."""

    handler: PlainHandler
    values: dict[str, str]


_Place = list[tuple[re.Pattern[str], PlainHandler | None]]


def _places(routes: Iterable[Route]) -> dict[tuple[str, int, str], _Place]:
    """All routes by where they are looked for; what Quart answers is there too, as None.

    So a path that two patterns fit goes where Werkzeug sends it: the one with more letters wins.
    """
    found: dict[tuple[str, int, str], _Place] = {}
    for route in sorted(routes, key=lambda one: len(_PARAMETER.findall(one.path))):
        first = route.path.split("/")[1]
        key = (route.method, route.path.count("/"), "" if "<" in first else first)
        found.setdefault(key, []).append((_pattern(route.path), route.plain))
    return found


def _pattern(path: str) -> re.Pattern[str]:
    parts = _PARAMETER.split(path)
    names, letters = parts[1::2], [re.escape(part) for part in parts[::2]]
    groups = [f"(?P<{name}>[^/]+)" for name in names]
    return re.compile("".join(a + b for a, b in zip(letters, [*groups, ""], strict=True)))


class _HungUpError(Exception):
    """The client went away while its request was read: there is nobody to answer."""


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _HungUpError
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return


# ---------------------------------------------------------------- the error table


def mistaken(instance: Instance, asked: Asked, error: Exception) -> Answer:
    """What is answered to any error: a page for people, a problem document for programs.

    Apps read `application/json` alone, and apps in browsers only what CORS lets them.
    """
    if asked.path.startswith("/api/"):
        return calls.mistaken(asked, error)
    mistake = mistake_of(asked, error)
    headers = [("Cache-Control", "no-store"), *mistake.all_headers.items()]
    if errors.wants_page(asked.path, asked.header("accept")):
        body, kind = presenting.mistake_page(instance, mistake).encode(), "text/html; charset=utf-8"
    else:
        body, kind = msgspec.json.encode(mistake.problem()), "application/problem+json"
    return Answer(mistake.status, [("Content-Type", kind), *headers], body)
