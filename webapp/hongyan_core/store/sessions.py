"""Stored MQTT sessions (clean session 0): where a device is in the history, and what it subscribes.

The history is the queue, so a session is a few numbers: `position` (all up to it is acknowledged), `cursor` (all up
to it was sent) and the packets in between that were not acknowledged yet.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hongyan_core.store.database import write_transaction
from hongyan_core.store.history import read_by_positions
from hongyan_core.store.sets import read, write, write_many

__all__ = [
    "Positions",
    "StoredSession",
    "StoredSubscription",
    "TooManySessions",
    "create_session",
    "delete_expired_sessions",
    "delete_session",
    "delete_subscription",
    "find_session",
    "find_storing",
    "read_by_positions",
    "save_positions",
    "save_subscription",
    "save_subscriptions",
]


class TooManySessions(Exception):
    """The account has as many stored sessions as it may."""


@dataclass(frozen=True, slots=True)
class StoredSubscription:
    """A granted filter; nothing committed up to `since_position` reaches it."""

    topic_filter: str
    qos: int
    since_position: int


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session as it was saved. `in_flight` are (packet identifier, position) in the order of sending."""

    account: str
    client_id: str
    position: int
    cursor: int
    in_flight: tuple[tuple[int, int], ...] = ()
    subscriptions: tuple[StoredSubscription, ...] = ()


class Positions(Protocol):
    """What `save_positions` takes: a `StoredSession`, or anything with its numbers."""

    @property
    def account(self) -> str:
        """The name of the account."""

    @property
    def client_id(self) -> str:
        """The client identifier."""

    @property
    def position(self) -> int:
        """Everything up to here is acknowledged."""

    @property
    def cursor(self) -> int:
        """Everything up to here was sent."""

    @property
    def in_flight(self) -> tuple[tuple[int, int], ...]:
        """(packet identifier, position), in the order of sending."""


def find_session(account: str, client_id: str) -> StoredSession | None:
    """The stored session of an account and client identifier, with its subscriptions."""
    rows = read(
        """SELECT s.position, s.cursor, s.in_flight, s.id FROM mqtt_session s JOIN account a ON a.id = s.account_id
        WHERE a.name = ? AND s.client_id = ?""",
        *(account, client_id),
    )
    if not rows:
        return None
    position, cursor, in_flight, session_id = rows[0]
    subscriptions = read(
        "SELECT topic_filter, qos, since_position FROM mqtt_subscription WHERE session_id = ? ORDER BY topic_filter",
        session_id,
    )
    return StoredSession(
        account,
        client_id,
        position,
        cursor,
        tuple((packet_id, at) for packet_id, at in json.loads(in_flight)),
        tuple(StoredSubscription(*row) for row in subscriptions),
    )


def find_storing(limit: int) -> set[str]:
    """The names of accounts that have a stored session, `limit` at most."""
    rows = read(
        "SELECT name FROM account WHERE id IN (SELECT DISTINCT account_id FROM mqtt_session LIMIT ?)",
        limit,
    )
    return {name for (name,) in rows}


def create_session(
    account: str, client_id: str, *, head: int, max_sessions: int, expire_before_ms: int, at_ms: int
) -> StoredSession:
    """Store a new session that starts at `head`; one that is there already is returned as it is.

    Sessions of the account that were last seen before `expire_before_ms` are deleted first.

    Raises:
        TooManySessions: `max_sessions` are left.
    """
    with write_transaction():
        write(
            "DELETE FROM mqtt_session WHERE account_id = (SELECT id FROM account WHERE name = ?) AND last_seen_ms < ?",
            *(account, expire_before_ms),
        )
        found = find_session(account, client_id)
        if found is not None:
            return found
        ((count,),) = read(
            "SELECT COUNT(*) FROM mqtt_session s JOIN account a ON a.id = s.account_id WHERE a.name = ?", account
        )
        if count >= max_sessions:
            raise TooManySessions(f"{account} has {count} stored sessions")
        write(
            """INSERT INTO mqtt_session (account_id, client_id, position, cursor, in_flight, last_seen_ms)
            SELECT id, ?, ?, ?, '[]', ? FROM account WHERE name = ?""",
            *(client_id, head, head, at_ms, account),
        )
    return StoredSession(account, client_id, head, head)


def save_positions(sessions: Sequence[Positions], *, at_ms: int) -> None:
    """Save where sessions are, in one transaction; one that was deleted meanwhile stays deleted."""
    if not sessions:
        return
    with write_transaction():
        write_many(
            """UPDATE mqtt_session SET position = ?, cursor = ?, in_flight = ?, last_seen_ms = ?
            WHERE account_id = (SELECT id FROM account WHERE name = ?) AND client_id = ?""",
            [(s.position, s.cursor, json.dumps(s.in_flight), at_ms, s.account, s.client_id) for s in sessions],
        )


def delete_session(account: str, client_id: str) -> None:
    """Delete a session and its subscriptions, if it is there."""
    with write_transaction():
        write(
            "DELETE FROM mqtt_session WHERE account_id = (SELECT id FROM account WHERE name = ?) AND client_id = ?",
            *(account, client_id),
        )


def delete_expired_sessions(before_ms: int) -> int:
    """Delete all sessions that were last seen before a time; returns how many."""
    with write_transaction():
        return write("DELETE FROM mqtt_session WHERE last_seen_ms < ?", before_ms)


def save_subscriptions(
    account: str, client_id: str, added: Sequence[StoredSubscription], removed: Sequence[str] = ()
) -> None:
    """Store filters of one SUBSCRIBE or UNSUBSCRIBE in one transaction.

    A filter that is there already gets the new QoS and keeps its `since_position`: a repeated SUBSCRIBE must not
    interrupt the flow [MQTT-3.8.4-3].
    """
    with write_transaction():
        write_many(
            """DELETE FROM mqtt_subscription WHERE session_id = (
                SELECT s.id FROM mqtt_session s JOIN account a ON a.id = s.account_id
                WHERE a.name = ? AND s.client_id = ?) AND topic_filter = ?""",
            [(account, client_id, topic_filter) for topic_filter in removed],
        )
        write_many(
            """INSERT INTO mqtt_subscription (session_id, topic_filter, qos, since_position)
            SELECT s.id, ?, ?, ? FROM mqtt_session s JOIN account a ON a.id = s.account_id
            WHERE a.name = ? AND s.client_id = ?
            ON CONFLICT (session_id, topic_filter) DO UPDATE SET qos = excluded.qos""",
            [(s.topic_filter, s.qos, s.since_position, account, client_id) for s in added],
        )


def save_subscription(account: str, client_id: str, subscription: StoredSubscription) -> None:
    """Store one filter, as `save_subscriptions` does."""
    save_subscriptions(account, client_id, [subscription])


def delete_subscription(account: str, client_id: str, topic_filter: str) -> None:
    """Delete one filter, if it is there."""
    save_subscriptions(account, client_id, (), [topic_filter])
