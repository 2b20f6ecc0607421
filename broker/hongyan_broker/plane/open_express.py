"""The fast lane of the open road: plain packets go straight to the outputs of a topic's subscribers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hongyan_broker.plane.express import MAX_CACHED_TOPIC, PUBLISH_0, Express
from hongyan_broker.plane.packets import ProtocolError, encode_publish, parse_topic_name
from hongyan_broker.plane.session import InFlight

if TYPE_CHECKING:
    from hongyan_broker.plane.connection import Connection
    from hongyan_broker.plane.plane import Plane
    from hongyan_broker.plane.session import Session

_MAX_ROUTES: Final = 10_000
_NO_BOUND: Final = 1 << 30


class Route:
    """Who gets a topic. Built once, thrown away when any subscription changes."""

    __slots__ = ("acknowledging", "everyone", "others", "topic")

    def __init__(self, topic: str, subscribers: dict[Session, int]) -> None:
        self.topic = topic
        self.everyone = tuple(subscribers)
        self.acknowledging = tuple(session for session, granted in subscribers.items() if granted)
        self.others = tuple(session for session, granted in subscribers.items() if not granted)


class OpenExpress(Express[Route]):
    """Plain is a topic whose subscribers are all clean sessions: nothing has to be on disk before it leaves."""

    def __init__(self, plane: Plane, max_packet_bytes: int, max_output_bytes: int) -> None:
        super().__init__(plane, max_packet_bytes)
        self._max_output = max_output_bytes
        self._routes: dict[bytes, Route | None] = {}  # by length and UTF-8 of the topic, as it stands in a PUBLISH
        self._version = -1
        self._identifiers = [b""]  # of the run's QoS 1, which are acknowledged together

    def _count_room(self, connection: Connection) -> int:
        # Behind a publish that waits for the disk the order of the acknowledgements is not the lane's to keep.
        return 0 if connection.undecided else _NO_BOUND

    def _find_place(self, field: bytes) -> Route | None:
        subscriptions = self._plane.subscriptions
        if self._version != subscriptions.version or len(self._routes) > _MAX_ROUTES:
            self._version = subscriptions.version
            self._routes.clear()
        elif field in self._routes:
            return self._routes[field]
        try:
            topic, _ = parse_topic_name(field, 0)
        except ProtocolError:
            return None
        found = subscriptions.match(topic)
        route = Route(topic, found) if all(session.clean for session in found) else None
        if len(field) <= MAX_CACHED_TOPIC:
            self._routes[field] = route
        return route

    def _carry(  # noqa: PLR0917 - one a packet: what the loop has at hand
        self, connection: Connection, session: Session, place: Route, data: bytes, at: int, body: int, end: int
    ) -> None:
        if data[at] == PUBLISH_0:
            self._deliver_0(place.everyone, data[at:end])
            return
        self._identifiers.append(data[body : body + 2])
        payload = data[body + 2 : end]
        if place.others:
            self._deliver_0(place.others, encode_publish(place.topic.encode(), payload, 0))
        if place.acknowledging:
            self._deliver_1(place, data[at:body], payload)

    def _arrive(self, connection: Connection) -> None:
        if len(self._identifiers) > 1:
            connection.send(b"\x40\x02".join(self._identifiers))  # PUBACKs in their order [MQTT-4.6.0-2]
            self._identifiers = [b""]

    def _deliver_0(self, sessions: tuple[Session, ...], packet: bytes) -> None:
        size, most, dirty = len(packet), self._max_output, self._plane.dirty
        for session in sessions:
            connection = session.connection
            if connection is not None and connection.output_bytes + connection.socket_bytes <= most:
                connection.output.append(packet)
                connection.output_bytes += size
                dirty[connection] = None

    def _deliver_1(self, route: Route, head: bytes, payload: bytes) -> None:
        packet = InFlight(route.topic, payload, None)
        size, most, dirty = len(head) + 2 + len(payload), self._max_output, self._plane.dirty
        encoded, encoded_id = b"", 0  # subscribers of one topic often count in step
        for session in route.acknowledging:
            connection, in_flight = session.connection, session.in_flight
            packet_id = session.last_packet_id % 65_535 + 1
            if (
                connection is None
                or session.queue
                or len(in_flight) + len(session.released) >= session.window
                or packet_id in in_flight
                or session.reserved
                or packet_id in session.released
                or connection.output_bytes + connection.socket_bytes > most
            ):
                session.deliver(route.topic, payload, 1)
                continue
            if packet_id != encoded_id:
                encoded_id = packet_id
                encoded = b"%b%b%b" % (head, packet_id.to_bytes(2, "big"), payload)
            in_flight[packet_id] = packet
            session.last_packet_id = packet_id
            connection.output.append(encoded)
            connection.output_bytes += size
            dirty[connection] = None
