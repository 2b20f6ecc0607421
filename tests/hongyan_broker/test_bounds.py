"""What waits for a client is bounded in bytes too: in flight, in its queue, and in all queues together."""

from __future__ import annotations

from random import Random

import peewee
import pytest

from hongyan.limits import Limits
from hongyan_broker.plane import session
from hongyan_broker.plane.connection import Connection
from hongyan_broker.plane.session import InFlight
from tests.hongyan_broker.desk import Desk, is_closed
from tests.hongyan_broker.desk_talk import come_in, got, listen, message
from tests.hongyan_broker.open_desk import OpenDesk
from tests.hongyan_broker.test_open_road import connect_with_will, pubrec
from tests.hongyan_broker.wire import connack, connect, packet, puback, publish

MEGABYTE = 1_048_576
WILL_BYTES = 65_535  # the longest that its two bytes of length can say


def fill(desk: OpenDesk, ann: Connection, *payloads: bytes, topic: str = "t") -> None:
    desk.feed(ann, *(publish(topic, payload, number) for number, payload in enumerate(payloads, 1)))


def heard(desk: OpenDesk, who: Connection) -> list[bytes]:
    return [payload for _, payload, _, _ in desk.got(who)]


# In flight


def test_what_would_go_beyond_the_bytes_in_flight_waits_for_its_turn() -> None:
    desk = OpenDesk(Limits(max_in_flight_bytes=1_000, in_flight_window=10))
    bob, ann = desk.come("bob", ("t", 1)), desk.come("ann")
    a, b, c, d = b"a" * 499, b"b" * 499, b"c" * 499, b"d"  # the topic is one byte more
    fill(desk, ann, a, b, c, d)
    assert heard(desk, bob) == [a, b]
    desk.feed(bob, puback(1))
    assert heard(desk, bob) == [c, d]  # nobody overtakes


def test_one_packet_may_go_when_nothing_is_in_flight_however_long_it_is() -> None:
    desk = OpenDesk(Limits(max_in_flight_bytes=100, in_flight_window=10))
    bob, ann = desk.come("bob", ("t", 2)), desk.come("ann")
    long = b"x" * 5_000
    desk.feed(ann, publish("t", long, 1, qos=2), publish("t", long + b"y", 2))
    assert heard(desk, bob) == [long]
    desk.feed(bob, pubrec(1))  # from here on only the packet identifier is kept
    assert heard(desk, bob) == [long + b"y"]


def test_light_packets_wait_for_the_window_alone() -> None:
    desk = OpenDesk(Limits(max_in_flight_bytes=1_000, in_flight_window=10))
    bob, ann = desk.come("bob", ("t", 1)), desk.come("ann")
    heavy, light = b"h" * 900, b"l" * 99  # a tenth of the bytes, with its topic
    fill(desk, ann, heavy, *(light for _ in range(11)))
    assert heard(desk, bob) == [heavy, *(light for _ in range(9))]
    of_bob = desk.plane.sessions["", "bob"]
    assert sum(len(sent.topic) + len(sent.payload) for sent in of_bob.in_flight.values()) == 901 + 9 * 100


def test_a_session_that_acknowledges_nothing_holds_no_more_than_its_bytes_of_the_longest_packets() -> None:
    desk = OpenDesk(Limits(in_flight_window=1_000, max_queued_bytes=MEGABYTE, max_output_bytes=10**9))
    desk.come("bob", ("t", 1))
    ann = desk.come("ann")
    payload = bytes(262_144 - 10)  # a whole packet has 262,144 bytes
    for number in range(1, 101):
        desk.feed(ann, publish("t", payload, number))
    of_bob = desk.plane.sessions["", "bob"]
    assert len(of_bob.in_flight) == 64  # 16 MiB
    assert len(of_bob.queue) == 3  # 1 MiB: a fourth would go beyond it with its topic


