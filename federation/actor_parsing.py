"""Actors and their keys: document → vocabulary; tolerant, pure, never fetches.

A stub (GoToSocial answers unsigned requests for a key with one) has no inbox: callers that want
more than its key look at `inbox` and fetch the whole actor (E41).
"""

from itertools import chain

from federation import keys, reading
from federation.note_parsing import emoji, image
from federation.vocabulary import (
    ACTOR_TYPES,
    Actor,
    Document,
    Json,
    PropertyValue,
    PublicKey,
)
from instance.errors import Invalid

FIELDS_MAX = 16
TAGS_MAX = 64
KEYS_MAX = 8
ALIASES_MAX = 32
DOMAINS_MAX = 32
USERNAME_LETTERS_MAX = 255
FIELD_VALUE_BYTES_MAX = 4096

_TOOT = "http://joinmastodon.org/ns#"


def parse_actor(document: Document) -> Actor:
    """Read a Person, Service, Group, Organization or Application; raises `Invalid`."""
    actor_id = reading.one_id(document.get("id"))
    if actor_id is None:
        raise Invalid("The actor has no id.")
    kind = reading.one_type(document, ACTOR_TYPES)
    if kind not in ACTOR_TYPES:
        raise Invalid(f"An object of type {kind or '(none)'} is not an actor.")
    tags = reading.documents(document.get("tag"), TAGS_MAX)
    emojis = [emoji(tag, actor_id) for tag in tags if reading.one_type(tag, _EMOJI) in _EMOJI]
    return Actor(
        id=actor_id,
        type=kind,
        preferred_username=reading.name(document.get("preferredUsername"), USERNAME_LETTERS_MAX),
        inbox=_address(document, "inbox") or "",
        name=reading.name(document.get("name")) or _first_language(document, "nameMap"),
        summary=reading.text(document.get("summary")) or _first_language(document, "summaryMap"),
        webfinger=reading.name(document.get("webfinger")) or None,
        outbox=_address(document, "outbox"),
        followers=_address(document, "followers"),
        following=_address(document, "following"),
        featured=reading.one_id(_mastodon(document, "featured")),
        shared_inbox=_shared_inbox(document),
        url=reading.page_url(document.get("url"), actor_id),
        icon=image(document.get("icon"), actor_id),
        image=image(document.get("image"), actor_id),
        fields=_fields(document.get("attachment")),
        emojis=tuple(chain.from_iterable(emojis)),
        public_keys=parse_keys(document),
        public_key_ids=_key_ids(document),
        manually_approves_followers=reading.boolean(document.get("manuallyApprovesFollowers")),
        discoverable=reading.boolean(_mastodon(document, "discoverable")),
        indexable=reading.boolean(_mastodon(document, "indexable")),
        searchable_by=_searchable_by(document),
        also_known_as=reading.ids(document.get("alsoKnownAs"), ALIASES_MAX),
        moved_to=reading.one_id(document.get("movedTo")),
        published=reading.instant(document.get("published")),
        updated=reading.instant(document.get("updated")),
        suspended=reading.boolean(_mastodon(document, "suspended")),
        memorial=reading.boolean(_mastodon(document, "memorial")),
        attribution_domains=_domains(_mastodon(document, "attributionDomains")),
    )


_EMOJI = frozenset({"Emoji"})


def _domains(value: Json) -> tuple[str, ...]:
    """Sites that may name the actor as author of their pages: names of hosts."""
    found = (reading.name(each) for each in reading.many(value, DOMAINS_MAX))
    return tuple(each for each in found if each)


def _searchable_by(document: Document) -> tuple[str, ...] | None:
    """FEP-268d: whose searches may find the posts; None when nothing is said about it."""
    if "searchableBy" not in document:
        return None
    return reading.recipients(document["searchableBy"])


def _mastodon(document: Document, term: str) -> Json:
    """A term of Mastodon's vocabulary: plain, as `toot:…` (Takahē) or as its URI (Fedify)."""
    for key in (term, f"toot:{term}", _TOOT + term):
        if document.get(key) is not None:
            return document[key]
    return None


def _address(document: Document, key: str) -> str | None:
    """The URL of a collection, by id or embedded (A113)."""
    return reading.one_id(document.get(key))


def _first_language(document: Document, key: str) -> str:
    return next(iter(reading.text_by_language(document.get(key)).values()), "")


def _shared_inbox(document: Document) -> str | None:
    endpoints = document.get("endpoints")
    if isinstance(endpoints, dict) and (found := reading.one_id(endpoints.get("sharedInbox"))):
        return found
    return reading.one_id(document.get("sharedInbox"))


def _fields(value: Json) -> tuple[PropertyValue, ...]:
    """The lines of a profile's table; WordPress repeats them as Notes, which are passed over."""
    found: list[PropertyValue] = []
    for item in reading.documents(value, 4 * FIELDS_MAX):
        name = reading.name(item.get("name"))
        if name and "PropertyValue" in reading.types(item.get("type")):
            found.append(
                PropertyValue(name, reading.text(item.get("value"), FIELD_VALUE_BYTES_MAX))
            )
    return tuple(found[:FIELDS_MAX])


def parse_keys(document: Document) -> tuple[PublicKey, ...]:
    """The keys an actor, a stub or a Key document holds (E40, E41); claims, all of them.

    `publicKey` with PEM text, and Ed25519 keys as Multikey in `assertionMethod` (FEP-521a).
    """
    owner = reading.one_id(document.get("id")) or ""
    found: list[PublicKey] = []
    if "publicKeyPem" in document:  # the document is the key
        found.extend(_key(document, ""))
    for item in reading.documents(document.get("publicKey"), KEYS_MAX):
        found.extend(_key(item, owner))
    for item in reading.documents(document.get("assertionMethod"), KEYS_MAX):
        found.extend(_key(item, owner))
    return tuple(found)


def _key(document: Document, owner: str) -> tuple[PublicKey, ...]:
    key_id = reading.one_id(document.get("id"))
    pem = reading.plain(document.get("publicKeyPem"))
    multibase = reading.plain(document.get("publicKeyMultibase"))  # a typed value, in JSON-LD
    if isinstance(multibase, str):
        pem = keys.pem_of_multikey(multibase)
    if key_id is None or not isinstance(pem, str) or len(pem) > keys.PEM_LETTERS_MAX:
        return ()
    claimed = reading.one_id(document.get("owner")) or reading.one_id(document.get("controller"))
    return (PublicKey(key_id, claimed or owner, pem),)


def _key_ids(document: Document) -> tuple[str, ...]:
    """Keys that are named but not given: they are fetched by their id (E39)."""
    named: list[Json] = [
        item
        for key in ("publicKey", "assertionMethod")
        for item in reading.many(document.get(key), KEYS_MAX)
        if isinstance(item, str) or (isinstance(item, dict) and set(item) == {"id"})
    ]
    return reading.ids(named, KEYS_MAX)
