"""Integrity proofs (FEP-8b32), Multikey (FEP-521a) and canonical JSON (RFC 8785)."""

import json
import math
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import integrity, jsonld_processing, keys, multikey, parsing, serializing, writing
from federation import vocabulary as v
from federation.canonical_json import canonical
from federation.signatures import Signer
from federation.vocabulary import Json
from instance.errors import Invalid, Unauthenticated
from tests.pure.federation.recordings import SAMPLES

MADE = datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC)
CONTEXT: list[Json] = [
    "https://www.w3.org/ns/activitystreams",
    "https://w3id.org/security/data-integrity/v2",
]
KEY_ID = "https://server.example/users/alice#ed25519-key"
DOCUMENT: dict[str, Any] = {
    "@context": CONTEXT,
    "id": "https://server.example/activities/1",
    "type": "Create",
    "actor": "https://server.example/users/alice",
    "object": {
        "id": "https://server.example/objects/1",
        "type": "Note",
        "attributedTo": "https://server.example/users/alice",
        "content": "Hello world",
        "location": {"type": "Place", "longitude": -71.184902, "latitude": 25.273962},
    },
}
PROOF: dict[str, Any] = {
    "@context": CONTEXT,
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-jcs-2022",
    "verificationMethod": KEY_ID,
    "proofPurpose": "assertionMethod",
    "proofValue": (
        "z42ffGu6AUKPCFcFPiabmUvnGLPJzC7e4DGWC52NUasSSH37UMa9c58tdgVszUcZfytxa4fQ5TYHaJENCxUDe9SdL"
    ),
    "created": "2023-02-24T23:36:38Z",
}
SIGNED: dict[str, Any] = {**DOCUMENT, "proof": PROOF}
PUBLIC = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
# Multicodec ed25519-priv before the 32 bytes.
SECRET = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"


def _pem() -> str:
    found = keys.pem_of_multikey(PUBLIC)
    assert found is not None
    return found


def _check(document: dict[str, Any], now: datetime = MADE) -> None:
    proof = integrity.claimed(document)
    assert proof is not None
    integrity.verify(document, proof, _pem(), now)


def test_a151_the_vector_of_fep_8b32_is_verified() -> None:
    proof = integrity.claimed(SIGNED)
    assert proof is not None
    assert proof.key_id == KEY_ID
    _check(SIGNED)


def test_a152_the_vector_of_fep_8b32_is_made() -> None:
    raw = multikey.decode(SECRET)
    assert raw is not None
    private = Ed25519PrivateKey.from_private_bytes(raw[2:])
    assert multikey.of_key(private.public_key()) == PUBLIC
    given = {**DOCUMENT, "@context": [*CONTEXT[:1], integrity.CONTEXT]}
    made = integrity.sign(given, KEY_ID, private, MADE)
    _check(made)
    # The same key over the same letters makes the same proof: so ours is the one of the FEP.
    options = {name: part for name, part in PROOF.items() if name != "proofValue"}
    value = private.sign(integrity._hashes(options, DOCUMENT))
    assert multikey.encode(value) == PROOF["proofValue"]


def test_a152_a_proof_brings_its_context() -> None:
    private = Ed25519PrivateKey.generate()
    made: Any = integrity.sign({"@context": ["a", {"b": "c"}], "id": "x"}, KEY_ID, private, MADE)
    assert made["@context"] == ["a", integrity.CONTEXT, {"b": "c"}]
    assert made["proof"]["@context"] == made["@context"]
    assert integrity.sign(made, KEY_ID, private, MADE)["@context"] == made["@context"]


def test_a152_a1_our_activities_with_a_proof_name_the_terms_they_use() -> None:
    """The proof repeats the context; JSON-LD processors read under it what they read under all."""
    document = serializing.activity_document(_create())
    signer = Signer(f"{KEY_ID}", keys.new_ed25519_pem())
    made: Any = integrity.signed(document, signer, MADE)
    context = made["@context"]
    assert context[:3] == [writing.ACTIVITYSTREAMS, writing.SECURITY, integrity.CONTEXT]
    assert set(context[3]) == {"toot", "Hashtag", "sensitive", "blurhash", "focalPoint"}
    assert made["proof"]["@context"] == context
    proof = integrity.claimed(made)
    assert proof is not None
    integrity.verify(made, proof, keys.public_pem_of(signer.private_pem), MADE)
    whole = {**document, "@context": [*context[:3], writing.TERMS]}
    short, long = (jsonld_processing.compacted(_odd(each)) for each in (made, whole))
    assert parsing.parse_activity(short) == parsing.parse_activity(long)


