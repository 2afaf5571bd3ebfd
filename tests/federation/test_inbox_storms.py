"""What arrives in masses: bursts, storms of Updates and Deletes, a backlog; nothing of it is lost.

Every 202 has had its effect or has a job; all other answers say when to come again.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Any, TypeVar

import pytest

from federation import vocabulary as v
from federation.signatures import SignedRequest
from inbox import authentication, reception, refusals, turns, updates
from inbox.authentication import VerifiedActivity
from inbox.turns import Turns
from instance.errors import TooMany, Unavailable
from instance.settings import InboxSettings
from storage import posts, receipts, store
from storage.records import ActorUri, ReceiptOutcome
from tests.asgi import Answer
from tests.federation.peers import Peer, Person
from tests.federation.world import World
from tests.instances import until

T = TypeVar("T")


async def receipts_of(person: Person) -> list[Any]:
    """What was taken in; some of what was turned away is noted too, for who looks for a reason."""
    condition = "WHERE t.actor_uri = ? AND t.outcome <> ?"
    return await receipts.RECEIPTS.select(condition, person.uri, ReceiptOutcome.TURNED_AWAY)


def limit(world: World, **changes: int) -> None:
    """Let the inbox of this server have other limits."""
    limits = replace(world.instance.settings.inbox, **changes)
    turns._TURNS[world.instance.store] = Turns(limits)


async def say(world: World, person: Person, note: dict[str, Any]) -> Answer:
    return await world.post(person, person.create(note))


async def first_of(tasks: Sequence[asyncio.Task[T]], number: int) -> list[T]:
    """What the first of many tasks end with; the others are still at it."""
    async with asyncio.timeout(60):
        return [await each for each in islice(asyncio.as_completed(tasks), number)]


# ---------------------------------------------------------------- bursts


async def test_fa35_of_a_burst_of_one_host_each_202_is_kept(world: World) -> None:
    """FA-35: more than its share is 429 with Retry-After; what is answered 202 is on the disk."""
    limit(world, waiting_per_host_max=40)
    notes = [world.mallory.note() for _ in range(200)]
    other = world.honest.note("in between")
    async with world.places_taken():
        flood = [asyncio.create_task(say(world, world.mallory, note)) for note in notes]
        refusals_at_once = await first_of(flood, 160)
        in_between = asyncio.create_task(say(world, world.honest, other))
        await until(lambda: turns.of(world.instance)._waiting == 41)
    assert (await in_between).status == 202
    answers = await asyncio.gather(*flood)
    assert Counter(answer.status for answer in answers) == {202: 40, 429: 160}
    assert {(each.status, each.headers["retry-after"]) for each in refusals_at_once} == {
        (429, "10")
    }
    for note, answer in zip(notes, answers, strict=True):
        assert (await world.find(note) is not None) is (answer.status == 202)
    assert len(await receipts_of(world.mallory)) == 40
    assert await world.find(other) is not None
    # What was refused comes again, and is taken.
    refused = [note for note, answer in zip(notes, answers, strict=True) if answer.status == 429]
    assert {(await say(world, world.mallory, note)).status for note in refused} == {202}
    assert all([await world.find(note) is not None for note in notes])


async def test_fa35_a_burst_of_many_hosts_is_taken_in_whole(world: World) -> None:
    """FA-35: many hosts at once, each within its share: all are taken in, in turn."""
    people = []
    for number in range(40):
        peer = Peer(world.internet, f"h{number}.test", world.clock)
        people.append(peer.join("ann", number % 3))
        await world.follow(world.alice, people[-1])
    sent = [(person, person.note()) for person in people for _ in range(5)]
    answers = await asyncio.gather(*(say(world, person, note) for person, note in sent))
    assert {answer.status for answer in answers} == {202}
    assert all([await world.find(note) is not None for _, note in sent])


@pytest.mark.parametrize("hosts", [1, 500])
async def test_fa35_of_five_thousand_at_once_each_202_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch, hosts: int
) -> None:
    """FA-35: what is more than a share, of one host or of all, is refused; the rest is kept."""
    mallory = await world.actor(world.mallory)
    people = [
        replace(mallory, uri=ActorUri(f"https://h{n}.test/m"), host=f"h{n}.test")
        for n in range(hosts)
    ]

    async def authenticate(
        _: Any, __: Any, activity: v.Activity, ___: Any
    ) -> VerifiedActivity[v.Activity]:
        person = people[int(activity.id.rpartition("/")[2]) % hosts]
        return VerifiedActivity(activity, person)

    monkeypatch.setattr(authentication, "authenticate", authenticate)
    monkeypatch.setattr(reception, "POSTS_PER_ADDRESS_MAX", 5000)

    async def send(number: int) -> str:
        like = {
            "type": "Like",
            "id": f"https://h{number % hosts}.test/likes/{number}",
            "actor": f"https://h{number % hosts}.test/m",
            "object": "https://far.test/notes/1",
        }
        request = SignedRequest("POST", "/inbox", (), json.dumps(like).encode())
        try:
            await reception.receive(world.instance, request, address="198.51.100.1", owner_id=None)
        except (TooMany, Unavailable) as full:
            return f"{type(full).__name__}, come again in {full.retry_after_s} s"
        return "taken"

    limits = world.instance.settings.inbox
    waited = limits.waiting_per_host_max if hosts == 1 else limits.waiting_max
    async with world.places_taken():
        sent = [asyncio.create_task(send(number)) for number in range(5000)]
        await first_of(sent, 5000 - waited)
    full = "TooMany" if hosts == 1 else "Unavailable"
    refused = f"{full}, come again in {turns.RETRY_AFTER_S} s"
    answers = Counter(await asyncio.gather(*sent))
    assert answers == {"taken": waited, refused: 5000 - waited}
    kept = await store.read("SELECT outcome, COUNT(*) FROM receipts GROUP BY outcome")
    counted = dict(tuple(row) for row in kept)
    assert counted.pop("ignored") == waited
    assert set(counted) <= {"turned away"}
    assert counted.get("turned away", 0) <= refusals.PER_ADDRESS_PER_HOUR_MAX


async def test_a_full_server_says_when_to_come_again(world: World) -> None:
    """Issue 3, section 1: back-pressure instead of accepting without end."""
    limit(world, waiting_max=3)
    notes = [world.mallory.note() for _ in range(30)]
    async with world.places_taken():
        sent = [asyncio.create_task(say(world, world.mallory, note)) for note in notes]
        for refusal in await first_of(sent, 27):
            assert (refusal.status, refusal.headers["retry-after"]) == (503, "10")
    answers = await asyncio.gather(*sent)
    assert Counter(answer.status for answer in answers) == {202: 3, 503: 27}
    for note, answer in zip(notes, answers, strict=True):
        assert (await world.find(note) is not None) is (answer.status == 202)


async def test_a_backlog_of_jobs_closes_the_inbox_until_it_is_done(world: World) -> None:
    limit(world, backlog_max=2)
    for _ in range(2):  # of posts that must be fetched first
        boost = world.mallory.activity("Announce", object=world.victor.note()["id"])
        assert (await world.post(world.mallory, boost)).status == 202
    world.clock.advance(seconds=6)
    closed = await say(world, world.honest, world.honest.note())
    assert (closed.status, closed.headers["retry-after"]) == (503, "60")
    await world.settle()
    world.clock.advance(seconds=6)
    assert (await say(world, world.honest, world.honest.note())).status == 202


# ---------------------------------------------------------------- turns


async def take(order: list[str], places: Turns, host: str, *, is_urgent: bool = False) -> None:
    async with places.turn(host, is_urgent=is_urgent):
        order.append(f"{host}!" if is_urgent else host)
        await asyncio.sleep(0)


async def test_what_people_wait_for_goes_first_and_hosts_take_turns() -> None:
    """RX-25, FA-35: a Follow goes before a storm of Likes; of two hosts each is next in turn."""
    places, order = Turns(InboxSettings()), list[str]()
    async with asyncio.TaskGroup() as all_at_once:
        for _ in range(turns.AT_ONCE_MAX + 4):
            all_at_once.create_task(take(order, places, "flood"))
        for host in ("small", "other"):
            all_at_once.create_task(take(order, places, host))
        all_at_once.create_task(take(order, places, "flood", is_urgent=True))
    waited = order[turns.AT_ONCE_MAX :]
    assert waited == ["flood!", "flood", "small", "other", "flood", "flood", "flood"]


async def test_who_leaves_the_line_keeps_nobody_waiting() -> None:
    places, order = Turns(InboxSettings(waiting_max=2, waiting_per_host_max=1)), list[str]()
    gates = [asyncio.create_task(_hold(places)) for _ in range(turns.AT_ONCE_MAX)]
    await asyncio.sleep(0)
    leaving = asyncio.create_task(take(order, places, "a"))
    staying = asyncio.create_task(take(order, places, "b"))
    await asyncio.sleep(0)
    with pytest.raises(TooMany):
        await take(order, places, "b")
    with pytest.raises(Unavailable):
        await take(order, places, "c")
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    for gate in gates:
        gate.cancel()
    await asyncio.gather(*gates, return_exceptions=True)
    await asyncio.wait_for(staying, 60)
    assert order == ["b"]
    # All places are free again: as many as there are may be held at once.
    held = [asyncio.create_task(_hold(places)) for _ in range(turns.AT_ONCE_MAX)]
    await asyncio.sleep(0)
    assert places._free == 0
    for gate in held:
        gate.cancel()
    await asyncio.gather(*held, return_exceptions=True)
    assert places._free == turns.AT_ONCE_MAX


async def _hold(places: Turns) -> None:
    async with places.turn("held", is_urgent=False):
        await asyncio.Event().wait()


# ---------------------------------------------------------------- storms


async def test_of_many_updates_of_one_post_the_newest_counts(world: World) -> None:
    """Issue 3, section 1: a storm of Updates is a few edits; in whatever order they come."""
    note = world.mallory.note("first")
    assert await world.tell(world.mallory, world.mallory.create(note)) == 202
    started, minutes = world.clock(), timedelta(minutes=1)
    world.clock.advance(hours=1)
    for number in (*range(1, 20), 59, *range(20, 30)):
        edited = {
            **note,
            "content": f"edit {number}",
            "updated": str_of(started + number * minutes),
        }
        update = world.mallory.activity("Update", object=edited)
        assert (await world.post(world.mallory, update)).status == 202
    found = await world.find(note)
    assert found is not None
    assert len(await posts.list_revisions(found.id)) == updates.AT_ONCE_PER_MINUTE_MAX
    kept = [each for each in await receipts_of(world.mallory) if each.kind == "Update"]
    assert Counter((each.outcome, each.reason) for each in kept) == {
        (ReceiptOutcome.DONE, "edited"): 5,
        (ReceiptOutcome.IGNORED, "a newer one came"): 24,
        (ReceiptOutcome.WAITING, ""): 1,
    }
    world.clock.advance(minutes=1)
    await world.settle()
    found = await world.find(note)
    assert found is not None
    assert "edit 59" in found.content
    assert len(await posts.list_revisions(found.id)) == 6


async def test_of_many_updates_of_a_profile_few_are_read(world: World) -> None:
    """E136: each would be a fetch."""
    before = len(world.mallory.peer.gets)
    for _ in range(30):
        update = world.mallory.activity("Update", object=world.mallory.document())
        assert await world.tell(world.mallory, update) == 202
    world.clock.advance(minutes=1)
    await world.settle()
    gets = world.mallory.peer.gets[before:]
    assert sum("mallory" in target for target in gets) <= 2 * (updates.AT_ONCE_PER_MINUTE_MAX + 1)


def str_of(moment: Any) -> str:
    return str(moment.isoformat())
