"""`Kept`: documents as they were last written, by id and version; in memory and bounded.

Nothing is ever invalidated: who asks reads the version in the query it makes anyway, so what was
written for an older row is not found, whoever changed it and in which process. Losing one costs
only the writing of it.
"""

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass

from storage.least_used import LeastUsed


@dataclass(frozen=True, slots=True)
class Written:
    """A document as it goes out, and the tag of just these bytes (E17)."""

    body: bytes
    tag: str


def written(body: bytes) -> Written:
    """Return the bytes with their tag."""
    return Written(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


class Kept(LeastUsed[Written]):
    """Documents by a key that holds the versions of all rows they were written from."""

    def keep(self, key: Hashable, document: Written) -> None:
        """Keep a document."""
        self.put(key, document, len(document.body))
