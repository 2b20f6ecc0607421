"""MQTT 3.1.1 control packets: bytes in, packets out, and back. No packet is half believed.

What a client may send is parsed, what a server may send is encoded; everything else is a `ProtocolError`, after which
the connection must be closed [MQTT-4.8.0-1]. The cases are in tests/contract/mqtt311.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import msgspec

from hongyan.topics import is_valid_filter


class ProtocolError(Exception):
    """The client broke the protocol: close the connection."""


class PacketTooLarge(ProtocolError):
    """A packet beyond the limit; nothing of its body was kept."""


class MalformedPacket(ProtocolError):
    """A length, a flag or a string that does not fit the standard; the message names the statement."""


class UnexpectedPacket(ProtocolError):
    """A packet that a client may not send, or not now."""


class UnsupportedLevel(ProtocolError):
    """A protocol level other than 4 (3.1.1): answered with return code 1 [MQTT-3.1.2-2]."""


class Packet(msgspec.Struct, frozen=True, gc=False):
    """What a client sent."""


class Will(msgspec.Struct, frozen=True, gc=False):
    """What the server publishes when the connection ends without a DISCONNECT."""

    topic: str
    payload: bytes
    qos: int
    retain: bool


class Connect(Packet, frozen=True, gc=False):
    """CONNECT. `keep_alive_s` 0 turns the mechanism off."""

    client_id: str
    clean_session: bool
    keep_alive_s: int
    username: str | None = None
    password: bytes | None = None
    will: Will | None = None


class Publish(Packet, frozen=True, gc=False):
    """PUBLISH. `packet_id` is None for QoS 0."""

    topic: str
    payload: bytes
    qos: int
    dup: bool
    retain: bool
    packet_id: int | None


class Puback(Packet, frozen=True, gc=False):
    """PUBACK."""

    packet_id: int


class Pubrec(Packet, frozen=True, gc=False):
    """PUBREC."""

    packet_id: int


class Pubrel(Packet, frozen=True, gc=False):
    """PUBREL."""

    packet_id: int


class Pubcomp(Packet, frozen=True, gc=False):
    """PUBCOMP."""

    packet_id: int


class Subscribe(Packet, frozen=True, gc=False):
    """SUBSCRIBE: (topic filter, requested QoS), at least one."""

    packet_id: int
    requests: tuple[tuple[str, int], ...]


class Unsubscribe(Packet, frozen=True, gc=False):
    """UNSUBSCRIBE: at least one topic filter."""

    packet_id: int
    filters: tuple[str, ...]


class Pingreq(Packet, frozen=True, gc=False):
    """PINGREQ."""


class Disconnect(Packet, frozen=True, gc=False):
    """DISCONNECT: the will is dropped."""


class Parser:
    """Cuts a stream of bytes, in chunks of any size, into packets of at most `max_packet_bytes`."""

    __slots__ = ("_at", "_data", "_held", "_need", "max_packet_bytes")  # no __dict__: ten thousand of them idle

    def __init__(self, max_packet_bytes: int) -> None:
        self.max_packet_bytes = max_packet_bytes
        self._data = b""  # parsed from `_at`
        self._at = 0
        self._held = bytearray()  # chunks that wait until `_need` bytes are there: one copy a packet, not one a chunk
        self._need = 0

    def feed(self, chunk: bytes) -> None:
        """Take what the socket gave."""
        rest = self._data[self._at :]
        self._at = 0
        if not self._held and len(rest) + len(chunk) >= self._need:
            self._data, self._need = rest + chunk, 0
            return
        self._held += rest
        self._held += chunk
        self._data = b""

    def peek(self) -> tuple[bytes, int]:
        """The bytes that have come and where the next packet begins in them; `skip_to` says how far they were read."""
        if self._held and len(self._held) >= self._need:
            self._data, self._held, self._need = bytes(self._held), bytearray(), 0
        return self._data, self._at

    def skip_to(self, at: int) -> None:
        """Whole packets up to here were handled by who peeked."""
        self._at = at

    def is_drained(self) -> bool:
        """Whether every byte that has come was read."""
        return self._at == len(self._data) and not self._held

    def next_packet(self) -> Packet | None:
        """The next whole packet, or None until more bytes come.

        Raises:
            ProtocolError: The stream cannot be read any further.
        """
        if self._held:
            if len(self._held) < self._need:
                return None
            self._data, self._held, self._need = bytes(self._held), bytearray(), 0
        data, at = self._data, self._at
        header = _parse_fixed_header(data, at)
        if header is None:
            self._need = len(data) - at + 1
            return None
        start, length = header
        end = start + length
        if end - at > self.max_packet_bytes:
            raise PacketTooLarge(f"{end - at} bytes")
        parse, flags = _PARSE.get(data[at] >> 4), data[at] & 0x0F
        if parse is None:
            raise UnexpectedPacket(f"packet type {data[at] >> 4} from a client")
        if end > len(data):
            self._need = end - at
            return None
        self._at = end
        return parse(flags, data[start:end])


def _parse_fixed_header(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the body starts and how long it is (section 2.2); None until all of the header is there."""
    length = 0
    for index in range(1, 5):
        if at + index >= len(data):
            return None
        byte = data[at + index]
        length |= (byte & 0x7F) << (7 * (index - 1))
        if byte < 0x80:
            return at + index + 1, length
    raise MalformedPacket("a remaining length of more than four bytes (section 2.2.3)")


