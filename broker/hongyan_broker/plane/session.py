"""A session: what a client subscribes, what it has not acknowledged, and how far in the history it is.

The history is the queue. A session is *live* (fan-out reaches it) or *behind* (fan-out skips it and it pulls pages of
the history after its `cursor`), never both; a full in-flight window or a full socket makes it behind. Only what the
history does not keep (notices, signals, everything on the open road) waits in a bounded queue here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from hongyan.limits import Limits
from hongyan.topics import Branch, feed_topic, matches
from hongyan_broker.plane.packets import UnexpectedPacket, encode_head_1
from hongyan_broker.plane.queues import PACKET_BYTES, Queues

if TYPE_CHECKING:
    from hongyan_broker.plane.connection import Connection
    from hongyan_core.exchange import Delivery

SessionKey = tuple[str, str]  # account, client identifier
MAX_REMEMBERED: Final = 1_000  # inbound packet identifiers of one session, for DUPs without a message id
PAGE_OF_QOS_0: Final = 100  # deliveries a page where no window bounds it


class Subscription(msgspec.Struct, frozen=True, gc=False):
    """A granted filter; nothing committed up to `since_position` reaches it."""

    qos: int
    since_position: int


# A delivery that waits for the window: its topic, the same as it stands in a PUBLISH, payload, QoS, position.
Waiting = tuple[str, bytes, bytes, int, int]


class InFlight(msgspec.Struct, frozen=True, gc=False):
    """A packet without its PUBACK or PUBREC, or one that waits for its turn.

    `position` is None for what the history does not keep; `number` names the row in which the store keeps it (0: none).
    """

    topic: str
    payload: bytes
    position: int | None
    qos: int = 1
    retain: bool = False
    number: int = 0
    packet_id: int = 0  # reserved for it, as its row has it; 0: the next one


class Keeper(Protocol):
    """Who keeps a session's packets beyond this process."""

    def discard(self, number: int) -> None:
        """The packet with this number is no longer needed."""


class Snapshot(msgspec.Struct, frozen=True, gc=False):
    """What the store keeps of a session: everything up to `position` is acknowledged, up to `cursor` sent."""

    account: str
    client_id: str
    position: int
    cursor: int
    in_flight: tuple[tuple[int, int], ...]


class Inbound:
    """What a session remembers of its client's own packets, so that a repeat is known."""

    __slots__ = ("_names", "unreleased")

    def __init__(self) -> None:
        self._names: dict[int, tuple[int, str]] = {}  # packet identifier → (digest, message id), oldest first
        self.unreleased: dict[int, bool] = {}  # QoS 2 between PUBLISH and PUBREL: whether it is decided

    def name(self, packet_id: int, digest: int, *, dup: bool, new_id: str) -> str:
        """The message id for a packet that carries none: the old one for a DUP of the same packet, else `new_id`."""
        known = self._names.pop(packet_id, None)
        if dup and known is not None and known[0] == digest:
            new_id = known[1]
        self._names[packet_id] = (digest, new_id)
        if len(self._names) > MAX_REMEMBERED:
            del self._names[next(iter(self._names))]
        return new_id

    def decided(self, packet_id: int) -> None:
        """A QoS 2 packet is decided: a repeat needs no second decision."""
        if packet_id in self.unreleased:
            self.unreleased[packet_id] = True

    def shrink(self, size: int) -> None:
        """Keep only the newest `size` names: the client is away."""
        for packet_id in list(self._names)[:-size]:
            del self._names[packet_id]


