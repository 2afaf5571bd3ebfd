"""Who asks for what: content types in, documents out, and the request as its signature saw it.

Vary and ETag: https://www.rfc-editor.org/rfc/rfc9110#section-12
"""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Final

from quart import Response, request

from federation.signatures import SignedRequest
from federation.vocabulary import Document
from federation.webfinger import ACTIVITY_TYPE

LD_TYPE: Final = "application/ld+json"
_ACTIVITY_TYPES = frozenset({ACTIVITY_TYPE, LD_TYPE})
_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_ACCEPT_LETTERS_MAX = 4000
_PARTS_MAX = 64
_QUALITY = re.compile(r"q=([01](?:\.[0-9]{0,3})?)")


@dataclass(frozen=True, slots=True)
class Caching:
    """How long an answer may be kept, and by whom (PV-21)."""

    control: str
    vary: str


# Everybody gets the same; it may change at any time, so caches ask again (with the ETag).
PUBLIC = Caching("public, no-cache", "Accept")
# Who signs may see more than who does not.
SIGNED = Caching("private, no-store", "Accept, Signature")


def wants_activity(accept: str) -> bool:
    """Whether ActivityPub is asked for, and not less than a page (E5); `*/*` asks for a page."""
    activity = page = 0.0
    for part in accept[:_ACCEPT_LETTERS_MAX].split(",")[:_PARTS_MAX]:
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = _quality(parameters)
        if kind in _ACTIVITY_TYPES:
            activity = max(activity, quality)
        elif kind in _PAGE_TYPES:
            page = max(page, quality)
    return activity > 0 and activity >= page


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            found = _QUALITY.fullmatch(parameter)
            return min(float(found[1]), 1.0) if found else 0.0
    return 1.0


def is_activity_type(content_type: str) -> bool:
    """Whether a body says it is ActivityPub: E1, with and without profile and charset."""
    return content_type.split(";", 1)[0].strip().lower() in _ACTIVITY_TYPES


def answer(
    document: Document, caching: Caching = PUBLIC, *, status: int = 200, kind: str = ACTIVITY_TYPE
) -> Response:
    """A document with its type (E4), its tag (E17) and how long it may be kept (E7)."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"Cache-Control": caching.control, "Vary": caching.vary, "ETag": tag}
    asked_for = request.headers.get("If-None-Match", "")[:_ACCEPT_LETTERS_MAX]
    known = {each.strip().removeprefix("W/") for each in asked_for.split(",")}
    if status == 200 and tag in known:  # noqa: PLR2004 - only what is there can be unchanged
        return Response("", status=304, headers=headers)
    return Response(body, status=status, headers=headers, content_type=kind)


def see_page(url: str) -> Response:
    """Send a browser from an id to the page that people read."""
    headers = {"Location": url, "Vary": PUBLIC.vary, "Cache-Control": PUBLIC.control}
    return Response("", status=302, headers=headers)


def accept() -> str:
    """The Accept header of the request that is being answered."""
    return request.headers.get("Accept", "")


def signed_request(body: bytes = b"") -> SignedRequest:
    """The request that is being answered, letter by letter as it came (E44)."""
    scope = request.scope
    raw = scope.get("raw_path") or scope["path"].encode()
    query = scope["query_string"]
    target = raw + (b"?" + query if query else b"")
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
    )
    return SignedRequest(request.method, target.decode("latin-1"), headers, body)
