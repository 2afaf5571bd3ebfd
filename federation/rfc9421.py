"""Signatures of RFC 9421, HTTP Message Signatures: the part that servers use; pure.

https://www.rfc-editor.org/rfc/rfc9421
"""

import base64
import re
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from federation import keys, origin
from federation.cavage import Outgoing
from federation.signed_request import (
    SignedRequest,
    check_digest,
    check_window,
    content_digest_header,
    http_date,
    strict_base64,
    to_bytes,
    unix_time,
)
from instance.errors import Unauthenticated

COVERED_MAX = 32

_LABEL = r"[a-z*][a-z0-9_.*-]{0,63}"
_COMPONENT = re.compile(r'\s*"([@a-z0-9!#$%&\'*+.^_`|~-]{1,80})"')
_INPUT = re.compile(
    rf'\s*({_LABEL})=(\((?:[ ]*"[^"\\()]*")*[ ]*\)((?:;[ ]*[a-z*][a-z0-9_.*-]*'
    r'(?:=(?:"[^"\\]*"|-?[0-9]{1,15}|\?[01]))?)*))\s*'
)
_PARAMETER = re.compile(r';[ ]*([a-z*][a-z0-9_.*-]*)(?:=(?:"([^"\\]*)"|(-?[0-9]{1,15})|\?[01]))?')
_VALUE = re.compile(rf"\s*({_LABEL})=:([A-Za-z0-9+/=]+):\s*")


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature; `parameters` is the text of the inner list, as it was signed."""

    key_id: str
    value: bytes
    covered: tuple[str, ...]
    parameters: str
    algorithm: str | None
    created: str | None
    expires: str | None


def parse(signature_input: str, signature: str) -> Signature:
    """Read `Signature-Input` and `Signature`; raises `Unauthenticated`.

    Exactly one signature (SG-29), no parameters on components: nobody sends them.
    """
    inner = _INPUT.fullmatch(signature_input)
    value = _VALUE.fullmatch(signature)
    if inner is None or value is None or inner[1] != value[1]:
        raise Unauthenticated("Signature-Input and Signature do not hold exactly one signature.")
    covered = tuple(_COMPONENT.findall(inner[2].partition(")")[0]))
    if covered != tuple(re.findall(r'"([^"]*)"', inner[2].partition(")")[0])):
        raise Unauthenticated("A component of the signature is not known.")
    if not covered or len(covered) > COVERED_MAX or len(set(covered)) != len(covered):
        raise Unauthenticated("The list of components is empty, too long or repeats itself.")
    parameters: dict[str, str] = {}
    for match in _PARAMETER.finditer(inner[3]):
        if match[1] in parameters:
            raise Unauthenticated("A parameter of the signature is there twice.")
        parameters[match[1]] = match[2] if match[2] is not None else match[3] or ""
    if not parameters.get("keyid"):
        raise Unauthenticated("The signature names no key.")
    return Signature(
        parameters["keyid"],
        strict_base64(value[2]),
        covered,
        inner[2],
        parameters.get("alg"),
        parameters.get("created"),
        parameters.get("expires"),
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where we are: what `host` and the derived components mean."""

    base_url: str
    host: str


def verify(
    request: SignedRequest,
    signature: Signature,
    key: keys.PublicKeyObject,
    place: Place,
    now: datetime,
) -> None:
    """Check everything about the signature; raises `Unauthenticated` with the reason."""
    _check_covered(request, signature)
    if signature.created is None:
        raise Unauthenticated("The signature has no time of creation.")  # Mastodon asks for it too
    expires = unix_time(signature.expires) if signature.expires is not None else None
    check_window(unix_time(signature.created), expires, now)
    if "date" in signature.covered:
        check_window(http_date(request.only("date") or ""), expires, now)
    if "content-digest" in signature.covered:
        check_digest(request, "content-digest")
    base = to_bytes(_base(request, signature, place))
    try:
        _check_value(signature, key, base)
    except InvalidSignature as error:
        raise Unauthenticated("The signature does not match the request.") from error


