"""MQTT over WebSocket: the web server keeps the port and reads the request, from the upgrade on the socket is ours.

Through ASGI a message cost 9 to 14 us, two tasks and 18 KB an idle connection; here it is a few slices of the chunk.
Frames are a stream, their bounds mean nothing [MQTT-6.0.0-2]: all that a chunk holds is handed on at once.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Callable, Container, MutableMapping
from typing import Any, Final, cast
from urllib.parse import unquote

from uvicorn.server import ServerState

from hongyan_broker.driver import Driver
from hongyan_broker.embedded import EmbeddedBroker
from hongyan_broker.links import Link

try:  # 0.1 us a frame
    from websockets.speedups import apply_mask
except ImportError:  # built without a compiler; 0.6 us a frame
    from websockets.utils import apply_mask

Scope = MutableMapping[str, Any]
Gate = Callable[[Scope], str | None]  # the client's address, or None for a request that is refused
MakeWebSocket = Callable[..., asyncio.Protocol]  # what uvicorn takes as `ws`

PATH: Final = "/mqtt"
SUBPROTOCOL: Final = "mqtt"
_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
_NORMAL, _GOING_AWAY, _PROTOCOL_ERROR, _UNSUPPORTED_DATA, _TOO_BIG = 1000, 1001, 1002, 1003, 1009
_SWITCH: Final = (
    b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
    b"sec-websocket-protocol: mqtt\r\nsec-websocket-accept: %b\r\n\r\n"  # [MQTT-6.0.0-4]
)
_SLOW_PEER: Final = 65_536  # with so much unsent no ping is answered: pongs must not grow a buffer


class FrameError(Exception):
    """The client broke RFC 6455 or sent what MQTT does not allow; `code` goes into the close frame."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


class FrameReader:
    """Cuts a client's stream into frames and takes the mask off; the header of a frame beyond `max_bytes` ends it."""

    __slots__ = ("_fragmented", "_held", "_need", "closed", "max_bytes", "pings")

    def __init__(self, max_bytes: int) -> None:
        self.pings: list[bytes] = []  # to be answered
        self.closed = False  # a close frame came
        self.max_bytes = max_bytes  # of one frame
        self._held: bytearray | None = None  # an unfinished frame, until `_need` bytes are there
        self._need = 0
        self._fragmented = False

    def read(self, chunk: bytes) -> bytes:
        """The bytes of all whole data frames.

        Raises:
            FrameError: Nothing after this can be read; the frames before it are lost with it.
        """
        if self._held is not None:
            self._held += chunk
            if len(self._held) < self._need:
                return b""
            chunk, self._held = bytes(self._held), None
        found: list[bytes] = []
        at, size = 0, len(chunk)
        while at < size and not self.closed:
            if size - at >= 6 and chunk[at] == 0x82 and 0x80 <= (second := chunk[at + 1]) < 0xFE:
                start = at + 6  # almost every frame: whole, binary, less than 126 bytes
                end = start + (second & 0x7F)
                if end <= size and not self._fragmented:
                    found.append(apply_mask(chunk[start:end], chunk[at + 2 : start]))
                    at = end
                    continue
            end = self._read_frame(chunk, at, found)
            if end == 0:
                self._held = bytearray(chunk[at:])
                break
            at = end
        return found[0] if len(found) == 1 else b"".join(found)

    def _read_frame(self, chunk: bytes, at: int, found: list[bytes]) -> int:
        """Read a frame of any kind; returns where it ends, or 0 if it does not yet."""
        size = len(chunk) - at
        if size < 2:
            return self._wait(2)
        first, second = chunk[at], chunk[at + 1]
        self._check(first, second)
        length, start = second & 0x7F, at + 2
        if length >= 126:
            wide = 2 if length == 126 else 8
            if size < 2 + wide:
                return self._wait(2 + wide)
            length = int.from_bytes(chunk[start : start + wide], "big")
            start += wide
        if length > self.max_bytes:
            raise FrameError(_TOO_BIG, "a frame beyond the packet limit")
        end = start + 4 + length
        if end - at > size:
            return self._wait(end - at)
        data = apply_mask(chunk[start + 4 : end], chunk[start : start + 4])
        self._take(first, data, found)
        return end

    def _wait(self, need: int) -> int:
        self._need = need
        return 0

    def _check(self, first: int, second: int) -> None:
        opcode, final = first & 0x0F, first & 0x80
        if first & 0x70 or not second & 0x80:
            raise FrameError(_PROTOCOL_ERROR, "a reserved bit, or no mask")
        if opcode >= 8 and (not final or second & 0x7F > 125):
            raise FrameError(_PROTOCOL_ERROR, "a control frame that is long or fragmented")
        if opcode == _TEXT:
            raise FrameError(_UNSUPPORTED_DATA, "a text frame [MQTT-6.0.0-1]")
        if opcode not in (_CONTINUATION, _BINARY, _CLOSE, _PING, _PONG):
            raise FrameError(_PROTOCOL_ERROR, "an unknown opcode")
        if opcode < 8 and (opcode == _CONTINUATION) != self._fragmented:
            raise FrameError(_PROTOCOL_ERROR, "a fragment out of order")

    def _take(self, first: int, data: bytes, found: list[bytes]) -> None:
        match first & 0x0F:
            case 0x0 | 0x2:
                self._fragmented = not first & 0x80
                found.append(data)  # an empty frame is legal and says nothing
            case 0x8:
                self.closed = True
            case 0x9:
                self.pings.append(data)


