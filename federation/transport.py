"""Connections to other servers: resolve once, check every address, connect to a checked one.

httpx2's transport interface over aiohttp. Nothing above this module can reach a private address:
not by name, by a second DNS answer, by redirect (each hop comes through here) or by literal.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeAlias

import aiohttp
import httpx2
from aiohttp.abc import AbstractResolver, ResolveResult
from httpx_aiohttp.httpx2 import AiohttpTransport

from federation import origin
from instance.errors import RemoteRefused
from instance.settings import FederationSettings

CONNECTIONS_MAX = 256
CONNECTIONS_PER_HOST_MAX = 8
KEEP_ALIVE_S = 60.0
RESOLVED_FOR_S = 30
RESOLVER_THREADS_MAX = 16
HEADER_LINE_BYTES_MAX = 8 * 1024
HEADER_LINES_MAX = 100
"""So much aiohttp reads of a header at most; `answers.read_headers` takes less (SF-19)."""

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
    return httpx2.create_ssl_context(trust_env=False)


def open_transport(
    settings: FederationSettings, lookup: Lookup | None = None
) -> httpx2.AsyncBaseTransport:
    """Make the transport of one instance: kept-alive connections, bounded, no proxies."""
    return _GuardedTransport(GuardedResolver(settings, lookup))


class _GuardedTransport(AiohttpTransport):
    """aiohttp's connections with our resolver, which aiohttp would not close."""

    def __init__(self, resolver: GuardedResolver) -> None:
        self._resolver = resolver
        # The session is opened at the first request: aiohttp wants a running loop.
        super().__init__(verify=_tls(), trust_env=False, client=self._open_session)

    async def aclose(self) -> None:
        await super().aclose()
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
            trust_env=False,
            max_line_size=HEADER_LINE_BYTES_MAX,
            max_field_size=HEADER_LINE_BYTES_MAX,
            max_headers=HEADER_LINES_MAX,
        )
