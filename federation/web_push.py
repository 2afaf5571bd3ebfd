"""Messages of Web Push: encrypted for one app, and signed as this server's; pure.

RFC 8291 (encryption, aes128gcm of RFC 8188), RFC 8292 (VAPID); and the older aesgcm of
draft-ietf-webpush-encryption-04 for apps that do not say that they read the standard.
"""

import base64
import binascii
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from federation import origin
from instance.errors import Invalid

PLAIN_BYTES_MAX: Final = 3993
"""RFC 8291, section 4: what a push service must take, 4096 bytes, less what encryption adds."""
SIGNED_FOR: Final = timedelta(hours=12)
"""RFC 8292, section 2: at most 24 hours."""
TTL_S: Final = 48 * 3600

_AUTH_BYTES, _SALT_BYTES, _RECORD_BYTES = 16, 16, 4096
_NUMBER_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message is for: the keys that the app gave with its subscription."""

    point: bytes
    auth: bytes

    @property
    def key(self) -> ec.EllipticCurvePublicKey:
        """The app's public key."""
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.point)


@dataclass(frozen=True, slots=True)
class Encrypted:
    """A body as the push service gets it, and the headers that go with it."""

    body: bytes
    headers: dict[str, str]


def read_recipient(key_p256dh: str, key_auth: str) -> Recipient:
    """Return the keys of a subscription; raises `Invalid` for what is none."""
    try:
        found = Recipient(_decoded(key_p256dh), _decoded(key_auth))
        found.key.public_numbers()
    except ValueError as error:
        raise Invalid("The keys of the subscription are no keys.") from error
    if len(found.auth) != _AUTH_BYTES:
        raise Invalid("The key `auth` of the subscription must have 16 bytes.")
    return found


def encrypt(
    plain: bytes,
    to: Recipient,
    *,
    own_key: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> Encrypted:
    """Encrypt a message in one record (RFC 8291). Tests give key and salt; else both are new."""
    own, salt = own_key or ec.generate_private_key(ec.SECP256R1()), salt or _new_salt()
    own_point = _point(own.public_key())
    shared = own.exchange(ec.ECDH(), to.key)
    secret = _derived(to.auth, shared, b"WebPush: info\0" + to.point + own_point, 32)
    key = _derived(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(salt, secret, b"Content-Encoding: nonce\0", 12)
    head = salt + _RECORD_BYTES.to_bytes(4, "big") + bytes([len(own_point)]) + own_point
    # RFC 8188, section 2: the byte 2 ends the last record.
    sealed = AESGCM(key).encrypt(nonce, plain + b"\x02", None)
    return Encrypted(head + sealed, {"Content-Encoding": "aes128gcm"})


def encrypt_as_before(plain: bytes, to: Recipient) -> Encrypted:
    """Encrypt a message as the draft had it: what is needed to read it stands in headers."""
    own, salt = ec.generate_private_key(ec.SECP256R1()), _new_salt()
    own_point = _point(own.public_key())
    shared = own.exchange(ec.ECDH(), to.key)
    secret = _derived(to.auth, shared, b"Content-Encoding: auth\0", 32)
    context = b"P-256\0" + _sized(to.point) + _sized(own_point)
    key = _derived(salt, secret, b"Content-Encoding: aesgcm\0" + context, 16)
    nonce = _derived(salt, secret, b"Content-Encoding: nonce\0" + context, 12)
    no_padding = bytes(2)
    headers = {
        "Content-Encoding": "aesgcm",
        "Encryption": f"salt={_encoded(salt)}",
        "Crypto-Key": f"dh={_encoded(own_point)}",
    }
    return Encrypted(AESGCM(key).encrypt(nonce, no_padding + plain, None), headers)


def signed(
    message: Encrypted,
    endpoint: str,
    key: ec.EllipticCurvePrivateKey,
    *,
    subject: str,
    topic: str,
    now: datetime,
) -> dict[str, str]:
    """Return all headers of a message: whose it is (RFC 8292), and how long it is kept (8030).

    One that waits is replaced by the next of its topic: what is sent twice is shown once.
    """
    where = origin.split(endpoint)
    token = _token(f"{where.scheme}://{where.authority}", key, subject, now)
    public = _encoded(_point(key.public_key()))
    common = {
        "Content-Type": "application/octet-stream",
        "TTL": str(TTL_S),
        "Urgency": "normal",
        "Topic": topic,
    }
    if "Crypto-Key" not in message.headers:
        return common | message.headers | {"Authorization": f"vapid t={token}, k={public}"}
    keys = f"{message.headers['Crypto-Key']};p256ecdsa={public}"
    return common | message.headers | {"Crypto-Key": keys, "Authorization": f"WebPush {token}"}


def _token(audience: str, key: ec.EllipticCurvePrivateKey, subject: str, now: datetime) -> str:
    """A JSON Web Token, signed with ES256 (RFC 7515, 7518)."""
    claims = {"aud": audience, "exp": int((now + SIGNED_FOR).timestamp()), "sub": subject}
    parts = ({"typ": "JWT", "alg": "ES256"}, claims)
    text = ".".join(_encoded(json.dumps(part).encode()) for part in parts)
    numbers = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    signature = b"".join(number.to_bytes(_NUMBER_BYTES, "big") for number in numbers)
    return f"{text}.{_encoded(signature)}"


def _derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def _new_salt() -> bytes:
    return secrets.token_bytes(_SALT_BYTES)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _sized(point: bytes) -> bytes:
    return len(point).to_bytes(2, "big") + point


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """Read base64 in either alphabet, with padding or without: apps send all of these."""
    plain = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("no base64") from error
