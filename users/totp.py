"""Codes of authenticator apps: six digits of the half minute (RFC 6238 over RFC 4226); pure."""

import base64
import hashlib
import hmac
import secrets
import struct
from datetime import datetime
from urllib.parse import quote, urlencode

STEP_S = 30
DIGITS = 6
# RFC 6238, section 5.2: one step of delay, for typing; and one for clocks that are ahead.
STEPS_AROUND = 1
_SECRET_BYTES = 20  # RFC 4226, section 4, R6: as long as the hash


def new_secret() -> str:
    """Make a secret, in the base32 that apps take."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def step_of(moment: datetime) -> int:
    """Return the number of the half minute (RFC 6238, section 4.2)."""
    return int(moment.timestamp()) // STEP_S


def code(secret: str, step: int) -> str:
    """Return the digits of one half minute (RFC 4226, section 5.3)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1)
    offset = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def matching_step(secret: str, typed: str, now: datetime) -> int | None:
    """Return which half minute around now these digits are of; None for wrong ones."""
    current = step_of(now)
    sent = typed.encode("utf-8", "replace")
    for step in range(current - STEPS_AROUND, current + STEPS_AROUND + 1):
        if hmac.compare_digest(code(secret, step).encode(), sent):
            return step
    return None


def address(secret: str, *, issuer: str, name: str) -> str:
    """Return what the QR code says: the key URI format that all authenticator apps read."""
    # Some apps split at the first colon, and some take the issuer from either place.
    issuer = issuer.replace(":", " ")
    label = quote(f"{issuer}:{name}", safe="@:")
    query = {"secret": secret, "issuer": issuer, "digits": DIGITS, "period": STEP_S}
    return f"otpauth://totp/{label}?{urlencode(query, quote_via=quote)}"
