"""`python main.py queue …`: what an operator sees of deliveries and does about them."""

import argparse
import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

import commands.queue
import main
import serving
from commands.results import Result, distance
from instance.errors import Invalid, NotFound
from instance.resources import Instance
from outbox import contact, states
from storage import deliveries, hosts, queued
from storage.hosts import Trouble
from storage.queue import NewJob
from storage.records import Actor, Post
from tests.instances import FakeClock
from tests.internet import FakeInternet
from tests.usecases.social import answering, befriend, make_person, make_remote, say, settle

BETA, GAMMA = "beta.test", "gamma.test"


async def queue(instance: Instance, *words: str) -> Result:
    given = main.parser().parse_args(["queue", *words])
    assert isinstance(given, argparse.Namespace)
    return await commands.queue.run(given, instance.settings)


@pytest.fixture(autouse=True)
def _one_clock(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "opened", partial(serving.opened, now=clock))


@pytest.fixture
async def held(instance: Instance, alice: Actor, internet: FakeInternet) -> Post:
    """A post that could not be delivered to beta.test, and was to gamma.test."""
    answering(internet, BETA, GAMMA)
    for name in (BETA, GAMMA):
        await befriend(instance, await make_remote(instance, "x", name), alice)
    with internet.down(BETA):
        post = await say(instance, alice)
        await settle(instance)
    return post


async def test_hosts_and_jobs_are_listed(instance: Instance, held: Post) -> None:
    shown = await queue(instance, "hosts")
    assert [line.split()[:3] for line in shown.text.splitlines()[1:]] == [
        [BETA, "failing", "1"],
        [GAMMA, "well", "0"],
    ]
    assert "connection refused" in shown.text
    shown = await queue(instance, "hosts", "--failing")
    assert GAMMA not in shown.text
    data: Any = shown.data
    assert [each["next_try_at"] is not None for each in data["hosts"]] == [True]
    listed = await queue(instance, "list", "--host", BETA, "--state", "held")
    assert listed.data["total"] == 1
    assert "when the host is" in listed.text
    assert "In the queue: 1 held." in listed.text
    assert (await queue(instance, "list", "--host", GAMMA)).data["total"] == 0
    assert held.id


async def test_a_host_is_tried_at_once(
    instance: Instance, held: Post, alice: Actor, internet: FakeInternet
) -> None:
    internet.requests.clear()
    done = await queue(instance, "retry", "--host", BETA)
    assert done.data["hosts"] == [BETA]
    await settle(instance)
    assert len(internet.sent_to(BETA)) == 1
    found = await states.of_post(instance, alice, held.id)
    assert {each.host: each.state for each in found} == {BETA: "delivered", GAMMA: "delivered"}


async def test_parked_hosts_are_tried_with_all(
    instance: Instance, held: Post, internet: FakeInternet
) -> None:
    now = instance.now()
    await hosts.note_troubles([Trouble(BETA, "away", now, 20, None, now)], now)
    assert "parked" in (await queue(instance, "hosts")).text
    assert (await queue(instance, "retry", "--all")).data["hosts"] == [BETA]
    internet.requests.clear()
    await settle(instance)
    assert len(internet.sent_to(BETA)) == 1
    assert held.id


async def test_jobs_are_dropped_and_the_author_sees_it(
    instance: Instance, held: Post, alice: Actor, internet: FakeInternet, clock: FakeClock
) -> None:
    assert (await queue(instance, "drop", "--host", BETA)).data == {"jobs": 1}
    internet.requests.clear()
    clock.advance(days=1)
    await settle(instance)
    assert internet.requests == []
    found = {each.host: each for each in await states.of_post(instance, alice, held.id)}
    assert (found[BETA].state, found[BETA].reason) == ("refused", "dropped by the operator")


