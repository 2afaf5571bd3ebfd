"""Invites: links by which people join, made in somebody's name, within limits (B107).

Who may make them says the operator. Whoever has one needs nobody's approval, for somebody here
answers for them; a server that is closed takes nobody, invited or not.
"""

from datetime import timedelta
from typing import Final

from instance.errors import Forbidden, Invalid, NotFound
from instance.resources import Instance
from moderation import audit
from storage import actors, users
from storage.records import Actor, AuditKind, Invite, Role, RowId, User
from users import login, tokens

USES_MAX: Final = 1000
PERSON_USES_MAX: Final = 25
"""How many people somebody who does not run the server may let in by one link."""
PERSON_VALID_MAX: Final = timedelta(days=30)
OPEN_PER_PERSON_MAX: Final = 10
CODE_LETTERS_MAX: Final = 100
SHOWN_MAX: Final = 50
CAME_SHOWN_MAX: Final = 200

_ADMINS = frozenset({Role.OWNER, Role.ADMIN})
_MAY: Final = {
    "admins": _ADMINS,
    "moderators": _ADMINS | {Role.MODERATOR},
    "everyone": frozenset(Role),
}


def may_invite(instance: Instance, user: User) -> bool:
    """Whether somebody may make invites, as the operator's setting says for their role."""
    return user.role in _MAY[instance.settings.registration.invites_by]


async def create_own(
    instance: Instance, user: User, *, uses_max: int, valid_for: timedelta | None
) -> Invite:
    """Make an invite for oneself to give away.

    Raises `Forbidden` for who may not, `Invalid` above the limits of who does not run the server.
    """
    if not may_invite(instance, user):
        raise Forbidden("Only those who run this server invite people.")
    if user.role not in _ADMINS:
        if uses_max > PERSON_USES_MAX:
            reason = f"Choose a number from 1 to {PERSON_USES_MAX}."
            raise Invalid(reason, fields={"uses": reason})
        if valid_for is None or valid_for > PERSON_VALID_MAX:
            reason = f"An invite is valid for at most {PERSON_VALID_MAX.days} days."
            raise Invalid(reason, fields={"days": reason})
    async with instance.store.transaction():
        await users.find_locked(user.id)  # whose invites are counted
        open_now = sum(is_open(instance, one) for one in await list_own(user))
        if user.role not in _ADMINS and open_now >= OPEN_PER_PERSON_MAX:
            raise Invalid(f"You have {OPEN_PER_PERSON_MAX} invites. Take one back first.")
        by = user.actor_id
        return await create(instance, user, uses_max=uses_max, valid_for=valid_for, by=by)


async def create(
    instance: Instance,
    user: User,
    *,
    uses_max: int = 1,
    valid_for: timedelta | None = None,
    by: RowId | None = None,
) -> Invite:
    """Make a code in somebody's name that lets `uses_max` people join."""
    if not 1 <= uses_max <= USES_MAX:
        reason = f"Choose a number from 1 to {USES_MAX}."
        raise Invalid(reason, fields={"uses_max": reason})
    now = instance.now()
    invite = Invite(
        id=instance.ids.new(),
        code=tokens.new_token()[:16],  # 96 bits
        user_id=user.id,
        uses=0,
        uses_max=uses_max,
        created_at=now,
        expires_at=now + valid_for if valid_for else None,
    )
    async with instance.store.transaction():
        await users.insert_invite(invite)
        name = (await actors.get(user.actor_id)).username
        # The code itself opens the door: it is no part of the log.
        words = f"made an invite that lets {uses_max} join, in the name of {name}"
        await audit.note(instance, by, AuditKind.INVITE, str(invite.id), words)
    return invite


async def find(instance: Instance, code: str) -> Invite | None:
    """Return an invite that still lets somebody in, and whose maker is still welcome here."""
    wanted = code.strip()
    if not wanted or len(wanted) > CODE_LETTERS_MAX:
        return None
    if not (wanted.isascii() and wanted.isprintable()):  # databases choke on the rest
        return None
    invite = await users.find_invite(wanted)
    if invite is None or not is_open(instance, invite):
        return None
    maker = await login.find_owner(invite.user_id)
    return invite if maker is not None and login.may_act(*maker) else None


async def list_own(user: User) -> list[Invite]:
    """Return the invites somebody made, newest first."""
    return (await users.list_invites(user.id))[:SHOWN_MAX]


async def who_came(made: list[Invite]) -> dict[RowId, list[Actor]]:
    """Return who joined by each of these invites and is still here, in one query."""
    return await users.joined_by([one.id for one in made], CAME_SHOWN_MAX)


async def revoke(instance: Instance, user: User, invite_id: RowId) -> None:
    """Take one's own invite back; who came by it stays. Raises `NotFound` for any other (AU-29)."""
    async with instance.store.transaction():
        if not await users.revoke_invite(user.id, invite_id, instance.now()):
            raise NotFound("There is no such invite.")


def is_open(instance: Instance, invite: Invite) -> bool:
    """Whether an invite lets somebody in."""
    is_over = invite.expires_at is not None and invite.expires_at <= instance.now()
    return not is_over and invite.revoked_at is None and invite.uses < invite.uses_max
