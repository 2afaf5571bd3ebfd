"""Appeals: who was warned, silenced or suspended says once why that was wrong (B13).

Whoever answers is a moderator above them; accepted, the act is taken back.
"""

from dataclasses import replace

from actors.text import clean_source
from instance.errors import Conflict, Invalid, NotFound
from instance.resources import Instance
from moderation import audit
from outbox import moderating
from storage import actors, strikes, users
from storage.records import AppealState, AuditKind, Page, Strike, StrikeAction, User
from users import mail, mail_texts
from users.registration import check_moderates

TEXT_LETTERS_MAX = 2000


async def appeal(instance: Instance, user: User, strike_id: int, text: str) -> Strike:
    """Ask for one of the acts against oneself to be taken back; the moderators are told by mail.

    Raises `Invalid`, `NotFound` for those against others, `Conflict` the second time.
    """
    text = clean_source(text)
    if not 0 < len(text) <= TEXT_LETTERS_MAX:
        reason = f"An appeal has 1 to {TEXT_LETTERS_MAX} letters."
        raise Invalid(reason, fields={"appeal": reason})
    async with instance.store.transaction():
        before = await strikes.get_locked(strike_id)
        if before.target_id != user.actor_id:
            raise NotFound("There is no such act of a moderator.")
        if before.appeal_state is not None or before.lifted_at is not None:
            raise Conflict("This was appealed against already, or was taken back.")
        now, state = instance.now(), AppealState.PENDING
        after = replace(before, appeal=text, appeal_state=state, appealed_at=now)
        await strikes.save(after)
        details = {"who": (await actors.get(user.actor_id)).username, "text": text}
        others = [each for each in await users.list_moderators() if each.id != user.id]
        for moderator in others:
            await mail.enqueue(instance, mail_texts.APPEALED, moderator.id, details=details)
    return after


async def waiting(moderator: User, page: Page) -> list[Strike]:
    """Return a page of the acts whose appeal nobody has answered, newest first."""
    check_moderates(moderator)
    return await strikes.list_appealed(page)


async def accept(instance: Instance, strike_id: int, *, by: User | None = None) -> Strike:
    """Take back what was appealed against. Raises `NotFound`, `Forbidden`, `Conflict`."""
    return await _answer(instance, strike_id, AppealState.APPROVED, by)


async def refuse(instance: Instance, strike_id: int, *, by: User | None = None) -> Strike:
    """Leave it as it is. Raises `NotFound`, `Forbidden`, `Conflict`."""
    return await _answer(instance, strike_id, AppealState.REJECTED, by)


async def _answer(
    instance: Instance, strike_id: int, state: AppealState, by: User | None
) -> Strike:
    is_accepted = state is AppealState.APPROVED
    async with instance.store.transaction():
        before = await strikes.get_locked(strike_id)
        user = await users.find_by_actor(before.target_id)
        if user is None:
            raise NotFound("There is no such appeal.")
        moderating.check_outranks(by, user)
        if before.appeal_state is not AppealState.PENDING:
            raise Conflict("This appeal was answered already, or there is none.")
        target, now = await actors.get(user.actor_id), instance.now()
        did = "accepted" if is_accepted else "refused"
        words = f"{did} the appeal of {target.username}"
        by_id = by.actor_id if by is not None else None
        await audit.note(instance, by_id, AuditKind.PERSON, target.username, words)
        if is_accepted and before.action is not StrikeAction.WARN:
            await moderating.lift(instance, target, before.action, by=by)
        lifted_at = now if is_accepted else None
        after = replace(before, appeal_state=state, answered_at=now, lifted_at=lifted_at)
        await strikes.save(after)
        template = mail_texts.APPEAL_ACCEPTED if is_accepted else mail_texts.APPEAL_REFUSED
        await mail.enqueue(instance, template, user.id, details={"text": after.appeal})
    return after