def _demand(fits: bool, why: str) -> None:
    if not fits:
        raise MalformedPacket(why)


def _take_bytes(body: bytes, at: int) -> tuple[bytes, int]:
    """Two bytes of length and what they count; also where it ends."""
    start = at + 2
    end = start + int.from_bytes(body[at:start], "big")
    _demand(start <= len(body) and end <= len(body), "a field beyond the end of its packet")
    return body[start:end], end


def _take_text(body: bytes, at: int) -> tuple[str, int]:
    raw, end = _take_bytes(body, at)
    try:
        text = raw.decode()  # refuses surrogates and overlong forms [MQTT-1.5.3-1]
    except UnicodeDecodeError:
        raise MalformedPacket("not UTF-8 [MQTT-1.5.3-1]") from None
    _demand("\0" not in text, "U+0000 [MQTT-1.5.3-2]")
    return text, end


def _take_packet_id(body: bytes, at: int = 0) -> tuple[int, int]:
    packet_id = int.from_bytes(body[at : at + 2], "big")
    _demand(len(body) >= at + 2 and packet_id > 0, "packet identifier [MQTT-2.3.1-1]")
    return packet_id, at + 2


def parse_topic_name(body: bytes, at: int) -> tuple[str, int]:
    """Parse a topic name with its two bytes of length; also where it ends.

    Raises:
        MalformedPacket: It is not UTF-8, is empty or has a wildcard.
    """
    topic, end = _take_text(body, at)
    _demand(topic != "", "an empty topic name [MQTT-4.7.3-1]")
    _demand("+" not in topic and "#" not in topic, "a wildcard in a topic name [MQTT-3.3.2-2]")
    return topic, end


def _take_filter(body: bytes, at: int) -> tuple[str, int]:
    """A topic filter, in UTF-8 and without U+0000 [MQTT-3.8.3-1] [MQTT-3.10.3-1] [MQTT-4.7.3-2]."""
    topic_filter, end = _take_text(body, at)
    _demand(is_valid_filter(topic_filter), "topic filter [MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.7.3-1]")
    return topic_filter, end


def _parse_connect(flags: int, body: bytes) -> Connect:
    _demand(flags == 0, "flags [MQTT-2.2.2-2]")
    name, at = _take_text(body, 0)
    if name not in ("MQTT", "MQIsdp"):
        raise MalformedPacket("protocol name [MQTT-3.1.2-1]")
    _demand(len(body) > at, "no protocol level")
    if name != "MQTT" or body[at] != 4:
        raise UnsupportedLevel(f"protocol level {body[at]} [MQTT-3.1.2-2]")
    _demand(len(body) >= at + 4, "a truncated variable header")
    connect_flags = body[at + 1]
    keep_alive_s = int.from_bytes(body[at + 2 : at + 4], "big")
    _check_connect_flags(connect_flags)
    client_id, at = _take_text(body, at + 4)  # [MQTT-3.1.3-3] [MQTT-3.1.3-4]
    will, at = _take_will(connect_flags, body, at)
    username: str | None = None
    password: bytes | None = None
    if connect_flags & 0x80:  # [MQTT-3.1.2-18] [MQTT-3.1.2-19] [MQTT-3.1.3-11]
        username, at = _take_text(body, at)
    if connect_flags & 0x40:  # [MQTT-3.1.2-20] [MQTT-3.1.2-21]
        password, at = _take_bytes(body, at)
    _demand(at == len(body), "bytes after the payload [MQTT-3.1.3-1]")
    return Connect(client_id, bool(connect_flags & 0x02), keep_alive_s, username, password, will)


