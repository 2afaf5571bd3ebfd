"""Documents of other servers → vocabulary; tolerant, pure, never fetches.

What a document means is decided here once: the signature check and the effect read the same parse.
Everything returned is a claim of its sender. Raises `Invalid` and nothing else.
ActivityPub: https://www.w3.org/TR/activitypub/
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from federation import jsonld, reading
from federation.actor_parsing import parse_actor as _parse_actor
from federation.actor_parsing import parse_keys as _parse_keys
from federation.note_parsing import parse_note as _parse_note
from federation.strict_json import parse_json as parse_json
from federation.vocabulary import (
    ACTOR_TYPES,
    POST_TYPES,
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
    Flag,
    Follow,
    Json,
    Like,
    Move,
    Note,
    PublicKey,
    Reject,
    Remove,
    Tombstone,
    Undo,
    Unknown,
    Update,
)
from instance.errors import Invalid

COLLECTION_ITEMS_MAX = 200
FLAGGED_MAX = 100

COLLECTION_TYPES = frozenset(
    {"Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"}
)
ACTIVITY_TYPES = frozenset(
    {
        *("Accept", "Add", "Announce", "Arrive", "Block", "Create", "Delete", "Dislike"),
        *("EmojiReact", "Flag", "Follow", "Ignore", "Invite", "Join", "Leave", "Like", "Listen"),
        *("Move", "Offer", "QuoteRequest", "Read", "Reject", "Remove", "TentativeAccept"),
        *("TentativeReject", "Travel", "Undo", "Update", "View"),
    }
)

Parsed: TypeAlias = Actor | Note | Tombstone | Collection | PublicKey | Activity


def parse_actor(document: Document) -> Actor:
    """Read a Person, Service, Group, Organization or Application."""
    return _parse_actor(jsonld.usual(document))


def parse_note(document: Document) -> Note:
    """Read a Note, Question, Article, Page, Event, Video, Audio or Image."""
    return _parse_note(jsonld.usual(document))


def parse_keys(document: Document) -> tuple[PublicKey, ...]:
    """Read the keys in the document that a keyId names: actor, stub actor or Key."""
    return _parse_keys(jsonld.usual(document))


def parse_object(document: Document) -> Parsed:
    """Read whatever a fetch brought, by its type."""
    document = jsonld.usual(document)
    names = reading.types(document.get("type"))
    for name in names:
        if name in ACTOR_TYPES:
            return _parse_actor(document)
        if name in POST_TYPES:
            return _parse_note(document)
        if name == "Tombstone":
            return _tombstone(document)
        if name in COLLECTION_TYPES:
            return _collection(document)
        if name in ACTIVITY_TYPES:
            return _activity(document)
    found = _parse_keys(document)
    if len(found) == 1:
        return found[0]
    raise Invalid(f"Objects of type {', '.join(names) or '(none)'} are not known here.")


def parse_collection(document: Document) -> Collection:
    """Read a collection or a page of one, at most `COLLECTION_ITEMS_MAX` items of it."""
    document = jsonld.usual(document)
    if COLLECTION_TYPES.isdisjoint(reading.types(document.get("type"))):
        raise Invalid("The document is not a collection.")
    return _collection(document)


def parse_activity(document: Document) -> Activity:
    """Read an activity. Types we do not act on become `Unknown`."""
    return _activity(jsonld.usual(document))


def _tombstone(document: Document) -> Tombstone:
    tombstone_id = reading.one_id(document.get("id"))
    if tombstone_id is None:
        raise Invalid("The tombstone has no id.")
    former = reading.types(document.get("formerType"))
    deleted = reading.instant(document.get("deleted"))
    return Tombstone(tombstone_id, former[0] if former else None, deleted)


def _collection(document: Document, depth: int = 0) -> Collection:
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
        first=_collection(first, depth + 1)
        if isinstance(first, dict) and depth == 0
        else _page(first, collection_id),
        # A page that names itself would be read for ever (E76).
        next=following if following != collection_id else None,
    )


def _page(value: Json, base: str) -> str | None:
    return reading.one_id(value) or reading.resolved(value, base)


def _activity(document: Document) -> Activity:
    kind = reading.one_type(document, ACTIVITY_TYPES)
    if not kind:
        raise Invalid("The activity has no type.")
    actors = reading.many(document.get("actor"), 2)
    actor = reading.one_id(actors)
    if actor is None:
        raise Invalid("The activity names no actor.")
    if len(actors) > 1:
        raise Invalid("The activity names more than one actor.")  # SG-20
    activity_id = reading.one_id(document.get("id")) or ""
    read = _READERS.get(kind)
    if read is None:
        return Unknown(activity_id, actor, kind)
    return read(document, activity_id, actor)


def _needed(document: Document, key: str = "object") -> str:
    uri = reading.one_id(document.get(key))
    if uri is None:
        raise Invalid(f"The activity names no {key}.")
    return uri


def _embedded(document: Document) -> Document | None:
    """The object of an activity when it came as more than an id."""
    found = next(reading.documents(document.get("object"), 1), None)
    return found if found is not None and "type" in found else None


def _audience(document: Document) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return reading.recipients(document.get("to")), reading.recipients(document.get("cc"))


def _create(document: Document, activity_id: str, actor: str) -> Activity:
    to, cc = _audience(document)
    published = reading.instant(document.get("published"))
    inner = _embedded(document)
    if inner is None:
        return Create(activity_id, actor, _needed(document), to, cc, published)
    if reading.one_type(inner, POST_TYPES) not in POST_TYPES:
        return Unknown(activity_id, actor, "Create")
    note = _parse_note(inner)
    note = replace(
        note,
        attributed_to=note.attributed_to or actor,
        # E80: some name the audience on the activity only, some on the object only.
        to=tuple(dict.fromkeys(note.to + to)),
        cc=tuple(dict.fromkeys(note.cc + cc)),
    )
    return Create(activity_id, actor, note, to, cc, published)


def _update(document: Document, activity_id: str, actor: str) -> Activity:
    to, cc = _audience(document)
    inner = _embedded(document)
    if inner is None:
        return Update(activity_id, actor, _needed(document), to, cc)
    if reading.one_type(inner, ACTOR_TYPES) in ACTOR_TYPES:
        return Update(activity_id, actor, _parse_actor(inner), to, cc)
    if reading.one_type(inner, POST_TYPES) not in POST_TYPES:
        return Unknown(activity_id, actor, "Update")
    note = _parse_note(inner)
    if not note.to and not note.cc:
        note = replace(note, to=to, cc=cc)
    note = replace(note, attributed_to=note.attributed_to or actor)
    return Update(activity_id, actor, note, to, cc)


def _delete(document: Document, activity_id: str, actor: str) -> Activity:
    return Delete(activity_id, actor, _needed(document), *_audience(document))


def _follow(document: Document, activity_id: str, actor: str) -> Follow:
    return Follow(activity_id, actor, _needed(document))


def _followed(document: Document) -> Follow | str:
    """The Follow in an Accept or Reject: embedded, also without an id, or by id (E73)."""
    inner = _embedded(document)
    if inner is not None and "Follow" in reading.types(inner.get("type")):
        follower, followed = (reading.one_id(inner.get(key)) for key in ("actor", "object"))
        if follower and followed:
            return Follow(reading.one_id(inner.get("id")) or "", follower, followed)
    return _needed(document)


def _accept(document: Document, activity_id: str, actor: str) -> Activity:
    return Accept(activity_id, actor, _followed(document))


def _reject(document: Document, activity_id: str, actor: str) -> Activity:
    return Reject(activity_id, actor, _followed(document))


def _like(document: Document, activity_id: str, actor: str) -> Activity:
    content = reading.name(document.get("content")) or reading.name(
        document.get("_misskey_reaction")
    )
    return Like(activity_id, actor, _needed(document), content or None)


def _announce(document: Document, activity_id: str, actor: str) -> Activity:
    inner = _embedded(document)
    target = _needed(document)
    if inner is not None and (kind := reading.one_type(inner, ACTIVITY_TYPES)) in ACTIVITY_TYPES:
        # FEP-1b12: groups announce activities; what is boosted is the post of a Create (E86).
        if kind != "Create":
            return Unknown(activity_id, actor, "Announce")
        target = _needed(inner)
    published = reading.instant(document.get("published"))
    return Announce(activity_id, actor, target, *_audience(document), published)


def _block(document: Document, activity_id: str, actor: str) -> Activity:
    return Block(activity_id, actor, _needed(document))


def _add(document: Document, activity_id: str, actor: str) -> Activity:
    return Add(activity_id, actor, _needed(document), _needed(document, "target"))


def _remove(document: Document, activity_id: str, actor: str) -> Activity:
    return Remove(activity_id, actor, _needed(document), _needed(document, "target"))


def _move(document: Document, activity_id: str, actor: str) -> Activity:
    return Move(activity_id, actor, _needed(document), _needed(document, "target"))


def _flag(document: Document, activity_id: str, actor: str) -> Activity:
    objects = reading.ids(document.get("object"), FLAGGED_MAX)
    return Flag(activity_id, actor, objects, reading.text(document.get("content")))


def _undo(document: Document, activity_id: str, actor: str) -> Activity:
    inner = _embedded(document)
    if inner is None:
        return Undo(activity_id, actor, _needed(document))
    # The undone activity may come without id or actor (E74): its actor is the one who undoes.
    inner = {"actor": actor, **inner}
    try:
        undone = _activity(inner)
    except Invalid:
        return Undo(activity_id, actor, _needed(document))
    if isinstance(undone, Follow | Like | Announce | Block | Accept | Unknown):
        return Undo(activity_id, actor, undone)
    kind = reading.one_type(inner, ACTIVITY_TYPES)
    return Undo(activity_id, actor, Unknown(undone.id, undone.actor, kind))


_READERS: Mapping[str, Callable[[Document, str, str], Activity]] = {
    "Accept": _accept,
    "Add": _add,
    "Announce": _announce,
    "Block": _block,
    "Create": _create,
    "Delete": _delete,
    "Flag": _flag,
    "Follow": _follow,
    "Like": _like,
    "Move": _move,
    "Reject": _reject,
    "Remove": _remove,
    "Undo": _undo,
    "Update": _update,
}
