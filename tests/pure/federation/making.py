"""What several tests of the federation folder make: keys, signed requests, notes."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation import signatures
from federation.signatures import Outgoing, SignedRequest, Signer

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
BASE_URL = "https://our.example"
INBOX = f"{BASE_URL}/inbox"
KEY_ID = "https://mallory.example/users/mallory#main-key"
BODY = b'{"type":"Create"}'


@cache
def rsa_key(bits: int = 2048, number: int = 0, exponent: int = 65537) -> rsa.RSAPrivateKey:
    """A key pair, made once; `number` tells several of the same size apart."""
    del number
    return rsa.generate_private_key(public_exponent=exponent, key_size=bits)


@cache
def ed25519_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def private_pem(key: Any) -> str:
    text: bytes = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return text.decode()


def public_pem(key: Any, form: str = "spki") -> str:
    kind = {
        "spki": serialization.PublicFormat.SubjectPublicKeyInfo,
        "pkcs1": serialization.PublicFormat.PKCS1,
    }[form]
    text: bytes = key.public_key().public_bytes(serialization.Encoding.PEM, kind)
    return text.decode()


def signer(key: Any = None, key_id: str = KEY_ID) -> Signer:
    return Signer(key_id, private_pem(key or rsa_key()))


def post(url: str = INBOX, body: bytes = BODY) -> Outgoing:
    return Outgoing("POST", url, body, "application/activity+json")


def get(url: str = f"{BASE_URL}/actors/1") -> Outgoing:
    return Outgoing("GET", url)


@dataclass
class Arrival:
    """A request on its way to us, which an attacker may change before we see it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""
    more: tuple[tuple[str, str], ...] = ()

    @property
    def request(self) -> SignedRequest:
        return SignedRequest(
            self.method, self.target, (*self.headers.items(), *self.more), self.body
        )

    def with_header(self, name: str, value: str | None) -> "Arrival":
        changed = {key: old for key, old in self.headers.items() if key != name}
        return replace(self, headers=changed if value is None else {**changed, name: value})


def arrive(
    outgoing: Outgoing, *, scheme: str = "cavage", key: Any = None, at: datetime = NOW
) -> Arrival:
    """Sign a request of somebody else and let it come to us."""
    sign = signatures.sign_cavage if scheme == "cavage" else signatures.sign_rfc9421
    headers = sign(outgoing, signer(key), at)
    target = outgoing.url.partition("://")[2].partition("/")[2]
    return Arrival(outgoing.method, f"/{target}", headers, outgoing.body)


def check(arrival: Arrival, key: Any = None, *, now: datetime = NOW, key_id: str = KEY_ID) -> None:
    """Verify as the inbox does."""
    pem = key if isinstance(key, str) else public_pem(key or rsa_key())
    signatures.verify(arrival.request, pem, now=now, key_id=key_id, base_url=BASE_URL)
