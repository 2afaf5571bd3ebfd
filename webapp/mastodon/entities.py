"""The client API's JSON shapes, as Mastodon documents them; every key is always there.

https://docs.joinmastodon.org/entities/. What is typed `| None` is null where there is nothing.
"""

from typing import Any, NotRequired, TypedDict


class Empty(TypedDict):
    """What was asked for is done, and there is nothing to say."""


class CustomEmoji(TypedDict):
    """An emoji that is a picture; of no category, which Mastodon then does not name either."""

    shortcode: str
    url: str
    static_url: str
    visible_in_picker: bool


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
    status_content_type: str


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
    featured_tags: list["FeaturedTag"]


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
    preview_remote_url: None
    text_url: None
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


class EmojiReaction(Reaction):
    """An emoji under a post, with who put it there."""

    accounts: list[Account]


class StatusApplication(TypedDict):
    """The app that a status was written with."""

    name: str
    website: str | None


class StatusWords(TypedDict):
    """What a status says to all its readers, until the post is changed."""

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
    edited_at: str | None
    content: str
    media_attachments: list[MediaAttachment]
    mentions: list[StatusMention]
    tags: list[StatusTag]
    emojis: list[CustomEmoji]
    local_only: bool
    application: StatusApplication | None


class Status(StatusWords):
    """A post, or a boost of one (`reblog`)."""

    replies_count: int
    reblogs_count: int
    favourites_count: int
    quotes_count: int
    reblog: "Status | None"
    account: Account
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
    reactions: list[Reaction]


class DeletedStatus(Status):
    """A post that is gone, with what was typed, to be written anew."""

    text: str
    content_type: str


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


class Conversation(TypedDict):
    """A conversation of direct posts."""

    id: str
    unread: bool
    accounts: list[Account]
    last_status: Status | None


class List(TypedDict):
    """A list of people; who is in one that is `exclusive` is not read at home."""

    id: str
    title: str
    replies_policy: str
    exclusive: bool


class Marker(TypedDict):
    """How far a timeline was read."""

    last_read_id: str
    version: int
    updated_at: str


class Context(TypedDict):
    """What stands above a post in its thread, and below it."""

    ancestors: list[Status]
    descendants: list[Status]


class Language(TypedDict):
    """A language that people can say they write in, by its own name."""

    code: str
    name: str


class Rule(TypedDict):
    """A rule of this server."""

    id: str
    text: str
    hint: str
    translations: dict[str, Any]


class ExtendedDescription(TypedDict):
    """A text about this server, or its privacy policy; `content` is markup."""

    updated_at: str
    content: str


class TermsOfService(TypedDict):
    """What people agree to who join; the dates are days."""

    effective_date: str
    effective: bool
    content: str
    succeeded_by: str | None


class DomainBlock(TypedDict):
    """A server that is kept away, as far as the owner says so."""

    domain: str
    digest: str
    severity: str
    comment: str | None


class WeekOfActivity(TypedDict):
    """What happened here in a week; `week` is its first second since 1970."""

    week: str
    statuses: str
    logins: str
    registrations: str


class OEmbed(TypedDict):
    """A post as other sites show it (https://oembed.com)."""

    type: str
    version: str
    title: str
    author_name: str
    author_url: str
    provider_name: str
    provider_url: str
    cache_age: int
    html: str
    width: int
    height: int | None


class InstanceThumbnail(TypedDict):
    """A picture of this server."""

    url: str
    blurhash: str | None
    description: str | None
    versions: dict[str, str] | None


class InstanceUsage(TypedDict):
    """How many use it."""

    users: dict[str, int]


class InstanceRegistrations(TypedDict):
    """Who may join."""

    enabled: bool
    approval_required: bool
    reason_required: bool
    message: str | None
    min_age: int | None
    url: str | None


class InstanceContact(TypedDict):
    """How to reach who runs it."""

    email: str
    account: Account | None


class Instance(TypedDict):
    """This server; what `configuration` holds: https://docs.joinmastodon.org/entities/Instance/."""

    domain: str
    title: str
    version: str
    source_url: str
    description: str
    usage: InstanceUsage
    thumbnail: InstanceThumbnail
    icon: list[dict[str, str]]
    languages: list[str]
    configuration: dict[str, Any]
    registrations: InstanceRegistrations
    api_versions: dict[str, int]
    wrapstodon: str | None
    contact: InstanceContact
    rules: list[Rule]
    pleroma: NotRequired[dict[str, Any]]


