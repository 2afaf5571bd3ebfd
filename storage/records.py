"""Every noun of the system as a frozen dataclass.

Records are what `storage` returns and takes; tables stay behind it. Times are aware UTC
`datetime`. A record holds no open resource and may be kept, compared and put in a cache.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, NewType

RowId = NewType("RowId", int)
"""A time-ordered 63-bit id, made by `storage.ids`; larger is younger."""

ActorUri = NewType("ActorUri", str)
"""The ActivityPub id of an actor."""

SafeHtml = NewType("SafeHtml", str)
"""Markup that may be shown as it is. Only `actors/markup.py` makes one."""


# ---------------------------------------------------------------- actors


class ActorKind(StrEnum):
    """ActivityStreams actor types (ActivityStreams Vocabulary 3.2)."""

    PERSON = "Person"
    SERVICE = "Service"
    GROUP = "Group"
    ORGANIZATION = "Organization"
    APPLICATION = "Application"


@dataclass(frozen=True, slots=True)
class ProfileField:
    """One line of a profile's table. `value` is cleaned markup."""

    name: str
    value: SafeHtml
    verified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Emoji:
    """A custom emoji as declared in the `tag` of a post or actor; `shortcode` without colons."""

    shortcode: str
    url: str


class SearchableBy(StrEnum):
    """Who may find somebody's public posts by their words (FEP-268d)."""

    EVERYBODY = "everybody"
    FOLLOWERS = "followers"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Actor:
    """An identity that federates: local when `host` is None.

    `name` is plain text; `summary` cleaned markup; `summary_source` and `fields_source` what a
    local person typed. `avatar_url`/`header_url` are absolute, or None for the default picture.
    `followers_total`/`following_total`/`posts_total` are what a *remote* server last reported.
    `moved_at` is when we last took followers along to `moved_to`, or sent them there.
    `attribution_domains` are sites that may name this actor as author of their pages.
    Who is silenced is met by followers alone. `host_limit` is what rules about the host did to this
    actor (`moderation/hosts.py`), so that it can be taken back.
    """

    id: RowId
    uri: ActorUri
    username: str
    host: str | None
    kind: ActorKind
    inbox_url: str
    created_at: datetime
    name: str = ""
    summary: SafeHtml = SafeHtml("")
    summary_source: str = ""
    fields: tuple[ProfileField, ...] = ()
    fields_source: tuple[tuple[str, str], ...] = ()
    emojis: tuple[Emoji, ...] = ()
    url: str | None = None
    avatar_url: str | None = None
    avatar_alt: str = ""
    header_url: str | None = None
    header_alt: str = ""
    shared_inbox_url: str | None = None
    outbox_url: str | None = None
    followers_url: str | None = None
    following_url: str | None = None
    featured_url: str | None = None
    is_locked: bool = False
    is_discoverable: bool = True
    is_indexable: bool = False
    searchable_by: SearchableBy | None = None
    hides_follows: bool = False
    also_known_as: tuple[str, ...] = ()
    moved_to: str | None = None
    followers_total: int | None = None
    following_total: int | None = None
    posts_total: int | None = None
    fetched_at: datetime | None = None
    deleted_at: datetime | None = None
    suspended_at: datetime | None = None
    moved_at: datetime | None = None
    is_memorial: bool = False
    silenced_at: datetime | None = None
    sensitized_at: datetime | None = None  # since when all their files are shown on a click alone
    host_limit: str | None = None
    attribution_domains: tuple[str, ...] = ()
    shows_applications: bool = True  # with which app a post was written (Mastodon's setting)
    # Raised by every write of the row (`storage/rows.py`). What it says is compared without it.
    version: int = field(default=0, compare=False)

    @property
    def is_local(self) -> bool:
        """Whether this actor lives on our instance."""
        return self.host is None


@dataclass(frozen=True, slots=True)
class FormerHandle:
    """A name that a local actor had before: it leads to the actor, and nobody else gets it."""

    id: RowId
    actor_id: RowId
    username: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ActorKey:
    """A public key of an actor; `private_pem` only for local actors. `uri` is the `keyId`."""

    id: RowId
    actor_id: RowId
    uri: str
    public_pem: str
    private_pem: str | None
    created_at: datetime
    fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ActorCounts:
    """Counted from rows, never added up (consequence 13 of the interop notes)."""

    followers: int
    following: int
    posts: int
    last_post_id: RowId | None = None


# ---------------------------------------------------------------- users


class Role(StrEnum):
    """What a user may do to the instance."""

    OWNER = "owner"
    ADMIN = "admin"
    MODERATOR = "moderator"
    USER = "user"


class UserState(StrEnum):
    """`UNCONFIRMED`: the e-mail waits for its link. `PENDING`: a moderator has to let them in."""

    ACTIVE = "active"
    UNCONFIRMED = "unconfirmed"
    PENDING = "pending"
    DISABLED = "disabled"


class Theme(StrEnum):
    """Light or dark pages; `AUTO` follows the reader's device."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


class Visibility(StrEnum):
    """Who may see a post; in the order from widest to narrowest.

    `LOCAL` is for everybody who is logged in here, and never leaves this server (B36).
    """

    PUBLIC = "public"
    UNLISTED = "unlisted"
    LOCAL = "local"
    FOLLOWERS = "followers"
    DIRECT = "direct"


class SourceType(StrEnum):
    """How the words of a post are typed."""

    PLAIN = "text/plain"
    MARKDOWN = "text/markdown"


class Act(StrEnum):
    """What others do to a post, and what a policy speaks of."""

    REPLY = "reply"
    LIKE = "like"
    BOOST = "boost"
    QUOTE = "quote"


class Group(StrEnum):
    """Whom a rule names; seen from the author of the post."""

    EVERYBODY = "everybody"
    FOLLOWERS = "followers"
    FOLLOWED = "followed"
    MENTIONED = "mentioned"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may do one thing to a post: at once, or when its author has agreed.

    Words of `Group`, or ids of actors. Who is in neither may not.
    """

    automatic: tuple[str, ...] = ()
    approval: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """What the author of a post says about who may do what to it; None: nothing is said."""

    reply: Rule | None = None
    like: Rule | None = None
    boost: Rule | None = None
    quote: Rule | None = None