async def test_dead_letters_are_tried_again(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FA-45: when the bug is mended; in slices, and not what waits already."""
    monkeypatch.setattr(queued, "SLICE_JOBS", 2)
    now = instance.now()
    many = [NewJob("work", {"n": n}, unique_key=f"u{n % 5}") for n in range(5)]
    await instance.queue.enqueue_many(many, now=now)
    for job in await instance.queue.claim(9, now):
        await instance.queue.bury(job, "bug", now)
    await instance.queue.enqueue_many(many[:1], now=now)
    assert (await queue(instance, "list", "--state", "dead")).data["total"] == 5
    assert (await queue(instance, "retry", "--dead")).data["jobs"] == 5
    counts = await instance.queue.counts()
    assert (counts["waiting"], counts["dead"]) == (5, 1)
    assert (await queue(instance, "drop", "--dead")).data == {"jobs": 1}


async def test_jobs_are_named_by_their_ids(
    instance: Instance, held: Post, internet: FakeInternet
) -> None:
    ((job, state),) = await queued.list_jobs(queued.Chosen(host=BETA), 9)
    assert state == "held"
    internet.requests.clear()
    assert (await queue(instance, "retry", str(job.id))).data["hosts"] == [BETA]
    await settle(instance)
    assert len(internet.sent_to(BETA)) == 1
    assert (await queue(instance, "drop", str(job.id))).data == {"jobs": 0}
    assert held.id


@pytest.mark.parametrize("words", [["retry"], ["drop"]])
async def test_who_names_nothing_is_told_what_to_name(instance: Instance, words: list[str]) -> None:
    with pytest.raises(Invalid, match="--host NAME"):
        await queue(instance, *words)


async def test_a_host_that_nobody_met_is_not_found(instance: Instance) -> None:
    with pytest.raises(NotFound, match="queue hosts"):
        await queue(instance, "retry", "--host", "nobody.test")


async def test_only_its_author_may_ask_about_a_post(
    instance: Instance, held: Post, bob: Actor
) -> None:
    with pytest.raises(NotFound):
        await states.of_post(instance, bob, held.id)
    with pytest.raises(NotFound):
        await states.of_post(instance, await make_person(instance, "eve"), held.id)


async def test_deliveries_are_kept_30_days(
    instance: Instance, held: Post, alice: Actor, clock: FakeClock
) -> None:
    assert len(await states.of_post(instance, alice, held.id)) == 2
    clock.advance(days=29)
    await states.forget_deliveries(instance, {})
    assert len(await states.of_post(instance, alice, held.id)) == 2
    clock.advance(days=2)
    await states.forget_deliveries(instance, {})
    (waiting,) = await states.of_post(instance, alice, held.id)
    assert waiting.host == BETA


async def test_what_is_parked_stays_bounded(
    instance: Instance, held: Post, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "KEPT_PER_PARKED_HOST_MAX", 3)
    now = instance.now()
    await hosts.note_troubles([Trouble(BETA, "away", now, 20, None, now)], now)
    for _ in range(6):
        await say(instance, alice)
    await settle(instance)
    assert (await instance.queue.counts())["held"] == 7
    await states.forget_deliveries(instance, {})
    assert (await instance.queue.counts())["held"] == 3
    (first, _) = sorted(await states.of_post(instance, alice, held.id), key=lambda d: d.host)
    assert (first.host, first.state) == (BETA, "refused")


async def test_who_comes_back_after_months_gets_what_is_new(
    instance: Instance, held: Post, alice: Actor, clock: FakeClock, internet: FakeInternet
) -> None:
    now = instance.now()
    await hosts.note_troubles([Trouble(BETA, "away", now, 20, None, now)], now)
    clock.advance(days=89)
    await states.forget_deliveries(instance, {})
    assert (await instance.queue.counts())["held"] == 1
    clock.advance(days=1)
    await states.forget_deliveries(instance, {})
    assert (await instance.queue.counts())["held"] == 0
    answering(internet, BETA)
    internet.requests.clear()
    await contact.host_is_back(instance, BETA)
    new = await say(instance, alice)
    await settle(instance)
    (request,) = internet.sent_to(BETA)
    assert json.loads(request.content)["object"]["id"] == new.uri != held.uri


def test_times_are_told_in_one_unit() -> None:
    from_now = [timedelta(seconds=3), timedelta(minutes=-5), timedelta(hours=3), timedelta(days=-2)]
    at = FakeClock()()
    assert [distance(at + each, at) for each in from_now] == [
        *("in 3 s", "5 min ago", "in 3 h", "2 d ago")
    ]
