"""Linked Data signatures, RsaSignature2017: what Mastodon and relays sign activities with.

They are made over the graph that a document stands for, not over its letters
(https://w3c-ccg.github.io/ld-signatures/, and Mastodon's page about security). So what is read of a
document is what was signed and nothing else: `LinkedData.signed_reading` (SG-21). FEP-8b32 proofs
are better in every way; these are for who knows no other (A149, A150).
"""

import base64
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from federation import keys, reading
from federation.linked_data import LinkedData
from federation.signatures import Signer
from federation.signed_request import check_age, strict_base64
from federation.vocabulary import Document
from instance.errors import Invalid, Unauthenticated

KEY_ID_LETTERS_MAX = 2048
VALUE_LETTERS_MAX = 2048

_TYPE = "RsaSignature2017"
_CONTEXT = "https://w3id.org/identity/v1"
# What is no part of the options that are signed.
_UNSIGNED = frozenset({"type", "id", "signatureValue"})


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as it came with a document: a claim, until `verify` returns."""

    key_id: str
    value: bytes
    created: datetime
    options: Document


def claimed(document: Document) -> Signature | None:
    """The signature of a document, if it is of the kind we know; None for all others."""
    found = document.get("signature")
    if not isinstance(found, dict) or found.get("type") != _TYPE:
        return None
    key_id, value = reading.one_id(found.get("creator")), found.get("signatureValue")
    created = reading.instant(found.get("created"))
    if key_id is None or len(key_id) > KEY_ID_LETTERS_MAX or created is None:
        return None
    if not isinstance(value, str) or len(value) > VALUE_LETTERS_MAX:
        return None
    try:
        raw = strict_base64("".join(value.split()))  # Ruby breaks its base64 into lines
    except Unauthenticated:
        return None
    options: Document = {name: part for name, part in found.items() if name not in _UNSIGNED}
    return Signature(key_id, raw, created, options | {"@context": _CONTEXT})


@dataclass(frozen=True, slots=True)
class SignedReading:
    """What a signature is made over, and what of the document that is: read this, no other."""

    text: bytes
    document: Document


async def read(linked_data: LinkedData, document: Document, signature: Signature) -> SignedReading:
    """What `signature` claims to be made over; raises `Unauthenticated`, `Unavailable`."""
    try:
        return await _to_be_signed(linked_data, document, signature.options)
    except Invalid as odd:
        raise Unauthenticated(odd.public) from odd


def verify(signature: Signature, signed: SignedReading, public_pem: str, now: datetime) -> None:
    """Check that this key signed it, lately; raises `Unauthenticated`."""
    check_age(signature.created, None, now)
    key = keys.load_public(public_pem)
    if not isinstance(key, rsa.RSAPublicKey):
        raise Unauthenticated("The key of the signature is not RSA.")
    try:
        key.verify(signature.value, signed.text, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as misfit:
        raise Unauthenticated("The signature within the document does not match it.") from misfit


async def sign(
    linked_data: LinkedData, document: Document, signer: Signer, now: datetime
) -> Document:
    """The document with a signature of linked data: for relays, which hand on nothing else (A150).

    A proof is made before, and covered by this. Raises `Invalid` when the document has a context
    that is not bundled, `Unavailable`.
    """
    private = keys.load_private(signer.private_pem)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise TypeError("Signatures of linked data are made with RSA keys.")
    options: Document = {"creator": signer.key_id, "created": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
    signed = await _to_be_signed(linked_data, document, options | {"@context": _CONTEXT})
    encoded = base64.b64encode(private.sign(signed.text, padding.PKCS1v15(), hashes.SHA256()))
    value = encoded.decode()
    return {**document, "signature": {"type": _TYPE, **options, "signatureValue": value}}


async def _to_be_signed(
    linked_data: LinkedData, document: Document, options: Document
) -> SignedReading:
    unsigned = {name: part for name, part in document.items() if name != "signature"}
    text, reading_of_it = await linked_data.signed_reading(unsigned, options)
    return SignedReading(text.encode(), reading_of_it)
