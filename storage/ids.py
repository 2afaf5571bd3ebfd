"""Time-ordered 63-bit ids: 42 bits of milliseconds since 1970, 21 bits that count within one.

A process never makes the same id twice, also when its clock jumps. Two processes that make an id
in the same millisecond start counting at random places.
"""

import random  # noqa: TID251 - an id is no secret
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from storage.records import RowId

COUNTER_BITS = 21
DAY_IDS = 86_400_000 << COUNTER_BITS
"""How many ids a day has: so a day's ids are those with the same quotient."""
MILLISECONDS_MAX = (1 << 42) - 1

# `new` counts in the lower half of a millisecond and `at` in the upper, so that they never meet;
# each starts in the lower half of its half, which leaves room for half a million ids.
AT_FLAG = 1 << (COUNTER_BITS - 1)
START_BITS = COUNTER_BITS - 2
COUNTER_MAX = AT_FLAG - 1

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
# How many past milliseconds `at` remembers a counter for; the older ones start anew at random.
REMEMBERED_MAX = 10_000


class IdSource:
    """Makes ids. `now` is the clock (aware, UTC)."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._last = 0
        self._past: OrderedDict[int, int] = OrderedDict()
        self._lock = threading.Lock()

    def new(self) -> RowId:
        """Return an id that is larger than all this source made by `new` before."""
        return self.new_block(1)

    def new_block(self, count: int) -> RowId:
        """Return the first of so many ids in a row, all as by `new`; at most some thousands."""
        with self._lock:
            first = self._next()
            self._last += count - 1
            return first

    def go_on_after(self, row_id: int) -> None:
        """Make no id by `new` that is not larger than this one, which is in the database already.

        So order is kept when a clock went back while nobody ran (RELIABILITY, FA-31).
        """
        with self._lock:
            self._last = max(self._last, (row_id >> COUNTER_BITS << COUNTER_BITS) + AT_FLAG * 2)

    def at(self, moment: datetime) -> RowId:
        """Return an unused id whose time is `moment`, at most now: for posts from elsewhere.

        Those in the same millisecond are larger the later they were made.
        """
        return self.block_at(moment, 1)

    def block_at(self, moment: datetime, count: int) -> RowId:
        """Return the first of so many ids in a row, all as by `at`; at most some thousands."""
        millisecond = min(_milliseconds(moment), _milliseconds(self._now()))
        with self._lock:
            last = self._past.pop(millisecond, COUNTER_MAX)
            first = _random_start() if last + count > COUNTER_MAX else last + 1
            self._past[millisecond] = first + count - 1
            if len(self._past) > REMEMBERED_MAX:
                self._past.popitem(last=False)
            return RowId((millisecond << COUNTER_BITS) | AT_FLAG | first)

    def _next(self) -> RowId:
        fresh = (_milliseconds(self._now()) << COUNTER_BITS) | _random_start()
        is_same_millisecond = self._last >> COUNTER_BITS >= fresh >> COUNTER_BITS
        self._last = self._last + 1 if is_same_millisecond else fresh
        return RowId(self._last)


def moment_of(row_id: int) -> datetime:
    """Return when an id was made, to the millisecond."""
    return EPOCH + (row_id >> COUNTER_BITS) * MILLISECOND


def first_of_millisecond(row_id: int) -> RowId:
    """Return the smallest id of the millisecond in which this one was made."""
    return RowId(row_id >> COUNTER_BITS << COUNTER_BITS)


def first_at(moment: datetime) -> RowId:
    """Return the smallest id of a millisecond."""
    return RowId(_milliseconds(moment) << COUNTER_BITS)


def _milliseconds(moment: datetime) -> int:
    return min(max((moment - EPOCH) // MILLISECOND, 0), MILLISECONDS_MAX)


# The system seeds it once: asking it each time would take 40 us.
_random_start = partial(random.Random().getrandbits, START_BITS)  # noqa: S311 - an id is no secret
