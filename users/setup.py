"""How the first people come in: the one-time owner link, and the command `user add`."""

from dataclasses import dataclass, replace
from datetime import timedelta

from actors import identity
from actors.text import clean_line
from instance.errors import Invalid, NotFound, noted
from instance.resources import Instance
from moderation import audit
from storage import actors, site, users
from storage.records import (
    Actor,
    AuditKind,
    OneTimePurpose,
    OneTimeToken,
    RegistrationMode,
    Role,
    Site,
    User,
    UserState,
)
from users import passwords, tokens
from users.registration import check_email, handle_taken

SETUP_LINK_VALID_FOR = timedelta(minutes=30)
SITE_NAME_LETTERS_MAX = 60


@dataclass(frozen=True, slots=True)
class SetUp:
    """What the owner types into the first page."""

    username: str
    password: str
    registration: RegistrationMode = RegistrationMode.OPEN
    site_name: str = ""


async def setup_link(instance: Instance) -> str | None:
    """Make a one-time owner link and return it; None when there is an owner.

    Each process prints one of its own: all are good for their 30 minutes, until one is used.
    """
    if (await site.read()).is_set_up:
        return None
    token, now = tokens.new_token(), instance.now()
    await users.insert_one_time(
        OneTimeToken(
            id=instance.ids.new(),
            purpose=OneTimePurpose.SETUP,
            token_hash=tokens.hash_of(token),
            user_id=None,
            created_at=now,
            expires_at=now + SETUP_LINK_VALID_FOR,
        )
    )
    return f"{instance.addresses.base_url}/setup/{token}"


async def check_setup_token(instance: Instance, token: str) -> None:
    """Raise `NotFound` unless this link may set the server up now."""
    found = await users.find_one_time(OneTimePurpose.SETUP, tokens.hash_of(token), instance.now())
    if found is None or (await site.read()).is_set_up:
        raise _link_is_over()


def _link_is_over() -> NotFound:
    return NotFound(
        "This link has been used already, or is older than 30 minutes. "
        "Start the server again: it prints a new one."
    )


async def set_up(instance: Instance, token: str, form: SetUp) -> tuple[User, Actor]:
    """Make the owner and say who may join; all links are used up then.

    Raises `NotFound` for a link that is over, `Invalid` for what was typed: the link stays good.
    """
    await check_setup_token(instance, token)
    username, password, site_name = _check(form)
    password_hash = await passwords.hash_password(password)
    private_pem = await identity.new_private_key()
    async with instance.store.transaction():
        # There may be several links: of two who use them at once, one becomes the owner.
        await instance.store.one_at_a_time("set up")
        await check_setup_token(instance, token)
        actor = await identity.create_local(instance, username, private_pem=private_pem)
        user = _user(instance, actor, password_hash, Role.OWNER)
        await users.insert(user)
        await _mark_set_up(form.registration, site_name)
    return user, actor


def _check(form: SetUp) -> tuple[str, str, str]:
    wrong: dict[str, str] = {}
    username, password = form.username, form.password
    with noted(wrong):
        username = identity.check_username(form.username)
    with noted(wrong):
        password = passwords.check_password(form.password, username)
    site_name = clean_line(form.site_name)
    if len(site_name) > SITE_NAME_LETTERS_MAX:
        wrong["site_name"] = f"Use at most {SITE_NAME_LETTERS_MAX} characters."
    if wrong:
        raise Invalid("Please look at the marked fields.", fields=wrong)
    return username, password, site_name


def _user(instance: Instance, actor: Actor, password_hash: str, role: Role) -> User:
    return User(
        id=instance.ids.new(),
        actor_id=actor.id,
        password_hash=password_hash,
        created_at=instance.now(),
        role=role,
        state=UserState.ACTIVE,
    )


async def _mark_set_up(registration: RegistrationMode | None, name: str) -> None:
    """Within the caller's transaction: there is an owner now."""
    current = await site.read()
    await site.save(
        replace(
            current,
            name=name or current.name,
            registration=registration or current.registration,
            is_set_up=True,
        )
    )
    await users.remove_one_time(OneTimePurpose.SETUP)


async def add_user(
    instance: Instance, username: str, password: str, *, email: str = "", role: Role = Role.USER
) -> tuple[User, Actor]:
    """Make a user who may log in at once: the command `user add`.

    Whoever has the command line is not bound by the mode, nor by reserved names. An owner made
    this way sets the server up as the link would. Raises `Invalid` or `Conflict`.
    """
    name = identity.check_letters(username)
    checked = passwords.check_password(password, name)
    address = check_email(email) if email else None
    if await actors.is_handle_taken(name):
        raise handle_taken()
    password_hash = await passwords.hash_password(checked)
    private_pem = await identity.new_private_key()
    async with instance.store.transaction():
        if address and await users.find_by_email(address):
            reason = "Somebody has this e-mail address already."
            raise Invalid(reason, fields={"email": reason})
        actor = await identity.create_local(instance, name, private_pem=private_pem)
        user = replace(_user(instance, actor, password_hash, role), email=address)
        await users.insert(user)
        if role is Role.OWNER:
            await _mark_set_up(None, "")
        await audit.note(instance, None, AuditKind.PERSON, name, f"added {name} ({role})")
    return user, actor


async def change_site(instance: Instance, by: User, after: Site) -> None:
    """Change what the server says about itself and who may join; the caller checked who asks."""
    async with instance.store.transaction():
        before = await site.read()
        changed = [
            what
            for what, was, will_be in (
                (f"the name to {after.name!r}", before.name, after.name),
                ("the description", before.description, after.description),
                (f"who may join to {after.registration}", before.registration, after.registration),
            )
            if was != will_be
        ]
        if changed:
            await site.save(after)
            words = f"changed {', '.join(changed)}"
            await audit.note(instance, by.actor_id, AuditKind.SERVER, after.name, words)
