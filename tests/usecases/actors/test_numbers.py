"""The numbers on a profile: those of now, and of who has very many seldom counted."""

import pytest

from actors import numbers
from instance.resources import Instance
from storage.records import Actor
from tests.instances import FakeClock
from tests.usecases.queries import counted
from tests.usecases.social import make_person, say


@pytest.fixture
async def alice(instance: Instance) -> Actor:
    return await make_person(instance, "alice")


async def test_usual_numbers_are_those_of_now(instance: Instance, alice: Actor) -> None:
    for number in range(3):
        assert (await numbers.of_one(instance, alice)).posts == number
        await say(instance, alice)


async def test_p10_very_many_are_counted_seldom(
    instance: Instance, alice: Actor, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P10: looking at who has said a hundred thousand things does not look at all of them."""
    monkeypatch.setattr(numbers, "ROWS_A_SECOND", 1)
    for _ in range(3):
        await say(instance, alice)
    assert (await numbers.of_one(instance, alice)).posts == 3
    await say(instance, alice)
    with counted(instance, monkeypatch) as statements:
        for _ in range(100):
            assert (await numbers.of_one(instance, alice)).posts == 3
    assert statements == []
    clock.advance(seconds=3)
    assert (await numbers.of_one(instance, alice)).posts == 4


async def test_p10_they_are_never_older_than_ten_minutes(
    instance: Instance, alice: Actor, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbers, "ROWS_A_SECOND", 0.001)
    await say(instance, alice)
    assert (await numbers.of_one(instance, alice)).posts == 1
    await say(instance, alice)
    clock.advance(minutes=9)
    assert (await numbers.of_one(instance, alice)).posts == 1
    clock.advance(minutes=1)
    assert (await numbers.of_one(instance, alice)).posts == 2
