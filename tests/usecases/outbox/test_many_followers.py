"""Somebody whom very many people elsewhere follow posts: the plan of the deliveries.

At its full size it runs with `python -m tools.million`.
"""

import json
import tracemalloc
from collections.abc import Sequence
from typing import Any

import pytest

from instance.resources import Instance
from outbox import delivery, publishing
from posts.drafts import Draft
from storage import store
from storage.queue import Queue
from storage.records import Actor
from storage.relations import INBOXES_PER_QUERY
from storage.store import Store
from tests.instances import drain
from tests.usecases.social import make_remote
from tools import million

FOLLOWERS, HOSTS = 20_000, 400
PLANNING = {delivery.PLAN: delivery.plan}


@pytest.fixture
async def ben(instance: Instance) -> Actor:
    """Somebody elsewhere who is named, and follows nobody."""
    return await make_remote(instance, "ben")


async def _inboxes() -> list[str]:
    rows = await store.read("SELECT payload FROM jobs WHERE kind = 'deliver' ORDER BY id")
    return [json.loads(payload)["inbox"] for (payload,) in rows]


@pytest.mark.usefixtures("ben")
async def test_shared_inboxes_come_once_and_who_is_named_comes_first(
    instance: Instance, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A69; no step reads or writes more than some hundred rows, however many follow."""
    await million.fill(instance, alice, followers=FOLLOWERS, hosts=HOSTS)
    sizes: list[int] = []
    read, enqueue_many = Store.read, Queue.enqueue_many

    async def read_and_count(self: Store, sql: str, *values: Any) -> Sequence[Any]:
        rows = await read(self, sql, *values)
        sizes.append(len(rows))
        return rows

    async def enqueue_and_count(self: Queue, jobs: Any, **given: Any) -> None:
        many = list(jobs)
        sizes.append(len(many))
        await enqueue_many(self, many, **given)

    await publishing.publish(instance, alice, Draft(text="Hello @ben@beta.test"))
    with monkeypatch.context() as patch:
        patch.setattr(Store, "read", read_and_count)
        patch.setattr(Queue, "enqueue_many", enqueue_and_count)
        tracemalloc.start()
        await drain(instance, PLANNING)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    inboxes = await _inboxes()
    personal = [each for each in inboxes if "/users/" in each]
    assert inboxes[0] == "https://beta.test/inbox"
    assert len(inboxes) == len(set(inboxes)) == 1 + HOSTS + len(personal)
    assert len(personal) == FOLLOWERS // million.PERSONAL_EVERY
    assert max(sizes) == INBOXES_PER_QUERY
    assert peak < 8_000_000  # what one step holds: a thousand rows and five hundred jobs


async def test_a_plan_that_was_killed_in_the_middle_plans_nothing_twice(
    instance: Instance, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FA-15: what was queued is there, and is not queued again."""
    await million.fill(instance, alice, followers=3 * HOSTS, hosts=HOSTS)
    monkeypatch.setattr(delivery, "_JOBS_PER_TRANSACTION_MAX", 100)
    await publishing.publish(instance, alice, Draft(text="Hello"))
    (job,) = await instance.queue.claim(1, instance.now(), kinds=[delivery.PLAN])
    enqueue, calls = delivery._enqueue, 0

    async def killed(*given: Any) -> None:
        nonlocal calls
        calls += 1
        if calls > 2:
            raise KeyboardInterrupt
        await enqueue(*given)

    with monkeypatch.context() as patch:
        patch.setattr(delivery, "_enqueue", killed)
        with pytest.raises(KeyboardInterrupt):
            await delivery.plan(instance, job.payload)
    assert len(await _inboxes()) == 200
    await delivery.plan(instance, job.payload)
    inboxes = await _inboxes()
    assert len(inboxes) == len(set(inboxes)) == HOSTS + 1  # one of them is personal
