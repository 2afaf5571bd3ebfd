"""Web Push: the example of RFC 8291 to the letter, the older encryption, and VAPID."""

import base64
import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from federation import web_push
from instance.errors import Invalid

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

# RFC 8291, appendix A.
PLAIN = b"When I grow up, I want to be a watermelon"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
AS_PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
UA_PUBLIC = (
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
)
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6"
    "TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulc"
    "y4a-fN"
)


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_the_example_of_the_standard() -> None:
    """B113: RFC 8291, appendix A."""
    own = ec.derive_private_key(int.from_bytes(_raw(AS_PRIVATE)), ec.SECP256R1())
    to = web_push.read_recipient(UA_PUBLIC, AUTH)
    made = web_push.encrypt(PLAIN, to, own_key=own, salt=_raw(SALT))
    assert made.body == _raw(BODY)
    assert made.headers == {"Content-Encoding": "aes128gcm"}


def test_no_two_messages_are_alike() -> None:
    """RFC 8188, section 2.1: a salt is used once."""
    to = web_push.read_recipient(UA_PUBLIC, AUTH)
    assert web_push.encrypt(PLAIN, to).body != web_push.encrypt(PLAIN, to).body


def test_the_older_encryption_is_read_by_an_app_that_knows_it() -> None:
    """B113: draft-ietf-webpush-encryption-04, as an app undoes it."""
    app, auth = ec.generate_private_key(ec.SECP256R1()), b"a" * 16
    point = app.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    made = web_push.encrypt_as_before(PLAIN, web_push.Recipient(point, auth))
    salt = _raw(made.headers["Encryption"].removeprefix("salt="))
    dh = _raw(made.headers["Crypto-Key"].removeprefix("dh="))
    server = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), dh)

    def derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
        return HKDF(hashes.SHA256(), length, salt, info).derive(secret)

    secret = derived(auth, app.exchange(ec.ECDH(), server), b"Content-Encoding: auth\0", 32)
    context = b"P-256\0\0\x41" + point + b"\0\x41" + dh
    key = derived(salt, secret, b"Content-Encoding: aesgcm\0" + context, 16)
    nonce = derived(salt, secret, b"Content-Encoding: nonce\0" + context, 12)
    assert AESGCM(key).decrypt(nonce, made.body, None) == b"\0\0" + PLAIN


@pytest.mark.parametrize("is_standard", [True, False])
def test_whose_message_it_is(*, is_standard: bool) -> None:
    """B113: RFC 8292: who asks, whom, until when; signed with the key that apps know."""
    key = ec.generate_private_key(ec.SECP256R1())
    to = web_push.read_recipient(UA_PUBLIC, AUTH)
    message = (web_push.encrypt if is_standard else web_push.encrypt_as_before)(PLAIN, to)
    endpoint = "https://push.test/some/where?a=b"
    subject = "mailto:us@alpha.test"
    headers = web_push.signed(message, endpoint, key, subject=subject, topic="7", now=NOW)
    if is_standard:
        token, _, public = headers["Authorization"].removeprefix("vapid t=").partition(", k=")
    else:
        token = headers["Authorization"].removeprefix("WebPush ")
        public = headers["Crypto-Key"].partition(";p256ecdsa=")[2]
    assert _raw(public) == key.public_key().public_bytes(
        Encoding.X962, PublicFormat.UncompressedPoint
    )
    head, claims, signature = token.split(".")
    assert json.loads(_raw(head)) == {"typ": "JWT", "alg": "ES256"}
    assert json.loads(_raw(claims)) == {
        "aud": "https://push.test",
        "exp": int(NOW.timestamp()) + 12 * 3600,
        "sub": "mailto:us@alpha.test",
    }
    r, s = (int.from_bytes(_raw(signature)[part]) for part in (slice(32), slice(32, 64)))
    checked = ec.ECDSA(hashes.SHA256())
    key.public_key().verify(encode_dss_signature(r, s), f"{head}.{claims}".encode(), checked)
    assert (headers["TTL"], headers["Topic"]) == (str(48 * 3600), "7")  # RFC 8030, 5.2 and 5.4


def test_keys_in_the_ways_that_apps_write_them() -> None:
    """B113: either alphabet of base64, with padding or without."""
    plain = web_push.read_recipient(UA_PUBLIC, AUTH)
    other = UA_PUBLIC.replace("-", "+").replace("_", "/") + "="
    assert web_push.read_recipient(other, AUTH + "==") == plain


@pytest.mark.parametrize(
    ("point", "auth"),
    [
        ("", AUTH),
        ("nonsense!", AUTH),
        (UA_PUBLIC[:-2], AUTH),
        ("BA" + "A" * 86, AUTH),  # a point that is not on the curve
        (UA_PUBLIC, ""),
        (UA_PUBLIC, AUTH[:-4]),
    ],
)
def test_what_is_no_key_is_refused(point: str, auth: str) -> None:
    """B113: before anything is kept."""
    with pytest.raises(Invalid):
        web_push.read_recipient(point, auth)
