"""Which signature scheme is tried next when a request was refused; pure.

Servers know draft-cavage, RFC 9421, or both, and answer what they do not know in many ways.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from federation import signatures
from federation.answers import Answer
from federation.signatures import Outgoing

Scheme: TypeAlias = Literal["cavage", "rfc9421"]


@dataclass(frozen=True, slots=True)
class Way:
    """How a request is signed; `wanted` is what the other server asked for.

    `is_without_query`: the target is signed as servers do that know no better (E43, Misskey).
    """

    scheme: Scheme
    wanted: signatures.Challenge | None = None
    is_without_query: bool = False


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


def other_ways(first: Scheme, request: Outgoing, answer: Answer) -> list[Way]:
    """What to try after such an answer, one after the other; first what it asks for (E55)."""
    asked_for = answer.headers.get("accept-signature", "")
    wanted = signatures.read_challenge(asked_for) if answer.status == _UNAUTHENTICATED else None
    ways = [Way("rfc9421", wanted)] if first == "cavage" or wanted is not None else []
    if first != "cavage":
        ways.append(Way("cavage"))
    if request.method == "GET" and "?" in request.url:
        ways.append(Way("cavage", is_without_query=True))
    return ways
