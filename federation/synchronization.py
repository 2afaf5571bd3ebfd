"""Followers synchronization between servers: the digest and its header (FEP-8fcf); pure.

https://codeberg.org/fediverse/fep/src/branch/main/fep/8fcf/fep-8fcf.md
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

HEADER = "Collection-Synchronization"
HEADER_LETTERS_MAX = 8192

_DIGEST_BYTES = 32
_PARAMETER = re.compile(r'\s*(collectionId|url|digest)\s*=\s*"([^"\\]{1,2048})"\s*(?:,|$)')
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Synchronization:
    """What a header says: the followers' collection, the part of it at one host, its digest."""

    collection: str
    url: str
    digest: str


class Digest:
    """The digest of some ids in any order: their SHA-256, put together by XOR."""

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self._sum = 0
        for each in ids:
            self.add(each)

    def add(self, uri: str) -> None:
        """Put one more id to it."""
        self._sum ^= int.from_bytes(hashlib.sha256(uri.encode()).digest())

    def __str__(self) -> str:
        """Write it as it stands in the header."""
        return self._sum.to_bytes(_DIGEST_BYTES).hex()


def write(said: Synchronization) -> str:
    """The value of the header."""
    return f'collectionId="{said.collection}", url="{said.url}", digest="{said.digest}"'


def parse(header: str) -> Synchronization | None:
    """Read the value of a header; None when it is not one, says a thing twice or not at all."""
    if len(header) > HEADER_LETTERS_MAX:
        return None
    found: dict[str, str] = {}
    position = 0
    while position < len(header):
        match = _PARAMETER.match(header, position)
        if match is None or match[1] in found:
            return None
        found[match[1]] = match[2]
        position = match.end()
    if len(found) != len(("collectionId", "url", "digest")):
        return None
    digest = found["digest"].lower()
    if not _HEX.fullmatch(digest):
        return None
    return Synchronization(found["collectionId"], found["url"], digest)
