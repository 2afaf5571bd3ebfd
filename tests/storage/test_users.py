"""Users, sessions, tokens, one-time links, invites, and the site."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from instance.errors import Conflict
from storage import site, users
from storage.records import (
    OneTimePurpose,
    RegistrationMode,
    Role,
    Site,
    UserState,
)
from tests.factories import (
    START,
    insert,
    insert_user,
    make_invite,
    make_one_time,
    make_session,
    make_token,
)

pytestmark = pytest.mark.usefixtures("store")

LATER = START + timedelta(hours=1)
SETUP, CONFIRM = OneTimePurpose.SETUP, OneTimePurpose.CONFIRM_EMAIL


async def test_users_are_found_by_everything_that_names_them() -> None:
    user, actor = await insert_user("alice", email="Alice@Example.org", role=Role.OWNER)
    assert await users.find(user.id) == user
    assert await users.find_by_actor(actor.id) == user
    assert await users.find_by_email("aLICE@example.ORG") == user
    assert await users.find_by_login("ALICE") == (user, actor)
    assert await users.find_by_login("alice@example.org") == (user, actor)


async def test_the_unknown_do_not_log_in() -> None:
    await insert_user("alice")
    assert await users.find_by_login("bob") is None
    assert await users.find_by_login("bob@example.org") is None
    assert await users.find_by_email("") is None
    assert await users.find(1) is None


async def test_addresses_are_unique_in_any_case() -> None:
    user, _ = await insert_user(email="a@example.org")
    await insert_user()  # without one
    await insert_user()
    with pytest.raises(Conflict):
        await insert_user(email="A@EXAMPLE.org")
    other, _ = await insert_user(email="b@example.org")
    with pytest.raises(Conflict):
        await users.save(replace(other, email="A@example.org"))
    assert await users.find_by_email("a@example.org") == user


async def test_saving_writes_the_whole_row() -> None:
    user, _ = await insert_user()
    after = replace(user, password_hash="new", state=UserState.DISABLED, last_seen_at=LATER)
    await users.save(after)
    assert await users.find(user.id) == after


async def test_removing_a_user_removes_all_that_let_it_in() -> None:
    user, actor = await insert_user()
    session, token, invite = make_session(user), make_token(user), make_invite(user)
    link = make_one_time(user, purpose=CONFIRM)
    await insert(session, token, invite, link)
    await users.remove(user.id)
    assert await users.find_by_actor(actor.id) is None
    assert await users.find_session(session.token_hash) is None
    assert await users.find_token(token.token_hash) is None
    assert await users.find_invite(invite.code) is None
    assert await users.find_one_time(CONFIRM, link.token_hash, START) is None


async def test_those_who_wait_come_oldest_first() -> None:
    first = await insert_user(state=UserState.PENDING, reason="please")
    await insert_user()
    second = await insert_user(state=UserState.PENDING)
    assert await users.list_pending() == [first, second]


async def test_users_are_counted() -> None:
    await insert_user(last_seen_at=START)
    await insert_user(last_seen_at=LATER)
    await insert_user()
    assert await users.count_active_since(LATER) == 1
    assert await users.count_active_since(START) == 2


# ---------------------------------------------------------------- sessions and tokens


async def test_sessions_are_listed_last_used_first() -> None:
    user, _ = await insert_user()
    first, second = make_session(user), make_session(user)
    await insert(first, second)
    await users.touch_session(first.id, LATER)
    touched = replace(first, last_used_at=LATER)
    assert await users.list_sessions(user.id) == [touched, second]
    assert await users.find_session(first.token_hash) == touched
    assert await users.find(user.id) == replace(user, last_seen_at=LATER)


async def test_a_session_ends_only_for_its_user() -> None:
    user, _ = await insert_user()
    stranger, _ = await insert_user()
    session = make_session(user)
    await insert(session)
    await users.remove_session(stranger.id, session.id)
    assert await users.find_session(session.token_hash) == session
    await users.remove_session(user.id, session.id)
    assert await users.find_session(session.token_hash) is None


async def test_all_sessions_end_but_one() -> None:
    user, _ = await insert_user()
    stranger, _ = await insert_user()
    mine = [make_session(user) for _ in range(3)]
    theirs = make_session(stranger)
    await insert(*mine, theirs)
    await users.remove_sessions(user.id, except_id=mine[1].id)
    assert await users.list_sessions(user.id) == [mine[1]]
    await users.remove_sessions(user.id)
    assert await users.list_sessions(user.id) == []
    assert await users.list_sessions(stranger.id) == [theirs]


async def test_tokens_are_listed_and_removed() -> None:
    user, _ = await insert_user()
    first, second = make_token(user), make_token(user)
    await insert(first, second)
    assert await users.list_tokens(user.id) == [second, first]
    await users.remove_tokens(user.id)
    assert await users.list_tokens(user.id) == []
    assert await users.find_token(first.token_hash) is None


# ---------------------------------------------------------------- one-time links


async def test_a_link_works_once() -> None:
    link = make_one_time()
    await insert(link)
    assert await users.find_one_time(SETUP, link.token_hash, START) == link
    assert await users.take_one_time(SETUP, link.token_hash, START) == link
    assert await users.take_one_time(SETUP, link.token_hash, START) is None


async def test_of_many_who_take_a_link_at_once_one_gets_it() -> None:
    link = make_one_time()
    await insert(link)
    taken = await asyncio.gather(
        *(users.take_one_time(SETUP, link.token_hash, START) for _ in range(10))
    )
    assert [each for each in taken if each] == [link]


async def test_a_link_works_until_it_expires_and_for_its_purpose() -> None:
    link = make_one_time()
    await insert(link)
    for purpose, now in ((CONFIRM, START), (SETUP, link.expires_at)):
        assert await users.find_one_time(purpose, link.token_hash, now) is None
        assert await users.take_one_time(purpose, link.token_hash, now) is None
    almost = link.expires_at - timedelta(microseconds=1)
    assert await users.take_one_time(SETUP, link.token_hash, almost) == link


async def test_links_of_a_purpose_are_removed() -> None:
    user, _ = await insert_user()
    setup, confirm = make_one_time(), make_one_time(user, purpose=CONFIRM)
    await insert(setup, confirm)
    await users.remove_one_time(SETUP)
    assert await users.find_one_time(SETUP, setup.token_hash, START) is None
    assert await users.find_one_time(CONFIRM, confirm.token_hash, START) == confirm


# ---------------------------------------------------------------- invites


async def test_an_invite_is_used_up() -> None:
    user, _ = await insert_user()
    invite = make_invite(user, uses_max=3)
    await insert(invite)
    used = await asyncio.gather(*(users.use_invite(invite.code, START) for _ in range(10)))
    assert sum(used) == 3
    assert await users.find_invite(invite.code) == replace(invite, uses=3)


async def test_an_invite_expires() -> None:
    user, _ = await insert_user()
    invite = make_invite(user, expires_at=LATER)
    await insert(invite, make_invite(user))
    assert not await users.use_invite(invite.code, LATER)
    assert await users.use_invite(invite.code, START)
    assert not await users.use_invite("unknown", START)
    assert len(await users.list_invites(user.id)) == 2


# ---------------------------------------------------------------- site


async def test_the_site_has_defaults_until_it_is_saved() -> None:
    assert await site.read() == Site()
    first = Site("Birds", "a server", RegistrationMode.APPROVAL, is_set_up=True)
    await site.save(first)
    assert await site.read() == first
    await site.save(Site("Fish"))
    assert await site.read() == Site("Fish")
