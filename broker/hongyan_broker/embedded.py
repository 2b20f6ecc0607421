"""The embedded broker: amqtt's listeners, configuration and plugins in front of our plane.

amqtt's `Broker` acknowledges before it checks, forgets what is not acknowledged at once and lets a CONNECT touch a
session before its password is right; so our listeners make a `Link`, and nothing of amqtt's handles a packet.
amqtt 0.12.1 exactly: private names are overridden.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from amqtt.adapters import ReaderAdapter, WriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import Action, BrokerConfig, ListenerConfig, ListenerType
from amqtt.errors import BrokerError
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from hongyan_broker.driver import Driver
from hongyan_broker.exchange_driver import ExchangeDriver
from hongyan_broker.links import Link
from hongyan_broker.plane.events import Identity, SignIn
from hongyan_broker.plugin import IDENTITY, HongyanPlugin
from hongyan_core.exchange import Exchange
from hongyan_core.settings import Settings

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
    """MQTT over TCP (TLS when it is set); `websocket.py` brings the web server's sockets to its driver.

    The database of the process is open before `start`. Construct it inside the running event loop.
    """

    plugins: ClassVar[dict[str, dict[str, Any]]] = {"hongyan_broker.plugin.HongyanPlugin": {}}

    def __init__(self, settings: Settings, exchange: Exchange | None = None) -> None:
        super().__init__(make_config(settings, self.plugins))
        self.settings = settings
        self.driver = self._make_driver(exchange)
        self._listening: socket.socket | None = None

    def _make_driver(self, exchange: Exchange | None) -> Driver:
        if exchange is None:
            raise ValueError("the messenger's broker needs an exchange")
        return ExchangeDriver(self.settings.limits, exchange, self)

    async def start(self) -> None:
        """Take the exchange's lease and the port, then listen.

        Raises:
            ExchangeRunning: Another exchange serves this database.
            OSError: The port cannot be had.
        """
        self._listening = _bind(self.settings.mqtt_host, self.settings.mqtt_port)
        try:
            await self.driver.start()
        except BaseException:
            self._listening.close()
            raise
        try:
            await super().start()
        except BaseException:
            await self.driver.stop()
            raise

    async def shutdown(self) -> None:
        """Stop listening, end all connections in order, write everything, give the lease back."""
        for server in self._servers.values():
            if server.instance is not None:
                server.instance.close()
        await self.driver.stop()
        await super().shutdown()

    @property
    def mqtt_port(self) -> int:
        """The port that was bound; not the one of the settings if that was 0."""
        if self._listening is None:
            raise RuntimeError("the broker has not been started")
        port: int = self._listening.getsockname()[1]
        return port

    def poke(self) -> None:
        """Look into the outbox now; from any thread."""
        self.driver.poke()

    # The driver's questions, answered by amqtt's plugins

    async def identify(self, asked: Sequence[SignIn]) -> list[Identity | BaseException | None]:
        """Whose passwords these are; all plugins must agree."""
        sessions = [_make_session(one) for one in asked]
        plugins = [plugin for plugin in self.plugins_manager.plugins if isinstance(plugin, BaseAuthPlugin)]
        answers = [await _authenticate_all(plugin, sessions) for plugin in plugins]
        return [_conclude(session, [of_plugin[n] for of_plugin in answers]) for n, session in enumerate(sessions)]

    def may_subscribe_now(self, account: str, topic_filter: str) -> bool | None:
        """What the plugins say without waiting; None if one of them has to."""
        said = [
            plugin.filter_now(account, topic_filter, Action.SUBSCRIBE) if isinstance(plugin, HongyanPlugin) else None
            for plugin in self.plugins_manager.plugins
            if isinstance(plugin, BaseTopicPlugin)
        ]
        return all(said) if all(isinstance(answer, bool) for answer in said) else None

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
        assert self._listening is not None  # noqa: S101 - `start` has bound it
        loop = asyncio.get_running_loop()
        return await loop.create_server(
            lambda: Link(self.driver), sock=self._listening, backlog=_BACKLOG, ssl=ssl_context
        )

    @staticmethod
    def _create_ssl_context(listener: ListenerConfig) -> ssl.SSLContext:
        """A server's context that does not ask clients for certificates, as amqtt's does."""
        if listener.certfile is None:
            raise BrokerError("TLS without a certificate")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(listener.certfile, listener.keyfile)
        return context

    async def _client_connected(self, listener_name: str, reader: ReaderAdapter, writer: WriterAdapter) -> None:
        """The road of amqtt's own listeners; ours make a `Link` instead, so nobody comes here."""
        raise BrokerError(f"the listener {listener_name!r} is not one of ours")


def _make_session(asked: SignIn) -> LightSession:
    packet, connection = asked.packet, asked.connection
    return LightSession(packet.username, packet.password or b"", connection.client_id, connection.address)


async def _authenticate_all(
    plugin: BaseAuthPlugin, sessions: Sequence[LightSession]
) -> Sequence[bool | BaseException | None]:
    if isinstance(plugin, HongyanPlugin):
        return await plugin.authenticate_all(sessions)
    return await asyncio.gather(*(plugin.authenticate(session=one) for one in sessions), return_exceptions=True)


def _conclude(session: LightSession, answers: Sequence[bool | BaseException | None]) -> Identity | BaseException | None:
    """As amqtt does: nobody may say no, somebody must say yes. None says nothing."""
    said = [answer for answer in answers if answer is not None]
    for answer in said:
        if isinstance(answer, BaseException):
            return answer
    identity = session.attributes.get(IDENTITY)
    return identity if said and all(said) and isinstance(identity, Identity) else None


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


def make_config(settings: Settings, plugins: dict[str, dict[str, Any]]) -> BrokerConfig:
    """amqtt's configuration: one TCP listener and the plugins by their names."""
    tcp: dict[str, Any] = {"type": "tcp", "bind": f"{settings.mqtt_host}:{settings.mqtt_port}"}
    if settings.secure:
        tcp |= {"ssl": True, "certfile": settings.tls_cert, "keyfile": settings.tls_key}
    return BrokerConfig.from_dict({"listeners": {_TCP_LISTENER: tcp}, "plugins": plugins})
