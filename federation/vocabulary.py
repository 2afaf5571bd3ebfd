"""ActivityStreams types as frozen dataclasses: what a document means, apart from how it was spelt.

Nothing here is trusted or cleaned: `content` is raw markup from elsewhere, ids are claims. Made by
`federation/parsing.py`, written by `federation/serializing.py`. Times are aware UTC.

Vocabulary: https://www.w3.org/TR/activitystreams-vocabulary/
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
"""The Public collection (ActivityPub 5.6); `as:Public` and `Public` are read as this."""

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
Document: TypeAlias = dict[str, Json]

POST_TYPES = frozenset(
    {
        *("Note", "Question", "Article", "Page", "Event", "Video", "Audio", "Image"),
        # BookWyrm, Castopod and the like: shown with name, link and cleaned text (A200).
        *("Review", "Rating", "Comment", "Quotation", "PodcastEpisode", "Document", "Recipe"),
    }
)
ACTOR_TYPES = frozenset({"Person", "Service", "Group", "Organization", "Application"})


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key of an actor: `id` is the keyId, `owner` the actor it claims."""

    id: str
    owner: str
    pem: str
    multibase: str | None = None
    """The key as Multikey, if that is how it is written (FEP-521a)."""


@dataclass(frozen=True, slots=True)
class Image:
    """An icon or header picture."""

    url: str
    media_type: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class PropertyValue:
    """A line of a profile's table (schema:PropertyValue); `value` is raw markup."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class EmojiTag:
    """A custom emoji (toot:Emoji); `name` without colons."""

    name: str
    url: str
    id: str | None = None
    updated: datetime | None = None
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class MentionTag:
    """A Mention in `tag`: `href` is the actor's id (or profile), `name` as written."""

    href: str | None
    name: str


