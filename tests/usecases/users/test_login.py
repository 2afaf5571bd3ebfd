"""Log-in, sessions, passwords: what is told to whom, how often one may guess, what ends when."""

import asyncio
import time
from dataclasses import replace
from ipaddress import ip_network

import pytest

from instance.errors import (
    Forbidden,
    Invalid,
    NotFound,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from instance.resources import Instance
from instance.settings import LimitSettings, Settings
from storage import actors, users
from storage.records import Actor, Session, User, UserState
from tests.instances import FakeClock, Instances
from tests.usecases.users.people import PASSWORD, add
from users import grants, login, passwords, removal

ADDRESS = "203.0.113.5"
NEW_PASSWORD = "sand under water"


async def log_in(
    instance: Instance, name: str = "alice", password: str = PASSWORD, address: str = ADDRESS
) -> str:
    _, _, token = await login.log_in(
        instance, name, password, address=address, user_agent="Firefox on Linux"
    )
    return token


@pytest.fixture
async def alice(instance: Instance) -> tuple[User, Actor]:
    return await add(instance, "alice", email="alice@example.org")


async def session_of(instance: Instance, token: str) -> Session:
    found = await login.session(instance, token)
    assert found is not None
    return found[0]


# ---------------------------------------------------------------- who comes in


@pytest.mark.parametrize(
    "name", ["alice", "ALICE", " @alice ", "alice@example.org", "Alice@Example.ORG"]
)
async def test_one_logs_in_by_handle_or_email(
    instance: Instance, alice: tuple[User, Actor], name: str
) -> None:
    token = await log_in(instance, name)
    found = await login.session(instance, token)
    assert found is not None
    session, user, actor = found
    assert (user.id, actor.id) == (alice[0].id, alice[1].id)
    assert (session.address, session.user_agent) == (ADDRESS, "Firefox on Linux")


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("alice", "wrong password"),
        ("alice", ""),
        ("alice", PASSWORD + " "),
        ("nobody", PASSWORD),
        ("", PASSWORD),
        ("alice@elsewhere.example", PASSWORD),
        ("alice", "a" * 1_000_000),
        ("a" * 1_000_000, PASSWORD),
        ("\0", "\0"),
        ("\udc80", "\udc80" * 9),
    ],
)
@pytest.mark.usefixtures("alice")
async def test_au11_every_wrong_log_in_is_answered_alike(
    instance: Instance, name: str, password: str
) -> None:
    """B9."""
    with pytest.raises(Unauthenticated) as caught:
        await log_in(instance, name, password)
    assert caught.value.public == login.WRONG


