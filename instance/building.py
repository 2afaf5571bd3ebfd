"""Composition: opens the resources that an `Instance` bundles, and closes them again."""

import importlib
from collections.abc import Callable
from datetime import UTC, datetime

from federation.addresses import Addresses
from federation.client import FederationClient
from federation.file_seals import FileSeals
from federation.linked_data import LinkedData
from federation.transport import Transport
from instance.host_memory import StoredHosts
from instance.resources import Instance
from instance.rulebook import Rulebook
from instance.settings import Settings, make_data_dir
from storage.blobs import Blobs, FolderBlobs
from storage.cache import Cache, MemoryCache
from storage.events import JOBS_DUE, Events, MemoryEvents
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
    transport: Transport | None = None,
) -> Instance:
    """Open everything. Tests give their own clock and their own internet (`transport`)."""
    make_data_dir(settings)
    store = await Store.open(
        settings.storage.url,
        data_dir=settings.data_dir,
        connections_max=settings.storage.pool_connections_max,
        replica_url=settings.storage.replica_url,
    )
    ids, linked_data = IdSource(now), LinkedData()
    cache, events = _open_shared(settings)
    rulebook = Rulebook(store, now, is_allow_list=settings.federation.allow_list)
    return Instance(
        settings=settings,
        now=now,
        ids=ids,
        store=store,
        queue=Queue(ids, tell_others=lambda: events.publish(JOBS_DUE)),
        http=FederationClient(
            settings,
            now,
            transport=transport,
            memory=StoredHosts(store, now),
            linked_data=linked_data,
            gate=rulebook,
        ),
        cache=cache,
        events=events,
        blobs=_open_blobs(settings),
        addresses=_addresses(settings, now),
        linked_data=linked_data,
        rulebook=rulebook,
    )


def _addresses(settings: Settings, now: Callable[[], datetime]) -> Addresses:
    key = settings.privacy.files_key.encode()
    seals = FileSeals(key, now) if key else None
    return Addresses(settings.base_url, settings.handle_domain, seals=seals)


def _open_shared(settings: Settings) -> tuple[Cache, Events]:
    """Open what processes share: in Redis if a setting names one, else in our own memory."""
    if not settings.cache.url:
        return MemoryCache(), MemoryEvents()
    # The library is a tenth of what a start costs: only who uses it loads it.
    link = importlib.import_module("storage.redis_link").RedisLink(settings.cache.url)
    # Several servers may use one Redis, and its channels know no database numbers.
    prefix = f"kittiwake:{settings.domain}:"
    cache = importlib.import_module("storage.redis_cache").RedisCache(link, prefix=prefix)
    events = importlib.import_module("storage.redis_events").RedisEvents(link, f"{prefix}events")
    return cache, events


def _open_blobs(settings: Settings) -> Blobs:
    media = settings.media
    if not media.url:
        return FolderBlobs(settings.data_dir / "media")
    # As above: a large library for those alone who use it.
    blobs: Blobs = importlib.import_module("storage.s3_blobs").S3Blobs(
        media.url,
        endpoint=media.endpoint,
        region=media.region,
        keys=(media.access_key, media.secret_key),
        public_url=media.public_url,
    )
    return blobs


async def close(instance: Instance) -> None:
    """Close everything, in the reverse order."""
    await instance.http.aclose()
    await instance.linked_data.aclose()
    await instance.blobs.close()
    await instance.events.close()
    await instance.cache.close()
    await instance.store.close()
