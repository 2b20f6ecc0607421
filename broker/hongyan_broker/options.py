"""Command line and environment to `Settings`: one table of options, checked for what is safe to open to whom."""

from __future__ import annotations

import argparse
import ipaddress
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from hongyan.limits import MAX_EXTERNAL_MEMBERS, Limits
from hongyan_broker.mail_options import read_mail_route, read_sender
from hongyan_core.push.parcels import find_origin
from hongyan_core.secrets import load_secret_key
from hongyan_core.settings import BrokerKind, EmailUse, Registration, Settings


class UnsafeOptions(Exception):
    """These options together would open what must stay closed; the text says what to change."""


@dataclass(frozen=True, slots=True)
class Option:
    """`--name`, also as the environment variable HONGYAN_NAME. Also: docs/settings.md."""

    name: str
    default: str
    help: str
    kind: type = str
    choices: tuple[str, ...] | None = None
    commands: tuple[str, ...] = ("serve", "web", "router")

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return "HONGYAN_" + self.name.upper().replace("-", "_")


_MIB: Final = 1_048_576
SERVE: Final = ("serve",)
WEB: Final = ("serve", "web")
ROUTER: Final = ("router",)
BROKER: Final = ("broker",)
ALL: Final = (*WEB, *ROUTER, *BROKER)
STORE: Final = (*WEB, *ROUTER, "admin")
OPTIONS: Final = (
    Option("host", "127.0.0.1", "address of the web pages, the API and /mqtt", commands=WEB),
    Option("port", "8000", "port of the web pages, the API and /mqtt", kind=int, commands=WEB),
    Option("mqtt-host", "127.0.0.1", "address of MQTT over TCP", commands=ALL),
    Option("mqtt-port", "1883", "port of MQTT over TCP", kind=int, commands=ALL),
    Option("websocket-port", "0", "port of MQTT over WebSocket, paths /mqtt and / (0: none)", kind=int,
           commands=BROKER),
    Option("data", "", "folder of the database and the secrets (default: ~/.local/share/hongyan)", commands=STORE),
    Option("data", "", "folder that sessions, queues and retained messages survive in (default: memory only)",
           commands=BROKER),
    Option("database-url", "", "sqlite:///file or postgresql://user@host/name (default: SQLite in the data folder)",
           commands=STORE),
    Option("public-url", "", "the address that people type, e.g. https://chat.example.org",
           commands=(*WEB, *ROUTER, "admin")),
    Option("tls-cert", "", "certificate chain (PEM): both ports speak TLS", commands=WEB),
    Option("tls-key", "", "its private key (PEM)", commands=WEB),
    Option("limits", "on", "off lifts the abuse limits for load tests, on loopback only", choices=("on", "off")),
    Option("trusted-proxies", "0", "how many reverse proxies stand in front", kind=int, commands=WEB),
    Option("allow-plain-mqtt", "no", "yes: MQTT without TLS beyond loopback", choices=("no", "yes"), commands=SERVE),
    Option("recall-window", "86400", "seconds in which one may edit and take back what one has sent", kind=int),
    Option("retention-days", "0", "messages older than so many days are removed; 0: none", kind=int,
           commands=("serve", "router")),
    # registration, mail and sign-in
    Option("registration", "open", "who may make an account: all, invited people, nobody",
           choices=("open", "invite", "closed"), commands=WEB),
    Option("email", "off", "whether accounts have e-mail addresses; required: confirmed before the first sign-in",
           choices=("off", "optional", "required"), commands=WEB),
    Option("smtp-url", "", "smtp://user:password@host:port or smtps://...; with a password by the variable only, "
           "or file:/path of a file that holds the URL", commands=WEB),
    Option("mail-from", "", "sender of our mails, e.g. 'Hongyan <chat@example.org>'", commands=WEB),
    Option("websocket-url", "", "where browsers reach Mosquitto's WebSocket listener", commands=("web",)),
    Option("mqtt-credentials", "", "folder made by `hongyan router --init-mosquitto`", commands=ROUTER),
    Option("init-mosquitto", "", "write a Mosquitto configuration with new secrets to this folder, and end",
           commands=ROUTER),
    Option("mosquitto-websocket-port", "9001", "with --init-mosquitto: port of its WebSocket listener",
           kind=int, commands=ROUTER),
    Option("oidc-issuer", "", "sign-in by this OpenID Connect provider: its issuer, e.g. https://login.example.org",
           commands=WEB),
    Option("oidc-client-id", "", "who we are to the provider", commands=WEB),
    Option("oidc-client-secret", "", "its secret; give it by the variable, command lines are seen by others",
           commands=WEB),
    Option("oidc-label", "", "the provider's name on the button (default: its host)", commands=WEB),
    # web push
    Option("push", "on", "off: no notifications to browsers whose pages are closed", choices=("on", "off"),
           commands=(*WEB, *ROUTER)),
    Option("push-origins", "", "push services of one's own, which may be private: https://push.example.lan, ...",
           commands=(*WEB, *ROUTER)),
    # files
    Option("file-quota", "5120", "how many MiB of files an account may keep", kind=int, commands=WEB),
    Option("max-file", "1024", "how many MiB a file may have", kind=int, commands=WEB),
    Option("file-store", "", "s3://bucket?endpoint=https://... for files (default: files/ in the data folder)",
           commands=("serve", "web", "router")),
    Option("log-level", "warning", "how much is logged", choices=("debug", "info", "warning", "error"),
           commands=ALL),
)  # fmt: skip


