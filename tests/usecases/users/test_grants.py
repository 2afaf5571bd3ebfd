"""Access tokens for programs, and preferences."""

from dataclasses import replace

import pytest

from instance.errors import Invalid, NotFound
from instance.resources import Instance
from storage import users
from storage.records import Preferences, Theme, UserState, Visibility
from tests.usecases.users.people import add
from users import grants, preferences, removal


async def test_a_token_says_who_and_what_for(instance: Instance) -> None:
    user, actor = await add(instance, "alice")
    token = await grants.issue_token_by_name(instance, "@Alice", "read write follow push", " cli ")
    found = await grants.bearer(instance, token)
    assert found is not None
    row, owner, acting = found
    assert (owner.id, acting.id) == (user.id, actor.id)
    assert row.scopes == {"read", "write", "follow", "push"}
    assert row.name == "cli"
    assert token not in repr(row)


@pytest.mark.parametrize("token", ["", "x", "Bearer", "é\udc80", "a" * 100_000])
async def test_au1_an_odd_token_is_nobody(instance: Instance, token: str) -> None:
    await add(instance, "alice")
    assert await grants.bearer(instance, token) is None


async def test_the_hash_in_the_table_is_no_token(instance: Instance) -> None:
    user, _ = await add(instance, "alice")
    await grants.issue_token(instance, user, ["read"])
    (row,) = await users.list_tokens(user.id)
    assert await grants.bearer(instance, row.token_hash) is None


@pytest.mark.parametrize("state", [s for s in UserState if s is not UserState.ACTIVE])
async def test_a_token_of_somebody_who_may_not_come_in_is_nobody(
    instance: Instance, state: UserState
) -> None:
    user, _ = await add(instance, "alice")
    token = await grants.issue_token(instance, user, ["read"])
    await users.save(replace(user, state=state))
    assert await grants.bearer(instance, token) is None


@pytest.mark.parametrize("scopes", ["", " ", "everything", "read admin", "read:all", "READ"])
async def test_scopes_that_do_not_exist_are_refused(instance: Instance, scopes: str) -> None:
    await add(instance, "alice")
    with pytest.raises(Invalid) as caught:
        await grants.issue_token_by_name(instance, "alice", scopes, "")
    assert set(caught.value.fields) == {"scopes"}


async def test_a_token_for_nobody_names_the_command_that_makes_somebody(
    instance: Instance,
) -> None:
    with pytest.raises(Invalid, match="user add"):
        await grants.issue_token_by_name(instance, "nobody", "read", "")


async def test_preferences_are_kept(instance: Instance) -> None:
    user, _ = await add(instance, "alice")
    chosen = preferences.parse(Preferences(), "dark", "pt-BR", "followers")
    assert chosen == Preferences(Theme.DARK, "pt-BR", Visibility.FOLLOWERS)
    await preferences.save(instance, user, chosen)
    found = await users.find(user.id)
    assert found is not None
    assert found.preferences == chosen
    assert found.password_hash == user.password_hash


def test_each_wrong_preference_is_named() -> None:
    with pytest.raises(Invalid) as caught:
        preferences.parse(Preferences(), "pink", "english please", "everybody")
    assert set(caught.value.fields) == {"theme", "language", "default_visibility"}


async def test_preferences_of_somebody_gone_are_not_kept(instance: Instance) -> None:
    user, _ = await add(instance, "alice")
    await removal.forget(instance, user)
    with pytest.raises(NotFound):
        await preferences.save(instance, user, Preferences())
