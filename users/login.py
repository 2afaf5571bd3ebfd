"""Logging in by password, and the sessions of the web pages."""

import contextlib
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from actors.text import clean_line
from instance.errors import Forbidden, Invalid, NotFound, Unauthenticated, Unavailable
from instance.resources import Instance
from moderation import limits
from storage import actors, factors, users
from storage.records import (
    Actor,
    OneTimePurpose,
    OneTimeToken,
    RowId,
    Session,
    SignInWay,
    User,
    UserState,
)
from users import mail, mail_texts, passwords, sign_ins, tokens

SESSION_UNUSED_FOR = timedelta(days=90)
# A session is written to at most this often: reading a page must not cost a write.
TOUCH_EVERY = timedelta(hours=1)

GUESS_WINDOW_S = 300
GUESSES_PER_ACCOUNT_MAX = 10
GUESSES_PER_ADDRESS_MAX = 30

NAME_LETTERS_MAX = 320
SECOND_STEP_WITHIN = timedelta(minutes=10)

WRONG = "The name or the password is wrong."
WHY_NOT = {
    UserState.UNCONFIRMED: "Please open the link that we sent to your e-mail address first.",
    UserState.PENDING: "Your sign-up waits for somebody to look at it. Please come back later.",
}


class Entered(NamedTuple):
    """Somebody is in; `token` is of the session, and goes into the cookie."""

    user: User
    actor: Actor
    token: str


class ShutOut(NamedTuple):
    """Somebody suspended: no use case takes one, but those of the page that tells them so."""

    user: User
    actor: Actor


class SecondStepNeeded(Unauthenticated):
    """The password was right, and is not enough: `token` stands for it for ten minutes."""

    def __init__(self, token: str) -> None:
        super().__init__("One more step: your second factor.")
        self.token = token


async def log_in(
    instance: Instance, name_or_email: str, password: str, *, address: str, user_agent: str
) -> Entered:
    """Check a password and start a session; returns its token, which is always new (AU-19).

    Of who is suspended it opens one page (`shut_out`).

    Raises `TooMany` (AU-10), `Unauthenticated` with one text for every wrong name or password
    (AU-11), `Forbidden` when the right person may not come in, and `SecondStepNeeded`.
    """
    await _limit_guesses(instance, _login_name(name_or_email), address)
    found = await find_by_name(name_or_email)
    password_hash = found[0].password_hash if found else passwords.UNKNOWN_HASH
    is_right = await passwords.verify_password(password, password_hash)
    if found is None or not is_right:
        raise Unauthenticated(WRONG, detail=f"wrong log-in from {address}")
    user, actor = found
    check_may_log_in(user, actor)
    if await factors.has_any(user.id):
        raise SecondStepNeeded(await _first_step(instance, user))
    return await enter(instance, found, SignInWay.PASSWORD, address=address, user_agent=user_agent)


async def enter(
    instance: Instance,
    who: tuple[User, Actor],
    way: SignInWay,
    *,
    address: str,
    user_agent: str,
) -> Entered:
    """Start a session for somebody who proved enough, and remember it. Raises `Forbidden`."""
    user, actor = who
    check_may_log_in(user, actor)
    async with instance.store.transaction():
        token = await start_session(instance, user, address=address, user_agent=user_agent)
        await sign_ins.remember(instance, user, way, address=address, user_agent=user_agent)
    return Entered(user, actor, token)


async def _first_step(instance: Instance, user: User) -> str:
    token, now = tokens.new_token(), instance.now()
    row = OneTimeToken(
        id=instance.ids.new(),
        purpose=OneTimePurpose.SECOND_STEP,
        token_hash=tokens.hash_of(token),
        user_id=user.id,
        created_at=now,
        expires_at=now + SECOND_STEP_WITHIN,
    )
    async with instance.store.transaction():
        await users.insert_one_time(row)
    return token


async def find_by_name(text: str) -> tuple[User, Actor] | None:
    """Return who has this handle (with or without @) or e-mail address."""
    name = _login_name(text)
    # Nothing else is in the tables, and databases choke on NUL and half characters.
    return await users.find_by_login(name) if name.isascii() and name.isprintable() else None


def _login_name(text: str) -> str:
    """Return a handle or e-mail address as it is looked up and counted."""
    return text[:NAME_LETTERS_MAX].strip().removeprefix("@").casefold()


async def _limit_guesses(instance: Instance, name: str, address: str) -> None:
    """AU-10. Names are counted as typed, known or not, so that the limit tells nothing (AU-11)."""
    await limit_address(instance, address)
    await limits.allow(
        instance,
        f"log-in name {tokens.hash_of(name)}",
        max=GUESSES_PER_ACCOUNT_MAX,
        window_s=GUESS_WINDOW_S,
        address=address,
    )


async def limit_address(instance: Instance, address: str) -> None:
    """AU-10: count one try to log in from this address; raises `TooMany`."""
    await limits.allow(
        instance,
        f"log-in address {limits.source_of(address)}",
        max=GUESSES_PER_ADDRESS_MAX,
        window_s=GUESS_WINDOW_S,
        address=address,
    )


def check_may_log_in(user: User, actor: Actor) -> None:
    """Raise `Forbidden` unless `may_log_in`."""
    if actor.deleted_at is not None:
        raise Unauthenticated(WRONG)
    if user.state in WHY_NOT:
        raise Forbidden(WHY_NOT[user.state])


