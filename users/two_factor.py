"""A second step at the log-in: codes of an app, recovery codes (B5). Passkeys: `users/passkeys.py`.

Who has set up an app or a passkey is asked for one after the password. Ten recovery codes stand for
a lost telephone, each once.
"""

import base64
import secrets
from typing import Final

from instance.errors import Conflict, Forbidden, Invalid, NotFound
from instance.resources import Instance
from moderation import audit, limits
from storage import factors, users
from storage.records import (
    Actor,
    AuditKind,
    OneTimePurpose,
    RecoveryCode,
    RowId,
    SignInWay,
    TotpSecret,
    User,
)
from users import login, mail, mail_texts, tokens, totp
from users.login import Entered

CODES: Final = 10
_CODE_BYTES: Final = 10  # 80 bits: nobody guesses one, so a plain hash is enough
_GROUP_LETTERS: Final = 4
GUESSES_MAX: Final = 10
GUESSES_PER_DAY_MAX: Final = 100

WRONG_CODE = "This code is wrong, or was used already. Wait for the next one."
TOO_OLD = "This took too long. Please log in again."


# ---------------------------------------------------------------- logging in


async def finish_log_in(
    instance: Instance, step_token: str, typed: str, *, address: str, user_agent: str
) -> Entered:
    """Take the second step with a code of an app, or a recovery code.

    Raises `TooMany` (AU-22), `Invalid` for a wrong code, `Forbidden` when the first step is too
    long ago: what was typed there is asked for again.
    """
    user, actor = await started(instance, step_token)
    await limit_guesses(instance, user, address)
    way = await spend(instance, user, typed)
    if way is None:
        raise Invalid(WRONG_CODE, fields={"code": WRONG_CODE})
    async with instance.store.transaction():
        await end_first_step(instance, step_token)
        return await login.enter(
            instance, (user, actor), way, address=address, user_agent=user_agent
        )


async def started(instance: Instance, step_token: str) -> tuple[User, Actor]:
    """Return who has taken the first step; raises `Forbidden` when it is over."""
    found = await users.find_one_time(
        OneTimePurpose.SECOND_STEP, tokens.hash_of(step_token), instance.now()
    )
    owner = await login.find_owner(found.user_id) if found and found.user_id else None
    if owner is None or not login.may_log_in(*owner):
        raise Forbidden(TOO_OLD)
    return owner


async def end_first_step(instance: Instance, step_token: str) -> None:
    """Use the first step up, in the caller's transaction: of two who come at once, one gets in."""
    hashed = tokens.hash_of(step_token)
    taken = await users.take_one_time(OneTimePurpose.SECOND_STEP, hashed, instance.now())
    if taken is None:
        raise Forbidden(TOO_OLD)


async def limit_guesses(instance: Instance, user: User, address: str | None) -> None:
    """AU-22: six digits are guessed soon, by whoever has the password already."""
    for key, max_, window_s in (
        (f"second step {user.id}", GUESSES_MAX, login.GUESS_WINDOW_S),
        (f"second steps of a day {user.id}", GUESSES_PER_DAY_MAX, limits.DAY_S),
    ):
        await limits.allow(instance, key, max=max_, window_s=window_s, address=None)
    if address is not None:
        await login.limit_address(instance, address)


async def spend(instance: Instance, user: User, typed: str) -> SignInWay | None:
    """Use a code up, whichever of the two kinds it is; None for a wrong or used one (AU-22)."""
    text = "".join(typed.split()).replace("-", "").casefold()[: tokens.TOKEN_LETTERS_MAX]
    secret = await factors.find_totp(user.id)
    async with instance.store.transaction():
        if secret is not None and secret.confirmed_at is not None:
            step = totp.matching_step(secret.secret, text, instance.now())
            if step is not None and await factors.spend_step(secret, step):
                return SignInWay.TWO_FACTORS
        if await factors.spend_code(user.id, tokens.hash_of(text)):
            await mail.enqueue(instance, mail_texts.RECOVERY_CODE_USED, user.id)
            return SignInWay.RECOVERY_CODE
    return None


# ---------------------------------------------------------------- setting it up


