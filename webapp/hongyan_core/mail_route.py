"""Where mail is handed over: an SMTP server, as a URL says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

Security = Literal["none", "starttls", "tls"]
_PORTS: Final[dict[Security, int]] = {"none": 25, "starttls": 587, "tls": 465}
_OPTIONS: Final = frozenset({"starttls", "ca"})


@dataclass(frozen=True, slots=True)
class MailRoute:
    """An SMTP server and what it wants to know of us."""

    host: str
    port: int
    security: Security
    username: str = ""
    password: str = field(default="", repr=False)
    ca: Path | None = None  # certificates (PEM) to trust instead of the system's


def parse_mail_route(url: str) -> MailRoute:
    """Read `smtp://user:password@host:port` (STARTTLS demanded), `...?starttls=no` or `smtps://...`; `?ca=file.pem`.

    Raises:
        ValueError: The text says what is wrong, without the URL's secrets.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
    except ValueError:
        raise ValueError("an SMTP URL looks like smtp://user:password@mail.example.org:587") from None
    security = _security(parts.scheme, options)
    if not parts.hostname or parts.path not in ("", "/") or parts.fragment or options.keys() - _OPTIONS:
        raise ValueError("an SMTP URL has a host, perhaps a port, and no path; options: ?starttls=no, ?ca=file.pem")
    ca = Path(options["ca"]).expanduser() if "ca" in options else None
    if ca is not None and not ca.is_file():
        raise ValueError(f"there is no file {ca}: give the path of a PEM file")
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    return MailRoute(parts.hostname, port or _PORTS[security], security, username, password, ca)


def _security(scheme: str, options: dict[str, str]) -> Security:
    starttls = options.get("starttls", "yes")
    if scheme == "smtps" and "starttls" not in options:
        return "tls"
    if scheme == "smtp" and starttls in ("yes", "no"):
        return "starttls" if starttls == "yes" else "none"
    raise ValueError("an SMTP URL begins with smtp:// (STARTTLS; ?starttls=no leaves it out) or smtps:// (TLS)")
