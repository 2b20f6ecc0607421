"""A driver without sockets and database: it answers the plane's questions at once and keeps what it was told."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from hongyan.errors import MalformedTopic
from hongyan.limits import Limits
from hongyan.topics import parse_filter
from hongyan_broker.plane.connection import BAD_CREDENTIALS, Connection, State
from hongyan_broker.plane.events import (
    Closed,
    Event,
    FiltersAsked,
    HistoryWanted,
    Identity,
    LoadSession,
    Published,
    Resumed,
    SaveSession,
    SaveSubscriptions,
    SignIn,
)
from hongyan_broker.plane.plane import Plane
from hongyan_broker.plane.road import Road
from hongyan_broker.plane.ruled_road import RuledRoad
from hongyan_core.decisions import Accepted, Decision, Delivery
from hongyan_core.store.sessions import StoredSession, StoredSubscription
from tests.hongyan_broker.wire import split

# name → credential id
PEOPLE = {"ann": 1, "bob": 2, "thermo": 3}
PASSWORD = b"secret"


class Desk:
    """Everybody's password is `secret`. Publishes wait in `published` while `decides` is false."""

    def __init__(
        self, limits: Limits | None = None, *, head: int = 0, make_road: Callable[[Plane], Road] = RuledRoad
    ) -> None:
        numbers = count(1)
        self.plane = Plane(limits or Limits(), head=head, new_id=lambda: f"id-{next(numbers)}", make_road=make_road)
        self.sent: dict[Connection, bytes] = {}
        self.closed: set[Connection] = set()
        self.published: list[Published] = []
        self.asked: list[HistoryWanted] = []
        self.resumed: list[Connection] = []
        self.stored: dict[tuple[str, str], StoredSession] = {}
        self.history: dict[str, list[Delivery]] = {}
        self.decides = True
        self.reads = True

    def open(self) -> Connection:
        connection = self.plane.connect("127.0.0.1")
        self.sent[connection] = b""
        return connection

    def feed(self, connection: Connection, *chunks: bytes) -> None:
        for chunk in chunks:
            connection.receive(chunk)
            self.turn()

    def take(self, connection: Connection) -> list[bytes]:
        """The packets that the client got since the last call."""
        found, rest = split(self.sent[connection])
        assert rest == b""
        self.sent[connection] = b""
        return found

    def turn(self) -> None:
        while self.plane.has_work():
            for event in self.plane.take_events():
                self._do(event)
            self.published += self.plane.take_published()
            if self.decides and self.published:
                self.decide()
            for connection in self.plane.take_dirty():
                self.sent[connection] += connection.take_output()
                self.plane.written(connection, connection.socket_bytes)

    def cut(self, connection: Connection) -> None:
        """The network takes the connection away."""
        self.plane.close(connection, "cut")
        self.turn()

    def say(self, *deliveries: Delivery) -> None:
        """A stored message, as the exchange would have it delivered."""
        for delivery in deliveries:
            for account in delivery.accounts:
                self.history.setdefault(account, []).append(delivery)
        self.plane.deliver(deliveries)
        self.turn()

    def decide(self, decision: Decision | None = None) -> None:
        waiting, self.published = self.published, []
        for published in waiting:
            self.plane.decided(published, decision or Accepted(()))
        self.turn()

    def read(self) -> None:
        """Answer the pages that are asked for."""
        asked, self.asked = self.asked, []
        for wanted in asked:
            of_account = self.history.get(wanted.session.account, [])
            found = [d for d in of_account if (d.position or 0) > wanted.after][: wanted.limit]
            whole = len(found) < wanted.limit
            upto = max(wanted.after, self.plane.head) if whole else (found[-1].position or 0)
            self.plane.page(wanted, found, upto)
        self.turn()

    def _do(self, event: Event) -> None:
        plane = self.plane
        match event:
            case SignIn(connection=connection, packet=packet):
                if packet.username in PEOPLE and packet.password == PASSWORD:
                    plane.signed_in(connection, Identity(packet.username, PEOPLE[packet.username], parent_id=10))
                else:
                    plane.refuse(connection, BAD_CREDENTIALS)
            case LoadSession():
                self._load(event)
            case FiltersAsked(connection=connection, account=account, packet=packet):
                plane.grant(connection, packet, [_may_subscribe(account, name) for name, _ in packet.requests])
            case SaveSubscriptions():
                self._save_subscriptions(event)
            case SaveSession(snapshot=snapshot):
                key = (snapshot.account, snapshot.client_id)
                subscriptions = self.stored[key].subscriptions
                self.stored[key] = StoredSession(
                    *key, snapshot.position, snapshot.cursor, snapshot.in_flight, subscriptions
                )
            case HistoryWanted():
                self.asked.append(event)
                if self.reads:
                    self.read()
            case Closed(connection=connection):
                self.sent[connection] += connection.take_output()
                self.closed.add(connection)
            case Resumed(connection=connection):
                self.resumed.append(connection)

    def _load(self, event: LoadSession) -> None:
        key = (event.account, event.client_id)
        if event.clean:
            self.stored.pop(key, None)
            self.plane.opened(event.connection, None, present=False)
            return
        present = key in self.stored
        stored = self.stored.setdefault(key, StoredSession(*key, self.plane.head, self.plane.head))
        positions = {position for _, position in stored.in_flight}
        in_flight = [d for d in self.history.get(event.account, []) if d.position in positions]
        self.plane.opened(event.connection, stored, present=present, in_flight=in_flight)

    def _save_subscriptions(self, event: SaveSubscriptions) -> None:
        key = event.session.key
        old = self.stored[key]
        kept = {s.topic_filter: s for s in old.subscriptions if s.topic_filter not in event.removed}
        kept |= {name: StoredSubscription(name, qos, since) for name, qos, since in event.added}
        self.stored[key] = StoredSession(*key, old.position, old.cursor, old.in_flight, tuple(kept.values()))
        self.plane.stored(event.connection, event.answer)


def _may_subscribe(account: str, topic_filter: str) -> bool:
    try:
        parse_filter(account, topic_filter)
    except MalformedTopic:
        return False
    return True


def is_closed(connection: Connection) -> bool:
    return connection.state is State.CLOSED
