"""The embedded broker: amqtt's listeners, configuration and plugins in front of our plane.

amqtt's `Broker` acknowledges before it checks, forgets what is not acknowledged at once and lets a CONNECT touch a
session before its password is right; so every connection leaves amqtt's road at `_client_connected`.
amqtt 0.12.1 exactly: private names are overridden.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Any, Final

from amqtt.adapters import ReaderAdapter, WriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import Action, BrokerConfig, ListenerConfig, ListenerType
from amqtt.errors import BrokerError
from amqtt.session import Session

from hongyan_broker.driver import Driver
from hongyan_broker.links import Link, StreamLink
from hongyan_broker.plane.events import Identity
from hongyan_broker.plane.packets import Connect
from hongyan_broker.plugin import IDENTITY
from hongyan_core.exchange import Exchange
from hongyan_core.settings import Settings

WEB_LISTENER: Final = "web"  # WebSockets that the web server has accepted
_TCP_LISTENER: Final = "default"
_BACKLOG: Final = 1_024  # amqtt's 100 made a thousand connects at once take seconds


class LightSession(Session):
    """What a plugin may read of a client. amqtt's own session builds a state machine: 40 KB and 5 ms a connect."""

    def __init__(self, account: str | None, password: bytes, client_id: str, address: str) -> None:
        # Not super().__init__(): that is the state machine.
        self.username = account
        self.password = password.decode(errors="replace")
        self.client_id = client_id
        self.remote_address = address
        self.attributes: dict[str, Any] = {}
        self.is_anonymous = False


class EmbeddedBroker(Broker):
    """MQTT over TCP (TLS when it is set) and, for sockets of the web server, the external listener "web".

    The database of the process is open before `start`. Construct it inside the running event loop.
    """

    def __init__(self, settings: Settings, exchange: Exchange) -> None:
        super().__init__(_make_config(settings))
        self.settings = settings
        self._driver = Driver(settings.limits, exchange, self)
        self._listening: socket.socket | None = None

    async def start(self) -> None:
        """Take the exchange's lease and the port, then listen.

        Raises:
            ExchangeRunning: Another exchange serves this database.
            OSError: The port cannot be had.
        """
        self._listening = _bind(self.settings.mqtt_host, self.settings.mqtt_port)
        try:
            await self._driver.start()
        except BaseException:
            self._listening.close()
            raise
        try:
            await super().start()
        except BaseException:
            await self._driver.stop()
            raise

    async def shutdown(self) -> None:
        """Stop listening, end all connections in order, write everything, give the lease back."""
        for server in self._servers.values():
            if server.instance is not None:
                server.instance.close()
        await self._driver.stop()
        await super().shutdown()

    @property
    def mqtt_port(self) -> int:
        """The port that was bound; not the one of the settings if that was 0."""
        if self._listening is None:
            raise RuntimeError("the broker has not been started")
        port: int = self._listening.getsockname()[1]
        return port

    @property
    def high_water_bytes(self) -> int:
        """From how many unsent bytes on a listener should stop taking more."""
        return self._driver.high_water_bytes

    def poke(self) -> None:
        """Look into the outbox now; from any thread."""
        self._driver.poke()

    # The driver's questions, answered by amqtt's plugins

    async def identify(self, packet: Connect, client_id: str, address: str) -> Identity | None:
        """Whose password it is; all plugins must agree."""
        session = LightSession(packet.username, packet.password or b"", client_id, address)
        if not await self._authenticate(session, self.listeners_config[_TCP_LISTENER]):
            return None
        identity = session.attributes.get(IDENTITY)
        return identity if isinstance(identity, Identity) else None

    async def may_subscribe(self, account: str, topic_filter: str) -> bool:
        """Whether the plugins let the account subscribe."""
        session = LightSession(account, b"", "", "")
        return bool(await self._topic_filtering(session, topic=topic_filter, action=Action.SUBSCRIBE))

    # amqtt's listeners

    async def _create_server_instance(
        self,
        listener_name: str,
        listener_type: ListenerType,
        address: str | None,
        port: int,
        ssl_context: ssl.SSLContext | None,
    ) -> asyncio.Server:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self.stream_connected(reader, writer, listener_name)

        return await asyncio.start_server(connected, sock=self._listening, backlog=_BACKLOG, ssl=ssl_context)

    @staticmethod
    def _create_ssl_context(listener: ListenerConfig) -> ssl.SSLContext:
        """A server's context that does not ask clients for certificates, as amqtt's does."""
        if listener.certfile is None:
            raise BrokerError("TLS without a certificate")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(listener.certfile, listener.keyfile)
        return context

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        """Take a socket from the TCP listener."""
        link = StreamLink(reader, writer, self.high_water_bytes)
        await self._client_connected(listener_name, link, link)

    async def _client_connected(self, listener_name: str, reader: ReaderAdapter, writer: WriterAdapter) -> None:
        """The one place where every listener arrives; from here on the plane is in charge."""
        if not isinstance(reader, Link):
            raise TypeError(f"the listener {listener_name!r} must hand in a Link, not a {type(reader).__name__}")
        await self._driver.serve(reader)


def _bind(host: str, port: int) -> socket.socket:
    """Bind before anything else starts, so that a port in use is one clear error."""
    info = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    listening = socket.socket(info[0], info[1])
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(info[4])
    except OSError:
        listening.close()
        raise
    return listening


def _make_config(settings: Settings) -> BrokerConfig:
    tcp: dict[str, Any] = {"type": "tcp", "bind": f"{settings.mqtt_host}:{settings.mqtt_port}"}
    if settings.secure:
        tcp |= {"ssl": True, "certfile": settings.tls_cert, "keyfile": settings.tls_key}
    return BrokerConfig.from_dict(
        {
            "listeners": {_TCP_LISTENER: tcp, WEB_LISTENER: {"type": "external"}},
            "plugins": {"hongyan_broker.plugin.HongyanPlugin": {}},
        }
    )
