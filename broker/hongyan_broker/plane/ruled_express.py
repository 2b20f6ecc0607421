"""The fast lane of the messenger's road: a plain PUBLISH goes straight into the line for the exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hongyan_broker.plane.events import Published
from hongyan_broker.plane.express import MAX_CACHED_TOPIC, PUBLISH_0, Express
from hongyan_broker.plane.packets import ProtocolError, parse_topic_name

if TYPE_CHECKING:
    from hongyan_broker.plane.connection import Connection
    from hongyan_broker.plane.plane import Plane
    from hongyan_broker.plane.session import Session

_MAX_TOPICS: Final = 10_000


class RuledExpress(Express[str]):
    """`max_unacked` publishes of one connection may wait for their decision; then the ordinary way pauses it."""

    def __init__(self, plane: Plane, max_packet_bytes: int, max_unacked: int) -> None:
        super().__init__(plane, max_packet_bytes)
        self._max_unacked = max_unacked
        self._topics: dict[bytes, str] = {}  # by length and UTF-8 of the topic, as it stands in a PUBLISH

    def _count_room(self, connection: Connection) -> int:
        return max(0, self._max_unacked - len(connection.undecided))  # a chunk's bytes are few beside their bound

    def _find_place(self, field: bytes) -> str | None:
        topic = self._topics.get(field)
        if topic is None:
            try:
                topic, _ = parse_topic_name(field, 0)
            except ProtocolError:
                return None
            if len(self._topics) >= _MAX_TOPICS:
                self._topics.clear()
            if len(field) <= MAX_CACHED_TOPIC:
                self._topics[field] = topic
        return topic

    def _carry(  # noqa: PLR0917 - one a packet: what the loop has at hand
        self, connection: Connection, session: Session, place: str, data: bytes, at: int, body: int, end: int
    ) -> None:
        plane = self._plane
        name = plane.new_id()
        if data[at] == PUBLISH_0:
            published = Published(session.account, place, data[body:end], name, connection, 0, None)
        else:
            packet_id, payload = data[body] << 8 | data[body + 1], data[body + 2 : end]
            session.inbound.name(packet_id, hash((place, payload)), dup=False, new_id=name)
            published = Published(session.account, place, payload, name, connection, 1, packet_id)
        connection.undecided.append(plane.now_s)
        connection.undecided_bytes += len(published.payload)
        plane.published.append(published)
