"""Key pairs of actors: made, loaded once, checked; pure, but for the system's randomness.

Keys come as PEM text, or as Multikey (https://www.w3.org/TR/controller-document/#multikey,
FEP-521a). What kind of key it is decides how a signature is checked, never what a header says.
"""

import re
from functools import lru_cache
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from federation import multikey
from instance.errors import Invalid, Unauthenticated

RSA_BITS_MIN = 2048
RSA_BITS_MAX = 8192
RSA_EXPONENT_MIN = 65537
PEM_LETTERS_MAX = 4096
"""An RSA key of 8192 bits is a PEM of about 1,500 letters."""

PublicKeyObject: TypeAlias = rsa.RSAPublicKey | Ed25519PublicKey
PrivateKeyObject: TypeAlias = rsa.RSAPrivateKey | Ed25519PrivateKey

_PEM = re.compile(
    r"\s*-----BEGIN (RSA PUBLIC KEY|PUBLIC KEY)-----([A-Za-z0-9+/=\s]+)-----END \1-----\s*"
)

# RFC 8410: so the base64 of every Ed25519 key in SubjectPublicKeyInfo begins.
_ED25519_BEGINS = "MCowBQYDK2VwAyEA"


def new_private_key_pem() -> str:
    """A fresh RSA-2048 key pair (32 ms): the one kind that every server checks."""
    return _private_pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))


def new_ed25519_pem() -> str:
    """A fresh Ed25519 key pair (0.1 ms), which integrity proofs are made with (FEP-521a)."""
    return _private_pem(Ed25519PrivateKey.generate())


def _private_pem(private: PrivateKeyObject) -> str:
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def public_pem_of(private_pem: str) -> str:
    """The public half of a private key of ours, as SubjectPublicKeyInfo."""
    return _public_pem(load_private(private_pem).public_key())


def _public_pem(key: PublicKeyObject) -> str:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


@lru_cache(maxsize=1024)
def load_private(private_pem: str) -> PrivateKeyObject:
    """A private key of ours, kept: loading one anew costs a hundred times a signature."""
    # Only our own keys come here: checking them (31 ms each) would find nothing.
    key = serialization.load_pem_private_key(
        private_pem.encode(), password=None, unsafe_skip_rsa_key_validation=True
    )
    if not isinstance(key, rsa.RSAPrivateKey | Ed25519PrivateKey):
        raise TypeError("A key of ours is neither RSA nor Ed25519.")
    return key


@lru_cache(maxsize=8192)
def load_public(public_pem: str) -> PublicKeyObject:
    """A public key of somebody; raises `Unauthenticated` for what must not be trusted.

    Refused before any maths: everything but one plain public key (SG-28), RSA below 2048 or above
    8192 bits, small exponents (SG-26, SG-27).
    """
    if len(public_pem) > PEM_LETTERS_MAX:
        raise Unauthenticated("The key is too large.")
    match = _PEM.fullmatch(public_pem)
    if match is None:
        raise Unauthenticated("The key is not one public key in PEM form.")
    label, body = match.groups()
    lines = "".join(body.split())
    tidy = f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"
    try:
        key = serialization.load_pem_public_key(tidy.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Unauthenticated("The key cannot be read.") from error
    if isinstance(key, Ed25519PublicKey):
        return key
    if not isinstance(key, rsa.RSAPublicKey):
        raise Unauthenticated("The key is neither RSA nor Ed25519.")
    if not RSA_BITS_MIN <= key.key_size <= RSA_BITS_MAX:
        raise Unauthenticated(
            f"The RSA key must have {RSA_BITS_MIN} to {RSA_BITS_MAX} bits, not {key.key_size}."
        )
    if key.public_numbers().e < RSA_EXPONENT_MIN:
        raise Unauthenticated(f"The exponent of the RSA key must be at least {RSA_EXPONENT_MIN}.")
    return key


def check_new_key(public_pem: str) -> None:
    """Look once, closely (18 ms), at a key before it is stored; raises `Invalid`.

    A modulus that is itself prime makes a key that anybody can sign with (SG-26). That test is too
    slow for every signature, so whoever stores a key calls this.
    """
    try:
        key = load_public(public_pem)
    except Unauthenticated as refused:
        raise Invalid(refused.public) from refused
    if isinstance(key, rsa.RSAPublicKey):
        modulus = key.public_numbers().n
        if pow(2, modulus - 1, modulus) == 1:  # Fermat: true for primes, false for products
            raise Invalid("The modulus of the RSA key is a prime.")


def pem_of_multikey(text: str) -> str | None:
    """The PEM of the key in `publicKeyMultibase` (z6Mk…), None for anything else."""
    key = multikey.key_of(text)
    return _public_pem(key) if key is not None else None


def multikey_of(public_pem: str) -> str | None:
    """The `publicKeyMultibase` of an Ed25519 key; None for RSA, which goes by its PEM."""
    if _ED25519_BEGINS not in public_pem:
        return None
    key = load_public(public_pem)
    return multikey.of_key(key) if isinstance(key, Ed25519PublicKey) else None