def _check_connect_flags(flags: int) -> None:
    _demand(flags & 0x01 == 0, "reserved connect flag [MQTT-3.1.2-3]")
    if not flags & 0x04:
        _demand(flags & 0x38 == 0, "will QoS or retain without a will [MQTT-3.1.2-13] [MQTT-3.1.2-15]")
    _demand(flags & 0x18 != 0x18, "will QoS 3 [MQTT-3.1.2-14]")
    _demand(bool(flags & 0x80) or not flags & 0x40, "a password without a user name [MQTT-3.1.2-22]")


def _take_will(flags: int, body: bytes, at: int) -> tuple[Will | None, int]:
    if not flags & 0x04:
        return None, at  # [MQTT-3.1.2-11] [MQTT-3.1.2-12]
    # [MQTT-3.1.2-9] [MQTT-3.1.3-10]
    topic, at = parse_topic_name(body, at)
    payload, at = _take_bytes(body, at)
    return Will(topic, payload, (flags >> 3) & 0x03, bool(flags & 0x20)), at


def _parse_publish(flags: int, body: bytes) -> Publish:
    qos, dup = (flags >> 1) & 0x03, bool(flags & 0x08)
    _demand(qos < 3, "QoS 3 [MQTT-3.3.1-4]")
    _demand(qos > 0 or not dup, "DUP with QoS 0 [MQTT-3.3.1-2]")
    topic, at = parse_topic_name(body, 0)  # [MQTT-3.3.2-1]
    packet_id: int | None = None
    if qos:  # [MQTT-2.3.1-5]
        packet_id, at = _take_packet_id(body, at)
    return Publish(topic, body[at:], qos, dup, bool(flags & 0x01), packet_id)


def _parse_puback(flags: int, body: bytes) -> Puback:
    _demand(flags == 0, "flags [MQTT-2.2.2-2]")
    _demand(len(body) == 2, "length of a PUBACK (section 3.4.1)")
    return Puback(_take_packet_id(body)[0])


def _parse_pubrec(flags: int, body: bytes) -> Pubrec:
    _demand(flags == 0, "flags [MQTT-2.2.2-2]")
    _demand(len(body) == 2, "length of a PUBREC (section 3.5.1)")
    return Pubrec(_take_packet_id(body)[0])


def _parse_pubcomp(flags: int, body: bytes) -> Pubcomp:
    _demand(flags == 0, "flags [MQTT-2.2.2-2]")
    _demand(len(body) == 2, "length of a PUBCOMP (section 3.7.1)")
    return Pubcomp(_take_packet_id(body)[0])


def _parse_pubrel(flags: int, body: bytes) -> Pubrel:
    _demand(flags == 0b0010, "flags of a PUBREL [MQTT-3.6.1-1]")
    _demand(len(body) == 2, "length of a PUBREL (section 3.6.1)")
    return Pubrel(_take_packet_id(body)[0])


def _parse_subscribe(flags: int, body: bytes) -> Subscribe:
    _demand(flags == 0b0010, "flags of a SUBSCRIBE [MQTT-3.8.1-1]")
    packet_id, at = _take_packet_id(body)
    requests = []
    while at < len(body):
        topic_filter, at = _take_filter(body, at)
        _demand(at < len(body) and body[at] < 3, "requested QoS [MQTT-3-8.3-4]")
        requests.append((topic_filter, body[at]))
        at += 1
    _demand(bool(requests), "a SUBSCRIBE without filters [MQTT-3.8.3-3]")
    return Subscribe(packet_id, tuple(requests))


def _parse_unsubscribe(flags: int, body: bytes) -> Unsubscribe:
    _demand(flags == 0b0010, "flags of an UNSUBSCRIBE [MQTT-3.10.1-1]")
    packet_id, at = _take_packet_id(body)
    filters = []
    while at < len(body):
        topic_filter, at = _take_filter(body, at)
        filters.append(topic_filter)
    _demand(bool(filters), "an UNSUBSCRIBE without filters [MQTT-3.10.3-2]")
    return Unsubscribe(packet_id, tuple(filters))


