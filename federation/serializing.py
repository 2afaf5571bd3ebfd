"""Vocabulary → documents for other servers; pure.

Written so that the strictest reader known understands it (INTEROP 6): lists for `to`, `cc`, `tag`
and `attachment` (Pixelfed), `actor` as a plain id (Threads), the full Public URI (Lemmy), alt text
as `name` and `summary`, `contentMap` beside `content`, `inReplyTo` even when null (WordPress).
"""

from federation import consent_serializing
from federation.note_serializing import note_document as note_document
from federation.vocabulary import (
    Accept,
    Activity,
    Actor,
    Add,
    Announce,
    Block,
    Collection,
    Create,
    Delete,
    Document,
    EmojiReact,
    Flag,
    Follow,
    Image,
    InteractionRequest,
    Json,
    Move,
    Note,
    Reject,
    Remove,
    Tombstone,
    Undo,
    Unknown,
    Update,
)
from federation.writing import ACTIVITY_TYPE as ACTIVITY_TYPE
from federation.writing import LD_TYPE as LD_TYPE
from federation.writing import (
    described,
    emoji_tags,
    finish,
    given,
    id_list,
    time_text,
)

# ---------------------------------------------------------------- activities


def activity_document(activity: Activity, *, with_context: bool = True) -> Document:
    """Write an activity; embedded objects have no context of their own."""
    document: Document = {
        "id": activity.id,
        "type": _type(activity),
        "actor": activity.actor,
        **_activity_parts(activity),
    }
    return finish(document, with_context=with_context)


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
                **given({"published": time_text(published)}),
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
                "to": id_list(activity.objects[:1]),
                "content": activity.content,
                "object": id_list(activity.objects),
            }
        case _:
            return _simple_parts(activity)


def _reaction_parts(activity: EmojiReact) -> Document:
    """FEP-c0e0; as a Like it is a reaction to Misskey, and a favourite to who knows no other."""
    return {
        "to": id_list(activity.to),
        "object": activity.object,
        "content": activity.content,
        **({"_misskey_reaction": activity.content} if activity.is_like else {}),
        **given({"tag": emoji_tags([activity.emoji]) if activity.emoji else None}),
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
        asked: Document = {"to": list(activity.to)} if activity.to else {}
        return {"object": target, **asked, "instrument": _embedded(activity.instrument)}
    stamp = consent_serializing.stamp_of(activity)
    return document | stamp | given({"content": getattr(activity, "content", None)})


def _addressed(activity: Create | Update | Delete | Announce) -> Document:
    return {"to": id_list(activity.to), "cc": id_list(activity.cc)}


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
        "tag": emoji_tags(actor.emojis),
        "attachment": [
            {"type": "PropertyValue", "name": field.name, "value": field.value}
            for field in actor.fields
        ],
    }
    document |= given(
        {
            "webfinger": actor.webfinger,
            "url": actor.url,
            "outbox": actor.outbox,
            "followers": actor.followers,
            "following": actor.following,
            "featured": actor.featured,
            "featuredTags": actor.featured_tags,
            "published": time_text(actor.published),
            "updated": time_text(actor.updated),
            "endpoints": given({"sharedInbox": actor.shared_inbox, **actor.endpoints}),
            "icon": _image(actor.icon),
            "image": _image(actor.image),
            "alsoKnownAs": id_list(actor.also_known_as),
            "movedTo": actor.moved_to,
            "searchableBy": id_list(actor.searchable_by or ()),
            "suspended": actor.suspended or None,
            "memorial": actor.memorial or None,
            "attributionDomains": list(actor.attribution_domains) or None,
        }
    )
    document |= _keys(actor)
    return finish(document, with_context=with_context)


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
    return found | given({"assertionMethod": multikeys})


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
        **given({"mediaType": image.media_type}),
        **described(image.description),
    }


# ---------------------------------------------------------------- posts


def tombstone_document(tombstone: Tombstone, *, with_context: bool = True) -> Document:
    """Write what remains of a deleted object (ActivityPub 6.4)."""
    document: Document = {
        "id": tombstone.id,
        "type": "Tombstone",
        **given({"formerType": tombstone.former_type, "deleted": time_text(tombstone.deleted)}),
    }
    return finish(document, with_context=with_context)


# ---------------------------------------------------------------- collections


def collection_document(collection: Collection, *, with_context: bool = True) -> Document:
    """Write a collection or a page. `orderedItems` is a list, and left out where pages hold it."""
    first = collection.first
    document: Document = {
        "id": collection.id,
        "type": collection.type,
        **given(
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
    return finish(document, with_context=with_context)
