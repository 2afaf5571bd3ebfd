"""A request as its signature sees it, and the checks that both schemes share; pure.

Digest: RFC 3230 (`Digest`), RFC 9530 (`Content-Digest`). Time: the window is Mastodon's (E51).
"""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from federation import origin
from instance.errors import Invalid, Unauthenticated

VALIDITY = timedelta(minutes=5)
"""How long a signature without an end of its own holds."""

MARGIN = timedelta(hours=1)
"""How far the clocks of two servers may be apart."""

AGE_MAX = timedelta(hours=12)
"""What a signature may claim for itself at most."""

DOCUMENT_AGE_MAX = timedelta(days=14)
"""How old a signature within a document may be: as long as others try to hand it on, and no longer
than we remember what came (`inbox/reception.py`), so that nothing old is told anew."""

HEADER_LETTERS_MAX = 8192

_HASHES = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
_DIGEST = re.compile(r"\s*([A-Za-z0-9-]{1,20})=(:?)([A-Za-z0-9+/]+={0,2})(:?)\s*")


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What came in: `target` is the raw path and query as it stood in the request line.

    Headers and target are bytes read as latin-1, so that the bytes can be had back.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def values(self, name: str) -> list[str]:
        """All values of a header; `name` in lower case."""
        return [value.strip() for key, value in self.headers if key.lower() == name]

    def only(self, name: str) -> str | None:
        """The value of a header that may stand there once at most (SG-19)."""
        found = self.values(name)
        if len(found) > 1:
            raise Unauthenticated(f"The header {name} is there more than once.")
        if found and len(found[0]) > HEADER_LETTERS_MAX:
            raise Unauthenticated(f"The header {name} is too long.")
        return found[0] if found else None


def check_host(request: SignedRequest, base_url: str) -> str:
    """The host to put into the signature base: ours, never just what the Host header says.

    A Host that is spelt otherwise but means us is used as it came (E10). Any other one may be the
    doing of a proxy (E45) or of an attacker (SG-7, AU-12): then our own name is used, and only a
    signature made for us will match.
    """
    authority = base_url.partition("://")[2]
    received = request.only("host") or ""
    scheme = base_url.partition("://")[0]
    try:
        same = origin.host_of(f"{scheme}://{received}/") == origin.host_of(f"{base_url}/")
    except Invalid:
        same = False
    return received if same else authority


def to_bytes(base: str) -> bytes:
    """The bytes of a signature base, headers as they came; raises `Unauthenticated`."""
    try:
        return base.encode("latin-1")
    except UnicodeEncodeError as error:
        raise Unauthenticated("A signed header is not made of bytes.") from error


def check_window(created: datetime, expires: datetime | None, now: datetime) -> None:
    """The time rules of Mastodon (E51): not from the future, not too old; `Unauthenticated`."""
    if created > now + MARGIN:
        raise Unauthenticated("The signature is from the future: check the clock.")
    end = min(expires or created + VALIDITY, created + AGE_MAX)
    if now > end + MARGIN:
        raise Unauthenticated("The signature has expired: check the clock.")


def check_age(created: datetime, expires: datetime | None, now: datetime) -> None:
    """The time rules for signatures within documents; raises `Unauthenticated`."""
    if created > now + MARGIN:
        raise Unauthenticated("The signature is from the future: check the clock.")
    if now > min(expires or created + DOCUMENT_AGE_MAX, created + DOCUMENT_AGE_MAX):
        raise Unauthenticated("The signature within the document has expired.")


def http_date(text: str) -> datetime:
    """A Date header in any form of RFC 9110 5.6.7, any zone (E52); raises `Unauthenticated`."""
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError) as error:
        raise Unauthenticated("The Date header cannot be read.") from error


def unix_time(text: str) -> datetime:
    """Seconds since 1970 as a time; raises `Unauthenticated`."""
    if not re.fullmatch(r"[0-9]{1,11}", text):
        raise Unauthenticated("A time of the signature is not a whole number.")
    return datetime.fromtimestamp(int(text), UTC)


def digest_header(body: bytes) -> str:
    """The value of `Digest` for a body we send."""
    return "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()


def content_digest_header(body: bytes) -> str:
    """The value of `Content-Digest` (RFC 9530 2) for a body we send."""
    return "sha-256=:" + base64.b64encode(hashlib.sha256(body).digest()).decode() + ":"


def check_digest(request: SignedRequest, header: str) -> None:
    """Compare `digest` or `content-digest` with the bytes that came (SG-3).

    Each digest of a kind we know must match and one such must be there (E50).
    """
    known = 0
    for part in ",".join(request.values(header))[:HEADER_LETTERS_MAX].split(","):
        match = _DIGEST.fullmatch(part)
        if match is None:
            raise Unauthenticated(f"The header {header} cannot be read.")
        name, opening, encoded, closing = match.groups()
        # RFC 9530 puts byte sequences between colons, RFC 3230 does not.
        if bool(opening) != bool(closing) or bool(opening) != (header == "content-digest"):
            raise Unauthenticated(f"The header {header} cannot be read.")
        make = _HASHES.get(name.lower())  # bovine writes `sha-256=`, others `SHA-256=`
        if make is None:
            continue
        known += 1
        if not hmac.compare_digest(strict_base64(encoded), make(request.body).digest()):
            raise Unauthenticated("The body is not the one that was signed.")
    if known == 0:
        raise Unauthenticated(f"The header {header} holds no SHA-256.")


def strict_base64(text: str) -> bytes:
    """The bytes of standard base64 in its one spelling (RFC 4648 3.5); raises `Unauthenticated`."""
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unauthenticated("A value of the signature is not base64.") from error
    if base64.b64encode(found).decode() != text:  # stray bits at the end: a second spelling
        raise Unauthenticated("A value of the signature is not canonical base64.")
    return found
