"""Whose activity is taken in next: what people wait for first, then hosts in turn; bounded.

Few are taken in at once, so that a person's own request never stands behind many of them. The
others wait here, unanswered, each host in a line of its own: one that sends thousands in a second
fills its own line (429), and the next one of another host goes before all of them (RX-25, FA-35).
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from weakref import WeakKeyDictionary

from instance.errors import TooMany, Unavailable
from instance.resources import Instance
from instance.settings import InboxSettings
from storage import receipts
from storage.store import Store

AT_ONCE_MAX = 6
RETRY_AFTER_S = 10
LOOK_EVERY = timedelta(seconds=5)

_Lines = OrderedDict[str, deque[asyncio.Future[None]]]


class Turns:
    """The places in which activities are taken in, and the lines in front of them."""

    def __init__(self, limits: InboxSettings) -> None:
        self._free = AT_ONCE_MAX
        self._urgent: _Lines = OrderedDict()
        self._bulk: _Lines = OrderedDict()
        self._waiting = 0
        self._waiting_max = limits.waiting_max
        self._waiting_per_host_max = limits.waiting_per_host_max
        self._backlog_max = limits.backlog_max
        self._looked_at = datetime.min.replace(tzinfo=UTC)
        self._is_full = False

    async def check_backlog(self, now: datetime) -> None:
        """Raise `Unavailable` while too many activities wait for jobs; looks every few seconds."""
        if abs(now - self._looked_at) >= LOOK_EVERY:
            self._looked_at = now
            self._is_full = await receipts.count_waiting(self._backlog_max) >= self._backlog_max
        if self._is_full:
            message = "Too much waits to be done at this server just now."
            raise Unavailable(message, retry_after_s=60, detail="inbox: the backlog is full")

    @asynccontextmanager
    async def turn(self, host: str, *, is_urgent: bool) -> AsyncIterator[None]:
        """Hold a place, when it is one's turn.

        Raises `TooMany` when too many of this host wait already, `Unavailable` when too many do.
        """
        if self._free:
            self._free -= 1
        else:
            await self._wait(self._urgent if is_urgent else self._bulk, host)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, lines: _Lines, host: str) -> None:
        line = lines.setdefault(host, deque())
        if len(line) >= self._waiting_per_host_max:
            message = "Your server sends more than its share just now."
            raise TooMany(message, retry_after_s=RETRY_AFTER_S, detail=f"inbox: {host} is full")
        if self._waiting >= self._waiting_max:
            if not line:
                del lines[host]
            message = "Too much arrives at this server just now."
            raise Unavailable(message, retry_after_s=RETRY_AFTER_S, detail="inbox: full")
        place = asyncio.get_running_loop().create_future()
        line.append(place)
        self._waiting += 1
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled():
                self._waiting -= 1
            else:
                self._pass_on()  # it became ours just as we left
            raise

    def _pass_on(self) -> None:
        """Give a place to the next who still waits, or keep it free."""
        for lines in (self._urgent, self._bulk):
            while lines:
                host, line = lines.popitem(last=False)
                place = line.popleft()
                if line:
                    lines[host] = line  # behind the other hosts
                if not place.cancelled():
                    self._waiting -= 1
                    place.set_result(None)
                    return
        self._free += 1


_TURNS: WeakKeyDictionary[Store, Turns] = WeakKeyDictionary()


def of(instance: Instance) -> Turns:
    """Return the turns of one server: they live as long as its store."""
    found = _TURNS.get(instance.store)
    if found is None:
        found = _TURNS[instance.store] = Turns(instance.settings.inbox)
    return found
