"""Fixtures of the storage tests: `store`, once on SQLite and once on PostgreSQL, and a queue."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage import redis_link
from storage.queue import Queue
from storage.store import Store
from tests import factories
from tests.storage.databases import DIALECTS, open_store


@pytest.fixture(autouse=True)
def patient_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Redis that answers late, because the machine stands still, is not away."""
    monkeypatch.setattr(redis_link, "TIMEOUT_S", 60.0)


@pytest.fixture(params=DIALECTS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty, migrated store, active in the test."""
    async with open_store(request.param, tmp_path) as opened:
        with opened.active():
            yield opened


@pytest.fixture
def queue(store: Store) -> Queue:
    """The queue of the active store."""
    del store
    return Queue(factories._ids)
