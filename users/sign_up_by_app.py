"""Sign-up by an app (B1): rules as on the pages, and a token that waits with its person."""

from dataclasses import replace

from instance.errors import Conflict, Forbidden, Invalid
from instance.resources import Instance
from storage import users
from storage.records import OauthApp, User, UserState
from users import grants, mail, mail_texts, recovery, registration
from users.grants import Issued
from users.registration import SignUp, check_email

AGREE = "You must accept the rules of this server."
NOT_WAITING = "This method is only available while the e-mail is awaiting confirmation"


async def sign_up(
    instance: Instance, app: OauthApp, form: SignUp, *, is_agreed: bool, address: str
) -> Issued:
    """Register somebody and give the app their token; it opens nothing before they are let in.

    Raises `Invalid` with the wrong fields (a taken handle is one, rules that were not agreed to
    another), `Forbidden`, `TooMany`.
    """
    if not is_agreed:
        raise _wrong("agreement", AGREE, "ERR_ACCEPTED")
    try:
        user, _ = await registration.register(instance, form, address=address)
    except Conflict as taken:
        raise _wrong("username", taken.public, "ERR_TAKEN") from taken
    return await grants.issue_for_sign_up(instance, app, user)


def _wrong(field: str, reason: str, code: str) -> Invalid:
    words = f"Validation failed: {reason}"
    return Invalid(words, fields={field: reason}, codes={field: code})


async def confirm_again(instance: Instance, user: User, email: str | None) -> None:
    """Send another link, to another address if one is given.

    An address that somebody else has is told to them alone (AU-11). Raises `Forbidden` for who does
    not wait for a link, `Invalid`, `TooMany` (AU-17).
    """
    if user.state is not UserState.UNCONFIRMED:
        raise Forbidden(NOT_WAITING)
    wanted = check_email(email) if email else user.email
    if wanted is None:
        return  # whose address was somebody else's at the sign-up: they were told
    await recovery.limit_mails(instance, wanted, address=None)
    known = await users.find_by_email(wanted)
    async with instance.store.transaction():
        if known is not None and known.id != user.id:
            await mail.enqueue(instance, mail_texts.ADDRESS_IN_USE, known.id)
            return
        row = await users.find_locked(user.id)
        if row is None or row.state is not UserState.UNCONFIRMED:
            raise Forbidden(NOT_WAITING)
        await users.save(replace(row, email=wanted))
        await mail.enqueue(instance, mail_texts.CONFIRM_EMAIL, user.id)
