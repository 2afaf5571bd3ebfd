"""Ends mails about news without a log-in, by a link that its mail signs (B114, RFC 8058)."""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final

from instance.errors import NotFound
from instance.resources import Instance
from storage import server_keys, users
from storage.records import MailKind, RowId, User
from users import preferences, tokens

SECRET_NAME: Final = "mail subscriptions"  # noqa: S105 - the name of a secret
_TOKEN: Final = re.compile(r"([0-9]{1,19})-(news|digest)-([A-Za-z0-9_-]{43})", re.ASCII)


class Series(StrEnum):
    """The mails that a link ends: those about what just happened, or those to who was away."""

    NEWS = "news"
    DIGEST = "digest"


async def token(instance: Instance, user: User, series: Series) -> str:
    """Return what the link of a mail carries: good for as long as the user has this mailbox."""
    return f"{user.id}-{series}-{await _signature(instance, user, series)}"


async def read(instance: Instance, text: str) -> tuple[User, Series]:
    """Return whose link this is, and what it ends; `NotFound` for what we have not signed."""
    match = _TOKEN.fullmatch(text)
    if match is not None:
        user, series = await users.find(RowId(int(match[1]))), Series(match[2])
        made = await _signature(instance, user, series) if user is not None else ""
        if user is not None and hmac.compare_digest(made, match[3]):
            return user, series
    raise NotFound("This link is not complete, or its account is gone or mailed elsewhere by now.")


async def unsubscribe(instance: Instance, text: str) -> Series:
    """End the mails that a link is for; again is no mistake. Raises `NotFound`."""
    user, series = await read(instance, text)
    ends_digest = series is Series.DIGEST
    kept = [each for each in user.preferences.mails if (each is MailKind.DIGEST) != ends_digest]
    await choose(instance, user, kept)
    return series


async def choose(instance: Instance, user: User, wanted: Sequence[MailKind]) -> None:
    """Keep what somebody wants to be told by mail."""
    chosen = replace(user.preferences, mails=tuple(dict.fromkeys(wanted)))
    await preferences.save(instance, user, chosen)


async def _signature(instance: Instance, user: User, series: Series) -> str:
    secret = await server_keys.secret(SECRET_NAME, tokens.new_token(), instance.now())
    said = f"{user.id} {series} {user.email}"
    signed = hmac.digest(secret.encode(), said.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()
