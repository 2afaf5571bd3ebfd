"""Collections and their pages: document → vocabulary; tolerant, pure, never fetches."""

from federation import reading
from federation.vocabulary import Collection, Document, Json

COLLECTION_ITEMS_MAX = 200

COLLECTION_TYPES = frozenset(
    {"Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"}
)


def read_collection(document: Document, depth: int = 0) -> Collection:
    """Read a collection, or a page of one, at most `COLLECTION_ITEMS_MAX` items of it."""
    collection_id = reading.one_id(document.get("id")) or ""
    key = "orderedItems" if document.get("orderedItems") is not None else "items"
    items = tuple(
        item
        for item in reading.many(document.get(key), COLLECTION_ITEMS_MAX)
        if isinstance(item, dict) or (isinstance(item, str) and reading.is_id(item))
    )
    first = document.get("first")
    following = _page(document.get("next"), collection_id)
    return Collection(
        id=collection_id,
        type=reading.one_type(document, COLLECTION_TYPES),
        items=items,
        total=reading.integer(document.get("totalItems")),
        first=read_collection(first, depth + 1)
        if isinstance(first, dict) and depth == 0
        else _page(first, collection_id),
        # A page that names itself would be read for ever (E76).
        next=following if following != collection_id else None,
    )


def _page(value: Json, base: str) -> str | None:
    return reading.one_id(value) or reading.resolved(value, base)
