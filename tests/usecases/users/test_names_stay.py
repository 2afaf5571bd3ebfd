"""MO-12, PV-26: the names of those who went, had to go, or are called otherwise now stay theirs."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from actors import identity
from instance.errors import Conflict, Invalid
from instance.resources import Instance
from instance.settings import RegistrationSettings, Settings
from outbox import profiles, renaming
from storage import actors
from storage.records import Actor
from tests.instances import Instances, drain
from tests.usecases.social import make_person
from users import login, registration, setup, suspending
from users.registration import SignUp

PASSWORD = "a fine long password"
ADDRESS = "192.0.2.7"


@pytest.fixture
async def instance(instances: Instances) -> Instance:
    settings = replace(Settings(), registration=RegistrationSettings("open"))
    return await instances.make("alpha", settings)


async def _deleted(instance: Instance) -> None:
    found = await login.find_by_name("harbour_master")
    assert found is not None
    await profiles.delete_account(instance, *found)
    await drain(instance)


async def _suspended(instance: Instance) -> None:
    await suspending.suspend(instance, await _owner())


async def _renamed(instance: Instance) -> None:
    await renaming.rename(instance, await _owner(), "ferry", is_operator=True)


async def _renamed_and_deleted(instance: Instance) -> None:
    await _renamed(instance)
    found = await login.find_by_name("ferry")
    assert found is not None
    await profiles.delete_account(instance, *found)
    await drain(instance)


async def _owner() -> Actor:
    found = await actors.find_by_handle("harbour_master", None)
    assert found is not None
    return found


SPELLINGS = (
    *("harbour_master", "HARBOUR_MASTER", "Harbour_Master", " harbour_master ", "@harbour_master"),
)
# Not letters of a handle at all: full-width, Cyrillic, Turkish, a joiner, accents.
LOOK_ALIKES = (
    *("\uff48arbour_master", "h\u0430rbour_master", "harbour_m\u0131aster", "harbour\u200d_master"),
    *("hárbour_master", "harbour_master\u0000", "harbour_master@alpha.test", "harbour‿master"),
)


@pytest.mark.parametrize("went", [_deleted, _suspended, _renamed, _renamed_and_deleted])
async def test_mo12_a_name_that_was_had_is_nobody_elses(
    instance: Instance, went: Callable[[Instance], Awaitable[None]]
) -> None:
    """MO-12: not by sign-up, renaming or the command line, in any spelling."""
    with instance.store.active():
        await setup.add_user(instance, "Harbour_master", PASSWORD)
        other = await make_person(instance, "squatter")
        await went(instance)
        for name in SPELLINGS:
            with pytest.raises(Conflict):
                await registration.register(instance, SignUp(name, PASSWORD), address=ADDRESS)
            with pytest.raises(Conflict):
                await renaming.rename(instance, other, name, is_operator=True)
            with pytest.raises(Conflict):
                await setup.add_user(instance, name, PASSWORD)
        for name in LOOK_ALIKES:
            with pytest.raises(Invalid):
                await registration.register(instance, SignUp(name, PASSWORD), address=ADDRESS)
            with pytest.raises(Invalid):
                await renaming.rename(instance, other, name, is_operator=True)


async def test_mo12_reserved_words_are_nobodys(instance: Instance) -> None:
    """MO-12, AU-28: in any case, and with underscores around and within."""
    taken = []
    for name in sorted(identity.RESERVED):
        bare = name.replace("_", "")
        for spelling in (name, name.upper(), name.title(), f"_{name}__", bare, "_".join(bare)):
            with instance.store.active(), suppress(Invalid):
                await registration.register(instance, SignUp(spelling, PASSWORD), address=ADDRESS)
                taken.append(spelling)
    assert taken == []
