"""Many Updates of one thing in a short time: a few are acted on, then only the newest waits.

Some servers send one for every vote in a poll, or all of them again after an outage; each would be
an edit with a revision, or a profile that is read again (E136).
"""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from federation import parsing
from federation import vocabulary as v
from inbox.dispatch import PROCESS
from instance.resources import Instance
from storage import receipts
from storage.records import Job, Receipt, ReceiptOutcome

AT_ONCE_PER_MINUTE_MAX = 5
WINDOW_S = 60


async def are_too_many(instance: Instance, activity: v.Update) -> bool:
    """Count an Update; whether so many of the same thing came in this minute that it must wait."""
    times = await instance.cache.count(_key(activity), WINDOW_S, instance.now())
    return times > AT_ONCE_PER_MINUTE_MAX


async def keep_newest(instance: Instance, receipt: Receipt, activity: v.Update) -> None:
    """Keep an Update to act on it in a minute, unless a newer one of the same thing waits.

    The older one of the two keeps its receipt, without its words.
    """
    now, key = instance.now(), _key(activity)
    async with instance.store.transaction():
        job = await instance.queue.find_waiting(key)
        waiting = await _receipt_of(job)
        if waiting is not None and _is_newer(waiting, activity):
            await receipts.record_if_new(_overtaken(receipt, now))
            return
        if not await receipts.record_if_new(receipt):
            return
        if waiting is not None:
            await receipts.save(_overtaken(waiting, now))
        if job is not None:
            await instance.queue.change(job, {"receipt_id": receipt.id})
            return
        await instance.queue.enqueue(
            PROCESS,
            {"receipt_id": receipt.id},
            now=now,
            unique_key=key,
            due_at=now + timedelta(seconds=WINDOW_S),
        )


def _key(activity: v.Update) -> str:
    thing = activity.object
    uri = thing if isinstance(thing, str) else thing.id
    return f"update:{hashlib.sha256(f'{activity.actor} {uri}'.encode()).hexdigest()}"


async def _receipt_of(job: Job | None) -> Receipt | None:
    found = None if job is None else await receipts.find(int(str(job.payload["receipt_id"])))
    return found if found is not None and found.outcome is ReceiptOutcome.WAITING else None


def _is_newer(waiting: Receipt, activity: v.Update) -> bool:
    """By what they say themselves; else what came last is the newest."""
    before = parsing.parse_activity(parsing.parse_json(waiting.document.encode()))
    then, now = _updated_at(before), _updated_at(activity)
    return then is not None and now is not None and then > now


def _updated_at(activity: v.Activity) -> datetime | None:
    if isinstance(activity, v.Update) and isinstance(activity.object, v.Note):
        return activity.object.updated
    return None


def _overtaken(receipt: Receipt, at: datetime) -> Receipt:
    return replace(
        receipt,
        outcome=ReceiptOutcome.IGNORED,
        reason="a newer one came",
        document="",
        processed_at=at,
    )