def _create() -> v.Create:
    author = "https://server.example/users/alice"
    picture = v.Attachment("Image", f"{author}/1.png", blurhash="L0", focal_point=(0.5, -0.5))
    note = v.Note(
        f"{author}/1",
        "Note",
        author,
        "<p>words</p>",
        to=(v.PUBLIC,),
        hashtags=(v.HashtagTag("tag", "https://server.example/tags/tag"),),
        attachments=(picture,),
    )
    return v.Create(f"{author}/1/activity", author, note, to=(v.PUBLIC,))


def _odd(document: dict[str, Any]) -> dict[str, Any]:
    found = {name: part for name, part in document.items() if name not in {"type", "proof"}}
    return {**found, "@type": document["type"]}


@pytest.mark.parametrize("name", ["create-note-image", "follow", "create-question", "undo-like"])
def test_e61_what_hollo_sent_is_verified_as_it_came(name: str) -> None:
    """The recording keeps the JSON, not its bytes: a proof is made over the canonical form."""
    document = json.loads((SAMPLES / f"hollo-{name}.json").read_text())["body"]
    actor = json.loads((SAMPLES / "hollo-actor-person.json").read_text())["body"]
    known = {key["id"]: key["publicKeyMultibase"] for key in actor["assertionMethod"]}
    proof = integrity.claimed(document)
    assert proof is not None
    pem = keys.pem_of_multikey(known[proof.key_id])
    assert pem is not None
    integrity.verify(document, proof, pem, proof.created)
    with pytest.raises(Unauthenticated):
        integrity.verify({**document, "to": ["x"]}, proof, pem, proof.created)


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "https://server.example/users/mallory"},
        {"object": {**DOCUMENT["object"], "content": "Hello World"}},
        {"quoteUrl": "https://evil.example/1"},
        {"@context": ["https://www.w3.org/ns/activitystreams"]},
        {"@context": [*reversed(CONTEXT)]},
        {"proof": {**PROOF, "created": "2023-02-24T23:36:39Z"}},
        {"proof": {**PROOF, "verificationMethod": f"{KEY_ID}2"}},
        {"proof": {**PROOF, "domain": "x"}},
        {"proof": {name: part for name, part in PROOF.items() if name != "@context"}},
    ],
)
def test_sg33_no_letter_can_be_changed_or_added(change: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        _check({**SIGNED, **change})


def test_e61_a_later_context_may_go_on_where_that_of_the_proof_ends() -> None:
    _check({**SIGNED, "@context": [*CONTEXT, {"more": "https://x.example/more"}]})
    with pytest.raises(Unauthenticated):
        _check({**SIGNED, "@context": [CONTEXT[0], "https://x.example", CONTEXT[1]]})


def test_e61_a_linked_data_signature_made_later_does_not_matter() -> None:
    _check({**SIGNED, "signature": {"type": "RsaSignature2017", "signatureValue": "x"}})


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Ed25519Signature2020"},
        {"cryptosuite": "eddsa-rdfc-2022"},
        {"proofPurpose": "authentication"},
        {"proofValue": "z1"},
        {"proofValue": "mAAAA"},
        {"proofValue": 7},
        {"proofValue": "z" + "2" * 100_000},
        {"created": None},
        {"created": "yesterday"},
        {"expires": "never"},
        {"verificationMethod": "did:key:z6Mk"},
        {"verificationMethod": "https://x.example/" + "a" * 3000},
        {"verificationMethod": 5},
    ],
)
def test_a151_a_proof_of_another_kind_is_passed_over(change: dict[str, Any]) -> None:
    proof = {name: part for name, part in {**PROOF, **change}.items() if part is not None}
    assert integrity.claimed({**DOCUMENT, "proof": proof}) is None
    assert integrity.claimed({**DOCUMENT, "proof": [proof, proof]}) is None


def test_a139_an_old_proof_is_no_proof_any_more() -> None:
    _check(SIGNED, MADE + timedelta(days=13))
    for now in (MADE + timedelta(days=15), MADE - timedelta(hours=2)):
        with pytest.raises(Unauthenticated):
            _check(SIGNED, now)
    private = Ed25519PrivateKey.generate()
    made: Any = integrity.sign(DOCUMENT, KEY_ID, private, MADE)
    made["proof"]["expires"] = "2023-02-25T00:00:00Z"
    proof = integrity.claimed(made)
    assert proof is not None
    with pytest.raises(Unauthenticated, match="expired"):
        integrity.verify(made, proof, _pem(), MADE + timedelta(days=1))


