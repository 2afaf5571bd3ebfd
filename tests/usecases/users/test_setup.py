"""The owner link, and people who are added by the command line."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from actors import identity
from instance.errors import Conflict, Invalid, NotFound
from instance.resources import Instance
from storage import actors, site
from storage.records import Actor, RegistrationMode, Role
from tests.instances import FakeClock
from tests.usecases.users.people import PASSWORD, add
from users import login, registration, setup
from users.setup import SetUp

FORM = SetUp("erna", PASSWORD, RegistrationMode.APPROVAL, "Gulls  of the North")


async def token_of(instance: Instance) -> str:
    link = await setup.setup_link(instance)
    assert link is not None
    start, _, token = link.rpartition("/")
    assert start == "https://alpha.test/setup"
    return token


async def test_the_link_makes_the_owner_and_says_who_may_join(instance: Instance) -> None:
    token = await token_of(instance)
    await setup.check_setup_token(instance, token)
    user, actor = await setup.set_up(instance, token, FORM)
    assert user.role is Role.OWNER
    assert actor.username == "erna"
    assert await registration.mode(instance) is RegistrationMode.APPROVAL
    chosen = await site.read()
    assert chosen.is_set_up
    assert chosen.name == "Gulls of the North"
    await login.log_in(instance, "erna", PASSWORD, address="203.0.113.5", user_agent="")


async def test_the_link_works_once(instance: Instance) -> None:
    token = await token_of(instance)
    await setup.set_up(instance, token, FORM)
    with pytest.raises(NotFound):
        await setup.set_up(instance, token, replace(FORM, username="mallory"))
    with pytest.raises(NotFound):
        await setup.check_setup_token(instance, token)
    assert await setup.setup_link(instance) is None


async def test_the_link_ends_after_thirty_minutes(instance: Instance, clock: FakeClock) -> None:
    token = await token_of(instance)
    clock.advance(minutes=29)
    await setup.check_setup_token(instance, token)
    clock.advance(minutes=1, seconds=1)
    with pytest.raises(NotFound, match="new one"):
        await setup.check_setup_token(instance, token)
    with pytest.raises(NotFound):
        await setup.set_up(instance, token, FORM)


async def test_links_of_several_processes_are_good_until_one_is_used(
    instance: Instance, clock: FakeClock
) -> None:
    """`serve --web` prints one in each process; whoever reads any of the logs may come in."""
    older = await token_of(instance)
    clock.advance(minutes=5)
    newer = await token_of(instance)
    await setup.check_setup_token(instance, newer)
    await setup.set_up(instance, older, FORM)
    with pytest.raises(NotFound):
        await setup.check_setup_token(instance, newer)
    with pytest.raises(NotFound):
        await setup.set_up(instance, newer, replace(FORM, username="mallory"))


async def test_of_two_who_use_two_links_at_once_one_is_the_owner(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = identity.create_local

    async def slowly(*given: Any, **named: Any) -> Actor:
        await asyncio.sleep(0.2)  # the other begins meanwhile
        return await create(*given, **named)

    monkeypatch.setattr(identity, "create_local", slowly)
    links = [await token_of(instance) for _ in range(2)]
    answers = await asyncio.gather(
        *(
            setup.set_up(instance, token, replace(FORM, username=name))
            for token, name in zip(links, ("erna", "inge"), strict=True)
        ),
        return_exceptions=True,
    )
    assert {type(answer) for answer in answers} == {tuple, NotFound}
    found = [await actors.find_by_handle(name, None) for name in ("erna", "inge")]
    assert sum(each is not None for each in found) == 1


@pytest.mark.parametrize("token", ["", "guess", "é\udc80", "a" * 100_000])
async def test_a_guessed_link_is_not_found(instance: Instance, token: str) -> None:
    await setup.setup_link(instance)
    with pytest.raises(NotFound):
        await setup.set_up(instance, token, FORM)


async def test_after_a_mistake_in_the_form_the_link_is_still_good(instance: Instance) -> None:
    token = await token_of(instance)
    wrong = SetUp("admin", "short", RegistrationMode.OPEN, "x" * 61)
    with pytest.raises(Invalid) as caught:
        await setup.set_up(instance, token, wrong)
    assert set(caught.value.fields) == {"username", "password", "site_name"}
    await setup.set_up(instance, token, FORM)


async def test_a_taken_handle_leaves_the_link_good(instance: Instance) -> None:
    await add(instance, "erna")
    token = await token_of(instance)
    with pytest.raises(Conflict):
        await setup.set_up(instance, token, FORM)
    await setup.set_up(instance, token, replace(FORM, username="inge"))


async def test_a_failed_set_up_leaves_nothing_behind(instance: Instance) -> None:
    token = await token_of(instance)
    with pytest.raises(Invalid):
        await setup.set_up(instance, token, replace(FORM, password="x"))
    assert await actors.find_by_handle("erna", None) is None
    assert not (await site.read()).is_set_up


# ---------------------------------------------------------------- user add


async def test_the_command_line_adds_people_on_a_fresh_server(instance: Instance) -> None:
    user, actor = await add(instance, "alice", email="Alice@Example.org")
    assert (user.role, user.email, actor.username) == (Role.USER, "alice@example.org", "alice")
    await login.log_in(
        instance, "alice@example.org", PASSWORD, address="203.0.113.5", user_agent=""
    )
    assert await setup.setup_link(instance) is not None


async def test_an_owner_of_the_command_line_sets_the_server_up(instance: Instance) -> None:
    token = await token_of(instance)
    await add(instance, "erna", role=Role.OWNER)
    assert await setup.setup_link(instance) is None
    assert await registration.mode(instance) is RegistrationMode.OPEN
    with pytest.raises(NotFound):
        await setup.set_up(instance, token, FORM)


async def test_the_command_line_may_use_reserved_names(instance: Instance) -> None:
    _, actor = await add(instance, "admin", role=Role.ADMIN)
    assert actor.username == "admin"


@pytest.mark.parametrize(
    ("name", "password", "email", "field"),
    [
        ("a b", PASSWORD, "", "username"),
        ("alice", "short", "", "password"),
        ("alice", PASSWORD, "nothing", "email"),
        ("alice", PASSWORD, "Taken@b.de", "email"),
    ],
)
async def test_the_command_line_is_told_what_is_wrong(
    instance: Instance, name: str, password: str, email: str, field: str
) -> None:
    await add(instance, "first", email="taken@b.de")
    with pytest.raises(Invalid) as caught:
        await setup.add_user(instance, name, password, email=email)
    assert set(caught.value.fields) == {field}


async def test_the_command_line_cannot_take_a_handle_twice(instance: Instance) -> None:
    await add(instance, "alice")
    with pytest.raises(Conflict):
        await add(instance, "ALICE")
