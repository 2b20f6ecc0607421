"""Write what a batch has decided: messages, heads, read marks, presence; each table with one prepared statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from hongyan_core.presence import Visible
from hongyan_core.store.changes import Changes, record_changes
from hongyan_core.store.due import start_clocks
from hongyan_core.store.erasing import erase_messages
from hongyan_core.store.facts import KnownConversation
from hongyan_core.store.models import Conversation
from hongyan_core.store.sets import write, write_values


class NewMessage(msgspec.Struct, frozen=True, gc=False):
    """A message with its stamp."""

    position: int
    key: str
    seq: int
    sender_id: int
    message_id: str
    kind: str
    payload: bytes
    ordinal: int


class MovedHead(msgspec.Struct):
    """A log as the batch leaves it."""

    last_seq: int = 0
    counted: int = 0
    shown_seq: int = 0
    disappear_s: int | None = None


@dataclass(slots=True)
class Writes:
    """What one batch adds to the database, by the keys of conversations: new ones have no id yet."""

    messages: dict[tuple[int, str], NewMessage] = field(default_factory=dict)  # by (sender, message id), in order
    opened: dict[str, tuple[int, int]] = field(default_factory=dict)  # first message of two people: (low, high)
    heads: dict[str, MovedHead] = field(default_factory=dict)
    marks: dict[tuple[int, str], int] = field(default_factory=dict)  # (account, conversation) → seq
    delivered: dict[tuple[int, str], int] = field(default_factory=dict)  # the same, of what has been received
    over: dict[str, list[int]] = field(default_factory=dict)  # conversation → seqs of messages whose time is over
    presence: dict[int, Visible] = field(default_factory=dict)  # by account
    changes: Changes | None = None  # of special messages; nearly no batch of a device's has any


Heads = dict[str, KnownConversation]  # by models.Conversation.key


def record(writes: Writes, moved: Heads, heads: Heads, at_ms: int) -> Heads:
    """Write everything, inside the transaction of the batch; returns the heads that it has moved.

    Args:
        moved: The conversations that were moved earlier in the transaction; they win over `heads`.
    """
    ids = _find_ids(writes, moved, heads)
    write_values(
        """INSERT INTO stored_message
        (position, conversation_id, seq, sender_id, message_id, kind, at_ms, payload, ordinal)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            (m.position, ids[m.key], m.seq, m.sender_id, m.message_id, m.kind, at_ms, m.payload.decode(), m.ordinal)
            for m in writes.messages.values()
        ],
    )
    write_values(
        """WITH moved(id, last_seq, counted, shown_seq) AS (VALUES (?, ?, ?, ?))
        UPDATE conversation SET last_seq = moved.last_seq, counted = moved.counted, shown_seq = moved.shown_seq
        FROM moved WHERE conversation.id = moved.id""",
        [(ids[key], head.last_seq, head.counted, head.shown_seq) for key, head in writes.heads.items()],
    )
    if writes.changes is not None:
        record_changes(writes.changes, ids)
    _record_marks(writes, ids, at_ms)
    write_presence(writes.presence, at_ms)
    for key, seqs in writes.over.items():
        erase_messages(ids[key], seqs, by=None)
    return {
        key: KnownConversation(ids[key], head.last_seq, head.counted, head.shown_seq, head.disappear_s)
        for key, head in writes.heads.items()
    }


def _record_marks(writes: Writes, ids: Mapping[str, int], at_ms: int) -> None:
    """Clocks of disappearing messages first: they ask how far each had read before."""
    marks = [(account, ids[key], seq, at_ms) for (account, key), seq in writes.marks.items()]
    start_clocks(marks)
    write_values(
        """INSERT INTO read_mark (account_id, conversation_id, seq, at_ms) VALUES (?, ?, ?, ?)
        ON CONFLICT (account_id, conversation_id) DO UPDATE SET seq = excluded.seq, at_ms = excluded.at_ms
        WHERE excluded.seq > read_mark.seq""",
        marks,
    )
    write_values(
        """INSERT INTO read_mark (account_id, conversation_id, seq, delivered_seq) VALUES (?, ?, 0, ?)
        ON CONFLICT (account_id, conversation_id) DO UPDATE SET delivered_seq = excluded.delivered_seq
        WHERE excluded.delivered_seq > read_mark.delivered_seq""",
        [(account, ids[key], seq) for (account, key), seq in writes.delivered.items()],
    )


def _find_ids(writes: Writes, moved: Heads, heads: Heads) -> dict[str, int]:
    """The ids of all conversations that are written to; those that nobody had begun are created."""
    ids: dict[str, int] = {}
    for key in writes.heads.keys() | {key for _, key in (*writes.marks, *writes.delivered)}:
        head = moved.get(key) or heads.get(key)
        ids[key] = head.id if head is not None else _create_conversation(key, *writes.opened[key])
    return ids


def write_presence(changed: dict[int, Visible], at_ms: int) -> None:
    """Write what friends may see, by account id."""
    write_values(
        """INSERT INTO presence (account_id, state, text, last_seen_ms) VALUES (?, ?, ?, ?)
        ON CONFLICT (account_id) DO UPDATE
        SET state = excluded.state, text = excluded.text, last_seen_ms = excluded.last_seen_ms""",
        [(account, visible.state, visible.text, at_ms) for account, visible in changed.items()],
    )


def write_all_offline(at_ms: int) -> None:
    """Nobody is online before somebody says so."""
    write("UPDATE presence SET state = 'offline', text = '', last_seen_ms = ? WHERE state <> 'offline'", at_ms)


def _create_conversation(key: str, low: int, high: int) -> int:
    """Groups have theirs from the start: this is one to one, at the first message."""
    created: int = Conversation.insert(key=key, kind="user", low=low, high=high, last_seq=0).execute()
    return created
