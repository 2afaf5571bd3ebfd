"""Moderators warn somebody who lives here: a strike, a notification and a mail with their words."""

from typing import Final

from feeds import notifications
from instance.errors import Conflict, Invalid
from instance.resources import Instance
from moderation import audit
from storage import actors, strikes, users
from storage.records import (
    Actor,
    AuditKind,
    NotificationDetails,
    NotificationKind,
    Page,
    RowId,
    Strike,
    StrikeAction,
)
from users import mail, mail_texts

TEXT_LETTERS_MAX: Final = 2000


async def warn(instance: Instance, actor: Actor, text: str, *, by: RowId | None = None) -> Strike:
    """Warn somebody; raises `Invalid` without words, and `Conflict` where nobody would read them.

    As the `none` of Mastodon's warnings: nothing is taken from them.
    https://docs.joinmastodon.org/entities/AccountWarning/
    """
    text = text.strip()
    if not 0 < len(text) <= TEXT_LETTERS_MAX:
        raise Invalid(f"A warning has 1 to {TEXT_LETTERS_MAX} letters.")
    async with instance.store.transaction():
        target = await actors.get_locked(actor.id)
        user = await users.find_by_actor(target.id)
        if user is None or target.suspended_at is not None:
            raise Conflict(f"{target.username} is not in: nobody would read the warning.")
        made = Strike(
            id=instance.ids.new(),
            target_id=target.id,
            action=StrikeAction.WARN,
            text=text,
            created_at=instance.now(),
            by_id=by,
        )
        await strikes.insert(made)
        details = NotificationDetails(strike_id=made.id, action=made.action.value, text=text)
        kind = NotificationKind.WARNING
        await notifications.tell(instance, kind, target.id, target.id, details=details)
        await mail.enqueue(instance, mail_texts.WARNED, user.id, details={"text": text})
        words = f"warned {target.username}: {text}"
        await audit.note(instance, by, AuditKind.PERSON, target.username, words)
    return made


async def strikes_against(actor: Actor, page: Page) -> list[Strike]:
    """Return what was done to somebody, newest first."""
    return await strikes.against(actor.id, page)
