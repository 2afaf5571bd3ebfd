"""What a handler says became of an activity; kept on its receipt.

Handlers do not use the network: one that lacks something raises `FetchFirst`, and is called again.
"""

from dataclasses import dataclass

from storage.records import ReceiptOutcome


@dataclass(frozen=True, slots=True)
class Result:
    """`reason` is a short sentence without the end mark."""

    outcome: ReceiptOutcome
    reason: str = ""


class FetchFirst(Exception):  # noqa: N818 - a request to the dispatcher, not an error
    """The handler needs the post, or the stamp, at `uri`, from its origin, before it can decide."""

    def __init__(self, uri: str, *, is_stamp: bool = False) -> None:
        super().__init__(uri)
        self.uri = uri
        self.is_stamp = is_stamp


def done(reason: str = "") -> Result:
    """It had its effect, now or before."""
    return Result(ReceiptOutcome.DONE, reason)


def ignored(reason: str) -> Result:
    """It was lawful, and nothing here wanted it."""
    return Result(ReceiptOutcome.IGNORED, reason)


def refused(reason: str) -> Result:
    """Its sender may not do that."""
    return Result(ReceiptOutcome.REFUSED, reason)


def held(reason: str) -> Result:
    """It waits for a moderator."""
    return Result(ReceiptOutcome.HELD, reason)
