"""Who a document is for: `to`/`cc` ↔ visibility; pure.

ActivityPub 5.6 (Public), 7.1 (delivery). `bto` and `bcc` are never read and never written.
"""

from collections.abc import Iterable
from typing import Literal, TypeAlias

from federation.vocabulary import PUBLIC

Visibility: TypeAlias = Literal["public", "unlisted", "followers", "direct"]

_PUBLIC_NAMES = frozenset({PUBLIC, "as:Public", "Public"})


def is_public(uri: str) -> bool:
    """Whether an addressee is the Public collection, under any of its names (E65)."""
    return uri in _PUBLIC_NAMES


def visibility(to: Iterable[str], cc: Iterable[str], followers_url: str | None) -> Visibility:
    """Read a visibility as all servers do: Public in `to`, in `cc`, the followers, nobody (E79)."""
    first, second = set(to), set(cc)
    if any(is_public(uri) for uri in first):
        return "public"
    if any(is_public(uri) for uri in second):
        return "unlisted"
    if followers_url and followers_url in first | second:
        return "followers"
    return "direct"


def recipients(
    who: Visibility, followers_url: str, mentioned: Iterable[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Write `to` and `cc` for a post of ours."""
    people = tuple(dict.fromkeys(mentioned))
    match who:
        case "public":
            return (PUBLIC,), (followers_url, *people)
        case "unlisted":
            return (followers_url,), (PUBLIC, *people)
        case "followers":
            return (followers_url,), people
        case "direct":
            return people, ()
