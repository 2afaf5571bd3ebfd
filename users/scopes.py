"""OAuth scopes: what a token may be used for; pure.

Source: https://docs.joinmastodon.org/api/oauth-scopes/
"""

from collections.abc import Iterable
from typing import TypeAlias

from instance.errors import Invalid

Scopes: TypeAlias = frozenset[str]

TOP_SCOPES = ("profile", "read", "write", "follow", "push", "admin:read", "admin:write")
PARTS = frozenset(
    """
    accounts blocks bookmarks collections conversations favourites filters follows lists media mutes
    notifications reports search statuses domain_allows domain_blocks ip_blocks
    email_domain_blocks canonical_email_blocks
    """.split()  # noqa: SIM905 - a table of words reads better without quotes
)
# What `follow` stands for, an old scope of many apps.
FOLLOW = frozenset(
    f"{top}:{part}" for top in ("read", "write") for part in ("blocks", "follows", "mutes")
)
DEFAULT: Scopes = frozenset({"read"})
# What `profile` opens: who somebody is, and nothing they read or wrote.
_PROFILE = "profile"


def parse(text: str) -> Scopes:
    """Read scopes from a text with blanks (or plus signs) between them; raises `Invalid`."""
    found = text.replace("+", " ").split()
    if not found:
        raise _wrong("name at least one scope, such as: read write follow push")
    return check(found)


def check(given: Iterable[str]) -> Scopes:
    """Return scopes that exist; raises `Invalid` naming the first that does not."""
    found = frozenset(given)
    for scope in sorted(found):
        top, _, part = scope.rpartition(":")
        if scope not in TOP_SCOPES and (top not in TOP_SCOPES or part not in PARTS):
            raise _wrong(f"there is no scope {scope[:40]!r}; there is {' '.join(TOP_SCOPES)}")
    return found


def within(asked: Scopes, allowed: Scopes) -> Scopes:
    """AU-6: return what was asked for if it is no more than was allowed; else raises `Invalid`."""
    for scope in sorted(asked):
        if not allows(allowed, scope):
            raise _wrong(f"this app did not register for {scope}")
    return asked


def allows(granted: Scopes, wanted: str) -> bool:
    """Whether granted scopes open what needs `wanted`: "read" opens "read:statuses"."""
    if wanted in granted:
        return True
    top, _, part = wanted.rpartition(":")
    if top and part and top in granted:
        return True
    if wanted == _PROFILE:
        return "read" in granted or "read:accounts" in granted
    return "follow" in granted and wanted in FOLLOW


def written(granted: Scopes) -> str:
    """Return scopes as OAuth writes them."""
    return " ".join(sorted(granted, key=lambda one: (one.partition(":")[0], one)))


def _wrong(reason: str) -> Invalid:
    return Invalid(f"Wrong scopes: {reason}", fields={"scopes": reason})
