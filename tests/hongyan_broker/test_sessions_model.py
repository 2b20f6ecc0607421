"""Sessions and subscriptions beside a naive model: any order of coming, going, subscribing, publishing and silence.

On the open road the model knows every byte that must come. Under the messenger's rules it knows what a device must have
got in the end: every message since its SUBSCRIBE, in order, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hongyan.limits import Limits
from hongyan_broker.plane.connection import Connection
from tests.hongyan_broker.desk import Desk, is_closed
from tests.hongyan_broker.desk_talk import message
from tests.hongyan_broker.open_desk import OpenDesk
from tests.hongyan_broker.wire import (
    DISCONNECT,
    Publish,
    connack,
    connect,
    puback,
    publish,
    suback,
    subscribe,
    unsubscribe,
)

WINDOW = 3
LIMITS = replace(Limits(), in_flight_window=WINDOW)
NAMES = st.sampled_from(["ann", "bob", "eve"])
FILTERS = ["a", "a/b", "a/+", "+/b", "a/#", "#", "$x/#", "+"]
TOPICS = ["a", "a/b", "a/b/c", "c/b", "$x/b", "w"]
QOS = st.integers(0, 2)

# Written out by hand: which filters match a topic.
MATCHES = {
    "a": {"a", "a/#", "#", "+"},
    "a/b": {"a/b", "a/+", "+/b", "a/#", "#"},
    "a/b/c": {"a/#", "#"},
    "c/b": {"+/b", "#"},
    "$x/b": {"$x/#"},
    "w": {"#", "+"},
}

Message = tuple[str, str, int]  # topic, payload, QoS


@dataclass
class Person:
    """What the model knows of one client identifier."""

    clean: bool = True
    connection: Connection | None = None
    exists: bool = False
    will: str = ""
    filters: dict[str, int] = field(default_factory=dict)
    queue: list[Message] = field(default_factory=list)
    in_flight: list[Message] = field(default_factory=list)
    due: list[tuple[Message, bool]] = field(default_factory=list)  # with DUP

    def deliver(self, topic: str, payload: str, qos: int) -> None:
        granted = [granted for name, granted in self.filters.items() if name in MATCHES[topic]]
        if not granted:
            return
        sent = (topic, payload, min(qos, max(granted)))
        if sent[2]:
            self.queue.append(sent)
            self.pump()
        elif self.connection is not None:
            self.due.append((sent, False))

    def pump(self) -> None:
        while self.connection is not None and self.queue and len(self.in_flight) < WINDOW:
            self.in_flight.append(self.queue.pop(0))
            self.due.append((self.in_flight[-1], False))

    def resume(self) -> None:
        self.due += [(sent, True) for sent in self.in_flight]
        self.pump()


class OpenRoadMachine(RuleBasedStateMachine):
    """Three clients at the open road."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = OpenDesk(LIMITS)
        self.people = {name: Person() for name in ("ann", "bob", "eve")}
        self.ids: dict[tuple[str, str], int] = {}  # (client, payload) → packet identifier of what is in flight
        self.count = 0

    def send(self, name: str, *packets: bytes) -> list[bytes]:
        """Send, and return what is no PUBLISH."""
        connection = self.people[name].connection
        assert connection is not None
        self.desk.feed(connection, *packets)
        return self.take(name, connection)

    def take(self, name: str, connection: Connection) -> list[bytes]:
        person, others, got = self.people[name], [], []
        for data in self.desk.take(connection):
            if data[0] >> 4 != 3:
                others.append(data)
                continue
            one = Publish(data)
            assert not one.retain
            text = one.payload.decode()
            got.append(((one.topic, text, one.qos), one.dup))
            if one.qos:
                assert self.ids.setdefault((name, text), one.packet_id) == one.packet_id, "[MQTT-4.4.0-1]"
        for wanted_qos in (False, True):  # the standard orders each kind
            wanted = [due for due in person.due if bool(due[0][2]) is wanted_qos]
            assert [due for due in got if bool(due[0][2]) is wanted_qos] == wanted
        person.due.clear()
        return others

    def published(self, topic: str, payload: str, qos: int) -> None:
        for person in self.people.values():
            person.deliver(topic, payload, qos)

    def ended(self, name: str, *, with_will: bool) -> None:
        person = self.people[name]
        person.connection, will = None, person.will
        person.will = ""
        if person.clean:
            person.exists = False
            person.filters, person.queue, person.in_flight = {}, [], []
        if with_will and will:
            self.published("w", will, 0)

    def next_text(self) -> str:
        self.count += 1
        return f"m{self.count}"

    def connected(self) -> Iterator[str]:
        return (name for name, person in self.people.items() if person.connection is not None)

    @rule(name=NAMES, clean=st.booleans(), has_will=st.booleans())
    def come(self, name: str, clean: bool, has_will: bool) -> None:
        person, old = self.people[name], self.people[name].connection
        if old is not None:
            self.take(name, old)
            self.ended(name, with_will=True)
        present = person.exists and not clean
        if not present:
            person.filters, person.queue, person.in_flight = {}, [], []
        connection = self.desk.open()
        person.connection, person.clean, person.exists = connection, clean, True
        person.will = self.next_text() if has_will else ""
        self.desk.feed(connection, connect(name, clean=clean, will=("w", person.will.encode()) if has_will else None))
        assert old is None or is_closed(old), "[MQTT-3.1.4-2]"
        person.resume()
        assert self.take(name, connection) == [connack(present=present)]

    @precondition(lambda self: any(self.connected()))
    @rule(data=st.data(), kind=st.sampled_from(["disconnect", "cut"]))
    def go(self, data: st.DataObject, kind: str) -> None:
        name = data.draw(st.sampled_from(list(self.connected())))
        connection = self.people[name].connection
        assert connection is not None
        if kind == "disconnect":
            self.desk.feed(connection, DISCONNECT)
        else:
            self.desk.plane.close(connection, "cut")
            self.desk.turn()
        self.ended(name, with_will=kind == "cut")
        assert is_closed(connection)

    @precondition(lambda self: any(self.connected()))
    @rule(data=st.data(), topic_filter=st.sampled_from(FILTERS), qos=QOS)
    def subscribe(self, data: st.DataObject, topic_filter: str, qos: int) -> None:
        name = data.draw(st.sampled_from(list(self.connected())))
        assert self.send(name, subscribe(9, (topic_filter, qos))) == [suback(9, qos)]
        self.people[name].filters[topic_filter] = qos

    @precondition(lambda self: any(self.connected()))
    @rule(data=st.data(), topic_filter=st.sampled_from(FILTERS))
    def unsubscribe(self, data: st.DataObject, topic_filter: str) -> None:
        name = data.draw(st.sampled_from(list(self.connected())))
        assert self.send(name, unsubscribe(9, topic_filter)) == [b"\xb0\x02\x00\x09"]
        self.people[name].filters.pop(topic_filter, None)

    @precondition(lambda self: any(self.connected()))
    @rule(data=st.data(), topic=st.sampled_from(TOPICS), qos=QOS)
    def publish(self, data: st.DataObject, topic: str, qos: int) -> None:
        name = data.draw(st.sampled_from(list(self.connected())))
        text = self.next_text()
        self.published(topic, text, qos)
        answers = self.send(name, publish(topic, text.encode(), 7 if qos else 0, qos=qos))
        assert answers == [[], [b"\x40\x02\x00\x07"], [b"\x50\x02\x00\x07"]][qos]
        if qos == 2:
            assert self.send(name, b"\x62\x02\x00\x07") == [b"\x70\x02\x00\x07"]

    @precondition(lambda self: any(self.people[name].in_flight for name in self.connected()))
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        waiting = [name for name in self.connected() if self.people[name].in_flight]
        name = data.draw(st.sampled_from(waiting))
        person = self.people[name]
        sent = person.in_flight[data.draw(st.integers(0, len(person.in_flight) - 1))]
        packet_id = self.ids.pop((name, sent[1])).to_bytes(2, "big")
        if sent[2] == 1:
            person.in_flight.remove(sent)
            person.pump()
            assert self.send(name, b"\x40\x02" + packet_id) == []
        else:
            assert self.send(name, b"\x50\x02" + packet_id) == [b"\x62\x02" + packet_id]
            person.in_flight.remove(sent)
            person.pump()
            assert self.send(name, b"\x70\x02" + packet_id) == []

    @invariant()
    def everyone_has_got_what_was_due(self) -> None:
        for name in list(self.connected()):
            connection = self.people[name].connection
            assert connection is not None
            assert self.take(name, connection) == []

    def teardown(self) -> None:
        for name, person in self.people.items():
            if person.exists:
                self.come(name, True, False)
                self.send(name, DISCONNECT)
        plane = self.desk.plane
        assert (plane.connections, plane.sessions, plane._trees, plane._loading) == (set(), {}, {}, {})
        assert plane.subscriptions.is_empty()


