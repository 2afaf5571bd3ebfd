"""Claims take no more than they were asked for, whatever plan PostgreSQL makes of them.

A subquery with a limit that stands beside the rows to be changed may be asked anew for each of
them, and then takes others each time. Which plan is made depends on how many rows there were when
the table was looked at last.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from storage import deliveries, full_text, hosts
from storage.hosts import Trouble
from storage.ids import IdSource
from storage.queue import NewJob, Queue
from storage.store import Store
from tests.factories import START, insert, insert_actor, insert_post, make_activity

PLANS = (
    ("enable_hashjoin", "enable_mergejoin", "enable_hashagg", "enable_sort", "enable_material"),
    ("enable_nestloop", "enable_indexscan", "enable_bitmapscan"),
    ("enable_nestloop", "enable_mergejoin"),
)
NUMBER = 6


@pytest.fixture(params=PLANS, ids=lambda names: f"without {names[0]}")
async def planned(
    request: pytest.FixtureRequest, postgres_url: str, tmp_path: Path
) -> AsyncIterator[Store]:
    """A store whose database may not join in some ways."""
    name = postgres_url.rpartition("/")[2]
    connection = await asyncpg.connect(postgres_url)
    for setting in request.param:
        await connection.execute(f'ALTER DATABASE "{name}" SET {setting} = off')
    await connection.close()
    opened = await Store.open(postgres_url, data_dir=tmp_path)
    await opened.migrate()
    with opened.active():
        yield opened
    await opened.close()


async def _queue_some() -> Queue:
    queue = Queue(IdSource(lambda: START))
    alice = await insert_actor()
    for number in range(NUMBER):
        activity = make_activity(alice, post_id=None)
        await insert(activity)
        job = NewJob(
            "deliver",
            {"activity_id": activity.id},
            unique_key=f"deliver:{activity.id}",
            host=f"host{number}.test" if number % 2 else "far.test",
            activity_id=activity.id,
        )
        await queue.enqueue_many([job], now=START)
    return queue


async def test_a_failing_host_gets_as_many_deliveries_as_it_may(planned: Store) -> None:
    """A158: one at a time."""
    del planned
    trouble = Trouble("far.test", "away", failing_since=START, failures=1, next_try_at=START)
    await hosts.note_troubles([trouble], START)
    queue = await _queue_some()
    assert len(await queue.claim(99, START)) == NUMBER // 2
    assert len(await deliveries.take_held("far.test", 1, START, 30)) == 1
    assert len(await deliveries.take_held("far.test", 1, START, 30)) == 1


async def test_a_worker_gets_as_many_jobs_as_it_has_room_for(planned: Store) -> None:
    del planned
    queue = await _queue_some()
    assert [len(await queue.claim(2, START)) for _ in range(4)] == [2, 2, 2, 0]


async def test_each_host_that_is_due_goes_to_one_worker(planned: Store) -> None:
    del planned
    await hosts.note_troubles(
        [
            Trouble(f"h{n}.test", "away", failing_since=START, failures=1, next_try_at=START)
            for n in range(NUMBER)
        ],
        START,
    )
    later = START.replace(year=START.year + 1)
    assert [len(await hosts.take_due(2, START, later)) for _ in range(4)] == [2, 2, 2, 0]


async def test_posts_are_indexed_in_slices(planned: Store) -> None:
    author = await insert_actor()
    for _ in range(NUMBER):
        await insert_post(author)
    async with planned.transaction():
        assert (await full_text.take_unindexed(2)).number == 2
