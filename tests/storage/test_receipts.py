"""Receipts and outgoing activities."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from instance.errors import Conflict
from storage import receipts
from storage import store as storage
from storage.records import Page, ReceiptOutcome
from storage.store import Store
from tests.factories import START, insert, insert_actor, make_activity, make_receipt

pytestmark = pytest.mark.usefixtures("store")

ALL = Page(limit=50)
LATER = START + timedelta(hours=1)


async def test_of_twenty_copies_at_once_one_is_new() -> None:
    """RELIABILITY FA-36: each activity three times has the effect of once."""
    copies = [make_receipt(key="https://far.test/activities/1") for _ in range(20)]
    done = await asyncio.gather(*map(receipts.record_if_new, copies))
    assert sum(done) == 1
    found = [await receipts.find(each.id) for each in copies]
    assert [each for each in found if each is not None] == [copies[done.index(True)]]


async def test_copies_inside_transactions_are_new_once(store: Store) -> None:
    async def receive(number: int) -> bool:
        async with store.transaction():
            return await receipts.record_if_new(make_receipt(key=f"key{number % 3}"))

    assert sum(await asyncio.gather(*map(receive, range(30)))) == 3


async def test_what_became_of_an_activity_is_saved() -> None:
    receipt = make_receipt()
    await insert(receipt)
    after = replace(receipt, outcome=ReceiptOutcome.REFUSED, reason="r", processed_at=LATER)
    await receipts.save(after)
    assert await receipts.find(receipt.id) == after
    assert not await receipts.record_if_new(make_receipt(key=receipt.key))


async def test_documents_are_forgotten_and_keys_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "SLICE_ROWS", 2)
    done = [make_receipt(outcome=ReceiptOutcome.DONE) for _ in range(5)]
    kept = [
        make_receipt(),  # waits
        make_receipt(outcome=ReceiptOutcome.RECORDED),
        make_receipt(outcome=ReceiptOutcome.DONE, received_at=LATER),
    ]
    await insert(*done, *kept)
    assert await receipts.forget_documents(LATER) == 5
    assert await receipts.forget_documents(LATER) == 0
    assert await receipts.find(done[0].id) == replace(done[0], document="")
    assert not await receipts.record_if_new(make_receipt(key=done[0].key))
    for receipt in kept:
        assert await receipts.find(receipt.id) == receipt


# ---------------------------------------------------------------- outgoing activities


async def test_the_outbox_has_public_activities() -> None:
    alice, bob = await insert_actor(), await insert_actor()
    made = [make_activity(alice) for _ in range(3)]
    private = make_activity(alice, is_public=False, kind="Like")
    await insert(*made, private, make_activity(bob))
    assert await receipts.outbox(alice.id, ALL) == made[::-1]
    assert await receipts.outbox(alice.id, Page(limit=1, max_id=made[2].id)) == [made[1]]
    assert await receipts.count_outbox(alice.id) == 3
    assert await receipts.find_activity(private.id) == private
    assert await receipts.find_activity(1) is None


async def test_activities_are_forgotten() -> None:
    alice, bob = await insert_actor(), await insert_actor()
    first, second, third = (make_activity(alice) for _ in range(3))
    theirs = make_activity(bob)
    await insert(first, second, third, theirs)
    await receipts.forget_activities([first.id, second.id])
    assert await receipts.outbox(alice.id, ALL) == [third]
    await receipts.forget_activities_of(alice.id)
    assert await receipts.outbox(alice.id, ALL) == []
    assert await receipts.outbox(bob.id, ALL) == [theirs]


async def test_ids_of_activities_are_used_once() -> None:
    """RELIABILITY FA-41: no id is used again with other content."""
    alice = await insert_actor()
    first = make_activity(alice)
    await insert(first)
    with pytest.raises(Conflict):
        await receipts.insert_activity(make_activity(alice, uri=first.uri))
    assert await receipts.find_activity(first.id) == first
