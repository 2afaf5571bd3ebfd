"""What makes two activities the same, and what is promised with a 202."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from federation import parsing
from federation import vocabulary as v
from federation.signatures import SignedRequest
from inbox import authentication, dispatch, reception
from inbox.authentication import VerifiedActivity
from inbox.results import Result, done, ignored, refused
from instance.errors import Unavailable
from instance.resources import Instance
from storage import posts, receipts, store
from storage.records import Receipt, ReceiptOutcome
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


@pytest.fixture
async def sent(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> tuple[SignedRequest, v.Activity]:
    """A Like of nothing here, by somebody whose signature is taken for good."""
    actor = await make_remote(instance, "mallory", "a.test")
    document = like(actor=actor.uri)
    request = SignedRequest("POST", "/inbox", (("Signature", "x"),), json.dumps(document).encode())
    activity = parsing.parse_activity(document)

    async def verified(*_: object) -> VerifiedActivity[Any]:
        return VerifiedActivity(activity, actor)

    monkeypatch.setattr(authentication, "authenticate", verified)
    return request, activity


async def kept_under(key: str) -> Receipt | None:
    rows = await store.read("SELECT id FROM receipts WHERE key = ?", key)
    return await receipts.find(rows[0][0]) if rows else None


async def receive(instance: Instance, request: SignedRequest) -> None:
    await reception.receive(instance, request, address="198.51.100.1", owner_id=None)


async def test_receipt_and_effects_are_one_commit(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, sent: tuple[SignedRequest, v.Activity]
) -> None:
    """E12: whoever is told 202 finds the activity done after a crash; or nothing of it at all."""
    request, activity = sent
    key = reception.receipt_key(request, activity)

    async def full(*_: object) -> Result:
        await posts.insert_tombstone("https://a.test/half", activity.actor, instance.now())
        message = "The server cannot write just now."
        raise Unavailable(message)

    with monkeypatch.context() as patch:
        patch.setattr(dispatch, "HANDLERS", {v.Like: full})
        with pytest.raises(Unavailable):
            await receive(instance, request)
    assert await kept_under(key) is None
    assert not await posts.is_tombstoned("https://a.test/half")
    for _ in range(2):
        await receive(instance, request)
    kept = await kept_under(key)
    assert kept is not None
    assert kept.outcome is ReceiptOutcome.IGNORED
    assert kept.reason == "the post is not here"
    assert await instance.queue.claim(10, instance.now(), 30) == []


async def test_what_meets_a_bug_is_kept_for_a_job(
    instance: Instance,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    sent: tuple[SignedRequest, v.Activity],
) -> None:
    """FA-45: a handler with a bug loses nothing: the activity waits whole, and is done once."""
    request, activity = sent
    acted = []

    async def broken(*_: object) -> Result:
        await posts.insert_tombstone("https://a.test/half", activity.actor, instance.now())
        message = "a bug"
        raise KeyError(message)

    async def mended(*_: object) -> Result:
        acted.append(1)
        return done()

    with monkeypatch.context() as patch:
        patch.setattr(dispatch, "HANDLERS", {v.Like: broken})
        await receive(instance, request)
    assert "it is queued" in caplog.text
    assert not await posts.is_tombstoned("https://a.test/half")
    kept = await kept_under(reception.receipt_key(request, activity))
    assert kept is not None
    assert kept.outcome is ReceiptOutcome.WAITING
    assert json.loads(kept.document) == json.loads(request.body)
    jobs = await instance.queue.claim(10, instance.now(), 30)
    assert [job.payload for job in jobs] == [{"receipt_id": kept.id}]
    monkeypatch.setattr(dispatch, "HANDLERS", {v.Like: mended})
    for _ in range(2):
        await dispatch.process(instance, jobs[0].payload)
    after = await receipts.find(kept.id)
    assert after is not None
    assert (after.outcome, after.document, acted) == (ReceiptOutcome.DONE, "", [1])


@pytest.mark.parametrize("say", [done, ignored, refused])
async def test_pv20_the_words_of_what_was_done_are_kept_once(
    instance: Instance,
    monkeypatch: pytest.MonkeyPatch,
    sent: tuple[SignedRequest, v.Activity],
    say: Callable[[str], Result],
) -> None:
    """PV-20: a deleted post is not still to be read in the receipt of its Create."""
    request, activity = sent

    async def handler(*_: object) -> Result:
        return say("r" * 900)

    monkeypatch.setattr(dispatch, "HANDLERS", {v.Like: handler})
    await receive(instance, request)
    kept = await kept_under(reception.receipt_key(request, activity))
    assert kept is not None
    assert (kept.outcome, kept.reason) == (say("").outcome, "r" * 500)
    assert (kept.document == "") is (say is done)


async def test_documents_of_old_receipts_are_forgotten(instance: Instance) -> None:
    assert timedelta(days=7) < reception.DOCUMENTS_KEPT_FOR
    await reception.forget_documents(instance, {})
