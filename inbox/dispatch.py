"""Acts on one activity: the table of handlers, and what their results are written to.

It is done as the activity comes, in the transaction that keeps its receipt: what is answered with
202 has had its effect, once, and costs one commit. Only what cannot be done now - another server
must be asked for a post first, a handler has a bug - is kept whole and becomes a job.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from actors import remote
from federation import origin
from federation import vocabulary as v
from inbox import authentication, fetching, forwarding, meant, policing, stamps
from inbox.authentication import VerifiedActivity
from inbox.handlers.accept import accept
from inbox.handlers.add_remove import add, remove
from inbox.handlers.announce import announce
from inbox.handlers.block import block
from inbox.handlers.create import create
from inbox.handlers.delete import delete
from inbox.handlers.flag import flag
from inbox.handlers.follow import follow
from inbox.handlers.interaction_request import interaction_request
from inbox.handlers.like import like
from inbox.handlers.move import move
from inbox.handlers.react import react
from inbox.handlers.reject import reject
from inbox.handlers.undo import undo
from inbox.handlers.update import update
from inbox.results import FetchFirst, Result, done, ignored, refused
from instance.errors import (
    Conflict,
    Failure,
    Forbidden,
    Invalid,
    NotFound,
    RemoteFailure,
    RemoteUnreachable,
    TooMany,
    Unauthenticated,
)
from instance.resources import Instance
from storage import receipts
from storage.records import Receipt, ReceiptOutcome, RowId

PROCESS = policing.PROCESS
FETCH_FIRST = "fetch_first"
REASON_LETTERS_MAX = 500
TRIES_MAX = 5
TRY_AGAIN_AFTER = timedelta(minutes=2)

Handler = Callable[[Instance, VerifiedActivity[Any]], Awaitable[Result]]

HANDLERS: Final[Mapping[type[v.Activity], Handler]] = {
    v.Accept: accept,
    v.Add: add,
    v.Announce: announce,
    v.Block: block,
    v.Create: create,
    v.Delete: delete,
    v.EmojiReact: react,
    v.Flag: flag,
    v.Follow: follow,
    v.InteractionRequest: interaction_request,
    v.Like: like,
    v.Move: move,
    v.Reject: reject,
    v.Remove: remove,
    v.Undo: undo,
    v.Update: update,
}

_log = logging.getLogger("kittiwake.inbox")

_SAYS_NO = (Conflict, Forbidden, Invalid, NotFound, RemoteFailure, Unauthenticated)


async def take_in(
    instance: Instance, receipt: Receipt, verified: VerifiedActivity[v.Activity]
) -> None:
    """Act on an activity that has just come, if it is new; its receipt is part of the commit.

    `Unavailable` is for the sender, who tries again: then nothing was kept.
    """
    try:
        await _act_on_new(instance, receipt, verified)
    except FetchFirst as lacking:
        async with instance.store.transaction():
            if await receipts.record_if_new(receipt):
                await _fetch_later(instance, receipt, lacking, tries=1)
    except _SAYS_NO as failure:
        await receipts.record_if_new(_finished(receipt, refused(failure.public), instance.now()))
    except Failure:
        raise
    except Exception:  # noqa: BLE001 - a bug: it is kept, and done when the bug is mended
        _log.exception("%s of %s failed; it is queued", receipt.kind, receipt.actor_uri)
        await keep(instance, receipt)


async def _act_on_new(
    instance: Instance, receipt: Receipt, verified: VerifiedActivity[v.Activity]
) -> None:
    """The receipt is written as if all went well, which it mostly does; else it is corrected.

    Nobody reads it before the commit. That its key is unique makes a second one of two that come
    at once wait for the first, and find that it is done.
    """
    now = instance.now()
    expected = _finished(receipt, done(), now)
    async with instance.store.transaction():
        await meant.one_by_one(instance, receipt.actor_uri)
        if not await receipts.record_if_new(expected):
            return
        result = await _act(instance, verified)
        if result.outcome is ReceiptOutcome.DONE:
            await forwarding.forward(instance, receipt, verified)
        finished = _finished(receipt, result, now)
        if finished != expected:
            await receipts.save(finished)


async def keep(instance: Instance, receipt: Receipt) -> None:
    """Keep an activity to act on it in a job."""
    async with instance.store.transaction():
        if await receipts.record_if_new(receipt):
            await instance.queue.enqueue(
                PROCESS,
                {"receipt_id": receipt.id},
                now=instance.now(),
                order_key=f"activities of {receipt.actor_uri}",  # consequence 9: as they were sent
                host=_host(receipt.actor_uri),  # RX-25: the worker gives each host its share
            )


async def process(instance: Instance, payload: dict[str, object]) -> None:
    """Job `process_activity`: act on one activity; once, however often it runs."""
    receipt = await _waiting(payload)
    if receipt is None:
        return
    try:
        await _act_on_waiting(instance, receipt, is_released=payload.get("is_released") is True)
    except FetchFirst as lacking:
        await _fetch_later(instance, receipt, lacking, tries=1)


async def fetch_first(instance: Instance, payload: dict[str, object]) -> None:
    """Job `fetch_first`: fetch the post or stamp that an activity needs, then act on it."""
    receipt = await _waiting(payload)
    lacking = FetchFirst(str(payload["uri"]), is_stamp=payload.get("is_stamp") is True)
    if receipt is None:
        return
    try:
        await _fetch(instance, receipt, lacking)
    except (RemoteUnreachable, TooMany):
        tries = int(str(payload["tries"]))
        if tries < TRIES_MAX:
            await _fetch_later(instance, receipt, lacking, tries=tries + 1)
            return
        await _finish(instance, receipt, refused("the origin of the post cannot be reached"))
        return
    except _SAYS_NO as failure:
        await _finish(instance, receipt, refused(failure.public))
        return
    try:
        await _act_on_waiting(instance, receipt)
    except FetchFirst as more:
        if more.is_stamp and not lacking.is_stamp:
            await _fetch_later(instance, receipt, more, tries=1)
        else:
            await _finish(instance, receipt, ignored("the post is not to be had"))


async def _fetch(instance: Instance, receipt: Receipt, lacking: FetchFirst) -> None:
    if lacking.is_stamp:
        asker = await remote.find_or_fetch(instance, receipt.actor_uri)
        await stamps.fetch(instance, lacking.uri, asker)
    else:
        await fetching.fetch_post(instance, lacking.uri)


async def _waiting(payload: dict[str, object]) -> Receipt | None:
    receipt = await receipts.find(RowId(int(str(payload["receipt_id"]))))
    if receipt is None or receipt.outcome is not ReceiptOutcome.WAITING:
        return None
    return receipt


async def _act_on_waiting(
    instance: Instance, receipt: Receipt, *, is_released: bool = False
) -> None:
    try:
        async with instance.store.transaction():
            await meant.one_by_one(instance, receipt.actor_uri)
            verified = await authentication.restore(receipt)
            act = _handle if is_released else _act
            result = await act(instance, verified)
            if result.outcome is ReceiptOutcome.DONE:
                await forwarding.forward(instance, receipt, verified)
            await _finish(instance, receipt, result)
            await instance.queue.finish_here()
    except _SAYS_NO as failure:
        await _finish(instance, receipt, refused(failure.public))


async def _act(instance: Instance, verified: VerifiedActivity[v.Activity]) -> Result:
    """Let the handler for this activity act if policies let it pass; in the transaction."""
    judgement = await policing.judge(instance, verified.activity, verified.actor)
    if (result := await policing.result_of(instance, judgement)) is not None:
        return result
    judged = replace(verified, activity=judgement.activity)
    return policing.noted(await _handle(instance, judged), judgement)


async def _handle(instance: Instance, verified: VerifiedActivity[v.Activity]) -> Result:
    if verified.actor.deleted_at is not None and not isinstance(verified.activity, v.Delete):
        return ignored("the actor is gone")
    handler = HANDLERS.get(type(verified.activity))
    if handler is None:
        return ignored("activities of this type have no effect here")
    return await handler(instance, verified)


async def _finish(instance: Instance, receipt: Receipt, result: Result) -> None:
    await receipts.save(_finished(receipt, result, instance.now()))


def _finished(receipt: Receipt, result: Result, at: datetime) -> Receipt:
    """The receipt with what became of its activity.

    What was done needs no second copy of its words: those of a post would outlive its deletion.
    """
    is_done = result.outcome is ReceiptOutcome.DONE
    return replace(
        receipt,
        outcome=result.outcome,
        reason=result.reason[:REASON_LETTERS_MAX],
        processed_at=at,
        document="" if is_done else receipt.document,
    )


async def _fetch_later(
    instance: Instance, receipt: Receipt, lacking: FetchFirst, *, tries: int
) -> None:
    now = instance.now()
    is_stamp = {"is_stamp": True} if lacking.is_stamp else {}
    await instance.queue.enqueue(
        FETCH_FIRST,
        {"receipt_id": receipt.id, "uri": lacking.uri, "tries": tries, **is_stamp},
        now=now,
        due_at=now if tries == 1 else now + (tries - 1) ** 2 * TRY_AGAIN_AFTER,
        host=_host(lacking.uri),
    )


def _host(uri: str) -> str | None:
    try:
        return origin.host_of(uri)
    except Invalid:
        return None
