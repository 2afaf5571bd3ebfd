"""Moderators act on somebody who lives here: a strike, a notification and a mail with their words.

What the person may say against it: `outbox/appealing.py`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from actors.text import clean_source
from feeds import notifications
from instance.errors import Conflict, Forbidden, Invalid
from instance.resources import Instance
from storage import actors, strikes, users
from storage.records import (
    Actor,
    NotificationDetails,
    NotificationKind,
    Page,
    Role,
    RowId,
    Strike,
    StrikeAction,
    User,
)
from users import login, mail, mail_texts, suspending
from users.registration import check_moderates

TEXT_LETTERS_MAX: Final = 2000
# In the notification itself, of which an index holds everything.
TOLD_LETTERS_MAX: Final = 300
_RANKS: Final = (Role.USER, Role.MODERATOR, Role.ADMIN, Role.OWNER)
_MAILS: Final[Mapping[StrikeAction, str]] = MappingProxyType(
    {
        StrikeAction.WARN: mail_texts.WARNED,
        StrikeAction.DISABLE: mail_texts.FROZEN,
        StrikeAction.SENSITIVE: mail_texts.COVERED,
        StrikeAction.SILENCE: mail_texts.SILENCED,
        StrikeAction.SUSPEND: mail_texts.SUSPENDED,
    }
)
_DO: Final = MappingProxyType(
    {
        StrikeAction.DISABLE: suspending.freeze,
        StrikeAction.SENSITIVE: suspending.cover,
        StrikeAction.SILENCE: suspending.silence,
        StrikeAction.SUSPEND: suspending.suspend,
    }
)
_UNDO: Final = MappingProxyType(
    {
        StrikeAction.DISABLE: suspending.unfreeze,
        StrikeAction.SENSITIVE: suspending.uncover,
        StrikeAction.SILENCE: suspending.unsilence,
        StrikeAction.SUSPEND: suspending.unsuspend,
    }
)


async def strike(
    instance: Instance, actor: Actor, action: StrikeAction, text: str, *, by: User | None = None
) -> Strike:
    """Warn somebody or take something from them, and tell them why; `by` None: from the machine.

    Raises `Invalid` for a warning without words, `Conflict` for who is not in or is so already,
    `Forbidden` for those of one's own rank. https://docs.joinmastodon.org/entities/AccountWarning/
    """
    text = clean_source(text)
    if len(text) > TEXT_LETTERS_MAX or (not text and action is StrikeAction.WARN):
        reason = f"A warning has 1 to {TEXT_LETTERS_MAX} letters."
        raise Invalid(reason, fields={"text": reason})
    async with instance.store.transaction():
        target = await actors.get_locked(actor.id)
        user = await users.find_by_actor(target.id)
        if user is None or not login.may_log_in(user, target) or target.suspended_at is not None:
            raise Conflict(f"{target.username} is not in: suspended, or not let in yet.")
        check_outranks(by, user)
        made = Strike(
            id=instance.ids.new(),
            target_id=target.id,
            action=action,
            text=text,
            created_at=instance.now(),
            by_id=_id_of(by),
        )
        await strikes.insert(made)
        told = text if len(text) <= TOLD_LETTERS_MAX else f"{text[: TOLD_LETTERS_MAX - 1]}…"
        details = NotificationDetails(strike_id=made.id, action=action.value, text=told)
        kind = NotificationKind.WARNING
        await notifications.tell(instance, kind, target.id, target.id, details=details)
        await _carry_out(instance, target, made)
        await mail.enqueue(instance, _MAILS[action], user.id, details={"text": text or "-"})
    return made


async def _carry_out(instance: Instance, target: Actor, made: Strike) -> None:
    if made.action is StrikeAction.WARN:
        words = f"warned {target.username}"
        await suspending.note(instance, made.by_id, words, target, made.text)
    else:
        await _DO[made.action](instance, target, why=made.text, by=made.by_id)


async def lift(
    instance: Instance, actor: Actor, action: StrikeAction, *, by: User | None = None
) -> None:
    """Take back what was done; raises `Conflict` for who is not under it, `Forbidden`.

    A warning is taken back by an appeal alone: it took nothing.
    """
    async with instance.store.transaction():
        user = await users.find_by_actor(actor.id)
        if user is None or action is StrikeAction.WARN:
            raise Conflict("There is nothing to take back.")
        check_outranks(by, user)
        await _UNDO[action](instance, actor, by=_id_of(by))
        await strikes.lift(actor.id, action, instance.now())


async def against(actor: Actor, page: Page) -> list[Strike]:
    """Return what was done to somebody, newest first."""
    return await strikes.against(actor.id, page)


def check_outranks(by: User | None, user: User) -> None:
    """Raise `Forbidden` unless this moderator decides about this person: nobody about equals."""
    if by is None:
        return
    check_moderates(by)
    if _RANKS.index(by.role) <= _RANKS.index(user.role):
        raise Forbidden("Only somebody who stands above them decides this.")


def _id_of(by: User | None) -> RowId | None:
    return by.actor_id if by is not None else None
