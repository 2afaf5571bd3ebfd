"""JSON-LD by pyld: compaction and canonical hashes, with bundled contexts alone; never fetches.

Runs in the process of `jsonld_worker.py`, for what comes here may be made to be slow.
JSON-LD: https://www.w3.org/TR/json-ld11-api/, canonical form: https://www.w3.org/TR/rdf-canon/
"""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from pyld import jsonld as pyld
from pyld.context_resolver import ContextResolver

from federation import jsonld
from federation.vocabulary import Document
from instance.errors import Invalid

CONTEXTS_KEPT_MAX = 50

_FOLDER = Path(__file__).with_name("contexts")
# The contexts that signatures are made under (E66), by their addresses.
_FILES = {
    "https://www.w3.org/ns/activitystreams": "activitystreams",
    "https://w3id.org/security/v1": "security-v1",
    "https://w3id.org/security/data-integrity/v1": "security-data-integrity-v1",
    "https://w3id.org/security/data-integrity/v2": "security-data-integrity-v2",
    "https://w3id.org/security/multikey/v1": "security-multikey-v1",
    "https://w3id.org/identity/v1": "identity-v1",
    "https://www.w3.org/ns/did/v1": "did-v1",
    "https://www.w3.org/ns/cid/v1": "cid-v1",
    "https://gotosocial.org/ns": "gotosocial",
    "https://join-lemmy.org/context.json": "join-lemmy",
    "https://purl.archive.org/miscellany": "miscellany",
    "https://purl.archive.org/socialweb/webfinger": "webfinger",
    "https://w3id.org/fep/5711": "fep-5711",
    "https://w3id.org/fep/ef61": "fep-ef61",
    "http://joinmastodon.org/ns": "joinmastodon",
}
_AS = "https://www.w3.org/ns/activitystreams#"
_TWISTS = frozenset({"@graph", "@reverse", "@included"})
_UNREAD = frozenset({"@index", "https://w3id.org/security#proof"})

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
_OURS: Document = {
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
    "ostatus": "http://ostatus.org#",
    "conversation": "ostatus:conversation",
    "misskey": "https://misskey-hub.net/ns#",
    "fedibird": "http://fedibird.com/ns#",
    "fep044f": "https://w3id.org/fep/044f#",
    "_misskey_quote": "misskey:_misskey_quote",
    "_misskey_content": "misskey:_misskey_content",
    "_misskey_reaction": "misskey:_misskey_reaction",
    "quoteUri": "fedibird:quoteUri",
    **{
        term: {"@id": f"fep044f:{term}", "@type": "@id"} for term in ("quote", "quoteAuthorization")
    },
    "EmojiReact": "http://litepub.social/ns#EmojiReact",
    "QuoteRequest": "fep044f:QuoteRequest",
    "Emoji": "toot:Emoji",
    "PropertyValue": "schema:PropertyValue",
    "Multikey": "sec:Multikey",
    "publicKeyPem": "sec:publicKeyPem",
    "publicKeyMultibase": "sec:publicKeyMultibase",
    "value": "schema:value",
}


def compacted(document: Document) -> Document:
    """A document in unusual shape as plain compacted ActivityStreams; raises `Invalid`."""
    jsonld.check_bounds(document)
    found = _pyld(pyld.compact, document, {"@context": _OURS}, _options(_answer_with_ours))
    return jsonld.plain(_one(found))


def signed_reading(document: Document, options: Document) -> tuple[str, Document]:
    """What a signature is made over: hashes of its options and of the document; and what that says.

    SG-21: other spellings of the same graph have the same hash. So the document is not read as it
    came, but as the graph says it: terms that its context does not define, or hides, are not there.
    Raises `Invalid`, also for a context that is not bundled: what it means is not known.
    """
    for part in (document, options):
        jsonld.check_bounds(part)
    hashes = _hash(options) + _hash(document)
    expanded = _signed_part(_pyld(pyld.expand, document, _options(_answer_bundled)))
    found = _pyld(pyld.compact, expanded, {"@context": _OURS}, _options(_answer_with_ours))
    reading = {name: part for name, part in _one(found).items() if name != "@context"}
    return hashes, jsonld.plain(reading)


def _hash(document: Document) -> str:
    canonical = {"algorithm": "URDNA2015", "format": "application/n-quads"}
    quads = _pyld(pyld.normalize, document, _options(_answer_bundled) | canonical)
    return hashlib.sha256(str(quads).encode()).hexdigest()


def _signed_part(value: Any) -> Any:
    """What of expanded JSON-LD becomes part of the graph; raises `Invalid` for what turns it."""
    if isinstance(value, list):
        return [part for part in map(_signed_part, value) if part is not None]
    if not isinstance(value, dict) or "@value" in value:
        return value
    if not _TWISTS.isdisjoint(value):
        raise Invalid("The document uses a JSON-LD keyword that is not accepted here.")
    if "@id" in value and not _is_absolute(value["@id"]):
        return None
    found = {
        name: _signed_part(part)
        for name, part in value.items()
        if name not in _UNREAD and (name.startswith("@") or _is_absolute(name))
    }
    if "@type" in found:
        found["@type"] = [kind for kind in value["@type"] if _is_absolute(kind)]
    return found


def _is_absolute(name: Any) -> bool:
    return isinstance(name, str) and ":" in name and not name.startswith("_:")


def _one(found: Any) -> Document:
    if not isinstance(found, dict):
        raise Invalid("The document is not one JSON-LD object.")
    return found


def _pyld(process: Any, *given: Any) -> Any:
    try:
        return process(*given)
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


def _options(loader: Any) -> dict[str, Any]:
    # pyld keeps what an address answered, whoever was asked: what one of our two loaders says must
    # not be what the other is heard to say, so each has a memory of its own.
    resolver = ContextResolver(_remembered(loader), loader)
    return {"documentLoader": loader, "base": "", "contextResolver": resolver}


@cache
def _remembered(_loader: Any) -> Any:
    return pyld.LRUCache(maxsize=CONTEXTS_KEPT_MAX)


def _answer_with_ours(url: str, _options: Any) -> dict[str, Any]:
    """Answer every context with the terms we read; `tag: static` lets pyld keep it."""
    return _loaded(url, {"@context": _OURS})


def _answer_bundled(url: str, _options: Any) -> dict[str, Any]:
    name = _FILES.get(url.removesuffix("#"))
    if name is None:
        raise Invalid("The document has a context that is not known here.")
    return _loaded(url, _bundled(name))


@cache
def _bundled(name: str) -> Document:
    found: Document = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def _loaded(url: str, document: Document) -> dict[str, Any]:
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": document,
        "tag": "static",
    }