class Session:
    """A session whose client is connected; others exist only in the store.

    Args:
        cursor: Every position up to here was sent, or was not for this session.
        limits: How much may be in flight, and how much may wait. Beyond that the oldest of what the history does not
            keep is dropped, and for what it keeps the session falls behind.
        queues: All sessions' together, which are bounded too.
    """

    __slots__ = (
        "_limits",
        "_queued_bytes",
        "_queues",
        "_room",
        "_walked",
        "account",
        "changed",
        "clean",
        "client_id",
        "connection",
        "cursor",
        "in_flight",
        "inbound",
        "keeper",
        "last_packet_id",
        "live",
        "number",
        "page_asked",
        "queue",
        "released",
        "reserved",
        "subscriptions",
        "waiting",
        "waiting_bytes",
        "window",
    )  # no __dict__: ten thousand of them idle

    def __init__(
        self,
        account: str,
        client_id: str,
        *,
        clean: bool,
        cursor: int,
        limits: Limits,
        queues: Queues,
        inbound: Inbound,
    ) -> None:
        self.account = account
        self.client_id = client_id
        self.clean = clean
        self.cursor = cursor
        self.live = False
        self.subscriptions: dict[str, Subscription] = {}
        self.in_flight: dict[int, InFlight] = {}
        self.released: dict[int, int] = {}  # QoS 2 between PUBREC and PUBCOMP, in order: packet identifier → number
        self.reserved: set[int] = set()  # packet identifiers of kept packets that were not sent yet
        self.keeper: Keeper | None = None
        self.number = 0  # of the row in which the store keeps the session itself
        self.inbound = inbound
        self.connection: Connection | None = None
        self.page_asked = False  # a page of the history is being read
        self.changed = False  # since the last snapshot
        self.window = limits.in_flight_window
        self._limits = limits
        self._queues = queues
        self._room = 0  # for the bytes of heavy packets, when so many were in flight:
        self._walked = -1
        self.queue: list[InFlight] = []  # an empty deque takes 624 bytes; a pop(0) of the longest moves 8 KB
        self._queued_bytes = 0
        self.waiting: list[Waiting] = []  # of the history, in order: a live session's, until the window has room
        self.waiting_bytes = 0
        self.last_packet_id = 0

    @property
    def key(self) -> SessionKey:
        """What makes it one session: the same client identifier of another account is another session."""
        return self.account, self.client_id

    def deliver_stored(self, topic: str, field: bytes, payload: bytes, qos: int, position: int) -> None:
        """Send now what the history keeps; or let it wait for the window; or fall behind.

        Args:
            field: The topic as it stands in a PUBLISH.
        """
        connection, in_flight = self.connection, self.in_flight
        packet_id = self.last_packet_id % 65_535 + 1
        if (
            qos
            and self.live
            and position > self.cursor
            and connection is not None
            and not self.waiting
            and len(in_flight) < self.window
            and packet_id not in in_flight
            and connection.output_bytes + connection.socket_bytes <= self._limits.max_output_bytes
        ):
            self.changed = True
            self.last_packet_id = packet_id
            in_flight[packet_id] = InFlight(topic, payload, position)
            head = encode_head_1(len(field) + 2 + len(payload))
            connection.send(b"".join((head, field, packet_id.to_bytes(2, "big"), payload)))
        elif self.live and position > self.cursor:
            self._send_or_wait((topic, field, payload, qos, position))

    def _send_or_wait(self, delivery: Waiting) -> None:
        topic, _, payload, qos, position = delivery
        if self._is_congested():
            self._fall_behind(position)
        elif self.waiting or (qos and len(self.in_flight) >= self.window):
            self.waiting.append(delivery)
            self._waits(len(payload) + PACKET_BYTES)
            limits = self._limits
            too_much = len(self.waiting) > limits.max_queued_packets or self.waiting_bytes > limits.max_output_bytes
            if too_much or self._queues.is_full():
                self._fall_behind(position)
        else:
            self._send(InFlight(topic, payload, position, qos))

    def _fall_behind(self, position: int) -> None:
        """From this one on, or the first that waits, the history is the queue."""
        self.live = False
        self.cursor = self._first_waiting(position) - 1
        self.changed = True
        self._forget_waiting()

    def _forget_waiting(self) -> None:
        self.waiting = []
        self._waits(-self.waiting_bytes)

    def _waits(self, more: int) -> None:
        self.waiting_bytes += more
        self._queues.waits(more)

    def _first_waiting(self, position: int) -> int:
        return self.waiting[0][-1] if self.waiting else position

    def deliver(self, topic: str, payload: bytes, qos: int, *, retain: bool = False) -> None:
        """Send now what the history does not keep; or queue it; or drop it, if it is QoS 0."""
        if qos == 0:
            # QoS 0 never waits, so it is the first to go, and a client that is away gets none of it (section 4.1).
            if (connection := self.connection) is not None and not connection.is_congested():
                connection.send_publish(topic, payload, 0, retain=retain)
        else:
            self.offer(InFlight(topic, payload, None, qos, retain))

    def offer(self, packet: InFlight) -> None:
        """Send a packet of QoS 1 or 2 that the history does not keep, or queue it; the oldest goes if that is full."""
        if self.queue or self._is_full(packet.qos) or not self._take_room(packet):
            self._enqueue(packet)
        else:
            self._send(packet)

    def _enqueue(self, packet: InFlight) -> None:
        self.queue.append(packet)
        self._queued(_size(packet) + PACKET_BYTES)
        limits = self._limits
        while len(self.queue) > limits.max_queued_packets or self._queued_bytes > limits.max_queued_bytes:
            self.drop_oldest()
        self._queues.make_room()

    def _dequeue(self) -> InFlight:
        packet = self.queue.pop(0)
        self._queued(-_size(packet) - PACKET_BYTES)
        return packet

    def _queued(self, more: int) -> None:
        before = self._queued_bytes
        self._queued_bytes += more
        self._queues.changed(self, before, self._queued_bytes)

    def drop_oldest(self) -> None:
        """There is no room for what has waited longest."""
        dropped = self._dequeue()
        self.reserved.discard(dropped.packet_id)
        self._discard(dropped.number)

    def forget_queue(self) -> None:
        """The session ends, and what waits with it."""
        self.queue.clear()
        self._queued(-self._queued_bytes)
        self._forget_waiting()

    def _discard(self, number: int) -> None:
        if number and self.keeper is not None:
            self.keeper.discard(number)

    def _is_congested(self) -> bool:
        return self.connection is None or self.connection.is_congested()

    def _is_full(self, qos: int) -> bool:
        return (qos > 0 and len(self.in_flight) + len(self.released) >= self.window) or self._is_congested()

    def _take_room(self, packet: InFlight) -> bool:
        """Whether there is room for its bytes in flight, of which it takes its part.

        A light packet, of which a whole window has room, always may: to count each would cost as much as it saves. What
        is in flight is walked through only when the room of the last walk is used up and something has changed since.
        """
        limits, size, count = self._limits, _size(packet), len(self.in_flight)
        if size * limits.in_flight_window <= limits.max_in_flight_bytes:
            return True
        if size > self._room and count != self._walked:
            self._room = limits.max_in_flight_bytes - sum(map(_size, self.in_flight.values()))
            self._walked = count
        if count and size > self._room:
            return False
        self._room -= size
        return True

    def _send(self, packet: InFlight) -> None:
        """Send for the first time: DUP 0, whatever the publisher's was [MQTT-3.3.1-3] [MQTT-4.3.1-1]."""
        assert self.connection is not None  # noqa: S101 - a full session sends nothing, and without one it is full
        self.changed = self.changed or packet.position is not None
        packet_id = 0
        if packet.qos:
            packet_id = packet.packet_id or self.next_packet_id()
            self.reserved.discard(packet_id)
            self.in_flight[packet_id] = packet
        self.connection.send_publish(packet.topic, packet.payload, packet.qos, packet_id, retain=packet.retain)

    def next_packet_id(self) -> int:
        """The next unused packet identifier, 1 to 65,535 [MQTT-2.3.1-4]."""
        packet_id = self.last_packet_id
        while True:
            packet_id = packet_id % 65_535 + 1
            if not (packet_id in self.in_flight or packet_id in self.released or packet_id in self.reserved):
                self.last_packet_id = packet_id
                return packet_id

    def acknowledge(self, packet_id: int) -> None:
        """Take a PUBACK; one that fits nothing changes nothing.

        Raises:
            UnexpectedPacket: The packet has QoS 2.
        """
        packet = self.in_flight.get(packet_id)
        if packet is None:
            return
        if packet.qos != 1:
            raise UnexpectedPacket("a PUBACK for QoS 2 [MQTT-4.3.3-1]")
        del self.in_flight[packet_id]
        self.changed = self.changed or packet.position is not None
        self._discard(packet.number)

    def receive(self, packet_id: int) -> int:
        """Take a PUBREC: the message is delivered, only its packet identifier stays in use. Returns its number.

        Raises:
            UnexpectedPacket: The packet has QoS 1.
        """
        packet = self.in_flight.get(packet_id)
        if packet is not None:
            if packet.qos != 2:
                raise UnexpectedPacket("a PUBREC for QoS 1 [MQTT-4.3.2-1]")
            del self.in_flight[packet_id]
            self.released[packet_id] = packet.number
        return self.released.get(packet_id, 0)

    def complete(self, packet_id: int) -> None:
        """Take a PUBCOMP: the packet identifier is free again [MQTT-4.3.3-1]."""
        self._discard(self.released.pop(packet_id, 0))

    def resume(self, packets: Iterable[tuple[int, InFlight]]) -> None:
        """Take over what was in flight when the session was stored, in its order."""
        self.in_flight.update(packets)
        self.last_packet_id = max(self.in_flight, default=0)

    def resend(self) -> None:
        """Send what is in flight once more, in order, same packet identifiers, DUP.

        [MQTT-3.3.1-1] [MQTT-4.4.0-1] [MQTT-4.6.0-1] [MQTT-4.6.0-4]
        """
        assert self.connection is not None  # noqa: S101 - `take_up` has just set it
        for packet_id in self.released:
            self.connection.send_pubrel(packet_id)
        for packet_id, packet in self.in_flight.items():
            self.connection.send_publish(
                packet.topic, packet.payload, packet.qos, packet_id, dup=True, retain=packet.retain
            )

    def drain_queue(self) -> None:
        """Send what waits, as far as the window allows; half of it is the history's while that waits or is behind."""
        room = self.window if self.live and not self.waiting else self.window // 2
        while self.queue and len(self.in_flight) + len(self.released) < room and not self._is_congested():
            if not self._take_room(self.queue[0]):
                break
            self._send(self._dequeue())
        if self.waiting:
            self._drain_waiting()

    def _drain_waiting(self) -> None:
        waiting, self.waiting = self.waiting, []
        sent = 0
        for topic, field, payload, qos, position in waiting:
            if (qos and len(self.in_flight) >= self.window) or self._is_congested():
                break
            self.deliver_stored(topic, field, payload, qos, position)
            self._waits(-len(payload) - PACKET_BYTES)
            sent += 1
        self.waiting = waiting[sent:]

    def page_limit(self) -> int:
        """How many deliveries of the history it can take now; 0 when it is live, full or waiting for a page."""
        if self.live or self.page_asked or self._is_congested():
            return 0
        if not self.in_flight and not any(s.qos for s in self.subscriptions.values()):
            return PAGE_OF_QOS_0
        room = self.window - len(self.in_flight)
        return room if room >= max(self.window // 2, 1) else 0

    def take_page(self, deliveries: Iterable[Delivery], upto: int, head: int) -> None:
        """Send a page of the history that follows `cursor`; it turns live here if that reaches `head`."""
        self.page_asked = False
        for delivery in deliveries:
            if delivery.position is None or delivery.position <= self.cursor:
                continue
            if (wanted := self.match(delivery)) is not None:
                if self._is_full(wanted[1]):
                    return
                self._send(InFlight(wanted[0], delivery.payload, delivery.position, wanted[1]))
            self.cursor = delivery.position
        self.cursor = max(self.cursor, upto)
        self.live = self.cursor >= head
        self.changed = True

    def match(self, delivery: Delivery) -> tuple[str, int] | None:
        """The topic and granted QoS under which the session gets a stored delivery: its own tree before a feed.

        A message reaches a session once, also if it subscribes both the inbox and the feed of the group.
        """
        topics = [delivery_topic(self.account, delivery.branch, delivery.tail)]
        if delivery.feed is not None:
            topics.append(feed_topic(delivery.feed))
        for topic in topics:
            granted = [
                subscription.qos
                for topic_filter, subscription in self.subscriptions.items()
                if (delivery.position or 0) > subscription.since_position and matches(topic_filter, topic)
            ]
            if granted:
                return topic, max(granted)
        return None

    def snapshot(self, head: int) -> Snapshot:
        """What to store now; `head` is how far fan-out has come."""
        self.changed = False
        cursor = max(self.cursor, head) if self.live else self.cursor
        cursor = self._first_waiting(cursor + 1) - 1
        in_flight = tuple((i, packet.position) for i, packet in self.in_flight.items() if packet.position is not None)
        position = min((position for _, position in in_flight), default=cursor + 1) - 1
        return Snapshot(self.account, self.client_id, position, cursor, in_flight)


def _size(packet: InFlight) -> int:
    return len(packet.topic) + len(packet.payload)


def delivery_topic(account: str, branch: Branch, tail: str) -> str:
    """`im/{account}/{branch}/{tail}`; a notice has no tail."""
    return f"im/{account}/{branch.value}/{tail}" if tail else f"im/{account}/{branch.value}"
