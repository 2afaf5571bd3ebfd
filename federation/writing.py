"""What all documents that we write share: the context, and how times, lists, emoji look; pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from federation import consent_serializing
from federation.vocabulary import Document, EmojiTag, Json

ACTIVITYSTREAMS = "https://www.w3.org/ns/activitystreams"
SECURITY = "https://w3id.org/security/v1"
MULTIKEY = "https://w3id.org/security/multikey/v1"
LD_TYPE = f'application/ld+json; profile="{ACTIVITYSTREAMS}"'
ACTIVITY_TYPE = "application/activity+json"

# Terms that the two contexts above do not define. All stand in every context we write: one text,
# which readers can cache, and no document that uses a term it forgot to declare (A1).
_TERMS: Document = {
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
    "votersCount": "toot:votersCount",
    "blurhash": "toot:blurhash",
    "size": "https://joinpeertube.org/ns#size",
    "digestMultibase": "https://w3id.org/security#digestMultibase",
    "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
    "conversation": "ostatus:conversation",
    "quoteUrl": "as:quoteUrl",
    **consent_serializing.TERMS,
    "webfinger": "https://purl.archive.org/socialweb/webfinger#webfinger",
}
CONTEXT: list[Json] = [ACTIVITYSTREAMS, SECURITY, _TERMS]
_KEY_TERMS: Document = {
    "assertionMethod": {"@id": "https://w3id.org/security#assertionMethod", "@type": "@id"}
}
ACTOR_CONTEXT: list[Json] = [ACTIVITYSTREAMS, SECURITY, MULTIKEY, _TERMS | _KEY_TERMS]


def finish(document: Document, *, with_context: bool) -> Document:
    """The document, with our context where it stands alone."""
    return {"@context": CONTEXT, **document} if with_context else document


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
