"""Which inboxes an activity goes to, in which order, and what becomes of a refusal."""

import json
from typing import Any

import httpx2
import pytest

from federation import vocabulary as v
from instance.errors import Gone, RemoteUnreachable
from instance.resources import Instance
from outbox import audience, contact, delivery
from outbox.audience import Audience
from storage import deliveries, hosts, receipts, relations
from storage.records import Actor, FollowState, OutgoingActivity
from tests.instances import FakeClock, drain, is_on_postgres
from tests.internet import FakeInternet
from tests.usecases.queries import counted
from tests.usecases.social import (
    JOBS,
    answering,
    befriend,
    change,
    make_person,
    make_remote,
    say,
    settle,
)


async def _inboxes(instance: Instance, sender: Actor, wanted: Audience) -> list[str]:
    return [each.inbox async for each in audience.inboxes(instance, sender.id, wanted)]


# ---------------------------------------------------------------- audience


async def test_shared_inboxes_come_first_and_each_once(instance: Instance, alice: Actor) -> None:
    """A73, A156, A69, A77, A78."""
    for name in ("a", "b", "c"):
        await befriend(instance, await make_remote(instance, name), alice)
    lone = await make_remote(instance, "author", "wp.test", shared_inbox_url=None)
    await befriend(instance, lone, alice)
    named = await make_remote(instance, "d")
    found = await _inboxes(instance, alice, Audience(followers=True, actor_ids=(named.id,)))
    assert sorted(found) == ["https://beta.test/inbox", "https://wp.test/users/author/inbox"]


async def test_a70_own_host_local_people_and_the_deleted_get_nothing(
    instance: Instance, alice: Actor, bob: Actor, clock: FakeClock
) -> None:
    await befriend(instance, bob, alice)
    gone = await make_remote(instance, "gone", "gone.test")
    await change(gone, deleted_at=clock())
    wanted = Audience(
        followers=True,
        actor_ids=(bob.id, alice.id, gone.id),
        inboxes=("https://alpha.test/inbox", v.PUBLIC + "/inbox", "nonsense"),
    )
    found = await _inboxes(instance, alice, wanted)
    assert not any("alpha.test" in each or each == "nonsense" for each in found)
    assert not any("gone.test" in each for each in found)


async def test_a32_nothing_is_delivered_to_public(
    instance: Instance, alice: Actor, internet: FakeInternet
) -> None:
    await say(instance, alice)
    await settle(instance)
    assert internet.requests == []


async def test_requests_to_follow_us_are_no_followers(instance: Instance, alice: Actor) -> None:
    """PV-13, PV-14."""
    await befriend(instance, await make_remote(instance, "x"), alice, state=FollowState.REQUESTED)
    assert await _inboxes(instance, alice, Audience(followers=True)) == []


async def test_an_audience_survives_its_payload(alice: Actor) -> None:
    wanted = Audience(followers=True, actor_ids=(alice.id,), inboxes=("https://x.test/inbox",))
    again = audience.from_payload(json.loads(json.dumps(wanted.payload())))
    assert again == wanted
    assert audience.from_payload({"actor_ids": "x", "inboxes": [3]}) == Audience()