class MailKind(StrEnum):
    """What somebody may want to be told by mail; the last is for who was away."""

    MENTION = "mention"
    QUOTE = "quote"
    FOLLOW = "follow"
    FOLLOW_REQUEST = "follow_request"
    BOOST = "boost"
    LIKE = "like"
    REPORT = "report"
    SIGN_UP = "sign_up"
    DIGEST = "digest"


USUAL_MAILS = tuple(each for each in MailKind if each not in (MailKind.BOOST, MailKind.LIKE))


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a user chose for posting, reading and mails; `language` is a BCP 47 tag."""

    theme: Theme = Theme.AUTO
    language: str = "en"
    default_visibility: Visibility = Visibility.PUBLIC
    policy: Policy = Policy()
    default_sensitive: bool = False
    source_type: SourceType = SourceType.PLAIN
    mails: tuple[MailKind, ...] = USUAL_MAILS


@dataclass(frozen=True, slots=True)
class User:
    """A person who logs in here; `invite_id` is the invite by which they joined."""

    id: RowId
    actor_id: RowId
    password_hash: str
    created_at: datetime
    email: str | None = None
    role: Role = Role.USER
    state: UserState = UserState.ACTIVE
    reason: str = ""
    preferences: Preferences = field(default_factory=Preferences)
    last_seen_at: datetime | None = None
    digest_at: datetime | None = None
    email_confirmed_at: datetime | None = None
    invite_id: RowId | None = None


@dataclass(frozen=True, slots=True)
class SignUpTrace:
    """What is remembered of a sign-up for a year, to know somebody again (MO-7).

    `email_hash` is an HMAC of the address in its canonical form; `source` as limits count it.
    """

    id: RowId
    actor_id: RowId
    email_hash: str | None
    source: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A log-in by the web pages. Only the SHA-256 of the cookie's token is kept."""

    id: RowId
    user_id: RowId
    token_hash: str
    created_at: datetime
    last_used_at: datetime
    address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A bearer token for the client API; `scopes` as in OAuth. Only its SHA-256 is kept.

    `app_id` is None for one that somebody made by hand. `refresh_hash` is of the refresh token that
    replaces both; `spent_refresh_hash` of the one before, which only a thief would use again.
    """

    id: RowId
    user_id: RowId
    token_hash: str
    scopes: frozenset[str]
    name: str
    created_at: datetime
    last_used_at: datetime | None = None
    app_id: RowId | None = None
    refresh_hash: str | None = None
    spent_refresh_hash: str | None = None


class PushPolicy(StrEnum):
    """By whom somebody is told something for it to be pushed to an app."""

    ALL = "all"
    FOLLOWED = "followed"
    FOLLOWER = "follower"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """Where an app wants to be told what its person is told (RFC 8030); one for each token.

    `key_p256dh` and `key_auth` are of the app (RFC 8291), base64url. `is_standard` says that it
    reads aes128gcm; else it is sent the older aesgcm. `alerts` are types of the client API.
    """

    id: RowId
    token_id: RowId
    actor_id: RowId
    endpoint: str
    key_p256dh: str
    key_auth: str
    is_standard: bool
    alerts: frozenset[str]
    policy: PushPolicy
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ServerKey:
    """A key of the server itself, by what it is for; made when it is needed first."""

    name: str
    private_pem: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OauthApp:
    """A program that people can let in (RFC 6749, section 2); it asks for no more than `scopes`."""

    id: RowId
    client_id: str
    secret_hash: str
    name: str
    redirect_uris: tuple[str, ...]
    scopes: frozenset[str]
    created_at: datetime
    website: str | None = None


@dataclass(frozen=True, slots=True)
class OauthCode:
    """What an app exchanges for a token, once (RFC 6749, section 4.1.2); `token_id` is that token.

    `code_challenge` is of PKCE, method S256 (RFC 7636); None where the app did not use it.
    """

    id: RowId
    app_id: RowId
    user_id: RowId
    code_hash: str
    redirect_uri: str
    scopes: frozenset[str]
    code_challenge: str | None
    created_at: datetime
    token_id: RowId | None = None


@dataclass(frozen=True, slots=True)
class OauthAppToken:
    """A token of an app itself, for what needs no person (RFC 6749, section 4.4)."""

    id: RowId
    app_id: RowId
    token_hash: str
    scopes: frozenset[str]
    created_at: datetime


class OneTimePurpose(StrEnum):
    """What a one-time link is for."""

    SETUP = "setup"
    CONFIRM_EMAIL = "confirm_email"
    CHANGE_EMAIL = "change_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - the name of a purpose
    SECOND_STEP = "second_step"
    PASSKEY = "passkey"


@dataclass(frozen=True, slots=True)
class OneTimeToken:
    """A link that works once and until `expires_at`. Only its SHA-256 is kept.

    `email` is the address that a link confirms when it is not yet the user's own.
    """

    id: RowId
    purpose: OneTimePurpose
    token_hash: str
    user_id: RowId | None
    created_at: datetime
    expires_at: datetime
    email: str | None = None


@dataclass(frozen=True, slots=True)
class TotpSecret:
    """What makes the six digits of somebody's app (RFC 6238); asked for once it is confirmed.

    `last_step` is the number of the half minute whose code was used last: none is taken twice.
    """

    id: RowId
    user_id: RowId
    secret: str
    created_at: datetime
    confirmed_at: datetime | None = None
    last_step: int = 0


@dataclass(frozen=True, slots=True)
class RecoveryCode:
    """A code that stands for a lost telephone, once. Only its SHA-256 is kept."""

    id: RowId
    user_id: RowId
    code_hash: str


@dataclass(frozen=True, slots=True)
class Passkey:
    """A credential of WebAuthn: its id and its public key (COSE), both in base64url."""

    id: RowId
    user_id: RowId
    credential_id: str
    public_key: str
    sign_count: int
    name: str
    created_at: datetime
    last_used_at: datetime | None = None


class SignInWay(StrEnum):
    """What somebody proved at a log-in."""

    PASSWORD = "password"  # noqa: S105 - the name of a way
    TWO_FACTORS = "two_factors"
    RECOVERY_CODE = "recovery_code"
    PASSKEY = "passkey"


@dataclass(frozen=True, slots=True)
class SignIn:
    """A log-in that succeeded; `source` is its network as limits count it."""

    id: RowId
    user_id: RowId
    way: SignInWay
    address: str
    source: str
    user_agent: str
    created_at: datetime


# ---------------------------------------------------------------- data in and out


class ImportKind(StrEnum):
    """What is brought in: which list of Mastodon's CSV files, or the posts of an archive (B127)."""

    FOLLOWS = "following"
    BLOCKS = "blocking"
    MUTES = "muting"
    HOST_BLOCKS = "domain_blocking"
    BOOKMARKS = "bookmarks"
    LISTS = "lists"
    POSTS = "posts"


