"""What happens to that which a client wants: under the rules of the exchange, or open to anyone.

The plane is the same on both roads. A road answers at once, or asks the driver with an event and lets the plane answer
when the driver does.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from hongyan_broker.plane.session import Inbound

if TYPE_CHECKING:
    from hongyan_broker.plane.connection import Connection
    from hongyan_broker.plane.express import Express
    from hongyan_broker.plane.packets import Connect, Publish, Subscribe, Will
    from hongyan_broker.plane.session import Session, SessionKey, Subscription


class Road(ABC):
    """The decisions that are not MQTT's own.

    Attributes:
        max_granted_qos: A SUBSCRIBE is granted no more [MQTT-3.8.4-6].
        has_trees: Whether accounts have a tree of topics each; a tree is made for the few sessions of one account.
        express: Takes plain packets out of the stream before they become a `Packet`, where nobody has to be asked.
    """

    max_granted_qos: ClassVar[int]
    has_trees: ClassVar[bool] = True
    express: Express[Any] | None = None

    @abstractmethod
    def sign_in(self, connection: Connection, packet: Connect) -> None:
        """Find out who it is → `Plane.signed_in` or `Plane.refuse`."""

    @abstractmethod
    def may_publish_will(self, connection: Connection, account: str) -> bool:
        """Whether the will of a CONNECT is acceptable."""

    @abstractmethod
    def find_session(self, connection: Connection, key: SessionKey) -> None:
        """Find or make the session of a client that has signed in → `Plane.opened` or `Plane.refuse`."""

    def inbound_of(self, key: SessionKey, *, present: bool) -> Inbound:
        """What is remembered of a session's own packets, for one that is `present` again."""
        return Inbound()

    @abstractmethod
    def publish(self, connection: Connection, packet: Publish, session: Session) -> None:
        """Take a PUBLISH; its acknowledgement may come later, but in order [MQTT-4.6.0-2] [MQTT-4.6.0-3]."""

    @abstractmethod
    def publish_will(self, account: str, will: Will) -> None:
        """Publish the will of a connection that ended without a DISCONNECT [MQTT-3.1.2-8]."""

    @abstractmethod
    def ask_filters(self, connection: Connection, packet: Subscribe) -> None:
        """Find out what may be subscribed → `Plane.grant`."""

    @abstractmethod
    def keep_subscriptions(
        self,
        connection: Connection,
        session: Session,
        added: Sequence[tuple[str, Subscription]],
        removed: Sequence[str],
        answer: bytes,
    ) -> None:
        """Keep a change of subscriptions as long as the session lives, then send the SUBACK or UNSUBACK."""

    @abstractmethod
    def came(self, session: Session) -> None:
        """A client has taken the session up; its CONNACK is sent."""

    @abstractmethod
    def went(self, session: Session, *, ends: bool) -> None:
        """The client has gone. `ends`: another CONNECT discards the session [MQTT-3.1.2-6]."""

    def tick(self, now_ms: int) -> None:
        """Do what time brings; `now_ms` since the epoch. Nothing, unless the road keeps sessions itself."""
        return

    # What a road that keeps QoS 2 on disk must wait for

    def release(self, connection: Connection, session: Session, packet_id: int) -> None:
        """A PUBREC has come: send the PUBREL, also for an unknown packet identifier, which may be of an old session."""
        session.receive(packet_id)
        connection.send_pubrel(packet_id)  # [MQTT-4.3.3-1]

    def complete(self, connection: Connection, session: Session, packet_id: int) -> None:
        """A PUBREL has come: forget the packet identifier, known or not, and send the PUBCOMP [MQTT-4.3.3-2]."""
        session.inbound.unreleased.pop(packet_id, None)
        connection.send_pubcomp(packet_id)
