"""MQTT over WebSocket, served by uvicorn as `hongyan serve` does it."""

from __future__ import annotations

import json
import threading
from typing import Any, Self

import paho.mqtt.client as paho
import pytest
from websockets import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as open_websocket
from websockets.typing import Origin, Subprotocol

from tests.hongyan_broker.running import ORIGIN, House
from tests.hongyan_broker.wire import PINGREQ, PINGRESP, connack, connect, puback, publish, split
from tests.support.waiting import wait_for


def open_mqtt(
    house: House, *, path: str = "/mqtt", protocol: str | None = "mqtt", origin: str = ORIGIN
) -> ClientConnection:
    protocols = None if protocol is None else [Subprotocol(protocol)]
    url = f"ws://127.0.0.1:{house.web_port}{path}"
    return open_websocket(url, subprotocols=protocols, origin=Origin(origin), compression=None, proxy=None)


def read(websocket: ClientConnection, count: int) -> list[bytes]:
    data = b""
    while len(split(data)[0]) < count:
        frame = websocket.recv(10)
        assert isinstance(frame, bytes)
        data += frame
    return split(data)[0]


@pytest.mark.parametrize(
    "wrong", [{"path": "/other"}, {"protocol": None}, {"protocol": "chat"}, {"origin": "http://evil.example"}]
)
def test_another_path_protocol_or_origin_is_refused(house: House, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidStatus) as refused, open_mqtt(house, **wrong):
        pass
    assert refused.value.response.status_code == 403


def test_frames_are_a_stream_their_bounds_mean_nothing(house: House) -> None:
    with open_mqtt(house) as websocket:
        assert websocket.subprotocol == "mqtt"
        stream = connect("c1", "ann", house.password["ann"]) + publish("im/ann/send/user/bob", b"x", 5) + PINGREQ
        for start in range(0, len(stream), 7):
            websocket.send(stream[start : start + 7])
        assert sorted(read(websocket, 3)) == sorted([connack(), puback(5), PINGRESP])


def test_a_text_frame_closes(house: House) -> None:
    with open_mqtt(house) as websocket:
        websocket.send("hello")
        with pytest.raises(ConnectionClosed) as closed:
            websocket.recv(10)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1003


def test_empty_frames_and_a_close_before_signing_in_leave_nothing(house: House) -> None:
    for _ in range(5):
        with open_mqtt(house) as websocket:
            websocket.send(b"")
    assert house.broker is not None
    peers = house.broker.driver._peers
    wait_for(lambda: not peers, what="the connections to be forgotten")


def test_a_protocol_error_closes_after_what_was_answered(house: House) -> None:
    with open_mqtt(house) as websocket:
        websocket.send(connect("c1", "ann", "wrong"))
        assert read(websocket, 1) == [connack(4)]
        with pytest.raises(ConnectionClosed):
            websocket.recv(10)


def test_a_frame_beyond_the_packet_limit_closes(house: House) -> None:
    with open_mqtt(house) as websocket, pytest.raises(ConnectionClosed):
        websocket.send(b"x" * 300_000)
        while True:
            websocket.recv(10)


def test_a_strangers_frame_is_no_longer_than_a_connect_may_be(house: House) -> None:
    long = b"\x82\xff" + (70_000).to_bytes(8, "big") + b"\0\0\0\0"  # only the head of a frame: its length is enough
    with open_mqtt(house) as websocket:
        websocket.send(connect("c1", "ann", house.password["ann"]))
        assert read(websocket, 1) == [connack()]
        websocket.socket.sendall(long + b"\xc0\x00" + b"\0" * 69_998)  # a PINGREQ, and what is no packet
        assert read(websocket, 1) == [PINGRESP]
    with open_mqtt(house) as websocket, pytest.raises(ConnectionClosed) as closed:
        websocket.socket.sendall(long)
        websocket.recv(10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009  # message too big (RFC 6455, section 7.4.1)


def test_the_server_stops_while_websockets_are_open(house: House) -> None:
    with open_mqtt(house) as websocket:
        websocket.send(connect("c1", "ann", house.password["ann"]))
        assert read(websocket, 1) == [connack()]
        house.restart()
        with pytest.raises(ConnectionClosed):
            websocket.recv(10)


class Paho:
    """A paho client of one account; it stays connected between `with` and its end."""

    def __init__(self, house: House, name: str, transport: Any, *, clean: bool) -> None:
        self.received: list[str] = []
        self.arrived = threading.Semaphore(0)
        self.subscribed = threading.Event()
        self.client = paho.Client(
            paho.CallbackAPIVersion.VERSION2, f"{name}-1", clean_session=clean, transport=transport
        )
        self.client.username_pw_set(name, house.password[name])
        self.client.ws_set_options(path="/mqtt", headers={"Origin": ORIGIN})
        self.client.on_connect = lambda client, *_: client.subscribe(f"im/{name}/inbox/#", 1)
        self.client.on_subscribe = lambda *_: self.subscribed.set()
        self.client.on_message = self._on_message
        self._port = house.port if transport == "tcp" else house.web_port

    def _on_message(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        self.received.append(json.loads(message.payload)["body"])
        self.arrived.release()

    def __enter__(self) -> Self:
        self.client.connect("127.0.0.1", self._port)
        self.client.loop_start()
        assert self.subscribed.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def take(self, count: int) -> list[str]:
        for _ in range(count):
            assert self.arrived.acquire(timeout=10)
        return self.received


@pytest.mark.parametrize("transport", ["tcp", "websockets"])
def test_paho_sends_receives_and_resumes(house: House, transport: Any) -> None:
    with Paho(house, "ann", transport, clean=True) as ann:
        with Paho(house, "bob", transport, clean=False) as bob:
            for n in range(3):
                ann.client.publish("im/ann/send/user/bob", f"{n}", 1).wait_for_publish(10)
            assert bob.take(3) == ["0", "1", "2"]
        for n in range(3, 6):
            ann.client.publish("im/ann/send/user/bob", f"{n}", 1).wait_for_publish(10)
        with Paho(house, "bob", transport, clean=False) as bob:
            assert bob.take(3) == ["3", "4", "5"]