@dataclass(frozen=True, slots=True)
class Import:
    """A CSV file that somebody brought: carried out line by line, in jobs.

    `overwrites`: what is here and not in the file goes; done once, at its end.
    """

    id: RowId
    user_id: RowId
    kind: ImportKind
    overwrites: bool
    lines_total: int
    created_at: datetime
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ImportLine:
    """A line of an import, with its place in the file; `failure` says why nothing came of it."""

    id: RowId
    file_id: RowId
    number: int
    cells: tuple[str, ...]
    done_at: datetime | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class ImportedPost:
    """A post that its author brought along (B127): by which import, and what it was elsewhere."""

    id: RowId
    actor_id: RowId
    post_id: RowId
    import_id: RowId
    source_uri: str


@dataclass(frozen=True, slots=True)
class Archive:
    """All that somebody has here as one file, kept as blobs: the `blobs` parts of it in order."""

    id: RowId
    user_id: RowId
    name: str
    created_at: datetime
    items_done: int = 0
    items_total: int = 0
    blobs: int = 0
    size_bytes: int = 0
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Invite:
    """A link that lets `uses_max` people join until `expires_at` (None: no end)."""

    id: RowId
    code: str
    user_id: RowId
    uses: int
    uses_max: int
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


class RegistrationMode(StrEnum):
    """Who may sign up."""

    OPEN = "open"
    APPROVAL = "approval"
    INVITE = "invite"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Site:
    """What the owner says about this server; kept in a table because it changes while running."""

    name: str = "Kittiwake"
    description: str = ""
    registration: RegistrationMode | None = None
    is_set_up: bool = False
    contact_email: str = ""


@dataclass(frozen=True, slots=True)
class SiteRule:
    """A rule of this server; one that was removed stays for the reports that name it."""

    id: RowId
    text: str
    hint: str
    place: int
    created_at: datetime
    removed_at: datetime | None = None


class SiteTextKind(StrEnum):
    """What a text of who runs this server is about: the server, private data, what is agreed."""

    ABOUT = "about"
    PRIVACY = "privacy"
    TERMS = "terms"


@dataclass(frozen=True, slots=True)
class SiteText:
    """A text as it was published, plain with links; a newer one takes its place."""

    id: RowId
    kind: SiteTextKind
    source: str
    effective_at: datetime
    published_at: datetime


# ---------------------------------------------------------------- posts


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture, film or sound that belongs to a post. `description` is the alt text."""

    url: str
    media_type: str
    kind: str  # "image" | "video" | "audio" | "unknown"
    description: str = ""
    width: int | None = None
    height: int | None = None
    blurhash: str | None = None
    focal_point: tuple[float, float] | None = None
    duration_s: float | None = None
    is_sensitive: bool = False
    size_bytes: int | None = None
    digest: str | None = None  # FEP-1311: multibase
    preview_url: str | None = None
    media_id: RowId | None = None  # of a file of ours


class MediaState(StrEnum):
    """How far the file is that somebody uploaded for a post."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Media:
    """A file that somebody uploaded for a post; `post_id` is None until it belongs to one.

    `original` is the name of the file as it came, until it is prepared. `error` says to people why
    it could not be.
    """

    id: RowId
    actor_id: RowId
    state: MediaState
    kind: str
    media_type: str
    created_at: datetime
    post_id: RowId | None = None
    original: str | None = None
    url: str | None = None
    preview_url: str | None = None
    description: str = ""
    focal_point: tuple[float, float] | None = None
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    blurhash: str | None = None
    fingerprint: str | None = None
    size_bytes: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class BlockedPicture:
    """A picture that nobody may upload, in any size or encoding: its `fingerprint` (MO-11)."""

    id: RowId
    fingerprint: str
    created_at: datetime


class RemoteFileState(StrEnum):
    """`COMING`: it is being written; `GOING`: it is being removed, and shown no more."""

    COMING = "coming"
    READY = "ready"
    GOING = "going"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of another server of which we keep a copy, or failed to get one.

    `key` is made of its address. `used_at` is true to the hour. What failed is not asked for again
    before `again_at`. `still_name` is what stands for a picture that moves; `size_bytes` of both.
    Until `leased_until` something of it is being written, and only who writes it may remove it.
    """

    id: RowId
    key: str
    host: str
    state: RemoteFileState
    fetched_at: datetime
    used_at: datetime
    name: str = ""
    media_type: str = ""
    size_bytes: int = 0
    failures: int = 0
    again_at: datetime | None = None
    still_name: str = ""
    leased_until: datetime | None = None


class CardState(StrEnum):
    """Whether we know already what a page says about itself."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Card:
    """What a page that posts link to says about itself: a link preview. `key` is made of `url`.

    `author_id` is whom the page names by `fediverse:creator`, if we know the person.
    """

    id: RowId
    key: str
    url: str
    state: CardState
    asked_at: datetime
    expires_at: datetime
    kind: str = "link"
    title: str = ""
    description: str = ""
    language: str = ""
    author_name: str = ""
    author_url: str = ""
    author_id: RowId | None = None
    provider_name: str = ""
    provider_url: str = ""
    image_url: str | None = None
    image_alt: str = ""
    width: int | None = None
    height: int | None = None
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PollOption:
    """One answer of a poll and how often it was chosen."""

    text: str
    votes: int


