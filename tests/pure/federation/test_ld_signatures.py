"""Linked Data signatures (E60, A149, A150), and JSON-LD in a process of its own (E66, E70)."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import (
    integrity,
    jsonld_processing,
    keys,
    ld_signatures,
    linked_data,
    parsing,
    reading,
    serializing,
)
from federation import vocabulary as v
from federation.linked_data import LinkedData
from federation.signatures import Signer
from instance.errors import Invalid, Unauthenticated, Unavailable
from tests.pure.federation.making import NOW
from tests.pure.federation.recordings import SAMPLES

AS = "https://www.w3.org/ns/activitystreams"
A = "https://a.example/users/a"


@pytest.fixture
async def process() -> AsyncIterator[LinkedData]:
    found = LinkedData(timeout_s=20)
    yield found
    await found.aclose()


def _recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text())["body"]
    return found


async def _verified(process: LinkedData, document: dict[str, Any], pem: str) -> Any:
    claim = ld_signatures.claimed(document)
    assert claim is not None
    signed = await ld_signatures.read(process, document, claim)
    ld_signatures.verify(claim, signed, pem, claim.created)
    return signed.document


MICROBLOG = [
    "create-note-cw",
    "create-note-image",
    "create-note-mention-hashtag",
    "create-question",
]


async def test_e60_what_microblogpub_sent_is_verified_and_read_as_if_it_came_plain(
    process: LinkedData,
) -> None:
    """A149: recorded, not made by us: signatures of another implementation."""
    pem = _recorded("microblogpub-actor-person")["publicKey"]["publicKeyPem"]
    for name in MICROBLOG:
        document = _recorded(f"microblogpub-{name}")
        signed = await _verified(process, document, pem)
        assert parsing.parse_activity(signed) == parsing.parse_activity(document)


def _note(**changes: Any) -> dict[str, Any]:
    return {
        "@context": [AS, "https://w3id.org/security/v1", {"Hashtag": "as:Hashtag"}],
        "id": f"{A}/1",
        "type": "Create",
        "actor": A,
        "to": ["as:Public"],
        "object": {
            "id": f"{A}/notes/1",
            "type": "Note",
            "attributedTo": A,
            "content": "signed words",
            "to": ["as:Public"],
            "tag": [{"type": "Mention", "href": "https://b.example/b", "name": "@b"}],
        },
        **changes,
    }


SIGNER = Signer(f"{A}#main-key", keys.new_private_key_pem())
PEM = keys.public_pem_of(SIGNER.private_pem)


async def test_a150_what_we_sign_is_verified(process: LinkedData) -> None:
    made: Any = await ld_signatures.sign(process, _note(), SIGNER, NOW)
    assert made["signature"]["type"] == "RsaSignature2017"
    signed = await _verified(process, made, PEM)
    assert parsing.parse_activity(signed) == parsing.parse_activity(_note())
    claim = ld_signatures.claimed(made)
    assert claim is not None
    signed_again = await ld_signatures.read(process, made, claim)
    for now in (NOW + timedelta(days=15), NOW - timedelta(hours=2)):
        with pytest.raises(Unauthenticated):
            ld_signatures.verify(claim, signed_again, PEM, now)
    other = keys.public_pem_of(keys.new_private_key_pem())
    ed25519 = keys.public_pem_of(keys.new_ed25519_pem())
    for pem in (other, ed25519):
        with pytest.raises(Unauthenticated):
            ld_signatures.verify(claim, signed_again, pem, NOW)


async def test_sg21_terms_that_nobody_signed_are_not_read(process: LinkedData) -> None:
    """The same graph in other letters: it fits the signature, and says only what was signed."""
    made: Any = await ld_signatures.sign(process, _note(), SIGNER, NOW)
    note = made["object"]
    twisted = {
        # Undefined where it stands: no part of the graph, yet a plain reading would take it.
        "an undefined term": {**made, "object": {**note, "quoteUrl": "https://evil.example/1"}},
        "a hidden term": {
            **made,
            "@context": [*made["@context"], {"content": None, "words": f"{AS}#content"}],
            "object": {
                **{name: part for name, part in note.items() if name != "content"},
                "content": "evil words",
                "words": "signed words",
            },
        },
        "an exchanged actor": {
            **made,
            "@context": [*made["@context"], {"actor": None, "who": f"{AS}#actor"}],
            "actor": "https://v.example/v",
            "who": {"id": A},
        },
    }
    expected = parsing.parse_activity(_note())
    for name, document in twisted.items():
        signed = await _verified(process, document, PEM)
        assert parsing.parse_activity(signed) == expected, name
        assert "evil" not in json.dumps(signed), name


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "https://v.example/v"},
        {"object": {**_note()["object"], "content": "other words"}},
        {"object": {**_note()["object"], "sensitive": True, "summary": "x"}},
        {"type": "Update"},
        {"@context": [AS, "https://x.example/unknown"]},
        {"@context": [AS, {"content": {"@id": f"{AS}#summary"}}]},
        {"@reverse": {f"{AS}#object": {"id": f"{A}/2"}}},
        {"@included": [{"id": f"{A}/2"}]},
        {"@graph": []},
    ],
)
async def test_sg21_a_changed_document_does_not_fit(
    process: LinkedData, change: dict[str, Any]
) -> None:
    made = await ld_signatures.sign(process, _note(), SIGNER, NOW)
    with pytest.raises(Unauthenticated):
        await _verified(process, {**made, **change}, PEM)


async def test_sg21_keywords_by_another_name_are_refused(process: LinkedData) -> None:
    """OR-23: an alias of `@reverse` or `@graph` turns the graph around."""
    for keyword in ("@reverse", "@graph", "@included"):
        twisted: Any = _note(x={f"{AS}#object": {"id": f"{A}/2"}})
        twisted["@context"] = [*twisted["@context"], {"x": keyword}]
        with pytest.raises(Invalid):
            await process.signed_reading(twisted, {})


@pytest.mark.parametrize(
    "change",
    [
        {"type": "GraphSignature2012"},
        {"creator": None},
        {"creator": 5},
        {"creator": "https://a.example/" + "a" * 3000},
        {"created": None},
        {"signatureValue": None},
        {"signatureValue": "%%%"},
        {"signatureValue": "A" * 3000},
    ],
)
def test_e60_signatures_of_another_kind_are_passed_over(change: dict[str, Any]) -> None:
    signature: dict[str, Any] = {
        "type": "RsaSignature2017",
        "creator": f"{A}#main-key",
        "created": "2026-01-01T00:00:00Z",
        "signatureValue": "AAAA",
    }
    assert ld_signatures.claimed({"signature": signature}) is not None
    assert ld_signatures.claimed({"signature": {**signature, **change}}) is None
    assert ld_signatures.claimed({"signature": [signature]}) is None


_PARTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just(A),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["type", "creator", "created", "signatureValue", "nonce", "@context"]),
        st.just("RsaSignature2017") | _PARTS,
    )
)
def test_sg21_no_signature_raises_anything(signature: dict[str, Any]) -> None:
    found = ld_signatures.claimed({"signature": signature})
    assert found is None or (found.key_id and found.options["@context"])


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            ["@context", "id", "type", "actor", "object", "tag", "@id", "proof", "x:y"]
        ),
        st.sampled_from([AS, A, "Note", [AS, {"x": "https://x.example/#"}]]) | _PARTS,
    )
)
def test_rx29_no_document_raises_anything_but_invalid(document: dict[str, Any]) -> None:
    """JSON-LD as its process does it."""
    for process in (
        lambda: jsonld_processing.signed_reading(document, {}),
        lambda: jsonld_processing.compacted(document),
    ):
        with suppress(Invalid):
            assert process() is not None


async def test_sf12_an_unknown_context_is_not_fetched(process: LinkedData) -> None:
    with pytest.raises(Invalid):
        await process.signed_reading({"@context": "https://x.example/ctx", "id": A}, {})


def test_e66_the_contexts_that_servers_use_are_bundled() -> None:
    for url in jsonld_processing._FILES:
        assert jsonld_processing._answer_bundled(url, {})["document"]["@context"]
    used = {
        context
        for path in SAMPLES.glob("*.json")
        for context in _contexts(json.loads(path.read_text()).get("body"))
    }
    assert used <= set(jsonld_processing._FILES) | {"http://schema.org/"}


def _contexts(body: Any) -> list[str]:
    found = body.get("@context") if isinstance(body, dict) else None
    return [each for each in reading.many(found, 50) if isinstance(each, str)]


# ---------------------------------------------------------------- a process of its own


async def test_e70_a_document_in_unusual_shape_is_put_into_the_plain_one(
    process: LinkedData,
) -> None:
    usual: Any = {"id": f"{A}/1", "type": "Like", "actor": A, "object": A}
    assert await process.plain(usual) is usual
    assert process._process is None  # nobody was asked
    expanded: Any = {
        "@id": f"{A}/1",
        "@type": [f"{AS}#Like"],
        f"{AS}#actor": [{"@id": A}],
        f"{AS}#object": [{"@id": A}],
    }
    assert parsing.parse_activity(await process.plain(expanded)) == parsing.parse_activity(usual)


def _poison(size: int) -> dict[str, Any]:
    """Nodes without names that are all each other's neighbours: their order takes for ever."""
    names = [f"_:b{number}" for number in range(size)]
    return {
        "@context": AS,
        "id": f"{A}/1",
        "type": "Create",
        "actor": A,
        "tag": [
            {"id": name, "type": "Note", "tag": [other for other in names if other != name]}
            for name in names
        ],
    }


