"""The road of the messenger: the exchange decides every publish, the plugins every filter, the store keeps sessions."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from hongyan.errors import MalformedTopic
from hongyan.limits import Limits
from hongyan.topics import parse_publish_topic
from hongyan_broker.plane.connection import NOT_AUTHORISED, Connection
from hongyan_broker.plane.events import (
    Came,
    FiltersAsked,
    LoadSession,
    Published,
    SaveSession,
    SaveSubscriptions,
    SignIn,
    Went,
)
from hongyan_broker.plane.packets import Connect, Publish, Subscribe, Will
from hongyan_broker.plane.presence import OFFLINE, ONLINE, presence_topic
from hongyan_broker.plane.road import Road
from hongyan_broker.plane.ruled_express import RuledExpress
from hongyan_broker.plane.session import Inbound, Session, SessionKey, Subscription

if TYPE_CHECKING:
    from hongyan_broker.plane.plane import Plane

MAX_AWAY: Final = 2_000  # stored sessions without a client whose inbound packet identifiers are remembered
KEPT_AWAY: Final = 64  # of those the newest


class RuledRoad(Road):
    """Everything is asked of the driver. The retain flag is ignored: the history is what a late comer reads.

    QoS 2 is not granted: the history delivers at least once with a dense `seq` that tells repeats, which QoS 2 would
    only make slower; a client that asks for 2 is told 1 in its SUBACK [MQTT-3.8.4-6].
    """

    max_granted_qos: ClassVar[int] = 1

    def __init__(self, plane: Plane, limits: Limits) -> None:
        self._plane = plane
        self.express = RuledExpress(plane, limits.max_packet_bytes, limits.max_unacked_publishes)
        self._away: OrderedDict[SessionKey, Inbound] = OrderedDict()

    def sign_in(self, connection: Connection, packet: Connect) -> None:
        """See `Road`. Nobody comes in without a user name."""
        if packet.username is None:
            self._plane.refuse(connection, NOT_AUTHORISED)
        else:
            self._plane.emit(SignIn(connection, packet))

    def may_publish_will(self, connection: Connection, account: str) -> bool:
        """See `Road`. A will is checked like any publish, now and when it fires."""
        if connection.will is None:
            return True
        try:
            return parse_publish_topic(connection.will.topic).account == account
        except MalformedTopic:
            return False

    def find_session(self, connection: Connection, key: SessionKey) -> None:
        """See `Road`."""
        others = self._plane.count_clean(key[0])
        self._plane.emit(LoadSession(connection, *key, connection.clean_session, others))

    def inbound_of(self, key: SessionKey, *, present: bool) -> Inbound:
        """What is remembered of a stored session's own packets."""
        away = self._away.pop(key, None)
        return away if away is not None and present else Inbound()

    def publish(self, connection: Connection, packet: Publish, session: Session) -> None:
        """See `Road`."""
        name = self._plane.new_id()
        if packet.packet_id is not None:
            if packet.qos == 2:
                if session.inbound.unreleased.get(packet.packet_id):  # decided before [MQTT-4.3.3-2]
                    return connection.send_pubrec(packet.packet_id)
                session.inbound.unreleased[packet.packet_id] = False
            digest = hash((packet.topic, packet.payload))
            name = session.inbound.name(packet.packet_id, digest, dup=packet.dup, new_id=name)
        connection.await_decision(len(packet.payload))
        return self._plane.published.append(
            Published(session.account, packet.topic, packet.payload, name, connection, packet.qos, packet.packet_id)
        )

    def publish_will(self, account: str, will: Will) -> None:
        """See `Road`."""
        self._plane.published.append(Published(account, will.topic, will.payload, self._plane.new_id(), qos=will.qos))

    def ask_filters(self, connection: Connection, packet: Subscribe) -> None:
        """See `Road`. What follows in the stream waits for the answer."""
        connection.await_answer()
        identity = connection.identity
        self._plane.emit(FiltersAsked(connection, identity.account if identity else "", packet))

    def keep_subscriptions(
        self,
        connection: Connection,
        session: Session,
        added: Sequence[tuple[str, Subscription]],
        removed: Sequence[str],
        answer: bytes,
    ) -> None:
        """See `Road`."""
        if session.clean or not (added or removed):
            connection.answered(answer)
            return
        connection.await_answer()
        rows = tuple((topic_filter, granted.qos, granted.since_position) for topic_filter, granted in added)
        self._plane.emit(SaveSubscriptions(connection, session, rows, tuple(removed), answer))

    def came(self, session: Session) -> None:
        """See `Road`."""
        self._say(session, ONLINE)
        if (connection := session.connection) is not None and (identity := connection.identity) is not None:
            device = identity.parent_id or identity.credential_id
            self._plane.emit(Came(session.account, session.client_id, device, connection.address))

    def went(self, session: Session, *, ends: bool) -> None:
        """See `Road`. It lives on in the store only; `LoadSession` deletes it there if it ends."""
        self._say(session, OFFLINE)
        self._plane.emit(Went(session.account, session.client_id))
        if not session.clean:
            self._plane.emit(SaveSession(session.snapshot(self._plane.head)))
            self._remember(session)
        self._plane.forget(session)

    def _remember(self, session: Session) -> None:
        session.inbound.shrink(KEPT_AWAY)
        self._away[session.key] = session.inbound
        if len(self._away) > MAX_AWAY:
            self._away.popitem(last=False)

    def _say(self, session: Session, state: bytes) -> None:
        topic = presence_topic(session.account, session.client_id)
        self._plane.published.append(Published(session.account, topic, state, self._plane.new_id()))
