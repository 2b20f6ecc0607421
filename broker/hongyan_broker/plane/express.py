"""The fast lane of the open road: runs of plain PUBLISH and PUBACK packets, straight from the chunk to the outputs.

Plain is what a broker sees a hundred thousand times a second: QoS 0 or 1, no DUP, no RETAIN, a topic whose subscribers
are all clean sessions, and PUBACKs for such deliveries. Everything else, and everything malformed, stops the lane
where it stands; the ordinary way takes that packet and gives the same answers, only ten times slower.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hongyan_broker.plane.packets import ProtocolError, encode_publish, parse_topic_name
from hongyan_broker.plane.session import InFlight

if TYPE_CHECKING:
    from hongyan_broker.plane.connection import Connection
    from hongyan_broker.plane.plane import Plane
    from hongyan_broker.plane.session import Session

_MAX_ROUTES: Final = 10_000
_MAX_CACHED_TOPIC: Final = 512  # bytes: what an attacker may fill the cache with is bounded
_PUBLISH_0, _PUBLISH_1, _PUBACK = 0x30, 0x32, 0x40


class Route:
    """Who gets a topic. Built once, thrown away when any subscription changes."""

    __slots__ = ("acknowledging", "everyone", "others", "topic")

    def __init__(self, topic: str, subscribers: dict[Session, int]) -> None:
        self.topic = topic
        self.everyone = tuple(subscribers)
        self.acknowledging = tuple(session for session, granted in subscribers.items() if granted)
        self.others = tuple(session for session, granted in subscribers.items() if not granted)


class Express:
    """One a plane. `max_packet_bytes`: a longer packet is the ordinary way's, which refuses it."""

    def __init__(self, plane: Plane, max_packet_bytes: int, max_output_bytes: int) -> None:
        self._plane = plane
        self._max_packet = max_packet_bytes
        self._max_output = max_output_bytes
        self._routes: dict[bytes, Route | None] = {}  # by length and UTF-8 of the topic, as it stands in a PUBLISH
        self._version = -1

    def take(  # noqa: PLR0912 - a call for each packet would cost as much as the packet
        self, connection: Connection, session: Session, data: bytes, at: int
    ) -> int:
        """Handle the plain packets of an open connection from `at` on; returns where the first other one begins."""
        last = len(data) - 4  # nothing plain is shorter
        identifiers = [b""]
        acknowledged = 0
        field, route, in_flight = b"", None, session.in_flight
        while at <= last:
            first, length = data[at], data[at + 1]
            if first == _PUBACK:
                packet_id = data[at + 2] << 8 | data[at + 3]
                packet = in_flight.get(packet_id)
                if length != 2 or packet is None or packet.qos != 1 or packet.number or packet.position is not None:
                    break
                del in_flight[packet_id]
                acknowledged += 1
                at += 4
                continue
            start = at + 2
            if length > 0x7F:
                length, start = length & 0x7F | data[start] << 7, at + 3
                if not 0x7F < length < 0x4000:
                    break
            end = start + length
            if (first not in (_PUBLISH_1, _PUBLISH_0)) or end - 4 > last or end - at > self._max_packet:
                break
            if not field or not data.startswith(field, start):
                field = data[start : start + 2 + (data[start] << 8 | data[start + 1])]
                route = self._find_route(field)
            body = start + len(field)
            if route is None or body > end:
                break
            if first == _PUBLISH_0:
                self._deliver_0(route.everyone, data[at:end])
            else:
                identifier = data[body : body + 2]
                if body + 2 > end or identifier == b"\0\0":
                    break
                identifiers.append(identifier)
                payload = data[body + 2 : end]
                if route.others:
                    self._deliver_0(route.others, encode_publish(field[2:], payload, 0))
                if route.acknowledging:
                    self._deliver_1(route, data[at:body], payload)
            at = end
        if len(identifiers) > 1:
            connection.send(b"\x40\x02".join(identifiers))  # PUBACKs in their order [MQTT-4.6.0-2]
        if acknowledged:
            self._plane.pump(session)
        return at

    def _find_route(self, field: bytes) -> Route | None:
        """The route of a topic; None for what is not plain, or is no topic."""
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
        if len(field) <= _MAX_CACHED_TOPIC:
            self._routes[field] = route
        return route

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
                session.deliver(route.topic, payload, 1, None)
                continue
            if packet_id != encoded_id:
                encoded_id = packet_id
                encoded = b"%b%b%b" % (head, packet_id.to_bytes(2, "big"), payload)
            in_flight[packet_id] = packet
            session.last_packet_id = packet_id
            connection.output.append(encoded)
            connection.output_bytes += size
            dirty[connection] = None
