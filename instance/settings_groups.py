"""The groups of `Settings`: fields with their defaults, units and a line of documentation each."""

# ruff: noqa: RUF009 - `setting()` is called in class bodies because it makes a dataclass field

from collections.abc import Collection
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from typing import TypeVar

T = TypeVar("T")
Networks = tuple[IPv4Network | IPv6Network, ...]
Hosts = tuple[str, ...]
REGISTRATION_MODES = ("", "open", "approval", "invite", "closed")
POSTGRES_SCHEMES = ("postgres://", "postgresql://")
MAIL_SECURITIES = ("starttls", "tls", "none")


def setting(
    default: T,
    help_text: str,
    *,
    choices: Collection[str] = (),
    least: float = 1,
    secret: bool = False,
) -> T:
    """Make a field with a line of documentation; numbers below `least` are refused."""
    metadata = {"help": help_text, "choices": tuple(choices), "least": least, "secret": secret}
    # At run time this is a dataclass `Field`; mypy takes it for the default that it stands for.
    made: T = field(default=default, repr=not secret, metadata=metadata)
    return made


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """Where rows live."""

    url: str = setting(
        "",
        "Database: empty for `DATA_DIR/kittiwake.sqlite3`, else `postgres://USER:PASSWORD@HOST/NAME`.",
        secret=True,
    )
    pool_connections_max: int = setting(10, "Connections to PostgreSQL that are kept open.")
    replica_url: str = setting(
        "",
        "A streaming replica of that PostgreSQL, which reads for pages; empty: none.",
        secret=True,
    )

    @property
    def is_postgres(self) -> bool:
        """Whether the database is one that several processes may use."""
        return self.url.startswith(POSTGRES_SCHEMES)


@dataclass(frozen=True, slots=True)
class CacheSettings:
    """Where answers are kept that could be made again."""

    url: str = setting(
        "", "Redis or Valkey (`redis://HOST:6379/0`); empty for our own memory.", secret=True
    )


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """Where files of people are kept."""

    url: str = setting(
        "", "A bucket of an S3-compatible store, `s3://BUCKET/FOLDER`; empty: `DATA_DIR/media`."
    )
    endpoint: str = setting(
        "", "Address of that store, such as `https://s3.example.org`; empty: that of Amazon."
    )
    region: str = setting("us-east-1", "Region of the bucket; many stores take any.")
    access_key: str = setting("", "Name of the key to that store.")
    secret_key: str = setting("", "The secret that belongs to it.", secret=True)
    public_url: str = setting(
        "", "Where browsers find the files of the bucket; empty: we pass them on."
    )
    remote_budget_bytes: int = setting(
        5 * 1024**3,
        "Room for copies of files of other servers; it is never exceeded, what was not used for "
        "the longest time goes first.",
        least=16 * 1024**2,
    )
    remote_file_bytes_max: int = setting(
        40 * 1024**2, "Largest file of another server that is copied.", least=1024
    )
    film_bytes_max: int = setting(
        40 * 1024**2, "Largest film or sound that people may upload.", least=1024
    )
    ffmpeg: str = setting(
        "ffmpeg",
        "The program that prepares films and sounds, as a name on the PATH or a whole path; where "
        "there is none, people may upload pictures alone.",
    )


@dataclass(frozen=True, slots=True)
class PrivacySettings:
    """What those are kept from whom it is not for."""

    files_key: str = setting(
        "",
        "A secret of 32 letters or more that seals the addresses of files whose post is not for "
        "everybody: they end after a week; empty: they hold as long as the post, see "
        "operations.md. Another secret ends all addresses at once.",
        secret=True,
    )


@dataclass(frozen=True, slots=True)
class RegistrationSettings:
    """Who may join."""

    mode: str = setting(
        "",
        "Who may sign up; empty: as the owner chose in the pages (before: nobody).",
        choices=REGISTRATION_MODES,
    )
    confirm_email: bool = setting(
        default=False,
        help_text="Ask for an e-mail address and send a link to it before one may log in.",
    )
    invites_by: str = setting(
        "admins",
        "Who may invite people, who then need no approval.",
        choices=("admins", "moderators", "everyone"),
    )


