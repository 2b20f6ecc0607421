"""A session: what a client subscribes, what it has not acknowledged, and how far in the history it is.

The history is the queue. A session is *live* (fan-out reaches it) or *behind* (fan-out skips it and it pulls pages of
the history after its `cursor`), never both; a full in-flight window or a full socket makes it behind. Only what the
history does not keep (notices, signals) waits in a bounded queue here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import msgspec

from hongyan.topics import Branch, feed_topic, matches

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


class InFlight(msgspec.Struct, frozen=True, gc=False):
    """A QoS 1 packet without its PUBACK. `position` is None for what the history does not keep."""

    topic: str
    payload: bytes
    position: int | None


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
        window: How many packets may be in flight.
        max_queued: How many packets that the history does not keep may wait; beyond it the oldest is dropped.
    """

    def __init__(
        self, account: str, client_id: str, *, clean: bool, cursor: int, window: int, max_queued: int, inbound: Inbound
    ) -> None:
        self.account = account
        self.client_id = client_id
        self.clean = clean
        self.cursor = cursor
        self.live = False
        self.subscriptions: dict[str, Subscription] = {}
        self.in_flight: dict[int, InFlight] = {}
        self.inbound = inbound
        self.connection: Connection | None = None
        self.page_asked = False  # a page of the history is being read
        self.changed = False  # since the last snapshot
        self._window = window
        self._queue: deque[tuple[str, bytes]] = deque(maxlen=max_queued)
        self._last_packet_id = 0

    @property
    def key(self) -> SessionKey:
        """What makes it one session: the same client identifier of another account is another session."""
        return self.account, self.client_id

    def deliver(self, topic: str, payload: bytes, qos: int, position: int | None) -> None:
        """Send now; or fall behind; or queue; or drop, if it is QoS 0 and nothing keeps it."""
        if position is not None:
            if not self.live or position <= self.cursor:
                return
            if self._is_full(qos):
                self.live = False
                self.cursor = position - 1
                self.changed = True
            else:
                self._send(topic, payload, qos, position)
        elif qos == 0:
            if not self._is_congested():
                self._send(topic, payload, 0, None)
        elif self._queue or self._is_full(1):
            self._queue.append((topic, payload))
        else:
            self._send(topic, payload, 1, None)

    def _is_congested(self) -> bool:
        return self.connection is None or self.connection.is_congested()

    def _is_full(self, qos: int) -> bool:
        return (qos > 0 and len(self.in_flight) >= self._window) or self._is_congested()

    def _send(self, topic: str, payload: bytes, qos: int, position: int | None) -> None:
        assert self.connection is not None  # noqa: S101 - a full session sends nothing, and without one it is full
        self.changed = self.changed or position is not None
        packet_id = 0
        if qos:
            packet_id = self._next_packet_id()
            self.in_flight[packet_id] = InFlight(topic, payload, position)
        self.connection.send_publish(topic, payload, qos, packet_id)

    def _next_packet_id(self) -> int:
        """The next unused packet identifier, 1 to 65,535 [MQTT-2.3.1-4]."""
        packet_id = self._last_packet_id
        while True:
            packet_id = packet_id % 65_535 + 1
            if packet_id not in self.in_flight:
                self._last_packet_id = packet_id
                return packet_id

    def acknowledge(self, packet_id: int) -> None:
        """Take a PUBACK; one that fits nothing changes nothing."""
        packet = self.in_flight.pop(packet_id, None)
        self.changed = self.changed or (packet is not None and packet.position is not None)

    def resume(self, packets: Iterable[tuple[int, InFlight]]) -> None:
        """Take over what was in flight when the session was stored, in its order."""
        self.in_flight.update(packets)
        self._last_packet_id = max(self.in_flight, default=0)

    def resend(self) -> None:
        """Send what is in flight once more, in order, same packet identifiers, DUP [MQTT-4.4.0-1] [MQTT-4.6.0-1]."""
        assert self.connection is not None  # noqa: S101
        for packet_id, packet in self.in_flight.items():
            self.connection.send_publish(packet.topic, packet.payload, 1, packet_id, dup=True)

    def drain_queue(self) -> None:
        """Send what waits, as far as the window allows; half of it is the history's while that is behind."""
        room = self._window if self.live else self._window // 2
        while self._queue and len(self.in_flight) < room and not self._is_congested():
            self._send(*self._queue.popleft(), 1, None)

    def page_limit(self) -> int:
        """How many deliveries of the history it can take now; 0 when it is live, full or waiting for a page."""
        if self.live or self.page_asked or self._is_congested():
            return 0
        if not self.in_flight and not any(s.qos for s in self.subscriptions.values()):
            return PAGE_OF_QOS_0
        room = self._window - len(self.in_flight)
        return room if room >= max(self._window // 2, 1) else 0

    def take_page(self, deliveries: Iterable[Delivery], upto: int, head: int) -> None:
        """Send a page of the history that follows `cursor`; it turns live here if that reaches `head`."""
        self.page_asked = False
        for delivery in deliveries:
            if delivery.position is None or delivery.position <= self.cursor:
                continue
            if (wanted := self.match(delivery)) is not None:
                if self._is_full(wanted[1]):
                    return
                self._send(wanted[0], delivery.payload, wanted[1], delivery.position)
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
        in_flight = tuple((i, packet.position) for i, packet in self.in_flight.items() if packet.position is not None)
        position = min((position for _, position in in_flight), default=cursor + 1) - 1
        return Snapshot(self.account, self.client_id, position, cursor, in_flight)


def delivery_topic(account: str, branch: Branch, tail: str) -> str:
    """`im/{account}/{branch}/{tail}`; a notice has no tail."""
    return f"im/{account}/{branch.value}/{tail}" if tail else f"im/{account}/{branch.value}"
