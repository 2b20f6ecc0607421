"""A hand-made MQTT client over a socket, and packets written byte by byte from the standard."""

from __future__ import annotations

import socket
import time
from contextlib import suppress

DISCONNECT = bytes.fromhex("e000")
PINGREQ = bytes.fromhex("c000")
PINGRESP = bytes.fromhex("d000")


def text(value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return len(data).to_bytes(2, "big") + data


def packet(first: int, body: bytes) -> bytes:
    length, size = b"", len(body)
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return bytes([first]) + length + bytes([size]) + body


def connect(
    client_id: str,
    username: str | None = "ann",
    password: str | None = "secret",
    *,
    clean: bool = True,
    keep_alive: int = 60,
    will: tuple[str, bytes] | None = None,
    level: int = 4,
) -> bytes:
    flags = 2 * clean + (0x04 if will else 0) + (0x80 if username is not None else 0) + (0x40 if password else 0)
    body = text("MQTT") + bytes([level, flags]) + keep_alive.to_bytes(2, "big") + text(client_id)
    if will:
        body += text(will[0]) + text(will[1])
    body += text(username) if username is not None else b""
    body += text(password) if password else b""
    return packet(0x10, body)


def publish(topic: str, payload: bytes, packet_id: int = 0, *, qos: int | None = None, dup: bool = False) -> bytes:
    qos = (1 if packet_id else 0) if qos is None else qos
    middle = packet_id.to_bytes(2, "big") if qos else b""
    return packet(0x30 | qos << 1 | dup << 3, text(topic) + middle + payload)


def subscribe(packet_id: int, *requests: tuple[str, int]) -> bytes:
    body = b"".join(text(topic_filter) + bytes([qos]) for topic_filter, qos in requests)
    return packet(0x82, packet_id.to_bytes(2, "big") + body)


def unsubscribe(packet_id: int, *filters: str) -> bytes:
    return packet(0xA2, packet_id.to_bytes(2, "big") + b"".join(text(f) for f in filters))


def puback(packet_id: int) -> bytes:
    return b"\x40\x02" + packet_id.to_bytes(2, "big")


def suback(packet_id: int, *codes: int) -> bytes:
    return packet(0x90, packet_id.to_bytes(2, "big") + bytes(codes))


def connack(code: int = 0, *, present: bool = False) -> bytes:
    return bytes([0x20, 2, present, code])


def split(stream: bytes) -> tuple[list[bytes], bytes]:
    """Whole packets, and the rest."""
    packets = []
    while len(stream) >= 2:
        length, at = 0, 1
        while at < len(stream) and at < 5:
            length |= (stream[at] & 127) << 7 * (at - 1)
            at += 1
            if stream[at - 1] < 128:
                break
        else:
            break
        if len(stream) < at + length:
            break
        packets.append(stream[: at + length])
        stream = stream[at + length :]
    return packets, stream


class Publish:
    """A received PUBLISH, taken apart."""

    def __init__(self, data: bytes) -> None:
        at = 2 if data[1] < 128 else 3 if data[2] < 128 else 4
        size = int.from_bytes(data[at : at + 2], "big")
        self.dup, self.qos, self.retain = bool(data[0] & 8), data[0] >> 1 & 3, bool(data[0] & 1)
        self.topic = data[at + 2 : at + 2 + size].decode()
        at += 2 + size
        self.packet_id = int.from_bytes(data[at : at + 2], "big") if self.qos else 0
        self.payload = data[at + 2 * bool(self.qos) :]


class Wire:
    """A client that does only what it is told."""

    def __init__(self, port: int, *, deadline_s: float = 10.0) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=deadline_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._deadline_s = deadline_s
        self._rest = b""
        self._packets: list[bytes] = []

    def send(self, *packets: bytes) -> None:
        self.socket.sendall(b"".join(packets))

    def next(self) -> bytes:
        """The next packet; empty when the server has closed."""
        deadline = time.monotonic() + self._deadline_s
        while not self._packets:
            assert time.monotonic() < deadline, "nothing came"
            try:
                data = self.socket.recv(65_536)
            except ConnectionResetError:
                data = b""
            if not data:
                return b""
            self._packets, self._rest = split(self._rest + data)
        return self._packets.pop(0)

    def expect(self, *packets: bytes) -> None:
        for wanted in packets:
            got = self.next()
            assert got == wanted, f"{got.hex(' ')} instead of {wanted.hex(' ')}"

    def next_publish(self) -> Publish:
        data = self.next()
        assert data and data[0] >> 4 == 3, f"not a PUBLISH: {data.hex(' ')}"
        return Publish(data)

    def is_closed(self) -> bool:
        """Whether the server closes without a further packet."""
        return self.next() == b""

    def is_quiet(self) -> bool:
        """Whether nothing came before the answer to a PINGREQ: packets are handled in order."""
        self.send(PINGREQ)
        return self.next() == PINGRESP

    def close(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
