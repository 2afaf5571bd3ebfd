"""Signatures of draft-cavage-http-signatures-12, as most servers write them; pure.

https://datatracker.ietf.org/doc/html/draft-cavage-http-signatures-12
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from federation import keys, origin
from federation.signed_request import (
    SignedRequest,
    check_digest,
    check_window,
    digest_header,
    http_date,
    strict_base64,
    to_bytes,
    unix_time,
)
from instance.errors import Unauthenticated

COVERED_MAX = 32

_PARAMETER = re.compile(r'\s*([A-Za-z]{1,20})\s*=\s*(?:"([^"]*)"|([0-9]+))\s*(?:,|$)')
_RSA_ALGORITHMS = frozenset({None, "rsa-sha256", "rsa-sha512", "hs2019"})
_ED25519_ALGORITHMS = frozenset({None, "ed25519", "hs2019"})
_TIMED_ALGORITHMS = frozenset({None, "ed25519", "hs2019"})


@dataclass(frozen=True, slots=True)
class Signature:
    """The parameters of a `Signature` header; `covered` in the order they were signed."""

    key_id: str
    value: bytes
    covered: tuple[str, ...]
    algorithm: str | None = None
    created: str | None = None
    expires: str | None = None


def parse(header: str) -> Signature:
    """Read a `Signature` header; raises `Unauthenticated`."""
    found: dict[str, str] = {}
    position = 0
    while position < len(header):
        match = _PARAMETER.match(header, position)
        if match is None or match[1].lower() in found:
            raise Unauthenticated("The Signature header cannot be read.")  # SG-19: keyId twice
        found[match[1].lower()] = match[2] if match[2] is not None else match[3]
        position = match.end()
    if not found.get("keyid") or not found.get("signature"):
        raise Unauthenticated("The Signature header names no key or holds no signature.")
    # 2.1.6: an absent list means (created), which for our rules covers too little either way.
    covered = tuple(found.get("headers", "(created)").lower().split())
    if not covered or len(covered) > COVERED_MAX or len(set(covered)) != len(covered):
        raise Unauthenticated("The list of signed headers is empty, too long or repeats itself.")
    return Signature(
        found["keyid"],
        strict_base64(found["signature"]),
        covered,
        found["algorithm"].lower() if "algorithm" in found else None,
        found.get("created"),
        found.get("expires"),
    )


def verify(
    request: SignedRequest,
    signature: Signature,
    key: keys.PublicKeyObject,
    host: str,
    now: datetime,
) -> None:
    """Check everything about the signature; raises `Unauthenticated` with the reason."""
    _check_covered(request, signature)
    _check_time(request, signature, now)
    if "digest" in signature.covered:
        check_digest(request, "digest")
    _check_algorithm(signature, key)
    for target in _targets(request):
        base = to_bytes(_base(request, signature, target, host))
        if _matches(key, signature, base):
            return
    raise Unauthenticated("The signature does not match the request.")


def _check_covered(request: SignedRequest, signature: Signature) -> None:
    needed = {"(request-target)", "host"}
    if request.method not in {"GET", "HEAD"}:
        needed.add("digest")  # SG-4, SG-5
    missing = needed - set(signature.covered)
    if missing:
        raise Unauthenticated(f"The signature does not cover {', '.join(sorted(missing))}.")


def _check_time(request: SignedRequest, signature: Signature, now: datetime) -> None:
    created = expires = None
    # 2.3: (created) and (expires) do not go together with the old names of algorithms (E48).
    timed = not {"(created)", "(expires)"}.isdisjoint(signature.covered)
    if timed and signature.algorithm not in _TIMED_ALGORITHMS:
        raise Unauthenticated("(created) and (expires) need the algorithm hs2019.")
    if "(created)" in signature.covered:
        created = unix_time(signature.created or "")
    if "(expires)" in signature.covered:
        expires = unix_time(signature.expires or "")
    if "date" in signature.covered:
        dated = http_date(request.only("date") or "")
        check_window(dated, expires, now)
        created = created or dated
    if created is None:
        raise Unauthenticated("The signature covers neither date nor (created).")  # SG-10
    check_window(created, expires, now)


def _check_algorithm(signature: Signature, key: keys.PublicKeyObject) -> None:
    known = _ED25519_ALGORITHMS if isinstance(key, Ed25519PublicKey) else _RSA_ALGORITHMS
    if signature.algorithm not in known:
        raise Unauthenticated("The algorithm does not belong to the key.")  # SG-18


def _targets(request: SignedRequest) -> Iterator[str]:
    yield request.target
    path, query, _ = request.target.partition("?")
    if query and request.method == "GET":
        yield path  # Misskey signs GETs without the query (SG-31)


def _base(request: SignedRequest, signature: Signature, target: str, host: str) -> str:
    lines = []
    for name in signature.covered:
        if name == "(request-target)":
            value = f"{request.method.lower()} {target}"
        elif name == "(created)":
            value = signature.created or ""
        elif name == "(expires)":
            value = signature.expires or ""
        elif name == "host":
            value = host
        else:
            values = request.values(name)
            if not values:
                raise Unauthenticated("A header that is said to be signed is missing.")
            value = ", ".join(values)
        lines.append(f"{name}: {value}")
    return "\n".join(lines)


def _matches(key: keys.PublicKeyObject, signature: Signature, base: bytes) -> bool:
    if isinstance(key, Ed25519PublicKey):
        try:
            key.verify(signature.value, base)
        except InvalidSignature:
            return False
        return True
    # hs2019 leaves the hash to the key; in the wild it is SHA-256, sometimes SHA-512 (E46).
    tried: list[hashes.HashAlgorithm] = [hashes.SHA256()]
    if signature.algorithm in {"hs2019", "rsa-sha512"}:
        tried.append(hashes.SHA512())
    for algorithm in tried:
        try:
            key.verify(signature.value, base, padding.PKCS1v15(), algorithm)
        except InvalidSignature:
            continue
        return True
    return False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request of ours before it is signed; a GET has no body and no content type."""

    method: str
    url: str
    body: bytes = b""
    content_type: str = ""


def sign(
    request: Outgoing, key_id: str, private: keys.PrivateKeyObject, now: datetime
) -> dict[str, str]:
    """The headers to send: those that are signed, and `Signature`.

    `rsa-sha256` is written, not `hs2019`: old Misskey needs it and nobody minds.
    """
    url = origin.split(request.url)
    headers = {"Host": url.authority, "Date": format_datetime(now, usegmt=True)}
    if request.method == "POST":
        headers["Digest"] = digest_header(request.body)
        headers["Content-Type"] = request.content_type
    lines = [f"(request-target): {request.method.lower()} {url.target}"]
    lines += [f"{name.lower()}: {value}" for name, value in headers.items()]
    covered = " ".join(["(request-target)", *(name.lower() for name in headers)])
    base = "\n".join(lines).encode()
    if isinstance(private, Ed25519PrivateKey):
        algorithm, value = "hs2019", private.sign(base)
    else:
        algorithm = "rsa-sha256"
        value = private.sign(base, padding.PKCS1v15(), hashes.SHA256())
    encoded = base64.b64encode(value).decode()
    headers["Signature"] = (
        f'keyId="{key_id}",algorithm="{algorithm}",headers="{covered}",signature="{encoded}"'
    )
    return headers
