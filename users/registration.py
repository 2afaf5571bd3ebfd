"""Joining: sign-up by the four modes, confirmation of the e-mail address, approval, invites.

How the first person comes in is in `users/setup.py`.
"""

import re
from dataclasses import dataclass, replace

from actors import identity
from actors.text import clean_source
from instance.errors import Conflict, Forbidden, Invalid, NotFound, noted
from instance.resources import Instance
from moderation import audit, limits
from storage import actors, site, users
from storage.records import (
    Actor,
    AuditKind,
    OneTimePurpose,
    Preferences,
    RegistrationMode,
    Role,
    RowId,
    Site,
    User,
    UserState,
)
from users import invites, mail, mail_texts, passwords, resemblance, tokens
from users.preferences import language_or_default

HOUR_S = 3600
REASON_LETTERS_MAX = 1000
EMAIL_LETTERS_MAX = 254  # RFC 5321 4.5.3.1.3, errata 1690
WAITING = frozenset({UserState.UNCONFIRMED, UserState.PENDING})
MAILS_PER_EMAIL_PER_HOUR_MAX = 3

# What HTML calls a valid e-mail address, with a dot in the domain.
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?",
    re.ASCII,
)

CLOSED = "Nobody can sign up here at the moment."
INVITE_NEEDED = "You need an invitation to sign up here; this one is unknown or used up."


@dataclass(frozen=True, slots=True)
class SignUp:
    """What somebody typed into the sign-up form."""

    username: str
    password: str
    email: str = ""
    reason: str = ""
    invite: str = ""
    language: str = "en"


async def mode(instance: Instance) -> RegistrationMode:
    """Return who may sign up now: as the setting says, else as the owner chose, else nobody.

    A server without an owner lets nobody in but by the setup link, unless the setting says so.
    """
    return mode_of(instance, await site.read())


def mode_of(instance: Instance, chosen: Site) -> RegistrationMode:
    """Return who may sign up, given what the owner chose."""
    if instance.settings.registration.mode:
        return RegistrationMode(instance.settings.registration.mode)
    if not chosen.is_set_up:
        return RegistrationMode.CLOSED
    return chosen.registration or RegistrationMode.OPEN


async def register(instance: Instance, form: SignUp, *, address: str) -> tuple[User, Actor]:
    """Let somebody join; the state of the user says what they wait for, if anything.

    Raises `Forbidden` when the mode does not allow it, `Invalid` for what was typed, `Conflict`
    when the handle is taken, `TooMany` above the limit of an address (AU-28).
    """
    now_mode = await mode(instance)
    if now_mode is RegistrationMode.CLOSED:
        raise Forbidden(CLOSED)
    invite = await invites.find(instance, form.invite)
    asked = _check(instance, form, now_mode, is_invited=invite is not None)
    await limits.allow(
        instance,
        f"sign-up address {limits.source_of(address)}",
        max=instance.settings.limits.signups_per_address_per_hour_max,
        window_s=HOUR_S,
        address=address,
    )
    if await actors.is_handle_taken(asked.username):
        raise handle_taken()
    if now_mode is RegistrationMode.INVITE and invite is None:
        raise Forbidden(INVITE_NEEDED)
    password_hash = await passwords.hash_password(asked.password)
    private_pem = await identity.new_private_key()
    async with instance.store.transaction():
        if invite is not None and not await users.use_invite(invite.code, instance.now()):
            raise Forbidden(INVITE_NEEDED)  # somebody was faster
        actor = await identity.create_local(instance, asked.username, private_pem=private_pem)
        await resemblance.remember(instance, actor.id, asked.email, address)
        must_ask = now_mode is RegistrationMode.APPROVAL and invite is None
        needs_approval = await _needs_approval(instance, actor.id, must_ask=must_ask)
        user = _new_user(instance, asked, actor, password_hash, needs_approval=needs_approval)
        user = replace(user, invite_id=invite.id if invite else None)
        if user.state in WAITING:  # nobody sees, finds or follows who is not in yet
            actor = replace(actor, suspended_at=instance.now())
            await actors.save(actor)
        await _insert_and_mail(instance, user)
        if user.state is UserState.ACTIVE:
            await _tell(instance, user)
    return user, actor


