"""The router's connection to Mosquitto: paho in its own thread, which only posts events into one queue."""

from __future__ import annotations

import logging
import socket
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from hongyan_broker.mosquitto_setup import RouterAccess

log = logging.getLogger(__name__)
_BACKLOG: Final = 20_000  # events; beyond it QoS 0 is dropped. Mosquitto bounds QoS 1 by max_inflight_messages


@dataclass(frozen=True, slots=True)
class Connected:
    """CONNACK 0."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection ended; paho makes another one by itself."""


@dataclass(frozen=True, slots=True)
class Published:
    """Mosquitto has acknowledged one of our publishes (at QoS 0: it has left)."""

    packet_id: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """A PUBLISH from Mosquitto."""

    topic: str
    payload: bytes
    packet_id: int  # 0 at QoS 0
    dup: bool


@dataclass(frozen=True, slots=True)
class Woken:
    """Look at `stop` now."""


Event = Connected | Disconnected | Published | Arrived | Woken


def connect(access: RouterAccess, events: SimpleQueue[Event], *, window: int) -> mqtt.Client:
    """Begin to connect, and again after every loss, as soon as `loop_start` is called.

    Args:
        window: How many of our publishes may be on their way at QoS 1; what a loss interrupts is sent again.
    """
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=access.client_id,
        clean_session=False,  # what arrives while the router is down waits in Mosquitto
        manual_ack=True,
    )
    client.username_pw_set(access.username, access.password)
    if access.ca_file:
        client.tls_set(access.ca_file)
    client.max_inflight_messages_set(window)
    client.reconnect_delay_set(min_delay=1, max_delay=10)

    def on_socket_open(_client: Any, _userdata: Any, sock: Any) -> None:
        # Without it a packet waits 40 ms for Mosquitto's delayed acknowledgement of the one before.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def on_connect(_client: Any, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            log.error("Mosquitto refuses the router: %s", reason)
        else:
            events.put(Connected())

    def on_connect_fail(_client: Any, _userdata: Any) -> None:
        log.warning("cannot reach Mosquitto on %s:%d; trying again", access.host, access.port)

    def on_disconnect(_client: Any, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        log.log(logging.WARNING if reason.is_failure else logging.INFO, "connection to Mosquitto ended: %s", reason)
        events.put(Disconnected())

    def on_publish(_client: Any, _userdata: Any, packet_id: int, _reason: Any, _properties: Any) -> None:
        events.put(Published(packet_id))

    def on_message(_client: Any, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        if message.qos or events.qsize() < _BACKLOG:
            events.put(Arrived(message.topic, bytes(message.payload), message.mid if message.qos else 0, message.dup))

    client.on_socket_open = on_socket_open
    client.on_connect = on_connect
    client.on_connect_fail = on_connect_fail
    client.on_disconnect = on_disconnect
    client.on_publish = on_publish
    client.on_message = on_message
    client.connect_async(access.host, access.port, keepalive=30)
    return client
