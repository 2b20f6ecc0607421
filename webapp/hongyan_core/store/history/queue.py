"""The history as the queue of a session: what an account would have received live after a position."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hongyan.topics import Branch
from hongyan_core.decisions import Delivery
from hongyan_core.store.sets import Row, last_position, read, read_wanted

# The next deliveries of an account: what it may see of each conversation is a range of seq; where what is new to it
# begins there is found by halving, for seq and position rise together. So nothing has to be indexed by position
# within a conversation, which each message would pay for. CROSS JOIN keeps SQLite to the order of the tables.
_NEXT: Final = """WITH RECURSIVE me AS (SELECT id FROM account WHERE name = ?),
seen(conversation, first, last, kind, name) AS (
    SELECT c.id, 1, c.last_seq, 'user', p.name FROM me CROSS JOIN conversation c
        JOIN account p ON p.id = CASE WHEN c.low_id = me.id THEN c.high_id ELSE c.low_id END
        WHERE c.low_id = me.id OR c.high_id = me.id
    UNION ALL
    SELECT c.id, s.since_seq + 1, COALESCE(s.until_seq, c.last_seq), 'group', g.name FROM me
        CROSS JOIN membership s JOIN chat_group g ON g.id = s.group_id JOIN conversation c ON c.id = g.conversation_id
        WHERE s.account_id = me.id),
place(conversation, low, high, last, kind, name) AS (
    SELECT s.conversation, s.first, s.last, s.last, s.kind, s.name FROM seen s CROSS JOIN stored_message m
        WHERE m.conversation_id = s.conversation AND m.seq = s.last AND m.position > ? AND s.first <= s.last
    UNION ALL
    SELECT p.conversation, CASE WHEN m.position > ? THEN p.low ELSE m.seq + 1 END,
        CASE WHEN m.position > ? THEN m.seq ELSE p.high END, p.last, p.kind, p.name
        FROM place p CROSS JOIN stored_message m
        WHERE p.low < p.high AND m.conversation_id = p.conversation AND m.seq = (p.low + p.high) / 2)
SELECT m.position, m.payload, m.sender_id = me.id, p.kind, p.name
    FROM me CROSS JOIN place p CROSS JOIN stored_message m
    WHERE p.low = p.high AND m.conversation_id = p.conversation
        AND m.seq >= p.low AND m.seq < p.low + ? AND m.seq <= p.last AND m.position <= ?
    ORDER BY 1 LIMIT ?"""
_WANTED: Final = """, me AS (SELECT id FROM account WHERE name = ?)
SELECT m.position, m.payload, m.sender_id = me.id, 'user', p.name
    FROM me CROSS JOIN wanted CROSS JOIN stored_message m JOIN conversation c ON c.id = m.conversation_id
    JOIN account p ON p.id = CASE WHEN c.low_id = me.id THEN c.high_id ELSE c.low_id END
    WHERE m.position = wanted.position AND (c.low_id = me.id OR c.high_id = me.id)
UNION ALL
SELECT m.position, m.payload, m.sender_id = me.id, 'group', g.name
    FROM me CROSS JOIN wanted CROSS JOIN stored_message m JOIN chat_group g ON g.conversation_id = m.conversation_id
    JOIN membership s ON s.group_id = g.id AND s.account_id = me.id
    WHERE m.position = wanted.position AND m.seq > s.since_seq AND (s.until_seq IS NULL OR m.seq <= s.until_seq)
ORDER BY 1"""


@dataclass(frozen=True, slots=True)
class SessionPage:
    """What a session that is behind gets next, in order of position.

    `upto` is the last delivery's position, where the next page starts; the head of the database when nothing is left.
    """

    deliveries: list[Delivery]
    upto: int


def read_for_session(account_name: str, *, after: int, limit: int) -> SessionPage:
    """Read what the account's inbox and sent branches and its groups' feeds have got after a position.

    It is what the account would have received live: read again after a message or a change of membership, it tells
    the same. At most `limit` deliveries.
    """
    # The head first: what is committed while the page is read belongs to the next one.
    head = max(after, last_position())
    rows = read(_NEXT, account_name, after, after, after, limit, head, limit)
    deliveries = [_make_delivery(account_name, row) for row in rows]
    return SessionPage(deliveries, head if len(rows) < limit else rows[-1][0])


def read_by_positions(account_name: str, positions: Iterable[int]) -> list[Delivery]:
    """The deliveries of these positions to an account, in order of position; what it may not see is left out."""
    wanted = [(position,) for position in positions]
    rows = read_wanted("position bigint", wanted, _WANTED, account_name)
    return [_make_delivery(account_name, row) for row in rows]


def _make_delivery(account: str, row: Row) -> Delivery:
    position, payload, own, kind, name = row
    branch = Branch.SENT if own else Branch.INBOX
    feed = name if kind == "group" else None
    return Delivery((account,), branch, f"{kind}/{name}", payload.encode(), position, feed)
