"""What was not let in, and why: kept as receipts, so that it can be looked up by its id.

Only so much of it, for who floods us must not fill the disk: some of each address in an hour, and
of all addresses in a day. What such a receipt says of itself nobody has proved.
"""

from contextlib import suppress

from federation import parsing, reading
from federation.signatures import SignedRequest
from instance.errors import Failure, Invalid
from instance.resources import Instance
from moderation import limits
from storage import receipts
from storage.records import Receipt, ReceiptOutcome

PER_ADDRESS_PER_HOUR_MAX = 20
PER_DAY_MAX = 2000
REASON_LETTERS_MAX = 500

_KIND_LETTERS_MAX = 50


async def note(instance: Instance, request: SignedRequest, address: str, failure: Failure) -> None:
    """Keep that something was turned away, unless enough of that was kept lately."""
    now, source = instance.now(), limits.source_of(address)
    of_address = await instance.cache.count(f"turned away {source}", limits.HOUR_S, now)
    if of_address > PER_ADDRESS_PER_HOUR_MAX:
        return
    if await instance.cache.count("turned away", limits.DAY_S, now) > PER_DAY_MAX:
        return
    activity_uri, actor_uri, kind = _claims(request.body)
    reason = failure.public if failure.detail == failure.public else _both(failure)
    receipt_id = instance.ids.new()
    with suppress(Failure):  # what is answered is the refusal, also while the disk is full
        await receipts.record_if_new(
            Receipt(
                id=receipt_id,
                # Of its own: nobody burns the id of an activity by sending it without a proof.
                key=f"turned away {receipt_id}",
                activity_uri=activity_uri,
                actor_uri=actor_uri,
                kind=kind,
                document="",
                received_at=now,
                outcome=ReceiptOutcome.TURNED_AWAY,
                reason=f"{reason} From {source}."[:REASON_LETTERS_MAX],
                processed_at=now,
            )
        )


def _both(failure: Failure) -> str:
    return f"{failure.public} ({failure.detail})"


def _claims(body: bytes) -> tuple[str, str, str]:
    """Id, actor and type as the body claims them; nothing where it makes no sense."""
    try:
        document = parsing.parse_json(body)
    except Invalid:
        return "", "", ""
    kind = reading.name(document.get("type"), _KIND_LETTERS_MAX)
    claimed = reading.one_id(document.get("id")), reading.one_id(document.get("actor"))
    return claimed[0] or "", claimed[1] or "", kind