def test_pubacks_of_nothing_do_not_have_what_is_in_flight_counted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[InFlight] = []

    def size_of(packet: InFlight) -> int:
        counted.append(packet)
        return len(packet.topic) + len(packet.payload)

    desk = OpenDesk(Limits(max_in_flight_bytes=10_000, in_flight_window=1_000))
    bob, ann = desk.come("bob", ("t", 1)), desk.come("ann")
    fill(desk, ann, *(bytes(99) for _ in range(200)))
    assert len(heard(desk, bob)) == 100
    monkeypatch.setattr(session, "_size", size_of)
    desk.feed(bob, b"".join(puback(1_000) for _ in range(1_000)))
    assert len(counted) < 3_000  # and not a hundred times as many


@pytest.mark.parametrize("seed", range(20))
def test_whatever_comes_all_arrives_in_order_and_the_bytes_in_flight_stay_below_twice_the_limit(seed: int) -> None:
    random = Random(seed)
    desk = OpenDesk(Limits(max_in_flight_bytes=1_000, in_flight_window=8))
    bob, ann = desk.come("bob", ("t", 1)), desk.come("ann")
    of_bob = desk.plane.sessions["", "bob"]
    sent: list[bytes] = []
    got: list[bytes] = []
    while len(sent) < 200 or of_bob.in_flight:
        if len(sent) < 200 and random.random() < 0.6:
            sent.append(bytes([len(sent)]) * random.choice((1, 20, 100, 200, 400, 800, 1_500)))
            desk.feed(ann, publish("t", sent[-1], 1))
        elif of_bob.in_flight:
            desk.feed(bob, puback(random.choice(list(of_bob.in_flight))))
        got += heard(desk, bob)
        sizes = [len(packet.topic) + len(packet.payload) for packet in of_bob.in_flight.values()]
        heavy = [size for size in sizes if size > 125]  # an eighth of the limit
        assert len(heavy) == 1 or sum(heavy) <= 1_000
        assert sum(sizes) - sum(heavy) <= 1_000
    assert (got, of_bob.queue) == (sent, [])


# All queues together


def come_and_go(desk: OpenDesk, name: str) -> None:
    desk.cut(desk.come(name, (name, 1), clean=False))


def waiting(desk: OpenDesk, name: str) -> list[bytes]:
    return [queued.payload for queued in desk.plane.sessions["", name].queue]


def test_the_fullest_queue_gives_way_when_all_queues_together_are_full() -> None:
    desk = OpenDesk(Limits(max_total_queued_bytes=10_000))
    for name in ("bob", "eve"):
        come_and_go(desk, name)
    ann = desk.come("ann")
    long = [bytes([65 + n]) * 2_000 for n in range(4)]  # 2,131 each, with topic and 128
    fill(desk, ann, *long, topic="bob")
    fill(desk, ann, b"1" * 500, b"2" * 500, topic="eve")  # 631 each
    assert (waiting(desk, "bob"), waiting(desk, "eve")) == (long, [b"1" * 500, b"2" * 500])
    fill(desk, ann, b"3" * 500, topic="eve")
    assert (waiting(desk, "bob"), waiting(desk, "eve")) == (long[1:], [b"1" * 500, b"2" * 500, b"3" * 500])


def test_what_left_its_queue_makes_room_for_others() -> None:
    desk = OpenDesk(Limits(max_total_queued_bytes=2_000, max_queued_packets=2))
    for name in ("bob", "eve", "thermo"):
        come_and_go(desk, name)
    ann = desk.come("ann")
    long = [bytes([65 + n]) * 600 for n in range(3)]  # 731 to 734 each
    fill(desk, ann, *long, topic="bob")  # the first is dropped for the queue's own bound
    assert waiting(desk, "bob") == long[1:]
    desk.cut(desk.come("bob"))  # a clean session ends it, with all that waited
    fill(desk, ann, *long[:2], topic="eve")
    eve = desk.come("eve", clean=False, present=True)  # and what is sent waits no longer
    assert heard(desk, eve) == long[:2]
    fill(desk, ann, *long[:2], topic="thermo")
    assert waiting(desk, "thermo") == long[:2]


def test_empty_packets_take_their_128_bytes() -> None:
    desk = OpenDesk(Limits(max_total_queued_bytes=1_310))
    come_and_go(desk, "bob")
    fill(desk, desk.come("ann"), *(b"" for _ in range(20)), topic="bob")
    assert len(waiting(desk, "bob")) == 10


