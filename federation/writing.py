"""What all documents that we write share: the context, and how times, lists, emoji look; pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final

from federation import consent_serializing
from federation.vocabulary import Document, EmojiTag, Json

ACTIVITYSTREAMS = "https://www.w3.org/ns/activitystreams"
SECURITY = "https://w3id.org/security/v1"
MULTIKEY = "https://w3id.org/security/multikey/v1"
LD_TYPE = f'application/ld+json; profile="{ACTIVITYSTREAMS}"'
ACTIVITY_TYPE = "application/activity+json"

# Terms that the contexts above do not define. A document declares those that it uses (A1).
TERMS: Final[Document] = {
    "toot": "http://joinmastodon.org/ns#",
    "schema": "http://schema.org#",
    "ostatus": "http://ostatus.org#",
    "Hashtag": "as:Hashtag",
    "Emoji": "toot:Emoji",
    "litepub": "http://litepub.social/ns#",
    "EmojiReact": "litepub:EmojiReact",
    "misskey": "https://misskey-hub.net/ns#",
    "_misskey_reaction": "misskey:_misskey_reaction",
    "PropertyValue": "schema:PropertyValue",
    "value": "schema:value",
    "sensitive": "as:sensitive",
    "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
    "movedTo": {"@id": "as:movedTo", "@type": "@id"},
    "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
    "featured": {"@id": "toot:featured", "@type": "@id"},
    "featuredTags": {"@id": "toot:featuredTags", "@type": "@id"},
    "discoverable": "toot:discoverable",
    "fedibird": "http://fedibird.com/ns#",
    "searchableBy": {"@id": "fedibird:searchableBy", "@type": "@id"},
    "implements": {"@id": "https://w3id.org/fep/844e/implements", "@type": "@id"},
    "indexable": "toot:indexable",
    "suspended": "toot:suspended",
    "memorial": "toot:memorial",
    "attributionDomains": {"@id": "toot:attributionDomains", "@type": "@id"},
    "votersCount": "toot:votersCount",
    "blurhash": "toot:blurhash",
    "size": "https://joinpeertube.org/ns#size",
    "digestMultibase": "https://w3id.org/security#digestMultibase",
    "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
    "conversation": "ostatus:conversation",
    "quoteUrl": "as:quoteUrl",
    **consent_serializing.TERMS,
    "webfinger": "https://purl.archive.org/socialweb/webfinger#webfinger",
    "assertionMethod": {"@id": "https://w3id.org/security#assertionMethod", "@type": "@id"},
}
CONTEXTS_KEPT_MAX: Final = 1024


def finish(document: Document, *, with_context: bool) -> Document:
    """The document, with a context that explains what it uses where it stands alone.

    Naming all terms in all documents would be 3 KB in each, more than most of them say.
    """
    if not with_context:
        return document
    used = frozenset(name for name in _names(document) if name in TERMS)
    return {"@context": list(_context(used)), **document}


@lru_cache(maxsize=CONTEXTS_KEPT_MAX)
def _context(used: frozenset[str]) -> tuple[Json, ...]:
    meanings = (TERMS[name] for name in used)
    ids = (each.get("@id") if isinstance(each, dict) else each for each in meanings)
    needed = used | {str(each).partition(":")[0] for each in ids}
    terms = {name: meaning for name, meaning in TERMS.items() if name in needed}
    keys = (MULTIKEY,) if "assertionMethod" in used else ()
    return (ACTIVITYSTREAMS, SECURITY, *keys, *((terms,) if terms else ()))


def _names(value: Json) -> Iterator[str]:
    """What a context may have to explain: the keys and the types."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield key
            if isinstance(part, dict | list):
                yield from _names(part)
        kinds = value.get("type")
        yield from (str(kind) for kind in (kinds if isinstance(kinds, list) else [kinds]))
    elif isinstance(value, list):
        for part in value:
            yield from _names(part)


def given(fields: Mapping[str, Json]) -> Document:
    """Only the fields that have a value."""
    return {key: value for key, value in fields.items() if value not in (None, "", [], {})}


def known(fields: Mapping[str, Json]) -> Document:
    """Only the fields that are not None: a nought is a value."""
    return {key: value for key, value in fields.items() if value is not None}


def time_text(moment: datetime | None) -> str | None:
    """An xsd:dateTime in UTC with milliseconds, which every reader knows."""
    if moment is None:
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def id_list(items: Iterable[str]) -> list[Json]:
    """Ids as a list, also where there is one (Pixelfed)."""
    return list(items)


def described(words: str) -> Document:
    """Alt text for both kinds of readers (E113, INTEROP 7)."""
    return {"name": words, "summary": words} if words else {}


def emoji_tags(emojis: Iterable[EmojiTag]) -> list[Json]:
    """Custom emoji as tags."""
    return [emoji_tag(emoji) for emoji in emojis]


def emoji_tag(emoji: EmojiTag) -> Document:
    """A custom emoji with its own id (A184, FEP-9098)."""
    return {
        "type": "Emoji",
        "name": f":{emoji.name}:",
        **given({"id": emoji.id, "updated": time_text(emoji.updated)}),
        "icon": {"type": "Image", **given({"mediaType": emoji.media_type}), "url": emoji.url},
    }