@pytest.mark.usefixtures("real_secrets", "alice")
async def test_au11_an_unknown_name_costs_as_much_as_a_known_one(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted, not timed: both verify exactly one hash, of the same parameters."""
    checked: list[str] = []
    original = passwords.verify_password

    async def counting(password: str, password_hash: str) -> bool:
        checked.append(password_hash)
        return await original(password, password_hash)

    monkeypatch.setattr(passwords, "verify_password", counting)
    for name in ("alice", "nobody"):
        with pytest.raises(Unauthenticated):
            await log_in(instance, name, "wrong password")
    known, unknown = (text.split("$")[1:4] for text in checked)
    assert known == unknown == ["argon2id", "v=19", "m=47104,t=1,p=1"]


@pytest.mark.usefixtures("real_secrets")
async def test_au11_the_hash_for_unknown_names_is_really_computed() -> None:
    """A malformed hash would be refused at once, and the time would tell."""
    begun = time.process_time()
    assert not await passwords.verify_password(PASSWORD, passwords.UNKNOWN_HASH)
    assert time.process_time() - begun > 0.01


@pytest.mark.parametrize("state", [UserState.UNCONFIRMED, UserState.PENDING])
async def test_who_may_not_come_in_is_told_why_after_the_right_password_only(
    instance: Instance, alice: tuple[User, Actor], state: UserState
) -> None:
    await users.save(replace(alice[0], state=state))
    with pytest.raises(Unauthenticated):
        await log_in(instance, password="wrong password")
    with pytest.raises(Forbidden) as caught:
        await log_in(instance)
    assert caught.value.public == login.WHY_NOT[state]


async def test_the_suspended_and_the_deleted_do_not_come_in(
    instance: Instance, alice: tuple[User, Actor]
) -> None:
    token = await log_in(instance)
    await actors.save(replace(alice[1], suspended_at=instance.now()))
    for each in (token, await log_in(instance)):  # MO-3: it opens one page
        assert await login.session(instance, each) is None
        out = await login.shut_out(instance, each)
        assert out is not None
        assert out.actor.id == alice[1].id
    await actors.save(replace(alice[1], deleted_at=instance.now()))
    assert await login.session(instance, token) is None
    assert await login.shut_out(instance, token) is None
    with pytest.raises(Unauthenticated):
        await log_in(instance)


# ---------------------------------------------------------------- guessing


@pytest.mark.usefixtures("alice")
async def test_au10_ten_guesses_for_an_account_in_five_minutes(
    instance: Instance, clock: FakeClock
) -> None:
    """B9."""
    for n in range(10):
        with pytest.raises(Unauthenticated):
            await log_in(instance, password="wrong password", address=f"203.0.113.{n}")
    with pytest.raises(TooMany) as caught:
        await log_in(instance, "ALICE", address="203.0.113.99")
    assert 0 < caught.value.retry_after_s <= 300
    clock.advance(seconds=caught.value.retry_after_s)
    await log_in(instance)


@pytest.mark.usefixtures("alice")
async def test_au10_thirty_guesses_from_an_address_in_five_minutes(
    instance: Instance, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "verify_password", _never)
    for n in range(30):
        with pytest.raises(Unauthenticated):
            await log_in(instance, f"name{n}")
    monkeypatch.undo()
    with pytest.raises(TooMany):
        await log_in(instance)
    await log_in(instance, address="203.0.113.6")
    clock.advance(minutes=5)
    await log_in(instance)


async def _never(password: str, password_hash: str) -> bool:
    del password, password_hash
    return False


async def test_au10_unknown_names_are_limited_like_known_ones(instance: Instance) -> None:
    for _ in range(10):
        with pytest.raises(Unauthenticated):
            await log_in(instance, "nobody")
    with pytest.raises(TooMany):
        await log_in(instance, "nobody")


async def test_au10_exempt_networks_may_guess(instances: Instances) -> None:
    limits = LimitSettings(exempt_networks=(ip_network("203.0.113.0/24"),))
    alpha = await instances.make("alpha", Settings(limits=limits))
    with alpha.store.active():
        await add(alpha, "alice")
        for _ in range(11):
            with pytest.raises(Unauthenticated):
                await log_in(alpha, password="")
        await log_in(alpha)


@pytest.mark.usefixtures("alice")
async def test_au10_parallel_guesses_are_counted_too(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "verify_password", _never)
    results = await asyncio.gather(*(log_in(instance) for _ in range(15)), return_exceptions=True)
    kinds = [type(result) for result in results]
    assert kinds.count(Unauthenticated) == 10
    assert kinds.count(TooMany) == 5


# ---------------------------------------------------------------- sessions


@pytest.mark.usefixtures("alice")
async def test_au19_every_log_in_makes_a_new_token_of_256_bits(instance: Instance) -> None:
    tokens = {await log_in(instance) for _ in range(3)}
    assert len(tokens) == 3
    assert all(len(token) >= 43 for token in tokens)


async def test_only_the_hash_of_a_token_is_kept(
    instance: Instance, alice: tuple[User, Actor]
) -> None:
    token = await log_in(instance)
    (session,) = await users.list_sessions(alice[0].id)
    assert token not in repr(session)
    assert await login.session(instance, session.token_hash) is None


@pytest.mark.parametrize("token", ["", "x", "é\udc80", "a" * 100_000])
@pytest.mark.usefixtures("alice")
async def test_an_unknown_token_is_nobody(instance: Instance, token: str) -> None:
    await log_in(instance)
    assert await login.session(instance, token) is None


async def test_a_session_ends_when_unused_for_90_days(
    instance: Instance, alice: tuple[User, Actor], clock: FakeClock
) -> None:
    token = await log_in(instance)
    for _ in range(3):
        clock.advance(days=89)
        await session_of(instance, token)
    clock.advance(days=90, seconds=1)
    assert await login.list_sessions(instance, alice[0]) == []
    assert await login.session(instance, token) is None
    assert await users.list_sessions(alice[0].id) == []


async def test_reading_a_page_writes_at_most_once_an_hour(
    instance: Instance, alice: tuple[User, Actor], clock: FakeClock
) -> None:
    token = await log_in(instance)
    started = (await session_of(instance, token)).last_used_at
    clock.advance(minutes=59)
    await session_of(instance, token)
    (session,) = await users.list_sessions(alice[0].id)
    assert session.last_used_at == started
    clock.advance(minutes=2)
    await session_of(instance, token)
    (session,) = await users.list_sessions(alice[0].id)
    assert session.last_used_at == instance.now()
    user = await users.find(alice[0].id)
    assert user is not None
    assert user.last_seen_at == instance.now()


async def test_fa22_a_session_is_good_for_reading_while_the_disk_is_full(
    instance: Instance,
    alice: tuple[User, Actor],
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """FA-22: reads go on, also those that would note that somebody was here."""
    del alice
    token = await log_in(instance)

    async def full(*_: object) -> None:
        raise Unavailable("The disk is full.")

    monkeypatch.setattr(users, "touch_session", full)
    monkeypatch.setattr(users, "remove_session", full)
    clock.advance(days=1)
    assert await login.session(instance, token) is not None
    clock.advance(days=91)
    assert await login.session(instance, token) is None


@pytest.mark.usefixtures("alice")
async def test_logging_out_ends_this_session_alone(instance: Instance) -> None:
    one, other = await log_in(instance), await log_in(instance)
    await login.log_out(instance, one)
    await login.log_out(instance, one)
    await login.log_out(instance, "unknown")
    assert await login.session(instance, one) is None
    assert await login.session(instance, other) is not None


async def test_sessions_are_listed_last_used_first_and_ended_one_by_one(
    instance: Instance, alice: tuple[User, Actor], clock: FakeClock
) -> None:
    one = await log_in(instance)
    clock.advance(minutes=1)
    other = await log_in(instance)
    listed = await login.list_sessions(instance, alice[0])
    assert [s.id for s in listed] == [
        (await session_of(instance, other)).id,
        (await session_of(instance, one)).id,
    ]
    await login.end_session(instance, alice[0], listed[1].id)
    assert await login.session(instance, one) is None
    with pytest.raises(NotFound):
        await login.end_session(instance, alice[0], listed[1].id)


@pytest.mark.usefixtures("alice")
async def test_nobody_ends_the_session_of_another(instance: Instance) -> None:
    bob, _ = await add(instance, "bob")
    token = await log_in(instance)
    with pytest.raises(NotFound):
        await login.end_session(instance, bob, (await session_of(instance, token)).id)
    assert await login.session(instance, token) is not None


async def test_all_other_sessions_end_at_once(
    instance: Instance, alice: tuple[User, Actor]
) -> None:
    tokens = [await log_in(instance) for _ in range(3)]
    await login.end_other_sessions(instance, alice[0], await session_of(instance, tokens[0]))
    assert [bool(await login.session(instance, t)) for t in tokens] == [True, False, False]
    await login.end_other_sessions(instance, alice[0], None)
    assert await login.session(instance, tokens[0]) is None


@pytest.mark.usefixtures("alice")
async def test_a_very_long_device_name_is_cut(instance: Instance) -> None:
    *_, token = await login.log_in(
        instance, "alice", PASSWORD, address="x" * 999, user_agent="y" * 99_999
    )
    session = await session_of(instance, token)
    assert (len(session.address), len(session.user_agent)) == (64, 200)


# ---------------------------------------------------------------- change of the password


async def test_au19_a_new_password_ends_all_other_sessions_and_tokens(
    instance: Instance, alice: tuple[User, Actor]
) -> None:
    here, there = await log_in(instance), await log_in(instance)
    app = await grants.issue_token(instance, alice[0], ["read"])
    session = await session_of(instance, here)
    await login.change_password(instance, alice[0], PASSWORD, NEW_PASSWORD, kept=session)
    assert await login.session(instance, here) is not None
    assert await login.session(instance, there) is None
    assert await grants.bearer(instance, app) is None
    with pytest.raises(Unauthenticated):
        await log_in(instance)
    await log_in(instance, password=NEW_PASSWORD)


async def test_a_new_password_needs_the_old_one_and_must_be_good(
    instance: Instance, alice: tuple[User, Actor]
) -> None:
    with pytest.raises(Invalid) as caught:
        await login.change_password(instance, alice[0], "wrong one", NEW_PASSWORD, kept=None)
    assert "old_password" in caught.value.fields
    for bad in ("short", "x" * 129, "password1"):
        with pytest.raises(Invalid):
            await login.change_password(instance, alice[0], PASSWORD, bad, kept=None)
    await log_in(instance)


async def test_au10_the_old_password_cannot_be_guessed_by_who_found_an_open_browser(
    instance: Instance, alice: tuple[User, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "verify_password", _never)
    for _ in range(10):
        with pytest.raises(Invalid):
            await login.change_password(instance, alice[0], "guess", NEW_PASSWORD, kept=None)
    with pytest.raises(TooMany):
        await login.change_password(instance, alice[0], "guess", NEW_PASSWORD, kept=None)


async def test_the_password_of_an_account_that_is_gone_is_not_changed(
    instance: Instance, alice: tuple[User, Actor]
) -> None:
    await removal.forget(instance, alice[0])
    with pytest.raises(NotFound):
        await login.change_password(instance, alice[0], PASSWORD, NEW_PASSWORD, kept=None)


# ---------------------------------------------------------------- hashes and removal


@pytest.mark.usefixtures("real_secrets")
async def test_au23_a_hash_is_argon2id_with_salt_and_bounded_cost() -> None:
    """B9."""
    one, other = await passwords.hash_password(PASSWORD), await passwords.hash_password(PASSWORD)
    assert one != other
    assert one.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert await passwords.verify_password(PASSWORD, one)
    assert not await passwords.verify_password(PASSWORD.upper(), one)


async def test_a_password_may_be_typed_in_either_form_of_its_letters() -> None:
    made = await passwords.hash_password("M\u00f6wenschrei")
    assert await passwords.verify_password("Mo\u0308wenschrei", made)


async def test_a_long_password_is_not_cut_to_a_right_one() -> None:
    made = await passwords.hash_password("x" * 128)
    assert await passwords.verify_password("x" * 128, made)
    assert not await passwords.verify_password("x" * 129, made)


@pytest.mark.parametrize("text", ["", "plain", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv"])
async def test_a_hash_that_is_none_belongs_to_no_password(text: str) -> None:
    assert not await passwords.verify_password(PASSWORD, text)


async def test_a_forgotten_user_leaves_the_handle_alone(
    instance: Instance, alice: tuple[User, Actor]
) -> None:
    session, token = await log_in(instance), await grants.issue_token(instance, alice[0], ["read"])
    await removal.forget(instance, alice[0])
    assert await users.find(alice[0].id) is None
    assert await login.session(instance, session) is None
    assert await grants.bearer(instance, token) is None
    assert await actors.is_handle_taken("alice")
    with pytest.raises(Unauthenticated):
        await log_in(instance)