def _parse_pingreq(flags: int, body: bytes) -> Pingreq:
    _demand(flags == 0 and not body, "flags or length of a PINGREQ [MQTT-2.2.2-2]")
    return Pingreq()


def _parse_disconnect(flags: int, body: bytes) -> Disconnect:
    _demand(flags == 0 and not body, "flags or length of a DISCONNECT [MQTT-3.14.1-1]")
    return Disconnect()


_PARSE: Final[dict[int, Callable[[int, bytes], Packet]]] = {
    1: _parse_connect,
    3: _parse_publish,
    4: _parse_puback,
    5: _parse_pubrec,
    6: _parse_pubrel,
    7: _parse_pubcomp,
    8: _parse_subscribe,
    10: _parse_unsubscribe,
    12: _parse_pingreq,
    14: _parse_disconnect,
}

PINGRESP: Final = b"\xd0\x00"


def encode_remaining_length(length: int) -> bytes:
    """Encode as a variable byte integer: 1 to 4 bytes for 0 to 268,435,455 (section 2.2.3)."""
    encoded = bytearray()
    while length > 0x7F:
        encoded.append(length & 0x7F | 0x80)
        length >>= 7
    encoded.append(length)
    return bytes(encoded)


def encode_connack(return_code: int, *, session_present: bool = False) -> bytes:
    """CONNACK; session present is 0 with any return code but 0 [MQTT-3.2.2-4]."""
    return bytes((0x20, 2, session_present and return_code == 0, return_code))


def encode_publish(
    topic: bytes, payload: bytes, qos: int, packet_id: int = 0, *, dup: bool = False, retain: bool = False
) -> bytes:
    """PUBLISH. `topic` is UTF-8; `packet_id` is not sent with QoS 0 [MQTT-2.2.2-1] [MQTT-2.3.1-5] [MQTT-3.3.2-3]."""
    length = 2 + len(topic) + (2 if qos else 0) + len(payload)
    first = 0x30 | qos << 1 | dup << 3 | retain
    head = bytes((first, length)) if length < 0x80 else bytes((first,)) + encode_remaining_length(length)
    middle = packet_id.to_bytes(2, "big") if qos else b""
    return b"".join((head, len(topic).to_bytes(2, "big"), topic, middle, payload))


def encode_field(topic: str) -> bytes:
    """A topic as it stands in a PUBLISH: two bytes of length, then UTF-8 [MQTT-1.5.3-1]."""
    name = topic.encode()
    return len(name).to_bytes(2, "big") + name


# Of a hundred thousand deliveries a second most have one of a few lengths.
@lru_cache(maxsize=4_096)
def encode_head_1(length: int) -> bytes:
    """The fixed header of a PUBLISH of QoS 1, neither DUP nor RETAIN, with this remaining length."""
    return b"\x32" + encode_remaining_length(length)


def encode_puback(packet_id: int) -> bytes:
    """PUBACK."""
    return b"\x40\x02" + packet_id.to_bytes(2, "big")


def encode_pubrec(packet_id: int) -> bytes:
    """PUBREC."""
    return b"\x50\x02" + packet_id.to_bytes(2, "big")


def encode_pubrel(packet_id: int) -> bytes:
    """PUBREL, flags 0010 [MQTT-3.6.1-1]."""
    return b"\x62\x02" + packet_id.to_bytes(2, "big")


def encode_pubcomp(packet_id: int) -> bytes:
    """PUBCOMP."""
    return b"\x70\x02" + packet_id.to_bytes(2, "big")


def encode_suback(packet_id: int, return_codes: list[int]) -> bytes:
    """SUBACK: one return code a filter, in the order of the SUBSCRIBE [MQTT-3.8.4-5]."""
    body = packet_id.to_bytes(2, "big") + bytes(return_codes)
    return b"\x90" + encode_remaining_length(len(body)) + body


def encode_unsuback(packet_id: int) -> bytes:
    """UNSUBACK [MQTT-2.3.1-7]."""
    return b"\xb0\x02" + packet_id.to_bytes(2, "big")
