"""Three instances of ours: somebody moves from one to another, and a report goes to a third."""

from dataclasses import dataclass

import pytest

from actors import remote
from instance.errors import Invalid
from instance.resources import Instance
from outbox import following, moving, reporting
from outbox.reporting import Complaint
from storage import actors, relations, reports
from storage.records import Actor, NotificationKind, Page
from tests.federation.test_two_instances import Side
from tests.instances import Instances
from tests.usecases.social import make_person


@dataclass
class Town:
    """ann lives at alpha and will move to beta; carl at gamma follows her, and so do neighbours."""

    alpha: Side
    beta: Side
    gamma: Side
    neighbour: Side
    newcomer: Side


@pytest.fixture
async def town(instances: Instances) -> Town:
    found: list[Instance] = [await instances.make(name) for name in ("alpha", "beta", "gamma")]

    async def side(instance: Instance, name: str) -> Side:
        with instance.store.active():
            return Side(instance, await make_person(instance, name), instances)

    alpha, beta, gamma = found
    return Town(
        await side(alpha, "ann"),
        await side(beta, "bea"),
        await side(gamma, "carl"),
        await side(alpha, "nora"),
        await side(beta, "ann"),
    )


async def _follow(one: Side, other: Side) -> None:
    async with one.acting() as instance:
        await following.follow(instance, one.person, await one.find(other))


async def _followed(one: Side, other: Side) -> bool:
    """Whether the other side counts this one as a follower."""
    with other.instance.store.active():
        known = await actors.find_by_uri(one.person.uri)
        if known is None:
            return False
        found = await relations.find_follow(known.id, other.person.id)
        return found is not None and found.state == "accepted"


async def test_everybody_follows_to_the_new_home(town: Town) -> None:
    """A168, A169: followers elsewhere, on the old server and on the new one, each once."""
    followers = (town.gamma, town.neighbour, town.beta)
    for one in followers:
        await _follow(one, town.alpha)
    async with town.newcomer.acting() as instance:
        await moving.add_alias(instance, town.newcomer.person, town.alpha.handle)
    async with town.alpha.acting() as instance:
        await moving.move_away(instance, town.alpha.person, town.newcomer.handle)
    for one in followers:
        assert await _followed(one, town.newcomer)
        assert not await _followed(one, town.alpha)
        kinds = {each.kind for each in await one.told()}
        assert NotificationKind.MOVE in kinds
    post = await town.newcomer.say("Hello from my new home")
    for one in followers:
        assert post.uri in {each.uri for each in await one.home()}


async def test_a_move_that_is_not_agreed_on_takes_nobody(town: Town) -> None:
    """OR-18: the new server's word is needed, whatever the old one sends."""
    await _follow(town.gamma, town.alpha)
    with town.alpha.instance.store.active():
        target = await remote.resolve(town.alpha.instance, town.newcomer.handle)
    with pytest.raises(Invalid, match="alias"):
        async with town.alpha.acting() as instance:
            await moving.move_away(instance, town.alpha.person, target.uri)
    await town.alpha.instances.settle()
    assert await _followed(town.gamma, town.alpha)
    assert not await _followed(town.gamma, town.newcomer)


async def test_a_report_goes_from_one_of_us_to_another(town: Town) -> None:
    """A177, E126: kept there with the post, from the server and not from the person."""
    await _follow(town.gamma, town.alpha)
    post = await town.alpha.say("Something odd")
    known = await town.gamma.post(post.uri)
    assert known is not None
    async with town.gamma.acting() as instance:
        target: Actor = await town.gamma.find(town.alpha)
        complaint = Complaint("Have a look", "violation", (known.id,), forwards=True)
        await reporting.report(instance, town.gamma.person, target, complaint)
    with town.alpha.instance.store.active():
        (kept,) = await reports.list_open(Page())
        sender = await actors.get(kept.actor_id)
    assert (kept.target_id, kept.post_ids) == (town.alpha.person.id, (post.id,))
    assert kept.comment == "Have a look"
    assert (sender.host, sender.kind) == ("gamma.test", "Application")
