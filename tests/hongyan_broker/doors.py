"""The doors at which the wire cases are played: TCP, WebSocket, and the plane without a socket."""

from __future__ import annotations

from websockets import ConnectionClosed
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as open_websocket
from websockets.typing import Subprotocol

from hongyan_broker.plane.connection import Connection
from tests.hongyan_broker.desk import Desk, is_closed
from tests.hongyan_broker.wire import Wire, split


class TcpDoor:
    """Any broker's port."""

    def __init__(self, port: int) -> None:
        self._port = port

    def open(self) -> Wire:
        return Wire(self._port)

    def wait(self, seconds: float) -> None:
        """The real clock runs by itself."""


class WebSocketLine:
    """Packets in binary frames, cut where it suits nobody: their bounds mean nothing [MQTT-6.0.0-2]."""

    def __init__(self, websocket: ClientConnection, frame_bytes: int) -> None:
        self._websocket = websocket
        self._frame_bytes = frame_bytes
        self._packets: list[bytes] = []
        self._rest = b""

    def send(self, *packets: bytes) -> None:
        data = b"".join(packets)
        for start in range(0, len(data), self._frame_bytes):
            self._websocket.send(data[start : start + self._frame_bytes])

    def next(self) -> bytes:
        while not self._packets:
            try:
                frame = self._websocket.recv(10)
            except ConnectionClosed:
                return b""
            assert isinstance(frame, bytes), "a text frame [MQTT-6.0.0-1]"
            self._packets, self._rest = split(self._rest + frame)
        return self._packets.pop(0)

    def close(self) -> None:
        self._websocket.close()


class WebSocketDoor:
    """The WebSocket listener of a broker."""

    def __init__(self, port: int, path: str = "/mqtt", *, frame_bytes: int = 4_099) -> None:
        self._url = f"ws://127.0.0.1:{port}{path}"
        self._frame_bytes = frame_bytes

    def open(self) -> WebSocketLine:
        websocket = open_websocket(self._url, subprotocols=[Subprotocol("mqtt")], compression=None, proxy=None)
        assert websocket.subprotocol == "mqtt", "[MQTT-6.0.0-4]"
        return WebSocketLine(websocket, self._frame_bytes)

    def wait(self, seconds: float) -> None:
        """The real clock runs by itself."""


class DeskLine:
    """A connection of the plane."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.connection: Connection = desk.open()
        self._packets: list[bytes] = []

    def send(self, *packets: bytes) -> None:
        self._desk.feed(self.connection, b"".join(packets))

    def next(self) -> bytes:
        self._packets += self._desk.take(self.connection)
        if self._packets:
            return self._packets.pop(0)
        assert is_closed(self.connection), "nothing came"
        return b""

    def close(self) -> None:
        self._desk.cut(self.connection)


class DeskDoor:
    """The plane itself, with a driver that answers at once."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def open(self) -> DeskLine:
        return DeskLine(self.desk)

    def wait(self, seconds: float) -> None:
        self.desk.plane.now_s += seconds
        self.desk.plane.tick(0)
        self.desk.turn()
