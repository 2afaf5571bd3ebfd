"""Calls an ASGI application with exactly the bytes a test wants, as no polite client would."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What the application answered; header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


async def call(
    application: Any,
    method: str,
    target: bytes,
    *,
    headers: tuple[tuple[bytes, bytes], ...] = (),
    body: bytes = b"",
) -> Answer:
    """Send one request. `target` is the raw path with its query, percent signs and all."""
    path, _, query = target.partition(b"?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": _decoded(path),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in headers],
        "client": ("127.0.0.1", 40000),
        "server": ("127.0.0.1", 8000),
        "extensions": {},
    }
    incoming = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return incoming.pop() if incoming else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await application(scope, receive, send)
    start = next(m for m in sent if m["type"] == "http.response.start")
    return Answer(
        status=start["status"],
        headers={k.decode("latin-1").lower(): v.decode("latin-1") for k, v in start["headers"]},
        body=b"".join(m.get("body", b"") for m in sent if m["type"] == "http.response.body"),
    )


def _decoded(path: bytes) -> str:
    """What Hypercorn makes of a raw path: percent-decoded, read as UTF-8 where it is UTF-8."""
    from_percent = bytearray()
    rest = path
    while rest:
        if rest[:1] == b"%" and len(rest) >= 3:
            try:
                from_percent.append(int(rest[1:3], 16))
                rest = rest[3:]
                continue
            except ValueError:
                pass
        from_percent += rest[:1]
        rest = rest[1:]
    return from_percent.decode("utf-8", errors="replace")
