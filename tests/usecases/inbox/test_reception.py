"""What makes two activities the same, and what is promised with a 202."""

import json
from datetime import timedelta
from typing import Any

import pytest

from federation import parsing
from federation.signatures import SignedRequest
from inbox import authentication, reception
from inbox.authentication import VerifiedActivity
from instance.resources import Instance
from storage import receipts
from storage.records import ReceiptOutcome
from tests.usecases.social import make_remote


def key_of(document: dict[str, Any], signature: str = "one") -> str:
    body = json.dumps(document).encode()
    request = SignedRequest("POST", "/inbox", (("Signature", signature),), body)
    return reception.receipt_key(request, parsing.parse_activity(document))


def like(**changes: Any) -> dict[str, Any]:
    return {
        "id": "https://a.test/1",
        "type": "Like",
        "actor": "https://a.test/mallory",
        "object": "https://alpha.test/posts/1",
        **changes,
    }


def test_a26_an_id_is_one_activity_whatever_else_it_says() -> None:
    assert key_of(like()) == key_of(like(object="https://alpha.test/posts/2"), "two")
    assert key_of(like()) != key_of(like(id="https://a.test/2"))


def test_ids_are_burnt_for_their_actor_alone() -> None:
    assert key_of(like()) != key_of(like(actor="https://a.test/neighbour"))


def test_e72_without_an_id_it_is_the_body_and_its_signature() -> None:
    """E72, consequence 5: WordPress sends the same Update without an id for each change."""
    update = like(type="Update")
    del update["id"]
    assert key_of(update, "one") == key_of(update, "one")
    assert key_of(update, "one") != key_of(update, "two")


@pytest.mark.parametrize("kind", ["Follow", "Accept", "Reject", "Update"])
def test_consequence_8_what_may_come_again_under_its_id(kind: str) -> None:
    """Consequence 8: one id for every Follow; Hollo has one for every Accept, Takahe for edits."""
    follow = like(type=kind)
    assert key_of(follow, "one") == key_of(follow, "one")
    assert key_of(follow, "one") != key_of(follow, "two")


async def test_receipt_and_job_are_one_commit(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E12: whoever is told 202 finds the activity done after a crash; or nothing of it at all."""
    actor = await make_remote(instance, "mallory", "a.test")
    document = like(actor=actor.uri)
    body = json.dumps(document).encode()
    request = SignedRequest("POST", "/inbox", (("Signature", "x"),), body)
    activity = parsing.parse_activity(document)

    async def verified(*_: object) -> VerifiedActivity[Any]:
        return VerifiedActivity(activity, actor)

    async def broken(*_: object, **__: object) -> None:
        message = "the disk is full"
        raise OSError(message)

    monkeypatch.setattr(authentication, "authenticate", verified)
    with monkeypatch.context() as patch:
        patch.setattr(type(instance.queue), "enqueue", broken)
        with pytest.raises(OSError, match="the disk is full"):
            await reception.receive(instance, request, address="198.51.100.1", owner_id=None)
    key = reception.receipt_key(request, activity)
    assert await receipts.find_by_key(key) is None
    for _ in range(2):
        await reception.receive(instance, request, address="198.51.100.1", owner_id=None)
    kept = await receipts.find_by_key(key)
    assert kept is not None
    assert kept.outcome is ReceiptOutcome.WAITING
    assert json.loads(kept.document) == document
    jobs = await instance.queue.claim(10, instance.now(), 30)
    assert [job.payload for job in jobs] == [{"receipt_id": kept.id}]


async def test_documents_of_old_receipts_are_forgotten(instance: Instance) -> None:
    assert timedelta(days=7) < reception.DOCUMENTS_KEPT_FOR
    await reception.forget_documents(instance, {})
