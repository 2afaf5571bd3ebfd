"""Who logged in, from where and how: a list for its owner, and a mail when it looks unfamiliar.

What is kept is kept for 90 days, and for nobody but the owner of the account.
"""

from datetime import timedelta
from typing import Final

from actors.text import clean_line
from instance.resources import Instance
from moderation import limits
from storage import factors
from storage.records import SignIn, SignInWay, User
from users import mail, mail_texts

KEPT_FOR: Final = timedelta(days=90)
SHOWN_MAX: Final = 30
COMPARED_MAX: Final = 200
ADDRESS_LETTERS_MAX: Final = 64
DEVICE_LETTERS_MAX: Final = 200


async def remember(
    instance: Instance, user: User, way: SignInWay, *, address: str, user_agent: str
) -> None:
    """Keep a log-in, in the caller's transaction; an unfamiliar one is told by mail (B8).

    Unfamiliar is a network or a browser that the last 90 days did not see; the first is not.
    """
    made = SignIn(
        id=instance.ids.new(),
        user_id=user.id,
        way=way,
        address=clean_line(address, ADDRESS_LETTERS_MAX),
        source=limits.source_of(address),
        user_agent=clean_line(user_agent, DEVICE_LETTERS_MAX),
        created_at=instance.now(),
    )
    before = await factors.sign_ins_of(user.id, COMPARED_MAX)
    await factors.insert_sign_in(made)
    if before and not (
        any(one.source == made.source for one in before)
        and any(one.user_agent == made.user_agent for one in before)
    ):
        when = f"{made.created_at:%Y-%m-%d %H:%M} UTC"
        details = {"when": when, "address": made.address, "device": made.user_agent or "unknown"}
        await mail.enqueue(instance, mail_texts.NEW_SIGN_IN, user.id, details=details)


async def list_recent(user: User) -> list[SignIn]:
    """Return the last log-ins of somebody, the last first."""
    return await factors.sign_ins_of(user.id, SHOWN_MAX)
