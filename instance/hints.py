"""What open streams are told: kinds of happenings, as hints that go out once others can read them.

A hint names rows and holds no words: whoever hears it looks into the database as any reader does.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from instance.resources import Instance

STREAMS: Final = "streams"
"""The channel of all hints for streams (`storage/events.py`)."""


class Kind(StrEnum):
    """What happened; beside it the ids that a hint of this kind has."""

    POSTED = "posted"
    """A post can be read by everybody who may: post."""
    FED = "fed"
    """Something stands in the feeds of its readers: post, booster or 0."""
    EDITED = "edited"
    """A post reads differently: post."""
    DELETED = "deleted"
    """Posts or boosts are gone: of each its id as a status, and who wrote or boosted it.

    `text` are the hashtags of the post, which nobody can look up any more.
    """
    TOLD = "told"
    """Somebody was told something: owner, notification."""
    FILTERS = "filters"
    """Somebody's filters, blocks or mutes are others now: owner."""
    MERGED = "merged"
    """What was held back from somebody is told now: owner."""
    ANNOUNCED = "announced"
    """An announcement is there or reads differently: announcement."""
    REACTED = "reacted"
    """The emoji under an announcement were counted anew: announcement; `text` is the emoji."""
    WITHDRAWN = "withdrawn"
    """An announcement is gone: announcement."""


@dataclass(frozen=True, slots=True)
class Hint:
    """One happening."""

    kind: Kind
    ids: tuple[int, ...] = ()
    text: str = ""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Hint).decode


def give(instance: Instance, kind: Kind, *ids: int, text: str = "") -> None:
    """Tell open streams in all processes, when the transaction that runs is committed."""
    payload = _encode(Hint(kind, ids, text))
    instance.store.after_commit(lambda: instance.events.publish(STREAMS, payload))


def read(payload: bytes) -> Hint | None:
    """Return the hint; None for one of a newer version of this server."""
    try:
        return _decode(payload)
    except msgspec.MsgspecError:
        return None
