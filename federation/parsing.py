"""Documents of other servers → vocabulary; tolerant, pure, never fetches.

What a document means is decided here once: the signature check and the effect read the same parse.
Everything returned is a claim of its sender. Raises `Invalid` and nothing else.
ActivityPub: https://www.w3.org/TR/activitypub/
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from federation import consent_parsing, jsonld, reaction_parsing, reading
from federation.actor_parsing import parse_actor as _parse_actor
from federation.actor_parsing import parse_keys as _parse_keys
from federation.collection_parsing import COLLECTION_TYPES, read_collection
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
    Authorization,
    Block,
    Collection,
    Create,
    Delete,
    Document,
    EmojiReact,
    Flag,
    Follow,
    InteractionRequest,
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

FLAGGED_MAX = 100

ACTIVITY_TYPES = frozenset(
    {
        *("Accept", "Add", "Announce", "Arrive", "Block", "Create", "Delete", "Dislike"),
        *("EmojiReact", "Flag", "Follow", "Ignore", "Invite", "Join", "Leave", "Like", "Listen"),
        *consent_parsing.REQUEST_TYPES,
        *("Move", "Offer", "Read", "Reject", "Remove", "TentativeAccept"),
        *("TentativeReject", "Travel", "Undo", "Update", "View"),
    }
)

_REQUESTS = frozenset(consent_parsing.REQUEST_TYPES)
_DEEDS = frozenset({"Like", "Announce"})

Parsed: TypeAlias = Actor | Note | Tombstone | Collection | PublicKey | Activity


def parse_actor(document: Document) -> Actor:
    """Read a Person, Service, Group, Organization or Application."""
    return _parse_actor(jsonld.plain(document))


def parse_note(document: Document) -> Note:
    """Read a Note, Question, Article, Page, Event, Video, Audio or Image."""
    return _parse_note(jsonld.plain(document))


def parse_keys(document: Document) -> tuple[PublicKey, ...]:
    """Read the keys in the document that a keyId names: actor, stub actor or Key."""
    return _parse_keys(jsonld.plain(document))


def parse_object(document: Document) -> Parsed:
    """Read whatever a fetch brought, by its type."""
    document = jsonld.plain(document)
    names = reading.types(document.get("type"))
    for name in names:
        if name in ACTOR_TYPES:
            return _parse_actor(document)
        if name in POST_TYPES:
            return _parse_note(document)
        if name == "Tombstone":
            return _tombstone(document)
        if name in COLLECTION_TYPES:
            return read_collection(document)
        if name in ACTIVITY_TYPES:
            return _activity(document)
    found = _parse_keys(document)
    if len(found) == 1:
        return found[0]
    raise Invalid(f"Objects of type {', '.join(names) or '(none)'} are not known here.")


def parse_collection(document: Document) -> Collection:
    """Read a collection or a page of one, at most `COLLECTION_ITEMS_MAX` items of it."""
    document = jsonld.plain(document)
    if COLLECTION_TYPES.isdisjoint(reading.types(document.get("type"))):
        raise Invalid("The document is not a collection.")
    return read_collection(document)


def parse_authorization(document: Document) -> Authorization:
    """Read a stamp: a QuoteAuthorization, ReplyAuthorization and the like."""
    return consent_parsing.authorization(jsonld.plain(document))


def parse_activity(document: Document) -> Activity:
    """Read an activity. Types we do not act on become `Unknown`."""
    return _activity(jsonld.plain(document))


def _tombstone(document: Document) -> Tombstone:
    tombstone_id = reading.one_id(document.get("id"))
    if tombstone_id is None:
        raise Invalid("The tombstone has no id.")
    former = reading.types(document.get("formerType"))
    deleted = reading.instant(document.get("deleted"))
    return Tombstone(tombstone_id, former[0] if former else None, deleted)


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


def _answered(document: Document) -> Follow | InteractionRequest | str:
    """What an Accept or Reject answers: a Follow, a request, or a thing by its id (E134)."""
    inner = _embedded(document)
    if inner is not None and reading.one_type(inner, _REQUESTS) in _REQUESTS:
        try:
            request = _activity({"id": "", **inner})
        except Invalid:
            return _needed(document)
        if isinstance(request, InteractionRequest):
            return request
    return _followed(document)


def _accept(document: Document, activity_id: str, actor: str) -> Activity:
    result, target = (reading.one_id(document.get(key)) for key in ("result", "target"))
    return Accept(activity_id, actor, _answered(document), result, target)


def _reject(document: Document, activity_id: str, actor: str) -> Activity:
    target = reading.one_id(document.get("target"))
    return Reject(activity_id, actor, _answered(document), target)


def _request(document: Document, activity_id: str, actor: str) -> Activity:
    """A QuoteRequest, LikeRequest and the like; what is embedded in it is its maker's own."""
    kind = reading.one_type(document, _REQUESTS)
    inner = next(reading.documents(document.get("instrument"), 1), None)
    instrument: Note | Like | Announce | str = _needed(document, "instrument")
    if inner is not None and reading.one_type(inner, POST_TYPES) in POST_TYPES:
        note = _parse_note(inner)
        instrument = replace(note, attributed_to=note.attributed_to or actor)
    elif inner is not None and reading.one_type(inner, _DEEDS) in _DEEDS:
        found = _activity({"actor": actor, **inner})
        if isinstance(found, Like | Announce):
            instrument = found
    return InteractionRequest(activity_id, kind, actor, _needed(document), instrument)