def test_what_gave_way_has_left_the_disk_too(sqlite_database: peewee.Database) -> None:
    desk = OpenDesk(Limits(max_total_queued_bytes=1_500), keeps=True)
    come_and_go(desk, "bob")
    come_and_go(desk, "eve")
    ann = desk.come("ann")
    fill(desk, ann, b"a" * 500, b"b" * 500, topic="bob")
    fill(desk, ann, b"c" * 500, topic="eve")
    rows = sqlite_database.execute_sql("SELECT payload FROM kept_message ORDER BY number").fetchall()
    assert rows == [(b"b" * 500,), (b"c" * 500,)]
    later = OpenDesk(Limits(max_total_queued_bytes=1_500), keeps=True)
    assert heard(later, later.come("bob", clean=False, present=True)) == [b"b" * 500]


# Before the CONNECT is accepted


def test_the_longest_will_comes_in() -> None:
    desk = OpenDesk()
    bob = desk.come("bob", ("gone", 1))
    ann = desk.open()
    will = b"w" * WILL_BYTES
    desk.feed(ann, connect_with_will("ann", "gone", will, qos=1, retain=False))
    assert desk.take(ann) == [connack()]
    desk.cut(ann)
    assert heard(desk, bob) == [will]


@pytest.mark.parametrize("first_byte", [pytest.param(0x10, id="CONNECT"), pytest.param(0x32, id="PUBLISH")])
def test_a_longer_packet_before_the_connect_is_accepted_closes_before_its_body(first_byte: int) -> None:
    desk = OpenDesk()
    ann = desk.open()
    header = packet(first_byte, bytes(69_632 - 4 + 1))[:4]  # one byte too long, with its four bytes of header
    desk.feed(ann, header)
    assert is_closed(ann)
    assert desk.take(ann) == []


def test_afterwards_packets_may_be_as_long_as_any() -> None:
    desk = OpenDesk()
    bob, ann = desk.come("bob", ("t", 1)), desk.come("ann")
    fill(desk, ann, bytes(262_144 - 10))
    assert heard(desk, bob) == [bytes(262_144 - 10)]
    header = packet(0x32, bytes(262_144))[:4]
    desk.feed(ann, header)
    assert is_closed(ann)


def test_a_long_packet_right_behind_the_connect_is_read_once_it_is_accepted() -> None:
    desk = OpenDesk()
    bob, ann = desk.come("bob", ("t", 1)), desk.open()
    long = bytes(200_000)
    desk.feed(ann, connect("ann", None, None) + publish("t", long, 1))
    assert desk.take(ann) == [connack(), puback(1)]
    assert heard(desk, bob) == [long]


# The messenger's road


def test_where_all_queues_together_are_full_what_the_history_keeps_gives_way() -> None:
    desk = Desk(Limits(in_flight_window=1, max_total_queued_bytes=2 * 130))
    bob = listen(desk)
    desk.reads = False
    for position in (1, 2, 3):  # two bytes each, and 128 for the packet: two may wait
        desk.plane.deliver((message(position),))
    session = desk.plane.sessions["bob", "b1"]
    assert (len(session.waiting), session.live) == (2, True)
    desk.plane.deliver((message(4),))
    assert (session.waiting, session.live, session.cursor) == ([], False, 1)
    desk.turn()
    assert got(desk, bob) == ["m1"]
    desk.plane.close(bob, "gone")
    desk.turn()
    assert desk.plane._queues._bytes == 0


def test_a_connection_whose_undecided_publishes_are_heavy_is_not_read_any_further() -> None:
    desk = Desk(Limits(max_unacked_bytes=1_000))
    ann = come_in(desk, "ann", "a1")
    desk.decides = False
    heavy = [publish("im/ann/send/user/bob", b"x" * 600, number) for number in (1, 2, 3)]
    desk.feed(ann, *heavy)
    assert (len(desk.published), ann.held) == (2, True)
    desk.decide()
    assert (len(desk.published), ann.held, ann.undecided_bytes) == (1, False, 600)
    desk.decide()
    assert ann.undecided_bytes == 0
