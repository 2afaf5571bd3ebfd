"""Signatures of RFC 9421, HTTP Message Signatures: the part that servers use; pure.

https://www.rfc-editor.org/rfc/rfc9421
"""

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import parse_qsl, quote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from federation import keys, origin
from federation.cavage import Outgoing
from federation.signed_request import (
    HEADER_LETTERS_MAX,
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
# A component: its name, and for one part of the query which part it is (2.2.8).
_COMPONENT = re.compile(r'"([@a-z0-9!#$%&\'*+.^_`|~-]{1,80})"(;name="[A-Za-z0-9*._%+-]{1,200}")?')
_INPUT = re.compile(
    rf"\s*({_LABEL})=(\(([^()]{{0,4000}})\)((?:;[ ]*[a-z*][a-z0-9_.*-]*"
    r'(?:=(?:"[^"\\]*"|-?[0-9]{1,15}|\?[01]))?)*))\s*'
)
_PARAMETER = re.compile(r';[ ]*([a-z*][a-z0-9_.*-]*)(?:=(?:"([^"\\]*)"|(-?[0-9]{1,15})|\?[01]))?')
_VALUE = re.compile(rf"\s*({_LABEL})=:([A-Za-z0-9+/=]+):\s*")
_QUERY_PART = "@query-param"
_REPEATABLE = re.compile(r"[ !#-\[\]-~]{0,512}")


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

    Exactly one signature (SG-29), no parameters on components but the name of a part of the query.
    """
    inner = _INPUT.fullmatch(signature_input)
    value = _VALUE.fullmatch(signature)
    if inner is None or value is None or inner[1] != value[1]:
        raise Unauthenticated("Signature-Input and Signature do not hold exactly one signature.")
    covered = _components(inner[3])
    if covered is None:
        raise Unauthenticated("A component of the signature is not known.")
    if not covered or len(covered) > COVERED_MAX or len(set(covered)) != len(covered):
        raise Unauthenticated("The list of components is empty, too long or repeats itself.")
    parameters = _parameters(inner[4])
    if parameters is None:
        raise Unauthenticated("A parameter of the signature is there twice.")
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


def _components(text: str) -> tuple[str, ...] | None:
    """The components of an inner list: names, with their parameter where they have one."""
    found = []
    for part in text.split():
        match = _COMPONENT.fullmatch(part)
        if match is None or bool(match[2]) != (match[1] == _QUERY_PART):
            return None
        found.append(match[1] + (match[2] or ""))
    return tuple(found)


def _parameters(text: str) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(text):
        if match[1] in found:
            return None
        found[match[1]] = match[2] if match[2] is not None else match[3] or ""
    return found


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
    base = to_bytes(signature_base(request, signature, place))
    try:
        check_value(signature, key, base)
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


def signature_base(request: SignedRequest, signature: Signature, place: Place) -> str:
    """What was signed (RFC 9421 2.5); raises `Unauthenticated`."""
    lines = [_line(name, _component(request, name, place)) for name in signature.covered]
    lines.append(f'"@signature-params": {signature.parameters}')
    return "\n".join(lines)


def _line(component: str, value: str) -> str:
    name, mark, parameter = component.partition(";")
    return f'"{name}"{mark}{parameter}: {value}'


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
    if name.startswith(_QUERY_PART):
        return _query_part(query, name.partition('"')[2].rstrip('"'))
    values = request.values(name)
    if name.startswith("@") or not values:
        raise Unauthenticated("A component that is said to be signed is missing.")
    return ", ".join(values)


def _query_part(query: str, encoded_name: str) -> str:
    """The value of one part of the query, encoded anew (2.2.8); it must be there once."""
    try:
        parts = parse_qsl(query, keep_blank_values=True, max_num_fields=COVERED_MAX)
    except ValueError as error:
        raise Unauthenticated("The query has too many parts to be signed.") from error
    found = [value for name, value in parts if _encoded(name) == encoded_name]
    if len(found) != 1:
        raise Unauthenticated("A part of the query that is said to be signed is not there once.")
    return _encoded(found[0])


def _encoded(text: str) -> str:
    return quote(text, safe="*-._").replace("~", "%7E")


def check_value(signature: Signature, key: keys.PublicKeyObject, base: bytes) -> None:
    """Check that this key signed `base`; raises `InvalidSignature`, `Unauthenticated`.

    The algorithm is that of the key: without a name both of RSA are tried (RFC 9421 3.3).
    """
    if isinstance(key, Ed25519PublicKey):
        if signature.algorithm not in {None, "ed25519"}:
            raise Unauthenticated("The algorithm does not belong to the key.")
        key.verify(signature.value, base)
        return
    if signature.algorithm not in {None, "rsa-v1_5-sha256", "rsa-pss-sha512"}:
        raise Unauthenticated("The algorithm does not belong to the key.")
    if signature.algorithm != "rsa-pss-sha512":
        try:
            key.verify(signature.value, base, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            if signature.algorithm is not None:
                raise
        else:
            return
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=64)  # RFC 9421 3.3.1
    key.verify(signature.value, base, pss, hashes.SHA512())


# ---------------------------------------------------------------- signing, and being asked to


@dataclass(frozen=True, slots=True)
class Challenge:
    """What somebody wants a signature to cover and to repeat (`Accept-Signature`, section 5)."""

    label: str = "sig1"
    components: tuple[str, ...] = ()
    nonce: str | None = None
    tag: str | None = None
    has_expires: bool = False


def read_challenge(accept_signature: str) -> Challenge | None:
    """The one signature that is asked for; None when we cannot make it (5.2)."""
    inner = _INPUT.fullmatch(accept_signature)
    if inner is None or len(accept_signature) > HEADER_LETTERS_MAX:
        return None
    components, parameters = _components(inner[3]), _parameters(inner[4])
    if components is None or parameters is None or len(set(components)) != len(components):
        return None
    known = {*_DERIVED, "host", "date", "content-type", "content-digest"}
    if len(components) > COVERED_MAX or not known.issuperset(components):
        return None
    repeated = parameters.get("nonce", "") + parameters.get("tag", "")
    if not _REPEATABLE.fullmatch(repeated):
        return None
    if parameters.get("alg", "") not in {"", "rsa-v1_5-sha256"}:
        return None
    return Challenge(
        inner[1],
        components,
        parameters.get("nonce"),
        parameters.get("tag"),
        "expires" in parameters,
    )


def challenge(method: str) -> str:
    """The `Accept-Signature` that our 401 carries: what a signature must cover to be good here."""
    covered = '"@method" "@target-uri"' + ("" if method == "GET" else ' "content-digest"')
    return f"sig1=({covered});created;keyid"


_DERIVED = frozenset({"@method", "@target-uri", "@authority", "@scheme", "@path", "@query"})
_EXPIRES_S = 300


def sign(
    request: Outgoing,
    key_id: str,
    private: keys.PrivateKeyObject,
    now: datetime,
    wanted: Challenge | None = None,
) -> dict[str, str]:
    """The headers to send: those that are signed, `Signature-Input` and `Signature`.

    `wanted` is what the other server asked for; what we always sign is signed too.
    """
    wanted, url = wanted or Challenge(), origin.split(request.url)
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
    path, mark, query = url.target.partition("?")
    others = {
        "@scheme": url.scheme,
        "@path": path,
        "@query": f"{mark or '?'}{query}",
        "host": url.authority,
        "date": format_datetime(now, usegmt=True),
    }
    lines |= {name: value for name, value in others.items() if name in wanted.components}
    if "date" in lines:
        headers["Date"] = lines["date"]
    components = " ".join(f'"{name}"' for name in lines)
    parameters = f"({components}){_signing_parameters(key_id, private, now, wanted)}"
    rows = [f'"{name}": {value}' for name, value in lines.items()]
    base = "\n".join([*rows, f'"@signature-params": {parameters}']).encode()
    if isinstance(private, Ed25519PrivateKey):
        value = private.sign(base)
    else:
        value = private.sign(base, padding.PKCS1v15(), hashes.SHA256())
    headers["Signature-Input"] = f"{wanted.label}={parameters}"
    headers["Signature"] = f"{wanted.label}=:{base64.b64encode(value).decode()}:"
    return headers


def _signing_parameters(
    key_id: str, private: keys.PrivateKeyObject, now: datetime, wanted: Challenge
) -> str:
    created = int(now.timestamp())
    algorithm = "ed25519" if isinstance(private, Ed25519PrivateKey) else "rsa-v1_5-sha256"
    found = f';created={created};keyid="{key_id}";alg="{algorithm}"'
    if wanted.has_expires:
        found += f";expires={created + _EXPIRES_S}"
    for name, value in (("nonce", wanted.nonce), ("tag", wanted.tag)):
        if value is not None:
            found += f';{name}="{value}"'
    return found
