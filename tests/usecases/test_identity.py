"""Local actors: keys, the instance actor, and a domain that must not change."""

from dataclasses import replace

import pytest

from actors import identity, local_keys
from federation.addresses import Addresses
from instance.errors import Conflict, Invalid, Misconfigured, NotFound
from instance.resources import Instance
from storage import actors
from storage.records import ActorKind, RowId
from tests.instances import FakeClock
from tests.usecases.queries import counted


@pytest.mark.parametrize("name", ["a", "A_1", "_", "a" * 30, " alice ", "@alice"])
def test_a_handle_has_1_to_30_ascii_letters_digits_or_underscores(name: str) -> None:
    assert identity.check_username(name) == name.strip().removeprefix("@")


def test_au28_every_reserved_name_is_refused_in_any_disguise() -> None:
    for name in identity.RESERVED:
        for disguise in (name, name.upper(), f"_{name}__"):
            with pytest.raises(Invalid):
                identity.check_username(disguise)


async def test_the_instance_actor_is_made_once(instance: Instance) -> None:
    made = await identity.instance_actor(instance)
    assert made.kind is ActorKind.APPLICATION
    assert made.username == "alpha.test"
    assert made.url == "https://alpha.test"
    assert made.is_local
    assert (await identity.instance_actor(instance)).id == made.id
    assert (await identity.instance_signer(instance)).key_id == f"{made.uri}#main-key"


async def test_nobody_can_sign_up_with_the_handle_of_the_instance_actor(
    instance: Instance,
) -> None:
    with pytest.raises(Invalid):
        identity.check_username((await identity.instance_actor(instance)).username)


async def test_each_actor_has_a_key_of_its_own(instance: Instance) -> None:
    one = await identity.create_local(instance, "one")
    other = await identity.create_local(instance, "other")
    signers = [await identity.signer(instance, actor.id) for actor in (one, other)]
    assert signers[0].private_pem != signers[1].private_pem
    assert [s.key_id for s in signers] == [f"{one.uri}#main-key", f"{other.uri}#main-key"]
    assert signers[0].private_pem not in repr(signers[0])
    assert signers[0].private_pem not in repr(instance)


async def test_a_key_made_before_is_used(instance: Instance) -> None:
    pem = await identity.new_private_key()
    actor = await identity.create_local(instance, "alice", private_pem=pem)
    assert (await identity.signer(instance, actor.id)).private_pem == pem


async def test_a_taken_handle_leaves_no_half_actor(instance: Instance) -> None:
    await identity.create_local(instance, "alice")

    async def two_at_once() -> None:
        async with instance.store.transaction():
            await identity.create_local(instance, "bob")
            await identity.create_local(instance, "ALICE")

    with pytest.raises(Conflict):
        await two_at_once()
    assert await actors.find_by_handle("bob", None) is None


async def test_who_has_no_key_cannot_sign(instance: Instance) -> None:
    with pytest.raises(NotFound):
        await identity.signer(instance, RowId(7))


async def test_the_memory_of_keys_is_bounded(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_keys, "SIGNERS_MAX", 2)
    pem = await identity.new_private_key()
    made = [
        await identity.create_local(instance, name, private_pem=pem)
        for name in ("one", "other", "third")
    ]
    for actor in made:
        await identity.signer(instance, actor.id)
    assert set(instance.signers) == {made[1].id, made[2].id}


async def test_a147_a_key_is_read_again_each_minute_of_the_servers_own_clock(
    instance: Instance, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A147: another process may have changed it; how long a test takes counts for nothing."""
    actor = await identity.create_local(instance, "alice")
    clock.advance(minutes=1)
    seen = []
    for seconds in (0, 59, 1, 0):
        clock.advance(seconds=seconds)
        with counted(instance, monkeypatch) as statements:
            await identity.signer(instance, actor.id)
        seen.append(len(statements))
    assert seen == [1, 0, 1, 0]


async def test_a_changed_domain_stops_the_start(instance: Instance) -> None:
    await identity.check_domain(instance)
    await identity.instance_actor(instance)
    await identity.check_domain(instance)
    await identity.create_local(instance, "alice")
    for base_url in ("https://beta.test", "http://alpha.test", "https://alpha.test:8443"):
        moved = replace(instance, addresses=Addresses(base_url))
        with pytest.raises(Misconfigured, match=r"KITTIWAKE_DOMAIN.*https://alpha\.test"):
            await identity.check_domain(moved)
