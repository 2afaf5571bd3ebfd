"""Keys as Multikey, and the base58 they and proofs are written in; pure.

Multikey: https://www.w3.org/TR/cid-1.0/#Multikey (FEP-521a), multibase `z` is base58 of Bitcoin.
"""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LETTERS_MAX = 1500
"""An RSA key of 8192 bits has about 1,430 letters."""

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_BASE58BTC = "z"
_ED25519 = b"\xed\x01"
_ED25519_BYTES = 32
_RSA = b"\x85\x24"


def encode(raw: bytes) -> str:
    """Bytes in multibase base58btc."""
    number, letters = int.from_bytes(raw, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        letters = _ALPHABET[digit] + letters
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return _BASE58BTC + "1" * zeros + letters


def decode(text: str) -> bytes | None:
    """The bytes of multibase base58btc; None for anything else, and for what is too long."""
    if not text.startswith(_BASE58BTC) or len(text) > LETTERS_MAX:
        return None
    letters, number = text[1:], 0
    for letter in letters:
        value = _VALUES.get(letter)
        if value is None:
            return None
        number = number * 58 + value
    zeros = len(letters) - len(letters.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def of_key(key: Ed25519PublicKey) -> str:
    """The `publicKeyMultibase` of a key (z6Mk…)."""
    return encode(_ED25519 + key.public_bytes_raw())


def key_of(text: str) -> Ed25519PublicKey | rsa.RSAPublicKey | None:
    """The Ed25519 or RSA key in `publicKeyMultibase`, None for anything else; not judged yet."""
    raw = decode(text)
    if raw is None:
        return None
    if raw.startswith(_ED25519) and len(raw) == len(_ED25519) + _ED25519_BYTES:
        return Ed25519PublicKey.from_public_bytes(raw[2:])
    if not raw.startswith(_RSA):
        return None
    try:
        # PKCS#1, as the PEM of the same key has it.
        key = serialization.load_der_public_key(raw[2:])
    except ValueError:
        return None
    return key if isinstance(key, rsa.RSAPublicKey) else None
