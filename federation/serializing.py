"""Vocabulary → documents for other servers; pure.

Written so that the strictest reader known understands it (INTEROP 6): lists for `to`, `cc`, `tag`
and `attachment` (Pixelfed), `actor` as a plain id (Threads), the full Public URI (Lemmy), alt text
as `name` and `summary`, `contentMap` beside `content`, `inReplyTo` even when null (WordPress).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from federation import consent_serializing
from federation.vocabulary import (
    Accept,
    Activity,
    Actor,
    Add,
    Announce,
    Attachment,
    Block,
    Collection,
    Create,
    Delete,
    Document,
    EmojiReact,
    EmojiTag,
    Flag,
    Follow,
    Image,
    InteractionRequest,
    Json,
    LinkPreview,
    Move,
    Note,
    Poll,
    Reject,
    Remove,
    Tombstone,
    Undo,
    Unknown,
    Update,
)

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


def _finish(document: Document, *, with_context: bool) -> Document:
    return {"@context": CONTEXT, **document} if with_context else document


def _given(fields: Mapping[str, Json]) -> Document:
    """Only the fields that have a value."""
    return {key: value for key, value in fields.items() if value not in (None, "", [], {})}


def _known(fields: Mapping[str, Json]) -> Document:
    """Only the fields that are not None: a nought is a value."""
    return {key: value for key, value in fields.items() if value is not None}


def _time(moment: datetime | None) -> str | None:
    """An xsd:dateTime in UTC with milliseconds, which every reader knows."""
    if moment is None:
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _list(items: Iterable[str]) -> list[Json]:
    return list(items)


# ---------------------------------------------------------------- activities


def activity_document(activity: Activity, *, with_context: bool = True) -> Document:
    """Write an activity; embedded objects have no context of their own."""
    document: Document = {
        "id": activity.id,
        "type": _type(activity),
        "actor": activity.actor,
        **_activity_parts(activity),
    }
    if with_context and isinstance(getattr(activity, "object", None), Actor):
        return {"@context": ACTOR_CONTEXT, **document}
    return _finish(document, with_context=with_context)


def _type(activity: Activity) -> str:
    match activity:
        case Unknown() | InteractionRequest():
            return activity.type
        case EmojiReact(is_like=True):
            return "Like"
        case _:
            return type(activity).__name__


def _activity_parts(activity: Activity) -> Document:
    match activity:
        case Create() | Announce() | Update():
            published = None if isinstance(activity, Update) else activity.published
            return {
                **_given({"published": _time(published)}),
                **_addressed(activity),
                **consent_serializing.stamp_of(activity),
                "object": _embedded(activity.object),
            }
        case Delete():
            return {**_addressed(activity), "object": _deleted(activity)}
        case Accept() | Reject() | Undo():
            more = {} if isinstance(activity, Undo) else consent_serializing.answer(activity)
            return {**_to_other(activity), "object": _embedded(activity.object), **more}
        case Add() | Remove() | Move():
            return {"object": activity.object, "target": activity.target}
        case Flag():
            return {
                "to": _list(activity.objects[:1]),
                "content": activity.content,
                "object": _list(activity.objects),
            }
        case _:
            return _simple_parts(activity)


def _reaction_parts(activity: EmojiReact) -> Document:
    """FEP-c0e0; as a Like it is a reaction to Misskey, and a favourite to who knows no other."""
    return {
        "to": _list(activity.to),
        "object": activity.object,
        "content": activity.content,
        **({"_misskey_reaction": activity.content} if activity.is_like else {}),
        **_given({"tag": _emojis([activity.emoji]) if activity.emoji else None}),
    }


def _simple_parts(activity: Activity) -> Document:
    """Follow, Block and Like: an object; the first two are addressed to it."""
    if isinstance(activity, EmojiReact):
        return _reaction_parts(activity)
    document: Document = {}
    target = getattr(activity, "object", None)
    if isinstance(target, str):
        document["object"] = target
        if not hasattr(activity, "content"):
            document["to"] = [target]
    if isinstance(activity, InteractionRequest):
        return document | {"instrument": _embedded(activity.instrument)}
    stamp = consent_serializing.stamp_of(activity)
    return document | stamp | _given({"content": getattr(activity, "content", None)})


def _addressed(activity: Create | Update | Delete | Announce) -> Document:
    return {"to": _list(activity.to), "cc": _list(activity.cc)}


def _to_other(activity: Accept | Reject | Undo) -> Document:
    """Answers go to who asked, an Undo where the undone activity went."""
    match activity.object:
        case Follow() as follow:
            return {"to": [follow.object if isinstance(activity, Undo) else follow.actor]}
        case Block() as block:
            return {"to": [block.object]}
        case InteractionRequest() as request:
            return {"to": [request.actor]}
        case Announce() as announce:
            return _addressed(announce)
        case _:
            return {}


def _embedded(thing: Note | Actor | Activity | str) -> Json:
    if isinstance(thing, str):
        return thing
    if isinstance(thing, Note):
        return note_document(thing, with_context=False)
    if isinstance(thing, Actor):
        return actor_document(thing, with_context=False)
    return activity_document(thing, with_context=False)


def _deleted(activity: Delete) -> Json:
    if activity.object == activity.actor:
        return activity.object  # an actor is named by its id alone
    return {"id": activity.object, "type": "Tombstone"}


# ---------------------------------------------------------------- actors


def actor_document(actor: Actor, *, with_context: bool = True) -> Document:
    """Write an actor."""
    document: Document = {
        "id": actor.id,
        "type": actor.type,
        "preferredUsername": actor.preferred_username,
        "name": actor.name,
        "summary": actor.summary,
        "inbox": actor.inbox,
        "manuallyApprovesFollowers": actor.manually_approves_followers,
        "discoverable": actor.discoverable,
        "indexable": actor.indexable,
        **_capabilities(actor),
        "tag": _emojis(actor.emojis),
        "attachment": [
            {"type": "PropertyValue", "name": field.name, "value": field.value}
            for field in actor.fields
        ],
    }
    document |= _given(
        {
            "webfinger": actor.webfinger,
            "url": actor.url,
            "outbox": actor.outbox,
            "followers": actor.followers,
            "following": actor.following,
            "featured": actor.featured,
            "featuredTags": actor.featured_tags,
            "published": _time(actor.published),
            "updated": _time(actor.updated),
            "endpoints": _given({"sharedInbox": actor.shared_inbox, **actor.endpoints}),
            "icon": _image(actor.icon),
            "image": _image(actor.image),
            "alsoKnownAs": _list(actor.also_known_as),
            "movedTo": actor.moved_to,
            "searchableBy": _list(actor.searchable_by or ()),
            "suspended": actor.suspended or None,
            "memorial": actor.memorial or None,
        }
    )
    document |= _keys(actor)
    return {"@context": ACTOR_CONTEXT, **document} if with_context else document


def _keys(actor: Actor) -> Document:
    """One key as everybody reads it, others as Multikey (FEP-521a)."""
    found: Document = {}
    for key in actor.public_keys:
        if key.multibase is None:
            pem: Document = {"id": key.id, "owner": key.owner, "publicKeyPem": key.pem}
            found.setdefault("publicKey", pem)
    multikeys: list[Json] = [
        {
            "id": key.id,
            "type": "Multikey",
            "controller": key.owner,
            "publicKeyMultibase": key.multibase,
        }
        for key in actor.public_keys
        if key.multibase is not None
    ]
    return found | _given({"assertionMethod": multikeys})


def _capabilities(actor: Actor) -> Document:
    """FEP-844e: what the server of an actor can do is said of the application behind it."""
    implements: list[Json] = [{"href": href} for href in actor.implements]
    if not implements:
        return {}
    if actor.type == "Application":
        return {"implements": implements}
    return {"generator": {"type": "Application", "implements": implements}}


def _image(image: Image | None) -> Document | None:
    if image is None:
        return None
    return {
        "type": "Image",
        "url": image.url,
        **_given({"mediaType": image.media_type}),
        **_described(image.description),
    }


def _described(words: str) -> Document:
    """Alt text for both kinds of readers (E113, INTEROP 7)."""
    return {"name": words, "summary": words} if words else {}


def _emojis(emojis: Iterable[EmojiTag]) -> list[Json]:
    found: list[Json] = []
    for emoji in emojis:
        tag: Document = {"type": "Emoji", "name": f":{emoji.name}:"}
        tag |= _given({"id": emoji.id, "updated": _time(emoji.updated)})
        tag["icon"] = {"type": "Image", "url": emoji.url}
        found.append(tag)
    return found


# ---------------------------------------------------------------- posts


def note_document(note: Note, *, with_context: bool = True) -> Document:
    """Write a Note, Question or Article. An edited one has `updated`, or nobody applies it."""
    languages = note.content_by_language
    if not languages and note.language and note.content:
        languages = {note.language: note.content}
    document: Document = {
        "id": note.id,
        "type": note.type,
        "attributedTo": note.attributed_to,
        "content": note.content,
        "to": _list(note.to),
        "cc": _list(note.cc),
        "summary": note.summary,
        "sensitive": note.is_sensitive,
        "inReplyTo": note.in_reply_to,
        "tag": _tags(note),
        "attachment": [
            *(_attachment(attachment) for attachment in note.attachments),
            *(_link(link) for link in note.links),
        ],
    }
    document |= _given(
        {
            "contentMap": dict(languages),
            "name": note.name,
            "nameMap": dict(note.name_by_language),
            "summaryMap": dict(note.summary_by_language),
            "published": _time(note.published),
            "updated": _time(note.updated),
            "url": note.url,
            "audience": _list(note.audience),
            "conversation": note.conversation,
            "context": note.context,
            "replies": note.replies,
            "likes": note.likes,
            "shares": note.shares,
            **consent_serializing.note_parts(note),
        }
    )
    if note.poll is not None:
        document |= _poll(note.poll)
    if note.name and note.in_reply_to and not note.content:
        del document["content"]  # E132: a vote has a name and no text
    return _finish(document, with_context=with_context)


def _tags(note: Note) -> list[Json]:
    mentions: list[Json] = [
        {"type": "Mention", "href": tag.href, "name": tag.name} for tag in note.mentions
    ]
    hashtags: list[Json] = [
        {"type": "Hashtag", **_given({"href": tag.href}), "name": f"#{tag.name}"}
        for tag in note.hashtags
    ]
    return mentions + hashtags + _emojis(note.emojis) + consent_serializing.quote_links(note)


def _attachment(attachment: Attachment) -> Document:
    point = attachment.focal_point
    return {
        "type": attachment.type,
        "url": attachment.url,
        **_described(attachment.description),
        **_given(
            {
                "mediaType": attachment.media_type,
                "width": attachment.width,
                "height": attachment.height,
                "blurhash": attachment.blurhash,
                "focalPoint": list(point) if point else None,
                "duration": _duration(attachment.duration_s),
                "sensitive": attachment.is_sensitive or None,
                "size": attachment.size_bytes,
                "digestMultibase": attachment.digest,
            }
        ),
    }


def _link(link: LinkPreview) -> Document:
    """FEP-8967: which link of a post is worth a preview, and the preview if we have one."""
    preview = _given({"name": link.title, "summary": link.description})
    return {
        "type": "Link",
        "mediaType": "text/html",
        "href": link.url,
        **({"name": link.title, "preview": {"type": "Article", **preview}} if link.title else {}),
    }


def _duration(seconds: float | None) -> str | None:
    return f"PT{seconds:.3f}S" if seconds is not None else None


def _poll(poll: Poll) -> Document:
    options: list[Json] = [
        {
            "type": "Note",
            "name": option.name,
            "replies": {"type": "Collection", **_known({"totalItems": option.votes})},
        }
        for option in poll.options
    ]
    document: Document = {"anyOf" if poll.is_multiple else "oneOf": options}
    return (
        document
        | _given(
            {
                "endTime": _time(poll.ends_at),
                "closed": _time(poll.closed_at),
            }
        )
        | _known({"votersCount": poll.voters})
    )


def tombstone_document(tombstone: Tombstone, *, with_context: bool = True) -> Document:
    """Write what remains of a deleted object (ActivityPub 6.4)."""
    document: Document = {
        "id": tombstone.id,
        "type": "Tombstone",
        **_given({"formerType": tombstone.former_type, "deleted": _time(tombstone.deleted)}),
    }
    return _finish(document, with_context=with_context)


# ---------------------------------------------------------------- collections


def collection_document(collection: Collection, *, with_context: bool = True) -> Document:
    """Write a collection or a page. `orderedItems` is a list, and left out where pages hold it."""
    first = collection.first
    document: Document = {
        "id": collection.id,
        "type": collection.type,
        **_given(
            {
                "totalItems": collection.total,
                "partOf": collection.part_of,
                "first": collection_document(first, with_context=False)
                if isinstance(first, Collection)
                else first,
                "next": collection.next,
            }
        ),
    }
    if first is None or collection.items:
        key = "orderedItems" if collection.type.startswith("Ordered") else "items"
        document[key] = list(collection.items)
    return _finish(document, with_context=with_context)
