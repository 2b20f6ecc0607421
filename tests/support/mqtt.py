"""A plain MQTT client for tests: paho, with everything that happens to it in one list to wait on."""

from __future__ import annotations

import json
import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion


@dataclass(frozen=True)
class Received:
    """A PUBLISH that has arrived."""

    topic: str
    payload: bytes
    qos: int
    dup: bool

    @property
    def json(self) -> Any:
        """The payload as JSON."""
        return json.loads(self.payload)


class Client:
    """Connects in the constructor, and never again by itself.

    Attributes:
        connack: The return code as paho words it, "Success" when the broker let it in.
    """

    def __init__(
        self,
        port: int,
        username: str,
        password: str,
        *,
        client_id: str | None = None,
        clean_session: bool = True,
        manual_ack: bool = False,
        transport: str = "tcp",
        will: tuple[str, bytes] | None = None,
    ) -> None:
        self.client_id = client_id or f"{username}-{uuid.uuid4().hex}"
        self.messages: SimpleQueue[Received] = SimpleQueue()
        self._events: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        self.ended = False
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.client_id,
            clean_session=clean_session,
            manual_ack=manual_ack,
            transport=transport,  # type: ignore[arg-type]
            reconnect_on_failure=False,
        )
        client.username_pw_set(username, password)
        if transport == "websockets":
            client.ws_set_options(path="/mqtt")
        if will is not None:
            client.will_set(*will, qos=1)
        client.on_connect = lambda c, u, f, reason, p: self._events.put(("connack", str(reason)))
        client.on_subscribe = lambda c, u, mid, codes, p: self._events.put(("suback", [code.value for code in codes]))
        client.on_publish = lambda c, u, mid, reason, p: self._events.put(("puback", mid))
        client.on_disconnect = self._handle_end
        client.on_message = lambda c, u, m: self.messages.put(Received(m.topic, bytes(m.payload), m.qos, m.dup))
        if transport == "tcp":
            client.on_socket_open = lambda c, u, sock: sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.paho = client
        client.connect("127.0.0.1", port, keepalive=30)
        client.loop_start()
        self.connack: str = self._wait("connack")

    def subscribe(self, *filters: str, qos: int = 1) -> list[int]:
        """Subscribe and return the granted QoS of each filter, 128 for a refused one."""
        self.paho.subscribe([(topic_filter, qos) for topic_filter in filters])
        codes: list[int] = self._wait("suback")
        return codes

    def publish(self, topic: str, payload: bytes | str | dict[str, Any], *, qos: int = 1, retain: bool = False) -> int:
        """Publish without waiting; a dict is sent as JSON."""
        body = json.dumps(payload) if isinstance(payload, dict) else payload
        return self.paho.publish(topic, body, qos, retain).mid

    def publish_and_wait(self, topic: str, payload: bytes | str | dict[str, Any]) -> None:
        """Publish at QoS 1 and wait for the PUBACK."""
        mid = self.publish(topic, payload)
        while self._wait("puback") != mid:
            pass

    def receive(self, *, timeout_s: float = 10) -> Received:
        """The next message that has arrived."""
        try:
            return self.messages.get(timeout=timeout_s)
        except Empty:
            raise AssertionError(f"{self.client_id} has received nothing for {timeout_s} s") from None

    def receive_until(self, wanted: Callable[[Received], bool], *, timeout_s: float = 20) -> list[Received]:
        """Everything that arrives, up to and with the message that is wanted."""
        deadline = time.monotonic() + timeout_s
        received = [self.receive(timeout_s=timeout_s)]
        while not wanted(received[-1]):
            received.append(self.receive(timeout_s=max(deadline - time.monotonic(), 0.01)))
        return received

    def wait_for_end(self) -> None:
        """Wait until the broker has closed the connection."""
        if not self.ended:
            self._wait("end")

    def close(self) -> None:
        """DISCONNECT, in order."""
        self.paho.disconnect()
        self.paho.loop_stop()
        self._close_socket()

    def cut(self) -> None:
        """End the connection without DISCONNECT, as a lost network does."""
        sock = self.paho.socket()
        if isinstance(sock, socket.socket):
            sock.shutdown(socket.SHUT_RDWR)  # wakes paho's thread, which would look once a second
        self.paho.loop_stop()
        self._close_socket()

    def _close_socket(self) -> None:
        # paho leaves it open where the broker was first to end the connection.
        sock = self.paho.socket()
        if sock is not None:
            sock.close()

    def _handle_end(self, *_: Any) -> None:
        self.ended = True
        self._events.put(("end", None))

    def _wait(self, kind: str, timeout_s: float = 10) -> Any:
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                happened, value = self._events.get(timeout=max(deadline - time.monotonic(), 0.01))
            except Empty:
                raise AssertionError(f"{self.client_id} has waited {timeout_s} s in vain for {kind}") from None
            if happened == kind:
                return value
            assert happened != "end", f"{self.client_id}: the connection ended before {kind}"
