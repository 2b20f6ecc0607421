"""Debian's Mosquitto with the configuration of mosquitto-compat, on free ports of 127.0.0.1."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import weakref
from pathlib import Path

from hongyan_broker.mosquitto_setup import PluginMissing, RouterAccess, find_plugin, init_mosquitto, load_access
from hongyan_core.settings import Settings
from tests.support.missing import leave_out
from tests.support.ports import free_ports
from tests.support.waiting import wait_for

MENDING = "apt-get install mosquitto mosquitto-clients"
_SBIN = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))


def require_mosquitto() -> str:
    """The path of the mosquitto program; without one the test is left out, in CI it fails."""
    program = shutil.which("mosquitto", path=_SBIN)
    try:
        find_plugin()
    except PluginMissing:
        program = None
    if program is None:
        leave_out("Mosquitto", MENDING)
    return program


class Mosquitto:
    """A Mosquitto of its own, with fresh secrets; its state outlives `kill` and `stop`, so `start` resumes it.

    Attributes:
        folder: What `hongyan router --mqtt-credentials` takes. As root it is not the wished one: Mosquitto becomes
            another user, whom pytest's folders keep out.
    """

    def __init__(self, folder: Path) -> None:
        self._program = require_mosquitto()
        self.port, self.websocket_port = free_ports(2)
        self.folder = _folder_for_another_user() if os.getuid() == 0 else folder
        if os.getuid() == 0:
            weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        settings = Settings(data_dir=folder, secret_key=b"", mqtt_port=self.port)
        init_mosquitto(self.folder, settings, websocket_port=self.websocket_port)
        self._log = self.folder / "mosquitto.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def access(self) -> RouterAccess:
        """How the router enters."""
        return load_access(self.folder)

    def start(self) -> None:
        """Start it and wait until both listeners accept."""
        assert self._process is None
        with self._log.open("ab") as log:
            command = [self._program, "-c", str(self.folder / "mosquitto.conf")]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for port in (self.port, self.websocket_port):
            wait_for(lambda port=port: self._accepts(port), what=f"Mosquitto to listen on {port}")  # type: ignore[misc]

    def stop(self) -> None:
        """SIGTERM: it saves what waits in it."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self._end(signal.SIGKILL)

    def read_log(self) -> str:
        """Everything that it has logged so far."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def _accepts(self, port: int) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"Mosquitto ended:\n{self.read_log()}"
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(10)
        finally:
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait(5)
            self._process = None


def _folder_for_another_user() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hongyan-mosquitto-"))
    folder.chmod(0o755)
    return folder
