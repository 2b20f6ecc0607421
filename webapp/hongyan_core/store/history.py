"""Read what was said: pages of a conversation, the list of conversations, and the history as a session's queue.

Everything here is exact about membership: of a group, an account sees the messages with since_seq < seq <= until_seq
of its intervals, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hongyan import topics
from hongyan.topics import Branch, ConversationKey, ConversationKind
from hongyan_core.decisions import Delivery
from hongyan_core.problems import Problem
from hongyan_core.store.keys import store_key
from hongyan_core.store.models import Account
from hongyan_core.store.sets import Row, last_position, read, read_wanted

MAX_PAGE: Final = 200

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
class HistoryPage:
    """Stamped envelopes, ascending by seq. `first_seq` and `last_seq` bound all that the viewer may see.

    Where there is nothing to see, `first_seq` is `last_seq` + 1.
    """

    messages: list[str]
    first_seq: int
    last_seq: int


@dataclass(frozen=True, slots=True)
class ConversationHead:
    """A conversation in somebody's list. `last_message` is the stamped envelope, None while nothing was said."""

    key: ConversationKey
    title: str
    last_seq: int
    read_seq: int
    unread: int
    last_message: str | None
    muted_until_ms: int | None = None  # of the last mute, which may be over


@dataclass(frozen=True, slots=True)
class SessionPage:
    """What a session that is behind gets next, in order of position.

    `upto` is the last delivery's position, where the next page starts; the head of the database when nothing is left.
    """

    deliveries: list[Delivery]
    upto: int


@dataclass(frozen=True, slots=True)
class _Sight:
    """A conversation as one viewer sees it; `conversation_id` is None before the first message."""

    conversation_id: int | None
    group_id: int | None
    first_seq: int
    last_seq: int


def read_history(
    viewer: Account, key: ConversationKey, *, after: int | None, before: int | None, limit: int
) -> HistoryPage:
    """Read one page of a conversation, ascending by seq.

    Args:
        after: A seq, exclusive: the oldest messages beyond it.
        before: A seq, exclusive: the newest messages below it. Neither: the newest of all.
        limit: 1 to 200 messages; more is 200.

    Raises:
        Problem: unknown_conversation, also for a foreign group and for a stranger without any history.
    """
    sight = _find_sight(viewer, key)
    if sight is None:
        raise Problem("unknown_conversation")
    low = sight.first_seq - 1 if after is None else max(after, sight.first_seq - 1)
    high = sight.last_seq if before is None else min(before - 1, sight.last_seq)
    direction = "DESC" if after is None else "ASC"
    rows = read(
        f"""SELECT m.seq, m.payload FROM stored_message m WHERE m.conversation_id = ? AND m.seq > ? AND m.seq <= ?
        AND (CAST(? AS integer) IS NULL OR EXISTS (
            SELECT 1 FROM membership s WHERE s.account_id = ? AND s.group_id = ?
            AND m.seq > s.since_seq AND (s.until_seq IS NULL OR m.seq <= s.until_seq)))
        ORDER BY m.seq {direction} LIMIT ?""",  # noqa: S608  # two words of ours
        *(sight.conversation_id, low, high, sight.group_id, viewer.id, sight.group_id),
        max(1, min(limit, MAX_PAGE)),
    )
    return HistoryPage([payload for _, payload in sorted(rows)], sight.first_seq, sight.last_seq)


def _find_sight(viewer: Account, key: ConversationKey) -> _Sight | None:
    if key.kind is ConversationKind.GROUP:
        return _find_group_sight(viewer, key.name)
    rows = read("SELECT id, last_seq FROM conversation WHERE key = ?", store_key(viewer.name, key))
    if rows:
        conversation_id, last_seq = rows[0]
        return _Sight(conversation_id, None, 1, last_seq)
    may_begin = key.name == viewer.name or read(
        "SELECT 1 FROM friendship f JOIN account p ON p.id = f.friend_id WHERE f.account_id = ? AND p.name = ?",
        *(viewer.id, key.name),
    )
    return _Sight(None, None, 1, 0) if may_begin else None


