"""What worked with each host, kept in the table `hosts`: signature scheme and content type.

`federation` asks, `storage` keeps, and neither knows the other: this adapter stands above both.
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Final

from federation.double_knock import Scheme
from federation.habits import Habits
from storage import hosts
from storage.records import Host
from storage.store import Store

HOSTS_IN_MEMORY_MAX = 2000

_SCHEMES: Final[dict[str, Scheme]] = {"cavage": "cavage", "rfc9421": "rfc9421"}


class StoredHosts:
    """A `HostMemory` that outlives the process; the hosts met lately cost no query."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._recent: OrderedDict[str, Habits] = OrderedDict()

    async def habits_of(self, host: str) -> Habits:
        """Return what is known of a host."""
        known = self._recent.get(host)
        if known is None:
            with self._store.active():
                known = _habits(await hosts.find(host))
        self._note(host, known)
        return known

    async def remember(self, host: str, habits: Habits) -> None:
        """Keep what worked."""
        with self._store.active():
            await hosts.note_success(
                host,
                self._now(),
                signature_scheme=habits.scheme,
                content_type=habits.content_type,
            )
        self._note(host, habits)

    def _note(self, host: str, habits: Habits) -> None:
        self._recent[host] = habits
        self._recent.move_to_end(host)
        if len(self._recent) > HOSTS_IN_MEMORY_MAX:
            self._recent.popitem(last=False)


def _habits(host: Host | None) -> Habits:
    if host is None:
        return Habits()
    return Habits(_SCHEMES.get(host.signature_scheme or ""), host.content_type)