@dataclass(frozen=True, slots=True)
class FederationSettings:
    """How we speak with other servers. `plain_http` and `private_networks` are for test nets."""

    plain_http: bool = setting(
        default=False, help_text="Ids and fetches over `http://`. Only for test nets."
    )
    private_networks: Networks = setting(
        (), "Private addresses that may be reached all the same, such as `127.0.10.0/24`."
    )
    connect_timeout_s: float = setting(5.0, "Longest wait for a connection.", least=0.1)
    first_byte_timeout_s: float = setting(10.0, "Longest wait for an answer to begin.", least=0.1)
    total_timeout_s: float = setting(30.0, "Longest time for a whole answer.", least=0.1)
    document_bytes_max: int = setting(1024 * 1024, "Largest document that is read.", least=1024)
    redirects_max: int = setting(3, "Redirects that are followed.", least=0)
    allow_list: bool = setting(
        default=False, help_text="Speak with those hosts alone that `host allow` names."
    )
    authorized_fetch: bool = setting(
        default=False,
        help_text="Show posts and people only to servers that sign their request (secure mode).",
    )
    sends_blocks: bool = setting(
        default=True,
        help_text="Tell the servers of people whom somebody here blocks, so that they hide it too.",
    )


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """What one person, address or document may do."""

    exempt_networks: Networks = setting((), "Addresses that are never rate-limited.")
    trusted_proxies: Networks = setting(
        (), "Proxies in front of us whose `X-Forwarded-For` is believed."
    )
    post_letters_max: int = setting(500, "Length of a post; a link counts 23.")
    inbox_body_bytes_max: int = setting(1024 * 1024, "Largest activity taken in.", least=1024)
    form_body_bytes_max: int = setting(1024 * 1024, "Largest form without a file.", least=1024)
    upload_bytes_max: int = setting(8 * 1024 * 1024, "Largest upload.", least=1024)
    signups_per_address_per_hour_max: int = setting(10, "Sign-ups from one address in an hour.")
    posts_per_person_per_hour_max: int = setting(300, "Posts and edits of one person in an hour.")
    follows_per_person_per_day_max: int = setting(400, "Follows that one person begins in a day.")
    uploads_per_person_per_hour_max: int = setting(60, "Uploads of one person in an hour.")


@dataclass(frozen=True, slots=True)
class InboxSettings:
    """How much of what other servers send waits to be taken in; more is told to come later."""

    waiting_max: int = setting(2000, "Activities that wait to be taken in, in one process.")
    waiting_per_host_max: int = setting(200, "Those of one host among them.")
    backlog_max: int = setting(
        100_000, "Activities taken in that wait for a job, such as the fetch of a post."
    )


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """What posts of other servers are refused or held; 0 switches a limit off."""

    mentions_max: int = setting(30, "A post that names more people is refused.")
    hashtags_max: int = setting(40, "A post with more hashtags is refused.")
    young_days: int = setting(
        1,
        "So long an account is new: what it sends to people is held when nobody here follows it "
        "and it exceeds one of the next two.",
    )
    stranger_mentions_max: int = setting(5, "People whom a post of a new account may name.")
    stranger_links_max: int = setting(1, "Links and pictures in a post of a new account.")
    held_max: int = setting(1000, "Activities that wait for a moderator; more are refused.")
    host_rules_shown_to: str = setting(
        "people",
        "Who may read which servers are kept away, and why: everybody, people here, or nobody.",
        choices=("everybody", "people", "nobody"),
    )


@dataclass(frozen=True, slots=True)
class JobSettings:
    """How much the worker does at once."""

    deliveries_at_once_max: int = setting(256, "Deliveries to other servers at the same time.")
    fetches_at_once_max: int = setting(16, "Fetches and mails at the same time.")
    others_at_once_max: int = setting(8, "Other jobs at the same time.")


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """How feeds are made and how much of them is kept."""

    pulled_above_followers: int = setting(
        10_000,
        "Whoever has more followers here is not pushed into their feeds but merged at reading.",
    )
    asleep_after_days: int = setting(
        30, "Whoever was not seen for so long is pushed nothing; on return the feed is made anew."
    )
    entries_kept: int = setting(
        800, "Entries kept for each feed; older pages are read from the posts.", least=40
    )
    notifications_kept: int = setting(1000, "Notifications kept for each person.", least=40)
    notifications_kept_days: int = setting(90, "Read notifications are kept so long.")
    reviews_trends: bool = setting(
        default=False, help_text="Only what `trends allow` named trends; else all but the refused."
    )
    bubble: Hosts = setting(
        (),
        "Servers near to this one, at most 100, such as `a.example, b.example`: their public posts "
        "and ours are a feed of their own. One that is added is there with what it says from then "
        "on, one that is taken out is gone at once.",
    )


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Where mail goes out. Without `host` no mail is sent, and nothing asks for it.

    Mails about notifications go to confirmed addresses: with `registration.confirm_email` all are,
    without it those whose people opened the link that the settings page sends.
    """

    host: str = setting("", "Name of the SMTP server; empty: no mail is sent.")
    port: int = setting(587, "Port of the SMTP server.")
    user: str = setting("", "Login at the SMTP server; empty: none.")
    password: str = setting("", "The password that belongs to it.", secret=True)
    sender: str = setting("", "Sender of our mail; empty: `noreply@` and the domain.")
    security: str = setting("starttls", "How the connection is encrypted.", choices=MAIL_SECURITIES)


@dataclass(frozen=True, slots=True)
class TranslationSettings:
    """What translates posts for who asks: a LibreTranslate, https://libretranslate.com/."""

    url: str = setting("", "Address of a LibreTranslate, over https; empty: nothing translates.")
    api_key: str = setting("", "Its API key; empty: it wants none.", secret=True)