def options_of(command: str) -> tuple[Option, ...]:
    """The options of `serve`, `web`, `router`, `broker` or `admin`."""
    return tuple(option for option in OPTIONS if command in option.commands)


def build_parser(command: str, environ: Mapping[str, str]) -> argparse.ArgumentParser:
    """The parser of one command; the environment gives the defaults."""
    parser = argparse.ArgumentParser(prog=f"hongyan {command}")
    for option in options_of(command):
        parser.add_argument(
            f"--{option.name}",
            default=environ.get(option.variable, option.default),
            type=option.kind,
            choices=option.choices,
            help=f"{option.help} [{option.variable}; {option.default or 'none'}]",
        )
    return parser


def find_data_dir(given: str, environ: Mapping[str, str]) -> Path:
    """The folder for data: `--data`, or the default."""
    return Path(given).expanduser().absolute() if given else default_data_dir(environ)


def default_data_dir(environ: Mapping[str, str]) -> Path:
    """The folder for data by the XDG rule."""
    base = environ.get("XDG_DATA_HOME") or str(Path(environ.get("HOME", "~")).expanduser() / ".local" / "share")
    return Path(base) / "hongyan"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a listener on `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parse_options(
    command: str, argv: Sequence[str], environ: Mapping[str, str] | None = None
) -> tuple[argparse.Namespace, Settings]:
    """Parse the options of a command and make its settings; the first start makes the secrets.

    Raises:
        UnsafeOptions: Limits off or plain MQTT beyond loopback, a certificate without its key, mail without a server.
        OSError, ValueError: The data folder cannot be used.
    """
    environ = os.environ if environ is None else environ
    args = build_parser(command, environ).parse_args(argv)
    check_safe(command, args)
    data_dir = find_data_dir(args.data, environ)
    secret_key, _ = load_secret_key(data_dir)
    settings = _settings(command, args, data_dir, secret_key)
    return args, settings if command == "router" else _add_mail(settings, args, environ)


def parse_open_options(argv: Sequence[str], environ: Mapping[str, str] | None = None) -> argparse.Namespace:
    """Parse the options of `hongyan broker --open`: no people, no secrets, and only for this machine.

    Raises:
        UnsafeOptions: Without `--open`, or beyond loopback.
    """
    parser = build_parser("broker", os.environ if environ is None else environ)
    parser.add_argument("--open", action="store_true", help="any topic for anyone, without rules: must be said")
    args = parser.parse_args(argv)
    if not args.open:
        raise UnsafeOptions("hongyan broker serves any topic to anyone: say --open if you mean that, or hongyan serve")
    if not is_loopback(args.mqtt_host):
        raise UnsafeOptions(
            f"--open has no rules and no passwords, so it is for this machine only: --mqtt-host 127.0.0.1, "
            f"not {args.mqtt_host}"
        )
    return args


def check_safe(command: str, args: argparse.Namespace) -> None:
    """Refuse what would open more than the person may have meant.

    Raises:
        UnsafeOptions: The text says what to change.
    """
    hosts = [args.mqtt_host, getattr(args, "host", "127.0.0.1")]
    if args.limits == "off" and not all(map(is_loopback, hosts)):
        raise UnsafeOptions(
            "--limits off is for load tests on this machine only: bind --host and --mqtt-host to 127.0.0.1"
        )
    if args.recall_window < 0:
        raise UnsafeOptions("--recall-window is a number of seconds; 0: nothing is edited or taken back")
    if getattr(args, "retention_days", 0) < 0:
        raise UnsafeOptions("--retention-days is a number of days; 0: messages are kept")
    if command == "router":
        return
    if bool(args.tls_cert) != bool(args.tls_key):
        raise UnsafeOptions("--tls-cert and --tls-key belong together: give both, or neither")
    for path in filter(None, (args.tls_cert, args.tls_key)):
        if not Path(path).is_file():
            raise UnsafeOptions(f"there is no file {path}: give the path of a PEM file")
    _check_provider(args)
    plain = command == "serve" and not args.tls_cert and not is_loopback(args.mqtt_host)
    if plain and args.allow_plain_mqtt != "yes":
        raise UnsafeOptions(
            f"MQTT on {args.mqtt_host} would send passwords in the clear: give --tls-cert and --tls-key, "
            "or --allow-plain-mqtt yes where the network itself is safe"
        )


def _check_provider(args: argparse.Namespace) -> None:
    if bool(args.oidc_issuer) != bool(args.oidc_client_id):
        raise UnsafeOptions("--oidc-issuer and --oidc-client-id belong together: give both, or neither")
    parts = urlsplit(args.oidc_issuer)
    plain = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if args.oidc_issuer and not ((parts.scheme == "https" and parts.hostname) or plain):
        raise UnsafeOptions(
            f"--oidc-issuer is an https:// address as the provider names itself, not {args.oidc_issuer}"
        )


def _settings(command: str, args: argparse.Namespace, data_dir: Path, secret_key: bytes) -> Settings:
    given: dict[str, Any] = vars(args)
    limits = replace(Limits(), recall_window_s=args.recall_window)
    if args.limits == "off":
        limits = limits.lifted()
    if command != "serve":
        limits = replace(limits, max_group_members=MAX_EXTERNAL_MEMBERS)
    return Settings(
        data_dir=data_dir,
        secret_key=secret_key,
        database_url=args.database_url,
        host=given.get("host", "127.0.0.1"),
        port=given.get("port", 8000),
        mqtt_host=args.mqtt_host,
        mqtt_port=args.mqtt_port,
        public_url=given.get("public_url", ""),
        tls_cert=Path(args.tls_cert) if given.get("tls_cert") else None,
        tls_key=Path(args.tls_key) if given.get("tls_key") else None,
        broker=BrokerKind.EMBEDDED if command == "serve" else BrokerKind.MOSQUITTO,
        websocket_url=given.get("websocket_url", ""),
        limits=limits,
        trusted_proxies=given.get("trusted_proxies", 0),
        retention_days=given.get("retention_days") or None,
        registration=Registration(given.get("registration", "open")),
        push=args.push == "on",
        push_origins=_push_origins(args.push_origins),
        **_provider(given),
        **_files(given),
    )


def _add_mail(settings: Settings, args: argparse.Namespace, environ: Mapping[str, str]) -> Settings:
    use = EmailUse(args.email)
    if use is EmailUse.OFF:
        return settings
    if not settings.public_url and not is_loopback(settings.host):
        raise UnsafeOptions(
            "the links in mails need the address that people type, and whoever asks may not choose it: "
            "give --public-url https://..."
        )
    from_environment = args.smtp_url == environ.get("HONGYAN_SMTP_URL")
    try:
        route, sender = read_mail_route(args.smtp_url, from_environment=from_environment), read_sender(args.mail_from)
    except ValueError as problem:
        raise UnsafeOptions(str(problem)) from None
    if route.security == "none" and not is_loopback(route.host):
        raise UnsafeOptions(
            f"mails to {route.host} would travel in the clear, links to new passwords among them: "
            "leave ?starttls=no out of --smtp-url, or use smtps://"
        )
    return replace(settings, email=use, mail_route=route, mail_from=sender)


def _provider(given: dict[str, Any]) -> dict[str, Any]:
    """The provider of sign-ins; its host's name is the label of last resort."""
    issuer = given.get("oidc_issuer", "")
    return {
        "oidc_issuer": issuer,
        "oidc_client_id": given.get("oidc_client_id", ""),
        "oidc_client_secret": given.get("oidc_client_secret", ""),
        "oidc_label": given.get("oidc_label") or urlsplit(issuer).hostname or "",
    }


def _push_origins(text: str) -> tuple[str, ...]:
    """Push services of one's own, parted by commas."""
    origins = tuple(each.strip() for each in text.split(",") if each.strip())
    for each in origins:
        if find_origin(each) is None:
            raise UnsafeOptions(f"--push-origins are addresses like https://push.example.lan, parted by commas: {each}")
    return origins


def _files(given: dict[str, Any]) -> dict[str, Any]:
    """Bounds on files; the router takes none in, it only sweeps."""
    store = given.get("file_store", "")
    parts = urlsplit(store)
    if store and not (parts.scheme == "s3" and parts.netloc):
        raise UnsafeOptions(f"--file-store is s3://bucket or s3://bucket?endpoint=https://..., not {store}")
    if store and find_spec("boto3") is None:
        raise UnsafeOptions("--file-store needs the extra s3: pip install 'hongyan[server,s3]'")
    bounds = {f"{name}_bytes": given[name] * _MIB for name in ("file_quota", "max_file") if name in given}
    if min(bounds.values(), default=1) < 1:
        raise UnsafeOptions("--file-quota and --max-file are numbers of MiB, from 1 up")
    return {"file_store": store, **bounds}
