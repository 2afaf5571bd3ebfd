"""`LeastUsed`: values that cost something to make, kept in this process and bounded in bytes.

It knows nothing of what is current: who gets a value checks it by a version. Losing one costs time.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

V = TypeVar("V")

BYTES_MAX = 10 * 1024 * 1024
ENTRY_BYTES = 1000
"""About what an entry costs beside the size it is said to have."""


class LeastUsed(Generic[V]):
    """Values by key; those that were not used for the longest time go when there is no room."""

    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._found: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()

    def get(self, key: Hashable) -> V | None:
        """Return a value that is kept."""
        found = self._found.get(key)
        if found is None:
            return None
        self._found.move_to_end(key)
        return found[0]

    def put(self, key: Hashable, value: V, size: int) -> None:
        """Keep a value of so many bytes, instead of the one that was kept by this key."""
        before = self._found.pop(key, None)
        if before is not None:
            self._bytes -= before[1]
        size += ENTRY_BYTES
        self._found[key] = value, size
        self._bytes += size
        while self._bytes > self._bytes_max:
            _, (_, gone) = self._found.popitem(last=False)
            self._bytes -= gone

    def clear(self) -> None:
        """Forget everything."""
        self._found.clear()
        self._bytes = 0

    def __len__(self) -> int:
        """Return how many values are kept."""
        return len(self._found)
