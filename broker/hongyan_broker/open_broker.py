"""`hongyan broker --open`: the same listeners, plane and driver without people, rules and exchange."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from hongyan.limits import Limits
from hongyan_broker.driver import Driver
from hongyan_broker.embedded import EmbeddedBroker
from hongyan_broker.open_driver import OpenDriver
from hongyan_broker.options import is_loopback
from hongyan_broker.web_server import Receive, Scope, Send, bind, make_web_server
from hongyan_broker.websocket import PATH, make_mqtt_websocket
from hongyan_core.exchange import Exchange
from hongyan_core.settings import Settings

_PATHS: Final = (PATH, "/")
_MAX_FILTERS: Final = 100_000  # of one session: benchmarks put all of theirs on one
_MAX_CLIENTS: Final = 100_000  # and stored sessions
_WARNING: Final = (
    "  OPEN: any topic for anyone on this machine, without passwords or rules. For tests and benchmarks only.\n"
    "  开放：本机上任何人可读写任何主题，没有密码和规则。仅供测试。\n"
)


class OpenBroker(EmbeddedBroker):
    """MQTT over TCP for anyone. Construct it inside the running event loop; with a database URL that is open before."""

    plugins: ClassVar[dict[str, dict[str, Any]]] = {}

    def _make_driver(self, exchange: Exchange | None) -> Driver:
        return OpenDriver(self.settings.limits, keeps=bool(self.settings.database_url))


def open_settings(args: argparse.Namespace) -> Settings:
    """The settings of `--open`: rates and connections of one address are not limited, memory is."""
    folder = Path(args.data).expanduser().absolute() if args.data else None
    return Settings(
        data_dir=folder or Path(),
        secret_key=b"",
        database_url=f"sqlite:///{folder / 'open.sqlite3'}" if folder else "",
        host=args.mqtt_host,
        port=args.websocket_port,
        mqtt_host=args.mqtt_host,
        mqtt_port=args.mqtt_port,
        limits=replace(
            Limits().lifted(),
            max_filters=_MAX_FILTERS,
            max_connections=_MAX_CLIENTS,
            max_sessions=_MAX_CLIENTS,
        ),
    )


async def serve_open(settings: Settings, end_on_signal: Callable[[Callable[[], None]], None]) -> None:
    """Serve until SIGINT or SIGTERM; a port of 0 means no WebSocket."""
    sockets = bind(settings.host, settings.port) if settings.port else []
    broker = OpenBroker(settings)
    await broker.start()
    try:
        _announce(settings, broker.mqtt_port)
        if sockets:
            server = make_web_server(settings, _not_found, make_mqtt_websocket(broker, is_local_origin, _PATHS))
            end_on_signal(lambda: setattr(server, "should_exit", True))
            await server.serve(sockets)
        else:
            ended = asyncio.Event()
            end_on_signal(ended.set)
            await ended.wait()
    finally:
        await broker.shutdown()


def is_local_origin(scope: Scope) -> bool:
    """Whether it is a program, which sends no Origin, or a page of this machine: others' pages must not reach in."""
    origin = dict(scope.get("headers", ())).get(b"origin")
    return origin is None or is_loopback(urlsplit(origin.decode("latin-1")).hostname or "")


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


def _announce(settings: Settings, mqtt_port: int) -> None:
    sys.stdout.write(_WARNING)
    sys.stdout.write(f"  MQTT          mqtt://{settings.mqtt_host}:{mqtt_port}\n")
    if settings.port:
        sys.stdout.write(f"  WebSocket     ws://{settings.host}:{settings.port}{PATH}\n")
    sys.stdout.write(f"  data          {settings.data_dir if settings.database_url else 'in memory'}\n")
    sys.stdout.flush()
