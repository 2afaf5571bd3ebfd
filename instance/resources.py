"""`Instance`: the resources of one running server, handed to every use case as first argument.

Built by `instance/building.py`; tests build several and let them talk. Nothing here does any work.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from federation.addresses import Addresses
from federation.client import FederationClient
from federation.linked_data import LinkedData
from instance.open_streams import OpenStreams
from instance.rulebook import Rulebook
from instance.settings import Settings
from storage.blobs import Blobs
from storage.cache import Cache
from storage.events import Events
from storage.ids import IdSource
from storage.kept import Kept
from storage.least_used import LeastUsed
from storage.queue import Queue
from storage.records import OutgoingActivity, RowId
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Instance:
    """The resources of one running server. `now` is the only clock (aware, UTC)."""

    settings: Settings
    now: Callable[[], datetime]
    ids: IdSource
    store: Store
    queue: Queue
    http: FederationClient
    cache: Cache
    events: Events
    blobs: Blobs
    addresses: Addresses
    linked_data: LinkedData
    rulebook: Rulebook
    sending: dict[RowId, tuple[datetime, OutgoingActivity]] = field(
        default_factory=dict, repr=False
    )
    """Activities that are being delivered, and when each was read."""
    hosts_heard: dict[str, datetime] = field(default_factory=dict, repr=False)
    """Hosts that sent something, and when it was last looked whether they were given up."""
    decoders: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2), repr=False)
    """So many processes decode uploaded pictures at once (`media/decoding.py`)."""
    fetchers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(8), repr=False)
    """So many files of other servers are fetched at once (`media/remote.py`)."""
    fetching: dict[str, asyncio.Event] = field(default_factory=dict, repr=False)
    """Which files those are, by key; set when one has come, or not."""
    secrets: dict[str, bytes] = field(default_factory=dict, repr=False)
    """Secrets of the server that were read already (`storage/server_keys.py`)."""
    signers: dict[RowId, Any] = field(default_factory=dict, repr=False)
    """Keys of local actors that were used lately (`actors/local_keys.py`), and when each was read.

    Private keys stay out of the shared cache.
    """
    kept: Kept = field(default_factory=Kept, repr=False)
    """Documents as they were last written, by id and version."""
    filters: LeastUsed[Any] = field(default_factory=LeastUsed, repr=False)
    """The filters of people, checked by versions (`feeds/keyword_filters.py`)."""
    streams: OpenStreams[Any] = field(default_factory=OpenStreams, repr=False)
    """The streams that are open in this process (`webapp/streaming/`)."""
    renderings: LeastUsed[Any] = field(default_factory=LeastUsed, repr=False)
    """Parts of pages as they were rendered, checked by versions (`webapp/pages/articles.py`)."""