async def is_waiting(actor: Actor) -> bool:
    """Whether this is somebody who signed up and was not let in yet: to others there is nobody."""
    if not actor.is_local or actor.suspended_at is None:
        return False
    user = await users.find_by_actor(actor.id)
    return user is not None and user.state in WAITING


def handle_taken() -> Conflict:
    """Return what somebody is told whose handle is not free."""
    return Conflict("This handle is taken. Choose another.")


def _check(
    instance: Instance, form: SignUp, now_mode: RegistrationMode, *, is_invited: bool
) -> SignUp:
    """Return the form as it is kept; raises one `Invalid` that names all wrong fields."""
    wrong: dict[str, str] = {}
    username, password, email = form.username, form.password, form.email
    with noted(wrong):
        username = identity.check_username(form.username)
    with noted(wrong):
        password = passwords.check_password(form.password, username)
    with noted(wrong):
        email = check_email(form.email) if form.email.strip() else ""
    if instance.settings.registration.confirm_email and not form.email.strip():
        wrong["email"] = "An e-mail address is needed here."
    reason = clean_source(form.reason)
    if now_mode is RegistrationMode.APPROVAL and not (reason or is_invited):
        wrong["reason"] = "Say in a sentence why you would like to join."
    if len(reason) > REASON_LETTERS_MAX:
        wrong["reason"] = f"Use at most {REASON_LETTERS_MAX} characters."
    if wrong:
        raise Invalid("Please look at the marked fields.", fields=wrong)
    return replace(
        form,
        username=username,
        password=password,
        email=email,
        reason=reason,
        invite=form.invite.strip(),
    )


def check_email(text: str) -> str:
    """Return an e-mail address as it is kept and compared; raises `Invalid`."""
    email = text.strip()
    if len(email) > EMAIL_LETTERS_MAX or not _EMAIL.fullmatch(email) or ".." in email:
        reason = "This is not an e-mail address that mail can be sent to."
        raise Invalid(reason, fields={"email": reason})
    return email.casefold()


def _new_user(
    instance: Instance,
    form: SignUp,
    actor: Actor,
    password_hash: str,
    *,
    needs_approval: bool,
) -> User:
    state = UserState.ACTIVE
    if instance.settings.registration.confirm_email:
        state = UserState.UNCONFIRMED
    elif needs_approval:
        state = UserState.PENDING
    return User(
        id=instance.ids.new(),
        actor_id=actor.id,
        password_hash=password_hash,
        created_at=instance.now(),
        email=form.email or None,
        state=state,
        reason=form.reason,
        preferences=Preferences(language=language_or_default(form.language)),
    )


async def _needs_approval(instance: Instance, actor_id: RowId, *, must_ask: bool) -> bool:
    """Whether a moderator decides: by the mode, or as somebody like this had to go (MO-7)."""
    if must_ask:
        return True
    return actor_id in await resemblance.reasons(instance, [actor_id])


async def _insert_and_mail(instance: Instance, user: User) -> None:
    """Insert the user. Who has the address already is told by mail, nobody else is (AU-11)."""
    known = await users.find_by_email(user.email) if user.email else None
    await users.insert(replace(user, email=None) if known else user)
    if user.state is UserState.UNCONFIRMED:
        if known:
            await mail.enqueue(instance, mail_texts.ADDRESS_IN_USE, known.id)
        else:
            await mail.enqueue(instance, mail_texts.CONFIRM_EMAIL, user.id)


