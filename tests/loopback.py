"""Keep the test process off the network: only loopback and Unix sockets may be reached."""

import ipaddress
import socket
from collections.abc import Callable
from typing import Any


class NetworkForbiddenError(Exception):
    """A test tried to leave the machine.

    Not an OSError on purpose: code under test treats those as a server that does not answer, and
    the test would pass for the wrong reason.
    """


def forbid_other_networks() -> None:
    """Replace the functions of `socket` that look names up or connect, for the whole process."""
    for name in ("connect", "connect_ex"):
        _guard(socket.socket, name, host_of=lambda _socket, address: _host(address))
    _guard(socket.socket, "sendto", host_of=lambda _socket, _data, *rest: _host(rest[-1]))
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        _guard(socket, name, host_of=_name_to_look_up)


def _guard(owner: Any, name: str, *, host_of: Callable[..., str | None]) -> None:
    """Let a function run only if the host that `host_of` reads from its arguments is allowed."""
    original = getattr(owner, name)

    def guarded(*args: Any, **kwargs: Any) -> Any:
        host = host_of(*args, **kwargs)
        if not _is_allowed(host):
            message = f"{name}({host!r}): tests reach loopback only. Is a FakeInternet missing?"
            raise NetworkForbiddenError(message)
        return original(*args, **kwargs)

    setattr(owner, name, guarded)


def _host(address: Any) -> str | None:
    """The host of a socket address; None for a Unix socket, whose address is a path."""
    return address[0] if isinstance(address, tuple) else None


def _name_to_look_up(host: Any = None, *_args: Any, **_kwargs: Any) -> str | None:
    """The name to be resolved; None for a literal address, which needs no network."""
    text = host.decode() if isinstance(host, bytes) else host
    return None if text is None or _address(text) else text


def _is_allowed(host: str | None) -> bool:
    if host is None or host in {"localhost", ""}:
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    # Python 3.11 does not call ::ffff:127.0.0.1 a loopback address.
    return getattr(address, "ipv4_mapped", None) or address
