"""`Settings`: one frozen dataclass, read once from TOML and environment.

Order: defaults < `kittiwake.toml` < environment (`KITTIWAKE_GROUP__FIELD`). Nothing is required to
run on localhost. This is the only module that reads the environment. `docs/settings.md` is made
from the lines below.
"""

# ruff: noqa: RUF009 - `setting()` is called in class bodies because it makes a dataclass field

import contextlib
import os
import re
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from instance.errors import Misconfigured
from instance.settings_reading import PORT_MAX, describe, read

T = TypeVar("T")
Networks = tuple[IPv4Network | IPv6Network, ...]

TOML_NAME = "kittiwake.toml"
REGISTRATION_MODES = ("", "open", "approval", "invite", "closed")
POSTGRES_SCHEMES = ("postgres://", "postgresql://")
DATABASE_SCHEMES = (*POSTGRES_SCHEMES, "sqlite://")
DOMAIN_LETTERS_MAX = 253
_DOMAIN = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?::[0-9]{1,5})?"
)
_WRONG_PORT = f"the port is not a number between 1 and {PORT_MAX}."
HYPERCORN, GRANIAN = "hypercorn", "granian"
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


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Where mail goes out. Without `host` no mail is sent, and nothing asks for it."""

    host: str = setting("", "Name of the SMTP server; empty: no mail is sent.")
    port: int = setting(587, "Port of the SMTP server.")
    user: str = setting("", "Login at the SMTP server; empty: none.")
    password: str = setting("", "The password that belongs to it.", secret=True)
    sender: str = setting("", "Sender of our mail; empty: `noreply@` and the domain.")
    security: str = setting("starttls", "How the connection is encrypted.", choices=MAIL_SECURITIES)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator sets."""

    domain: str = setting(
        "localhost:8000",
        "Name under which people and servers reach us, with a port if it is not the usual one. "
        "It cannot be changed later. Without it: `localhost` and the port of `listen`.",
    )
    handle_domain: str = setting(
        "",
        "Domain of the handles, `@alice@DOMAIN`, when it is another one than `domain`; its "
        "`/.well-known/webfinger` must lead here, see operations.md. Empty: `domain`.",
    )
    listen: str = setting("127.0.0.1:8000", "Address and port where we wait for connections.")
    server: str = setting(
        HYPERCORN,
        "HTTP server; Granian is quicker and belongs behind a proxy, see operations.md.",
        choices=(HYPERCORN, GRANIAN),
    )
    data_dir: Path = setting(Path("data"), "Folder of the database and of uploaded files.")
    storage: StorageSettings = field(default_factory=StorageSettings)
    cache: CacheSettings = field(default_factory=CacheSettings)
    media: MediaSettings = field(default_factory=MediaSettings)
    registration: RegistrationSettings = field(default_factory=RegistrationSettings)
    federation: FederationSettings = field(default_factory=FederationSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    inbox: InboxSettings = field(default_factory=InboxSettings)
    policies: PolicySettings = field(default_factory=PolicySettings)
    jobs: JobSettings = field(default_factory=JobSettings)
    feeds: FeedSettings = field(default_factory=FeedSettings)
    mail: MailSettings = field(default_factory=MailSettings)

    @property
    def scheme(self) -> str:
        """`http` on a test net and on localhost, else `https`."""
        return "http" if self.federation.plain_http or self.host == "localhost" else "https"

    @property
    def base_url(self) -> str:
        """Scheme and domain, without a slash at the end."""
        return f"{self.scheme}://{self.domain}"

    @property
    def handles_at(self) -> str:
        """The domain of the handles of people here (A119)."""
        return self.handle_domain or self.domain

    @property
    def host(self) -> str:
        """The domain without its port."""
        name, colon, port = self.domain.rpartition(":")
        return name if colon and port.isdigit() else self.domain

    @property
    def listen_address(self) -> str:
        """The address to bind, without brackets."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def listen_port(self) -> int:
        """The port to bind; 0 means any free one."""
        return int(self.listen.rpartition(":")[2])


def load(
    environment: Mapping[str, str] | None = None, toml_path: Path | None = Path(TOML_NAME)
) -> Settings:
    """Read the settings; raises `Misconfigured` with one line that names the setting to mend."""
    variables = _process_environment() if environment is None else environment
    given = read(Settings, variables, toml_path)
    settings: Settings = given.settings
    _check_listen(settings)
    if "domain" not in given.names:
        settings = replace(settings, domain=_domain_from_listen(settings))
    settings = replace(settings, domain=_canonical_domain(settings, "domain"))
    if settings.handle_domain:
        handle_domain = _canonical_domain(settings, "handle_domain")
        settings = replace(settings, handle_domain=handle_domain)
    _check_storage(settings)
    _check_media(settings)
    _check_mail(settings)
    return settings


def child_environment(changes: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a process that we start: ours, with these settings alone."""
    kept = {k: v for k, v in _process_environment().items() if not k.startswith("KITTIWAKE_")}
    return {**kept, **changes}


def make_data_dir(settings: Settings) -> None:
    """Create the data folder; raises `Misconfigured` when we may not write there."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=settings.data_dir):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise Misconfigured(
            f"KITTIWAKE_DATA_DIR: cannot write to {settings.data_dir.absolute()} ({reason}). "
            "Name another folder, or give us the right to write there."
        ) from error


def _check_listen(settings: Settings) -> None:
    address, colon, port = settings.listen.rpartition(":")
    if not (address and colon and port.isascii() and port.isdigit() and int(port) <= PORT_MAX):
        raise Misconfigured(
            f"{describe('listen')}: {settings.listen!r} is not an address and a port. "
            "Write it as 127.0.0.1:8000 or [::1]:8000."
        )


def _domain_from_listen(settings: Settings) -> str:
    """Return the domain of a server on its own machine: its port is the one we listen on."""
    port = settings.listen_port
    return f"localhost:{port}" if port else Settings().domain


def _canonical_domain(settings: Settings, name: Literal["domain", "handle_domain"]) -> str:
    """Return a domain in lower case and punycode, without the usual port."""
    given: str = getattr(settings, name)
    text = given.strip().lower().rstrip(".")
    with contextlib.suppress(UnicodeError):
        text = text.encode("idna").decode("ascii")
    if not _DOMAIN.fullmatch(text) or len(text) > DOMAIN_LETTERS_MAX:
        raise Misconfigured(
            f"{describe(name)}: {given!r} is not a domain. "
            "Write the name alone, without https:// and without a path: social.example.org"
        )
    port = text.partition(":")[2]
    if port and not 1 <= int(port) <= PORT_MAX:
        raise Misconfigured(
            f"{describe(name)}: the port of {given!r} is none. "
            f"Write one from 1 to {PORT_MAX}, or leave it out."
        )
    usual_port = ":80" if replace(settings, domain=text).scheme == "http" else ":443"
    return text.removesuffix(usual_port)


def _check_storage(settings: Settings) -> None:
    if settings.storage.url and not settings.storage.url.startswith(DATABASE_SCHEMES):
        raise Misconfigured(
            f"{describe('storage.url')}: only postgres://USER:PASSWORD@HOST/NAME is understood. "
            "Leave it empty for SQLite."
        )
    if settings.storage.url and not _has_good_port(settings.storage.url):
        raise Misconfigured(f"{describe('storage.url')}: {_WRONG_PORT}")
    if settings.storage.replica_url and not (
        settings.storage.is_postgres and settings.storage.replica_url.startswith(POSTGRES_SCHEMES)
    ):
        raise Misconfigured(
            f"{describe('storage.replica_url')}: a replica belongs to a PostgreSQL. Write both "
            f"this and {describe('storage.url')} as postgres://USER:PASSWORD@HOST/NAME."
        )
    if settings.cache.url and not _has_good_port(settings.cache.url):
        raise Misconfigured(f"{describe('cache.url')}: {_WRONG_PORT}")
    if settings.cache.url and not settings.cache.url.startswith(("redis://", "rediss://")):
        raise Misconfigured(
            f"{describe('cache.url')}: only redis://HOST:PORT/NUMBER is understood. "
            "Leave it empty for none."
        )


def _has_good_port(url: str) -> bool:
    try:
        # PostgreSQL may have several hosts, each with its port: it reads them itself.
        return "," in urlsplit(url).netloc or urlsplit(url).port != 0
    except ValueError:
        return False


def _check_media(settings: Settings) -> None:
    media = settings.media
    if media.url and not (media.url.startswith("s3://") and urlsplit(media.url).netloc):
        raise Misconfigured(
            f"{describe('media.url')}: only s3://BUCKET or s3://BUCKET/FOLDER is understood. "
            "Leave it empty for a folder on this machine."
        )
    for name, address in (("endpoint", media.endpoint), ("public_url", media.public_url)):
        if address and not address.startswith(("https://", "http://")):
            raise Misconfigured(
                f"{describe(f'media.{name}')}: {address!r} is no address. "
                "Write it with https:// in front, or leave it empty."
            )


def _check_mail(settings: Settings) -> None:
    if settings.registration.confirm_email and not settings.mail.host:
        raise Misconfigured(
            f"{describe('registration.confirm_email')}: there is no mail server for it. "
            f"Set {describe('mail.host')}, or switch this off."
        )


def _process_environment() -> Mapping[str, str]:
    return os.environ  # noqa: TID251 - this module is where the environment is read
