"""The list of somebody's conversations, with what is new in each: counters, not counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from hongyan import topics
from hongyan.topics import ConversationKey
from hongyan_core.store.history.shown import bury, decode
from hongyan_core.store.list_marks import LIST_MARKS, ListMark
from hongyan_core.store.models import Account
from hongyan_core.store.sets import Row, read

MAX_MENTIONS: Final = 100  # that are counted
# What hangs on a conversation `c` that the viewer calls `b.kind`/`b.name`: `b.low` is the seq up to which nothing is
# new, whether it was read or removed; a mark `unread` holds until something is read later. In `_make_head`'s order.
_COLUMNS: Final = f"""c.last_seq, b.read_seq, c.counted - COALESCE(o.ordinal, 0),
    (SELECT COUNT(*) FROM (
        SELECT n.seq FROM mention n WHERE n.account_id = b.viewer AND n.conversation_id = c.id AND n.seq > b.low
        UNION SELECT n.seq FROM mention n WHERE n.account_id = 0 AND n.conversation_id = c.id AND n.seq > b.low
        LIMIT {MAX_MENTIONS}) few),
    m.payload, m.position, h.seq, q.until_ms, d.body, d.reply_seq, d.at_ms, c.disappear_s, c.retention_days,
    t.pinned_at_ms, t.archived_at_ms, CASE WHEN t.unread_at_ms >= b.read_at_ms THEN t.unread_at_ms END"""  # noqa: S608  # MAX_MENTIONS alone is put in
_JOINS: Final = """JOIN conversation c ON c.id = b.id
    LEFT JOIN stored_message o ON o.conversation_id = c.id AND o.seq = b.low
    LEFT JOIN stored_message m ON m.conversation_id = c.id AND m.seq = c.shown_seq
        AND m.seq > b.since AND m.seq >= c.first_seq
    LEFT JOIN hidden_message h ON h.account_id = b.viewer AND h.conversation_id = c.id AND h.seq = c.shown_seq
    LEFT JOIN conversation_mute q ON q.account_id = b.viewer AND q.key = b.kind || '/' || b.name
    LEFT JOIN unsent_draft d ON d.account_id = b.viewer AND d.key = b.kind || '/' || b.name
    LEFT JOIN list_marks t ON t.account_id = b.viewer AND t.key = b.kind || '/' || b.name"""
_PEOPLE: Final = f"""SELECT b.name, b.title, {_COLUMNS} FROM (
    SELECT x.id, CAST(? AS integer) AS viewer, 'user' AS kind, p.name, p.display_name AS title, 0 AS since,
        COALESCE(r.seq, 0) AS read_seq, COALESCE(r.at_ms, 0) AS read_at_ms,
        CASE WHEN r.seq >= x.first_seq THEN r.seq ELSE x.first_seq - 1 END AS low
    FROM conversation x JOIN account p ON p.id = CASE WHEN x.low_id = ? THEN x.high_id ELSE x.low_id END
    LEFT JOIN read_mark r ON r.conversation_id = x.id AND r.account_id = ?
    WHERE x.low_id = ? OR x.high_id = ?) b {_JOINS}"""  # noqa: S608  # our own words
# What was said before one joined counts as read.
_GROUPS: Final = f"""SELECT b.name, b.title, {_COLUMNS} FROM (
    SELECT k.*, CASE WHEN k.read_seq >= y.first_seq THEN k.read_seq ELSE y.first_seq - 1 END AS low FROM (
        SELECT g.conversation_id AS id, s.account_id AS viewer, 'group' AS kind, g.name, g.title, s.since_seq AS since,
            CASE WHEN r.seq > s.since_seq THEN r.seq ELSE s.since_seq END AS read_seq,
            COALESCE(r.at_ms, 0) AS read_at_ms
        FROM membership s JOIN chat_group g ON g.id = s.group_id
        LEFT JOIN read_mark r ON r.conversation_id = g.conversation_id AND r.account_id = s.account_id
        WHERE s.account_id = ? AND s.until_seq IS NULL AND g.dissolved_at_ms IS NULL) k
    JOIN conversation y ON y.id = k.id) b {_JOINS}"""  # noqa: S608  # our own words
_FRIENDS: Final = """SELECT p.name, p.display_name, q.until_ms, d.body, d.reply_seq, d.at_ms,
        t.pinned_at_ms, t.archived_at_ms, t.unread_at_ms
    FROM friendship f JOIN account p ON p.id = f.friend_id
    LEFT JOIN conversation_mute q ON q.account_id = f.account_id AND q.key = 'user/' || p.name
    LEFT JOIN unsent_draft d ON d.account_id = f.account_id AND d.key = 'user/' || p.name
    LEFT JOIN list_marks t ON t.account_id = f.account_id AND t.key = 'user/' || p.name
    WHERE f.account_id = ? AND p.disabled_at_ms IS NULL AND p.deleted_at_ms IS NULL ORDER BY p.name"""


@dataclass(frozen=True, slots=True)
class UnsentWords:
    """What the viewer has begun to write, as an answer to `reply_seq` or None."""

    body: str
    reply_seq: int | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class ConversationHead:
    """A conversation in somebody's list. `last_message` is the stamped envelope, None while nothing was said.

    `unread` counts what people say, not marks; `mentions` are those among it that name the viewer, 100 at most.
    """

    key: ConversationKey
    title: str
    last_seq: int
    read_seq: int
    unread: int
    last_message: str | None
    muted_until_ms: int | None = None  # of the last mute, which may be over
    mentions: int = 0
    draft: UnsentWords | None = None
    disappear_s: int | None = None
    retention_days: int | None = None
    marks: tuple[ListMark, ...] = ()


def list_conversations(viewer: Account) -> list[ConversationHead]:
    """All conversations of the viewer, the newest message first, empty ones last.

    Groups of which the viewer is a member today, everybody with whom there are messages, and friends without any.
    """
    people = [_make_head(topics.user(row[0]), row) for row in read(_PEOPLE, *(viewer.id,) * 5)]
    groups = [_make_head(topics.group(row[0]), row) for row in read(_GROUPS, viewer.id)]
    found = sorted(people + groups, key=lambda pair: (-pair[0], str(pair[1].key)))
    talked = {head.key for _, head in found}
    friends = (_make_empty(row) for row in read(_FRIENDS, viewer.id))
    return [head for _, head in found] + [head for head in friends if head.key not in talked]


def _make_head(key: ConversationKey, row: Row) -> tuple[int, ConversationHead]:
    """A head, after the position of its last message."""
    _, title, last_seq, read_seq, unread, mentions, payload, position, hidden, muted_until_ms, *rest = row
    body, reply_seq, at_ms, disappear_s, retention_days, *marked = rest
    head = ConversationHead(
        key,
        title,
        last_seq,
        read_seq,
        max(0, unread),
        payload if hidden is None or payload is None else _encode(bury(decode(payload))),
        muted_until_ms,
        mentions,
        _make_draft(body, reply_seq, at_ms),
        disappear_s,
        retention_days,
        _find_marks(marked),
    )
    return position or 0, head


def _encode(envelope: dict[str, Any]) -> str:
    return msgspec.json.encode(envelope).decode()


def _make_draft(body: str | None, reply_seq: int | None, at_ms: int | None) -> UnsentWords | None:
    return None if body is None or at_ms is None else UnsentWords(body, reply_seq, at_ms)


def _make_empty(row: Row) -> ConversationHead:
    name, title, muted, body, reply_seq, at_ms, *marked = row
    draft = _make_draft(body, reply_seq, at_ms)
    return ConversationHead(topics.user(name), title, 0, 0, 0, None, muted, draft=draft, marks=_find_marks(marked))


def _find_marks(since_ms: Sequence[int | None]) -> tuple[ListMark, ...]:
    return tuple(mark for mark, at_ms in zip(LIST_MARKS, since_ms, strict=True) if at_ms is not None)