def encode_frame(opcode: int, data: bytes) -> bytes:
    """A whole frame, unmasked as a server's are."""
    size = len(data)
    if size < 126:
        return bytes((0x80 | opcode, size)) + data
    if size < 65_536:
        return b"%c\x7e%b%b" % (0x80 | opcode, size.to_bytes(2, "big"), data)
    return b"%c\x7f%b%b" % (0x80 | opcode, size.to_bytes(8, "big"), data)


class WebSocketLink(Link):
    """A WebSocket from its upgrade request on. uvicorn makes it, counts it and may call `shutdown`."""

    __slots__ = ("_gate", "_is_closing", "_others", "_reader")

    def __init__(self, driver: Driver, gate: Gate, reader: FrameReader, others: set[Any]) -> None:
        super().__init__(driver)
        self._gate: Gate | None = gate  # until the request has been answered
        self._reader = reader
        self._others = others
        self._is_closing = False

    # What uvicorn and the transport call

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The web server hands its transport over; the request follows as the first data."""
        self._transport = cast(asyncio.Transport, transport)
        self._others.add(self)

    def shutdown(self) -> None:
        """The web server ends."""
        self._say_goodbye(_GOING_AWAY)

    def connection_lost(self, exc: Exception | None) -> None:
        """See `Link`."""
        self._others.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """The request, then frames."""
        if self._gate is not None:
            self._answer(data, self._gate)
            return
        if self._connection is not None:  # a stranger's frames are no longer than a CONNECT may be
            self._reader.max_bytes = self._connection.max_packet_bytes
        try:
            found = self._reader.read(data)
        except FrameError as problem:
            self._say_goodbye(problem.code)
            return
        if self._reader.pings:
            self._answer_pings()
        if found:
            super().data_received(found)
        if self._reader.closed:
            self._say_goodbye(_NORMAL)

    def _answer(self, request: bytes, gate: Gate) -> None:
        self._gate = None
        transport = self._transport
        assert transport is not None  # noqa: S101 - `connection_made` came first
        scope = parse_request(request, transport.get_extra_info("peername"))
        address = gate(scope) if scope is not None else None
        if scope is None or address is None:
            self._is_closing = True
            transport.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            super().finish()
            return
        key: bytes = dict(scope["headers"])[b"sec-websocket-key"]
        accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
        transport.write(_SWITCH % accept)
        self._begin(transport, address)

    def _answer_pings(self) -> None:
        pings, self._reader.pings = self._reader.pings, []
        if self.buffered() < _SLOW_PEER:
            super().write(b"".join(encode_frame(_PONG, data) for data in pings))

    def _say_goodbye(self, code: int) -> None:
        """Close from our side, or answer a close; what the plane still had to say has left in its own frames."""
        connection, self._connection = self._connection, None
        self._close(code)
        if connection is not None:
            self._driver.lost(connection)

    def _close(self, code: int) -> None:
        if not self._is_closing and self._gate is None:
            self._is_closing = True
            super().write(encode_frame(_CLOSE, code.to_bytes(2, "big")))
        super().finish()

    # What the driver calls

    def write(self, data: bytes) -> None:
        """One binary frame a turn [MQTT-6.0.0-1]."""
        if not self._is_closing:
            super().write(encode_frame(_BINARY, data))

    def finish(self) -> None:
        """See `Link`; a close frame goes before."""
        self._close(_NORMAL)


def make_mqtt_websocket(
    broker: EmbeddedBroker, is_allowed_origin: Callable[[Scope], bool], paths: Container[str] = (PATH,)
) -> MakeWebSocket:
    """uvicorn's `ws`: one of `paths`, subprotocol `mqtt` [MQTT-6.0.0-3], an origin that is ours; else 403."""

    def gate(scope: Scope) -> str | None:
        if scope["path"] not in paths or SUBPROTOCOL not in scope["subprotocols"] or not is_allowed_origin(scope):
            return None
        return _find_address(scope, broker.settings.trusted_proxies)[0]

    def make(*, server_state: ServerState, **_: object) -> asyncio.Protocol:
        reader = FrameReader(broker.settings.limits.max_packet_bytes)
        return WebSocketLink(broker.driver, gate, reader, server_state.connections)

    return make


def parse_request(request: bytes, client: tuple[str, int] | None) -> Scope | None:
    """The request of an upgrade as an ASGI scope; None if it is no handshake of RFC 6455, section 4.2.1."""
    line, *lines = request.partition(b"\r\n\r\n")[0].split(b"\r\n")
    headers = [(name, value.strip()) for name, _, value in (text.partition(b":") for text in lines)]
    method, _, target = line.partition(b" ")
    found = dict(headers)
    try:
        key = base64.b64decode(found.get(b"sec-websocket-key", b""), validate=True)
    except binascii.Error:
        return None
    if method != b"GET" or found.get(b"sec-websocket-version") != b"13" or len(key) != 16:
        return None
    named = b",".join(value for name, value in headers if name == b"sec-websocket-protocol")
    return {
        "type": "websocket",
        "path": unquote(target.partition(b" ")[0].partition(b"?")[0].decode("latin-1")),
        "headers": headers,
        "subprotocols": [word.strip() for word in named.decode("latin-1").split(",")],
        "client": client,
    }


def _find_address(scope: Scope, trusted_proxies: int) -> tuple[str, int]:
    """Who connects: each trusted proxy has added one name at the right of X-Forwarded-For."""
    host, port = (scope.get("client") or ("", 0))[:2]
    named = b",".join(value for name, value in scope.get("headers", ()) if name == b"x-forwarded-for")
    hops = [hop.strip().decode("latin-1") for hop in named.split(b",") if hop.strip()]
    return (hops[-trusted_proxies] if 0 < trusted_proxies <= len(hops) else host), port
