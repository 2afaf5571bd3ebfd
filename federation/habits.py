"""What works with which host: how it wants requests signed, which content type it takes."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

from federation.double_knock import Scheme

HOSTS_REMEMBERED_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Habits:
    """What worked with a host: signature scheme and content type of a POST; None: not known."""

    scheme: Scheme | None = None
    content_type: str | None = None


class HostMemory(Protocol):
    """Remembers the habits of hosts; forgetting costs one more request."""

    async def habits_of(self, host: str) -> Habits:
        """Return what is known of a host."""
        ...

    async def remember(self, host: str, habits: Habits) -> None:
        """Keep what worked."""
        ...


class RecentHosts:
    """The habits of the hosts seen lately, in memory."""

    def __init__(self) -> None:
        self._habits: OrderedDict[str, Habits] = OrderedDict()

    async def habits_of(self, host: str) -> Habits:
        """Return what is known of a host."""
        return self._habits.get(host, Habits())

    async def remember(self, host: str, habits: Habits) -> None:
        """Keep what worked."""
        self._habits[host] = habits
        self._habits.move_to_end(host)
        if len(self._habits) > HOSTS_REMEMBERED_MAX:
            self._habits.popitem(last=False)
