"""The open road with a journal: nothing is acknowledged before it is on disk, and a crash loses and doubles nothing."""

from __future__ import annotations

import random

import peewee
import pytest

from hongyan.limits import Limits
from hongyan_broker.plane.connection import Connection
from tests.hongyan_broker.open_desk import OpenDesk
from tests.hongyan_broker.test_open_road import pubcomp, pubrec, pubrel, retained
from tests.hongyan_broker.wire import Publish, connack, connect, puback, publish, suback, subscribe

pytestmark = pytest.mark.usefixtures("sqlite_database")


def test_a_publish_for_a_stored_session_is_acknowledged_and_delivered_after_the_commit() -> None:
    desk = OpenDesk(keeps=True)
    bob, eve, ann = desk.come("bob", ("t", 1), clean=False), desk.come("eve", ("t", 1)), desk.come("ann")
    desk.commits = False
    desk.feed(ann, publish("t", b"x", 5))
    assert (desk.take(ann), desk.got(bob), desk.got(eve)) == ([], [], [("t", b"x", 1, False)])
    desk.commit()
    desk.turn()
    assert (desk.take(ann), desk.got(bob)) == ([puback(5)], [("t", b"x", 1, False)])


def test_acknowledgements_keep_their_order_behind_one_that_waits() -> None:
    desk = OpenDesk(keeps=True)
    desk.cut(desk.come("bob", ("t", 1), clean=False))
    ann = desk.come("ann")
    desk.commits = False
    desk.feed(ann, publish("t", b"x", 5), publish("nobody", b"y", 6), publish("nobody", b"z", 7, qos=2))
    assert desk.take(ann) == []
    desk.commit()
    desk.turn()
    assert desk.take(ann) == [puback(5), puback(6), pubrec(7)]


def test_what_nobody_must_keep_is_acknowledged_at_once() -> None:
    desk = OpenDesk(keeps=True, commits=False)
    desk.come("eve", ("t", 1))
    ann = desk.come("ann")
    desk.feed(ann, publish("t", b"x", 5))
    assert desk.take(ann) == [puback(5)]


def test_a_retained_message_is_on_disk_before_its_puback() -> None:
    desk = OpenDesk(keeps=True, commits=False)
    ann = desk.come("ann")
    desk.feed(ann, retained("t", b"x", 5, qos=1))
    assert desk.take(ann) == []
    early = OpenDesk(keeps=True)
    assert early.got(early.come("bob", ("t", 1))) == []
    desk.commit()
    desk.turn()
    assert desk.take(ann) == [puback(5)]
    later = OpenDesk(keeps=True)
    assert later.got(later.come("bob", ("t", 1))) == [("t", b"x", 1, True)]


def test_a_suback_of_a_stored_session_waits_for_the_disk() -> None:
    desk = OpenDesk(keeps=True, commits=False)
    bob = desk.open()
    desk.feed(bob, connect("bob", None, None, clean=False), subscribe(1, ("t", 1)))
    assert desk.take(bob) == [connack()]
    desk.commit()
    desk.turn()
    assert desk.take(bob) == [suback(1, 1)]


def test_sessions_subscriptions_queues_and_retained_messages_survive() -> None:
    desk = OpenDesk(Limits(in_flight_window=2), keeps=True)
    desk.cut(desk.come("bob", ("t", 2), clean=False))
    desk.cut(desk.come("eve", ("t", 1), clean=False))
    desk.cut(desk.come("eve"))  # a clean session ends hers
    ann = desk.come("ann")
    desk.feed(ann, *(publish("t", bytes([65 + n]), n + 1, qos=1 + n % 2) for n in range(3)))
    desk.feed(ann, retained("r", b"old"), retained("r", b"new"), retained("s", b"x"), retained("s", b""))
    later = OpenDesk(Limits(in_flight_window=2), keeps=True)
    bob = later.come("bob", clean=False, present=True)
    # The first two fill the window and may have been sent by the process that ended.
    assert later.take(bob) == [publish("t", b"A", 1, dup=True), publish("t", b"B", 2, qos=2, dup=True)]
    later.feed(bob, puback(1))
    assert later.take(bob) == [publish("t", b"C", 3)]
    later.come("eve", clean=False, present=False)
    assert later.got(later.come("thermo", ("#", 1))) == [("r", b"new", 0, True)]


