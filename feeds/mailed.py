"""Which notifications their owner wants by mail as well, and when (B114).

They are gathered: a mail waits some minutes for more, and the next one hours. What was read by then
is not in it. It is written when it is sent (`webapp/pages/mailing.py`).
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from instance.resources import Instance
from storage.records import MailKind, NotificationKind, RowId, User

MAIL_NEWS: Final = "mail_news"
"""The job that mails somebody what they were told and have not read."""

GATHERED_FOR: Final = timedelta(minutes=10)
NEXT_AFTER: Final = timedelta(hours=3)
"""So at most eight mails a day, however much happens."""

KINDS: Mapping[MailKind, tuple[NotificationKind, ...]] = MappingProxyType(
    {
        MailKind.MENTION: (NotificationKind.MENTION, NotificationKind.REPLY),
        MailKind.QUOTE: (NotificationKind.QUOTE,),
        MailKind.FOLLOW: (NotificationKind.FOLLOW,),
        MailKind.FOLLOW_REQUEST: (NotificationKind.FOLLOW_REQUEST,),
        MailKind.BOOST: (NotificationKind.BOOST,),
        MailKind.LIKE: (NotificationKind.LIKE, NotificationKind.REACTION),
        MailKind.REPORT: (NotificationKind.REPORT,),
        MailKind.SIGN_UP: (NotificationKind.SIGN_UP,),
        MailKind.DIGEST: (),
    }
)


def kinds_of(wanted: Collection[MailKind]) -> tuple[NotificationKind, ...]:
    """Return of which notifications somebody wants to hear by mail."""
    return tuple(kind for each in wanted for kind in KINDS[each])


def is_wanted(kind: NotificationKind, wanted: Collection[MailKind]) -> bool:
    """Whether somebody wants mails about notifications of this kind."""
    return kind in kinds_of(wanted)


def is_possible(instance: Instance) -> bool:
    """Whether this server mails news at all."""
    return bool(instance.settings.mail.host)


def is_theirs(instance: Instance, user: User) -> bool:
    """Whether the address of somebody is known to be theirs: to no other goes what happens here.

    Where everybody has to open a link to come in, those have done it who are in.
    """
    is_known = instance.settings.registration.confirm_email or user.email_confirmed_at is not None
    return bool(user.email) and is_known


async def tell_later(instance: Instance, owner_id: RowId, due_at: datetime | None = None) -> None:
    """Let a job mail somebody their news, in the caller's transaction; one job waits at most."""
    if is_possible(instance):
        now = instance.now()
        await instance.queue.enqueue(
            MAIL_NEWS,
            {"actor_id": owner_id},
            now=now,
            unique_key=f"{MAIL_NEWS}:{owner_id}",
            due_at=due_at or now + GATHERED_FOR,
        )
