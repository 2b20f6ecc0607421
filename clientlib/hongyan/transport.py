"""What a client needs of a server, and the real thing: the JSON API and MQTT over TCP by paho.

A program's own tests put `hongyan.testing.MemoryServer` in its place.
"""

from __future__ import annotations

import selectors
import socket
import ssl
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from hongyan._transfer import Progress
from hongyan.api import Address, Api, Login
from hongyan.envelope import Message
from hongyan.errors import NotConnected
from hongyan.session import Fetch, Head
from hongyan.topics import parse_conversation_key, status_topic

if TYPE_CHECKING:
    from paho.mqtt.client import Client as PahoClient
    from paho.mqtt.client import MQTTMessage

CONNECT_TIMEOUT_S: Final = 15.0
KEEP_ALIVE_S: Final = 30
_IN_FLIGHT: Final = 100  # unacknowledged publishes of ours; paho queues the rest
_PACKETS_PER_TURN: Final = 100
_OFFLINE: Final = b'{"state":"offline","text":""}'

Arrival = tuple[str, bytes]  # topic name, payload


class Link(Protocol):
    """One MQTT connection. All calls but `wake` come from one thread."""

    def publish(self, topic: str, payload: bytes, qos: int) -> None:
        """Publish, at the latest during the next `poll`."""

    def poll(self, timeout_s: float) -> list[Arrival]:
        """Wait until something arrives, `wake` is called or the time is over.

        Raises:
            NotConnected: The connection is lost.
        """

    def wake(self) -> None:
        """End the `poll` that runs, or the next one. From any thread."""

    def close(self) -> None:
        """Disconnect in order."""


class Transport(Protocol):
    """One account's way to its server. Calls block; they raise `ApiError` or `NotConnected`."""

    def login(self) -> Login:
        """Ask for the way to MQTT."""

    def heads(self) -> list[Head]:
        """How far each conversation has come."""

    def fetch(self, fetch: Fetch) -> Sequence[Message]:
        """A piece of history, ascending by seq."""

    def upload(self, path: Path, name: str | None, content_type: str | None, progress: Progress | None) -> str:
        """Upload a file; its id."""

    def download(self, file_id: str, path: Path, progress: Progress | None) -> None:
        """Download a file to `path`, which is there only when all of it is."""

    def connect(self, login: Login, client_id: str, filters: Sequence[str]) -> Link:
        """Connect with a clean session, with all filters granted."""


