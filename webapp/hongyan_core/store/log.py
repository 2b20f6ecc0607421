"""Write what a batch has decided: messages, heads, read marks, presence; each table with one prepared statement."""

from __future__ import annotations

from dataclasses import dataclass, field

from hongyan_core.presence import Visible
from hongyan_core.store.facts import Facts
from hongyan_core.store.models import Conversation
from hongyan_core.store.sets import write, write_many


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message with its stamp."""

    position: int
    key: str
    seq: int
    sender_id: int
    message_id: str
    kind: str
    payload: bytes


@dataclass
class Writes:
    """What one batch adds to the database, by the keys of conversations: new ones have no id yet."""

    messages: list[NewMessage] = field(default_factory=list)
    last_seqs: dict[str, int] = field(default_factory=dict)
    marks: dict[tuple[int, str], int] = field(default_factory=dict)  # (account, conversation) → seq
    presence: dict[int, Visible] = field(default_factory=dict)  # by account


def record(writes: Writes, facts: Facts, at_ms: int) -> None:
    """Write everything, inside the transaction of the batch."""
    ids = {key: known.id for key, known in facts.conversations.items()}
    for key in writes.last_seqs:
        if key not in ids:
            ids[key] = _create_conversation(key, facts)
    write_many(
        """INSERT INTO stored_message (position, conversation_id, seq, sender_id, message_id, kind, at_ms, payload)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            (m.position, ids[m.key], m.seq, m.sender_id, m.message_id, m.kind, at_ms, m.payload.decode())
            for m in writes.messages
        ],
    )
    write_many(
        "UPDATE conversation SET last_seq = ? WHERE id = ?",
        [(seq, ids[key]) for key, seq in writes.last_seqs.items()],
    )
    write_many(
        """INSERT INTO read_mark (account_id, conversation_id, seq) VALUES (?, ?, ?)
        ON CONFLICT (account_id, conversation_id) DO UPDATE SET seq = excluded.seq
        WHERE excluded.seq > read_mark.seq""",
        [(account, ids[key], seq) for (account, key), seq in writes.marks.items()],
    )
    write_presence(writes.presence, at_ms)


def write_presence(changed: dict[int, Visible], at_ms: int) -> None:
    """Write what friends may see, by account id."""
    write_many(
        """INSERT INTO presence (account_id, state, text, last_seen_ms) VALUES (?, ?, ?, ?)
        ON CONFLICT (account_id) DO UPDATE
        SET state = excluded.state, text = excluded.text, last_seen_ms = excluded.last_seen_ms""",
        [(account, visible.state, visible.text, at_ms) for account, visible in changed.items()],
    )


def write_all_offline(at_ms: int) -> None:
    """Nobody is online before somebody says so."""
    write("UPDATE presence SET state = 'offline', text = '', last_seen_ms = ? WHERE state <> 'offline'", at_ms)


def _create_conversation(key: str, facts: Facts) -> int:
    """Groups have theirs from the start: this is one to one, at the first message."""
    _, low, high = key.split(":")
    row = Conversation.insert(
        key=key, kind="user", low=facts.accounts[low].id, high=facts.accounts[high].id, last_seq=0
    )
    created: int = row.execute()
    return created
