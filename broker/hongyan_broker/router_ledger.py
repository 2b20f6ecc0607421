"""The router's book: what came from Mosquitto, what must go back to it, and what may be acknowledged when. No I/O.

A message is acknowledged upstream when it is decided *and* Mosquitto has acknowledged everything that the decision
told to deliver; acknowledgements leave in the order of arrival [MQTT-4.6.0-2]. So what a crash interrupts comes again.
"""

from __future__ import annotations

import hashlib
import itertools
import secrets
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from hongyan.topics import Branch
from hongyan_core.decisions import Decision, Delivery, Submission

# What is gone when nobody is there to take it: Mosquitto would queue QoS 1 for a persistent session that is away.
_FLEETING: Final = frozenset({Branch.LIVE})


@dataclass(slots=True)
class Upstream:
    """A message of a client on its way; `packet_id` is Mosquitto's, 0 at QoS 0."""

    submission: Submission
    packet_id: int
    unconfirmed: int = 1  # the decision, and then deliveries that Mosquitto has not acknowledged yet


class Publication(NamedTuple):
    """One PUBLISH to Mosquitto; `cause` waits for its acknowledgement at QoS 1."""

    topic: str
    payload: bytes
    qos: int
    cause: Upstream | None


class FallbackIds:
    """The message id of a message without one: the same again for a redelivery of the same packet, else a new one."""

    def __init__(self) -> None:
        self._prefix = secrets.token_hex(16)
        self._count = itertools.count(1)
        self._last: dict[int, tuple[bytes, str]] = {}  # by packet identifier, so never more than 65,535

    def find(self, packet_id: int, topic: str, payload: bytes, *, dup: bool) -> str:
        """The id for this packet; `packet_id` is 0 at QoS 0, which is never redelivered."""
        if not packet_id:
            return self._make()
        digest = hashlib.blake2b(topic.encode() + b"\0" + payload, digest_size=16).digest()
        known = self._last.get(packet_id)
        if dup and known is not None and known[0] == digest:
            return known[1]
        fresh = self._make()
        self._last[packet_id] = (digest, fresh)
        return fresh

    def _make(self) -> str:
        return f"{self._prefix}-{next(self._count)}"


class Ledger:
    """One connection's worth of messages, in order; used by one thread."""

    def __init__(self) -> None:
        self._undecided: deque[Upstream] = deque()
        self._unacknowledged: deque[Upstream] = deque()  # in order of arrival, decided or not
        self._outgoing: deque[Iterator[Publication]] = deque()
        self._in_flight: dict[int, Upstream | None] = {}  # our packet identifiers

    @property
    def idle(self) -> bool:
        """Whether nothing is decided or published only halfway."""
        return not self._in_flight and not self._outgoing

    @property
    def has_undecided(self) -> bool:
        """Whether messages wait for the next batch."""
        return bool(self._undecided)

    @property
    def in_flight(self) -> int:
        """How many of our publishes Mosquitto has not acknowledged."""
        return len(self._in_flight)

    def receive(self, upstream: Upstream) -> None:
        """A client's message has arrived."""
        self._undecided.append(upstream)
        if upstream.packet_id:
            self._unacknowledged.append(upstream)

    def take_batch(self, size: int) -> list[Upstream]:
        """The next messages to decide, at most `size`."""
        return [self._undecided.popleft() for _ in range(min(size, len(self._undecided)))]

    def decide(self, batch: Sequence[Upstream], decisions: Sequence[Decision]) -> None:
        """Note what the exchange has said to a batch."""
        for upstream, decision in zip(batch, decisions, strict=True):
            self._outgoing.append(self._publish_all(decision.deliveries, upstream))

    def deliver(self, delivery: Delivery) -> None:
        """Something to tell that no message has caused."""
        self._outgoing.append(publications(delivery, None))

    def _publish_all(self, deliveries: Sequence[Delivery], cause: Upstream) -> Iterator[Publication]:
        for delivery in deliveries:
            yield from publications(delivery, cause)
        cause.unconfirmed -= 1  # the decision itself: all its deliveries are counted by now

    def take_publication(self) -> Publication | None:
        """The next PUBLISH to send, in the order of the decisions; call `sent` with each at QoS 1."""
        while self._outgoing:
            publication = next(self._outgoing[0], None)
            if publication is not None:
                return publication
            self._outgoing.popleft()
        return None

    def sent(self, packet_id: int, publication: Publication) -> None:
        """A QoS 1 PUBLISH has left under this packet identifier."""
        self._in_flight[packet_id] = publication.cause
        if publication.cause is not None:
            publication.cause.unconfirmed += 1

    def confirm(self, packet_id: int) -> None:
        """Mosquitto has acknowledged one of our publishes; unknown ones (QoS 0) change nothing."""
        cause = self._in_flight.pop(packet_id, None)
        if cause is not None:
            cause.unconfirmed -= 1

    def take_acknowledgements(self) -> list[int]:
        """Packet identifiers to acknowledge to Mosquitto now, in order."""
        ready = []
        while self._unacknowledged and not self._unacknowledged[0].unconfirmed:
            ready.append(self._unacknowledged.popleft().packet_id)
        return ready

    def forget_upstream(self) -> None:
        """The connection is gone: Mosquitto will send again what was not acknowledged. Our own publishes go on."""
        self._undecided.clear()
        self._unacknowledged.clear()


def publications(delivery: Delivery, cause: Upstream | None) -> Iterator[Publication]:
    """One PUBLISH for every account; feeds of groups are not offered: Mosquitto cannot ask who is a member."""
    tail = f"/{delivery.tail}" if delivery.tail else ""
    qos = 0 if delivery.branch in _FLEETING else 1
    for account in delivery.accounts:
        yield Publication(f"im/{account}/{delivery.branch}{tail}", delivery.payload, qos, cause)
