"""Hostile bytes: whatever comes, the plane does not raise, keeps within its bounds, and nothing of it is left after."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hongyan.limits import Limits
from hongyan_broker.plane.connection import Connection
from tests.hongyan_broker import wire
from tests.hongyan_broker.desk import Desk, is_closed
from tests.hongyan_broker.open_desk import OpenDesk

LIMITS = replace(Limits(), max_packet_bytes=2_000, max_output_bytes=5_000, max_queued_packets=20, in_flight_window=8)
Make = Callable[[], Desk]
DESKS = {"open": lambda: OpenDesk(LIMITS), "messenger": lambda: Desk(LIMITS)}
at_both = pytest.mark.parametrize("make", DESKS.values(), ids=DESKS)
bounded = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# One of each packet that a client may send, towards what both desks serve.
PACKETS = [
    wire.publish("im/ann/send/user/bob", b"hello"),
    wire.publish("im/ann/send/user/bob", b"hello", 1),
    wire.publish("im/ann/send/user/bob", b"hello", 2, qos=2),
    bytes([0x33]) + wire.publish("im/ann/send/user/bob", b"kept", 3)[1:],
    wire.publish("$x/y", b"x" * 300, 4, dup=True),
    wire.puback(1),
    b"\x50\x02\x00\x01",
    b"\x62\x02\x00\x02",
    b"\x70\x02\x00\x01",
    wire.subscribe(5, ("im/ann/inbox/#", 2), ("im/ann/notice", 0)),
    wire.subscribe(6, ("#", 2), ("+/+/#", 1)),
    wire.unsubscribe(7, "im/ann/inbox/#", "#"),
    wire.PINGREQ,
    wire.DISCONNECT,
    wire.connect("c1", "ann", "secret", clean=False, will=("im/ann/status/d", b"gone")),
]
CONNECTS = [
    wire.connect("c1", "ann", "secret"),
    wire.connect("c1", "ann", "secret", clean=False, will=("im/ann/status/d", b"gone")),
    wire.connect("c2", "bob", "secret", keep_alive=0),
    wire.connect("c2", "bob", "wrong"),
    wire.connect("", "ann", "secret"),
]


@st.composite
def mutated(draw: st.DrawFn, packets: list[bytes] = PACKETS) -> bytes:
    """A valid packet, or one with a byte changed, cut out or put in, or cut short, or noise."""
    data = draw(st.sampled_from(packets))
    at = draw(st.integers(0, len(data) - 1))
    match draw(st.sampled_from(["as it is"] * 4 + ["change", "drop", "insert", "cut", "noise"])):
        case "change":
            return data[:at] + bytes([draw(st.integers(0, 255))]) + data[at + 1 :]
        case "drop":
            return data[:at] + data[at + 1 :]
        case "insert":
            return data[:at] + draw(st.binary(min_size=1, max_size=3)) + data[at:]
        case "cut":
            return data[:at]
        case "noise":
            return draw(st.binary(max_size=40))
    return data


@st.composite
def streams(draw: st.DrawFn) -> list[bytes]:
    """A client's life, cut into chunks anywhere."""
    pieces = [draw(mutated(CONNECTS)), *draw(st.lists(mutated(), max_size=12))]
    data = b"".join(pieces)
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=8)))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True) if start < end]


def assert_bounded(desk: Desk) -> None:
    for connection in desk.plane.connections:
        assert connection._parser._need <= LIMITS.max_packet_bytes
    for session in desk.plane.sessions.values():
        assert len(session.in_flight) <= LIMITS.in_flight_window
        assert len(session.subscriptions) <= LIMITS.max_filters


def leave(desk: Desk, connections: Iterable[Connection]) -> None:
    for connection in connections:
        desk.plane.close(connection, "the client has gone")
    desk.turn()


def end_stored_sessions(desk: Desk) -> None:
    """As a client does who comes once more with a clean session, and goes."""
    stored = {key: ("ann", "secret") if not key[0] else (key[0], "secret") for key in desk.plane.sessions}
    for (_, client_id), (name, password) in stored.items():
        last = desk.open()
        desk.feed(last, wire.connect(client_id, name, password), wire.DISCONNECT)


def assert_nothing_is_left(desk: Desk) -> None:
    plane = desk.plane
    assert (plane.connections, plane.sessions, plane._trees, plane._loading) == (set(), {}, {}, {})
    assert plane.subscriptions.is_empty()
    assert not plane.has_work()


@at_both
@bounded
@given(data=st.binary(max_size=400), cut=st.integers(0, 400))
def test_random_bytes_are_read_or_refused(make: Make, data: bytes, cut: int) -> None:
    desk = make()
    connection = desk.open()
    desk.feed(connection, *filter(None, (data[:cut], data[cut:])))
    assert_bounded(desk)
    leave(desk, [connection])
    assert_nothing_is_left(desk)


@at_both
@bounded
@given(lives=st.lists(streams(), min_size=1, max_size=4), order=st.randoms(use_true_random=False))
def test_broken_streams_of_several_clients_leave_nothing(make: Make, lives: list[list[bytes]], order: object) -> None:
    desk = make()
    connections = [desk.open() for _ in lives]
    left = [list(chunks) for chunks in lives]
    while any(left):
        for connection, chunks in zip(connections, left, strict=True):
            if chunks:
                desk.feed(connection, chunks.pop(0))
                assert_bounded(desk)
    leave(desk, connections)
    end_stored_sessions(desk)
    assert_nothing_is_left(desk)


@at_both
@bounded
@given(packet=mutated(), chunk=st.integers(1, 7))
def test_chunks_make_no_difference_even_for_what_is_broken(make: Make, packet: bytes, chunk: int) -> None:
    answers = []
    data = wire.connect("c1", "ann", "secret") + packet + wire.PINGREQ
    for size in (len(data), chunk):
        desk = make()
        connection = desk.open()
        desk.feed(connection, *(data[i : i + size] for i in range(0, len(data), size)))
        answers.append((sorted(desk.take(connection)), is_closed(connection)))  # a PUBACK waits for its decision
    assert answers[0] == answers[1]


@at_both
@pytest.mark.parametrize("packet", PACKETS + CONNECTS, ids=lambda packet: packet[:12].hex())
def test_every_truncation_of_every_packet_waits(make: Make, packet: bytes) -> None:
    for end in range(1, len(packet)):
        desk = make()
        connection = desk.open()
        if packet not in CONNECTS:
            desk.feed(connection, wire.connect("c1", "ann", "secret"))
            desk.take(connection)
        desk.feed(connection, packet[:end])
        assert desk.take(connection) == []
        assert not is_closed(connection), end


@at_both
def test_a_header_alone_takes_no_memory_for_its_body(make: Make) -> None:
    desk = make()
    connection = desk.open()
    desk.feed(connection, b"\x10\xff\xff\xff\x7f")
    assert is_closed(connection)