@dataclass(frozen=True, slots=True)
class Poll:
    """The poll of a Question. It is over when `ends_at` says so (consequence 12).

    `hides_totals`: until then only its author knows how it stands. `is_closed`: that it is over was
    told to everybody.
    """

    options: tuple[PollOption, ...]
    is_multiple: bool
    ends_at: datetime | None
    voters: int | None
    hides_totals: bool = False
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class PollVote:
    """One answer that somebody chose; `choice` is its place among the options, from 0."""

    id: RowId
    post_id: RowId
    actor_id: RowId
    choice: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji that somebody put under a post; `emoji_url` is the picture of a custom one.

    `content` is the emoji itself, or `:name:`, with the host behind the name of one from elsewhere.
    """

    id: RowId
    actor_id: RowId
    post_id: RowId
    content: str
    emoji_url: str | None
    uri: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ReactionCount:
    """How many put the same emoji under a post."""

    content: str
    number: int
    emoji_url: str | None = None


@dataclass(frozen=True, slots=True)
class CustomEmoji:
    """An emoji of this server, which its people write as `:shortcode:`."""

    shortcode: str
    url: str
    media_type: str
    created_at: datetime
    category: str = ""


@dataclass(frozen=True, slots=True)
class LinkCard:
    """A page that a post is about, as its author, or that page, describes it."""

    url: str
    title: str
    description: str = ""
    image_url: str | None = None
    image_alt: str = ""
    width: int | None = None
    height: int | None = None
    language: str = ""
    author_name: str = ""
    author_url: str = ""
    author_id: RowId | None = None
    provider_name: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wording:
    """A post in one of its languages."""

    language: str
    content: SafeHtml
    summary: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class PostDetails:
    """What few posts have: `preview` stands for a long text in feeds, a happening has a time.

    `wordings` are all languages of a post that has several; `origin` is the host that its author
    brought it along from (B127).
    """

    preview: SafeHtml = SafeHtml("")
    links: tuple[LinkCard, ...] = ()
    wordings: tuple[Wording, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    place: str = ""
    place_url: str | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Application:
    """The app that a post was written with, as it called itself then."""

    name: str
    website: str | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody named in a post. `actor_id` is None while we do not know the actor."""

    uri: ActorUri
    handle: str  # "alice" (local) or "alice@host", without a leading @
    actor_id: RowId | None = None
    is_blind: bool = False  # gets the post, and nobody else is told (bto, bcc)
    is_silent: bool = False  # is addressed as one of many, and not named: no tag, no notification


@dataclass(frozen=True, slots=True)
class Held:
    """What is not shown yet, or no more: as which the post will stand when it is let in."""

    visibility: Visibility
    mentions: tuple[Mention, ...] = ()


class QuoteState(StrEnum):
    """Whether a post may show what it quotes; `PENDING`: whose it is has not agreed yet."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Post:
    """What somebody said, here or elsewhere.

    `content` is cleaned markup, `source` the text a local author typed (`source_type` says how),
    `summary` the content warning as plain text, `title` the name of an Article and its like.
    `hashtags` are folded (NFKC, case-folded) without `#`. `audience` is the id of the group it was
    posted to (FEP-1b12).
    A deleted post keeps only its ids (`deleted_at` is set).

    An answer that waits for approval, or was hidden by who is answered, is `held`: meanwhile it is
    a direct post that names nobody. `approval_uri` is the stamp of an answer, `quote_approval_uri`
    that of a quote.
    """

    id: RowId
    uri: str
    actor_id: RowId
    visibility: Visibility
    created_at: datetime
    content: SafeHtml = SafeHtml("")
    source: str = ""
    summary: str = ""
    title: str = ""
    kind: str = "Note"  # the ActivityStreams type
    is_sensitive: bool = False
    language: str | None = None
    url: str | None = None
    is_local: bool = False
    in_reply_to_uri: str | None = None
    in_reply_to_id: RowId | None = None
    in_reply_to_actor_id: RowId | None = None
    conversation: str | None = None
    audience: str | None = None
    attachments: tuple[Attachment, ...] = ()
    mentions: tuple[Mention, ...] = ()
    hashtags: tuple[str, ...] = ()
    emojis: tuple[Emoji, ...] = ()
    poll: Poll | None = None
    details: PostDetails | None = None
    # Counted from the rows by each who adds or removes one, while it holds the row.
    reactions: tuple[ReactionCount, ...] = ()
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    replies_url: str | None = None  # the collection of answers, at the post's own server
    context_uri: str | None = None  # FEP-7888: what the post says it belongs to
    policy: Policy | None = None
    held: Held | None = None
    approval_uri: str | None = None
    quote_uri: str | None = None
    quote_id: RowId | None = None
    quote_state: QuoteState | None = None
    quote_approval_uri: str | None = None
    source_type: SourceType = SourceType.PLAIN
    application: Application | None = None
    in_bubble: bool | None = None  # its server was in the bubble when it arrived (B69)
    # Raised by every write of the row (`storage/rows.py`). What it says is compared without it.
    version: int = field(default=0, compare=False)

    @property
    def named(self) -> tuple[Mention, ...]:
        """The mentions that everybody may know of who may see the post."""
        return tuple(each for each in self.mentions if not (each.is_blind or each.is_silent))

    @property
    def is_for_some(self) -> bool:
        """Whether it is for some followers of its author, chosen for this post (B37)."""
        return any(mention.is_silent for mention in self.mentions)

    @property
    def addressed(self) -> tuple[Mention, ...]:
        """Those and the silent ones: whom servers are told that it is for."""
        return tuple(mention for mention in self.mentions if not mention.is_blind)


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is known of a conversation that was looked for elsewhere; `uri` as in its posts.

    `post_id` is where somebody opened it. While it is looked for, `ended_at` is None; before
    `again_at` nobody looks again. `asked` counts the requests to each host, `silent_hosts` did not
    answer. `replies_here`: those that everybody may see, when it was looked for.
    """

    id: RowId
    uri: str
    post_id: RowId
    begun_at: datetime
    again_at: datetime
    ended_at: datetime | None = None
    replies_here: int = 0
    asked: dict[str, int] = field(default_factory=dict)
    silent_hosts: tuple[str, ...] = ()


class FindKind(StrEnum):
    """What an address that was found in a conversation leads to."""

    POST = "post"
    REPLIES = "replies"
    CONTEXT = "context"


class FindState(StrEnum):
    """Whether something found was read; all but the first are the end of it."""

    WAITING = "waiting"
    READ = "read"
    GONE = "gone"  # deleted, or no part of the conversation
    CLOSED = "closed"  # not shown to us
    SILENT = "silent"  # its host did not answer
    LEFT = "left"  # there was too much


@dataclass(frozen=True, slots=True)
class ConversationFind:
    """An address found in a conversation; `depth` says how far from where it was opened.

    `signer_id` is a follower here of who wrote for followers alone, and signs the request (E84).
    """

    id: RowId
    conversation_id: RowId
    uri: str
    kind: FindKind
    host: str
    depth: int
    state: FindState = FindState.WAITING
    signer_id: RowId | None = None


