"""Which requests to other servers may be made at all: a type, and the question behind it."""

from typing import Protocol

from federation.cavage import Outgoing


class Gate(Protocol):
    """Knows which hosts the operator keeps away."""

    async def check_welcome(self, authority: str) -> None:
        """Raise `RemoteRefused` for a host that is not to be asked or told anything."""
        ...


class OpenGate:
    """Everybody is welcome."""

    async def check_welcome(self, authority: str) -> None:
        """Let everybody pass."""


class Welcome(Outgoing):
    """A request that may be made: only `FederationClient` makes one, for each hop anew.

    Its URL is well formed and not ours, and its host is welcome: nothing is signed before (E144).
    """

    __slots__ = ()
