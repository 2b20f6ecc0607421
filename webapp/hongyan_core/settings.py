"""What an operator can set; `hongyan serve --help` and docs/settings.md say each with its default."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from hongyan.limits import Limits
from hongyan_core.mail_route import MailRoute


class BrokerKind(StrEnum):
    """Who moves the packets."""

    EMBEDDED = "embedded"
    MOSQUITTO = "mosquitto"


class Registration(StrEnum):
    """Who may make an account."""

    OPEN = "open"
    INVITE = "invite"  # with an invitation of an administrator's or a moderator's
    CLOSED = "closed"


class EmailUse(StrEnum):
    """Whether accounts have e-mail addresses."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"  # confirmed before the first sign-in


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process, checked. Secrets are read from the data folder, never from arguments."""

    data_dir: Path
    secret_key: bytes = field(repr=False)  # 32 random bytes: signs cookies, derives MQTT secrets
    database_url: str = ""  # sqlite:///... | postgresql://...; empty: hongyan.sqlite3 in the data folder
    host: str = "127.0.0.1"
    port: int = 8000
    mqtt_host: str = "127.0.0.1"
    mqtt_port: int = 1883
    public_url: str = ""  # as people type it; empty: http(s)://{host}:{port}
    tls_cert: Path | None = None
    tls_key: Path | None = None
    broker: BrokerKind = BrokerKind.EMBEDDED
    websocket_url: str = ""  # of an external broker, as browsers reach it; empty: /mqtt of the public URL
    limits: Limits = field(default_factory=Limits)
    trusted_proxies: int = 0  # how many X-Forwarded-For hops are believed
    mqtt_token_ttl_s: int = 3_600
    retention_days: int | None = None  # messages older than so many days go; None: never
    # registration, mail and sign-in
    registration: Registration = Registration.OPEN
    email: EmailUse = EmailUse.OFF  # anything but off needs the next two
    mail_route: MailRoute | None = None
    mail_from: str = ""
    # web push
    push: bool = True
    push_origins: tuple[str, ...] = ()  # of push services of one's own, which may be private
    # files
    file_quota_bytes: int = 5 * 1024**3  # of one account
    max_file_bytes: int = 1024**3
    file_store: str = ""  # s3://bucket?endpoint=...; empty: files/ in the data folder
    # second factors, passkeys, providers
    oidc_issuer: str = ""  # of an OpenID Connect provider, as it calls itself; empty: none
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)  # empty: a public client, by PKCE alone
    oidc_label: str = ""  # what the button says

    @property
    def secure(self) -> bool:
        """Whether both ports speak TLS."""
        return self.tls_cert is not None

    @property
    def origin(self) -> str:
        """Scheme, host and port as people type them, without a slash at the end."""
        scheme = "https" if self.secure else "http"
        return (self.public_url or f"{scheme}://{self.host}:{self.port}").rstrip("/")

    @property
    def resolved_database_url(self) -> str:
        """The database URL with the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'hongyan.sqlite3'}"
