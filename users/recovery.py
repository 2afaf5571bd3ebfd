"""Ways back in and their addresses: a new password by mail, and a change of the e-mail address."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from instance.errors import Conflict, Invalid, NotFound
from instance.resources import Instance
from moderation import limits
from storage import actors, users
from storage.records import OneTimePurpose, OneTimeToken, RowId, User, UserState
from users import login, mail, mail_texts, passwords, tokens
from users.registration import MAILS_PER_EMAIL_PER_HOUR_MAX, check_email

NOBODY: Final = RowId(0)
LINK_OVER: Final = "This link has been used already, or is too old. Ask for a new one."
TAKEN: Final = "Somebody has this e-mail address already."


async def limit_mails(instance: Instance, email: str, *, address: str | None) -> None:
    """Count a mail that somebody makes us send; raises `TooMany` (AU-17): per mailbox, and source.

    The mailbox counts whoever asks and from wherever: no flood comes from many addresses.
    """
    keys = [(f"mail {tokens.hash_of(email)}", MAILS_PER_EMAIL_PER_HOUR_MAX)]
    if address is not None:
        often = instance.settings.limits.signups_per_address_per_hour_max
        keys.append((f"mail from {limits.source_of(address)}", often))
    for key, max_ in keys:
        await limits.allow(instance, key, max=max_, window_s=limits.HOUR_S, address=None)


# ---------------------------------------------------------------- a new password


async def ask(instance: Instance, email: str, *, address: str) -> None:
    """Send a link for a new password. Says nothing about whether the address is known (AU-11).

    Raises `Invalid` for what is no address, `TooMany`.
    """
    checked = check_email(email)
    await limit_mails(instance, checked, address=address)
    user = await users.find_by_email(checked)
    may_have = user is not None and user.state is not UserState.UNCONFIRMED
    async with instance.store.transaction():
        # AU-11: the same is done for an address that nobody has; the job finds nobody.
        to = user.id if user is not None and may_have else NOBODY
        await mail.enqueue(instance, mail_texts.RESET_PASSWORD, to)


async def check(instance: Instance, token: str) -> None:
    """Raise `NotFound` unless this link may change a password now."""
    await _find(instance, OneTimePurpose.RESET_PASSWORD, token)


async def reset(instance: Instance, token: str, password: str) -> None:
    """Replace a password; all sessions and tokens end (AU-19), and second factors stay.

    Raises `NotFound` for a link that is over, `Invalid` for the password: the link stays good.
    """
    found = await _find(instance, OneTimePurpose.RESET_PASSWORD, token)
    user = await users.find(found.user_id) if found.user_id else None
    actor = await actors.find(user.actor_id) if user else None
    if user is None or actor is None:
        raise NotFound(LINK_OVER)
    checked = passwords.check_password(password, actor.username)
    password_hash = await passwords.hash_password(checked)
    async with instance.store.transaction():
        await _take(instance, OneTimePurpose.RESET_PASSWORD, token)
        row = await users.find_locked(user.id)
        if row is None or row.email != found.email:  # the mailbox is not theirs any more
            raise NotFound(LINK_OVER)
        await users.save(replace(row, password_hash=password_hash))
        await users.remove_sessions(user.id)
        await users.remove_tokens(user.id)
        await mail.enqueue(instance, mail_texts.PASSWORD_CHANGED, user.id)


# ---------------------------------------------------------------- another address


async def change_email(instance: Instance, user: User, email: str, password: str) -> bool:
    """Ask the new address whether it is theirs; False when there is no mail and it is so at once.

    Says nothing about whether somebody else has the address (AU-11): its owner is told by mail.
    Raises `Invalid`, `TooMany`.
    """
    await login.check_own_password(instance, user, password)
    checked = check_email(email)
    if not instance.settings.mail.host:
        await _save(instance, user.id, checked, confirmed_at=None)
        return False
    await limit_mails(instance, checked, address=None)
    known = await users.find_by_email(checked)
    async with instance.store.transaction():
        if known is not None and known.id != user.id:
            await mail.enqueue(instance, mail_texts.ADDRESS_IN_USE, known.id)
        else:
            await mail.enqueue(instance, mail_texts.CHANGE_EMAIL, user.id, to=checked)
    return True


async def confirm_email(instance: Instance, token: str) -> None:
    """Take the link that the new address got; the old one is told. Raises `NotFound`."""
    async with instance.store.transaction():
        found = await _take(instance, OneTimePurpose.CHANGE_EMAIL, token)
        if found.user_id is None or found.email is None:
            raise NotFound(LINK_OVER)
        await _save(instance, found.user_id, found.email, confirmed_at=instance.now())


async def ask_whether_theirs(instance: Instance, user: User) -> None:
    """Send a link to the address that somebody has, as their sign-up would where it asks for one.

    `registration.confirm` takes it. Raises `TooMany` (AU-17).
    """
    if user.email is None:
        return
    await limit_mails(instance, user.email, address=None)
    async with instance.store.transaction():
        await mail.enqueue(instance, mail_texts.CONFIRM_MAILS, user.id)


async def _save(
    instance: Instance, user_id: RowId, email: str, *, confirmed_at: datetime | None
) -> None:
    async with instance.store.transaction():
        row = await users.find_locked(user_id)
        if row is None:
            raise NotFound(LINK_OVER)
        try:
            await users.save(replace(row, email=email, email_confirmed_at=confirmed_at))
        except Conflict as taken:
            raise Invalid(TAKEN, fields={"email": TAKEN}) from taken
        if row.email and row.email != email:
            await mail.enqueue(instance, mail_texts.EMAIL_CHANGED, user_id, to=row.email)


async def _find(instance: Instance, purpose: OneTimePurpose, token: str) -> OneTimeToken:
    found = await users.find_one_time(purpose, tokens.hash_of(token), instance.now())
    if found is None:
        raise NotFound(LINK_OVER)
    return found


async def _take(instance: Instance, purpose: OneTimePurpose, token: str) -> OneTimeToken:
    taken = await users.take_one_time(purpose, tokens.hash_of(token), instance.now())
    if taken is None:
        raise NotFound(LINK_OVER)
    return taken
