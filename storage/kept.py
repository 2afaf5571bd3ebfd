"""`Kept`: documents as they were last written, by id and version; in memory and bounded.

Nothing is ever invalidated: who asks reads the version in the query it makes anyway, so what was
written for an older row is not found, whoever changed it and in which process. Losing one costs
only the writing of it.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

BYTES_MAX = 16 * 1024 * 1024
ENTRY_BYTES = 500
"""About what an entry costs beside its body."""


@dataclass(frozen=True, slots=True)
class Written:
    """A document as it goes out, and the tag of just these bytes (E17)."""

    body: bytes
    tag: str


def written(body: bytes) -> Written:
    """Return the bytes with their tag."""
    return Written(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


class Kept:
    """Documents by a key that holds the versions of all rows they were written from."""

    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._found: OrderedDict[Hashable, Written] = OrderedDict()

    def get(self, key: Hashable) -> Written | None:
        """Return what was written from just these versions."""
        found = self._found.get(key)
        if found is not None:
            self._found.move_to_end(key)
        return found

    def put(self, key: Hashable, document: Written) -> None:
        """Keep a document; the least used go when there is no room."""
        before = self._found.pop(key, None)
        if before is not None:
            self._bytes -= len(before.body) + ENTRY_BYTES
        self._found[key] = document
        self._bytes += len(document.body) + ENTRY_BYTES
        while self._bytes > self._bytes_max:
            _, oldest = self._found.popitem(last=False)
            self._bytes -= len(oldest.body) + ENTRY_BYTES

    def __len__(self) -> int:
        """Return how many documents are kept."""
        return len(self._found)
