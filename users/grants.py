"""Tokens for programs: personal access tokens, and who a bearer token belongs to."""

from collections.abc import Iterable

from actors.text import clean_line
from instance.errors import Invalid
from instance.resources import Instance
from storage import users
from storage.records import AccessToken, Actor, User
from users import tokens
from users.login import find_by_name, find_owner, may_act

# https://docs.joinmastodon.org/api/oauth-scopes/
TOP_SCOPES = ("profile", "read", "write", "follow", "push", "admin:read", "admin:write")
PARTS = frozenset(
    """
    accounts blocks bookmarks conversations favourites filters follows lists media mutes
    notifications reports search statuses domain_allows domain_blocks ip_blocks
    email_domain_blocks canonical_email_blocks
    """.split()  # noqa: SIM905 - a table of words reads better without quotes
)
NAME_LETTERS_MAX = 100


def parse_scopes(text: str) -> frozenset[str]:
    """Read scopes from a text with blanks (or plus signs) between them; raises `Invalid`."""
    scopes = text.replace("+", " ").split()
    if not scopes:
        raise _wrong_scopes("name at least one scope, such as: read write follow push")
    return check_scopes(scopes)


def check_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """Return scopes that exist; raises `Invalid` naming the first that does not."""
    given = frozenset(scopes)
    for scope in sorted(given):
        top, _, part = scope.rpartition(":")
        if scope not in TOP_SCOPES and (top not in TOP_SCOPES or part not in PARTS):
            raise _wrong_scopes(
                f"there is no scope {scope[:40]!r}; there is {' '.join(TOP_SCOPES)}"
            )
    return given


def _wrong_scopes(reason: str) -> Invalid:
    return Invalid(f"Wrong scopes: {reason}", fields={"scopes": reason})


async def issue_token(
    instance: Instance, user: User, scopes: Iterable[str], name: str = "Personal token"
) -> str:
    """Make an access token for a program; the answer is the only time it is seen."""
    token = tokens.new_token()
    row = AccessToken(
        id=instance.ids.new(),
        user_id=user.id,
        token_hash=tokens.hash_of(token),
        scopes=check_scopes(scopes),
        name=clean_line(name, NAME_LETTERS_MAX) or "Personal token",
        created_at=instance.now(),
    )
    async with instance.store.transaction():
        await users.insert_token(row)
    return token


async def bearer(
    instance: Instance,  # noqa: ARG001 - every use case is given the instance
    token: str,
) -> tuple[AccessToken, User, Actor] | None:
    """Return whose token this is and what it may do; None when it is unknown or refused."""
    if not token:
        return None
    found = await users.find_token(tokens.hash_of(token))
    owner = await find_owner(found.user_id) if found else None
    if found is None or owner is None or not may_act(*owner):
        return None
    return found, *owner


async def issue_token_by_name(instance: Instance, username: str, scopes: str, name: str) -> str:
    """Issue a token to the person of this handle: the command `token add`."""
    found = await find_by_name(username)
    if found is None:
        raise Invalid(f"There is no user {username[:40]!r}. `python main.py user add` makes one.")
    return await issue_token(instance, found[0], parse_scopes(scopes), name)