async def test_a_thousand_followers_are_planned_in_slices(
    instance: Instance, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A67, A162: the plan is enqueued in several transactions, and nobody is missed."""
    monkeypatch.setattr(delivery, "_JOBS_PER_TRANSACTION_MAX", 3)
    for number in range(8):
        person = await make_remote(instance, "x", f"host{number}.test")
        await befriend(instance, person, alice)
    post = await say(instance, alice)
    await drain(instance, {**JOBS, "deliver": _later})
    plan: dict[str, object] = {"activity_id": post.id, "followers": True}
    await delivery.plan(instance, plan)
    await delivery.plan(instance, plan)
    # A plan that runs again does not repeat what waits.
    counts = await instance.queue.counts()
    assert sum(counts.values()) == 8


async def _later(*_: object) -> None:
    raise RemoteUnreachable("later")


# ---------------------------------------------------------------- order


async def test_consequence_9_a_host_gets_what_an_actor_sends_in_this_order(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet, clock: FakeClock
) -> None:
    """FIFO per (actor, host), also when the host was away in between."""
    await befriend(instance, ben, alice)
    texts = [f"number {n}" for n in range(4)]
    with internet.down("beta.test"):
        for text in texts[:2]:
            await say(instance, alice, text)
        await settle(instance)
        internet.requests.clear()
    for text in texts[2:]:
        await say(instance, alice, text)
    for _ in range(8):
        clock.advance(minutes=10)
        await settle(instance)
    arrived = [json.loads(each.content) for each in internet.sent_to("beta.test")]
    assert [_text_of(each) for each in arrived] == texts


def _text_of(document: dict[str, Any]) -> str:
    content: str = document["object"]["content"]
    return content.removeprefix("<p>").removesuffix("</p>")


async def test_a_slow_host_holds_nobody_else(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    """A158, FA-2."""
    answering(internet, "gamma.test")
    await befriend(instance, ben, alice)
    await befriend(instance, await make_remote(instance, "gil", "gamma.test"), alice)
    with internet.down("beta.test"):
        await say(instance, alice)
        await settle(instance)
    assert len(internet.sent_to("gamma.test")) == 1


# ---------------------------------------------------------------- deliver


async def _activity(instance: Instance, sender: Actor) -> OutgoingActivity:
    activity_id = delivery.new_id(instance)
    like = v.Like(id=activity_id.uri, actor=sender.uri, object="https://beta.test/1")
    async with instance.store.transaction():
        await delivery.send(instance, sender, like, Audience(), row=activity_id.row)
    found = await receipts.find_activity(activity_id.row)
    assert found is not None
    return found


async def _payload(instance: Instance, sender: Actor, to: Actor) -> dict[str, object]:
    activity = await _activity(instance, sender)
    is_shared = to.shared_inbox_url is not None
    return {
        "activity_id": activity.id,
        "inbox": to.shared_inbox_url or to.inbox_url,
        "host": to.host,
        "actor_id": None if is_shared else to.id,
    }


async def test_consequence_2_signed_when_it_is_sent(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet, clock: FakeClock
) -> None:
    """A164: the time in the signature is that of the sending."""
    payload = await _payload(instance, alice, ben)
    clock.advance(days=3)
    await delivery.deliver(instance, payload)
    (request,) = internet.sent_to("beta.test")
    assert alice.uri in str(request.headers)
    signed_at = str(int(clock().timestamp()))
    assert signed_at in str(request.headers) or "25 Nov 2026" in request.headers["date"]


async def test_a_taken_back_activity_is_not_sent(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    payload = await _payload(instance, alice, ben)
    await receipts.forget_activities_of(alice.id)
    with pytest.raises(Gone):
        await delivery.deliver(instance, payload)
    await delivery.plan(instance, payload)
    assert internet.requests == []


@pytest.mark.parametrize("status", [400, 403, 404, 406, 410, 422])
async def test_consequence_3_a_refusal_is_final_and_noted(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet, status: int
) -> None:
    """E142, A165, FA-5: it ends this delivery and counts for the host, and is no outage."""
    await befriend(instance, ben, alice)
    internet.answer_next("beta.test", *[httpx2.Response(status)] * 2)
    post = await say(instance, alice)
    await settle(instance)
    host = await hosts.find("beta.test")
    assert host is not None
    assert host.failures == 1
    assert host.last_failure_at == instance.now()
    assert host.failing_since is None
    assert str(status) in host.last_error
    (refused,) = await deliveries.of_post(post.id, alice.id, 9)
    assert (refused.state, refused.host) == ("refused", "beta.test")
    assert str(status) in refused.reason


@pytest.mark.parametrize("status", [401, 408, 429, 500, 502, 503])
async def test_what_is_worth_a_retry(
    instance: Instance,
    alice: Actor,
    ben: Actor,
    internet: FakeInternet,
    clock: FakeClock,
    status: int,
) -> None:
    """A72, A165, FA-3, FA-4: also a 401, which may be a key that they keep too long."""
    await befriend(instance, ben, alice)
    internet.answer_next("beta.test", *[httpx2.Response(status)] * (2 if status == 401 else 1))
    post = await say(instance, alice)
    await settle(instance)
    (waiting,) = await deliveries.of_post(post.id, alice.id, 9)
    assert waiting.state == "held"
    host = await hosts.find("beta.test")
    assert host is not None
    assert host.failing_since == instance.now()
    clock.advance(seconds=3)
    await settle(instance)
    (delivered,) = await deliveries.of_post(post.id, alice.id, 9)
    assert (delivered.state, delivered.attempts) == ("delivered", 2)
    host = await hosts.find("beta.test")
    assert host is not None
    assert (host.failing_since, host.next_try_at, host.failures) == (None, None, 0)
    assert host.last_success_at == instance.now()


@pytest.mark.parametrize("has_shared", [True, False])
async def test_fa5_a_410_at_a_personal_inbox_removes_that_follower(
    instance: Instance, alice: Actor, internet: FakeInternet, *, has_shared: bool
) -> None:
    """A159: at a shared inbox it says nothing about one of its people."""
    answering(internet, "wp.test", status=410)
    shared = "https://wp.test/inbox" if has_shared else None
    gone = await make_remote(instance, "gone", "wp.test", shared_inbox_url=shared)
    other = await make_remote(instance, "other", "wp.test", shared_inbox_url=shared)
    await befriend(instance, gone, alice)
    await befriend(instance, other, alice)
    internet.answer_next("wp.test", *[httpx2.Response(202 if not has_shared else 410)])
    await say(instance, alice)
    await settle(instance)
    left = [each for each in (gone, other) if await relations.find_follow(each.id, alice.id)]
    assert len(left) == (2 if has_shared else 1)


@pytest.mark.skipif(
    is_on_postgres(), reason="there, deliveries that begin in one moment each read their activity"
)
async def test_a_delivery_costs_a_post_and_a_share_of_a_commit(
    instance: Instance, alice: Actor, internet: FakeInternet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BUDGETS, delivery: what 60 of them ask of the database is far from 60 of anything."""
    names = [f"host{number}.test" for number in range(60)]
    answering(internet, *names)
    for name in names:
        await befriend(instance, await make_remote(instance, "x", name), alice)
    await say(instance, alice)
    await drain(instance, {**JOBS, "deliver": _later})
    assert (await instance.queue.counts())["held"] == 60
    for name in names:
        await contact.resume(instance, name)
    await say(instance, alice)
    await settle(instance)
    internet.requests.clear()
    await say(instance, alice)
    with counted(instance, monkeypatch) as statements:
        await settle(instance)
    assert len(internet.requests) == 60
    assert len(statements) < 30
    assert sum("FROM outgoing_activities" in each for each in statements) <= 2
    assert sum((await instance.queue.counts()).values()) == 0


async def test_an_odd_payload_does_nothing(instance: Instance) -> None:
    await delivery.plan(instance, {})
    person = await make_person(instance, "x")
    activity = await _activity(instance, person)
    odd: list[dict[str, object]] = [
        {"activity_id": "x"},
        {"activity_id": activity.id, "inbox": 7},
    ]
    for payload in odd:
        with pytest.raises(Gone):
            await delivery.deliver(instance, payload)
