"""After a `kill -9`: what the dead process held runs again, as early as may be known to be safe."""

from datetime import timedelta

import pytest

import serving
from instance.resources import Instance
from tests.instances import is_on_postgres


async def _held(instance: Instance) -> None:
    """A job that somebody has claimed and will never finish."""
    await instance.queue.enqueue("work", {}, now=instance.now())
    assert len(await instance.queue.claim(1, instance.now(), lease_s=30)) == 1


@pytest.mark.skipif(is_on_postgres(), reason="the lock is that of the SQLite file")
async def test_who_holds_the_lock_takes_over_at_once(instance: Instance) -> None:
    """RELIABILITY, crash recovery; FA-14 to FA-16 on SQLite."""
    await _held(instance)
    instance.store.lock_exclusively()
    await serving._reclaim_jobs(instance)
    assert len(await instance.queue.claim(1, instance.now())) == 1


async def test_without_the_lock_only_the_end_of_a_lease_decides(instance: Instance) -> None:
    """FA-39: on PostgreSQL another process may still be at it."""
    await _held(instance)
    assert not instance.store.is_locked_exclusively
    await serving._reclaim_jobs(instance)
    assert await instance.queue.claim(1, instance.now()) == []
    late = instance.now() + timedelta(seconds=31)
    assert len(await instance.queue.claim(1, late)) == 1
