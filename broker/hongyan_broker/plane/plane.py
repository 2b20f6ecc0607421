"""The whole of MQTT for this broker: sessions, take-over, wills, fan-out. No socket, no database, no clock.

The driver hands bytes in (`Connection.receive`), does what `take_events` asks, answers with the methods named in
`events.py`, writes what `take_dirty` lists, and sets `now_s` (a monotonic clock) before it calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from hongyan.limits import Limits
from hongyan.topics import Branch, feed_topic
from hongyan_broker.plane import packets
from hongyan_broker.plane.connection import NOT_AUTHORISED, Connection, State
from hongyan_broker.plane.events import Closed, Event, HistoryWanted, Identity, JournalWritten, Published
from hongyan_broker.plane.packets import Subscribe, encode_field
from hongyan_broker.plane.queues import Queues
from hongyan_broker.plane.road import Road
from hongyan_broker.plane.ruled_road import RuledRoad
from hongyan_broker.plane.session import (
    Inbound,
    InFlight,
    Session,
    SessionKey,
    Snapshot,
    Subscription,
    delivery_topic,
)
from hongyan_broker.plane.subscriptions import Subscriptions
from hongyan_broker.plane.tree import Tree

if TYPE_CHECKING:
    from hongyan_core.exchange import Decision, Delivery
    from hongyan_core.store.sessions import StoredSession

REFUSED_FILTER: Final = 0x80  # in a SUBACK


class Plane:
    """All connections and the sessions of connected clients.

    Args:
        head: The position of the newest message at the start.
        new_id: Gives message ids and client identifiers, never the same one twice.
        make_road: Under which decisions: those of the exchange unless another road is named.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        head: int,
        new_id: Callable[[], str],
        make_road: Callable[[Plane, Limits], Road] = RuledRoad,
    ) -> None:
        self.head = head  # fan-out has come this far
        self.new_id = new_id
        self.now_s = 0.0
        self.connections: set[Connection] = set()
        self.sessions: dict[SessionKey, Session] = {}
        self.dirty: dict[Connection, None] = {}  # connections with output, in order
        self.published: list[Published] = []  # to be decided, in order
        self.subscriptions: Subscriptions[Session] = Subscriptions()
        self._limits = limits
        self._queues = Queues(limits.max_total_queued_bytes)
        self._events: list[Event] = []
        self._trees: dict[str, Tree] = {}  # by account
        self._loading: dict[SessionKey, Connection] = {}  # signed in, the stored session not here yet
        self.road = make_road(self, limits)

    # For the driver

    def connect(self, address: str) -> Connection:
        """A client has connected; nothing is known of it but its address."""
        connection = Connection(self, address, self._limits)
        self.connections.add(connection)
        return connection

    def take_events(self) -> list[Event]:
        """What is to be done since the last call, in order."""
        events, self._events = self._events, []
        return events

    def take_published(self) -> list[Published]:
        """What is to be decided since the last call, in order."""
        published, self.published = self.published, []
        return published

    def take_dirty(self) -> list[Connection]:
        """The connections with output since the last call."""
        dirty = list(self.dirty)
        self.dirty.clear()
        return dirty

    def tick(self, now_ms: int) -> None:
        """Close what is overdue (keep alive, tokens, stalls) and ask again for pages that failed."""
        self.road.tick(now_ms)
        for connection in list(self.connections):
            if reason := connection.overdue(now_ms):
                self.close(connection, reason)
            elif connection.session is not None:
                self.pump(connection.session)

    # Signing in

    def signed_in(self, connection: Connection, identity: Identity) -> None:
        """The password is right: take over the session's living connection, or have the stored session loaded."""
        if connection.state is not State.AUTHENTICATING:
            return
        connection.identity = identity
        if not self.road.may_publish_will(connection, identity.account):
            self.refuse(connection, NOT_AUTHORISED)
            return
        key = (identity.account, connection.client_id)
        session = self._take_over(key)
        if session is not None and not session.clean and not connection.clean_session:
            self.take_up(connection, session, present=True)
            return
        if session is not None:
            self._leave(session, ends=True)
        self._loading[key] = connection
        self.road.find_session(connection, key)

    def count_clean(self, account: str) -> int:
        """How many sessions the account has here that nobody stores."""
        return sum(session.clean for session in self._sessions_of(account))

    def _sessions_of(self, account: str) -> tuple[Session, ...]:
        tree = self._trees.get(account)
        return tree.sessions if tree is not None else ()

    def _take_over(self, key: SessionKey) -> Session | None:
        """End what lives under the same account and client identifier [MQTT-3.1.4-2]; its session stays as it is."""
        if (loading := self._loading.pop(key, None)) is not None:
            self.close(loading, "taken over")
        session = self.sessions.get(key)
        if session is not None and (old := session.connection) is not None:
            session.connection, old.session = None, None
            self.close(old, "taken over")
        return session

    def refuse(self, connection: Connection, return_code: int) -> None:
        """Answer a CONNECT with a refusal and close [MQTT-3.2.2-5]; what came after it is not read [MQTT-3.1.4-5]."""
        if connection.state is State.AUTHENTICATING:
            connection.send_connack(return_code)
            connection.will = None
            self.close(connection, f"refused with return code {return_code}")

    def opened(
        self, connection: Connection, stored: StoredSession | None, *, present: bool, in_flight: Sequence[Delivery] = ()
    ) -> None:
        """The session is loaded; `stored` is None for a clean one, `in_flight` the deliveries of its positions."""
        identity = connection.identity
        if connection.state is not State.AUTHENTICATING or identity is None:
            return
        key = (identity.account, connection.client_id)
        session = self.add_session(key, clean=stored is None, cursor=self.head if stored is None else stored.cursor)
        session.inbound = self.road.inbound_of(key, present=present)
        if stored is not None:
            self._restore(session, stored, in_flight)
        session.live = session.cursor >= self.head
        self.take_up(connection, session, present=present)

    def add_session(self, key: SessionKey, *, clean: bool, cursor: int) -> Session:
        """Make a session that nobody has taken up yet."""
        session = Session(
            *key,
            clean=clean,
            cursor=cursor,
            limits=self._limits,
            queues=self._queues,
            inbound=Inbound(),
        )
        self.sessions[key] = session
        if self.road.has_trees:
            self._trees.setdefault(session.account, Tree(session.account)).add(session)
        return session

    def _restore(self, session: Session, stored: StoredSession, in_flight: Sequence[Delivery]) -> None:
        for subscription in stored.subscriptions:
            granted = Subscription(subscription.qos, subscription.since_position)
            session.subscriptions[subscription.topic_filter] = granted
            self.subscriptions.add(subscription.topic_filter, session, subscription.qos)
        by_position = {delivery.position: delivery for delivery in in_flight}
        for packet_id, position in stored.in_flight:
            delivery = by_position.get(position)  # gone: the history no longer has it, or the member left
            if delivery is not None and (wanted := session.match(delivery)) is not None:
                session.resume(((packet_id, InFlight(wanted[0], delivery.payload, position)),))

    def take_up(self, connection: Connection, session: Session, *, present: bool = False) -> None:
        """CONNACK first [MQTT-3.2.0-1], then what is in flight, then the rest."""
        self._loading.pop(session.key, None)
        session.connection = connection
        connection.open(session)
        connection.send_connack(
            0, session_present=present
        )  # [MQTT-3.1.4-4] [MQTT-3.2.2-1] [MQTT-3.2.2-2] [MQTT-3.2.2-3]
        session.resend()
        self.road.came(session)
        self.pump(session)
        connection.process()

    # Ending

    def close(self, connection: Connection, reason: str) -> None:
        """End a connection, from either side; its will is published unless a DISCONNECT dropped it [MQTT-3.1.2-8]."""
        if connection.state is State.CLOSED:
            return
        was_open = connection.state is State.OPEN
        connection.state = State.CLOSED
        connection.close_reason = reason
        self.connections.discard(connection)
        self.emit(Closed(connection))
        identity, will = connection.identity, connection.will
        if identity is not None:
            key = (identity.account, connection.client_id)
            if self._loading.get(key) is connection:
                del self._loading[key]
            if was_open and will is not None:
                self.road.publish_will(identity.account, will)
        if connection.session is not None:
            self._leave(connection.session)

    def _leave(self, session: Session, *, ends: bool = False) -> None:
        session.connection = None
        self.road.went(session, ends=ends)

    def forget(self, session: Session) -> None:
        """Drop a session with its subscriptions."""
        for topic_filter in session.subscriptions:
            self.subscriptions.discard(topic_filter, session)
        if self.sessions.get(session.key) is session:
            del self.sessions[session.key]
        session.forget_queue()
        if (tree := self._trees.get(session.account)) is not None:
            tree.discard(session)
            if not tree.sessions:
                del self._trees[session.account]

    def revoke(self, account: str, credentials: Iterable[int] | None) -> None:
        """End the connections that signed in with these credentials or their children (None: all), without wills."""
        ended = None if credentials is None else set(credentials)
        for connection in list(self.connections):
            identity = connection.identity
            if identity is None or identity.account != account:
                continue
            if ended is None or identity.credential_id in ended or identity.parent_id in ended:
                connection.will = None
                self.close(connection, "the credential was revoked")

    def end_session(self, account: str, client_id: str, before_s: float) -> None:
        """End the connection of a session that is stored no longer, without its will, if it came before `before_s`."""
        session = self.sessions.get((account, client_id))
        connection = session.connection if session is not None else self._loading.get((account, client_id))
        if connection is not None and connection.opened_s < before_s:
            connection.will = None
            self.close(connection, "the session was ended")

    # Subscriptions

    def grant(self, connection: Connection, packet: Subscribe, allowed: Sequence[bool]) -> None:
        """Subscribe what is allowed, from now on; the SUBACK leaves when a stored session has it on disk."""
        session = connection.session
        if connection.state is not State.OPEN or session is None:
            return
        codes: list[int] = []
        added: list[tuple[str, Subscription]] = []
        for (topic_filter, qos), may in zip(packet.requests, allowed, strict=True):
            full = len(session.subscriptions) >= self._limits.max_filters and topic_filter not in session.subscriptions
            if not may or full:
                codes.append(REFUSED_FILTER)
                continue
            granted = self._subscribe(session, topic_filter, min(qos, self.road.max_granted_qos))  # [MQTT-3.8.4-6]
            codes.append(granted.qos)
            added.append((topic_filter, granted))
        # [MQTT-3.8.4-1] [MQTT-3.8.4-2] [MQTT-3.8.4-4] [MQTT-3.8.4-5] [MQTT-3.9.3-1] [MQTT-3.9.3-2]
        answer = packets.encode_suback(packet.packet_id, codes)
        self.road.keep_subscriptions(connection, session, added, (), answer)

    def _subscribe(self, session: Session, topic_filter: str, qos: int) -> Subscription:
        old = session.subscriptions.get(topic_filter)
        # A client that subscribes again on each connect keeps what waits for it: the flow is not interrupted.
        granted = Subscription(qos, self.head if old is None else old.since_position)  # [MQTT-3.8.4-3]
        session.subscriptions[topic_filter] = granted
        self.subscriptions.add(topic_filter, session, qos)
        if (tree := self._trees.get(session.account)) is not None:
            tree.forget_readers()
        return granted

    def unsubscribe(self, session: Session, topic_filter: str) -> bool:
        """Whether there was such a subscription; what is in flight stays [MQTT-3.10.4-1] [MQTT-3.10.4-3]."""
        self.subscriptions.discard(topic_filter, session)
        if (tree := self._trees.get(session.account)) is not None:
            tree.forget_readers()
        return session.subscriptions.pop(topic_filter, None) is not None

    def stored(self, connection: Connection, answer: bytes) -> None:
        """A change of subscriptions is on disk: acknowledge it."""
        if connection.state is State.OPEN:
            connection.answered(answer)

    def leave_group(self, account: str, group: str) -> None:
        """Drop the living subscriptions to the feed of a group that the account has left."""
        topic_filter = feed_topic(group)
        for session in self._sessions_of(account):
            self.unsubscribe(session, topic_filter)

    # Messages

    def decided(self, published: Published, decision: Decision) -> None:
        """Acknowledge a publish, then deliver what came of it."""
        connection = published.connection
        if connection is not None:
            connection.decided(published.qos, published.packet_id, len(published.payload))
        deliveries: Sequence[Delivery] = decision.deliveries
        if getattr(decision, "repeat", False):
            # The history has the first one's deliveries; only the sender waits for the stamp.
            for delivery in deliveries:
                if delivery.branch is Branch.SENT:
                    self._deliver_fleeting(delivery, 1)
        else:
            self.deliver(deliveries, published.qos)
        if connection is not None and connection.held:
            connection.process()

    def deliver(self, deliveries: Sequence[Delivery], qos: int = 1) -> None:
        """Fan out what belongs together; `qos` is the publisher's, which only signals keep."""
        for delivery in deliveries:
            if delivery.position is None:
                self._deliver_fleeting(delivery, min(qos, 1) if delivery.branch is Branch.LIVE else 1)
            else:
                self._deliver_stored(delivery, delivery.position)
        for delivery in deliveries:
            if delivery.feed is not None:
                self._deliver_to_feed(delivery, delivery.feed)
            self.head = max(self.head, delivery.position or 0)

    def _deliver_stored(self, delivery: Delivery, position: int) -> None:
        trees, subscriptions, payload = self._trees, self.subscriptions, delivery.payload
        for account in delivery.accounts:
            if (tree := trees.get(account)) is not None:
                for session, granted, topic, field in tree.readers(delivery.branch, delivery.tail, subscriptions):
                    session.deliver_stored(topic, field, payload, granted, position)

    def _deliver_fleeting(self, delivery: Delivery, qos: int) -> None:
        """What the history does not keep, or a stamp once more."""
        for account in delivery.accounts:
            if account in self._trees:
                topic = delivery_topic(account, delivery.branch, delivery.tail)
                for session, granted in self.subscriptions.match(topic).items():
                    session.deliver(topic, delivery.payload, min(qos, granted))

    def _deliver_to_feed(self, delivery: Delivery, group: str) -> None:
        """The feed goes to members of this very moment, as far as they do not get it in their own tree."""
        topic = feed_topic(group)
        for session, granted in self.subscriptions.match(topic).items():
            own_topic = delivery_topic(session.account, delivery.branch, delivery.tail)
            if session.account in delivery.accounts and session not in self.subscriptions.match(own_topic):
                if delivery.position is not None:
                    field = encode_field(topic)
                    session.deliver_stored(topic, field, delivery.payload, min(1, granted), delivery.position)
                else:
                    session.deliver(topic, delivery.payload, granted)

    # History

    def pump(self, session: Session) -> None:
        """Send what may go now, and ask for a page of the history if the session is behind and has room."""
        if session.connection is None:
            return
        session.drain_queue()
        if (limit := session.page_limit()) > 0:
            session.page_asked = True
            self.emit(HistoryWanted(session, session.cursor, limit))

    def page(self, wanted: HistoryWanted, deliveries: Iterable[Delivery], upto: int) -> None:
        """Take a page that was asked for; a session that has gone meanwhile ignores it."""
        session = wanted.session
        if self.sessions.get(session.key) is session:
            session.take_page(deliveries, upto, self.head)
            self.pump(session)

    def page_failed(self, wanted: HistoryWanted) -> None:
        """The page could not be read; the next tick asks again."""
        wanted.session.page_asked = False

    def snapshots(self, *, moved_only: bool = True) -> list[Snapshot]:
        """Where the stored sessions with a client stand: all, or those that have moved since the last call."""
        kept = [s for s in self.sessions.values() if not s.clean]
        return [s.snapshot(self.head) for s in kept if s.changed or not moved_only]

    def written(self, connection: Connection, socket_bytes: int) -> None:
        """The output of a connection was written, or its socket has taken some; `socket_bytes` still wait there."""
        connection.socket_bytes = socket_bytes
        if connection.held:
            connection.process()
        if connection.session is not None:
            self.pump(connection.session)

    def has_work(self) -> bool:
        """Whether there are events or output to take."""
        return bool(self._events or self.published or self.dirty)

    def want_journal(self) -> None:
        """The road's journal has something to write."""
        self.emit(JournalWritten())

    def emit(self, event: Event) -> None:
        """Ask the driver for something."""
        self._events.append(event)