def _check_covered(request: SignedRequest, signature: Signature) -> None:
    covered = set(signature.covered)
    if "@method" not in covered:
        raise Unauthenticated("The signature does not cover @method.")
    parts = {"@authority", "@path"}
    if "?" in request.target:
        parts.add("@query")
    if "@target-uri" not in covered and not parts <= covered:
        raise Unauthenticated("The signature does not cover @target-uri.")
    if request.method not in {"GET", "HEAD"} and "content-digest" not in covered:
        raise Unauthenticated("The signature does not cover content-digest.")


def _base(request: SignedRequest, signature: Signature, place: Place) -> str:
    """The signature base (RFC 9421 2.5)."""
    lines = [f'"{name}": {_component(request, name, place)}' for name in signature.covered]
    lines.append(f'"@signature-params": {signature.parameters}')
    return "\n".join(lines)


def _component(request: SignedRequest, name: str, place: Place) -> str:
    """The value of one component (RFC 9421 2.1 and 2.2), from what *we* know of ourselves."""
    path, mark, query = request.target.partition("?")
    scheme, _, authority = place.base_url.partition("://")
    derived = {
        "@method": request.method,
        "@target-uri": place.base_url + request.target,
        "@authority": authority.lower(),
        "@scheme": scheme,
        "@request-target": request.target,
        "@path": path or "/",
        "@query": f"{mark or '?'}{query}",
        "host": place.host,
    }
    if name in derived:
        return derived[name]
    values = request.values(name)
    if name.startswith("@") or not values:
        raise Unauthenticated("A component that is said to be signed is missing.")
    return ", ".join(values)


def _check_value(signature: Signature, key: keys.PublicKeyObject, base: bytes) -> None:
    if isinstance(key, Ed25519PublicKey):
        if signature.algorithm not in {None, "ed25519"}:
            raise Unauthenticated("The algorithm does not belong to the key.")
        key.verify(signature.value, base)
    elif signature.algorithm in {None, "rsa-v1_5-sha256"}:
        key.verify(signature.value, base, padding.PKCS1v15(), hashes.SHA256())
    elif signature.algorithm == "rsa-pss-sha512":
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=64)  # RFC 9421 3.3.1
        key.verify(signature.value, base, pss, hashes.SHA512())
    else:
        raise Unauthenticated("The algorithm does not belong to the key.")


def sign(
    request: Outgoing, key_id: str, private: keys.PrivateKeyObject, now: datetime
) -> dict[str, str]:
    """The headers to send: those that are signed, `Signature-Input` and `Signature`."""
    url = origin.split(request.url)
    headers = {"Host": url.authority}
    lines = {
        "@method": request.method,
        "@target-uri": f"{url.scheme}://{url.authority}{url.target}",
        "@authority": url.authority,
    }
    if request.method == "POST":
        headers["Content-Type"] = request.content_type
        headers["Content-Digest"] = content_digest_header(request.body)
        lines["content-type"] = headers["Content-Type"]
        lines["content-digest"] = headers["Content-Digest"]
    is_ed25519 = isinstance(private, Ed25519PrivateKey)
    components = " ".join(f'"{name}"' for name in lines)
    parameters = (
        f'({components});created={int(now.timestamp())};keyid="{key_id}"'
        f';alg="{"ed25519" if is_ed25519 else "rsa-v1_5-sha256"}"'
    )
    rows = [f'"{name}": {value}' for name, value in lines.items()]
    base = "\n".join([*rows, f'"@signature-params": {parameters}']).encode()
    if isinstance(private, Ed25519PrivateKey):
        value = private.sign(base)
    else:
        value = private.sign(base, padding.PKCS1v15(), hashes.SHA256())
    headers["Signature-Input"] = f"sig1={parameters}"
    headers["Signature"] = f"sig1=:{base64.b64encode(value).decode()}:"
    return headers
