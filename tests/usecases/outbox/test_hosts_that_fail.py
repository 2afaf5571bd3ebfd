"""Hosts that take no deliveries: one try at a time, parked after a week, back when heard from."""

import asyncio
import json
import logging
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as some

from instance import lanes, settling
from instance.resources import Instance
from instance.worker import Worker
from outbox import contact, publishing, states
from posts.drafts import Draft
from storage import deliveries, hosts
from storage import store as storage
from storage.records import Actor, Host, Post
from tests.instances import FakeClock
from tests.internet import FakeInternet
from tests.usecases.social import JOBS, answering, befriend, make_remote, say, settle

BETA = "beta.test"


async def follow(instance: Instance, followed: Actor, *names: str) -> None:
    """Let somebody of each of these hosts follow."""
    for name in names:
        await befriend(instance, await make_remote(instance, "someone", name), followed)


async def standing(name: str = BETA) -> Host:
    found = await hosts.find(name)
    assert found is not None
    return found


async def pass_time(
    instance: Instance, clock: FakeClock, *, for_: timedelta, step: timedelta
) -> None:
    """Let time pass with a worker that looks at each step."""
    worker, until = Worker(instance, JOBS), clock() + for_
    while clock() < until:
        clock.moment += step
        await worker.drain()


def arrived(internet: FakeInternet, name: str = BETA) -> list[str]:
    """What reached a host, as `Create 1`: the type and the number in the words of the post."""
    return [str(json.loads(each.content)["id"]) for each in internet.sent_to(name)]


# ---------------------------------------------------------------- failing


@pytest.mark.parametrize("away_s", [20, 200, 6 * 3600])
async def test_fa1_what_was_posted_while_a_host_was_away_arrives_in_order(
    instance: Instance, alice: Actor, internet: FakeInternet, clock: FakeClock, away_s: int
) -> None:
    """A72, A157."""
    answering(internet, BETA)
    await follow(instance, alice, BETA)
    posts = []
    with internet.down(BETA):
        for number in range(5):
            posts.append(await say(instance, alice, f"number {number}"))
            await pass_time(
                instance,
                clock,
                for_=timedelta(seconds=away_s / 5),
                step=timedelta(seconds=1 + away_s / 500),
            )
        tried = len(internet.sent_to(BETA))
        assert tried < 25
        internet.requests.clear()
        slot = (await standing()).next_try_at
    assert slot is not None
    clock.moment = max(slot, clock())
    await settle(instance)
    assert arrived(internet) == [instance.addresses.activity(post.id) for post in posts]
    assert (await standing()).failing_since is None


async def test_a_failing_host_has_one_delivery_under_way(
    instance: Instance, alice: Actor, internet: FakeInternet, clock: FakeClock
) -> None:
    """A158: RELIABILITY, fairness: however many people there are behind, and however many posts."""
    answering(internet, BETA)
    for number in range(6):
        inbox = f"https://{BETA}/{number}/inbox"
        person = await make_remote(
            instance, f"p{number}", BETA, inbox_url=inbox, shared_inbox_url=None
        )
        await befriend(instance, person, alice)
    with internet.down(BETA):
        await say(instance, alice)
        await settle(instance)
        internet.requests.clear()
        for _ in range(3):
            await say(instance, alice)
            await settle(instance)
        assert internet.requests == []  # not its time
        clock.advance(seconds=3)
        await settle(instance)
        assert len(internet.requests) == 1
        assert (await instance.queue.counts())["held"] == 4 * 6
    clock.advance(minutes=1)
    await settle(instance)
    assert sum((await instance.queue.counts()).values()) == 0
    assert len(internet.sent_to(BETA)) == 1 + 4 * 6


async def test_fa3_a_host_that_asks_for_an_hour_gets_it(
    instance: Instance, alice: Actor, internet: FakeInternet, clock: FakeClock
) -> None:
    """A93: Retry-After is for the host, not for the one delivery; a day at most."""
    answering(internet, BETA)
    await follow(instance, alice, BETA)
    internet.answer_next(BETA, httpx2.Response(429, headers={"retry-after": "3600"}))
    await say(instance, alice)
    await settle(instance)
    await say(instance, alice)
    clock.advance(minutes=59)
    await settle(instance)
    assert len(internet.sent_to(BETA)) == 1
    clock.advance(minutes=14)
    await settle(instance)
    assert len(internet.sent_to(BETA)) == 3


