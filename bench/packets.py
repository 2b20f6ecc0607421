"""The few MQTT packets that a load generator needs: built once, counted by the columns of equal packets.

A broker's output is mostly runs of packets of one size. Every n-th byte of such a run is one slice, so a run is
checked, counted and acknowledged with a handful of slices instead of a loop in Python over its packets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

CONNACK: Final = 0x20
PUBLISH: Final = 0x30
PUBACK: Final = 0x40
SUBACK: Final = 0x90
_RING: Final = 1_000  # packets in a magazine; packet identifiers 1 to 1,000, so windows are smaller than that


def encode_text(text: str | bytes) -> bytes:
    """Two bytes of length and UTF-8."""
    data = text.encode() if isinstance(text, str) else text
    return len(data).to_bytes(2, "big") + data


def encode_packet(first: int, body: bytes) -> bytes:
    """A packet with its remaining length of one to four bytes."""
    length, encoded = len(body), bytearray((first,))
    while length > 127:
        encoded.append(length & 127 | 128)
        length >>= 7
    encoded.append(length)
    return bytes(encoded) + body


def connect(client_id: str, username: str = "", password: str = "") -> bytes:
    """CONNECT, clean session, keep alive ten minutes."""
    names = (username, password) if username else ()
    flags = 2 | (0xC0 if username else 0)
    head = encode_text("MQTT") + bytes((4, flags)) + (600).to_bytes(2, "big")
    return encode_packet(0x10, head + b"".join(map(encode_text, (client_id, *names))))


def subscribe(filters: Sequence[str], qos: int) -> bytes:
    """SUBSCRIBE with packet identifier 1."""
    return encode_packet(0x82, b"\x00\x01" + b"".join(encode_text(name) + bytes((qos,)) for name in filters))


def publish(topic: str, payload: bytes, qos: int, packet_id: int = 0) -> bytes:
    """PUBLISH."""
    identifier = packet_id.to_bytes(2, "big") if qos else b""
    return encode_packet(PUBLISH | qos << 1, encode_text(topic) + identifier + payload)


@dataclass(frozen=True, slots=True)
class Run:
    """Packets of one kind and one size, side by side in `data`."""

    kind: int
    count: int
    size: int
    head: int  # bytes before topic or packet identifier
    data: bytes

    @property
    def qos(self) -> int:
        """Of a PUBLISH."""
        return self.data[0] >> 1 & 3

    def acknowledge(self) -> bytes:
        """A PUBACK for each PUBLISH of QoS 1, in order."""
        at = self.head + 2 + int.from_bytes(self.data[self.head : self.head + 2], "big")
        acks = bytearray(b"\x40\x02\x00\x00" * self.count)
        acks[2::4] = self.data[at :: self.size]
        acks[3::4] = self.data[at + 1 :: self.size]
        return bytes(acks)

    def packets(self) -> list[bytes]:
        """Each packet alone."""
        return [self.data[at : at + self.size] for at in range(0, len(self.data), self.size)]


def take_runs(data: bytes) -> tuple[list[Run], bytes]:
    """Split bytes into runs; the second value is the beginning of a packet that has not come whole."""
    runs, at, end = [], 0, len(data)
    while end - at >= 2:
        length, head = data[at + 1], 2
        if length > 127:
            if end - at < 3:
                break
            length, head = length & 127 | data[at + 2] << 7, 3  # 16 KiB are enough here
        size = head + length
        most = (end - at) // size
        if not most:
            break
        kind = data[at] & 0xF0
        # A PUBLISH is equal to its neighbour only if their topics have one length: the packet identifier is behind it.
        columns = head + 2 if kind == PUBLISH else head
        count = _count_equal(data[at : at + most * size], size, columns, most) if most > 1 else 1
        runs.append(Run(kind, count, size, head, data[at : at + count * size]))
        at += count * size
    return runs, data[at:]


def _count_equal(block: bytes, size: int, columns: int, most: int) -> int:
    """How many packets, from the first on, have its first `columns` bytes; the first other one ends the run."""
    for column in range(columns):
        stripe = block[column::size]
        most = min(most, len(stripe) - len(stripe.lstrip(stripe[:1])))
    return most


class Magazine:
    """PUBLISH packets for a publisher, cut from a ring; `#` in the payload is a running number, different each time.

    A repeated `id` would be a repeat to a messenger, and a repeat is not work; so the digits are counted on, a column
    of the ring at a time.
    """

    def __init__(self, topic: str, payload: str, qos: int) -> None:
        width = payload.count("#")  # at least four, or none
        self._size = len(publish(topic, payload.encode(), qos, 1))
        number = (f"{index:0{width}d}" if width else "" for index in range(_RING))
        numbered = (_fill(payload, digits) for digits in number)
        self._ring = bytearray(
            b"".join(publish(topic, each.encode(), qos, at) for at, each in enumerate(numbered, start=1))
        )
        start = self._size - len(payload)
        self._digits = [start + at for at, character in enumerate(payload) if character == "#"][:-3]
        self._at = 0
        self._block = 0

    def take(self, count: int) -> bytes:
        """The next `count` packets."""
        if self._at + count <= _RING:
            cut = bytes(self._ring[self._at * self._size : (self._at + count) * self._size])
            self._at += count
            if self._at == _RING:
                self._turn()
            return cut
        rest = _RING - self._at
        return self.take(rest) + self.take(count - rest)

    def _turn(self) -> None:
        self._at, self._block = 0, self._block + 1
        if not self._digits:
            return
        for at, digit in zip(self._digits, f"{self._block:0{len(self._digits)}d}", strict=True):
            self._ring[at :: self._size] = digit.encode() * _RING


def _fill(payload: str, digits: str) -> str:
    left = iter(digits)
    return "".join(next(left) if character == "#" else character for character in payload)
