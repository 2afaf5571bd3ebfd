"""Passkeys and security keys (WebAuthn): as the second step, or instead of a password (B6, B7).

The library checks what an authenticator answers. It is loaded when the first person uses one: it
takes six megabytes.
"""

import base64
import importlib
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from actors.text import clean_line
from instance.errors import Forbidden, Invalid, NotFound
from instance.resources import Instance
from moderation import limits
from storage import factors, site, users
from storage.records import Actor, OneTimePurpose, OneTimeToken, Passkey, RowId, SignInWay, User
from users import login, mail, mail_texts, tokens, two_factor
from users.login import Entered

PER_PERSON_MAX: Final = 10
NAME_LETTERS_MAX: Final = 60
ANSWER_LETTERS_MAX: Final = 20_000
CREDENTIAL_LETTERS_MAX: Final = 1400  # WebAuthn 6.1: an id has 1023 bytes at most
ANSWER_WITHIN_MS: Final = 300_000

REFUSED: Final = "This passkey was not accepted. Try again, or log in another way."


# ---------------------------------------------------------------- adding one


async def creation_options(instance: Instance, user: User, actor: Actor, password: str) -> bytes:
    """Return what `navigator.credentials.create` takes, as JSON. Raises `Invalid`, `TooMany`."""
    await login.check_own_password(instance, user, password)
    known = await factors.passkeys_of(user.id)
    if len(known) >= PER_PERSON_MAX:
        raise Invalid(f"You have {PER_PERSON_MAX} passkeys. Remove one first.")
    library = _webauthn()
    structs = library.helpers.structs
    options = library.generate_registration_options(
        rp_id=_host(instance),
        rp_name=(await site.read()).name,
        user_id=_handle(user),
        user_name=actor.username,
        user_display_name=actor.name or actor.username,
        challenge=await _challenge(instance, user.id),
        timeout=ANSWER_WITHIN_MS,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.PREFERRED,
            user_verification=structs.UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=[_descriptor(one) for one in known],
    )
    return str(library.options_to_json(options)).encode()


async def add(instance: Instance, user: User, answer: str, name: str) -> list[str]:
    """Keep what an authenticator made; returns recovery codes for who had none.

    Raises `Invalid` for what is no answer to our question.
    """
    library = _webauthn()
    challenge = await _take_challenge(instance, answer, user.id)
    try:
        made = library.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(instance),
            expected_origin=instance.addresses.base_url,
        )
    except _unacceptable() as error:
        raise Invalid(REFUSED, detail=f"passkey refused: {error}") from error
    row = Passkey(
        id=instance.ids.new(),
        user_id=user.id,
        credential_id=_text(made.credential_id),
        public_key=_text(made.credential_public_key),
        sign_count=made.sign_count,
        name=clean_line(name, NAME_LETTERS_MAX) or "Passkey",
        created_at=instance.now(),
    )
    async with instance.store.transaction():
        if await users.find_locked(user.id) is None:
            raise NotFound("This account is gone.")
        if len(await factors.passkeys_of(user.id)) >= PER_PERSON_MAX:
            raise Invalid(f"You have {PER_PERSON_MAX} passkeys. Remove one first.")
        await factors.insert_passkey(row)
        await mail.enqueue(instance, mail_texts.SECOND_STEP_ON, user.id)
        return await two_factor.first_codes(instance, user)


async def remove(
    instance: Instance, user: User, passkey_id: RowId, password: str, *, kept: RowId | None
) -> None:
    """Remove one of somebody's own passkeys; the other sessions end (AU-19). Raises `NotFound`."""
    await login.check_own_password(instance, user, password)
    async with instance.store.transaction():
        if not await factors.remove_passkey(user.id, passkey_id):
            raise NotFound("This passkey is gone already.")
        await two_factor.after_removal(instance, user, kept=kept)


# ---------------------------------------------------------------- logging in


async def request_options(
    instance: Instance, *, address: str, step_token: str | None = None
) -> bytes:
    """Return what `navigator.credentials.get` takes, as JSON.

    Without `step_token` for whoever has a passkey of ours on them: their device must check that it
    is them, as no password was asked. Raises `TooMany`, `Forbidden`.
    """
    library = _webauthn()
    verification = library.helpers.structs.UserVerificationRequirement
    user_id, allowed = None, None
    if step_token is not None:
        user, _ = await two_factor.started(instance, step_token)
        user_id = user.id
        allowed = [_descriptor(one) for one in await factors.passkeys_of(user.id)]
    await limits.allow(
        instance,
        f"passkeys asked {limits.source_of(address)}",
        max=login.GUESSES_PER_ADDRESS_MAX,
        window_s=login.GUESS_WINDOW_S,
        address=address,
    )
    options = library.generate_authentication_options(
        rp_id=_host(instance),
        challenge=await _challenge(instance, user_id),
        timeout=ANSWER_WITHIN_MS,
        allow_credentials=allowed,
        user_verification=verification.REQUIRED if user_id is None else verification.DISCOURAGED,
    )
    return str(library.options_to_json(options)).encode()


