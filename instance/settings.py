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
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from instance.errors import Misconfigured
from instance.settings_groups import POSTGRES_SCHEMES as POSTGRES_SCHEMES
from instance.settings_groups import CacheSettings as CacheSettings
from instance.settings_groups import FederationSettings as FederationSettings
from instance.settings_groups import FeedSettings as FeedSettings
from instance.settings_groups import Hosts as Hosts
from instance.settings_groups import InboxSettings as InboxSettings
from instance.settings_groups import JobSettings as JobSettings
from instance.settings_groups import LimitSettings as LimitSettings
from instance.settings_groups import MailSettings as MailSettings
from instance.settings_groups import MediaSettings as MediaSettings
from instance.settings_groups import Networks as Networks
from instance.settings_groups import PolicySettings as PolicySettings
from instance.settings_groups import PrivacySettings as PrivacySettings
from instance.settings_groups import RegistrationSettings as RegistrationSettings
from instance.settings_groups import StorageSettings as StorageSettings
from instance.settings_groups import TranslationSettings as TranslationSettings
from instance.settings_groups import setting
from instance.settings_reading import PORT_MAX, describe, read

TOML_NAME = "kittiwake.toml"
DATABASE_SCHEMES = (*POSTGRES_SCHEMES, "sqlite://")
DOMAIN_LETTERS_MAX = 253
BUBBLE_HOSTS_MAX = 100
FILES_KEY_LETTERS_MIN = 32
_DOMAIN = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?::[0-9]{1,5})?"
)
_WRONG_PORT = f"the port is not a number between 1 and {PORT_MAX}."
HYPERCORN, GRANIAN = "hypercorn", "granian"


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
    privacy: PrivacySettings = field(default_factory=PrivacySettings)
    registration: RegistrationSettings = field(default_factory=RegistrationSettings)
    federation: FederationSettings = field(default_factory=FederationSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    inbox: InboxSettings = field(default_factory=InboxSettings)
    policies: PolicySettings = field(default_factory=PolicySettings)
    jobs: JobSettings = field(default_factory=JobSettings)
    feeds: FeedSettings = field(default_factory=FeedSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    translation: TranslationSettings = field(default_factory=TranslationSettings)

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
    settings = replace(settings, domain=_canonical_domain(settings, settings.domain, "domain"))
    if settings.handle_domain:
        handle_domain = _canonical_domain(settings, settings.handle_domain, "handle_domain")
        settings = replace(settings, handle_domain=handle_domain)
    settings = replace(settings, feeds=replace(settings.feeds, bubble=_bubble(settings)))
    _check_storage(settings)
    _check_media(settings)
    _check_privacy(settings)
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


def _canonical_domain(settings: Settings, given: str, name: str) -> str:
    """Return a domain in lower case and punycode, without the usual port."""
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


def _bubble(settings: Settings) -> Hosts:
    """Return the hosts of the bubble, each once and spelt as those of actors; never our own."""
    given, name = settings.feeds.bubble, "feeds.bubble"
    if len(given) > BUBBLE_HOSTS_MAX:
        raise Misconfigured(f"{describe(name)}: {len(given)} are more than {BUBBLE_HOSTS_MAX}.")
    hosts = dict.fromkeys(_canonical_domain(settings, host, name) for host in given)
    return tuple(host for host in hosts if host not in {settings.domain, settings.handles_at})


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


def _check_privacy(settings: Settings) -> None:
    if 0 < len(settings.privacy.files_key) < FILES_KEY_LETTERS_MIN:
        raise Misconfigured(
            f"{describe('privacy.files_key')}: this secret is too short to keep anything. "
            f"Write {FILES_KEY_LETTERS_MIN} random letters or more, or leave it empty."
        )


def _check_mail(settings: Settings) -> None:
    if settings.registration.confirm_email and not settings.mail.host:
        raise Misconfigured(
            f"{describe('registration.confirm_email')}: there is no mail server for it. "
            f"Set {describe('mail.host')}, or switch this off."
        )


def _process_environment() -> Mapping[str, str]:
    return os.environ  # noqa: TID251 - this module is where the environment is read