@dataclass(frozen=True, slots=True)
class HashtagTag:
    """A Hashtag in `tag`; `name` without `#`, as written."""

    name: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A Document, Image, Video or Audio in `attachment`; `description` from `name` or `summary`."""

    type: str
    url: str
    media_type: str | None = None
    description: str = ""
    width: int | None = None
    height: int | None = None
    blurhash: str | None = None
    focal_point: tuple[float, float] | None = None
    duration_s: float | None = None
    is_sensitive: bool = False
    size_bytes: int | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class LinkPreview:
    """A Link in `attachment`, with what its `preview` says of the page (FEP-8967)."""

    url: str
    title: str = ""
    description: str = ""
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """When and where an Event is (FEP-8a8e)."""

    starts_at: datetime
    ends_at: datetime | None = None
    place: str = ""
    place_url: str | None = None


@dataclass(frozen=True, slots=True)
class PollOption:
    """One answer of a Question; `votes` from `replies.totalItems`, None while they are secret."""

    name: str
    votes: int | None = 0


@dataclass(frozen=True, slots=True)
class Poll:
    """`oneOf` or `anyOf` of a Question."""

    options: tuple[PollOption, ...]
    is_multiple: bool
    ends_at: datetime | None = None
    closed_at: datetime | None = None
    voters: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """A Person, Service, Group, Organization or Application (`type`).

    `inbox` and `preferred_username` are empty in a stub, which is good for its key alone (E41).
    """

    id: str
    type: str
    preferred_username: str
    inbox: str
    name: str = ""
    summary: str = ""
    webfinger: str | None = None
    outbox: str | None = None
    followers: str | None = None
    following: str | None = None
    featured: str | None = None
    featured_tags: str | None = None
    shared_inbox: str | None = None
    url: str | None = None
    icon: Image | None = None
    image: Image | None = None
    fields: tuple[PropertyValue, ...] = ()
    emojis: tuple[EmojiTag, ...] = ()
    public_keys: tuple[PublicKey, ...] = ()
    public_key_ids: tuple[str, ...] = ()
    manually_approves_followers: bool = False
    discoverable: bool = False
    indexable: bool = False
    searchable_by: tuple[str, ...] | None = None
    implements: tuple[str, ...] = ()
    also_known_as: tuple[str, ...] = ()
    moved_to: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    suspended: bool = False
    memorial: bool = False
    attribution_domains: tuple[str, ...] = ()
    endpoints: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SubPolicy:
    """Who may do something at once, and who when they were let: ids of actors and collections."""

    automatic: tuple[str, ...] = ()
    manual: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InteractionPolicy:
    """What a post says about who may do what to it; None: nothing is said (gts, FEP-044f)."""

    can_reply: SubPolicy | None = None
    can_like: SubPolicy | None = None
    can_announce: SubPolicy | None = None
    can_quote: SubPolicy | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something said: Note, Question, Article and the like (`type`).

    `content` is chosen from `content`/`contentMap`, `language` tells which; `content_by_language`
    keeps all. `summary` is None when absent or empty (an empty one is no content warning).
    """

    id: str
    type: str
    attributed_to: str
    content: str = ""
    media_type: str = "text/html"
    content_by_language: dict[str, str] = field(default_factory=dict)
    language: str | None = None
    name: str = ""
    summary: str | None = None
    is_sensitive: bool = False
    in_reply_to: str | None = None
    conversation: str | None = None
    context: str | None = None
    context_history: str | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    url: str | None = None
    attachments: tuple[Attachment, ...] = ()
    mentions: tuple[MentionTag, ...] = ()
    hashtags: tuple[HashtagTag, ...] = ()
    emojis: tuple[EmojiTag, ...] = ()
    poll: Poll | None = None
    source: str | None = None
    source_media_type: str | None = None
    replies: str | None = None
    listed_replies: "Collection | None" = None
    likes: str | None = None
    shares: str | None = None
    quote: str | None = None
    quote_authorization: str | None = None
    reply_authorization: str | None = None
    policy: InteractionPolicy | None = None
    preview: str = ""
    links: tuple[LinkPreview, ...] = ()
    happening: Happening | None = None
    name_by_language: dict[str, str] = field(default_factory=dict)
    summary_by_language: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Authorization:
    """A stamp: `attributed_to` lets `interacting_object` be a reply, quote, Like or Announce.

    `act` is "reply", "quote", "like" or "boost"; `interaction_target` what it is done to.
    """

    id: str
    act: str
    attributed_to: str
    interacting_object: str
    interaction_target: str | None = None


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What remains of a deleted object."""

    id: str
    former_type: str | None = None
    deleted: datetime | None = None


# ---------------------------------------------------------------- activities
# `id` may be empty: some servers send Update and Undo without one (consequence 5 of INTEROP).


@dataclass(frozen=True, slots=True)
class Create:
    """`object` is the note when it came embedded, else its id."""

    id: str
    actor: str
    object: Note | str
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    published: datetime | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """An edited note or profile; only the id when the sender gave no more (WordPress)."""

    id: str
    actor: str
    object: Note | Actor | str
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delete:
    """`object` is the id of what is gone: a post, or the actor itself."""

    id: str
    actor: str
    object: str
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Follow:
    """`actor` asks to follow `object`."""

    id: str
    actor: str
    object: str


@dataclass(frozen=True, slots=True)
class Accept:
    """`object` is the Follow or request that is accepted, or what was done, embedded or by id.

    `result` is the stamp, `target` the post that it was done to; `to` and `cc` only where others
    are told too.
    """

    id: str
    actor: str
    object: "Follow | InteractionRequest | str"
    result: str | None = None
    target: str | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reject:
    """`object` is the Follow or request that is refused, or what was done, embedded or by id."""

    id: str
    actor: str
    object: "Follow | InteractionRequest | str"
    target: str | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Like:
    """A favourite; `content` is set by servers with emoji reactions."""

    id: str
    actor: str
    object: str
    content: str | None = None
    authorization: str | None = None


@dataclass(frozen=True, slots=True)
class EmojiReact:
    """An emoji put under a post; `emoji` is the picture of a custom one.

    `is_like`: spelt as Misskey does it, as a Like that has `content`.
    """

    id: str
    actor: str
    object: str
    content: str
    emoji: EmojiTag | None = None
    to: tuple[str, ...] = ()
    is_like: bool = False


@dataclass(frozen=True, slots=True)
class Announce:
    """A boost; or what a group passes on: then `activity` is what it says that a member did."""

    id: str
    actor: str
    object: str
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    published: datetime | None = None
    authorization: str | None = None
    activity: "Activity | None" = None


@dataclass(frozen=True, slots=True)
class InteractionRequest:
    """`actor` wants to do `instrument` to the post `object`; `type` is QuoteRequest and the like.

    `instrument` is a note, Like or Announce, embedded or by id.
    """

    id: str
    type: str
    actor: str
    object: str
    instrument: Note | Like | Announce | str
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """`actor` blocks `object`."""

    id: str
    actor: str
    object: str


@dataclass(frozen=True, slots=True)
class Add:
    """`object` joins the collection `target` (pinned posts)."""

    id: str
    actor: str
    object: str
    target: str


@dataclass(frozen=True, slots=True)
class Remove:
    """`object` leaves the collection `target`."""

    id: str
    actor: str
    object: str
    target: str


@dataclass(frozen=True, slots=True)
class Undo:
    """`object` is the activity that is taken back, embedded or by id."""

    id: str
    actor: str
    object: "Follow | Like | EmojiReact | Announce | Block | Accept | Unknown | str"


@dataclass(frozen=True, slots=True)
class Move:
    """`object` (the actor itself) lives at `target` now."""

    id: str
    actor: str
    object: str
    target: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A report about `objects`."""

    id: str
    actor: str
    objects: tuple[str, ...]
    content: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """An activity of a type we do not act on: answered 202 and noted."""

    id: str
    actor: str
    type: str


Activity: TypeAlias = (
    Create
    | Update
    | Delete
    | Follow
    | Accept
    | Reject
    | Like
    | EmojiReact
    | Announce
    | Block
    | Add
    | Remove
    | Undo
    | Move
    | Flag
    | InteractionRequest
    | Unknown
)


@dataclass(frozen=True, slots=True)
class Collection:
    """A (page of a) collection: ids or embedded documents, bounded by the parser."""

    id: str
    type: str
    items: tuple[Document | str, ...] = ()
    total: int | None = None
    first: "str | Collection | None" = None
    next: str | None = None
    part_of: str | None = None
