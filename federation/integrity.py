"""Integrity proofs: activities that carry their own signature, whoever hands them on; pure.

FEP-8b32 with the suite eddsa-jcs-2022 (https://www.w3.org/TR/vc-di-eddsa/#eddsa-jcs-2022). A proof
covers every letter of the document that we read, so there is no term in it that nobody signed.
Whose key it is, and what one may say about others, is decided in `inbox/authentication.py`.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from federation import keys, multikey, reading
from federation.canonical_json import canonical
from federation.signatures import Signer
from federation.signed_request import check_age
from federation.vocabulary import Document, Json
from instance.errors import Invalid, Unauthenticated

CONTEXT = "https://w3id.org/security/data-integrity/v1"
KEY_ID_LETTERS_MAX = 2048

_TYPE = "DataIntegrityProof"
_SUITE = "eddsa-jcs-2022"
_PURPOSE = "assertionMethod"
_VALUE_BYTES = 64


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof as it came with a document: a claim, until `verify` returns."""

    key_id: str
    value: bytes
    created: datetime
    expires: datetime | None
    options: Document


def claimed(document: Document) -> Proof | None:
    """The one proof of a document, if it is of the kind we know; None for all others.

    FEP-8b32: what uses another suite is passed over, as if there were none.
    """
    found = document.get("proof")
    if not isinstance(found, dict):
        return None
    key_id, value = reading.one_id(found.get("verificationMethod")), found.get("proofValue")
    raw = multikey.decode(value) if isinstance(value, str) else None
    created, expires = reading.instant(found.get("created")), found.get("expires")
    ends = reading.instant(expires)
    if raw is None or len(raw) != _VALUE_BYTES or created is None or (expires and ends is None):
        return None
    if key_id is None or len(key_id) > KEY_ID_LETTERS_MAX:
        return None
    is_known = found.get("type") == _TYPE and found.get("cryptosuite") == _SUITE
    if not is_known or found.get("proofPurpose") != _PURPOSE:
        return None
    options = {name: part for name, part in found.items() if name != "proofValue"}
    return Proof(key_id, raw, created, ends, options)


def verify(document: Document, proof: Proof, public_pem: str, now: datetime) -> None:
    """Check that the proof was made with this key over this document, lately.

    Raises `Unauthenticated`.
    """
    check_age(proof.created, proof.expires, now)
    key = keys.load_public(public_pem)
    if not isinstance(key, Ed25519PublicKey):
        raise Unauthenticated("The key of the proof is not Ed25519.")
    # FEP-8b32: the linked data signature was made later, so the proof does not cover it.
    plain = {name: part for name, part in document.items() if name not in {"proof", "signature"}}
    if "@context" in proof.options:
        _check_context(plain.get("@context"), proof.options["@context"])
        plain["@context"] = proof.options["@context"]
    try:
        key.verify(proof.value, _hashes(proof.options, plain))
    except (InvalidSignature, Invalid) as misfit:
        raise Unauthenticated("The proof does not match the document.") from misfit


def signed(document: Document, signer: Signer, now: datetime) -> Document:
    """The document with a proof by a key of ours."""
    private = keys.load_private(signer.private_pem)
    if not isinstance(private, Ed25519PrivateKey):
        raise TypeError("Proofs are made with Ed25519 keys.")
    return sign(document, signer.key_id, private, now)


def sign(document: Document, key_id: str, private: Ed25519PrivateKey, now: datetime) -> Document:
    """The document with a proof, and with the context that says what a proof is."""
    known = _many(document.get("@context"))
    if CONTEXT not in known:
        terms = [each for each in known if isinstance(each, dict)]  # they stand last
        known = [*(each for each in known if isinstance(each, str)), CONTEXT, *terms]
    document = {**document, "@context": known}
    options: Document = {
        # eddsa-jcs-2022, 3.3.1: the proof says under which context it was made.
        "@context": known,
        "type": _TYPE,
        "cryptosuite": _SUITE,
        "verificationMethod": key_id,
        "proofPurpose": _PURPOSE,
        "created": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    value = multikey.encode(private.sign(_hashes(options, document)))
    return {**document, "proof": {**options, "proofValue": value}}


def _check_context(whole: Json, signed: Json) -> None:
    """3.3.2: the document's context may only go on where that of the proof ends."""
    given, needed = _many(whole), _many(signed)
    if given[: len(needed)] != needed:
        raise Unauthenticated("The proof was made under another context.")


def _hashes(options: Document, document: Document) -> bytes:
    return b"".join(hashlib.sha256(canonical(part)).digest() for part in (options, document))


def _many(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]