class ServerTransport:
    """A real server: HTTP for what is asked, MQTT over TCP for what arrives."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def login(self) -> Login:
        """Ask for the way to MQTT."""
        return self._api.mqtt_token()

    def heads(self) -> list[Head]:
        """How far each conversation has come."""
        return [Head(parse_conversation_key(head.key), head.last_seq) for head in self._api.conversations()]

    def fetch(self, fetch: Fetch) -> Sequence[Message]:
        """A piece of history, ascending by seq."""
        return self._api.history(str(fetch.conversation), after=fetch.after, limit=fetch.limit).messages

    def upload(self, path: Path, name: str | None, content_type: str | None, progress: Progress | None) -> str:
        """Upload a file; its id."""
        return self._api.upload(path, name=name, content_type=content_type, progress=progress)

    def download(self, file_id: str, path: Path, progress: Progress | None) -> None:
        """Download a file to `path`, which is there only when all of it is."""
        self._api.download(file_id, path, progress=progress)

    def connect(self, login: Login, client_id: str, filters: Sequence[str]) -> Link:
        """Connect with a clean session, with all filters granted."""
        if login.tcp is None:
            raise NotConnected("this server offers no MQTT over TCP")
        # A broker that listens on all addresses does not know the one by which we reach it.
        host = self._api.host if login.tcp.host in ("", "0.0.0.0", "::") else login.tcp.host  # noqa: S104
        return PahoLink(Address(host, login.tcp.port, login.tcp.tls), login, client_id, filters)


class PahoLink:
    """A connection by paho, driven by the caller's thread. Clean session: the history is our queue."""

    def __init__(self, address: Address, login: Login, client_id: str, filters: Sequence[str]) -> None:
        self._arrived: deque[Arrival] = deque()
        self._opened = False  # every filter is granted
        self._failure = ""
        self._filters = filters
        self._status_topic = status_topic(login.username, client_id)
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        self._mqtt = self._make_client(address, login, client_id)
        try:
            self._open(address)
        except BaseException:
            self.close()
            raise

    def _make_client(self, address: Address, login: Login, client_id: str) -> PahoClient:
        # Imported here, so that `import hongyan` stays quick.
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

        mqtt = Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=True, protocol=MQTTProtocolVersion.MQTTv311
        )
        mqtt.username_pw_set(login.username, login.password)
        mqtt.will_set(self._status_topic, _OFFLINE, qos=1)
        mqtt.max_inflight_messages_set(_IN_FLIGHT)
        if address.tls:
            mqtt.tls_set_context(ssl.create_default_context())
        mqtt.on_socket_open = _send_at_once
        mqtt.on_connect = self._on_connect
        mqtt.on_subscribe = self._on_subscribe
        mqtt.on_message = self._on_message
        return mqtt

    def _open(self, address: Address) -> None:
        deadline = time.monotonic() + CONNECT_TIMEOUT_S
        try:
            self._mqtt.connect(address.host, address.port, keepalive=KEEP_ALIVE_S)
        except OSError as error:
            raise NotConnected(f"{address.host}:{address.port} cannot be reached: {error}") from error
        while not self._opened:
            if (left_s := deadline - time.monotonic()) <= 0:
                raise NotConnected("the broker did not answer in time")
            self._turn(left_s)

    def publish(self, topic: str, payload: bytes, qos: int) -> None:
        """Publish, at the latest during the next `poll`."""
        self._mqtt.publish(topic, payload, qos)

    def poll(self, timeout_s: float) -> list[Arrival]:
        """Wait until something arrives, `wake` is called or the time is over."""
        if not self._arrived:
            self._turn(timeout_s)
        arrived = list(self._arrived)
        self._arrived.clear()
        return arrived

    def wake(self) -> None:
        """End the `poll` that runs, or the next one."""
        with suppress(OSError):  # full: it is awake already; closed: nobody sleeps
            self._wake_out.send(b"!")

    def close(self) -> None:
        """Say goodbye and disconnect."""
        sock = self._mqtt.socket()
        if sock is not None:
            self._mqtt.publish(self._status_topic, _OFFLINE)  # an external broker keeps our will to itself
            self._mqtt.disconnect()
            sock.close()
        self._wake_in.close()
        self._wake_out.close()

    def _turn(self, timeout_s: float) -> None:
        """Wait for the sockets once and let paho work."""
        sock: Any = self._mqtt.socket()
        if sock is None:
            raise NotConnected(self._failure or "the connection is lost")
        self._wait(sock, timeout_s)
        with suppress(BlockingIOError):
            self._wake_in.recv(4_096)
        failed = self._read() or self._mqtt.loop_write() or self._mqtt.loop_misc()
        if self._failure or (failed and not self._arrived):  # what arrived before the end is handed over first
            raise NotConnected(self._failure or "the connection is lost")

    def _read(self) -> int:
        """Read what is there; paho reads one packet at a time."""
        for _ in range(_PACKETS_PER_TURN):
            before = len(self._arrived)
            if failed := self._mqtt.loop_read():
                return failed
            if len(self._arrived) == before:
                break
        return 0

    def _wait(self, sock: Any, timeout_s: float) -> None:
        if isinstance(sock, ssl.SSLSocket) and sock.pending():
            return
        with selectors.DefaultSelector() as selector:
            writable = selectors.EVENT_WRITE if self._mqtt.want_write() else 0
            selector.register(sock, selectors.EVENT_READ | writable)
            selector.register(self._wake_in, selectors.EVENT_READ)
            selector.select(timeout_s)

    def _on_connect(self, mqtt: PahoClient, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._failure = f"the broker refused the connection: {reason}"
        else:
            mqtt.subscribe([(topic_filter, 1) for topic_filter in self._filters])

    def _on_subscribe(self, _mqtt: PahoClient, _data: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            self._failure = "the broker refused a subscription"
        else:
            self._opened = True

    def _on_message(self, _mqtt: PahoClient, _data: Any, message: MQTTMessage) -> None:
        self._arrived.append((message.topic, bytes(message.payload)))


def _send_at_once(_client: Any, _userdata: Any, opened: Any) -> None:
    """Without TCP_NODELAY every send waits 40 ms for the peer's delayed acknowledgement of our last PUBACK."""
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