class V1Instance(TypedDict):
    """This server, as apps asked for it before Mastodon 4.0."""

    uri: str
    title: str
    short_description: str
    description: str
    email: str
    version: str
    urls: dict[str, str]
    stats: dict[str, int]
    thumbnail: str
    languages: list[str]
    registrations: bool
    approval_required: bool
    invites_enabled: bool
    configuration: dict[str, Any]
    contact_account: Account | None
    rules: list[Rule]
    pleroma: NotRequired[dict[str, Any]]


class AsyncRefresh(TypedDict):
    """Something that was begun for an app: "running" or "finished"."""

    id: str
    status: str
    result_count: int | None


class AsyncRefreshResponse(TypedDict):
    """An `AsyncRefresh` under its name."""

    async_refresh: AsyncRefresh


class CollectionItem(TypedDict):
    """Somebody in a collection."""

    id: str
    account_id: str
    state: str
    created_at: str


class Collection(TypedDict):
    """People whom somebody recommends together."""

    id: str
    account_id: str
    uri: str
    url: str | None
    name: str
    description: str
    language: str | None
    local: bool
    sensitive: bool
    discoverable: bool
    tag: dict[str, str] | None
    item_count: int
    items: list[CollectionItem]
    created_at: str
    updated_at: str


class WrappedCollection(TypedDict):
    """A `Collection` under its name."""

    collection: Collection


class WrappedCollectionItem(TypedDict):
    """A `CollectionItem` under its name."""

    collection_item: CollectionItem


class Collections(TypedDict):
    """Several collections."""

    collections: list[Collection]


class CollectionWithAccounts(TypedDict):
    """A collection with its owner and everybody in it."""

    accounts: list[Account]
    collection: Collection


class AnnualReport(TypedDict):
    """The year of somebody in numbers."""

    year: int
    account_id: str
    schema_version: int
    share_url: str | None
    data: dict[str, Any]


class WrappedAnnualReports(TypedDict):
    """Reports with the people and posts that they name."""

    annual_reports: list[AnnualReport]
    accounts: list[Account]
    statuses: list[Status]


class DayOfUse(TypedDict):
    """How often something was used on a day, and by how many; numbers as text."""

    day: str
    uses: str
    accounts: str


class Tag(TypedDict):
    """A hashtag; what is between it and the reader only where there is one."""

    id: str
    name: str
    url: str
    history: list[DayOfUse]
    following: NotRequired[bool]
    featuring: NotRequired[bool]


class TrendsLink(PreviewCard):
    """A page that many posts link to."""

    history: list[DayOfUse]


class Search(TypedDict):
    """What was found."""

    accounts: list[Account]
    statuses: list[Status]
    hashtags: list[Tag]


class Suggestion(TypedDict):
    """Somebody whom one might follow, and why."""

    source: str
    sources: list[str]
    account: Account


# ---------------------------------------------------------------- posts: as typed, later, elsewhere


class StatusSource(TypedDict):
    """A post as it was typed; its type as GoToSocial and Akkoma name it."""

    id: str
    text: str
    spoiler_text: str
    content_type: str


class TranslatedOption(TypedDict):
    """A choice of a poll in another language."""

    title: str


class TranslatedPoll(TypedDict):
    """A poll in another language."""

    id: str
    options: list[TranslatedOption]


class TranslatedAttachment(TypedDict):
    """What a file shows, in another language."""

    id: str
    description: str


class Translation(TypedDict):
    """A post in another language."""

    content: str
    spoiler_text: str
    language: str
    detected_source_language: str
    provider: str
    poll: TranslatedPoll | None
    media_attachments: list[TranslatedAttachment]


class ScheduledStatus(TypedDict):
    """A post that is said later; `params` is what an app would send to say it."""

    id: str
    scheduled_at: str
    params: dict[str, Any]
    media_attachments: list[MediaAttachment]


# ---------------------------------------------------------------- apps


class Application(TypedDict):
    """An app, as it registered."""

    id: str
    name: str
    website: str | None
    scopes: list[str]
    redirect_uris: list[str]
    redirect_uri: str
    vapid_key: str


class CredentialApplication(Application):
    """An app and its secret, which is seen this once."""

    client_id: str
    client_secret: str
    client_secret_expires_at: int


class WebPushSubscription(TypedDict):
    """Where an app is told, and what."""

    id: str
    endpoint: str
    standard: bool
    alerts: dict[str, bool]
    policy: str
    server_key: str


Preferences = TypedDict(
    "Preferences",
    {
        "posting:default:visibility": str,
        "posting:default:sensitive": bool,
        "posting:default:language": str,
        "posting:default:quote_policy": str,
        "reading:expand:media": str,
        "reading:expand:spoilers": bool,
        "reading:autoplay:gifs": bool,
    },
)