async def confirm(instance: Instance, token: str) -> tuple[User, Actor]:
    """Take the link of a confirmation mail; who just joined is active then, or waits for approval.

    Raises `NotFound` for a link that is unknown, used or too old, or proves another mailbox than
    the one that stands with the user by now.
    """
    async with instance.store.transaction():
        found = await users.take_one_time(
            OneTimePurpose.CONFIRM_EMAIL, tokens.hash_of(token), instance.now()
        )
        user = await users.find_locked(found.user_id) if found and found.user_id else None
        if found is None or user is None or found.email not in (None, user.email):
            raise NotFound("This link has been used already, or is too old. Ask for a new one.")
        if user.state is UserState.UNCONFIRMED:
            is_asked = await mode(instance) is RegistrationMode.APPROVAL
            must_ask = is_asked and user.invite_id is None
            needs_approval = await _needs_approval(instance, user.actor_id, must_ask=must_ask)
            state = UserState.PENDING if needs_approval else UserState.ACTIVE
            user = replace(user, state=state)
            if state is UserState.ACTIVE:
                await _show(instance, user)
        if user.email and user.email == found.email:
            user = replace(user, email_confirmed_at=instance.now())
        await users.save(user)
        return user, await actors.get(user.actor_id)


async def _show(instance: Instance, user: User) -> None:
    """Make somebody who was let in visible, within the caller's transaction."""
    await actors.save(replace(await actors.get_locked(user.actor_id), suspended_at=None))
    await _tell(instance, user)


async def _tell(instance: Instance, user: User) -> None:
    """Let moderators hear that somebody joined (`feeds/server_news.py`)."""
    await instance.queue.enqueue("tell_sign_up", {"actor_id": user.actor_id}, now=instance.now())


async def resend_confirmation(instance: Instance, email: str, *, address: str) -> None:
    """Send another confirmation link. Says nothing about whether the address is known (AU-11).

    Raises `Invalid` for what is no address, `TooMany` above the limit per address (AU-17).
    """
    checked = check_email(email)
    for key, max_ in (
        (f"mail {tokens.hash_of(checked)}", MAILS_PER_EMAIL_PER_HOUR_MAX),
        (
            f"mail from {limits.source_of(address)}",
            instance.settings.limits.signups_per_address_per_hour_max,
        ),
    ):
        await limits.allow(instance, key, max=max_, window_s=HOUR_S, address=None)
    user = await users.find_by_email(checked)
    if user and user.state is UserState.UNCONFIRMED:
        async with instance.store.transaction():
            await mail.enqueue(instance, mail_texts.CONFIRM_EMAIL, user.id)


# ---------------------------------------------------------------- approval


def check_moderates(user: User) -> None:
    """Raise `Forbidden` unless this person may let others in."""
    if user.role not in {Role.OWNER, Role.ADMIN, Role.MODERATOR}:
        raise Forbidden("Only those who run this server may do this.")


async def list_pending(
    instance: Instance,  # noqa: ARG001 - every use case is given the instance
    moderator: User,
) -> list[tuple[User, Actor]]:
    """Return who waits to be let in, with their reasons."""
    check_moderates(moderator)
    return await users.list_pending()


async def approve(instance: Instance, moderator: User, user_id: RowId) -> None:
    """Let somebody in who waits; raises `NotFound` when nobody of this id waits."""
    check_moderates(moderator)
    async with instance.store.transaction():
        user = await _waiting(user_id)
        await users.save(replace(user, state=UserState.ACTIVE))
        await _show(instance, user)
        await _note_answer(instance, moderator, user, "let in")
        if user.email:
            await mail.enqueue(instance, mail_texts.APPROVED, user.id)


async def decline(instance: Instance, moderator: User, user_id: RowId) -> None:
    """Turn down somebody who waits: their data goes, the handle stays reserved."""
    check_moderates(moderator)
    async with instance.store.transaction():
        user = await _waiting(user_id)
        await _note_answer(instance, moderator, user, "turned down")
        actor = await actors.get_locked(user.actor_id)
        await users.remove(user.id)
        gone = replace(actor, deleted_at=instance.now(), suspended_at=None, is_discoverable=False)
        await actors.save(gone)


async def _note_answer(instance: Instance, moderator: User, user: User, did: str) -> None:
    name = (await actors.get(user.actor_id)).username
    words = f"{did} {name}, who asked to join"
    await audit.note(instance, moderator.actor_id, AuditKind.SIGN_UP, name, words)


async def _waiting(user_id: RowId) -> User:
    user = await users.find_locked(user_id)
    if user is None or user.state is not UserState.PENDING:
        raise NotFound("Nobody waits here: perhaps somebody else was faster.")
    return user
