"""What only some kinds of posts say: links, time and place, a preview of a long text.

Tolerant and pure: what is wrong is left out. FEP-8967 (links), FEP-8a8e (events), FEP-b2b8 (long
texts): https://codeberg.org/fediverse/fep
"""

from dataclasses import replace

from federation import reading
from federation.vocabulary import Document, Happening, Json, LinkPreview, Note

LINKS_MAX = 4
ADDRESS_PARTS_MAX = 8
DESCRIPTION_LETTERS_MAX = 1000

_LINK_TYPES = frozenset({"Link", "Page"})
_ADDRESS = ("streetAddress", "postalCode", "addressLocality", "addressRegion", "addressCountry")


def with_kind(note: Note, document: Document) -> Note:
    """The note with what its kind says besides."""
    return replace(
        note,
        preview=preview(document),
        links=links(document, note.id),
        happening=happening(document) if note.type == "Event" else None,
        name_by_language=by_language(document, "name"),
        summary_by_language=by_language(document, "summary"),
    )


def links(document: Document, base: str) -> tuple[LinkPreview, ...]:
    """The pages that a post links to by a Link in `attachment` (FEP-8967, Lemmy)."""
    found: dict[str, LinkPreview] = {}
    for item in reading.documents(document.get("attachment"), reading.LINKS_MAX):
        if reading.one_type(item, _LINK_TYPES) not in _LINK_TYPES:
            continue
        address = reading.page_url(item.get("href", item.get("url")), base)
        if address is not None and len(found) < LINKS_MAX:
            found.setdefault(address, _link(address, item, base))
    return tuple(found.values())


def _link(address: str, item: Document, base: str) -> LinkPreview:
    preview = next(reading.documents(item.get("preview"), 1), {})
    images = (reading.links(_url(preview.get(key)), base) for key in ("image", "icon"))
    return LinkPreview(
        url=address,
        title=reading.name(preview.get("name")) or reading.name(item.get("name")),
        description=reading.name(preview.get("summary"), DESCRIPTION_LETTERS_MAX),
        image=next((found[0].href for found in images if found), None),
    )


def _url(value: Json) -> Json:
    """The address in an Image, or what was given in its place."""
    first = next(iter(reading.many(value, 1)), None)
    return first.get("url", first.get("href")) if isinstance(first, dict) else first


def preview(document: Document) -> str:
    """FEP-b2b8: the short text that stands for a long one; markup, as it came."""
    found = next(reading.documents(document.get("preview"), 1), {})
    return reading.text(found.get("content")) or reading.text(found.get("summary"))


def happening(document: Document) -> Happening | None:
    """FEP-8a8e: when and where an Event is; None when it does not say when."""
    starts_at = reading.instant(document.get("startTime"))
    if starts_at is None:
        return None
    place, url = _place(document.get("location"))
    return Happening(starts_at, reading.instant(document.get("endTime")), place, url)


def _place(value: Json) -> tuple[str, str | None]:
    """The name of a Place with its address, and where it has a page: also of a virtual one."""
    for item in reading.many(value, ADDRESS_PARTS_MAX):
        if isinstance(item, str):
            return reading.name(item), None
        if isinstance(item, dict):
            words = [reading.name(item.get("name")), *_address(item.get("address"))]
            url = reading.page_url(item.get("url"), "")
            if any(words) or url:
                named = ", ".join(dict.fromkeys(word for word in words if word))
                return named or (url or ""), url
    return "", None


def _address(value: Json) -> list[str]:
    if isinstance(value, dict):
        return [reading.name(value.get(key)) for key in _ADDRESS]
    return [reading.name(value)]


def by_language(document: Document, key: str) -> dict[str, str]:
    """`nameMap` or `summaryMap`: short texts by language (E99)."""
    found = reading.text_by_language(document.get(f"{key}Map"))
    return {language: reading.name(words) for language, words in found.items()}
