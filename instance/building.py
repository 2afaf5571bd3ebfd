"""Composition: opens the resources that an `Instance` bundles, and closes them again."""

import importlib
from collections.abc import Callable
from datetime import UTC, datetime

import httpx2

from federation.addresses import Addresses
from federation.client import FederationClient
from instance.host_memory import StoredHosts
from instance.resources import Instance
from instance.settings import Settings, make_data_dir
from storage.blobs import FolderBlobs
from storage.cache import Cache, MemoryCache
from storage.ids import IdSource
from storage.queue import Queue
from storage.store import Store


def utc_now() -> datetime:
    """Return the time of the machine: the clock of every instance that runs for real."""
    return datetime.now(UTC)  # noqa: TID251 - the one place that asks the machine


async def build(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> Instance:
    """Open everything. Tests give their own clock and their own internet (`transport`)."""
    make_data_dir(settings)
    store = await Store.open(
        settings.storage.url,
        data_dir=settings.data_dir,
        connections_max=settings.storage.pool_connections_max,
    )
    ids = IdSource(now)
    return Instance(
        settings=settings,
        now=now,
        ids=ids,
        store=store,
        queue=Queue(ids),
        http=FederationClient(settings, now, transport=transport, memory=StoredHosts(store, now)),
        cache=_open_cache(settings),
        blobs=FolderBlobs(settings.data_dir / "media"),
        addresses=Addresses(settings.base_url),
    )


def _open_cache(settings: Settings) -> Cache:
    if not settings.cache.url:
        return MemoryCache()
    # The library is a tenth of what a start costs: only who uses it loads it.
    cache: Cache = importlib.import_module("storage.redis_cache").RedisCache(settings.cache.url)
    return cache


async def close(instance: Instance) -> None:
    """Close everything, in the reverse order."""
    await instance.http.aclose()
    await instance.cache.close()
    await instance.store.close()