async def log_in(
    instance: Instance,
    answer: str,
    *,
    address: str,
    user_agent: str,
    step_token: str | None = None,
) -> Entered:
    """Let in who has a passkey: alone (B7), or as the second step (B6).

    Raises `Invalid` for what is not accepted, `TooMany`, `Forbidden`.
    """
    await login.limit_address(instance, address)
    started = await two_factor.started(instance, step_token) if step_token is not None else None
    challenge = await _take_challenge(instance, answer, started[0].id if started else None)
    credential_id = _credential_id(answer)
    found = await factors.find_passkey(credential_id)
    owner = await login.find_owner(found.user_id) if found else None
    if found is None or owner is None or (started and started[0].id != found.user_id):
        raise Invalid(REFUSED, detail="unknown passkey")
    count = _checked_count(instance, found, answer, challenge, is_alone=started is None)
    async with instance.store.transaction():
        if not await factors.use_passkey(found, count, instance.now()):
            raise Invalid(REFUSED, detail="the counter of a passkey went back")
        if step_token is not None:
            await two_factor.end_first_step(instance, step_token)
        return await login.enter(
            instance, owner, SignInWay.PASSKEY, address=address, user_agent=user_agent
        )


def _checked_count(
    instance: Instance, passkey: Passkey, answer: str, challenge: bytes, *, is_alone: bool
) -> int:
    """Check an answer (WebAuthn 7.2); a counter that went back is of a copy and is refused."""
    try:
        found = _webauthn().verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(instance),
            expected_origin=instance.addresses.base_url,
            credential_public_key=_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=is_alone,
        )
    except _unacceptable() as error:
        raise Invalid(REFUSED, detail=f"passkey refused: {error}") from error
    return int(found.new_sign_count)


# ---------------------------------------------------------------- challenges


async def _challenge(instance: Instance, user_id: RowId | None) -> bytes:
    """Make a challenge that is answered once, within five minutes."""
    challenge, now = tokens.new_token(), instance.now()
    row = OneTimeToken(
        id=instance.ids.new(),
        purpose=OneTimePurpose.PASSKEY,
        token_hash=tokens.hash_of(challenge),
        user_id=user_id,
        created_at=now,
        expires_at=now + login.SECOND_STEP_WITHIN,
    )
    async with instance.store.transaction():
        await users.insert_one_time(row)
    return challenge.encode()


async def _take_challenge(instance: Instance, answer: str, user_id: RowId | None) -> bytes:
    """Use up the challenge that an answer names; it must be one of ours, for the same person."""
    if len(answer) > ANSWER_LETTERS_MAX:
        raise Invalid(REFUSED, detail="an answer of an authenticator that is too long")
    try:
        client_data = _webauthn().helpers.parse_client_data_json(
            _bytes(str(_json(answer)["response"]["clientDataJSON"]))
        )
        challenge = bytes(client_data.challenge)
        text = challenge.decode("ascii")
    except _unacceptable() as error:
        raise Invalid(REFUSED, detail=f"no answer of an authenticator: {error}") from error
    taken = await users.take_one_time(OneTimePurpose.PASSKEY, tokens.hash_of(text), instance.now())
    if taken is None or taken.user_id != user_id:
        raise Forbidden("This took too long. Please try again.")
    return challenge


def _credential_id(answer: str) -> str:
    given = _json(answer).get("id")
    if not isinstance(given, str) or len(given) > CREDENTIAL_LETTERS_MAX or not given.isascii():
        raise Invalid(REFUSED, detail="an answer without a credential")
    return given


def _json(answer: str) -> dict[str, Any]:
    return msgspec.json.decode(answer.encode("utf-8", "replace"), type=dict[str, Any])


def _unacceptable() -> tuple[type[Exception], ...]:
    """Return what is raised about answers that make no sense; the library raises many kinds."""
    library = _webauthn()
    return (
        library.helpers.exceptions.WebAuthnException,
        *(msgspec.MsgspecError, ValueError, KeyError, TypeError, AttributeError),
    )


# ---------------------------------------------------------------- shapes


@cache
def _webauthn() -> Any:
    return importlib.import_module("webauthn")


def _host(instance: Instance) -> str:
    """Return the RP id (WebAuthn 5.1.2): the host, without a port."""
    return urlsplit(instance.addresses.base_url).hostname or ""


def _handle(user: User) -> bytes:
    """Return the user handle (WebAuthn 14.6.1): it says nothing about the person."""
    return int(user.id).to_bytes(8, "big")


def _descriptor(passkey: Passkey) -> Any:
    structs = _webauthn().helpers.structs
    return structs.PublicKeyCredentialDescriptor(id=_bytes(passkey.credential_id))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