async def test_rx29_a_graph_that_takes_for_ever_holds_up_nobody() -> None:
    """The process is ended, a new one answers; the event loop went on all the time."""
    process = LinkedData(timeout_s=60)
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.05)
            ticks += 1

    ticking = asyncio.ensure_future(tick())
    try:
        await process.signed_reading(_note(), {})
        before = ticks
        process._timeout_s = 1.5
        with pytest.raises(Invalid, match="too much time or memory"):
            await process.signed_reading(_poison(12), {})
        process._timeout_s = 60
        assert process._process is None
        assert ticks > before
        text, _ = await process.signed_reading(_note(), {})
        assert len(text) == 128
    finally:
        ticking.cancel()
        await process.aclose()


async def test_rx29_what_is_too_large_does_not_reach_the_process(process: LinkedData) -> None:
    large: Any = {"@type": "Note", "content": "x" * linked_data.DOCUMENT_BYTES_MAX}
    many: Any = {"@type": "Note", "tag": [{"id": A}] * 3000}
    for document in (large, many):
        with pytest.raises(Invalid, match="too large"):
            await process.plain(document)
    assert process._process is None


async def test_rx29_few_wait_for_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linked_data, "WAITING_MAX", 0)
    with pytest.raises(Unavailable):
        await LinkedData().plain({"@type": "Note"})


