"""Brokers without a messenger, open to anyone on 127.0.0.1: Debian's Mosquitto, and ours."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import IO, Self

from tests.support.mosquitto import require_mosquitto
from tests.support.ports import free_ports
from tests.support.process import Program
from tests.support.waiting import wait_for


def accepts(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class PlainMosquitto:
    """Mosquitto with nothing kept on disk; `with` starts and ends it."""

    def __init__(self) -> None:
        self._program = require_mosquitto()
        (self.port,) = free_ports(1)
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed in `__exit__`)
        self._folder = Path(tempfile.mkdtemp(prefix="hongyan-mosquitto-"))

    def __enter__(self) -> Self:
        self._folder.chmod(0o755)  # as root it becomes another user
        config = self._folder / "mosquitto.conf"
        config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n")
        command = [self._program, "-c", str(config)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        wait_for(self._is_up, what="Mosquitto to listen")
        return self

    def _is_up(self) -> bool:
        assert self.process.poll() is None, "Mosquitto ended"
        return accepts(self.port)

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(10)
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)


class OpenHongyan(Program):
    """`hongyan broker --open` with TCP and WebSocket; `with` starts and ends it, or `start`, `kill` and so on."""

    def __init__(self, *extra: str) -> None:
        self.port, self.web_port = free_ports(2)
        self.password = dict.fromkeys(("ann", "bob", "eve"), "any will do")
        ports = ("--mqtt-port", str(self.port), "--websocket-port", str(self.web_port))
        super().__init__("broker", "--open", *ports, *extra)

    def start(self) -> None:
        """Start it and wait until it listens."""
        super().start()
        wait_for(self._is_up, timeout_s=30, what="the open broker to listen")

    def restart(self) -> None:
        """End it as an operator would, and start it again on the same ports."""
        self.stop()
        self.start()

    def _is_up(self) -> bool:
        self.assert_running()
        return accepts(self.port) and accepts(self.web_port)

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self.process is not None
        return self.process.pid

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