@dataclass(frozen=True, slots=True)
class MutedThread:
    """`actor_id` is told nothing about the conversation that a post belongs to."""

    id: RowId
    actor_id: RowId
    post_id: RowId
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Revision:
    """How a post read before it was edited."""

    id: RowId
    post_id: RowId
    content: SafeHtml
    source: str
    summary: str
    is_sensitive: bool
    attachments: tuple[Attachment, ...]
    created_at: datetime


class InteractionKind(StrEnum):
    """What an actor can do to a post that is counted or listed."""

    LIKE = "like"
    BOOST = "boost"
    BOOKMARK = "bookmark"
    PIN = "pin"


@dataclass(frozen=True, slots=True)
class Interaction:
    """A like, boost, bookmark or pin; at most one of a kind per actor and post.

    `uri` is the id of the Like or Announce activity; empty for bookmarks and pins.
    """

    id: RowId
    kind: InteractionKind
    actor_id: RowId
    post_id: RowId
    uri: str
    created_at: datetime
    visibility: Visibility | None = None  # of a boost; None: public


class RequestState(StrEnum):
    """What the author of a post answered to somebody who wants to do something to it."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class InteractionRequest:
    """`actor_id` wants to do something to a post of `owner_id`; accepted, it is the stamp.

    `object_uri` is the answer, the quote, the Like or the Announce; `request_uri` the activity that
    asked, '' where nobody asked. `stamp_uri` is where the approval is to be had.
    """

    id: RowId
    act: Act
    post_id: RowId
    owner_id: RowId
    actor_id: RowId
    object_uri: str
    request_uri: str
    state: RequestState
    created_at: datetime
    stamp_uri: str | None = None


@dataclass(frozen=True, slots=True)
class PostCounts:
    """Counted from rows."""

    replies: int = 0
    likes: int = 0
    boosts: int = 0


@dataclass(frozen=True, slots=True)
class ViewerFlags:
    """What one viewer did to one post."""

    liked: bool = False
    boosted: bool = False
    bookmarked: bool = False
    pinned: bool = False


# ---------------------------------------------------------------- relations


class FollowState(StrEnum):
    """`REQUESTED` waits for Accept; only `ACCEPTED` counts and gives rights."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Follow:
    """`follower_id` follows, or asks to follow, `followed_id`; `uri` is the Follow's id.

    How it is meant (B31), which nobody else is told: with boosts or without, with a notification of
    each post, and posts in some languages only; empty: in all.
    """

    id: RowId
    follower_id: RowId
    followed_id: RowId
    state: FollowState
    uri: str
    created_at: datetime
    shows_boosts: bool = True
    notifies: bool = False
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """`actor_id` blocks `target_id`; `uri` is the Block activity's id."""

    id: RowId
    actor_id: RowId
    target_id: RowId
    uri: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Mute:
    """`actor_id` does not want to read `target_id`, until `expires_at` (None: no end)."""

    id: RowId
    actor_id: RowId
    target_id: RowId
    hides_notifications: bool
    created_at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Relationship:
    """How `viewer` stands to `target`; all from the viewer's side."""

    following: bool = False
    requested: bool = False
    followed_by: bool = False
    requested_by: bool = False
    blocking: bool = False
    blocked_by: bool = False
    muting: bool = False
    blocking_host: bool = False


@dataclass(frozen=True, slots=True)
class RelationshipDetails:
    """What `viewer` keeps about `target` besides: how a follow and a mute are meant, a note."""

    shows_boosts: bool = False
    notifies: bool = False
    languages: tuple[str, ...] = ()
    mutes_notifications: bool = False
    mute_ends_at: datetime | None = None
    is_endorsed: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class HostBlock:
    """`actor_id` wants to meet nobody of this host, whatever the operator thinks of it (B90)."""

    id: RowId
    actor_id: RowId
    host: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PrivateNote:
    """What `actor_id` remembers about `target_id`; nobody else reads it."""

    id: RowId
    actor_id: RowId
    target_id: RowId
    words: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Endorsement:
    """`actor_id` shows `target_id` on the own profile."""

    id: RowId
    actor_id: RowId
    target_id: RowId
    created_at: datetime


@dataclass(frozen=True, slots=True)
class FeaturedHashtag:
    """A hashtag that `actor_id` shows on the profile: `name` folded, `shown_name` as typed."""

    id: RowId
    actor_id: RowId
    name: str
    shown_name: str
    created_at: datetime


# ---------------------------------------------------------------- between servers


class ReportCategory(StrEnum):
    """What a report is about, in the words that other servers use too."""

    SPAM = "spam"
    LEGAL = "legal"
    VIOLATION = "violation"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Report:
    """`actor_id` says that something is wrong with `target_id`, and posts and packs of theirs.

    Reports of other servers come from an actor that speaks for the server. `comment` is plain text
    of who reports, `note` of the moderators. Open while `resolved_at` is None.
    """

    id: RowId
    actor_id: RowId
    target_id: RowId
    post_ids: tuple[RowId, ...]
    category: ReportCategory
    comment: str
    is_forwarded: bool
    created_at: datetime
    note: str = ""
    resolved_at: datetime | None = None
    resolved_by_id: RowId | None = None
    rule_ids: tuple[RowId, ...] = ()
    pack_ids: tuple[RowId, ...] = ()


class StrikeAction(StrEnum):
    """What moderators did to somebody here, in the words of the client API."""

    WARN = "none"
    DISABLE = "disable"
    SENSITIVE = "sensitive"
    SILENCE = "silence"
    SUSPEND = "suspend"


class AppealState(StrEnum):
    """What became of an appeal."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Strike:
    """What moderators did to `target_id`, who lives here, and why; with the one appeal against it.

    `by_id` is None for who did it from the command line. What was taken back has `lifted_at`.
    """

    id: RowId
    target_id: RowId
    action: StrikeAction
    text: str
    created_at: datetime
    by_id: RowId | None = None
    report_id: RowId | None = None
    lifted_at: datetime | None = None
    appeal: str = ""
    appeal_state: AppealState | None = None
    appealed_at: datetime | None = None
    answered_at: datetime | None = None


class RelayKind(StrEnum):
    """Mastodon's relays are followed as "Public" at an inbox, LitePub's as the actor they are."""

    MASTODON = "mastodon"
    LITEPUB = "litepub"


class RelayState(StrEnum):
    """Only with those that `ACCEPTED` posts are exchanged."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Relay:
    """A server that passes public posts on, both ways; `actor_id` when we know who it is."""

    id: RowId
    kind: RelayKind
    inbox_url: str
    actor_id: RowId | None
    state: RelayState
    follow_uri: str
    created_at: datetime


