"""An internet inside one process: requests go by host name to handlers, and what can go wrong does.

`FakeInternet` is a transport of `FederationClient`. A host is an ASGI application (another instance
of ours) or a function from request to response (a peer that a test makes up). Other names do not
resolve.
"""

import asyncio
import contextvars
from collections.abc import AsyncIterable, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any

import httpx2

from federation.transport import Sent

Answering = Callable[[httpx2.Request], httpx2.Response | Awaitable[httpx2.Response]]

# The address that our instances seem to come from; RFC 5737 keeps it for documentation.
CLIENT = ("198.51.100.7", 40000)


@dataclass
class Host:
    """One name, who answers there, and what is to go wrong next."""

    answer: Answering
    lost_requests: int = 0
    lost_answers: int = 0
    repeats: int = 0
    is_down: bool = False
    canned: list[httpx2.Response] = field(default_factory=list)
    gate: asyncio.Event | None = None


class FakeInternet(httpx2.AsyncBaseTransport):
    """Delivers requests by host name. `requests` keeps all that were sent, also lost ones."""

    def __init__(self) -> None:
        self._hosts: dict[str, Host] = {}
        self.requests: list[httpx2.Request] = []

    # ------------------------------------------------------------ who is there

    def add_app(self, name: str, application: Any) -> None:
        """Let an ASGI application answer at a name (with port, unless it is the usual one)."""
        self._hosts[name] = Host(_asgi(application))

    def add(self, name: str, answer: Answering) -> None:
        """Let a function answer at a name."""
        self._hosts[name] = Host(answer)

    def add_document(self, url: str, document: dict[str, Any], *, type_: str = "") -> None:
        """Let one URL answer with a JSON document; other URLs of the host answer as before."""
        found = httpx2.URL(url)
        before = self._hosts.get(_name(found))
        content_type = type_ or "application/activity+json"

        def answer(request: httpx2.Request) -> httpx2.Response | Awaitable[httpx2.Response]:
            if request.url == found:
                headers = {"content-type": content_type}
                return httpx2.Response(200, json=document, headers=headers)
            return before.answer(request) if before else httpx2.Response(404)

        self.add(_name(found), answer)

    # ------------------------------------------------------------ what goes wrong

    def lose(self, name: str, times: int = 1) -> None:
        """Lose the next requests to a host: it never sees them."""
        self._hosts[name].lost_requests += times

    def lose_answers(self, name: str, times: int = 1) -> None:
        """Lose the next answers of a host: it has done what it was asked, and nobody learns it."""
        self._hosts[name].lost_answers += times

    def repeat(self, name: str, times: int = 1) -> None:
        """Bring the next requests to a host twice."""
        self._hosts[name].repeats += times

    def answer_next(self, name: str, *responses: httpx2.Response) -> None:
        """Answer the next requests to a host with these; the host never sees the requests."""
        self._hosts[name].canned += responses

    @contextmanager
    def down(self, name: str) -> Iterator[None]:
        """Let a host refuse connections for a while."""
        self._hosts[name].is_down = True
        try:
            yield
        finally:
            self._hosts[name].is_down = False

    @contextmanager
    def delayed(self, name: str) -> Iterator[None]:
        """Keep requests to a host under way until the end of the block."""
        gate = self._hosts[name].gate = asyncio.Event()
        try:
            yield
        finally:
            gate.set()
            self._hosts[name].gate = None

    # ------------------------------------------------------------ delivery

    def sent_to(self, name: str, method: str = "POST") -> list[httpx2.Request]:
        """Return what was sent to a host."""
        return [r for r in self.requests if _name(r.url) == name and r.method == method]

    async def send(self, request: Sent) -> "Reply":
        """What `FederationClient` asks for: the same, as its transport has it."""
        asked = httpx2.Request(
            request.method, request.url, headers=dict(request.headers), content=request.body or None
        )
        try:
            return Reply(await self.handle_async_request(asked))
        except httpx2.TimeoutException as error:
            raise TimeoutError(str(error)) from error
        except httpx2.HTTPError as error:
            raise OSError(str(error)) from error

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = await request.aread()
        self.requests.append(request)
        name = _name(request.url)
        host = self._hosts.get(name)
        if host is None:
            message = f"{name}: name or service not known"
            raise httpx2.ConnectError(message, request=request)
        if host.is_down:
            message = f"{name}: connection refused"
            raise httpx2.ConnectError(message, request=request)
        if host.gate is not None:
            await host.gate.wait()
        if host.lost_requests:
            host.lost_requests -= 1
            message = f"{name}: the request was lost"
            raise httpx2.ReadTimeout(message, request=request)
        if host.canned:
            return host.canned.pop(0)
        response = await _ask(host, request, body)
        if host.repeats:
            host.repeats -= 1
            response = await _ask(host, request, body)
        if host.lost_answers:
            host.lost_answers -= 1
            message = f"{name}: the answer was lost"
            raise httpx2.ReadTimeout(message, request=request)
        return response


class Reply:
    """A response of httpx2 as the transport of `FederationClient` gives it."""

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response
        self.status = response.status_code
        self.raw_headers = response.headers.raw

    def chunks(self) -> AsyncIterable[bytes]:
        assert isinstance(self._response.stream, httpx2.AsyncByteStream)
        return self._response.stream

    def close(self) -> None:
        """There is no connection."""


async def _ask(host: Host, request: httpx2.Request, body: bytes) -> httpx2.Response:
    """Let a host answer a copy of the request; nothing of the sender's context goes along."""
    copy = httpx2.Request(request.method, request.url, headers=request.headers, content=body)

    async def answer() -> httpx2.Response:
        made = host.answer(copy)
        return await made if isawaitable(made) else made

    return await asyncio.create_task(answer(), context=contextvars.Context())


def _asgi(application: Any) -> Answering:
    transport = httpx2.ASGITransport(app=application, client=CLIENT)

    async def answer(request: httpx2.Request) -> httpx2.Response:
        response = await transport.handle_async_request(request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        body = b"".join([part async for part in response.stream])  # as sent, maybe compressed
        # Made anew: the stream of the first has been read.
        headers = [(k, v) for k, v in response.headers.raw if k.lower() != b"transfer-encoding"]
        stream = httpx2.ByteStream(body)
        return httpx2.Response(response.status_code, headers=headers, stream=stream)

    return answer


def _name(url: httpx2.URL) -> str:
    return url.netloc.decode("ascii").rpartition("@")[2]