def test_sg18_a_proof_is_not_checked_with_an_rsa_key() -> None:
    proof = integrity.claimed(SIGNED)
    assert proof is not None
    pem = keys.public_pem_of(keys.new_private_key_pem())
    with pytest.raises(Unauthenticated, match="Ed25519"):
        integrity.verify(SIGNED, proof, pem, MADE)


# ---------------------------------------------------------------- canonical JSON


@pytest.mark.parametrize(
    ("number", "text"),
    [  # RFC 8785, appendix B, and what ECMAScript says of others
        (0.0, "0"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740992, "9007199254740992"),
        (295147905179352830000.0, "295147905179352830000"),
        (1e23, "1e+23"),
        (9.999999999999997e22, "9.999999999999997e+22"),
        (1e21, "1e+21"),
        (999999999999999900000.0, "999999999999999900000"),
        (0.000001, "0.000001"),
        (9.999999999999997e-7, "9.999999999999997e-7"),
        (333333333.3333332, "333333333.3333332"),
        (-0.0000033333333333333333, "-0.0000033333333333333333"),
        (1424953923781206.2, "1424953923781206.2"),
        (1.5e-5, "0.000015"),
        (4.50, "4.5"),
        (2e-3, "0.002"),
        (1e-27, "1e-27"),
        (7, "7"),
    ],
)
def test_rfc8785_numbers(number: float, text: str) -> None:
    assert canonical(number).decode() == text


def test_rfc8785_texts_and_order() -> None:
    """3.2.3: keys by UTF-16, so that the smiley stands before U+FB33."""
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\x80", "\u00f6"]
    expected = ["\r", "1", "\x80", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    found: dict[str, int] = json.loads(canonical(dict.fromkeys(names, 1)))
    assert list(found) == expected
    text = '\u20ac$\x0f\nA\'B"\\\\"/\x7f'
    assert canonical(text).decode() == '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/\x7f"'
    assert canonical([None, True, {}, [], ""]).decode() == '[null,true,{},[],""]'


@pytest.mark.parametrize("number", [2**53 + 1, -(2**60), math.inf, math.nan])
def test_sg33_numbers_that_read_alike_cannot_be_signed(number: float) -> None:
    with pytest.raises(Invalid):
        canonical({"a": number})


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.floats(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(_JSON)
def test_canonical_json_means_what_it_was_made_of(value: Any) -> None:
    try:
        text = canonical(value)
    except Invalid:
        assert "NaN" in json.dumps(value) or "Infinity" in json.dumps(value)
        return
    except UnicodeEncodeError:  # half a character: `parse_json` lets none in
        return
    assert canonical(json.loads(text)) == text


# ---------------------------------------------------------------- Multikey


def test_a153_multikeys_of_both_kinds_are_read() -> None:
    for who in ("fedify", "hollo"):
        actor = json.loads((SAMPLES / f"{who}-actor-person.json").read_text())["body"]
        rsa, ed25519 = (key["publicKeyMultibase"] for key in actor["assertionMethod"])
        assert keys.pem_of_multikey(rsa) == actor["publicKey"]["publicKeyPem"]
        pem = keys.pem_of_multikey(ed25519)
        assert pem is not None
        assert keys.multikey_of(pem) == ed25519


def test_a153_an_rsa_key_goes_by_its_pem() -> None:
    assert keys.multikey_of(keys.public_pem_of(keys.new_private_key_pem())) is None


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80))
def test_multibase_goes_there_and_back(raw: bytes) -> None:
    assert multikey.decode(multikey.encode(raw)) == raw


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.text("z123456789ABCDEFGHJKLMNPQRSTUVWXYZabc", max_size=120).map(lambda text: "z" + text),
        st.binary(max_size=300).map(lambda raw: multikey.encode(b"\xed\x01" + raw)),
        st.binary(max_size=300).map(lambda raw: multikey.encode(b"\x85\x24" + raw)),
    )
)
def test_sg28_no_multikey_raises_anything(text: str) -> None:
    pem = keys.pem_of_multikey(text)
    if pem is not None:
        with suppress(Unauthenticated):
            assert keys.load_public(pem) is not None


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from([*PROOF, "expires", "id"]), _JSON | st.just(PROOF)))
def test_sg33_no_proof_raises_anything_but_unauthenticated(proof: dict[str, Any]) -> None:
    document = {**DOCUMENT, "proof": {**PROOF, **proof}}
    claim = integrity.claimed(document)
    if claim is None:
        return
    with suppress(Unauthenticated):
        integrity.verify(document, claim, _pem(), MADE)
        assert document["proof"] == PROOF
