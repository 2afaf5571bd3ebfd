"""The client API's JSON shapes, as Mastodon documents them; every key is always there.

https://docs.joinmastodon.org/entities/. What is typed `| None` is null where there is nothing.
"""

from typing import Any, NotRequired, TypedDict


class CustomEmoji(TypedDict):
    """An emoji that is a picture."""

    shortcode: str
    url: str
    static_url: str
    visible_in_picker: bool
    category: str | None


class Field(TypedDict):
    """A line of a profile's table; `value` is markup."""

    name: str
    value: str
    verified_at: str | None


class AccountRole(TypedDict):
    """What somebody may do here, shown beside the name."""

    id: str
    name: str
    color: str


class FeatureApproval(TypedDict):
    """Who may put somebody into a collection, and whether the person who asks may."""

    automatic: list[str]
    manual: list[str]
    current_user: str


class Account(TypedDict):
    """Somebody, here or elsewhere."""

    id: str
    username: str
    acct: str
    display_name: str
    locked: bool
    bot: bool
    group: bool
    discoverable: bool | None
    indexable: bool
    noindex: bool | None
    created_at: str
    note: str
    url: str
    uri: str
    avatar: str
    avatar_static: str
    avatar_description: str
    header: str
    header_static: str
    header_description: str
    followers_count: int
    following_count: int
    statuses_count: int
    last_status_at: str | None
    hide_collections: bool | None
    show_media: bool
    show_media_replies: bool
    show_featured: bool
    emojis: list[CustomEmoji]
    fields: list[Field]
    roles: list[AccountRole]
    moved: "Account | None"
    suspended: bool
    limited: bool
    memorial: bool
    feature_approval: FeatureApproval


class Role(TypedDict):
    """What the person whose token it is may do here."""

    id: str
    name: str
    color: str
    permissions: str
    highlighted: bool


class Source(TypedDict):
    """A profile as its owner typed it, and what its owner prefers."""

    note: str
    fields: list[Field]
    privacy: str
    sensitive: bool
    language: str | None
    follow_requests_count: int
    discoverable: bool
    indexable: bool
    hide_collections: bool
    attribution_domains: list[str]
    quote_policy: str


class CredentialAccount(Account):
    """The person whose token it is."""

    source: Source
    role: Role


class MutedAccount(Account):
    """Somebody who is muted, and until when."""

    mute_expires_at: str | None


class Profile(TypedDict):
    """A profile as its owner edits it: text as typed, and no picture where none was chosen."""

    id: str
    display_name: str
    note: str
    fields: list[Field]
    avatar: str | None
    avatar_static: str | None
    avatar_description: str
    header: str | None
    header_static: str | None
    header_description: str
    locked: bool
    bot: bool
    hide_collections: bool
    discoverable: bool
    indexable: bool
    show_media: bool
    show_media_replies: bool
    show_featured: bool
    attribution_domains: list[str]


class Relationship(TypedDict):
    """How the person who asks stands to somebody."""

    id: str
    following: bool
    showing_reblogs: bool
    notifying: bool
    languages: list[str] | None
    followed_by: bool
    blocking: bool
    blocked_by: bool
    muting: bool
    muting_notifications: bool
    muting_expires_at: str | None
    requested: bool
    requested_by: bool
    domain_blocking: bool
    endorsed: bool
    note: str


class FamiliarFollowers(TypedDict):
    """Whom one follows oneself among the followers of somebody."""

    id: str
    accounts: list[Account]


class FeaturedTag(TypedDict):
    """A hashtag on somebody's profile; `statuses_count` is a text, as in Mastodon."""

    id: str
    name: str
    url: str
    statuses_count: str
    last_status_at: str | None


class MediaAttachment(TypedDict):
    """A picture, film or sound of a post."""

    id: str
    type: str
    url: str | None
    preview_url: str | None
    remote_url: str | None
    meta: dict[str, Any]
    description: str | None
    blurhash: str | None


class PollOption(TypedDict):
    """One answer of a poll; `votes_count` is null while its author hides it."""

    title: str
    votes_count: int | None


class Poll(TypedDict):
    """A poll."""

    id: str
    expires_at: str | None
    expired: bool
    multiple: bool
    votes_count: int
    voters_count: int | None
    options: list[PollOption]
    emojis: list[CustomEmoji]
    voted: bool
    own_votes: list[int]


class StatusMention(TypedDict):
    """Somebody named in a post."""

    id: str
    username: str
    url: str
    acct: str


class StatusTag(TypedDict):
    """A hashtag of a post."""

    name: str
    url: str


class PreviewCard(TypedDict):
    """A page that a post links to."""

    url: str
    title: str
    description: str
    language: str | None
    type: str
    author_name: str
    author_url: str
    authors: list[dict[str, Any]]
    provider_name: str
    provider_url: str
    html: str
    width: int
    height: int
    image: str | None
    image_description: str
    embed_url: str
    blurhash: str | None
    published_at: str | None


class Quote(TypedDict):
    """What a post quotes; within a quote by its id alone (ShallowQuote)."""

    state: str
    quoted_status: NotRequired["Status | None"]
    quoted_status_id: NotRequired[str | None]


class QuoteApproval(TypedDict):
    """Who may quote a post, and whether the person who asks may."""

    automatic: list[str]
    manual: list[str]
    current_user: str


class Reaction(TypedDict):
    """An emoji under a post (an extension of other servers, which their apps show)."""

    name: str
    count: int
    me: bool
    url: str | None
    static_url: str | None


class Status(TypedDict):
    """A post, or a boost of one (`reblog`)."""

    id: str
    created_at: str
    in_reply_to_id: str | None
    in_reply_to_account_id: str | None
    sensitive: bool
    spoiler_text: str
    visibility: str
    language: str | None
    uri: str
    url: str | None
    replies_count: int
    reblogs_count: int
    favourites_count: int
    quotes_count: int
    edited_at: str | None
    content: str
    reblog: "Status | None"
    application: dict[str, Any] | None
    account: Account
    media_attachments: list[MediaAttachment]
    mentions: list[StatusMention]
    tags: list[StatusTag]
    emojis: list[CustomEmoji]
    card: PreviewCard | None
    poll: Poll | None
    quote: Quote | None
    quote_approval: QuoteApproval
    favourited: bool
    reblogged: bool
    muted: bool
    bookmarked: bool
    pinned: bool
    filtered: list[dict[str, Any]]
    local_only: bool
    reactions: list[Reaction]
    text: NotRequired[str]


class StatusEdit(TypedDict):
    """How a post read from one edit to the next."""

    content: str
    spoiler_text: str
    sensitive: bool
    created_at: str
    account: Account
    poll: dict[str, Any] | None
    quote: Quote | None
    media_attachments: list[MediaAttachment]
    emojis: list[CustomEmoji]


class Context(TypedDict):
    """What stands above a post in its thread, and below it."""

    ancestors: list[Status]
    descendants: list[Status]
