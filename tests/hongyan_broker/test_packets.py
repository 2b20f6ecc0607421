"""Parsing and encoding: chunks, truncations, bounds. What is malformed stands in tests/contract/mqtt311."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hongyan_broker.plane.packets import (
    Connect,
    Disconnect,
    PacketTooLarge,
    Parser,
    Pingreq,
    ProtocolError,
    Puback,
    Publish,
    Pubrel,
    Subscribe,
    Unsubscribe,
    Will,
    encode_publish,
    encode_remaining_length,
    encode_suback,
)
from tests.hongyan_broker import wire

STREAM = b"".join(
    (
        wire.connect("c1", "ann", "secret", will=("im/ann/status/d", b"\xff"), keep_alive=300),
        wire.publish("im/ann/send/user/bob", b"hello", 258),
        wire.publish("a/b", b""),
        wire.publish("x" * 100, b"y" * 300, 3, qos=2, dup=True),
        wire.puback(65_535),
        b"\x62\x02\x00\x03",
        wire.subscribe(1, ("im/ann/inbox/#", 2), ("im/ann/+/x", 0)),
        wire.unsubscribe(2, "im/ann/inbox/#", "/"),
        wire.PINGREQ,
        wire.DISCONNECT,
    )
)
PACKETS = [
    Connect("c1", True, 300, "ann", b"secret", Will("im/ann/status/d", b"\xff", 0, False)),
    Publish("im/ann/send/user/bob", b"hello", 1, False, False, 258),
    Publish("a/b", b"", 0, False, False, None),
    Publish("x" * 100, b"y" * 300, 2, True, False, 3),
    Puback(65_535),
    Pubrel(3),
    Subscribe(1, (("im/ann/inbox/#", 2), ("im/ann/+/x", 0))),
    Unsubscribe(2, ("im/ann/inbox/#", "/")),
    Pingreq(),
    Disconnect(),
]


def read_all(parser: Parser) -> list[object]:
    found: list[object] = []
    while (packet := parser.next_packet()) is not None:
        found.append(packet)
    return found


@given(st.lists(st.integers(1, len(STREAM) - 1), max_size=12))
def test_a_stream_reads_the_same_in_any_chunks(cuts: list[int]) -> None:
    parser, found = Parser(1_000), []
    bounds = [0, *sorted(cuts), len(STREAM)]
    for start, end in pairwise(bounds):
        parser.feed(STREAM[start:end])
        found += read_all(parser)
    assert found == PACKETS


def test_every_truncation_of_a_valid_packet_waits() -> None:
    packets, rest = wire.split(STREAM)
    assert rest == b""
    for data in packets:
        for end in range(len(data)):
            parser = Parser(1_000)
            parser.feed(data[:end])
            assert parser.next_packet() is None
            parser.feed(data[end:])
            assert parser.next_packet() is not None


def test_every_body_that_is_cut_short_is_refused_or_reads_as_a_shorter_payload() -> None:
    for data in wire.split(STREAM)[0]:
        start = 2 if data[1] < 128 else 3
        for size in range(len(data) - start):
            parser = Parser(1_000)
            parser.feed(wire.packet(data[0], data[start : start + size]))
            try:
                packet = parser.next_packet()
            except ProtocolError:
                continue
            assert isinstance(packet, (Publish, Subscribe, Unsubscribe))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_by_name(data: bytes) -> None:
    parser = Parser(100)
    parser.feed(data)
    with suppress(ProtocolError):
        read_all(parser)


def test_a_packet_of_the_limit_passes_and_one_byte_more_does_not() -> None:
    data = wire.publish("a/b", b"x" * 93)
    assert len(data) == 100
    parser = Parser(100)
    parser.feed(data)
    assert isinstance(parser.next_packet(), Publish)
    parser = Parser(99)
    parser.feed(data[:2])
    with pytest.raises(PacketTooLarge):
        parser.next_packet()


@pytest.mark.parametrize(
    ("length", "encoded"),
    [
        (0, "00"),
        (127, "7f"),
        (128, "8001"),
        (16_383, "ff7f"),
        (16_384, "808001"),
        (2_097_151, "ffff7f"),
        (2_097_152, "80808001"),
        (268_435_455, "ffffff7f"),
    ],
)
def test_remaining_lengths_are_those_of_table_2_4(length: int, encoded: str) -> None:
    assert encode_remaining_length(length).hex() == encoded


def test_a_publish_is_encoded_byte_for_byte() -> None:
    assert encode_publish(b"a/b", b"hi", 0).hex(" ") == "30 07 00 03 61 2f 62 68 69"
    assert encode_publish(b"a/b", b"hi", 1, 10).hex(" ") == "32 09 00 03 61 2f 62 00 0a 68 69"
    assert encode_publish(b"a/b", b"", 1, 10, dup=True).hex(" ") == "3a 07 00 03 61 2f 62 00 0a"
    assert encode_publish(b"a/b", b"x" * 200, 1, 1)[:3].hex(" ") == "32 cf 01"


def test_a_suback_of_many_filters_has_a_longer_header() -> None:
    assert encode_suback(1, [0x80, 1, 0]).hex(" ") == "90 05 00 01 80 01 00"
    assert encode_suback(1, [1] * 200)[:5].hex(" ") == "90 ca 01 00 01"
