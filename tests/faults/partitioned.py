"""FA-13: three servers of ours, a cut between {alpha} and {beta, gamma}, and its healing."""

import re
from dataclasses import dataclass
from datetime import timedelta
from itertools import permutations
from typing import NamedTuple

import httpx2

from actors import remote
from instance.resources import Instance
from outbox import following, interacting, publishing
from storage import posts, store
from storage.records import Actor
from tests.faults.ledger import Ledger
from tests.faults.marks import PATTERN, at, new_mark
from tests.faults.stage import Stage
from tests.faults.table import BOTH, Seen, fault
from tests.instances import Instances
from tests.internet import FakeInternet
from tests.usecases.social import make_person, say

NAMES = ("alpha", "beta", "gamma")
CUT_FOR = timedelta(minutes=4)
HEALED_WITHIN = timedelta(minutes=5)
GIVEN_UP_AFTER = timedelta(hours=1)
STEP = timedelta(seconds=5)


class Divided(FakeInternet):
    """An internet that can be cut in two: who is alone reaches nobody else, and nobody them."""

    def __init__(self) -> None:
        super().__init__()
        self.alone: set[str] = set()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        # Our servers say who they are: Kittiwake/0.1 (+https://alpha.test)
        sender = request.headers.get("user-agent", "").partition("//")[2].strip(")")
        if (sender in self.alone) != (request.url.host in self.alone):
            message = f"{request.url.host}: no route to host"
            raise httpx2.ConnectError(message, request=request)
        return await super().handle_async_request(request)


class Said(NamedTuple):
    """A post: its id as every server knows it, and its mark."""

    uri: str
    mark: str


@dataclass
class Side:
    """One server, its person, and a reader who follows everybody and so wants every post there."""

    instance: Instance
    person: Actor
    reader: Actor

    async def find(self, other: "Side") -> Actor:
        name = f"@{other.person.username}@{other.instance.settings.domain}"
        return await remote.resolve(self.instance, name)

    async def follow(self, other: "Side") -> None:
        with self.instance.store.active():
            for who in (self.person, self.reader):
                await following.follow(self.instance, who, await self.find(other))

    async def unfollow(self, other: "Side") -> None:
        with self.instance.store.active():
            await following.unfollow(self.instance, self.person, await self.find(other))

    async def say(self, ledger: Ledger) -> "Said":
        """Post something, which is to be at every server."""
        mark = new_mark()
        with self.instance.store.active():
            made = await say(self.instance, self.person, f"{mark} is a word.")
        for name in NAMES:
            ledger.accept(at(mark, name))
        return Said(made.uri, mark)

    async def delete(self, said: "Said", ledger: Ledger) -> None:
        with self.instance.store.active():
            found = await posts.find_by_uri(said.uri)
            assert found is not None
            await publishing.delete(self.instance, self.person, found.id)
        for name in NAMES:
            ledger.withdraw(at(said.mark, name))

    async def boost(self, said: "Said") -> None:
        with self.instance.store.active():
            found = await posts.find_by_uri(said.uri)
            assert found is not None
            await interacting.boost(self.instance, self.person, found.id)

    async def count(self, ledger: Ledger) -> None:
        """Enter the posts that this server has."""
        for found in (await self.state())["posts"]:
            for mark in re.findall(PATTERN, found):
                ledger.see(at(mark, self.person.username), found)

    async def state(self) -> dict[str, set[str]]:
        """What this server believes, in words that every server would use."""
        with self.instance.store.active():
            kept = await store.read(
                "SELECT p.uri, p.content FROM posts p WHERE p.deleted_at IS NULL"
            )
            boosts = await store.read(
                "SELECT a.uri, p.uri FROM interactions i JOIN actors a ON a.id = i.actor_id "
                "JOIN posts p ON p.id = i.post_id WHERE i.kind = 'boost' AND p.deleted_at IS NULL"
            )
            follows = await store.read(
                "SELECT a.uri, b.uri FROM follows f JOIN actors a ON a.id = f.follower_id "
                "JOIN actors b ON b.id = f.followed_id WHERE f.state = 'accepted'"
            )
        return {
            "posts": {f"{uri} {re.findall(PATTERN, text)}" for uri, text in kept},
            "boosts": {f"{who} {what}" for who, what in boosts},
            "follows": {f"{who} {whom}" for who, whom in follows},
        }


@fault("FA-13", promised="both sides act; after healing the same state within 5 min", quick=BOTH)
async def three_servers_are_cut_in_two(stage: Stage, seen: Seen) -> None:
    internet = Divided()
    async with stage.instances(internet) as instances:
        sides = {name: await _side(stage, instances, name) for name in NAMES}
        alpha, beta, gamma = sides.values()
        for one, other in permutations(sides.values(), 2):
            await one.follow(other)
        await instances.settle()
        old = {
            name: [await side.say(seen.ledger) for _ in range(3)] for name, side in sides.items()
        }
        await instances.settle()

        internet.alone = {"alpha.test"}
        for _ in range(8):
            for side in sides.values():
                await side.say(seen.ledger)
            await _pass(instances, CUT_FOR / 8, step=STEP)
        await alpha.boost(old["beta"][0])
        await beta.boost(old["alpha"][0])
        await gamma.boost(old["alpha"][1])
        await alpha.delete(old["alpha"][2], seen.ledger)
        await gamma.delete(old["gamma"][2], seen.ledger)
        await alpha.unfollow(gamma)
        await beta.unfollow(alpha)
        await instances.settle()

        internet.alone = set()
        took = timedelta(0)
        while (wrong := await _differences(sides)) and took < GIVEN_UP_AFTER:
            await _pass(instances, STEP, step=STEP)
            took += STEP
        seen.check(f"{CUT_FOR} apart, same state {took} after healing", took <= HEALED_WITHIN)
        seen.check(f"different: {wrong or 'nothing'}", not wrong)
        for side in sides.values():
            await side.count(seen.ledger)


async def _pass(instances: Instances, how_long: timedelta, *, step: timedelta) -> None:
    end = instances.clock() + how_long
    while instances.clock() < end:
        instances.clock.moment += step
        await instances.settle()


async def _side(stage: Stage, instances: Instances, name: str) -> Side:
    instance = await stage.instance(instances, name)
    with instance.store.active():
        people = [await make_person(instance, each) for each in (name, f"{name}reads")]
        return Side(instance, *people)


async def _differences(sides: dict[str, Side]) -> list[str]:
    """What alpha, beta and gamma do not agree about: how many of which."""
    states = {name: await side.state() for name, side in sides.items()}
    wrong = []
    for what in ("posts", "boosts"):
        everywhere = set.union(*(state[what] for state in states.values()))
        missing = sum(len(everywhere - state[what]) for state in states.values())
        if missing:
            wrong.append(f"{missing} {what}")
    for one, mine in states.items():
        for other, theirs in states.items():
            # Who follows whom is known to those two servers alone.
            both = {f for f in mine["follows"] ^ theirs["follows"] if f"//{one}." in f}
            if one < other and (odd := [f for f in both if f"//{other}." in f]):
                wrong.append(f"{len(odd)} follows")
    return wrong
