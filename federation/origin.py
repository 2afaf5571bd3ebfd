"""Where a URL points: one canonical form, same-origin rules, addresses that are refused; pure.

URLs: the host rules of https://url.spec.whatwg.org/#host-parsing, but what browsers repair is
refused here. Nothing in this module resolves a name or opens a connection.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import idna

from instance.errors import Invalid

URL_LETTERS_MAX = 2048
HOST_LETTERS_MAX = 253
PORT_MAX = 65535

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,20})://([^/?#]*)([^#]*)(#.*)?")
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[^:@\[\]%]+)(?::([0-9]{1,5}))?")
_FORBIDDEN = re.compile(r"[\s\x00-\x20\x7f-\x9f\\]")
_ASCII_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

# ATTACKS group 3; the ranges of IANA's special-purpose registries that are not the open internet.
_BLOCKED_V4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "255.255.255.255/32",
    )
)
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_BLOCKED_V6 = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
# Addresses that carry an IPv4 address in their last 32 bits: what counts is that one.
_WRAPPERS_V6 = (
    ipaddress.IPv6Network("::ffff:0:0/96"),
    ipaddress.IPv6Network("64:ff9b::/96"),
)


@dataclass(frozen=True, slots=True)
class Url:
    """A http(s) URL taken apart; `host` is canonical and without port, `rest` path and query."""

    scheme: str
    host: str
    port: int
    rest: str
    fragment: str = ""

    @property
    def authority(self) -> str:
        """Host with its port, unless that is the scheme's own."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _PORTS[self.scheme] else f"{name}:{self.port}"

    @property
    def target(self) -> str:
        """What stands in the request line."""
        return self.rest if self.rest.startswith("/") else f"/{self.rest}"

    def __str__(self) -> str:
        """Write the one canonical form."""
        return f"{self.scheme}://{self.authority}{self.rest}{self.fragment}"


@lru_cache(maxsize=4096)
def split(url: str) -> Url:
    """Take a http(s) URL apart, or raise `Invalid`: one reading, nothing repaired (OR-22)."""
    if len(url) > URL_LETTERS_MAX:
        raise Invalid("The address is too long.")
    if _FORBIDDEN.search(url):
        raise Invalid("The address holds a space, a backslash or a control character.")
    match = _URL.fullmatch(url)
    scheme = match[1].lower() if match else ""
    if match is None or scheme not in _PORTS:
        raise Invalid("The address does not begin with http:// or https://.")
    authority = _AUTHORITY.fullmatch(match[2])
    if authority is None:
        raise Invalid("The address names no host, or a user, or a wrong port.")
    port = int(authority[2]) if authority[2] else _PORTS[scheme]
    if not 1 <= port <= PORT_MAX:
        raise Invalid("The port of the address is not between 1 and 65535.")
    return Url(scheme, canonical_host(authority[1]), port, match[3], match[4] or "")


def canonical_host(host: str) -> str:
    """A host name in lower case and punycode without trailing dot, or an address in its one form.

    Raises `Invalid` for anything else: `0x7f.1`, `2130706433`, `127.1`, empty labels (SF-7).
    """
    if host.startswith("["):
        try:
            return str(ipaddress.IPv6Address(host[1:-1]))
        except ValueError as error:
            raise Invalid("The address names no valid host.") from error
    name = host.lower().removesuffix(".")
    if not name.isascii():
        try:
            # UTS 46: ①②⑦ become 127 here, before the check for numbers.
            name = idna.encode(name, uts46=True, transitional=False).decode().lower()
        except idna.IDNAError as error:
            raise Invalid("The host is not a valid name.") from error
    if len(name) > HOST_LETTERS_MAX or not _ASCII_NAME.fullmatch(name):
        raise Invalid("The host is not a valid name.")
    if _NUMBER.fullmatch(name.rsplit(".", 1)[-1]):
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError as error:
            raise Invalid("The host is a number but not an address.") from error
    return name


def host_of(url: str) -> str:
    """The canonical `host` or `host:port` of a URL; raises `Invalid`."""
    return split(url).authority


def same_origin(one: str, other: str) -> bool:
    """Whether two URLs have the same scheme, host and port; False when either is no URL."""
    try:
        first, second = split(one), split(other)
    except Invalid:
        return False
    return (first.scheme, first.host, first.port) == (second.scheme, second.host, second.port)


def safe_url(url: str, *, plain_http: bool) -> str:
    """The canonical form of a URL that may be fetched; https only, unless `plain_http`.

    Raises `Invalid`. Whether its host may be reached is decided when it is resolved.
    """
    found = split(url)
    if found.scheme != "https" and not plain_http:
        raise Invalid("The address does not begin with https://.")
    return str(found)


def is_private_address(address: Address | str, allowed_networks: Sequence[Network] = ()) -> bool:
    """Whether an address must not be reached: anything but the open internet and what is allowed.

    Text that is no address counts as private.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return True
    if isinstance(found, ipaddress.IPv6Address):
        if found.scope_id is not None:
            return True
        if any(found in network for network in _WRAPPERS_V6):
            return is_private_address(
                ipaddress.IPv4Address(int(found) & 0xFFFFFFFF), allowed_networks
            )
    # `in` is False across versions.
    if any(found in network for network in allowed_networks):
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return any(found in network for network in _BLOCKED_V4)
    return found not in _GLOBAL_V6 or any(found in network for network in _BLOCKED_V6)
