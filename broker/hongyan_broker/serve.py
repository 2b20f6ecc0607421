"""`hongyan serve`, `web`, `router`, `broker`, `admin`: the only module that imports both ends."""

from __future__ import annotations

import argparse
import asyncio
import errno
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import uvloop
from peewee import PeeweeException

from hongyan_broker import router
from hongyan_broker.admin import WrongDeed, run_admin
from hongyan_broker.chores import list_chores
from hongyan_broker.embedded import EmbeddedBroker
from hongyan_broker.open_broker import open_settings, serve_open
from hongyan_broker.options import UnsafeOptions, is_loopback, parse_open_options, parse_options
from hongyan_broker.origin import is_own_origin
from hongyan_broker.pushing import push_chores
from hongyan_broker.web_server import bind, make_web_server, one_at_a_time, split_by_scope
from hongyan_broker.websocket import make_mqtt_websocket
from hongyan_core.actions.deletion import finish_deletions
from hongyan_core.chores import Chores
from hongyan_core.clock import now_ms
from hongyan_core.exchange import Exchange, ExchangeRunning
from hongyan_core.settings import Settings
from hongyan_core.store.database import open_database
from hongyan_core.store.migrations import DatabaseTooNew
from hongyan_web.app import create_app
from hongyan_web.push_delivery import make_deliver


class CannotStart(Exception):
    """Something that the operator has to mend first; the text says what."""


async def serve_everything(settings: Settings) -> None:
    """Web, broker and exchange in one process, until SIGINT or SIGTERM."""
    sockets = bind(settings.host, settings.port)
    broker = EmbeddedBroker(settings, Exchange(limits=settings.limits, now_ms=now_ms, leases=False))
    await broker.start()
    try:
        websocket = make_mqtt_websocket(broker, lambda scope: is_own_origin(settings, scope))
        server = make_web_server(settings, split_by_scope(one_at_a_time(create_app(settings))), websocket)
        _end_on_signal(lambda: setattr(server, "should_exit", True))
        _announce(settings)
        _spare_the_collector()
        sys.setswitchinterval(_SWITCH_S)
        await server.serve(sockets)
    finally:
        await broker.shutdown()


async def serve_web(settings: Settings) -> None:
    """Pages and API alone, beside an external broker and its router."""
    server = make_web_server(settings, split_by_scope(create_app(settings)))
    _end_on_signal(lambda: setattr(server, "should_exit", True))
    sockets = bind(settings.host, settings.port)
    _announce(settings)
    await server.serve(sockets)


def _end_on_signal(end: Callable[[], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end)


# Of Python's threads. At the usual 5 ms a message waits so long, several times over, while a page is being made.
_SWITCH_S: Final = 0.0005


def _spare_the_collector() -> None:
    """Have it look no more at what was loaded at the start and stays: that is a sixth of the cost of a connect."""
    gc.collect()
    gc.freeze()


def _announce(settings: Settings) -> None:
    """Say what is open and to whom, in the language of the terminal."""
    chinese = os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("zh")
    origin = settings.origin.replace("//127.0.0.1:", "//localhost:")
    scheme = "mqtts" if settings.secure else "mqtt"
    lines = [("鸿雁 Hongyan", f"{origin}   {_open_to(settings.host, chinese)}")]
    if settings.broker == "embedded":
        address = f"{scheme}://{settings.mqtt_host}:{settings.mqtt_port}"
        lines.append(("MQTT", f"{address}   {_open_to(settings.mqtt_host, chinese)}"))
    lines.append(("数据" if chinese else "data", str(settings.data_dir)))
    if not settings.limits.abuse_limits:
        lines.append(("注意" if chinese else "note", "限制已关闭" if chinese else "abuse limits are off"))
    lines.append(("", "按 Ctrl+C 结束" if chinese else "Ctrl+C ends it"))
    sys.stdout.write("".join(f"  {name:<14}{text}\n" for name, text in lines))
    sys.stdout.flush()


def _open_to(host: str, chinese: bool) -> str:
    if is_loopback(host):
        return "(仅限本机)" if chinese else "(this machine only)"
    return "(对网络开放)" if chinese else "(open to the network)"


def _run_serve(argv: Sequence[str]) -> None:
    _, settings = _prepare("serve", argv)
    _open_database(settings)
    finish_deletions(at_ms=now_ms())
    with _chores(settings):
        uvloop.run(serve_everything(settings))


def _run_web(argv: Sequence[str]) -> None:
    _, settings = _prepare("web", argv)
    _open_database(settings)
    finish_deletions(at_ms=now_ms())
    uvloop.run(serve_web(settings))


def _run_router(argv: Sequence[str]) -> None:
    args, settings = _prepare("router", argv)
    if args.init_mosquitto:
        folder = Path(args.init_mosquitto)
        router.init_mosquitto(folder, settings, websocket_port=args.mosquitto_websocket_port)
        return
    _open_database(settings)
    with _chores(settings):
        router.run_router(settings, Path(args.mqtt_credentials))


@contextmanager
def _chores(settings: Settings) -> Iterator[None]:
    """What the process that holds the exchange does beside it."""
    deliver = make_deliver(settings.push_origins)
    with push_chores(settings, deliver) as pushing, Chores((*list_chores(settings), *pushing)):
        yield


def _prepare(command: str, argv: Sequence[str]) -> tuple[argparse.Namespace, Settings]:
    try:
        args, settings = parse_options(command, argv)
    except ValueError as problem:
        raise CannotStart(str(problem)) from problem
    _configure_log(args.log_level)
    return args, settings


def _configure_log(level: str) -> None:
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def _open_database(settings: Settings) -> None:
    try:
        open_database(settings.resolved_database_url)
    except (ValueError, PeeweeException) as problem:
        raise CannotStart(f"the database cannot be opened: {problem}") from problem


def _run_broker(argv: Sequence[str]) -> None:
    args = parse_open_options(argv)
    _configure_log(args.log_level)
    settings = open_settings(args)
    if settings.database_url:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        _open_database(settings)
    uvloop.run(serve_open(settings, _end_on_signal))


def _run_admin(argv: Sequence[str]) -> None:
    try:
        run_admin(argv)
    except (ValueError, PeeweeException) as problem:
        raise CannotStart(f"the database cannot be used: {problem}") from problem


COMMANDS: Final[dict[str, Callable[[Sequence[str]], None]]] = {
    "serve": _run_serve,
    "web": _run_web,
    "router": _run_router,
    "broker": _run_broker,
    "admin": _run_admin,
}


def main(argv: Sequence[str]) -> int:
    """Run one command; what goes wrong at the start is one sentence and exit code 1."""
    try:
        COMMANDS[argv[0]](argv[1:])
    except (CannotStart, UnsafeOptions, WrongDeed, ExchangeRunning, DatabaseTooNew) as problem:
        return _fail(str(problem))
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            return _fail(
                f"{problem.strerror}: another program listens there; choose another with --port or --mqtt-port"
            )
        return _fail(str(problem))
    return 0


def _fail(text: str) -> int:
    sys.stderr.write(f"hongyan: {text}\n")
    return 1
