"""JSON-LD for documents in unusual shape only; contexts are bundled and nothing is ever fetched.

Nearly everybody sends ActivityStreams in its plain compacted form, which is read as it stands: its
`@context` is not even looked at, so a crafted one cannot give a document a second meaning (OR-23).
Only a document that spells `@type` or expanded property names is processed, within bounds (RX-29).
JSON-LD: https://www.w3.org/TR/json-ld11-api/#compaction
"""

import importlib
from collections.abc import Iterator
from functools import cache
from typing import Any

from federation.vocabulary import Document, Json
from instance.errors import Invalid

NODES_MAX = 2000
CONTEXT_TERMS_MAX = 100

_AS = "https://www.w3.org/ns/activitystreams#"
_AMBIGUOUS = (("id", "@id"), ("type", "@type"))
_REFUSED = frozenset({"@graph", "@reverse", "@included", "@nest", "@import", "@index"})

# The terms we read. Together they stand for every context: a term means the same everywhere, and a
# peer's terms are not our business. So no context is missing when w3id.org is away (INTEROP 4).
_LINKS = (
    "actor anyOf attachment attributedTo audience cc context endpoints first following followers "
    "icon image inReplyTo inbox items last likes movedTo next object oneOf origin outbox partOf "
    "prev replies result sharedInbox shares tag target to url href alsoKnownAs instrument "
    "quoteUrl"
)
_VALUES = (
    "altitude duration height mediaType rel startIndex totalItems width sensitive "
    "manuallyApprovesFollowers preferredUsername content name summary formerType hreflang source"
)
_TIMES = "published updated startTime endTime deleted closed"
_MASTODON_VALUES = "blurhash discoverable indexable memorial suspended votersCount"
_BUNDLED: Document = {
    "@vocab": "_:",
    "id": "@id",
    "type": "@type",
    "as": _AS,
    "toot": "http://joinmastodon.org/ns#",
    "sec": "https://w3id.org/security#",
    "schema": "http://schema.org#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    **{term: {"@id": f"as:{term}", "@type": "@id"} for term in _LINKS.split()},
    **{term: f"as:{term}" for term in _VALUES.split()},
    **{term: {"@id": f"as:{term}", "@type": "xsd:dateTime"} for term in _TIMES.split()},
    **{
        f"{term}Map": {"@id": f"as:{term}", "@container": "@language"}
        for term in ("content", "name", "summary")
    },
    **{term: f"toot:{term}" for term in _MASTODON_VALUES.split()},
    "inbox": {"@id": "http://www.w3.org/ns/ldp#inbox", "@type": "@id"},
    "orderedItems": {"@id": "as:items", "@type": "@id", "@container": "@list"},
    "featured": {"@id": "toot:featured", "@type": "@id"},
    "focalPoint": {"@id": "toot:focalPoint", "@container": "@list"},
    "publicKey": {"@id": "sec:publicKey", "@type": "@id"},
    "owner": {"@id": "sec:owner", "@type": "@id"},
    "controller": {"@id": "sec:controller", "@type": "@id"},
    "assertionMethod": {"@id": "sec:assertionMethod", "@type": "@id"},
    "publicKeyPem": "sec:publicKeyPem",
    "publicKeyMultibase": "sec:publicKeyMultibase",
    "value": "schema:value",
}


def usual(document: Document) -> Document:
    """The document in plain compacted form: itself nearly always; raises `Invalid`."""
    _check_one_reading(document)
    if not _is_unusual(document):
        return document
    nodes = sum(1 for _ in _nodes(document))
    if nodes > NODES_MAX:
        raise Invalid("The document is too large for a form that needs JSON-LD.")
    _check_context(document)
    compacted = _compact(document)
    _check_one_reading(compacted)
    if _is_unusual(compacted):
        raise Invalid("The document cannot be read as ActivityStreams.")
    return compacted


def _is_unusual(document: Document) -> bool:
    inner = document.get("object")
    return "@type" in document or (isinstance(inner, dict) and "@type" in inner)


def _check_one_reading(document: Document) -> None:
    """Refuse what two readers could understand in two ways."""
    inner = document.get("object")
    for part in (document, inner):
        if not isinstance(part, dict):
            continue
        if not _REFUSED.isdisjoint(part):
            raise Invalid("The document uses a JSON-LD keyword that is not accepted here.")
        if any(plain in part and keyword in part for plain, keyword in _AMBIGUOUS):
            raise Invalid("The document has both a keyword and its alias.")


def _check_context(document: Document) -> None:
    """Only one context, at the top, of bounded size: no expansion bombs (RX-29)."""
    contexts = document.get("@context")
    for context in contexts if isinstance(contexts, list) else [contexts]:
        if isinstance(context, dict) and len(context) > CONTEXT_TERMS_MAX:
            raise Invalid("The context of the document is too large.")
    found = sum(1 for node in _nodes(document) if isinstance(node, dict) and "@context" in node)
    if found > int("@context" in document):
        raise Invalid("A context inside the document is not accepted.")


def _nodes(value: Json) -> Iterator[Json]:
    yield value
    if isinstance(value, dict):
        for item in value.values():
            yield from _nodes(item)
    elif isinstance(value, list):
        for item in value:
            yield from _nodes(item)


@cache
def _processor() -> Any:
    # Loaded when the first odd document comes: 0.3 s and 30 MB that most servers never need.
    return importlib.import_module("pyld.jsonld")


def _compact(document: Document) -> Document:
    pyld = _processor()
    try:
        compacted = pyld.compact(
            document, {"@context": _BUNDLED}, {"documentLoader": _load, "base": ""}
        )
    except (
        pyld.JsonLdError,  # and what pyld stumbles over in hostile input:
        AttributeError,
        IndexError,
        KeyError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise Invalid("The document is not valid JSON-LD.") from error
    if not isinstance(compacted, dict):
        raise Invalid("The document is not one JSON-LD object.")
    return compacted


def _load(url: str, _options: Any) -> dict[str, Any]:
    """Answer every context with the bundled one; `tag: static` lets pyld keep it."""
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": {"@context": _BUNDLED},
        "tag": "static",
    }