async def begin(instance: Instance, user: User, password: str) -> None:
    """Make a secret, which counts once a code of it was typed. Raises `Invalid`, `Conflict`."""
    await login.check_own_password(instance, user, password)
    async with instance.store.transaction():
        await _lock(user)
        known = await factors.find_totp(user.id)
        if known is not None and known.confirmed_at is not None:
            raise Conflict("You have an app already. Switch it off first.")
        await factors.insert_totp(
            TotpSecret(instance.ids.new(), user.id, totp.new_secret(), instance.now())
        )


async def confirm(instance: Instance, user: User, typed: str) -> list[str]:
    """Ask for codes from now on; returns new recovery codes, or none when there are some.

    Raises `Invalid` for a wrong code, `NotFound` when nothing was begun, `TooMany`.
    """
    await limit_guesses(instance, user, None)
    async with instance.store.transaction():
        await _lock(user)
        secret = await factors.find_totp(user.id)
        if secret is None or secret.confirmed_at is not None:
            raise NotFound("There is nothing to confirm.")
        step = totp.matching_step(secret.secret, "".join(typed.split()), instance.now())
        if step is None or not await factors.spend_step(secret, step):
            raise Invalid(WRONG_CODE, fields={"code": WRONG_CODE})
        await factors.confirm_totp(secret, instance.now())
        await mail.enqueue(instance, mail_texts.SECOND_STEP_ON, user.id)
        return await first_codes(instance, user)


async def first_codes(instance: Instance, user: User) -> list[str]:
    """Make recovery codes for who has none, in the caller's transaction."""
    return [] if await factors.count_codes(user.id) else await _make_codes(instance, user)


async def new_codes(instance: Instance, user: User, password: str) -> list[str]:
    """Replace the recovery codes; the answer is the only time they are seen."""
    await login.check_own_password(instance, user, password)
    async with instance.store.transaction():
        await _lock(user)
        if not await factors.has_any(user.id):
            raise NotFound("Set up an app or a passkey first.")
        return await _make_codes(instance, user)


async def switch_off(instance: Instance, user: User, password: str, *, kept: RowId | None) -> None:
    """Ask for no code of an app any more; the other sessions end (AU-19)."""
    await login.check_own_password(instance, user, password)
    async with instance.store.transaction():
        await factors.remove_totp(user.id)
        await after_removal(instance, user, kept=kept)


async def after_removal(instance: Instance, user: User, *, kept: RowId | None) -> None:
    """Follow the end of a factor, in its transaction: sessions end; codes go with the last."""
    if not await factors.has_any(user.id):
        await factors.replace_codes(user.id, [])
    await users.remove_sessions(user.id, except_id=kept)
    await mail.enqueue(instance, mail_texts.SECOND_STEP_OFF, user.id)


async def switch_off_by_name(instance: Instance, username: str) -> Actor:
    """Take all second factors of somebody away who lost them: the command `user two-factor off`.

    Whoever was in with them, or stole them, is out: all sessions and tokens end (AU-19).
    """
    found = await login.find_by_name(username)
    if found is None:
        raise Invalid(f"There is no user {username[:40]!r}.")
    user, actor = found
    async with instance.store.transaction():
        if not await factors.has_any(user.id):
            raise Conflict(f"{actor.username} is not asked for a second factor.")
        await factors.remove_totp(user.id)
        await factors.remove_passkeys(user.id)
        await after_removal(instance, user, kept=None)
        await users.remove_tokens(user.id)
        words = f"took the second factors of {actor.username} away"
        await audit.note(instance, None, AuditKind.PERSON, actor.username, words)
    return actor


async def _lock(user: User) -> None:
    if await users.find_locked(user.id) is None:
        raise NotFound("This account is gone.")


async def _make_codes(instance: Instance, user: User) -> list[str]:
    made = [
        base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode().lower() for _ in range(CODES)
    ]
    rows = [RecoveryCode(instance.ids.new(), user.id, tokens.hash_of(one)) for one in made]
    await factors.replace_codes(user.id, rows)
    return [_grouped(one) for one in made]


def _grouped(code: str) -> str:
    starts = range(0, len(code), _GROUP_LETTERS)
    return "-".join(code[start : start + _GROUP_LETTERS] for start in starts)
