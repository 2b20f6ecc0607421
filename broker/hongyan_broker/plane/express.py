"""The fast lane: runs of plain PUBLISH and PUBACK packets, straight from the chunk, without a `Packet` between.

Plain is what a broker sees a hundred thousand times a second: QoS 0 or 1, no DUP, no RETAIN, and PUBACKs for QoS 1
that no journal keeps. Everything else, and everything malformed, stops the lane where it stands; the ordinary way takes
that packet and gives the same answers, only several times slower.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from hongyan_broker.plane.connection import Connection
    from hongyan_broker.plane.plane import Plane
    from hongyan_broker.plane.session import Session

MAX_CACHED_TOPIC: Final = 512  # bytes: what an attacker may fill a cache with is bounded
PUBLISH_0, PUBLISH_1 = 0x30, 0x32
_PUBLISHES: Final = (PUBLISH_1, PUBLISH_0)
_PUBACK = 0x40

Place = TypeVar("Place")


class Express(ABC, Generic[Place]):
    """One a plane. A road says what becomes of a topic (its `Place`) and of a PUBLISH.

    Args:
        max_packet_bytes: A longer packet is the ordinary way's, which refuses it.
    """

    def __init__(self, plane: Plane, max_packet_bytes: int) -> None:
        self._plane = plane
        self._max_packet = max_packet_bytes

    def take(self, connection: Connection, session: Session, data: bytes, at: int) -> int:
        """Handle the plain packets of an open connection from `at` on; returns where the first other one begins."""
        last = len(data) - 4  # nothing plain is shorter
        acknowledged, room = False, self._count_room(connection)
        field, place, in_flight = b"", None, session.in_flight
        while at <= last:
            first, length = data[at], data[at + 1]
            if first == _PUBACK:
                packet_id = data[at + 2] << 8 | data[at + 3]
                packet = in_flight.get(packet_id)
                if length != 2 or packet is None or packet.qos != 1 or packet.number:
                    break
                del in_flight[packet_id]
                acknowledged = True
                at += 4
                continue
            start = at + 2
            if length > 0x7F:
                length, start = length & 0x7F | data[start] << 7, at + 3
                if not 0x7F < length < 0x4000:
                    break
            end = start + length
            if first not in _PUBLISHES or end - 4 > last or end - at > self._max_packet:
                break
            if not field or not data.startswith(field, start):
                field = data[start : start + 2 + (data[start] << 8 | data[start + 1])]
                place = self._find_place(field)
            body = start + len(field)
            if not room or place is None or body > end:
                break
            if first == PUBLISH_1 and (body + 2 > end or not (data[body] or data[body + 1])):
                break
            self._carry(connection, session, place, data, at, body, end)
            at = end
            room -= 1
            if not room:
                break
        self._arrive(connection)
        if acknowledged:
            session.changed = True
            self._plane.pump(session)
        return at

    @abstractmethod
    def _count_room(self, connection: Connection) -> int:
        """How many publishes of this connection the lane may take now."""

    @abstractmethod
    def _find_place(self, field: bytes) -> Place | None:
        """What becomes of a topic, given as it stands in a PUBLISH; None for what is not plain, or is no topic."""

    @abstractmethod
    def _carry(  # noqa: PLR0917 - one a packet: what the loop has at hand
        self, connection: Connection, session: Session, place: Place, data: bytes, at: int, body: int, end: int
    ) -> None:
        """Take the PUBLISH in `data[at:end]`; `body` is where its topic ends."""

    def _arrive(self, connection: Connection) -> None:
        """The run is over."""
        return
