"""What is measured: started on free ports of 127.0.0.1 with fresh state, ended by its own process id."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.clients import Address
from tests.support.ports import free_ports

_START_S: Final = 30.0
_SBIN: Final = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
_HONGYAN: Final = (sys.executable, "-c", "import sys; from hongyan.cli import main; sys.exit(main())")


class NotAvailable(Exception):
    """It is not installed, or it ended; the text says why."""


@dataclass(frozen=True, slots=True)
class Running:
    """A broker that listens."""

    tcp: Address
    websocket: Address
    process_id: int
    web_port: int = 0
    log: Path | None = None


@dataclass(frozen=True, slots=True)
class Needs:
    """What a row wants of its opponents: accounts in `template` (chat), or one password each (`passwords`)."""

    work: Path
    template: Path | None = None
    passwords: tuple[tuple[str, str], ...] = ()


Opponent = Callable[[Needs], AbstractContextManager[Running]]


@contextmanager
def hongyan_open(needs: Needs) -> Iterator[Running]:
    """`hongyan broker --open`: no rules and no accounts, as Mosquitto and amqtt are asked to be too."""
    tcp, websocket = free_ports(2)
    ports = ("--mqtt-host", "127.0.0.1", "--mqtt-port", str(tcp), "--websocket-port", str(websocket))
    with _child("hongyan-open", needs.work, (*_HONGYAN, "broker", "--open", *ports), (tcp, websocket)) as process_id:
        yield Running(Address(tcp), Address(websocket, "/mqtt"), process_id, log=needs.work / "hongyan-open.log")


@contextmanager
def hongyan_serve(needs: Needs) -> Iterator[Running]:
    """`hongyan serve --limits off` on a copy of the accounts: rules, stamp, fsync'ed store, tokens."""
    assert needs.template is not None
    data = needs.work / "data"
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(needs.template, data)
    web, tcp = free_ports(2)
    options = ("--data", str(data), "--limits", "off", "--port", str(web), "--mqtt-port", str(tcp))
    try:
        with _child("hongyan-serve", needs.work, (*_HONGYAN, "serve", *options), (web, tcp)) as process_id:
            yield Running(Address(tcp), Address(web, "/mqtt"), process_id, web, needs.work / "hongyan-serve.log")
    finally:
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def mosquitto(needs: Needs) -> Iterator[Running]:
    """Debian's Mosquitto, as fast as it can be set up: nothing stored, nothing limited, no delay."""
    program = shutil.which("mosquitto", path=_SBIN)
    if program is None:
        raise NotAvailable("Mosquitto is not installed: apt-get install mosquitto")
    tcp, websocket = free_ports(2)
    lines = [
        f"user {getpass.getuser()}",
        f"listener {tcp} 127.0.0.1",
        "socket_domain ipv4",
        f"listener {websocket} 127.0.0.1",
        "socket_domain ipv4",
        "protocol websockets",
        "persistence false",
        "max_inflight_messages 0",
        "max_queued_messages 0",
        "set_tcp_nodelay true",
        "connection_messages false",
        "log_type error",
    ]
    lines += _password_lines(needs) if needs.passwords else ["allow_anonymous true"]
    config = needs.work / "mosquitto.conf"
    config.write_text("\n".join(lines) + "\n")
    with _child("mosquitto", needs.work, (program, "-c", str(config)), (tcp, websocket)) as process_id:
        yield Running(Address(tcp), Address(websocket, "/mqtt"), process_id, log=needs.work / "mosquitto.log")


def _password_lines(needs: Needs) -> list[str]:
    """A password file with everybody's password, hashed by Mosquitto's own tool, once."""
    file = needs.work / "passwords"
    if not file.exists():
        file.write_text("".join(f"{name}:{password}\n" for name, password in needs.passwords))
        tool = shutil.which("mosquitto_passwd", path=_SBIN)
        if tool is None:
            raise NotAvailable("mosquitto_passwd is not installed: apt-get install mosquitto")
        subprocess.run((tool, "-U", str(file)), check=True, timeout=120)
    return ["allow_anonymous false", f"password_file {file}"]


@contextmanager
def plain_amqtt(needs: Needs) -> Iterator[Running]:
    """amqtt without us, with uvloop and its anonymous plugin."""
    tcp, websocket = free_ports(2)
    command = (sys.executable, "-m", "bench.plain_amqtt", str(tcp), str(websocket))
    with _child("amqtt", needs.work, command, (tcp, websocket)) as process_id:
        yield Running(Address(tcp), Address(websocket, "/"), process_id)


@contextmanager
def null_server(needs: Needs, *how: str) -> Iterator[Running]:
    """Routes without thinking, chunk by chunk: against it the generator shows its own ceiling."""
    (port,) = free_ports(1)
    command = (sys.executable, "-m", "bench.null_server", str(port), *how)
    with _child("null", needs.work, command, (port,)) as process_id:
        yield Running(Address(port), Address(port, "/"), process_id)


def single_null_server(needs: Needs) -> AbstractContextManager[Running]:
    """The same, packet by packet, as Mosquitto."""
    return null_server(needs, "single")


@contextmanager
def _child(name: str, work: Path, command: tuple[str, ...], ports: tuple[int, ...]) -> Iterator[int]:
    """Run a program until it listens on all ports; what it prints goes to a file that is quoted when it fails."""
    log = work / f"{name}.log"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HONGYAN_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment
        )
    try:
        for port in ports:
            _wait_for(port, process, log)
        yield process.pid
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise NotAvailable(f"ended at once: {_last_line(log)}")
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)  # between two looks, with a deadline
    raise NotAvailable(f"does not listen after {_START_S:.0f} s: {_last_line(log)}")


def last_words(running: Running) -> str:
    """The last line that the broker logged, for who must explain a failure."""
    return "" if running.log is None else _last_line(running.log)


def _last_line(log: Path) -> str:
    return (log.read_text(errors="replace").strip().splitlines() or ["(it printed nothing)"])[-1]
