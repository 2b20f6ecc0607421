"""What `hongyan broker --open` keeps: sessions, subscriptions, unacknowledged QoS 1 and 2, retained messages.

The broker decides in memory and writes changes behind itself, many in one transaction; it reads only at its start.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Final

from hongyan_core.kept import Change, Kept, KeptMessage, KeptSession, Row
from hongyan_core.store.database import write_transaction
from hongyan_core.store.sets import read, write_many

_STATEMENTS: Final[dict[Change, str]] = {
    Change.SESSION: "INSERT INTO kept_session (number, client_id, last_seen_ms) VALUES (?, ?, ?)",
    Change.SEEN: "UPDATE kept_session SET last_seen_ms = ? WHERE number = ?",
    Change.SESSION_ENDED: "DELETE FROM kept_session WHERE number = ?",  # and what hangs on it
    Change.SUBSCRIBED: """INSERT INTO kept_subscription (session_id, topic_filter, qos) VALUES (?, ?, ?)
        ON CONFLICT (session_id, topic_filter) DO UPDATE SET qos = excluded.qos""",
    Change.UNSUBSCRIBED: "DELETE FROM kept_subscription WHERE session_id = ? AND topic_filter = ?",
    Change.QUEUED: """INSERT INTO kept_message (number, session_id, packet_id, topic, payload, qos, retain, released)
        VALUES (?, ?, ?, ?, ?, ?, ?, FALSE)""",
    Change.RELEASED: "UPDATE kept_message SET released = TRUE WHERE number = ?",
    Change.DONE: "DELETE FROM kept_message WHERE number = ?",
    Change.RECEIVED: "INSERT INTO kept_receipt (session_id, packet_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
    Change.COMPLETED: "DELETE FROM kept_receipt WHERE session_id = ? AND packet_id = ?",
    Change.RETAINED: """INSERT INTO retained_message (topic, payload, qos) VALUES (?, ?, ?)
        ON CONFLICT (topic) DO UPDATE SET payload = excluded.payload, qos = excluded.qos""",
    Change.FORGOTTEN: "DELETE FROM retained_message WHERE topic = ?",
}
_SESSIONS: Final = "SELECT number, client_id, last_seen_ms FROM kept_session ORDER BY last_seen_ms"
_MESSAGES: Final = """SELECT number, packet_id, topic, payload, qos, retain, released FROM kept_message
    WHERE session_id = ? ORDER BY number"""


def save_changes(changes: Iterable[tuple[Change, Row]]) -> None:
    """Write changes in their order in one transaction; neighbours of a kind share a statement."""
    with write_transaction():
        for change, group in groupby(changes, key=lambda item: item[0]):
            write_many(_STATEMENTS[change], [row for _, row in group])


def load_kept() -> Kept:
    """Read all of it, messages in the order in which they were queued."""
    sessions = [_load_session(*row) for row in read(_SESSIONS)]
    retained = [
        (t, bytes(payload), qos) for t, payload, qos in read("SELECT topic, payload, qos FROM retained_message")
    ]
    numbers = [number for session in sessions for number in (session.number, *(m.number for m in session.messages))]
    return Kept(sessions, retained, max(numbers, default=0))


def _load_session(number: int, client_id: str, last_seen_ms: int) -> KeptSession:
    subscriptions = read("SELECT topic_filter, qos FROM kept_subscription WHERE session_id = ?", number)
    receipts = read("SELECT packet_id FROM kept_receipt WHERE session_id = ?", number)
    messages = [_to_message(row) for row in read(_MESSAGES, number)]
    return KeptSession(
        number,
        client_id,
        last_seen_ms,
        [(name, qos) for name, qos in subscriptions],
        messages,
        [i for (i,) in receipts],
    )


def _to_message(row: Row) -> KeptMessage:
    number, packet_id, topic, payload, qos, retain, released = row
    return KeptMessage(number, packet_id, topic, bytes(payload), qos, bool(retain), bool(released))
