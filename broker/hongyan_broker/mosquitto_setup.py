"""A ready Mosquitto configuration with fresh secrets, and the file by which the router finds and enters Mosquitto."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import pwd
import secrets
import sys
from dataclasses import asdict, dataclass, field
from importlib import resources
from pathlib import Path
from string import Template
from typing import Final

from hongyan_broker.dynsec import initial_state
from hongyan_core.settings import Settings

ACCESS_FILE: Final = "router.json"
DEFAULT_WEBSOCKET_PORT: Final = 9001
_PLUGIN_FOLDERS: Final = ("/usr/lib", "/usr/local/lib", "/opt/homebrew/lib")
_PLUGIN: Final = "mosquitto_dynamic_security.so"


class PluginMissing(OSError):
    """Mosquitto's dynamic-security plugin is not installed where we look."""


@dataclass(frozen=True, slots=True)
class RouterAccess:
    """How the router reaches Mosquitto.

    `client_id` is a secret like the password: whoever uses it too would take the router's session over, with what
    waits in it. It stays the same for ever, because Mosquitto keeps the router's messages under it.
    """

    host: str
    port: int
    password: str = field(repr=False)
    client_id: str = field(repr=False)
    username: str = "router"
    ca_file: str = ""  # PEM; set: TLS


def load_access(folder: Path) -> RouterAccess:
    """Read `router.json` from `folder`.

    Raises:
        OSError: It is not there; the text says which command writes it.
    """
    path = folder / ACCESS_FILE
    try:
        return RouterAccess(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        hint = "`hongyan router --init-mosquitto FOLDER` writes one, `--mqtt-credentials FOLDER` names it"
        raise FileNotFoundError(f"there is no {path}: {hint}") from None
    except (ValueError, TypeError) as reason:
        raise OSError(f"{path} cannot be read: {reason}") from None


def init_mosquitto(folder: Path, settings: Settings, *, websocket_port: int = DEFAULT_WEBSOCKET_PORT) -> None:
    """Write a configuration for a fresh Mosquitto on `settings.mqtt_host` and `mqtt_port`, and say what to do next.

    As root, what Mosquitto must read or write is given to its user. Only `router.json` holds a password; the plugin's
    file holds its hash.

    Raises:
        OSError: There is a configuration already, the folder cannot be written, or the plugin is not installed.
    """
    folder = folder.expanduser().absolute()
    if (folder / ACCESS_FILE).exists():
        raise FileExistsError(f"there is a configuration in {folder} already: name another folder")
    plugin = find_plugin()
    state = folder / "state"
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    state.mkdir(exist_ok=True, mode=0o700)
    password = secrets.token_urlsafe(32)
    plain_texts = {
        folder / "mosquitto.conf": _fill_configuration(folder, settings, websocket_port, plugin),
        folder / "acl.conf": _template("acl.conf"),
        state / "dynamic-security.json": json.dumps(initial_state(password, secrets.token_bytes(12)), indent=1),
    }
    for path, text in plain_texts.items():
        _write_private(path, text)
    _give_to_mosquitto([state, *plain_texts])
    access = RouterAccess(
        _reachable(settings.mqtt_host), settings.mqtt_port, password, f"router-{secrets.token_hex(16)}"
    )
    _write_private(folder / ACCESS_FILE, json.dumps(asdict(access), indent=1) + "\n")
    sys.stdout.write(_next_steps(folder, settings.mqtt_port, websocket_port))


def find_plugin() -> Path:
    """Where the distribution keeps the dynamic-security plugin.

    Raises:
        PluginMissing: Nowhere.
    """
    for base in _PLUGIN_FOLDERS:
        for path in (Path(base) / _PLUGIN, *sorted(Path(base).glob(f"*/{_PLUGIN}"))):
            if path.is_file():
                return path
    raise PluginMissing(f"there is no {_PLUGIN}: install Mosquitto 2 (on Debian: apt-get install mosquitto)")


def _template(name: str) -> str:
    return (resources.files("hongyan_broker") / "mosquitto" / name).read_text(encoding="utf-8")


def _fill_configuration(folder: Path, settings: Settings, websocket_port: int, plugin: Path) -> str:
    return Template(_template("mosquitto.conf.in")).substitute(
        folder=folder,
        host=settings.mqtt_host,
        port=settings.mqtt_port,
        websocket_port=websocket_port,
        domain=_socket_domain(settings.mqtt_host),
        plugin=plugin,
    )


def _socket_domain(host: str) -> str:
    with contextlib.suppress(ValueError):
        return f"ipv{ipaddress.ip_address(host).version}"
    return "ipv4"


def _reachable(host: str) -> str:
    """The address by which this machine reaches a listener on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (nothing is bound here)


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _give_to_mosquitto(paths: list[Path]) -> None:
    """Mosquitto started by root becomes the user mosquitto before it opens its files."""
    if os.getuid() != 0:
        return
    try:
        owner = pwd.getpwnam("mosquitto")
    except KeyError:
        return
    for path in paths:
        os.chown(path, owner.pw_uid, owner.pw_gid)


def _next_steps(folder: Path, port: int, websocket_port: int) -> str:
    return (
        f"Written to {folder}, with new secrets. Next:\n"
        f"  mosquitto -c {folder}/mosquitto.conf\n"
        f"  hongyan router --mqtt-credentials {folder}\n"
        f"  hongyan web --mqtt-port {port} --websocket-url ws://localhost:{websocket_port}/mqtt\n"
    )
