"""Seals: what makes the address of a file one that was told, and says how long it holds; pure."""

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

HOLDS_S: Final = 7 * 24 * 3600
"""An address on a page holds so long at most, and half of it at least."""
_LETTERS: Final = 32
_SEALED: Final = re.compile(rb"(?:until=([0-9]{1,12})&)?seal=([0-9a-f]{32})")


def seal(key: bytes, words: str) -> str:
    """Return the seal of some words: 128 bits that only who has the key can make."""
    return hmac.new(key, words.encode(), hashlib.sha256).hexdigest()[:_LETTERS]


def is_seal(given: str, key: bytes, words: str) -> bool:
    """Whether this is the seal of these words; takes as long for any that is not."""
    return hmac.compare_digest(seal(key, words).encode(), given.encode(errors="replace"))


@dataclass(frozen=True, slots=True)
class FileSeals:
    """Seals the addresses of uploads whose post is not for everybody (MD-12).

    Pages and apps are told an address with an end. Other servers are told one without: they keep
    addresses, and fetch a file again when they have thrown their copy away.
    """

    key: bytes = field(repr=False)
    now: Callable[[], datetime] = field(repr=False, compare=False)

    @property
    def until(self) -> int:
        """When what is told now ends; the same for half of `HOLDS_S`, so that it can be kept."""
        half = HOLDS_S // 2
        return (self._now_s // half + 2) * half

    def told(self, url: str) -> str:
        """Return the address of a file as readers are told it."""
        until = self.until
        return f"{url}?until={until}&seal={seal(self.key, _words(url, until))}"

    def delivered(self, url: str) -> str:
        """Return the address of a file as other servers are told it."""
        return f"{url}?seal={seal(self.key, _words(url, None))}"

    def left_s(self, url: str, query: bytes) -> int:
        """Return for how many seconds the address with this query holds; 0: it does not."""
        found = _SEALED.fullmatch(query)
        if found is None:
            return 0
        until = int(found[1]) if found[1] else None
        if not is_seal(found[2].decode(), self.key, _words(url, until)):
            return 0
        return HOLDS_S if until is None else max(0, until - self._now_s)

    @property
    def _now_s(self) -> int:
        return int(self.now().timestamp())


def _words(url: str, until: int | None) -> str:
    return url if until is None else f"{url} {until}"
