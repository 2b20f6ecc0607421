"""Unmodified amqtt as a child process: three accounts, and rules that keep eve to her own tree.

`python -m tests.support.plain_amqtt TCP-PORT WEBSOCKET-PORT MAX-CONNECTIONS` is the child.
"""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any, Self

from amqtt.broker import Broker
from amqtt.contexts import Action, BrokerConfig
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin

from tests.support.plain_brokers import accepts
from tests.support.ports import free_ports
from tests.support.waiting import wait_for

PASSWORD = "secret"


class Doorkeeper(BaseAuthPlugin):
    """Everybody's password is `secret`."""

    async def authenticate(self, *, session: Any) -> bool:
        return session.username in ("ann", "bob", "eve") and session.password == PASSWORD


class Rules(BaseTopicPlugin):
    """Eve may subscribe anything, and sends and receives only below im/eve."""

    async def topic_filtering(
        self, *, session: Any = None, topic: str | None = None, action: Action | None = None
    ) -> bool:
        if session is None or session.username != "eve" or action is Action.SUBSCRIBE:
            return True
        return (topic or "").startswith("im/eve/")


class PlainAmqtt:
    """The child; `with` starts and ends it."""

    def __init__(self, *, max_connections: int = 5_000) -> None:
        self.port, self.web_port = free_ports(2)
        self.password = dict.fromkeys(("ann", "bob", "eve"), PASSWORD)
        self._max_connections = max_connections
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed in `__exit__`)

    def start(self) -> None:
        """Start it and wait until it listens."""
        arguments = [str(n) for n in (self.port, self.web_port, self._max_connections)]
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.support.plain_amqtt", *arguments],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        wait_for(self._is_up, timeout_s=30, what="amqtt to listen")

    def _is_up(self) -> bool:
        assert self.process.poll() is None, "amqtt ended"
        return accepts(self.web_port)  # the second of its listeners: a probe of the first leaks a connection

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def restart(self) -> None:
        """End it as an operator would, and start it again on the same ports."""
        self._end()
        self.start()

    def _end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:  # it is what some tests provoke
            self.process.kill()
            self.process.wait(5)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._log.close()


async def _serve(port: int, web_port: int, max_connections: int) -> None:
    listeners = {
        "default": {"type": "tcp", "bind": f"127.0.0.1:{port}", "max_connections": max_connections},
        "web": {"type": "ws", "bind": f"127.0.0.1:{web_port}"},
    }
    plugins: dict[str, Any] = {f"{__spec__.name}.{plugin.__name__}": {} for plugin in (Doorkeeper, Rules)}
    broker = Broker(BrokerConfig.from_dict({"listeners": listeners, "plugins": plugins}))
    await broker.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    asyncio.run(_serve(*(int(argument) for argument in sys.argv[1:])))