# ---------------------------------------------------------------- as a viewer meets it

# How the viewer stands to somebody, as bits of `standing`. `FOLLOWS` is told of authors of posts
# for followers alone: it opens those, and nothing else. `PASSES_OVER`: follows, but without boosts,
# or not in this language (B31).
FOLLOWS, BLOCKS, BLOCKED_BY, MUTES, PASSES_OVER = 1, 2, 4, 8, 16
POST_WEIGHT = 2**32
"""Weighs the version of a post in a stamp: people who come and go must not make up for it."""

# What the viewer may do to a post by somebody else, as bits of `power`: who is answered may hide it
# for everybody, who is quoted may take the quote out.
MAY_HIDE, MAY_UNQUOTE = 1, 2

# How the viewer stands to a post that has a policy, as bits of `closeness`.
IS_FOLLOWER, IS_FOLLOWED, IS_NAMED = 1, 2, 4

# What the viewer did to a post, as bits of `done`.
LIKED, BOOSTED, BOOKMARKED, PINNED = 1, 2, 4, 8


class Twig(NamedTuple):
    """A post's place in a thread, without its words."""

    id: RowId
    in_reply_to_id: RowId | None
    in_reply_to_uri: str | None
    visibility: str
    is_deleted: bool
    is_local: bool


class Sight(NamedTuple):
    """A post as one viewer meets it. A tuple, because a page makes many of them in no time.

    `stamp` adds up the versions of all rows that its words are made of: the post, times
    `POST_WEIGHT`, its author, who is answered, who is named. Versions only rise. Who is answered or
    named is part of the post: so with an equal version of the post it is the same people, and with
    an equal sum of theirs the same rows.
    """

    id: RowId
    author_id: RowId
    visibility: str
    is_deleted: bool
    author_is_live: bool
    is_named: bool
    stamp: int
    replies: int
    likes: int
    boosts: int
    done: int
    standing: int
    voted: int = 0
    """The answers that the viewer chose in its poll, as bits."""
    reacted: str = ""
    """The emoji that the viewer put under it."""
    quote_id: RowId | None = None
    quote_stamp: int | None = None
    """The versions of what it quotes and of its author; None where that is not shown to them."""
    power: int = 0
    policy: str = ""
    """What its author lets others do, as JSON, '' where nothing is said; `closeness` judges it."""
    closeness: int = 0

    @property
    def counts(self) -> PostCounts:
        """The three counts."""
        return PostCounts(self.replies, self.likes, self.boosts)

    @property
    def flags(self) -> ViewerFlags:
        """What the viewer did to the post."""
        done = self.done
        return ViewerFlags(
            liked=bool(done & LIKED),
            boosted=bool(done & BOOSTED),
            bookmarked=bool(done & BOOKMARKED),
            pinned=bool(done & PINNED),
        )


class Person(NamedTuple):
    """Somebody as one viewer meets them."""

    id: RowId
    version: int
    is_live: bool
    standing: int


# ---------------------------------------------------------------- feeds


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """A post in a feed; `booster_id` says who boosted it in. Newest `id` first.

    `owner_id` names the feed: a local actor for the home feed, a list, or a `PulledSource`.
    """

    id: RowId
    owner_id: RowId
    post_id: RowId
    author_id: RowId
    booster_id: RowId | None = None


@dataclass(frozen=True, slots=True)
class PulledSource:
    """An actor, or a hashtag, whom too many follow here to push to each of them.

    What it brings stands once, in a feed of its own with this `id`, and readers merge it into
    theirs. When it `is_pulled` no more, that feed gets nothing new and is read on.
    """

    id: RowId
    actor_id: RowId | None
    hashtag: str | None
    is_pulled: bool


class RepliesPolicy(StrEnum):
    """Answers by members that a list shows: to whom its owner follows, to members, or none.

    Answers to oneself and to the owner are always shown.
    """

    FOLLOWED = "followed"
    LIST = "list"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PersonList:
    """A feed of some of those whom `actor_id` follows; only its owner knows of it.

    Who is in one that `is_exclusive` is read there and not at home.
    """

    id: RowId
    actor_id: RowId
    title: str
    replies_policy: RepliesPolicy
    created_at: datetime
    is_exclusive: bool = False


@dataclass(frozen=True, slots=True)
class ListMember:
    """`actor_id` is in a list."""

    id: RowId
    list_id: RowId
    actor_id: RowId


@dataclass(frozen=True, slots=True)
class CustomFeed:
    """A feed of what any of some searches finds; only its owner knows of it."""

    id: RowId
    actor_id: RowId
    title: str
    searches: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TimelineMarker:
    """How far somebody has read a timeline, for all their apps; `changes` counts how often moved.

    `last_read_id` is what an app said: the id of a status or of a notification.
    """

    id: RowId
    actor_id: RowId
    timeline: str
    last_read_id: RowId
    changes: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PrivateThread:
    """A conversation of direct posts as one of those in it keeps it; `uri` as in its posts.

    Up to `read_id` it was read, up to `hidden_id` it was removed from the list.
    """

    id: RowId
    actor_id: RowId
    uri: str
    read_id: RowId
    hidden_id: RowId


