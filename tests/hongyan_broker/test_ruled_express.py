"""The messenger's fast lane against the ordinary way: the same publishes are decided, the same bytes go out."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hongyan.limits import Limits
from hongyan.topics import Branch
from hongyan_broker.plane.connection import Connection
from hongyan_core.decisions import Accepted, Delivery
from tests.hongyan_broker import wire
from tests.hongyan_broker.desk import Desk
from tests.hongyan_broker.desk_talk import come_in

LIMITS = Limits(in_flight_window=2, max_queued_packets=2, max_unacked_publishes=3, max_packet_bytes=600)


class Office:
    """ann reads inbox and sent, bob (a stored session) his inbox with QoS 0; the exchange answers when it is told to.

    Every message of ann's goes to bob and back to ann, as a stored one, and one to bob to ann.
    """

    def __init__(self, *, express: bool) -> None:
        self.desk = Desk(LIMITS)
        if not express:
            self.desk.plane.road.express = None
        self.ann = come_in(self.desk, "ann", "a1")
        self.desk.feed(self.ann, wire.subscribe(1, ("im/ann/inbox/#", 1), ("im/ann/sent/#", 1)))
        self.bob = come_in(self.desk, "bob", "b1", clean=False)
        self.desk.feed(self.bob, wire.subscribe(1, ("im/bob/inbox/+/ann", 0)))
        self.desk.decides = False
        self.people = [self.ann, self.bob]
        self.position = 0
        self.look()

    def look(self) -> list[Any]:
        """What everybody got since the last call, how it stands with them, and what waits for its decision."""
        self.desk.turn()
        waiting = [(p.account, p.topic, p.payload, p.fallback_id, p.qos, p.packet_id) for p in self.desk.published]
        return [
            *((self.desk.take(person), person.state.name, person.held, person.close_reason) for person in self.people),
            waiting,
            [(wanted.after, wanted.limit) for wanted in self.desk.asked],
        ]

    def decide(self) -> None:
        """Everything that waits is accepted."""
        waiting, self.desk.published = self.desk.published, []
        for published in waiting:
            self.position += 1
            other = "bob" if published.account == "ann" else "ann"
            deliveries = (
                Delivery((other,), Branch.INBOX, f"user/{published.account}", published.payload, self.position),
                Delivery((published.account,), Branch.SENT, f"user/{other}", published.payload, self.position),
            )
            for delivery in deliveries:
                self.desk.history.setdefault(delivery.accounts[0], []).append(delivery)
            self.desk.plane.decided(published, Accepted(deliveries, self.position))
        self.desk.turn()

    def receive(self, connection: Connection, chunk: bytes) -> None:
        self.desk.feed(connection, chunk)


plain = st.builds(
    wire.publish,
    st.sampled_from(["im/ann/send/user/bob", "im/bob/send/user/ann", "im/ann/read/user/bob", "elsewhere"]),
    st.sampled_from([b"", b"hi", b'{"kind":"text","body":"x"}']),
    st.integers(0, 4),
)
rare = st.sampled_from(
    [
        wire.publish("im/ann/send/user/bob", b"hi", 1, dup=True),
        b"\x33" + wire.publish("im/ann/send/user/bob", b"kept", 2)[1:],  # RETAIN
        wire.publish("im/ann/send/user/bob", b"twice", 3, qos=2),
        b"\x62\x02\x00\x03",
        wire.publish("im/ann/send/user/bob", b"x" * 200, 4),
        wire.publish("im/ann/send/user/bob", b"x" * 700),  # beyond the limit
        b"\x32\x05\x00\x01a\x00\x00",  # packet identifier 0
        b"\x30\x03\x00\x01\xff",
        wire.PINGREQ,
        wire.unsubscribe(3, "im/ann/sent/#"),
        wire.subscribe(4, ("im/ann/live/#", 0)),
    ]
)
acknowledgements = st.builds(wire.puback, st.integers(1, 6))
streams = st.lists(st.one_of(plain, plain, acknowledgements, acknowledgements, rare), min_size=1).map(b"".join)
steps = st.lists(st.one_of(st.none(), st.tuples(st.integers(0, 1), streams)), max_size=12)  # None: decide


@given(steps, st.integers(1, 60))
def test_both_ways_say_the_same(script: list[tuple[int, bytes] | None], size: int) -> None:
    fast, slow = Office(express=True), Office(express=False)
    for step in script:
        for office in (fast, slow):
            if step is None:
                office.decide()
                continue
            who, stream = step
            for start in range(0, len(stream), size):
                office.receive(office.people[who], stream[start : start + size])
        assert fast.look() == slow.look()


def test_a_chunk_of_publishes_waits_for_its_decisions_and_is_acknowledged_in_order() -> None:
    office = Office(express=True)
    chunk = b"".join(wire.publish("im/ann/send/user/bob", b"m%d" % n, n) for n in (7, 5))
    office.receive(office.ann, chunk)
    assert [(p.payload, p.packet_id) for p in office.desk.published] == [(b"m7", 7), (b"m5", 5)]
    assert office.desk.take(office.ann) == []
    office.decide()
    assert office.desk.take(office.ann) == [
        wire.puback(7),
        wire.publish("im/ann/sent/user/bob", b"m7", 1),
        wire.puback(5),
        wire.publish("im/ann/sent/user/bob", b"m5", 2),
    ]
    assert office.desk.take(office.bob) == [
        wire.publish("im/bob/inbox/user/ann", b"m7"),
        wire.publish("im/bob/inbox/user/ann", b"m5"),
    ]


def test_more_publishes_than_may_wait_pause_their_connection() -> None:
    office = Office(express=True)
    chunk = b"".join(wire.publish("im/ann/send/user/bob", b"m%d" % n, n) for n in range(1, 6))
    office.receive(office.ann, chunk)
    assert (len(office.desk.published), office.ann.held) == (3, True)
    office.desk.resumed.clear()
    office.decide()
    assert (len(office.desk.published), office.ann.held, office.desk.resumed) == (2, False, [office.ann])
