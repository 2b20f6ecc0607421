"""A whole Hongyan on free ports of 127.0.0.1, in the two shapes that the scenario runs on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from tests.support.cable import Cable
from tests.support.mosquitto import Mosquitto
from tests.support.process import Program, Server


class Deployment(ABC):
    """Start it, kill it, start it again; people reach it through cables that a test can cut."""

    name: str
    mqtt_port: int
    web: Server

    def __init__(self) -> None:
        self._cables: list[Cable] = []

    @property
    def url(self) -> str:
        """Where the web app answers without a cable."""
        return self.web.url

    @abstractmethod
    def start(self) -> None:
        """Start every program and wait until people can use it."""

    @abstractmethod
    def kill(self) -> None:
        """SIGKILL to every program at once."""

    @abstractmethod
    def read_logs(self) -> str:
        """What all programs of ours have printed and logged."""

    def lay_cable(self) -> Cable:
        """A way of one person to the server, for the test to cut."""
        cable = Cable(self.web.port, self._mqtt_websocket_port())
        self._cables.append(cable)
        return cable

    def _mqtt_websocket_port(self) -> int | None:
        return None

    def close(self) -> None:
        """End everything in order, cables first."""
        for cable in self._cables:
            cable.close()
        self._close_programs()

    @abstractmethod
    def _close_programs(self) -> None:
        """End every program in order."""


_Running = TypeVar("_Running", bound=Deployment)


@contextmanager
def running(deployment: _Running) -> Iterator[_Running]:
    """From its start to its end; its log must hold no traceback then."""
    try:
        deployment.start()
        yield deployment
        assert "Traceback" not in deployment.read_logs()
    finally:
        deployment.close()


class EmbeddedDeployment(Deployment):
    """One process: `hongyan serve`."""

    name = "embedded"

    def __init__(self, folder: Path, *extra: str) -> None:
        super().__init__()
        self.web = Server(folder / "data", *extra)
        self.mqtt_port = self.web.mqtt_port

    def start(self) -> None:
        self.web.start()

    def kill(self) -> None:
        self.web.kill()

    def _close_programs(self) -> None:
        self.web.close()

    def read_logs(self) -> str:
        return self.web.read_log()


class MosquittoDeployment(Deployment):
    """Debian's Mosquitto, `hongyan router` and `hongyan web` over one database."""

    name = "mosquitto"

    def __init__(self, folder: Path, *extra: str) -> None:
        super().__init__()
        data = folder / "data"
        self.mosquitto = Mosquitto(folder / "mosquitto")
        self.mqtt_port = self.mosquitto.port
        port = ("--mqtt-port", str(self.mqtt_port))
        self.web = Server(data, *port, *extra, command="web")
        credentials = ("--mqtt-credentials", str(self.mosquitto.folder))
        self.router = Program("router", "--data", str(data), *port, *credentials, *extra)

    def start(self) -> None:
        self.mosquitto.start()
        self.router.start()
        self.web.start()

    def kill(self) -> None:
        self.router.kill()
        self.web.kill()
        self.mosquitto.kill()

    def _close_programs(self) -> None:
        self.web.close()
        self.router.close()
        self.mosquitto.stop()

    def read_logs(self) -> str:
        return self.web.read_log() + self.router.read_log()

    def _mqtt_websocket_port(self) -> int | None:
        return self.mosquitto.websocket_port
