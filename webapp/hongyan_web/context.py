"""What was handed to `create_app`, for the request at hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from flask import Flask, current_app, request

from hongyan_core.files.vault import Vault, open_vault
from hongyan_core.settings import BrokerKind, Settings

_KEY = "hongyan"
_VAULT = "hongyan_vault"


@dataclass(frozen=True, slots=True)
class Context:
    """The settings and the clock of one app."""

    settings: Settings
    now_ms: Callable[[], int]


def install(app: Flask, context: Context) -> None:
    """Give the app its settings and its clock."""
    app.extensions[_KEY] = context
    app.extensions[_VAULT] = open_vault(context.settings)


def settings() -> Settings:
    """The settings of this app."""
    return _context().settings


def vault() -> Vault:
    """Where the files of this app are."""
    return cast(Vault, current_app.extensions[_VAULT])


def now_ms() -> int:
    """The time of this request, by the app's clock."""
    return _context().now_ms()


def own_origin() -> str:
    """Scheme, host and port of this site, as browsers send them in `Origin`.

    A set public URL is demanded. Without one people may open the page under any name that reaches it
    (localhost, 127.0.0.1, a name on the LAN), so the request's own Host counts: the same-origin rule.
    """
    if settings().public_url or not request.host:
        return settings().origin
    return f"{request.scheme}://{request.host}"


def own_hostname() -> str:
    """The host of this site without its port, where MQTT over TCP is found too."""
    return urlsplit(own_origin()).hostname or settings().host


def websocket_url() -> str:
    """Where browsers reach MQTT over WebSocket."""
    return settings().websocket_url or own_origin().replace("http", "ws", 1) + "/mqtt"


def is_https() -> bool:
    """Whether people reach this site over TLS, ours or a proxy's."""
    return settings().secure or settings().public_url.startswith("https://")


def is_embedded() -> bool:
    """Whether MQTT passwords are looked up by our own broker, rather than told to another one."""
    return settings().broker is BrokerKind.EMBEDDED


def is_api_call() -> bool:
    """Whether the answer must be JSON, an error's too."""
    return request.path.startswith("/api/")


def _context() -> Context:
    return cast(Context, current_app.extensions[_KEY])
