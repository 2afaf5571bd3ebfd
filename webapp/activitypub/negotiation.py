"""Who asks for what: content types in, documents out, and the request as its signature saw it.

Vary and ETag: https://www.rfc-editor.org/rfc/rfc9110#section-12
"""

import json
import re
from dataclasses import dataclass, replace
from typing import Final

from federation.signatures import SignedRequest
from federation.vocabulary import Document
from federation.webfinger import ACTIVITY_TYPE
from storage.kept import Written, written
from webapp.asking import Answer, Asked

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


def write(document: Document) -> Written:
    """Write a document."""
    return written(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())


def answer(
    asked: Asked,
    found: Written,
    caching: Caching = PUBLIC,
    *,
    status: int = 200,
    kind: str = ACTIVITY_TYPE,
    is_open: bool = False,
) -> Answer:
    """A document with its type (E4), its tag (E17) and how long it may be kept (E7).

    `is_open`: pages of other sites may read it too (CORS).
    """
    headers = [
        ("Cache-Control", caching.control),
        ("Vary", caching.vary),
        ("ETag", found.tag),
    ]
    if is_open:
        headers.append(("Access-Control-Allow-Origin", "*"))
    asked_for = asked.header("if-none-match")[:_ACCEPT_LETTERS_MAX]
    # Only what is there can be unchanged.
    if asked_for and status == 200 and found.tag in _tags(asked_for):  # noqa: PLR2004 - as said
        return Answer(304, headers)
    return Answer(status, [("Content-Type", kind), *headers], found.body)


def for_this_asker(answer: Answer) -> Answer:
    """The answer with word that nobody may keep it for others."""
    kept = [pair for pair in answer.headers if pair[0] not in {"Cache-Control", "Vary"}]
    mine = [("Cache-Control", SIGNED.control), ("Vary", SIGNED.vary)]
    return replace(answer, headers=[*kept, *mine])


def _tags(if_none_match: str) -> set[str]:
    return {each.strip().removeprefix("W/") for each in if_none_match.split(",")}


def see_page(url: str) -> Answer:
    """Send a browser from an id to the page that people read."""
    return Answer(
        302, [("Location", url), ("Vary", PUBLIC.vary), ("Cache-Control", PUBLIC.control)]
    )


def signed_request(asked: Asked, body: bytes = b"") -> SignedRequest:
    """The request, letter by letter as it came (E44)."""
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in asked.scope["headers"]
    )
    return SignedRequest(asked.method, asked.target, headers, body)
