"""`Asked` and `Answer`: a request and what is said to it, as plain values without a framework.

A handler that takes the one and returns the other runs on Quart and in the front (`front.py`).
"""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout
from werkzeug.sansio.http import parse_cookie
from werkzeug.sansio.utils import get_content_length

from instance.settings import Settings
from webapp.auth import client_address

BODILESS: Final = frozenset({204, 304})
"""Statuses of answers that have no body, and so no length."""


Rest: TypeAlias = Callable[
    [Callable[[], Awaitable[dict[str, Any]]], Callable[[dict[str, Any]], Awaitable[None]]],
    Awaitable[None],
]
"""Sends an answer that has no known end: given what receives and what sends (ASGI)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. Content-Length and the headers of every answer are added by who sends it."""

    status: int
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    rest: Rest | None = None
    """What goes on after the head, in place of a body: a stream."""


class BodyTooBig(RequestEntityTooLarge):
    """The body has more bytes than are taken at this address."""

    def __init__(self, bytes_max: int) -> None:
        super().__init__()
        self.bytes_max = bytes_max


class Asked:
    """A request, read from its ASGI scope when somebody asks; names of headers in small letters.

    `chunks` is the body, which comes once and is bounded by who reads it.
    """

    __slots__ = ("_chunks", "method", "path", "query_string", "scope")

    def __init__(self, scope: dict[str, Any], chunks: AsyncIterable[bytes]) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query_string: bytes = scope["query_string"]
        self._chunks = chunks

    def header(self, name: str) -> str:
        """The first value of a header; '' when it was not sent."""
        wanted = name.encode()
        for key, value in self.scope["headers"]:
            if key == wanted:
                return str(value, "latin-1")
        return ""

    def cookie(self, name: str) -> str:
        """The first value of a cookie; '' when it was not sent."""
        sent = [value for key, value in self.scope["headers"] if key == b"cookie"]
        return parse_cookie(b";".join(sent).decode("latin-1")).get(name, "") if sent else ""

    @property
    def target(self) -> str:
        """Path and query letter by letter as they stood in the request line (E44)."""
        raw: bytes = self.scope.get("raw_path") or self.path.encode()
        if self.query_string:
            raw += b"?" + self.query_string
        return raw.decode("latin-1")

    @property
    def content_length(self) -> int | None:
        """How long the body is said to be; None when that is not said."""
        return get_content_length(
            self.header("content-length") or None, self.header("transfer-encoding") or None
        )

    def address(self, settings: Settings) -> str:
        """Where the request comes from, as far as proxies are trusted (AU-18)."""
        peer = self.scope.get("client") or ("", 0)
        return client_address(settings, peer[0], self.header("x-forwarded-for"))

    async def body(self, bytes_max: int, timeout_s: float) -> bytes:
        """The body; more than `bytes_max` is refused before or while it is read (RX-6)."""
        length = self.content_length
        if length is not None and length > bytes_max:
            raise BodyTooBig(bytes_max)
        found = bytearray()
        try:
            async with asyncio.timeout(timeout_s):
                async for chunk in self._chunks:
                    found += chunk
                    if len(found) > bytes_max:
                        raise BodyTooBig(bytes_max)
        except TimeoutError as slow:
            raise RequestTimeout("The body came too slowly.") from slow
        except RequestEntityTooLarge as more:  # Quart, which has limits of its own
            raise BodyTooBig(bytes_max) from more
        return bytes(found)
