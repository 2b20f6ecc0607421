"""Programs of ours as child processes: started on free ports, waited for, ended by their own process id."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

from tests.support.ports import free_ports
from tests.support.waiting import wait_for

STRANGE = ("HONGYAN_", "PYTHONDONTWRITEBYTECODE")  # set on this machine, not where people run it


class Program:
    """`hongyan {arguments}` as a child process; what it prints and logs is kept for the failure message."""

    def __init__(self, *arguments: str) -> None:
        self.arguments = arguments
        self.log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed in `close`)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, again after a kill too."""
        assert self.process is None
        environment = {k: v for k, v in os.environ.items() if not k.startswith(STRANGE)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", "import sys; from hongyan.cli import main; sys.exit(main())", *self.arguments],
            stdout=self.log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=environment,
        )

    def read_log(self) -> str:
        """Everything that it has printed and logged so far."""
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def assert_running(self) -> None:
        """Fail with its log if it has ended."""
        assert self.process is not None
        assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.read_log()}"

    def waited_for_processor_s(self) -> float:
        """How long its main thread could have run, but for what else runs on this machine (Linux, proc(5))."""
        assert self.process is not None
        _, delay_ns, _ = Path(f"/proc/{self.process.pid}/schedstat").read_text().split()
        return int(delay_ns) / 1e9

    def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, and wait for the orderly end."""
        self._end(signal.SIGTERM)

    def close(self) -> None:
        """Stop it, and forget its log."""
        self.stop()
        self.log.close()

    def _end(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(15)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait(5)
            self.process = None


class Server(Program):
    """`hongyan serve` or `hongyan web` on free ports of 127.0.0.1."""

    def __init__(self, data_dir: Path, *extra: str, command: str = "serve") -> None:
        self.port, self.mqtt_port = free_ports(2)
        self.url = f"http://127.0.0.1:{self.port}"
        ports = ("--port", str(self.port), "--mqtt-port", str(self.mqtt_port))
        super().__init__(command, "--data", str(data_dir), *ports, *extra)

    def start(self) -> None:
        """Start it and wait until it answers."""
        super().start()
        wait_for(self._answers, timeout_s=30, what=f"{self.arguments[0]} to answer")

    def _answers(self) -> bool:
        self.assert_running()
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