def may_log_in(user: User, actor: Actor) -> bool:
    """Whether this person may have a session, which of who is shut out counts for nothing."""
    return actor.deleted_at is None and user.state not in WHY_NOT


def may_act(user: User, actor: Actor) -> bool:
    """Whether sessions and tokens of this person count at this moment."""
    is_in = user.state is UserState.ACTIVE and actor.suspended_at is None
    return is_in and may_log_in(user, actor)


async def start_session(instance: Instance, user: User, *, address: str, user_agent: str) -> str:
    """Insert a session and return its token. The caller has checked who this is."""
    token, now = tokens.new_token(), instance.now()
    session = Session(
        id=instance.ids.new(),
        user_id=user.id,
        token_hash=tokens.hash_of(token),
        created_at=now,
        last_used_at=now,
        address=clean_line(address, sign_ins.ADDRESS_LETTERS_MAX),
        user_agent=clean_line(user_agent, sign_ins.DEVICE_LETTERS_MAX),
    )
    async with instance.store.transaction():
        await users.insert_session(session)
        await users.touch_session(session.id, now)  # and with it, that somebody was here
    return token


async def session(instance: Instance, token: str) -> tuple[Session, User, Actor] | None:
    """Return who a cookie's token belongs to, or None when it is unknown, expired or refused."""
    owned = await _unexpired(instance, token)
    if owned is None or not may_act(owned[1], owned[2]):
        return None
    found, now = owned[0], instance.now()
    if now - found.last_used_at > TOUCH_EVERY:
        with contextlib.suppress(Unavailable):  # the disk is full: one may read all the same
            await users.touch_session(found.id, now)
    return owned


async def shut_out(instance: Instance, token: str) -> ShutOut | None:
    """Return who is suspended or frozen and logged in with this token; None for others."""
    owned = await _unexpired(instance, token)
    if owned is None or may_act(owned[1], owned[2]) or not may_log_in(owned[1], owned[2]):
        return None
    return ShutOut(owned[1], owned[2])


async def _unexpired(instance: Instance, token: str) -> tuple[Session, User, Actor] | None:
    if not token:
        return None
    owned = await users.find_session_owner(tokens.hash_of(token))
    if owned is not None and instance.now() - owned[0].last_used_at > SESSION_UNUSED_FOR:
        with contextlib.suppress(Unavailable):
            await users.remove_session(owned[1].id, owned[0].id)
        return None
    return owned


async def find_owner(user_id: RowId) -> tuple[User, Actor] | None:
    """Return the user of this id and their actor."""
    user = await users.find(user_id)
    actor = await actors.find(user.actor_id) if user else None
    return (user, actor) if user and actor else None


async def log_out(instance: Instance, token: str) -> None:
    """End the session of this token; nothing happens when there is none (any more)."""
    found = await users.find_session(tokens.hash_of(token))
    if found is not None:
        async with instance.store.transaction():
            await users.remove_session(found.user_id, found.id)


async def list_sessions(instance: Instance, user: User) -> list[Session]:
    """Return where somebody is logged in, the last used first; without the expired."""
    since = instance.now() - SESSION_UNUSED_FOR
    found = [one for one in await users.list_sessions(user.id) if one.last_used_at >= since]
    return sorted(found, key=lambda one: one.last_used_at, reverse=True)


async def end_session(instance: Instance, user: User, session_id: RowId) -> None:
    """End one of somebody's own sessions; raises `NotFound` for any other."""
    if all(one.id != session_id for one in await users.list_sessions(user.id)):
        raise NotFound("This session has ended already.")
    async with instance.store.transaction():
        await users.remove_session(user.id, session_id)


async def end_other_sessions(instance: Instance, user: User, kept: Session | None) -> None:
    """End all sessions of somebody but the one they use now."""
    async with instance.store.transaction():
        await users.remove_sessions(user.id, except_id=kept.id if kept else None)


async def change_password(
    instance: Instance, user: User, old: str, new: str, *, kept: Session | None
) -> None:
    """Replace a password; ends the other sessions and all tokens of apps (AU-19).

    Raises `Invalid` for a wrong old or an unusable new password, `TooMany` for too many guesses.
    """
    await check_own_password(instance, user, old)
    actor = await actors.get(user.actor_id)
    checked = passwords.check_password(new, actor.username)
    password_hash = await passwords.hash_password(checked)
    async with instance.store.transaction():
        row = await users.find_locked(user.id)
        if row is None:
            raise NotFound("This account is gone.")
        await users.save(replace(row, password_hash=password_hash))
        await users.remove_sessions(user.id, except_id=kept.id if kept else None)
        await users.remove_tokens(user.id)
        await mail.enqueue(instance, mail_texts.PASSWORD_CHANGED, user.id)


async def check_own_password(instance: Instance, user: User, password: str) -> None:
    """Raise `Invalid` unless this is the user's password; for what cannot be undone.

    Raises `TooMany` for too many guesses: who found an open session must not find the password.
    """
    await limits.allow(
        instance,
        f"own password {user.id}",
        max=GUESSES_PER_ACCOUNT_MAX,
        window_s=GUESS_WINDOW_S,
        address=None,
    )
    if not await passwords.verify_password(password, user.password_hash):
        reason = "This is not your password."
        raise Invalid(reason, fields={"password": reason, "old_password": reason})
