"""Connections to other servers: resolve once, check every address, connect to a checked one.

Over aiohttp (docs/decisions/003-aiohttp-alone.md). Nothing above this module can reach a private
address: not by name, by a second DNS answer, by redirect (each hop comes through here) or literal.
"""

import asyncio
import ipaddress
import socket
import ssl
from asyncio.sslproto import SSLProtocol
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Protocol, TypeAlias

import aiohttp
import yarl
from aiohttp.abc import AbstractResolver, ResolveResult

from federation import origin
from instance.errors import RemoteRefused
from instance.settings import FederationSettings

# More than run at once, deliveries to slow hosts included (instance/lanes.py).
CONNECTIONS_MAX = 600
CONNECTIONS_PER_HOST_MAX = 8
KEEP_ALIVE_S = 60.0
CHUNK_BYTES = 16 * 1024
RESOLVED_FOR_S = 30
RESOLVER_THREADS_MAX = 16
HEADER_LINE_BYTES_MAX = 8 * 1024
HEADER_LINES_MAX = 100
"""So much aiohttp reads of a header at most; `answers.read_headers` takes less (SF-19)."""

# asyncio keeps a zeroed buffer of 256 KiB for each TLS connection, 75 MB for 300 of them. A record
# of TLS has at most 16 KiB (RFC 8446, section 5.1); what is larger comes in several reads.
TLS_BUFFER_BYTES = 32 * 1024
SSLProtocol.max_size = TLS_BUFFER_BYTES

Lookup: TypeAlias = Callable[[str], Awaitable[Sequence[str]]]
"""From a host name to all its addresses; raises OSError when there are none."""


def check_literal(host: str, settings: FederationSettings) -> None:
    """Refuse a private address that stands in the URL; raises `RemoteRefused`.

    aiohttp never asks its resolver for these, so whoever sends a request calls this first.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return
    _check_address(address, host, settings)


def _check_address(address: origin.Address | str, host: str, settings: FederationSettings) -> None:
    if origin.is_private_address(address, settings.private_networks):
        raise RemoteRefused(
            "The other server's address is not on the open internet.",
            detail=f"{host} is at {address}",
        )


class GuardedResolver(AbstractResolver):
    """Asks once for all addresses of a name and refuses it whole if one is private (SF-14, 15)."""

    def __init__(self, settings: FederationSettings, lookup: Lookup | None = None) -> None:
        self._settings = settings
        # Its own threads: slow name servers must not hold up signatures and passwords.
        self._threads = ThreadPoolExecutor(RESOLVER_THREADS_MAX, thread_name_prefix="resolve")
        self._lookup = lookup or self._ask_system

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - aiohttp's interface
    ) -> list[ResolveResult]:
        """Return the addresses of a host for aiohttp, every one of them checked."""
        addresses = await self._lookup(host)
        if not addresses:
            raise OSError(f"{host} has no address")
        found: list[ResolveResult] = []
        for text in addresses:
            _check_address(text, host, self._settings)
            is_v6 = ":" in text
            found.append(
                ResolveResult(
                    hostname=host,
                    host=text,
                    port=port,
                    family=socket.AF_INET6 if is_v6 else socket.AF_INET,
                    proto=socket.IPPROTO_TCP,
                    flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
                )
            )
        return found

    async def _ask_system(self, host: str) -> list[str]:
        answers = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(answer[4][0]) for answer in answers))

    async def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)


@cache
def _tls() -> ssl.SSLContext:
    """Certificates are checked against the usual authorities; reading those takes 30 ms."""
    return ssl.create_default_context()


# ---------------------------------------------------------------- one request, one answer


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it stands on the wire; `url` is spelt as it was signed."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


class Received(Protocol):
    """An answer whose body was not read yet."""

    @property
    def status(self) -> int:
        """The status."""

    @property
    def raw_headers(self) -> Sequence[tuple[bytes, bytes]]:
        """The header as it came."""

    def chunks(self) -> AsyncIterable[bytes]:
        """The body as it comes, not decoded."""

    def close(self) -> None:
        """Let the connection go: kept if the body was read to its end, else closed."""


class Transport(Protocol):
    """What `FederationClient` speaks through. Tests have an internet of their own."""

    async def send(self, request: Sent) -> Received:
        """Send a request; follows nothing. Raises OSError, aiohttp's errors and `RemoteRefused`."""

    async def aclose(self) -> None:
        """Close all connections."""


def open_transport(settings: FederationSettings, lookup: Lookup | None = None) -> Transport:
    """Make the transport of one instance: kept-alive connections, bounded, no proxies."""
    return _Connections(settings, GuardedResolver(settings, lookup))


class _Connections:
    """aiohttp's connections with our resolver, which aiohttp would not close."""

    def __init__(self, settings: FederationSettings, resolver: GuardedResolver) -> None:
        self._resolver = resolver
        # The session is opened at the first request: aiohttp wants a running loop.
        self._session: aiohttp.ClientSession | None = None
        self._timeout = aiohttp.ClientTimeout(
            connect=settings.total_timeout_s,
            sock_connect=settings.connect_timeout_s,
            sock_read=settings.first_byte_timeout_s,
        )

    async def send(self, request: Sent) -> Received:
        """Send a request over a connection that is kept, or a new one."""
        if self._session is None:
            self._session = self._open_session()
        return _Answering(
            await self._session.request(
                request.method,
                _parsed(request.url),
                headers=request.headers,
                data=request.body or None,
                allow_redirects=False,
            )
        )

    async def aclose(self) -> None:
        """Close all connections and let the resolver's threads go."""
        if self._session is not None:
            await self._session.close()
        await self._resolver.close()

    def _open_session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=self._resolver,
                ssl=_tls(),
                limit=CONNECTIONS_MAX,
                limit_per_host=CONNECTIONS_PER_HOST_MAX,
                ttl_dns_cache=RESOLVED_FOR_S,
                keepalive_timeout=KEEP_ALIVE_S,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            trust_env=False,
            auto_decompress=False,  # counted while it is unpacked (RX-4)
            max_line_size=HEADER_LINE_BYTES_MAX,
            max_field_size=HEADER_LINE_BYTES_MAX,
            max_headers=HEADER_LINES_MAX,
        )


class _Answering:
    """aiohttp's answer."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.raw_headers = response.raw_headers

    def chunks(self) -> AsyncIterable[bytes]:
        """The body as it comes."""
        return self._response.content.iter_chunked(CHUNK_BYTES)

    def close(self) -> None:
        """Let the connection go."""
        self._response.release()


def on_the_wire(url: str) -> str:
    """The spelling that aiohttp gives a URL: what is signed must be what is sent."""
    return str(yarl.URL(url))


@lru_cache(maxsize=4096)
def _parsed(url: str) -> yarl.URL:
    """A URL that is spelt for the wire already, and not to be spelt otherwise."""
    return yarl.URL(url, encoded=True)