TestOpenRoad = OpenRoadMachine.TestCase
TestOpenRoad.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)


class Device:
    """A device of bob's with a stored session."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.since: int | None = None  # subscribed when the conversation had come so far
        self.got: list[int] = []
        self.unacknowledged: list[int] = []  # packet identifiers


class MessengerMachine(RuleBasedStateMachine):
    """Bob's two devices, messages of ann to him, and a history that is read page by page."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(LIMITS)
        self.devices = {name: Device() for name in ("b1", "b2")}
        self.head = 0

    @rule(name=st.sampled_from(["b1", "b2"]))
    def come(self, name: str) -> None:
        device = self.devices[name]
        old, device.connection = device.connection, self.desk.open()
        if old is not None:
            self.take(device, old)
        device.unacknowledged.clear()
        self.desk.feed(device.connection, connect(name, "bob", clean=False))
        assert old is None or is_closed(old)

    @rule(name=st.sampled_from(["b1", "b2"]), cut=st.booleans())
    def go(self, name: str, cut: bool) -> None:
        device = self.devices[name]
        if device.connection is None:
            return
        self.take(device, device.connection)
        if cut:
            self.desk.plane.close(device.connection, "cut")
            self.desk.turn()
        else:
            self.desk.feed(device.connection, DISCONNECT)
        device.connection = None

    @rule(name=st.sampled_from(["b1", "b2"]))
    def subscribe(self, name: str) -> None:
        device = self.devices[name]
        if device.connection is not None:
            self.desk.feed(device.connection, subscribe(1, ("im/bob/inbox/#", 1)))
            device.since = self.head if device.since is None else device.since

    @rule(count=st.integers(1, 6))
    def say(self, count: int) -> None:
        for _ in range(count):
            self.head += 1
            self.desk.say(message(self.head))

    @rule(name=st.sampled_from(["b1", "b2"]), count=st.integers(1, 4))
    def acknowledge(self, name: str, count: int) -> None:
        device = self.devices[name]
        while device.connection is not None and device.unacknowledged and count:
            self.desk.feed(device.connection, puback(device.unacknowledged.pop(0)))
            count -= 1

    @rule(reads=st.booleans())
    def history(self, reads: bool) -> None:
        """The store answers late, or at once."""
        self.desk.reads = reads
        if reads:
            self.desk.read()

    def take(self, device: Device, connection: Connection) -> None:
        for data in self.desk.take(connection):
            if data[0] >> 4 == 3:
                one = Publish(data)
                device.unacknowledged.append(one.packet_id)
                position = int(one.payload[1:])
                if not one.dup:
                    device.got.append(position)
                assert position in device.got or one.dup

    @invariant()
    def what_came_is_dense_and_in_order(self) -> None:
        for device in self.devices.values():
            if device.connection is not None:
                self.take(device, device.connection)
            once = list(dict.fromkeys(device.got))
            start = (device.since or 0) + 1
            assert once == list(range(start, start + len(once)))
            assert len(device.unacknowledged) <= WINDOW

    def teardown(self) -> None:
        """In the end, when all listen and acknowledge, everything has come."""
        self.history(True)
        for name, device in self.devices.items():
            if device.since is None:
                continue
            self.come(name)
            self.what_came_is_dense_and_in_order()
            while device.unacknowledged:
                self.acknowledge(name, 4)
                self.what_came_is_dense_and_in_order()
            assert list(dict.fromkeys(device.got)) == list(range(device.since + 1, self.head + 1))


TestMessenger = MessengerMachine.TestCase
TestMessenger.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