@dataclass(frozen=True, slots=True)
class ScheduledPost:
    """What somebody wants to say at `due_at`; `draft` is what the app sent, checked."""

    id: RowId
    actor_id: RowId
    due_at: datetime
    draft: dict[str, object]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A post that somebody has not finished; `reason`: why it was not posted when it was time."""

    id: RowId
    actor_id: RowId
    draft: dict[str, object]
    created_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Cleanup:
    """Somebody's posts go when they are `after_days` old, but for those that are kept.

    `keeps_liked` and `keeps_saved`: liked or saved by who wrote them. Posts with at least so many
    likes or boosts stay. `due_at` is when it is looked at next.
    """

    id: RowId
    actor_id: RowId
    due_at: datetime
    is_on: bool = False
    after_days: int = 14
    keeps_pinned: bool = True
    keeps_files: bool = False
    keeps_polls: bool = False
    keeps_direct: bool = True
    keeps_liked: bool = True
    keeps_saved: bool = True
    likes_min: int | None = None
    boosts_min: int | None = None


@dataclass(frozen=True, slots=True)
class RepeatKey:
    """What an app named a post that it sends, so that sending it twice makes one (`made_id`)."""

    id: RowId
    actor_id: RowId
    key: str
    made_id: RowId
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StarterPack:
    """People whom `actor_id` recommends together; one not discoverable is found by its address."""

    id: RowId
    actor_id: RowId
    name: str
    description: str
    language: str | None
    hashtag: str | None
    is_sensitive: bool
    is_discoverable: bool
    created_at: datetime
    changed_at: datetime


class MembershipState(StrEnum):
    """Whether somebody is shown in a pack; who left it cannot be put into it again."""

    ACCEPTED = "accepted"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class StarterPackMember:
    """`actor_id` is recommended in a pack, or was."""

    id: RowId
    pack_id: RowId
    actor_id: RowId
    state: MembershipState
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MonthInNumbers:
    """What somebody did in a month, from 1 to 12."""

    month: int
    posts: int
    following: int
    followers: int


@dataclass(frozen=True, slots=True)
class HashtagCount:
    """How often a hashtag was used."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class YearInNumbers:
    """What somebody did in a year; the ids are those of the posts with most of a kind."""

    archetype: str
    own: int
    answers: int
    boosts: int
    months: tuple[MonthInNumbers, ...]
    hashtags: tuple[HashtagCount, ...]
    most_boosted: RowId | None = None
    most_liked: RowId | None = None
    most_answered: RowId | None = None


@dataclass(frozen=True, slots=True)
class AnnualReport:
    """The year of `actor_id`; without `data` while it is made."""

    id: RowId
    actor_id: RowId
    year: int
    created_at: datetime
    data: YearInNumbers | None = None
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FollowedHashtag:
    """`actor_id` reads public posts with this hashtag at home; `name` is folded, without `#`."""

    id: RowId
    actor_id: RowId
    name: str
    created_at: datetime


class NotificationKind(StrEnum):
    """Why somebody is told."""

    MENTION = "mention"
    REPLY = "reply"
    FOLLOW = "follow"
    FOLLOW_REQUEST = "follow_request"
    LIKE = "like"
    BOOST = "boost"
    EDIT = "edit"
    QUOTE = "quote"
    APPROVAL = "approval"
    REACTION = "reaction"
    POLL = "poll"
    MOVE = "move"
    REPORT = "report"
    STATUS = "status"
    QUOTED_EDIT = "quoted_edit"
    SIGN_UP = "sign_up"
    SEVERED = "severed"
    WARNING = "warning"
    UNSENT = "unsent"
    IN_PACK = "in_pack"
    PACK_CHANGED = "pack_changed"


@dataclass(frozen=True, slots=True)
class NotificationDetails:
    """What a notification says beside who and which post: of few kinds alone.

    `SEVERED`: the `host` that was shut out, and how many follows ended; `is_own`: by its owner,
    not by this server. `WARNING`: the `action` that moderators took, and its strike. `REPORT`:
    which one. `IN_PACK`, `PACK_CHANGED`: which one, and its name. `UNSENT`: the draft.
    """

    report_id: RowId | None = None
    collection_id: RowId | None = None
    draft_id: RowId | None = None
    strike_id: RowId | None = None
    host: str = ""
    followers: int = 0
    following: int = 0
    action: str = ""
    text: str = ""
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Notification:
    """`actor_id` did something that concerns `owner_id`; unread while above the read marker.

    `is_filtered`: the owner's policy holds it back, until they let its actor through.
    """

    id: RowId
    owner_id: RowId
    kind: NotificationKind
    actor_id: RowId
    post_id: RowId | None
    created_at: datetime
    is_filtered: bool = False
    details: NotificationDetails | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which notifications are meant; those that a policy holds back only with `with_filtered`."""

    kinds: tuple[NotificationKind, ...] | None = None
    actor_id: RowId | None = None
    post_id: RowId | None = None
    first_id: int | None = None
    last_id: int | None = None
    with_filtered: bool = False


class PolicyAction(StrEnum):
    """What becomes of a notification: told, held back, or not even written."""

    ACCEPT = "accept"
    FILTER = "filter"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class NotificationPolicy:
    """From whom `owner_id` wants to hear, and what becomes of the rest."""

    owner_id: RowId
    for_not_following: PolicyAction = PolicyAction.ACCEPT
    for_not_followers: PolicyAction = PolicyAction.ACCEPT
    for_new_accounts: PolicyAction = PolicyAction.ACCEPT
    for_private_mentions: PolicyAction = PolicyAction.FILTER
    for_limited_accounts: PolicyAction = PolicyAction.FILTER


class Teller(NamedTuple):
    """Who wants to be heard, as the owner of the notifications stands to them."""

    known_since: datetime
    is_silenced: bool
    is_followed: bool
    follows_since: datetime | None
    is_permitted: bool
    is_private: bool
    """What they tell of is a direct post."""


@dataclass(frozen=True, slots=True)
class NotificationPermission:
    """`owner_id` hears from `actor_id` whatever their policy says."""

    id: RowId
    owner_id: RowId
    actor_id: RowId
    created_at: datetime


# ---------------------------------------------------------------- filters


class FilterContext(StrEnum):
    """Where a filter holds."""

    HOME = "home"
    NOTIFICATIONS = "notifications"
    PUBLIC = "public"
    THREAD = "thread"
    ACCOUNT = "account"


class FilterAction(StrEnum):
    """What becomes of a post that a filter matches; `BLUR` covers its pictures alone."""

    WARN = "warn"
    HIDE = "hide"
    BLUR = "blur"


@dataclass(frozen=True, slots=True)
class FilterKeyword:
    """A word or phrase of a filter; the client API knows it by its own id."""

    id: RowId
    keyword: str
    is_whole_word: bool


@dataclass(frozen=True, slots=True)
class FilteredPost:
    """A single post that a filter is for; the client API knows it by its own id."""

    id: RowId
    post_id: RowId


@dataclass(frozen=True, slots=True)
class Filter:
    """Posts that `owner_id` does not want to meet as they are; for ever if `expires_at` is None."""

    id: RowId
    owner_id: RowId
    title: str
    contexts: tuple[FilterContext, ...]
    action: FilterAction
    created_at: datetime
    keywords: tuple[FilterKeyword, ...] = ()
    posts: tuple[FilteredPost, ...] = ()
    expires_at: datetime | None = None


# ---------------------------------------------------------------- announcements


@dataclass(frozen=True, slots=True)
class Announcement:
    """What those who run the server tell everybody on it: typed text, about some time or none.

    Nobody is told before `created_at`, which is later than the row of one that was scheduled.
    """

    id: RowId
    text: str
    created_at: datetime
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_all_day: bool = False


@dataclass(frozen=True, slots=True)
class AnnouncementRead:
    """`actor_id` has read an announcement."""

    id: RowId
    announcement_id: RowId
    actor_id: RowId


@dataclass(frozen=True, slots=True)
class AnnouncementReaction:
    """`actor_id` put an emoji, or the shortcode of one of this server's, under an announcement."""

    id: RowId
    announcement_id: RowId
    actor_id: RowId
    name: str


