"""`Settings`: one frozen dataclass, read once from TOML and environment.

Order: defaults < `kittiwake.toml` < environment (`KITTIWAKE_GROUP__FIELD`). Nothing is required to
run on localhost. This is the only module that reads the environment.
"""

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """Where rows live. `url` empty means `DATA_DIR/kittiwake.sqlite3`; else `postgres://…`."""

    url: str = ""
    pool_connections_max: int = 10


@dataclass(frozen=True, slots=True)
class RegistrationSettings:
    """Who may join. `mode` empty means: as the owner chose in the pages (open until then)."""

    mode: str = ""  # "" | open | approval | invite | closed
    confirm_email: bool = False


@dataclass(frozen=True, slots=True)
class FederationSettings:
    """How we speak with other servers. `plain_http` and `private_networks` are for test nets."""

    plain_http: bool = False
    private_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    connect_timeout_s: float = 5.0
    first_byte_timeout_s: float = 10.0
    total_timeout_s: float = 30.0
    document_bytes_max: int = 1024 * 1024
    redirects_max: int = 3


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """What one person, address or document may do. `exempt_networks` are never rate-limited."""

    exempt_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    post_letters_max: int = 500
    inbox_body_bytes_max: int = 1024 * 1024
    form_body_bytes_max: int = 1024 * 1024
    upload_bytes_max: int = 8 * 1024 * 1024
    signups_per_address_per_hour_max: int = 10


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Where mail goes out. Without `host` no mail is sent, and nothing asks for it."""

    host: str = ""
    port: int = 587
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""
    security: str = "starttls"  # starttls | tls | none


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator sets. `domain` may carry a port; `listen` is `address:port`."""

    domain: str = "localhost:8000"
    listen: str = "127.0.0.1:8000"
    data_dir: Path = Path("data")
    storage: StorageSettings = field(default_factory=StorageSettings)
    registration: RegistrationSettings = field(default_factory=RegistrationSettings)
    federation: FederationSettings = field(default_factory=FederationSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    mail: MailSettings = field(default_factory=MailSettings)

    @property
    def scheme(self) -> str:
        """`http` on a test net and on localhost, else `https`."""
        host = self.domain.rsplit(":", 1)[0]
        return "http" if self.federation.plain_http or host == "localhost" else "https"

    @property
    def base_url(self) -> str:
        """Scheme and domain, without a slash at the end."""
        return f"{self.scheme}://{self.domain}"