def _find_group_sight(viewer: Account, name: str) -> _Sight | None:
    rows = read(
        """SELECT c.id, g.id, c.last_seq, s.since_seq, s.until_seq FROM chat_group g
        JOIN conversation c ON c.id = g.conversation_id JOIN membership s ON s.group_id = g.id
        WHERE g.name = ? AND s.account_id = ? ORDER BY s.since_seq""",
        *(name, viewer.id),
    )
    if not rows:
        return None
    conversation_id, group_id, head, _, _ = rows[0]
    seen = [(since, head if until is None else until) for _, _, _, since, until in rows]
    last_seq = max(until for _, until in seen)
    first_seq = next((since + 1 for since, until in seen if until > since), last_seq + 1)
    return _Sight(conversation_id, group_id, first_seq, last_seq)


def list_conversations(viewer: Account) -> list[ConversationHead]:
    """All conversations of the viewer, the newest message first, empty ones last.

    Groups of which the viewer is a member today, everybody with whom there are messages, and friends without any.
    """
    found = _read_people(viewer) + _read_groups(viewer)
    talked = {head.key for _, head in found}
    friends = (head for head in _read_friends(viewer) if head.key not in talked)
    found.sort(key=lambda pair: (-pair[0], str(pair[1].key)))
    return [head for _, head in found] + list(friends)


def _read_people(viewer: Account) -> list[tuple[int, ConversationHead]]:
    rows = read(
        """SELECT p.name, p.display_name, c.last_seq, COALESCE(r.seq, 0), m.payload, q.until_ms, m.position
        FROM conversation c JOIN account p ON p.id = CASE WHEN c.low_id = ? THEN c.high_id ELSE c.low_id END
        LEFT JOIN read_mark r ON r.conversation_id = c.id AND r.account_id = ?
        LEFT JOIN stored_message m ON m.conversation_id = c.id AND m.seq = c.last_seq
        LEFT JOIN conversation_mute q ON q.account_id = ? AND q.key = 'user/' || p.name
        WHERE c.low_id = ? OR c.high_id = ?""",
        *(viewer.id,) * 5,
    )
    return [_make_head(topics.user(row[0]), row) for row in rows]


def _read_groups(viewer: Account) -> list[tuple[int, ConversationHead]]:
    """What was said before one joined counts as read."""
    rows = read(
        """SELECT g.name, g.title, c.last_seq, CASE WHEN r.seq > s.since_seq THEN r.seq ELSE s.since_seq END,
            m.payload, q.until_ms, m.position
        FROM membership s JOIN chat_group g ON g.id = s.group_id JOIN conversation c ON c.id = g.conversation_id
        LEFT JOIN read_mark r ON r.conversation_id = c.id AND r.account_id = s.account_id
        LEFT JOIN stored_message m ON m.conversation_id = c.id AND m.seq = c.last_seq AND m.seq > s.since_seq
        LEFT JOIN conversation_mute q ON q.account_id = s.account_id AND q.key = 'group/' || g.name
        WHERE s.account_id = ? AND s.until_seq IS NULL AND g.dissolved_at_ms IS NULL""",
        viewer.id,
    )
    return [_make_head(topics.group(row[0]), row) for row in rows]


def _make_head(key: ConversationKey, row: Row) -> tuple[int, ConversationHead]:
    """A head, after the position of its last message."""
    _, title, last_seq, read_seq, payload, muted_until_ms, position = row
    return position or 0, ConversationHead(key, title, last_seq, read_seq, last_seq - read_seq, payload, muted_until_ms)


def _read_friends(viewer: Account) -> list[ConversationHead]:
    rows = read(
        """SELECT p.name, p.display_name, q.until_ms FROM friendship f JOIN account p ON p.id = f.friend_id
        LEFT JOIN conversation_mute q ON q.account_id = f.account_id AND q.key = 'user/' || p.name
        WHERE f.account_id = ? AND p.disabled_at_ms IS NULL AND p.deleted_at_ms IS NULL ORDER BY p.name""",
        viewer.id,
    )
    return [ConversationHead(topics.user(name), title, 0, 0, 0, None, muted) for name, title, muted in rows]


def peer_read_seq(viewer: Account, key: ConversationKey) -> int:
    """How far the other of a one-to-one conversation has read; 0 for nothing, and for a group."""
    if key.kind is ConversationKind.GROUP:
        return 0
    rows = read(
        """SELECT r.seq FROM conversation c JOIN account p ON p.name = ?
        JOIN read_mark r ON r.conversation_id = c.id AND r.account_id = p.id WHERE c.key = ?""",
        *(key.name, store_key(viewer.name, key)),
    )
    return rows[0][0] if rows else 0


# --- the history as the queue of a session


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
