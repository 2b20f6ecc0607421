"""The words in which `hongyan broker --open` tells the store what to keep. No database."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import Any

import msgspec

Row = tuple[Any, ...]


class Change(Enum):
    """A change of what is kept, with the columns of its row."""

    SESSION = auto()  # number, client_id, last_seen_ms
    SEEN = auto()  # last_seen_ms, number
    SESSION_ENDED = auto()  # number
    SUBSCRIBED = auto()  # session, topic_filter, qos
    UNSUBSCRIBED = auto()  # session, topic_filter
    QUEUED = auto()  # number, session, packet_id, topic, payload, qos, retain
    RELEASED = auto()  # number: its PUBREC has come
    DONE = auto()  # number
    RECEIVED = auto()  # session, packet_id of the client's own QoS 2
    COMPLETED = auto()  # session, packet_id
    RETAINED = auto()  # topic, payload, qos
    FORGOTTEN = auto()  # topic


class KeptMessage(msgspec.Struct, frozen=True):
    """A message without its PUBACK or PUBCOMP."""

    number: int
    packet_id: int
    topic: str
    payload: bytes
    qos: int
    retain: bool
    released: bool


class KeptSession(msgspec.Struct, frozen=True):
    """A session as the last commit left it."""

    number: int
    client_id: str
    last_seen_ms: int
    subscriptions: Sequence[tuple[str, int]] = ()
    messages: Sequence[KeptMessage] = ()
    receipts: Sequence[int] = ()


class Kept(msgspec.Struct, frozen=True):
    """Everything. `retained` are (topic, payload, qos)."""

    sessions: Sequence[KeptSession] = ()
    retained: Sequence[tuple[str, bytes, int]] = ()
    last_number: int = 0  # of any session or message
