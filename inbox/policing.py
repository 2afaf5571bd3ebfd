"""What the operator's rules say about what arrives: who is let in, and what becomes of it.

Here the facts are looked up and the words are acted on; the rules themselves are pure:
`moderation/policies.py`, `instance/rulebook.py`.
"""

from dataclasses import replace
from datetime import datetime

from federation import origin
from federation import vocabulary as v
from inbox.results import Result, held, refused
from instance.errors import Forbidden, NotFound, RemoteRefused
from instance.resources import Instance
from moderation import audit, policies
from moderation.policies import Accept, Ask, Facts, Hold, Judgement, Reject
from storage import receipts, relations
from storage.records import Actor, AuditKind, Receipt, ReceiptOutcome, RowId

PROCESS = "process_activity"


async def check_welcome(instance: Instance, *hosts: str) -> None:
    """Raise `Forbidden` when one of these hosts is not to be heard (E144, FL-14, MO-1)."""
    rules = await instance.rulebook.hosts()
    if not rules.is_welcome(*hosts):
        rule = rules.strictest(*hosts)
        raise Forbidden(
            "This server does not speak with yours.",
            detail=f"rule about {rule.host if rule else hosts}",
        )


# ---------------------------------------------------------------- what arrives


async def judge(instance: Instance, activity: v.Activity, sender: Actor) -> Judgement:
    """What the policies say; looks up only what they ask for."""
    facts = Facts(
        sender=sender,
        hosts=await instance.rulebook.hosts(),
        contents=await instance.rulebook.contents(),
        limits=instance.settings.policies,
        now=instance.now(),
    )
    judgement = policies.judge(activity, facts)
    if isinstance(judgement.verdict, Ask):
        is_known = await relations.has_local_followers(sender.id)
        judgement = policies.judge(activity, replace(facts, is_known=is_known))
    return judgement


async def result_of(instance: Instance, judgement: Judgement) -> Result | None:
    """What becomes of an activity that may not pass; None for one that may."""
    match judgement.verdict:
        case Reject(reason):
            return refused(reason)
        case Hold(reason):
            most = instance.settings.policies.held_max
            if await receipts.count_held(most) >= most:
                return refused(f"{reason}; and too much waits for a moderator already")
            return held(reason)
        case Accept() | Ask():
            return None


def noted(result: Result, judgement: Judgement) -> Result:
    """A result that also says what policies changed."""
    if not judgement.notes:
        return result
    return replace(result, reason="; ".join(filter(None, (result.reason, *judgement.notes))))


async def fetched(instance: Instance, note: v.Note, author: Actor) -> v.Note:
    """A post that we fetched ourselves, as policies leave it: a boost is no way around them.

    Raises `RemoteRefused`. Nothing is held here: nobody sent it.
    """
    rules = await instance.rulebook.hosts()
    if not rules.is_welcome(author.host or "", origin.host_of(author.uri)):
        raise RemoteRefused("A rule of this server keeps this post out.")  # MO-2
    activity = v.Create(id="", actor=author.uri, object=note)
    judgement = await judge(instance, activity, author)
    if isinstance(judgement.verdict, Reject | Hold):
        raise RemoteRefused(
            "A rule of this server keeps this post out.", detail=judgement.verdict.reason
        )
    return policies.note_of(judgement.activity) or note


# ---------------------------------------------------------------- what is held


async def release(instance: Instance, receipt_id: RowId, *, by: RowId | None = None) -> None:
    """Act on an activity that was held, whatever policies say; raises `NotFound`."""
    async with instance.store.transaction():
        receipt = await _held(receipt_id)
        await receipts.save(replace(receipt, outcome=ReceiptOutcome.WAITING, processed_at=None))
        await instance.queue.enqueue(
            PROCESS,
            {"receipt_id": receipt.id, "is_released": True},
            now=instance.now(),
            order_key=f"activities of {receipt.actor_uri}",
        )
        await _note(instance, by, "let through", receipt)


async def drop(instance: Instance, receipt_id: RowId, *, by: RowId | None = None) -> None:
    """Forget what a held activity says; raises `NotFound`."""
    async with instance.store.transaction():
        receipt = await _held(receipt_id)
        await receipts.save(_dropped(receipt, instance.now()))
        await _note(instance, by, "dropped", receipt)


async def _note(instance: Instance, by: RowId | None, did: str, receipt: Receipt) -> None:
    words = f"{did} what was held of {receipt.actor_uri}: {receipt.kind} ({receipt.reason})"
    await audit.note(instance, by, AuditKind.HELD, receipt.activity_uri, words)


def _dropped(receipt: Receipt, at: datetime) -> Receipt:
    return replace(
        receipt,
        outcome=ReceiptOutcome.REFUSED,
        reason=f"{receipt.reason}; a moderator dropped it",
        document="",
        processed_at=at,
    )


async def _held(receipt_id: RowId) -> Receipt:
    receipt = await receipts.find_locked(receipt_id)
    if receipt is None or receipt.outcome is not ReceiptOutcome.HELD or not receipt.document:
        raise NotFound("Nothing of this number is held.")
    return receipt