async def test_op11_the_process_does_not_know_our_secrets(
    process: LinkedData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITTIWAKE_SECRET", "do not tell")
    await process.signed_reading(_note(), {})
    assert process._process is not None
    with open(f"/proc/{process._process.pid}/environ", "rb") as environment:  # noqa: ASYNC230, PTH123 - a few bytes of the kernel's
        assert b"KITTIWAKE" not in environment.read()


async def test_a_process_that_ended_is_started_anew(process: LinkedData) -> None:
    await process.signed_reading(_note(), {})
    assert process._process is not None
    process._process.kill()
    await process._process.wait()
    with pytest.raises(Invalid):
        await process.signed_reading(_note(), {})
    assert (await process.signed_reading(_note(), {}))[1]["id"] == f"{A}/1"


def test_a150_e66_our_documents_are_json_ld_under_their_own_contexts() -> None:
    """Contexts that protect their terms do not contradict each other; nothing of ours is lost."""
    author = v.Actor(
        A,
        "Person",
        "alice",
        f"{A}/inbox",
        name="Alice",
        public_keys=(
            v.PublicKey(SIGNER.key_id, A, PEM),
            v.PublicKey(
                f"{A}#ed25519-key", A, "", "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
            ),
        ),
    )
    note = v.Note(f"{A}/1", "Note", A, "words", to=(v.PUBLIC,), hashtags=(v.HashtagTag("a", A),))
    proof_signer = Signer(f"{A}#ed25519-key", keys.new_ed25519_pem())
    for activity in (
        v.Update(f"{A}#2", A, author, to=(v.PUBLIC,)),
        v.Create(f"{A}#1", A, note, to=(v.PUBLIC,)),
        v.Announce(f"{A}#3", A, f"{A}/1", to=(v.PUBLIC,)),
        v.Delete(f"{A}#4", A, f"{A}/1", to=(v.PUBLIC,)),
    ):
        document = serializing.activity_document(activity)
        made = integrity.signed(document, proof_signer, NOW)
        _, signed = jsonld_processing.signed_reading(made, {})
        assert parsing.parse_activity(signed) == parsing.parse_activity(document)


def test_sg21_what_an_odd_document_needs_does_not_change_what_signatures_mean() -> None:
    """The two readings know contexts under the same addresses, and must not mix them up."""
    odd: Any = {"@context": [AS, "https://x.example/c"], "@type": "Like", "@id": A, "actor": A}
    unknown: Any = {"@context": [AS, "https://x.example/c"], "id": A, "type": "Like", "actor": A}
    for _ in range(2):
        assert jsonld_processing.compacted(odd)["actor"] == A
        with pytest.raises(Invalid):
            jsonld_processing.signed_reading(unknown, {})
    before = jsonld_processing.signed_reading(_note(), {})
    assert jsonld_processing.compacted(odd)["actor"] == A
    assert jsonld_processing.signed_reading(_note(), {}) == before
