"""Which signature scheme is tried next when a request was refused; pure.

Servers know draft-cavage, RFC 9421, or both, and answer what they do not know in many ways.
"""

from typing import Literal, TypeAlias

from federation import signatures
from federation.answers import Answer

Scheme: TypeAlias = Literal["cavage", "rfc9421"]
Way: TypeAlias = tuple[Scheme, signatures.Challenge | None]
"""A scheme, and what the other server asked that a signature should cover and repeat."""

_UNAUTHENTICATED = 401
_SERVER_ERROR = 500
# What servers answer to RFC 9421 when they do not know it: 401 by the book, 400 or 5xx in the wild
# (bovine, early Mastodon 4.4; E54).
_NOT_UNDERSTOOD = frozenset({400, _UNAUTHENTICATED})


def is_not_understood(status: int, scheme: Scheme) -> bool:
    """Whether an answer may mean that the scheme of the request is not known there."""
    if scheme == "cavage":
        return status == _UNAUTHENTICATED
    return status in _NOT_UNDERSTOOD or status >= _SERVER_ERROR


def other_ways(first: Scheme, answer: Answer) -> list[Way]:
    """What to try after such an answer, one after the other; first what it asks for (E55)."""
    asked_for = answer.headers.get("accept-signature", "")
    wanted = signatures.read_challenge(asked_for) if answer.status == _UNAUTHENTICATED else None
    if first == "cavage":
        return [("rfc9421", wanted)]
    return [("cavage", None)] if wanted is None else [("rfc9421", wanted), ("cavage", None)]
