"""Sign-up: four modes, what is refused and why, confirmation, approval, invites."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest

from actors import identity
from instance.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from instance.resources import Instance
from instance.settings import LimitSettings, RegistrationSettings, Settings
from storage import actors, users
from storage.records import (
    ActorKind,
    OneTimePurpose,
    OneTimeToken,
    RegistrationMode,
    Role,
    UserState,
)
from tests.instances import FakeClock, Instances
from tests.usecases.users.people import PASSWORD, add, choose, form, with_mail
from users import invites, login, mail, mail_texts, registration, setup, tokens

ADDRESS = "203.0.113.5"


# ---------------------------------------------------------------- modes


async def test_a_fresh_server_lets_nobody_in_but_by_the_setup_link(instance: Instance) -> None:
    assert await registration.mode(instance) is RegistrationMode.CLOSED
    with pytest.raises(Forbidden):
        await registration.register(instance, form(), address=ADDRESS)


@pytest.mark.parametrize("mode", list(RegistrationMode))
async def test_the_setting_wins_over_what_the_owner_chose(
    instances: Instances, mode: RegistrationMode
) -> None:
    settings = Settings(registration=RegistrationSettings(mode=mode.value))
    alpha = await instances.make("alpha", settings)
    with alpha.store.active():
        assert await registration.mode(alpha) is mode
        await choose(RegistrationMode.CLOSED)
        assert await registration.mode(alpha) is mode


@pytest.mark.parametrize("mode", list(RegistrationMode))
async def test_the_mode_is_what_the_owner_chose(instance: Instance, mode: RegistrationMode) -> None:
    """B2."""
    await choose(mode)
    assert await registration.mode(instance) is mode


async def test_who_signs_up_may_log_in_at_once(open_instance: Instance) -> None:
    user, actor = await registration.register(
        open_instance, form("Alice", email="Alice@Example.org", language="de"), address=ADDRESS
    )
    assert user.state is UserState.ACTIVE
    assert user.role is Role.USER
    assert user.email == "alice@example.org"
    assert user.preferences.language == "de"
    assert PASSWORD not in user.password_hash
    assert actor.username == "Alice"
    assert actor.kind is ActorKind.PERSON
    assert actor.uri == f"https://alpha.test/actors/{actor.id}"
    assert actor.url == "https://alpha.test/@Alice"
    assert actor.inbox_url == f"{actor.uri}/inbox"
    assert actor.shared_inbox_url == "https://alpha.test/inbox"
    stored = await login.log_in(
        open_instance, "alice", PASSWORD, address=ADDRESS, user_agent="test"
    )
    assert stored[0].id == user.id


async def test_a_new_person_has_keys_of_two_kinds(open_instance: Instance) -> None:
    _, actor = await registration.register(open_instance, form(), address=ADDRESS)
    """RSA of 2048 bits for requests, Ed25519 for documents (FEP-521a)."""
    found = {key.uri: key for key in await actors.keys_of(actor.id)}
    assert set(found) == {f"{actor.uri}#main-key", f"{actor.uri}#ed25519-key"}
    for key in found.values():
        assert key.public_pem.startswith("-----BEGIN PUBLIC KEY-----")
    signer = await identity.signer(open_instance, actor.id)
    assert signer.key_id == f"{actor.uri}#main-key"


async def test_closed_refuses_everybody(instance: Instance) -> None:
    await choose(RegistrationMode.CLOSED)
    with pytest.raises(Forbidden, match="sign up"):
        await registration.register(instance, form(), address=ADDRESS)


# ---------------------------------------------------------------- what was typed


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "a b",
        "ä",
        "a.b",
        "a-b",
        "a" * 31,
        "a/b",
        "\u0430lice",
        "alice\n2",
        "a@b",
        "\uff11",
        "a\0",
    ],
)
async def test_au28_only_ascii_letters_digits_and_underscores_make_a_handle(
    open_instance: Instance, name: str
) -> None:
    with pytest.raises(Invalid) as caught:
        await registration.register(open_instance, form(name), address=ADDRESS)
    assert set(caught.value.fields) == {"username"}


@pytest.mark.parametrize(
    "name",
    [
        *("admin", "Administrator", "ROOT", "webmaster", "support", "moderator", "owner"),
        *("instance", "api", "well_known", "_admin_", "ad_min", "localhost", "www", "inbox"),
    ],
)
async def test_au28_reserved_names_are_refused(open_instance: Instance, name: str) -> None:
    with pytest.raises(Invalid) as caught:
        await registration.register(open_instance, form(name), address=ADDRESS)
    assert "reserved" in caught.value.fields["username"]


async def test_au28_handles_are_unique_whatever_their_case(open_instance: Instance) -> None:
    await registration.register(open_instance, form("Alice"), address=ADDRESS)
    with pytest.raises(Conflict):
        await registration.register(open_instance, form("aLICE"), address=ADDRESS)


async def test_the_handle_of_a_deleted_account_stays_reserved(open_instance: Instance) -> None:
    """PV-26, MO-12, B12."""
    _, actor = await registration.register(open_instance, form("alice"), address=ADDRESS)
    await actors.save(replace(actor, deleted_at=open_instance.now()))
    with pytest.raises(Conflict):
        await registration.register(open_instance, form("alice"), address=ADDRESS)


@pytest.mark.parametrize("password", ["", "short77", "a" * 129, "Password1", "qwertyuiop"])
async def test_au23_passwords_have_8_to_128_characters_and_are_not_the_first_guess(
    open_instance: Instance, password: str
) -> None:
    with pytest.raises(Invalid) as caught:
        await registration.register(open_instance, form(password=password), address=ADDRESS)
    assert set(caught.value.fields) == {"password"}


async def test_au23_the_handle_is_no_password(open_instance: Instance) -> None:
    with pytest.raises(Invalid):
        await registration.register(
            open_instance, form("longhandle", password="LongHandle"), address=ADDRESS
        )


@pytest.mark.parametrize(
    "email",
    [
        *("a", "a@b", "a@b..c", "a b@c.de", "a@c.de\r\nBcc: x@y.z", "<a@b.de>", "a@b.de,c@d.de"),
        *("ä@b.de", "a" * 65 + "@b.de", "a@" + "b" * 250 + ".de", "@b.de", "a@-b.de"),
    ],
)
async def test_what_is_no_email_address_is_refused(open_instance: Instance, email: str) -> None:
    """HX-16: nothing of it reaches a header."""
    with pytest.raises(Invalid) as caught:
        await registration.register(open_instance, form(email=email), address=ADDRESS)
    assert set(caught.value.fields) == {"email"}


async def test_all_wrong_fields_are_named_at_once(open_instance: Instance) -> None:
    with pytest.raises(Invalid) as caught:
        await registration.register(
            open_instance, form("a b", password="x", email="y"), address=ADDRESS
        )
    assert set(caught.value.fields) == {"username", "password", "email"}


async def test_a_language_that_is_none_becomes_the_default(open_instance: Instance) -> None:
    user, _ = await registration.register(open_instance, form(language="<script>"), address=ADDRESS)
    assert user.preferences.language == "en"


# ---------------------------------------------------------------- limits


async def test_au28_sign_ups_of_an_address_are_limited(
    instances: Instances, clock: FakeClock
) -> None:
    settings = Settings(limits=LimitSettings(signups_per_address_per_hour_max=2))
    alpha = await instances.make("alpha", settings)
    with alpha.store.active():
        await choose(RegistrationMode.OPEN)
        for name in ("one", "zwei"):
            await registration.register(alpha, form(name), address=ADDRESS)
        with pytest.raises(TooMany) as caught:
            await registration.register(alpha, form("three"), address=ADDRESS)
        assert 0 < caught.value.retry_after_s <= 3600
        await registration.register(alpha, form("three"), address="203.0.113.6")
        clock.advance(hours=1)
        await registration.register(alpha, form("four"), address=ADDRESS)


async def test_the_addresses_of_one_ipv6_network_count_as_one(instances: Instances) -> None:
    settings = Settings(limits=LimitSettings(signups_per_address_per_hour_max=1))
    alpha = await instances.make("alpha", settings)
    with alpha.store.active():
        await choose(RegistrationMode.OPEN)
        await registration.register(alpha, form("one"), address="2001:db8::1")
        with pytest.raises(TooMany):
            await registration.register(alpha, form("zwei"), address="2001:db8::ffff")
        await registration.register(alpha, form("three"), address="2001:db8:0:1::1")


async def test_exempt_networks_are_not_limited(instances: Instances) -> None:
    exempt = (ip_network("127.0.0.0/8"),)
    limits = LimitSettings(signups_per_address_per_hour_max=1, exempt_networks=exempt)
    alpha = await instances.make("alpha", Settings(limits=limits))
    with alpha.store.active():
        await choose(RegistrationMode.OPEN)
        for name in ("one", "zwei", "three"):
            await registration.register(alpha, form(name), address="::ffff:127.0.0.1")
        assert await actors.count_local_people() == 3


async def test_refused_forms_do_not_count_against_the_limit(instances: Instances) -> None:
    settings = Settings(limits=LimitSettings(signups_per_address_per_hour_max=1))
    alpha = await instances.make("alpha", settings)
    with alpha.store.active():
        await choose(RegistrationMode.OPEN)
        for _ in range(3):
            with pytest.raises(Invalid):
                await registration.register(alpha, form("a b"), address=ADDRESS)
        await registration.register(alpha, form("alice"), address=ADDRESS)


# ---------------------------------------------------------------- confirmation


async def confirmation(instance: Instance, user_id: int) -> str:
    """The token that a confirmation mail would carry."""
    user = await users.find(user_id)
    assert user is not None
    return await mail.new_link(instance, mail_texts.CONFIRM_EMAIL, user)


async def test_an_address_is_confirmed_by_its_link_once(mailing: Instance) -> None:
    user, _ = await registration.register(mailing, form(email="a@b.de"), address=ADDRESS)
    assert user.state is UserState.UNCONFIRMED
    with pytest.raises(Forbidden, match="link"):
        await login.log_in(mailing, "alice", PASSWORD, address=ADDRESS, user_agent="")
    token = await confirmation(mailing, user.id)
    confirmed, actor = await registration.confirm(mailing, token)
    assert confirmed.state is UserState.ACTIVE
    assert actor.username == "alice"
    await login.log_in(mailing, "a@b.de", PASSWORD, address=ADDRESS, user_agent="")
    with pytest.raises(NotFound):
        await registration.confirm(mailing, token)


async def test_a_confirmation_link_ends_after_two_days(mailing: Instance, clock: FakeClock) -> None:
    user, _ = await registration.register(mailing, form(email="a@b.de"), address=ADDRESS)
    token = await confirmation(mailing, user.id)
    clock.advance(days=2, seconds=1)
    with pytest.raises(NotFound):
        await registration.confirm(mailing, token)


@pytest.mark.parametrize("token", ["", "x", "é\udc80", "a" * 100_000])
async def test_a_link_that_was_never_sent_is_not_found(mailing: Instance, token: str) -> None:
    with pytest.raises(NotFound):
        await registration.confirm(mailing, token)


async def test_a_setup_link_confirms_nothing(mailing: Instance) -> None:
    now = mailing.now()
    await users.insert_one_time(
        OneTimeToken(
            id=mailing.ids.new(),
            purpose=OneTimePurpose.SETUP,
            token_hash=tokens.hash_of("secret"),
            user_id=None,
            created_at=now,
            expires_at=now + timedelta(hours=1),
        )
    )
    with pytest.raises(NotFound):
        await registration.confirm(mailing, "secret")


async def test_confirmation_asks_for_an_address(mailing: Instance) -> None:
    with pytest.raises(Invalid) as caught:
        await registration.register(mailing, form(), address=ADDRESS)
    assert set(caught.value.fields) == {"email"}


async def test_after_confirmation_a_moderator_decides_where_approval_is_needed(
    mailing: Instance,
) -> None:
    await choose(RegistrationMode.APPROVAL)
    user, _ = await registration.register(
        mailing, form(email="a@b.de", reason="birds"), address=ADDRESS
    )
    confirmed, _ = await registration.confirm(mailing, await confirmation(mailing, user.id))
    assert confirmed.state is UserState.PENDING


async def test_au11_a_known_address_is_told_by_mail_and_not_to_who_asks(mailing: Instance) -> None:
    first, _ = await registration.register(mailing, form("alice", email="a@b.de"), address=ADDRESS)
    second, _ = await registration.register(
        mailing, form("mallory", email="A@B.de"), address=ADDRESS
    )
    assert second.state is first.state
    assert second.email == first.email
    stored = await users.find(second.id)
    assert stored is not None
    assert stored.email is None
    found = await users.find_by_email("a@b.de")
    assert found is not None
    assert found.id == first.id


async def test_au11_asking_again_says_nothing_about_an_address(mailing: Instance) -> None:
    await registration.register(mailing, form(email="a@b.de"), address=ADDRESS)
    await registration.resend_confirmation(mailing, "a@b.de", address=ADDRESS)
    await registration.resend_confirmation(mailing, "nobody@b.de", address=ADDRESS)
    with pytest.raises(Invalid):
        await registration.resend_confirmation(mailing, "nobody", address=ADDRESS)


async def test_au17_mails_to_one_address_are_limited_wherever_they_are_asked_for(
    mailing: Instance,
) -> None:
    for n in range(3):
        await registration.resend_confirmation(mailing, "a@b.de", address=f"203.0.113.{n}")
    with pytest.raises(TooMany):
        await registration.resend_confirmation(mailing, "A@B.de", address="203.0.113.9")


async def test_au17_mails_asked_for_by_one_address_are_limited(mailing: Instance) -> None:
    for n in range(mailing.settings.limits.signups_per_address_per_hour_max):
        await registration.resend_confirmation(mailing, f"a{n}@b.de", address=ADDRESS)
    with pytest.raises(TooMany):
        await registration.resend_confirmation(mailing, "z@b.de", address=ADDRESS)


# ---------------------------------------------------------------- approval


async def test_approval_asks_for_a_reason_and_then_waits(instance: Instance) -> None:
    """B2."""
    await choose(RegistrationMode.APPROVAL)
    with pytest.raises(Invalid) as caught:
        await registration.register(instance, form(reason=" "), address=ADDRESS)
    assert set(caught.value.fields) == {"reason"}
    with pytest.raises(Invalid):
        await registration.register(instance, form(reason="x" * 1001), address=ADDRESS)
    user, _ = await registration.register(instance, form(reason="I count gulls"), address=ADDRESS)
    assert user.state is UserState.PENDING
    with pytest.raises(Forbidden, match="waits"):
        await login.log_in(instance, "alice", PASSWORD, address=ADDRESS, user_agent="")


async def test_a_moderator_lets_somebody_in(instance: Instance) -> None:
    await choose(RegistrationMode.APPROVAL)
    user, _ = await registration.register(instance, form(reason="gulls"), address=ADDRESS)
    moderator, _ = await add(instance, "mod_erna", role=Role.MODERATOR)
    ((waiting, actor),) = await registration.list_pending(instance, moderator)
    assert (waiting.id, waiting.reason, actor.username) == (user.id, "gulls", "alice")
    await registration.approve(instance, moderator, user.id)
    assert await registration.list_pending(instance, moderator) == []
    await login.log_in(instance, "alice", PASSWORD, address=ADDRESS, user_agent="")
    with pytest.raises(NotFound):
        await registration.approve(instance, moderator, user.id)


async def test_who_is_declined_is_gone_and_the_handle_stays_taken(instance: Instance) -> None:
    await choose(RegistrationMode.APPROVAL)
    user, actor = await registration.register(instance, form(reason="gulls"), address=ADDRESS)
    moderator, _ = await add(instance, "mod_erna", role=Role.ADMIN)
    await registration.decline(instance, moderator, user.id)
    assert await users.find(user.id) is None
    assert (await actors.get(actor.id)).deleted_at is not None
    with pytest.raises(Conflict):
        await registration.register(instance, form(reason="again"), address=ADDRESS)
    with pytest.raises(NotFound):
        await registration.decline(instance, moderator, user.id)


async def test_an_ordinary_person_lets_nobody_in(instance: Instance) -> None:
    await choose(RegistrationMode.APPROVAL)
    user, _ = await registration.register(instance, form(reason="gulls"), address=ADDRESS)
    other, _ = await add(instance, "bob")
    for act in (registration.approve, registration.decline):
        with pytest.raises(Forbidden):
            await act(instance, other, user.id)
    with pytest.raises(Forbidden):
        await registration.list_pending(instance, other)


# ---------------------------------------------------------------- invites


async def test_an_invite_lets_in_as_many_as_it_says(instance: Instance) -> None:
    """B2, B107."""
    await choose(RegistrationMode.INVITE)
    host, _ = await add(instance, "host_")
    invite = await invites.create(instance, host, uses_max=2)
    for name in ("one", "zwei"):
        await registration.register(instance, form(name, invite=invite.code), address=ADDRESS)
    with pytest.raises(Forbidden):
        await registration.register(instance, form("three", invite=invite.code), address=ADDRESS)


@pytest.mark.parametrize("code", ["", "wrong", "é\udc80"])
async def test_without_an_invite_nobody_joins(instance: Instance, code: str) -> None:
    await choose(RegistrationMode.INVITE)
    with pytest.raises(Forbidden):
        await registration.register(instance, form(invite=code), address=ADDRESS)


async def test_an_invite_ends(instance: Instance, clock: FakeClock) -> None:
    """B107."""
    await choose(RegistrationMode.INVITE)
    host, _ = await add(instance, "host_")
    invite = await invites.create(instance, host, valid_for=timedelta(days=1))
    clock.advance(days=1)
    with pytest.raises(Forbidden):
        await registration.register(instance, form(invite=invite.code), address=ADDRESS)


@pytest.mark.parametrize("uses_max", [0, -1, 1001])
async def test_an_invite_is_bounded(instance: Instance, uses_max: int) -> None:
    host, _ = await add(instance, "host_")
    with pytest.raises(Invalid):
        await invites.create(instance, host, uses_max=uses_max)


async def test_a_refused_sign_up_uses_no_invite(instance: Instance) -> None:
    await choose(RegistrationMode.INVITE)
    host, _ = await add(instance, "host_")
    invite = await invites.create(instance, host)
    with pytest.raises(Conflict):
        await registration.register(instance, form("host_", invite=invite.code), address=ADDRESS)
    await registration.register(instance, form("guest1", invite=invite.code), address=ADDRESS)


# ---------------------------------------------------------------- mail settings


def test_mail_settings_of_tests_ask_for_confirmation() -> None:
    assert with_mail(Settings()).registration.confirm_email


async def test_without_a_mail_server_nothing_is_queued(instance: Instance) -> None:
    user, _ = await setup.add_user(instance, "alice", PASSWORD, email="a@b.de")
    await mail.enqueue(instance, mail_texts.APPROVED, user.id)
    assert await instance.queue.next_due_at() is None
