"""`Instance`: the resources of one running server, handed to every use case as first argument.

Built by `main.build()`; tests build several and let them talk. Nothing here does any work.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from federation.addresses import Addresses
from federation.client import FederationClient
from instance.settings import Settings
from storage.blobs import FolderBlobs
from storage.cache import Cache
from storage.ids import IdSource
from storage.queue import Queue
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
    blobs: FolderBlobs
    addresses: Addresses