@dataclass(frozen=True, slots=True)
class Page:
    """A keyset page: at most `limit` rows with `since_id < id < max_id`, newest first.

    With `min_id` the rows *just above* it are meant (still answered newest first).
    """

    limit: int = 20
    max_id: int | None = None
    since_id: int | None = None
    min_id: int | None = None


# ---------------------------------------------------------------- federation's memory


@dataclass(frozen=True, slots=True)
class OutgoingActivity:
    """An activity of a local actor as it was sent; `document` is JSON text, without signature.

    `post_id` is the post that it makes, changes, boosts or deletes.
    """

    id: RowId
    uri: str
    actor_id: RowId
    kind: str
    document: str
    is_public: bool
    created_at: datetime
    post_id: RowId | None = None


class DeliveryState(StrEnum):
    """How a delivery stands: the first two are the end of it, the others may still change."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    WAITING = "waiting"
    HELD = "held"
    PARKED = "parked"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one delivery; `inbox` and `reason` are kept of those that were refused."""

    id: RowId
    activity_id: RowId
    host: str
    state: DeliveryState
    settled_at: datetime
    attempts: int
    inbox: str | None = None
    reason: str = ""


class ReceiptOutcome(StrEnum):
    """What became of an activity. `HELD` waits for a moderator.

    `TURNED_AWAY` was not let in: nobody proved that it is of the actor it names.
    """

    WAITING = "waiting"
    DONE = "done"
    IGNORED = "ignored"
    REFUSED = "refused"
    RECORDED = "recorded"
    FAILED = "failed"
    HELD = "held"
    TURNED_AWAY = "turned away"


@dataclass(frozen=True, slots=True)
class Receipt:
    """We have seen this activity. `document` is JSON text; `key` is unique (id, or a digest)."""

    id: RowId
    key: str
    activity_uri: str
    actor_uri: str
    kind: str
    document: str
    received_at: datetime
    outcome: ReceiptOutcome = ReceiptOutcome.WAITING
    reason: str = ""
    processed_at: datetime | None = None


class HostSeverity(StrEnum):
    """How far a host is kept away. `SILENCE`: its people are met by those who follow them."""

    ALLOW = "allow"
    SILENCE = "silence"
    SUSPEND = "suspend"


@dataclass(frozen=True, slots=True)
class HostRule:
    """What the operator decided about a host, in canonical form, and its sub-domains.

    `comment` is for the operators, `public_comment` for everybody; `obfuscates` hides the name
    where rules are published.
    """

    host: str
    severity: HostSeverity
    created_at: datetime
    changed_at: datetime
    rejects_media: bool = False
    rejects_reports: bool = False
    comment: str = ""
    public_comment: str = ""
    obfuscates: bool = False


class ContentKind(StrEnum):
    """What a rule about contents looks at: words of a text, the host of a link, a hashtag."""

    WORD = "word"
    LINK = "link"
    HASHTAG = "hashtag"


class ContentAction(StrEnum):
    """What a rule does: refuse, keep for a moderator, or hide behind a warning."""

    REJECT = "reject"
    HOLD = "hold"
    SENSITIVE = "sensitive"


@dataclass(frozen=True, slots=True)
class ContentRule:
    """What is done with what other servers send, when it holds `pattern`."""

    id: RowId
    kind: ContentKind
    pattern: str
    action: ContentAction
    created_at: datetime
    only_strangers: bool = False
    comment: str = ""


class AuditKind(StrEnum):
    """What an act of those who run the server was about."""

    HOST = "host"
    RULE = "rule"
    HELD = "held"
    REPORT = "report"
    RELAY = "relay"
    SIGN_UP = "sign-up"
    INVITE = "invite"
    EMOJI = "emoji"
    PICTURE = "picture"
    SERVER = "server"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who of those who run the server did what, and when (MO-10); nothing removes one.

    `actor_name` stays when the account is gone; without an `actor_id` it was the command line.
    """

    id: RowId
    actor_id: RowId | None
    actor_name: str
    kind: AuditKind
    target: str
    words: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SeveredFollow:
    """A follow that ended because a host was suspended, with all that it takes to restore it.

    Or because `blocker_id` does not want to meet that host: then it is not restored (B90).
    """

    id: RowId
    follower_id: RowId
    followed_id: RowId
    uri: str
    state: FollowState
    created_at: datetime
    severed_at: datetime
    blocker_id: RowId | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """What we know of another server; `name` is host[:port] in canonical form.

    `signature_scheme` is the one that worked last ("rfc9421" | "cavage", None: not known);
    `content_type` is set when the server insisted on another one than our first choice.
    While deliveries fail, `failing_since` is set; held ones are tried at `next_try_at`. The host is
    parked since `given_up_at`: nothing is tried until we hear from it.
    """

    name: str
    first_seen_at: datetime
    signature_scheme: str | None = None
    content_type: str | None = None
    software: str | None = None
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_error: str = ""
    failures: int = 0
    failing_since: datetime | None = None
    next_try_at: datetime | None = None
    given_up_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A durable unit of work; `payload` is small JSON (ids, never objects).

    Jobs with the same `order_key` run one after the other, in the order of their ids, or of their
    `turn` where they have one; those with the same turn may run at the same time. A waiting job
    with the same `unique_key` is not enqueued twice. `activity_id` is what a delivery carries.
    """

    id: RowId
    kind: str
    payload: dict[str, object]
    due_at: datetime
    attempts: int
    created_at: datetime
    order_key: str | None = None
    unique_key: str | None = None
    host: str | None = None
    last_error: str = ""
    turn: int | None = None
    activity_id: RowId | None = None
