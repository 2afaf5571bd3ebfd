"""Runs one queued activity: the table of handlers, and what their results are written to.

Activities of one actor run in the order they came (consequence 9), so nothing here waits for other
servers: a handler that lacks a post raises `FetchFirst`, and goes on in a job of its own.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from federation import origin
from federation import vocabulary as v
from inbox import authentication, fetching
from inbox.authentication import VerifiedActivity
from inbox.handlers.accept import accept
from inbox.handlers.add_remove import add, remove
from inbox.handlers.announce import announce
from inbox.handlers.block import block
from inbox.handlers.create import create
from inbox.handlers.delete import delete
from inbox.handlers.flag import flag
from inbox.handlers.follow import follow
from inbox.handlers.like import like
from inbox.handlers.move import move
from inbox.handlers.reject import reject
from inbox.handlers.undo import undo
from inbox.handlers.update import update
from inbox.results import FetchFirst, Result, ignored, refused
from instance.errors import (
    Conflict,
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

FETCH_FIRST = "fetch_first"
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
    v.Flag: flag,
    v.Follow: follow,
    v.Like: like,
    v.Move: move,
    v.Reject: reject,
    v.Remove: remove,
    v.Undo: undo,
    v.Update: update,
}

_SAYS_NO = (Conflict, Forbidden, Invalid, NotFound, RemoteFailure, Unauthenticated)


async def process(instance: Instance, payload: dict[str, object]) -> None:
    """Job `process_activity`: act on one activity; once, however often it runs."""
    receipt = await _waiting(payload)
    if receipt is None:
        return
    try:
        result = await _handle(instance, receipt)
    except FetchFirst as lacking:
        await _fetch_later(instance, receipt, lacking.uri, tries=1)
        return
    await _finish(instance, receipt, result)


async def fetch_first(instance: Instance, payload: dict[str, object]) -> None:
    """Job `fetch_first`: fetch the post that an activity needs, then act on the activity."""
    receipt, uri = await _waiting(payload), str(payload["uri"])
    if receipt is None:
        return
    try:
        await fetching.fetch_post(instance, uri)
    except (RemoteUnreachable, TooMany):
        tries = int(str(payload["tries"]))
        if tries < TRIES_MAX:
            await _fetch_later(instance, receipt, uri, tries=tries + 1)
            return
        await _finish(instance, receipt, refused("the origin of the post cannot be reached"))
        return
    except _SAYS_NO as failure:
        await _finish(instance, receipt, refused(failure.public))
        return
    try:
        result = await _handle(instance, receipt)
    except FetchFirst:
        result = ignored("the post is not to be had")
    await _finish(instance, receipt, result)


async def _waiting(payload: dict[str, object]) -> Receipt | None:
    receipt = await receipts.find(RowId(int(str(payload["receipt_id"]))))
    if receipt is None or receipt.outcome is not ReceiptOutcome.WAITING:
        return None
    return receipt


async def _handle(instance: Instance, receipt: Receipt) -> Result:
    try:
        verified = await authentication.restore(receipt)
        if verified.actor.deleted_at is not None and not isinstance(verified.activity, v.Delete):
            return ignored("the actor is gone")
        handler = HANDLERS.get(type(verified.activity))
        if handler is None:
            return ignored("activities of this type have no effect here")
        return await handler(instance, verified)
    except _SAYS_NO as failure:
        return refused(failure.public)


async def _finish(instance: Instance, receipt: Receipt, result: Result) -> None:
    await receipts.finish(receipt.id, result.outcome, result.reason, instance.now())


async def _fetch_later(instance: Instance, receipt: Receipt, uri: str, *, tries: int) -> None:
    now = instance.now()
    await instance.queue.enqueue(
        FETCH_FIRST,
        {"receipt_id": receipt.id, "uri": uri, "tries": tries},
        now=now,
        due_at=now if tries == 1 else now + (tries - 1) ** 2 * TRY_AGAIN_AFTER,
        host=_host(uri),
    )


def _host(uri: str) -> str | None:
    try:
        return origin.host_of(uri)
    except Invalid:
        return None
