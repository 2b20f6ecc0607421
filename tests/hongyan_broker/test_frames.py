"""WebSocket frames, byte by byte from RFC 6455, section 5: any chunks, every refusal, and the request before them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hongyan_broker.websocket import FrameError, FrameReader, encode_frame, parse_request

MASK = b"\x01\x02\x03\x04"


def frame(first: int, data: bytes) -> bytes:
    """A client's frame."""
    size = len(data)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 65_536:
        length = b"\xfe" + size.to_bytes(2, "big")
    else:
        length = b"\xff" + size.to_bytes(8, "big")
    return bytes([first]) + length + MASK + bytes(b ^ MASK[i % 4] for i, b in enumerate(data))


STREAM = b"".join(
    (
        frame(0x82, b"ab"),
        frame(0x82, b""),
        frame(0x82, b"c" * 126),
        frame(0x02, b"d"),  # a fragmented message with a ping inside
        frame(0x89, b"are you there?"),
        frame(0x00, b"e"),
        frame(0x80, b"f" * 125),
        frame(0x8A, b""),
        frame(0x82, b"g" * 65_536),
        frame(0x82, b"h"),
    )
)
DATA = b"ab" + b"c" * 126 + b"d" + b"e" + b"f" * 125 + b"g" * 65_536 + b"h"


@given(st.lists(st.integers(1, len(STREAM) - 1), max_size=8), st.lists(st.integers(1, 330), max_size=8))
def test_the_data_is_the_same_in_any_chunks(cuts: list[int], early: list[int]) -> None:
    reader, found = FrameReader(70_000), b""
    for start, end in pairwise([0, *sorted(cuts + early), len(STREAM)]):
        found += reader.read(STREAM[start:end])
    assert found == DATA
    assert reader.pings == [b"are you there?"]


def test_every_byte_alone_makes_no_difference() -> None:
    reader = FrameReader(70_000)
    head = STREAM[:400]
    assert b"".join(reader.read(head[i : i + 1]) for i in range(400)) == DATA[:255]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x82\x02ab", 1002),  # not masked
        (frame(0xC2, b"a"), 1002),  # RSV1 without an extension
        (frame(0x83, b"a"), 1002),  # opcode 3 is reserved
        (frame(0x81, b"hello"), 1003),  # text [MQTT-6.0.0-1]
        (frame(0x80, b"a"), 1002),  # goes on with nothing
        (frame(0x02, b"a") + frame(0x82, b"b"), 1002),  # begins inside another
        (frame(0x09, b""), 1002),  # a fragmented ping
        (frame(0x89, b"x" * 126), 1002),  # a long ping
        (b"\x82\xfe\x03\xe9" + MASK, 1009),  # 1,001 bytes
        (b"\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00", 1009),
    ],
)
def test_what_breaks_the_protocol_is_refused_by_its_header(data: bytes, code: int) -> None:
    with pytest.raises(FrameError) as refused:
        FrameReader(1_000).read(data)
    assert refused.value.code == code


def test_nothing_is_read_after_a_close() -> None:
    reader = FrameReader(1_000)
    assert reader.read(frame(0x82, b"a") + frame(0x88, b"\x03\xe8") + frame(0x82, b"b")) == b"a"
    assert reader.closed


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_and_never_kept_beyond_the_limit(data: bytes) -> None:
    reader = FrameReader(100)
    try:
        for byte in data:
            reader.read(bytes([byte]))
    except FrameError:
        return
    assert len(reader._held or b"") < 100 + 14


@pytest.mark.parametrize(
    ("size", "head"),
    [(0, "8200"), (125, "827d"), (126, "827e007e"), (65_535, "827effff"), (65_536, "827f0000000000010000")],
)
def test_a_frame_of_ours_has_the_shortest_length(size: int, head: str) -> None:
    assert encode_frame(2, b"x" * size) == bytes.fromhex(head) + b"x" * size


REQUEST = (
    b"GET /mqtt?x=1 HTTP/1.1\r\nhost: chat.example\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-protocol: mqttv3.1, mqtt\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def test_a_request_is_read_as_a_scope() -> None:
    scope = parse_request(REQUEST, ("127.0.0.1", 5))
    assert scope is not None
    assert (scope["path"], scope["subprotocols"], scope["client"]) == (
        "/mqtt",
        ["mqttv3.1", "mqtt"],
        ("127.0.0.1", 5),
    )
    assert (b"host", b"chat.example") in scope["headers"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"GET", b"POST"),
        (b"version: 13", b"version: 8"),
        (b"dGhlIHNhbXBsZSBub25jZQ==", b"dGhl"),
        (b"dGhlIHNhbXBsZSBub25jZQ==", b"?"),
        (b"sec-websocket-key", b"x-key"),
    ],
)
def test_what_is_no_handshake_is_no_scope(old: bytes, new: bytes) -> None:
    assert parse_request(REQUEST.replace(old, new), None) is None
