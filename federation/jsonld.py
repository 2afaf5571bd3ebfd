"""JSON-LD for documents in unusual shape only: which those are, and what is refused; pure.

Nearly everybody sends ActivityStreams in its plain compacted form, which is read as it stands: its
`@context` is not even looked at, so a crafted one cannot give a document a second meaning (OR-23).
Only a document that the plain reading does not understand - it spells `@type`, renames `type`, or
expands its properties - is processed: by another process (`linked_data.py`), within bounds (RX-29).
JSON-LD: https://www.w3.org/TR/json-ld11-api/#compaction
"""

from collections.abc import Iterator

from federation.vocabulary import Document, Json
from instance.errors import Invalid

NODES_MAX = 2000
CONTEXT_TERMS_MAX = 100

_AMBIGUOUS = (("id", "@id"), ("type", "@type"))
_KEYWORDS = frozenset({"@id", "@type"})
_REFUSED = frozenset({"@graph", "@reverse", "@included", "@nest", "@import", "@index"})


def plain(document: Document) -> Document:
    """The document, if it is in plain compacted form; raises `Invalid`."""
    _check_one_reading(document)
    if is_unusual(document):
        raise Invalid("The document cannot be read as ActivityStreams.")
    return document


def is_unusual(document: Document) -> bool:
    """Whether the plain reading finds no type, and JSON-LD might (E70)."""
    inner = document.get("object")
    if "@type" in document or (isinstance(inner, dict) and "@type" in inner):
        return True
    if "type" in document:
        return False
    return any(":" in name for name in document) or any(
        isinstance(term, dict) and not _KEYWORDS.isdisjoint(_ids(term))
        for term in _contexts(document)
    )


def check_bounds(document: Document) -> None:
    """Refuse what is too large to be processed, or means two things; raises `Invalid`."""
    _check_one_reading(document)
    if sum(1 for _ in _nodes(document)) > NODES_MAX:
        raise Invalid("The document is too large for a form that needs JSON-LD.")
    _check_context(document)


def _ids(terms: Document) -> set[str]:
    """What the terms of a context stand for."""
    found = (term.get("@id") if isinstance(term, dict) else term for term in terms.values())
    return {each for each in found if isinstance(each, str)}


def _contexts(document: Document) -> list[Json]:
    contexts = document.get("@context")
    return contexts if isinstance(contexts, list) else [contexts]


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
    """Only one context, at the top, of bounded size: no expansion bombs (RX-29).

    An integrity proof repeats that context, and has no other within.
    """
    proof = document.get("proof")
    whole: list[Document] = [{name: document[name] for name in document if name != "proof"}]
    whole += [proof] if isinstance(proof, dict) else []
    for part in whole:
        for context in _contexts(part):
            if isinstance(context, dict) and len(context) > CONTEXT_TERMS_MAX:
                raise Invalid("The context of the document is too large.")
        found = sum(1 for node in _nodes(part) if isinstance(node, dict) and "@context" in node)
        if found > int("@context" in part):
            raise Invalid("A context inside the document is not accepted.")


def _nodes(value: Json) -> Iterator[Json]:
    yield value
    if isinstance(value, dict):
        for item in value.values():
            yield from _nodes(item)
    elif isinstance(value, list):
        for item in value:
            yield from _nodes(item)