def _react(document: Document, activity_id: str, actor: str) -> Activity:
    found = reaction_parsing.reaction(document, activity_id, actor, _needed(document))
    return found or Unknown(activity_id, actor, "EmojiReact")  # A110


def _like(document: Document, activity_id: str, actor: str) -> Activity:
    found = reaction_parsing.reaction(document, activity_id, actor, _needed(document))
    if found is not None:
        return found
    content = reading.name(document.get("content")) or reading.name(
        document.get("_misskey_reaction")
    )
    stamp = consent_parsing.stamp_of(document, "likeAuthorization")
    return Like(activity_id, actor, _needed(document), content or None, stamp)


def _announce(document: Document, activity_id: str, actor: str) -> Activity:
    inner = _embedded(document)
    target = _needed(document)
    wrapped: Activity | None = None
    if inner is not None and (kind := reading.one_type(inner, ACTIVITY_TYPES)) in ACTIVITY_TYPES:
        # FEP-1b12: groups announce activities; what is boosted is the post of a Create (E86).
        if kind == "Announce":
            return Unknown(activity_id, actor, kind)
        target = _needed(inner)
        wrapped = _activity(inner)
    published = reading.instant(document.get("published"))
    stamp = consent_parsing.stamp_of(document, "announceAuthorization")
    return Announce(activity_id, actor, target, *_audience(document), published, stamp, wrapped)


def _block(document: Document, activity_id: str, actor: str) -> Activity:
    return Block(activity_id, actor, _needed(document))


def _is_hashtag(document: Document) -> bool:
    """E128: hashtags can be featured too; they have no id."""
    inner = _embedded(document)
    return inner is not None and "Hashtag" in reading.types(inner.get("type"))


def _add(document: Document, activity_id: str, actor: str) -> Activity:
    if _is_hashtag(document):
        return Unknown(activity_id, actor, "Add")
    return Add(activity_id, actor, _needed(document), _needed(document, "target"))


def _remove(document: Document, activity_id: str, actor: str) -> Activity:
    if _is_hashtag(document):
        return Unknown(activity_id, actor, "Remove")
    return Remove(activity_id, actor, _needed(document), _needed(document, "target"))


def _move(document: Document, activity_id: str, actor: str) -> Activity:
    return Move(activity_id, actor, _needed(document), _needed(document, "target"))


def _flag(document: Document, activity_id: str, actor: str) -> Activity:
    objects = reading.ids(document.get("object"), FLAGGED_MAX)
    # Lemmy says why in `summary`, Mbin in both.
    words = reading.text(document.get("content")) or reading.text(document.get("summary"))
    return Flag(activity_id, actor, objects, words)


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
    if isinstance(undone, Follow | Like | EmojiReact | Announce | Block | Accept | Unknown):
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
    "EmojiReact": _react,
    "Flag": _flag,
    "Follow": _follow,
    "Like": _like,
    "Move": _move,
    "Reject": _reject,
    "Remove": _remove,
    "Undo": _undo,
    "Update": _update,
    **dict.fromkeys(consent_parsing.REQUEST_TYPES, _request),
}
