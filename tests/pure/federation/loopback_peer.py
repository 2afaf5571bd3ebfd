"""A server on loopback that plays another host, and a client of ours that may reach it alone."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from ipaddress import ip_network
from typing import Any

from aiohttp import web

from federation.client import FederationClient
from federation.habits import HostMemory
from federation.signatures import SignedRequest
from federation.transport import open_transport
from instance.settings import FederationSettings, Settings
from tests.pure.federation import making

AS_TYPE = "application/activity+json"
PEER = "peer.example"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    signed: SignedRequest


@dataclass
class Peer:
    """What arrived, and where the server is."""

    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    connections: set[Any] = field(default_factory=set)

    def url(self, path: str = "/", host: str = PEER) -> str:
        return f"http://{host}:{self.port}{path}"


@asynccontextmanager
async def peer(
    handler: Handler, address: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Peer]:
    """Run a server with this handler for all its paths."""
    found = Peer()

    async def answer(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers
        )
        signed = SignedRequest(request.method, request.raw_path, headers, body)
        lower = {name.lower(): value for name, value in headers}
        found.seen.append(Seen(request.method, request.raw_path, lower, body, signed))
        found.connections.add(request.transport)
        return await handler(request)

    application = web.Application(client_max_size=2**24)
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, address, 0, ssl_context=tls).start()
    found.port = runner.addresses[0][1]
    try:
        yield found
    finally:
        await runner.cleanup()


def document(**fields: Any) -> web.Response:
    return web.json_response(fields or {"id": "x"}, content_type=AS_TYPE)


SETTINGS = Settings(
    domain="our.example",
    federation=FederationSettings(
        plain_http=True,
        private_networks=(ip_network("127.0.0.1/32"),),
        total_timeout_s=60,
        first_byte_timeout_s=60,
        connect_timeout_s=60,
    ),
)


@dataclass
class Names:
    """A name server of the test: every name is at these addresses; `asked` counts."""

    addresses: Sequence[str] = ("127.0.0.1",)
    later: Sequence[str] | None = None
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        if self.later is not None and len(self.asked) > 1:
            return self.later
        return self.addresses


@asynccontextmanager
async def client(
    names: Names | None = None,
    *,
    now: Callable[[], datetime] = lambda: making.NOW,
    memory: HostMemory | None = None,
    **federation: Any,
) -> AsyncIterator[FederationClient]:
    """A client that reaches 127.0.0.1 and no other private address."""
    settings = replace(SETTINGS, federation=replace(SETTINGS.federation, **federation))
    transport = open_transport(settings.federation, names or Names())
    found = FederationClient(settings, now, transport=transport, memory=memory)
    try:
        yield found
    finally:
        await found.aclose()