async def test_fa12_five_hundred_dead_hosts_cost_the_living_nothing(
    instance: Instance, alice: Actor, internet: FakeInternet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A158, FA-12, FA-2: the dead hang, and more of them than the lane has places."""
    monkeypatch.setattr(lanes, "SLOW_AFTER", timedelta(0))
    living = [f"live{number}.test" for number in range(10)]
    dead = [f"dead{number}.test" for number in range(120)]
    answering(internet, *living)
    await follow(instance, alice, *dead, *living)
    hanging, done = asyncio.Event(), Counter[str]()

    async def hang(_: httpx2.Request) -> httpx2.Response:
        await hanging.wait()
        return httpx2.Response(503)

    for name in dead:
        internet.add(name, hang)
    small = 70
    worker = Worker(instance, JOBS)
    worker._delivering.at_once_max = small
    await say(instance, alice)
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(60):
        while not all(internet.sent_to(name) for name in living):  # noqa: ASYNC110 - ten of them
            await asyncio.sleep(0.01)
    hanging.set()
    worker.stop()
    await running
    done.update(each.url.host for each in internet.requests)
    assert all(done[name] == 1 for name in living)
    assert small < len(dead)


async def test_a_host_that_is_back_begins_slowly(
    instance: Instance, alice: Actor, internet: FakeInternet, clock: FakeClock
) -> None:
    """RELIABILITY, fairness: slow start, one, two, four, up to eight at a time."""
    people = [
        await make_remote(
            instance, f"p{n}", BETA, inbox_url=f"https://{BETA}/{n}", shared_inbox_url=None
        )
        for n in range(30)
    ]
    for person in people:
        await befriend(instance, person, alice)
    under_way, most = 0, []

    async def answer(_: httpx2.Request) -> httpx2.Response:
        nonlocal under_way
        under_way += 1
        most.append(under_way)
        await asyncio.sleep(0.001)
        under_way -= 1
        return httpx2.Response(202)

    internet.add(BETA, answer)
    with internet.down(BETA):
        await say(instance, alice)
        await settle(instance)
    internet.requests.clear()
    clock.advance(seconds=3)
    await settle(instance)
    assert len(internet.sent_to(BETA)) == 30
    assert most[0] == 1
    assert max(most[:3]) <= 2
    assert max(most) <= lanes.DELIVERIES_PER_HOST_MAX


# ---------------------------------------------------------------- parked


async def test_fa49_after_a_week_a_host_is_left_alone_until_it_is_heard_from(
    instance: Instance,
    alice: Actor,
    internet: FakeInternet,
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A157."""
    answering(internet, BETA)
    await follow(instance, alice, BETA)
    sent: list[Post] = []
    with internet.down(BETA):
        for number in range(9):
            sent.append(await say(instance, alice, f"number {number}"))
            await pass_time(instance, clock, for_=timedelta(days=0.85), step=timedelta(hours=1))
        await publishing.edit(instance, alice, sent[2].id, Draft(text="number 2, mended"))
        await settle(instance)
        host = await standing()
        assert host.given_up_at is not None
        assert host.failing_since is not None
        assert host.given_up_at - host.failing_since >= settling.RETRY_FOR
        assert "parked" in caplog.text
        internet.requests.clear()
        await pass_time(instance, clock, for_=timedelta(days=2), step=timedelta(hours=3))
        assert internet.requests == []
    found = await states.of_post(instance, alice, sent[2].id)
    assert [each.state for each in found] == ["parked", "parked"]
    await contact.host_is_back(instance, BETA)
    await settle(instance)
    words = [json.loads(each.content) for each in internet.sent_to(BETA)]
    order = [each["object"]["content"].removeprefix("<p>").removesuffix("</p>") for each in words]
    newest_first = [f"number {number}" for number in reversed(range(9))]
    newest_first.insert(newest_first.index("number 2") + 1, "number 2, mended")
    # A Create that is sent late says what the post was; its Update follows at once.
    assert order == newest_first
    assert (await standing()).given_up_at is None


async def test_e141_who_reaches_us_and_takes_nothing_is_not_well(
    instance: Instance, alice: Actor, internet: FakeInternet, clock: FakeClock
) -> None:
    """E141: what comes from a host lets it be tried, seldom, and does not begin its week anew."""
    answering(internet, BETA)
    await follow(instance, alice, BETA)
    with internet.down(BETA):
        await say(instance, alice)
        await pass_time(instance, clock, for_=timedelta(days=4), step=timedelta(hours=1))
        began = (await standing()).failing_since
        internet.requests.clear()
        for _ in range(100):
            await contact.host_is_back(instance, BETA)
            await settle(instance)
            clock.advance(seconds=6)
        assert 10 <= len(internet.requests) <= 20
        assert (await standing()).failing_since == began
        await pass_time(instance, clock, for_=timedelta(days=4), step=timedelta(hours=1))
        assert (await standing()).given_up_at is not None
        await contact.host_is_back(instance, BETA)
        await settle(instance)
        assert (await standing()).given_up_at == clock()  # one more try, and it is left alone again
    clock.advance(minutes=1)
    await contact.host_is_back(instance, BETA)
    await settle(instance)
    assert (await standing()).failing_since is None


async def test_who_was_away_for_a_moment_is_tried_as_soon_as_it_is_heard_from(
    instance: Instance, alice: Actor, internet: FakeInternet, clock: FakeClock
) -> None:
    """Not after the rest of its back-off: a server that was restarted has its posts at once."""
    answering(internet, BETA)
    await follow(instance, alice, BETA)
    with internet.down(BETA):
        await say(instance, alice)
        await pass_time(instance, clock, for_=timedelta(seconds=14), step=timedelta(seconds=1))
    failing = await standing()
    assert failing.failing_since is not None
    assert failing.last_failure_at is not None
    assert failing.next_try_at is not None
    # A quarter of the time for which it had failed; when it was tried last is up to the jitter.
    rest = (failing.last_failure_at - failing.failing_since) / 3 + timedelta.resolution  # rounded
    clock.moment = max(clock(), failing.last_failure_at + rest)
    assert clock() < failing.next_try_at
    await contact.host_is_back(instance, BETA)
    await settle(instance)
    assert (await standing()).failing_since is None


async def test_fa49_of_a_week_the_newest_thousand_are_caught_up(
    instance: Instance,
    alice: Actor,
    internet: FakeInternet,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deliveries, "KEPT_PER_PARKED_HOST_MAX", 2)
    answering(internet, BETA)
    await follow(instance, alice, BETA)
    with internet.down(BETA):
        sent = [await say(instance, alice, f"number {number}") for number in range(5)]
        await pass_time(instance, clock, for_=timedelta(days=8), step=timedelta(hours=2))
    internet.requests.clear()
    (given_up,) = await states.of_post(instance, alice, sent[0].id)
    assert given_up.state == "refused"
    assert "given up" in given_up.reason
    sent.append(await say(instance, alice, "one more, while it is parked"))
    await settle(instance)
    await contact.host_is_back(instance, BETA)
    await settle(instance)
    assert arrived(internet) == [instance.addresses.activity(post.id) for post in sent[:3:-1]]


async def test_a_peer_away_for_almost_a_week_gets_everything_in_order(
    instance: Instance, alice: Actor, internet: FakeInternet, clock: FakeClock
) -> None:
    """RELIABILITY, retry window: 6 d 23 h, 0 lost."""
    answering(internet, BETA)
    await follow(instance, alice, BETA)
    with internet.down(BETA):
        sent = [await say(instance, alice, f"number {number}") for number in range(6)]
        week = timedelta(days=6, hours=23)
        await pass_time(instance, clock, for_=week, step=timedelta(hours=1))
    internet.requests.clear()
    assert (await standing()).given_up_at is None
    await pass_time(instance, clock, for_=timedelta(hours=10), step=timedelta(hours=1))
    assert arrived(internet) == [instance.addresses.activity(post.id) for post in sent]


async def test_a_host_that_is_well_is_looked_up_seldom(
    instance: Instance, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = 0

    async def count(_: str, _now: datetime, _rest: timedelta) -> bool:
        nonlocal reads
        reads += 1
        return False

    monkeypatch.setattr(hosts, "is_worth_a_try", count)
    for _ in range(20):
        await contact.host_is_back(instance, BETA)
    assert reads == 1
    clock.advance(seconds=6)
    await contact.host_is_back(instance, BETA)
    assert reads == 2


# ---------------------------------------------------------------- own outage


async def test_fa48_when_nobody_can_be_reached_it_is_us(
    instance: Instance,
    alice: Actor,
    internet: FakeInternet,
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No host is marked dead, however long it lasts; one line when it begins, one when it ends."""
    names = [f"host{number}.test" for number in range(8)]
    await follow(instance, alice, *names)
    caplog.set_level(logging.INFO)
    await say(instance, alice)
    worker = Worker(instance, JOBS)
    for step in [timedelta(seconds=5)] * 9 + [timedelta(hours=1)] * (9 * 24):
        await worker.drain()
        clock.moment += step
    assert caplog.text.count("our own network") == 1
    for name in names:
        host = await standing(name)
        assert host.given_up_at is None
        assert host.next_try_at is not None
        assert host.next_try_at - clock() <= timedelta(minutes=1)
    answering(internet, *names)
    internet.requests.clear()
    await worker.drain()
    assert Counter(each.url.host for each in internet.requests) == Counter(names)
    assert caplog.text.count("can be reached again") == 1


async def test_dead_hosts_are_no_outage_of_ours(
    instance: Instance, alice: Actor, internet: FakeInternet, clock: FakeClock
) -> None:
    dead = [f"dead{number}.test" for number in range(8)]
    await follow(instance, alice, *dead, BETA)
    answering(internet, BETA)
    worker = Worker(instance, JOBS)
    for _ in range(8 * 24):
        await say(instance, alice)
        await worker.drain()
        clock.advance(hours=1)
    for name in dead:
        assert (await standing(name)).given_up_at is not None


# ---------------------------------------------------------------- whatever happens

ACTS = some.lists(
    some.sampled_from(["create", "edit", "delete", "down", "up", "wait", "day", "contact"]),
    min_size=4,
    max_size=16,
)


@hypothesis_settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(acts=ACTS)
async def test_whatever_happens_each_post_keeps_its_order_and_nothing_is_lost(
    instance: Instance, alice: Actor, internet: FakeInternet, clock: FakeClock, acts: list[str]
) -> None:
    """Order per post, at least once with the same id, nothing else twice; outages of days."""
    for table in ("jobs", "hosts", "follows"):
        await storage.write(f"DELETE FROM {table}")  # noqa: S608 - one of ours
    answering(internet, BETA)
    person = await make_remote(instance, f"p{instance.ids.new()}", BETA)
    await befriend(instance, person, alice)
    internet.requests.clear()
    taken: list[dict[str, Any]] = []

    def take(request: httpx2.Request) -> httpx2.Response:
        taken.append(json.loads(request.content))
        return httpx2.Response(202)

    internet.add(BETA, take)
    beta = internet._hosts[BETA]
    worker, living, expected = Worker(instance, JOBS), list[Post](), Counter[str]()
    for number, act in enumerate([*acts, "up", "wait", "contact"]):
        if act == "create":
            living.append(await say(instance, alice, f"number {number}"))
            expected["Create"] += 1
        elif act == "edit" and living:
            await publishing.edit(instance, alice, living[-1].id, Draft(text=f"edit {number}"))
            expected["Update"] += 1
        elif act == "delete" and living:
            await publishing.delete(instance, alice, living.pop().id)
            expected["Delete"] += 1
        elif act in {"down", "up"}:
            beta.is_down = act == "down"
        elif act == "contact":
            await contact.host_is_back(instance, BETA)
        else:
            clock.advance(seconds=90 if act == "wait" else 86_400)
        await worker.drain()
    for _ in range(12):
        clock.advance(hours=8)
        await worker.drain()
    _check_ledger(taken, expected, living)
    assert sum((await instance.queue.counts()).values()) == 0


def _check_ledger(taken: list[dict[str, Any]], expected: Counter[str], living: list[Post]) -> None:
    ids = [each["id"] for each in taken]
    assert len(ids) == len(set(ids))
    kinds = Counter(each["type"] for each in taken)
    assert kinds["Delete"] == expected["Delete"]  # Creates of what is deleted are taken back
    created = {each["object"]["id"] for each in taken if each["type"] == "Create"}
    assert {post.uri for post in living} <= created
    rank = {"Create": 0, "Update": 1, "Delete": 2}
    seen: dict[str, list[int]] = {}
    for each in taken:
        about = each["object"] if isinstance(each["object"], str) else each["object"]["id"]
        seen.setdefault(about, []).append(rank[each["type"]])
    assert all(order == sorted(order) for order in seen.values())
