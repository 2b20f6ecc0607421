"""The open road: any topic for anyone, routed in the turn in which its bytes come. For suites and benchmarks.

Sessions with clean session 0 stay here while their client is away, with their subscriptions and a bounded queue of
QoS 1 and 2. With a journal whatever must outlive the process is on disk before anybody hears of it: a stored session
gets its QoS 1 and 2 after the commit, and so do their publishers their acknowledgements. All others are served at once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from hongyan.limits import Limits
from hongyan_broker.plane.connection import UNAVAILABLE, Connection
from hongyan_broker.plane.events import Identity
from hongyan_broker.plane.journal import Journal
from hongyan_broker.plane.open_express import OpenExpress
from hongyan_broker.plane.packets import Connect, Publish, Subscribe, Will
from hongyan_broker.plane.retained import Retained, RetainedMessages
from hongyan_broker.plane.road import Road
from hongyan_broker.plane.session import InFlight, Session, SessionKey, Subscription
from hongyan_core.kept import Change, Kept, KeptSession

if TYPE_CHECKING:
    from hongyan_broker.plane.plane import Plane

ANYONE: Final = Identity("", 0)  # client identifiers are global here, as the standard has it [MQTT-3.1.3-2]
MAX_FILTER_LEVELS: Final = 200  # as Mosquitto has it; the tables walk filters recursively, topic names not
_MAX_RESERVED: Final = 32_768  # packet identifiers of one session for what is not sent yet: half of all that there are


class OpenRoad(Road):
    """Everything is allowed and decided here.

    Args:
        keeps: Whether there is a journal, which the driver writes; else everything is in memory only.
    """

    max_granted_qos: ClassVar[int] = 2
    has_trees: ClassVar[bool] = False

    def __init__(self, plane: Plane, limits: Limits, *, keeps: bool = False) -> None:
        self._plane = plane
        self._limits = limits
        light_bytes = limits.max_in_flight_bytes // limits.in_flight_window  # whose bytes in flight need no count
        self.express = OpenExpress(plane, min(limits.max_packet_bytes, light_bytes), limits.max_output_bytes)
        self.journal = Journal(plane.want_journal) if keeps else None
        self._retained = RetainedMessages(
            max_messages=limits.max_retained_messages, max_bytes=limits.max_retained_bytes
        )
        self._away: OrderedDict[Session, int] = OrderedDict()  # since when, the longest first
        self._now_ms = 0

    # Sessions

    def sign_in(self, connection: Connection, packet: Connect) -> None:
        """See `Road`. Any user name and password, or none."""
        self._plane.signed_in(connection, ANYONE)

    def may_publish_will(self, connection: Connection, account: str) -> bool:
        """See `Road`."""
        return True

    def find_session(self, connection: Connection, key: SessionKey) -> None:
        """See `Road`. One that is not here does not exist."""
        clean = connection.clean_session
        if not clean and len(self._away) >= self._limits.max_sessions:
            self._plane.refuse(connection, UNAVAILABLE)
            return
        session = self._add_session(key, clean=clean)
        if self.journal is not None and not clean:
            session.number, session.keeper = self.journal.new_number(), self
            self.journal.write(Change.SESSION, session.number, session.client_id, self._now_ms)
        self._plane.take_up(connection, session)

    def _add_session(self, key: SessionKey, *, clean: bool) -> Session:
        session = self._plane.add_session(key, clean=clean, cursor=0)
        session.live = True  # there is no history to be behind of
        return session

    def came(self, session: Session) -> None:
        """See `Road`."""
        self._away.pop(session, None)

    def went(self, session: Session, *, ends: bool) -> None:
        """See `Road`. A stored session stays until a clean CONNECT ends it.

        [MQTT-3.1.2-4] [MQTT-3.1.2-5] [MQTT-4.1.0-1] [MQTT-4.1.0-2]
        """
        if session.clean or ends:
            self._end(session)
            return
        self._away[session] = self._now_ms
        if self.journal is not None:
            self.journal.write(Change.SEEN, self._now_ms, session.number)

    def _end(self, session: Session) -> None:
        """Retained messages are no part of a session: they stay [MQTT-3.1.2-7]."""
        self._away.pop(session, None)
        self._plane.forget(session)
        if self.journal is not None and session.number:
            self.journal.write(Change.SESSION_ENDED, session.number)

    def tick(self, now_ms: int) -> None:
        """See `Road`. Sessions that nobody has used for long end."""
        self._now_ms = now_ms
        before_ms = now_ms - self._limits.session_expiry_s * 1_000
        while self._away and next(iter(self._away.values())) < before_ms:
            self._end(next(iter(self._away)))

    # Publishing

    def publish(self, connection: Connection, packet: Publish, session: Session) -> None:
        """See `Road`."""
        packet_id = packet.packet_id
        if packet.qos == 2 and packet_id is not None:
            if packet_id in session.inbound.unreleased:  # routed before [MQTT-4.3.3-2]
                self._acknowledge(connection, 2, packet_id)
                return
            session.inbound.unreleased[packet_id] = True
            if self.journal is not None and session.number:
                self.journal.write(Change.RECEIVED, session.number, packet_id)
        self._route(packet.topic, packet.payload, packet.qos, retain=packet.retain)
        if packet_id is not None or packet.retain:  # QoS 0 too: a flood of retained messages waits for the disk
            self._acknowledge(connection, packet.qos, packet_id)

    def _acknowledge(self, connection: Connection, qos: int, packet_id: int | None) -> None:
        """At once, or when all that was journaled so far is on disk: so the order is kept [MQTT-4.6.0-2]."""
        if self.journal is None or (self.journal.is_idle() and not connection.has_undecided()):
            connection.acknowledge(qos, packet_id)
        else:
            connection.await_decision()
            self.journal.after(connection, partial(self._decided, connection, qos, packet_id))

    @staticmethod
    def _decided(connection: Connection, qos: int, packet_id: int | None) -> None:
        connection.decided(qos, packet_id)
        if connection.held:
            connection.process()

    def publish_will(self, account: str, will: Will) -> None:
        """See `Road`. Retained if it says so [MQTT-3.1.2-16] [MQTT-3.1.2-17]."""
        self._route(will.topic, will.payload, will.qos, retain=will.retain)

    def _route(self, topic: str, payload: bytes, qos: int, *, retain: bool) -> None:
        if retain:  # else what is retained stays as it is [MQTT-3.3.1-12]
            self._retain(Retained(topic, payload, qos))
        # The highest QoS of overlapping filters, once [MQTT-3.3.5-1]; retain 0, as it is new [MQTT-3.3.1-9]. Whoever
        # is away has it in the session [MQTT-4.5.0-1], and all in the order of arrival [MQTT-4.6.0-5] [MQTT-4.6.0-6].
        for session, granted in self._plane.subscriptions.match(topic).items():
            self._hand(session, topic, payload, min(qos, granted))

    def _hand(self, session: Session, topic: str, payload: bytes, qos: int, *, retain: bool = False) -> None:
        journal = self.journal
        if journal is None or not (qos and session.number):
            session.deliver(topic, payload, qos, retain=retain)
        elif len(session.reserved) < _MAX_RESERVED:  # else its queue has been full for long
            # The packet identifier is part of the row: after a crash the same packet is sent again, and QoS 2 is known.
            number, packet_id = journal.new_number(), session.next_packet_id()
            session.reserved.add(packet_id)
            journal.write(Change.QUEUED, number, session.number, packet_id, topic, payload, qos, retain)
            packet = InFlight(topic, payload, None, qos, retain, number, packet_id)
            journal.after(session.connection, partial(self._hand_kept, session, packet))

    def _hand_kept(self, session: Session, packet: InFlight) -> None:
        if self._plane.sessions.get(session.key) is session:
            session.offer(packet)

    def _retain(self, message: Retained) -> None:
        """Keep it instead of the old one, whatever its QoS [MQTT-3.3.1-5] [MQTT-3.3.1-7]."""
        if message.payload:
            kept = self._retained.keep(message)
        else:
            kept = False
            self._retained.remove(message.topic)  # [MQTT-3.3.1-10] [MQTT-3.3.1-11]
        if self.journal is None:
            return
        if kept:
            self.journal.write(Change.RETAINED, message.topic, message.payload, message.qos)
        else:
            self.journal.write(Change.FORGOTTEN, message.topic)

    # Subscribing

    def ask_filters(self, connection: Connection, packet: Subscribe) -> None:
        """See `Road`. Only what the tables cannot walk is refused."""
        allowed = [topic_filter.count("/") < MAX_FILTER_LEVELS for topic_filter, _ in packet.requests]
        self._plane.grant(connection, packet, allowed)

    def keep_subscriptions(
        self,
        connection: Connection,
        session: Session,
        added: Sequence[tuple[str, Subscription]],
        removed: Sequence[str],
        answer: bytes,
    ) -> None:
        """See `Road`. A SUBSCRIBE gets the retained messages, also a repeated one [MQTT-3.3.1-6] [MQTT-3.8.4-3]."""
        if self.journal is None or not session.number:
            connection.answered(answer)
        else:
            for topic_filter, granted in added:
                self.journal.write(Change.SUBSCRIBED, session.number, topic_filter, granted.qos)
            for topic_filter in removed:
                self.journal.write(Change.UNSUBSCRIBED, session.number, topic_filter)
            connection.await_answer()
            self.journal.after(connection, partial(connection.answered, answer))
        for topic_filter, granted in added:
            for message in self._retained.match(topic_filter):
                qos = min(message.qos, granted.qos)
                self._hand(session, message.topic, message.payload, qos, retain=True)  # [MQTT-3.3.1-8]

    # QoS 2: each step is on disk before the peer is told of it

    def release(self, connection: Connection, session: Session, packet_id: int) -> None:
        """See `Road`."""
        packet = session.in_flight.get(packet_id)
        if self.journal is None or packet is None or not packet.number or packet.qos != 2:
            super().release(connection, session, packet_id)
        else:
            self.journal.write(Change.RELEASED, packet.number)
            self.journal.after(connection, partial(self._release_kept, connection, session, packet_id, packet))

    @staticmethod
    def _release_kept(connection: Connection, session: Session, packet_id: int, packet: InFlight) -> None:
        if session.in_flight.get(packet_id) is packet:  # else a repeated PUBREC has done it
            session.receive(packet_id)
            connection.send_pubrel(packet_id)  # [MQTT-4.3.3-1]

    def complete(self, connection: Connection, session: Session, packet_id: int) -> None:
        """See `Road`."""
        known = session.inbound.unreleased.pop(packet_id, None)
        if self.journal is None or not session.number or known is None:
            connection.send_pubcomp(packet_id)  # [MQTT-4.3.3-2]
        else:
            self.journal.write(Change.COMPLETED, session.number, packet_id)
            self.journal.after(connection, partial(connection.send_pubcomp, packet_id))

    def discard(self, number: int) -> None:
        """Take a message out of the store: it is acknowledged, or its queue was full."""
        if self.journal is not None:
            self.journal.write(Change.DONE, number)

    # After a restart

    def restore(self, kept: Kept) -> None:
        """Begin where the last process ended: every session is away."""
        if self.journal is not None:
            self.journal.start_after(kept.last_number)
        for topic, payload, qos in kept.retained:
            self._retained.keep(Retained(topic, payload, qos))
        for stored in kept.sessions:
            session = self._add_session((ANYONE.account, stored.client_id), clean=False)
            session.number, session.keeper = stored.number, self
            self._away[session] = stored.last_seen_ms
            for topic_filter, qos in stored.subscriptions:
                session.subscriptions[topic_filter] = Subscription(qos, 0)
                self._plane.subscriptions.add(topic_filter, session, qos)
            session.inbound.unreleased.update(dict.fromkeys(stored.receipts, True))
            _restore_messages(session, stored)


def _restore_messages(session: Session, stored: KeptSession) -> None:
    """The oldest, as many as a window holds, may have been sent: they go again with DUP; the rest was not."""
    for message in stored.messages:
        packet = InFlight(
            message.topic, message.payload, None, message.qos, message.retain, message.number, message.packet_id
        )
        if message.released:
            session.released[message.packet_id] = message.number
        elif len(session.in_flight) < session.window:
            session.in_flight[message.packet_id] = packet
        else:
            session.reserved.add(message.packet_id)
            session.offer(packet)
        session.last_packet_id = message.packet_id
