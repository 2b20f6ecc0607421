"""The fast lane against the ordinary way: whatever comes in, the same bytes go out to everybody."""

from __future__ import annotations

from functools import partial
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from hongyan.limits import Limits
from hongyan_broker.plane.connection import Connection
from hongyan_broker.plane.open_road import OpenRoad
from hongyan_broker.plane.plane import Plane
from tests.hongyan_broker import wire

LIMITS = Limits(in_flight_window=3, max_queued_packets=4, max_packet_bytes=600)


class Hall:
    """ann and bob (QoS 1), eve (QoS 0) and thermo (QoS 2, stored) in an open plane, with the fast lane or without."""

    def __init__(self, *, express: bool, limits: Limits = LIMITS) -> None:
        numbers = count(1)
        road = partial(OpenRoad, keeps=False)
        self.plane = Plane(limits, head=0, new_id=lambda: f"id-{next(numbers)}", make_road=road)
        if not express:
            self.plane.road.express = None
        self.people = [
            self.enter("ann", ("a", 1), ("b/+", 0)),
            self.enter("bob", ("a", 1)),
            self.enter("eve", ("#", 0)),
            self.enter("thermo", ("b/c", 2), clean=False),
        ]
        self.take()

    def enter(self, name: str, *filters: tuple[str, int], clean: bool = True) -> Connection:
        connection = self.plane.connect("127.0.0.1")
        connection.receive(wire.connect(name, None, None, clean=clean) + wire.subscribe(1, *filters))
        return connection

    def take(self) -> list[tuple[bytes, str]]:
        """What everybody got since the last call, and how it stands with them."""
        self.plane.take_events()
        found = [(person.take_output(), person.state.name) for person in self.people]
        for connection in self.plane.take_dirty():
            self.plane.written(connection, 0)
        return found


plain = st.builds(
    wire.publish, st.sampled_from(["a", "b/c", "nobody", "$x", "é/雁"]), st.binary(max_size=9), st.integers(0, 9)
)
rare = st.sampled_from(
    [
        wire.publish("a", b"again", 7, dup=True),
        b"\x33" + wire.publish("a", b"kept", 7)[1:],  # RETAIN
        wire.publish("b/c", b"twice", 8, qos=2),
        b"\x62\x02\x00\x08",
        wire.publish("a", b"x" * 200, 5),
        wire.publish("a", b"x" * 700),  # beyond the limit
        b"\x32\x05\x00\x01a\x00\x00",  # packet identifier 0
        b"\x32\x03\x00\x01a",  # none at all
        b"\x30\x02\x00\x00",  # no topic
        wire.publish("a/+", b""),
        b"\x30\x03\x00\x01\xff",
        b"\x30\x83\x00\x00\x01a",  # a remaining length that is longer than it must be
        b"\x40\x03\x00\x01\x00",
        b"\x36\x05\x00\x01a\x00\x01",  # QoS 3
        wire.PINGREQ,
        wire.unsubscribe(3, "a", "#"),
        wire.subscribe(4, ("a", 2)),
        wire.DISCONNECT,
    ]
)
acknowledgements = st.builds(wire.puback, st.integers(0, 6))
steps = st.lists(
    st.tuples(st.integers(0, 3), st.lists(st.one_of(plain, plain, acknowledgements, rare), min_size=1).map(b"".join)),
    max_size=12,
)


@given(steps, st.integers(1, 40))
def test_both_ways_say_the_same(steps: list[tuple[int, bytes]], size: int) -> None:
    fast, slow = Hall(express=True), Hall(express=False)
    for who, stream in steps:
        for start in range(0, len(stream), size):
            for hall in (fast, slow):
                hall.people[who].receive(stream[start : start + size])
        assert [apart(*of_one) for of_one in fast.take()] == [apart(*of_one) for of_one in slow.take()]


def apart(data: bytes, state: str) -> tuple[list[bytes], list[bytes], str]:
    """PUBACKs and the rest: a chunk's PUBACKs leave together, behind what their sender itself subscribes."""
    packets, rest = wire.split(data)
    assert rest == b""
    return [p for p in packets if p[0] == 0x40], [p for p in packets if p[0] != 0x40], state


def test_pubacks_and_deliveries_of_a_chunk_are_those_of_the_standard() -> None:
    hall = Hall(express=True)
    ann, bob, *_ = hall.people
    ann.receive(b"".join(wire.publish("a", b"%d" % n, n) for n in (5, 6)))
    assert [wire.split(data)[0] for data, _ in hall.take()] == [
        [wire.publish("a", b"5", 1), wire.publish("a", b"6", 2), wire.puback(5), wire.puback(6)],
        [wire.publish("a", b"5", 1), wire.publish("a", b"6", 2)],
        [wire.publish("a", b"5"), wire.publish("a", b"6")],
        [],
    ]
    bob.receive(wire.puback(1) + wire.puback(2))
    assert bob.session is not None
    assert bob.session.in_flight == {}


def test_a_new_subscription_holds_from_the_next_packet_on() -> None:
    hall = Hall(express=True)
    ann, bob, *_ = hall.people
    ann.receive(wire.publish("new", b"1"))
    bob.receive(wire.subscribe(2, ("new", 0)))
    ann.receive(wire.publish("new", b"2"))
    bob.receive(wire.unsubscribe(3, "new"))
    ann.receive(wire.publish("new", b"3"))
    _, (of_bob, _), *_ = hall.take()
    assert of_bob == wire.suback(2, 0) + wire.publish("new", b"2") + b"\xb0\x02\x00\x03"


def test_a_subscriber_that_does_not_read_gets_no_more_qos_0_and_costs_nobody_else() -> None:
    hall = Hall(express=True)
    ann, _, eve, _ = hall.people
    eve.socket_bytes = LIMITS.max_output_bytes + 1
    ann.receive(wire.publish("a", b"x", 1))
    assert [data for data, _ in hall.take()[:3]] == [
        wire.publish("a", b"x", 1) + wire.puback(1),
        wire.publish("a", b"x", 1),
        b"",
    ]


def test_topics_of_many_names_leave_no_trace_beyond_the_bound() -> None:
    hall = Hall(express=True)
    express = hall.plane.road.express
    assert express is not None
    for n in range(25_000):
        hall.people[0].receive(wire.publish(f"{n}", b""))
        if n % 100 == 0:
            hall.take()
    assert len(express._routes) <= 10_001