def test_what_is_acknowledged_or_dropped_leaves_the_disk() -> None:
    desk = OpenDesk(Limits(max_queued_packets=2), keeps=True)
    desk.cut(desk.come("bob", ("t", 2), clean=False))
    desk.feed(desk.come("ann"), *(publish("t", b"x", n, qos=2) for n in range(1, 5)))
    bob = desk.come("bob", clean=False, present=True)
    assert [Publish(data).packet_id for data in desk.take(bob)] == [3, 4]
    desk.feed(bob, pubrec(3), pubcomp(3), pubrec(4))
    assert desk.take(bob) == [pubrel(3), pubrel(4)]
    later = OpenDesk(keeps=True)
    bob = later.come("bob", clean=False, present=True)
    assert later.take(bob) == [pubrel(4)]


class Sender:
    """Publishes its messages with QoS 2, one after the other, and repeats what is not answered."""

    def __init__(self, messages: list[bytes]) -> None:
        self.messages = messages
        self.released = False
        self.done = 0

    def say(self, *, dup: bool) -> bytes:
        if self.done == len(self.messages):
            return b""
        packet_id = self.done % 3 + 1
        return pubrel(packet_id) if self.released else publish("t", self.messages[self.done], packet_id, qos=2, dup=dup)

    def hear(self, data: bytes) -> bytes:
        if data[0] >> 4 == 5:
            self.released = True
        elif data[0] >> 4 == 7 and self.released:
            self.released = False
            self.done += 1
        return self.say(dup=False)


class Reader:
    """Takes each message once, as the standard demands of a receiver."""

    def __init__(self) -> None:
        self.unreleased: set[int] = set()
        self.got: list[bytes] = []

    def hear(self, data: bytes) -> bytes:
        packet_id = int.from_bytes(data[-2:], "big")
        if data[0] >> 4 == 3:
            found = Publish(data)
            packet_id = found.packet_id
            if packet_id not in self.unreleased:
                self.unreleased.add(packet_id)
                self.got.append(found.payload)
            return pubrec(packet_id)
        if data[0] >> 4 == 6:
            self.unreleased.discard(packet_id)
            return pubcomp(packet_id)
        return b""


@pytest.mark.parametrize("seed", range(12))
def test_qos_2_is_exactly_once_across_cuts_and_crashes(seed: int, sqlite_database: peewee.Database) -> None:
    chance = random.Random(seed)
    limits = Limits(in_flight_window=3)
    sender, reader = Sender([b"%d" % n for n in range(25)]), Reader()
    desk = OpenDesk(limits, keeps=True, commits=False)
    lines: dict[str, Connection] = {}

    def dial(name: str) -> None:
        line = lines[name] = desk.open()
        desk.feed(line, connect(name, None, None, clean=False))
        if name == "bob":
            desk.feed(line, subscribe(1, ("t", 2)))
        else:
            desk.feed(line, sender.say(dup=True))

    for turn in range(20_000):
        for name in ("bob", "ann"):
            if name not in lines:
                dial(name)
            if turn == 0:
                desk.commit()  # bob listens before ann speaks
                desk.turn()
        name = chance.choice(("ann", "bob"))
        who = sender if name == "ann" else reader
        for data in desk.take(lines[name]):
            if chance.random() < 0.1:  # this packet and what follows it is lost with the connection
                desk.cut(lines.pop(name))
                break
            if answer := who.hear(data):
                desk.feed(lines[name], answer)
        if chance.random() < 0.5:
            desk.commit()
            desk.turn()
        if chance.random() < 0.02:  # what was not committed is gone
            desk, lines = OpenDesk(limits, keeps=True, commits=False), {}
        if sender.done == 25 and len(reader.got) >= 25 and not reader.unreleased:
            break
    assert reader.got == sender.messages
