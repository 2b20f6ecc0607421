"""One message and who has read it, its earlier words; what is pinned in a conversation, and its cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from hongyan.topics import ConversationKey, ConversationKind
from hongyan_core.problems import Problem
from hongyan_core.store.history.marks import read_marks
from hongyan_core.store.history.pages import read_origins
from hongyan_core.store.history.shown import COLUMNS, Entry, Envelope, decode, read_entries, show
from hongyan_core.store.history.sight import Sight, load_sight
from hongyan_core.store.models import Account
from hongyan_core.store.sets import Row, read

MAX_READERS: Final = 200
# Those of today's members who may see the message, but for who wrote it.
_FELLOWS: Final = """FROM membership s JOIN account a ON a.id = s.account_id
    LEFT JOIN read_mark r ON r.conversation_id = ? AND r.account_id = s.account_id AND r.seq >= ? AND a.read_receipts
    WHERE s.group_id = ? AND s.until_seq IS NULL AND s.since_seq < ? AND s.account_id <> ?"""
_PEER: Final = """FROM account a
    LEFT JOIN read_mark r ON r.conversation_id = ? AND r.account_id = a.id AND r.seq >= ? AND a.read_receipts
    WHERE a.name = ? AND a.id <> ?"""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who has read a message; at `at_ms` they had read that far or farther."""

    id: int  # where the next page begins
    username: str
    display_name: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Readers:
    """A page of readers, how many there are, and how many may read it at all; `next` is the next page's `after`."""

    readers: list[Reader]
    read: int
    of: int
    next: int | None = None


class Pinned(NamedTuple):
    """A message at the top, and who put it there."""

    message: Envelope
    by: str
    at_ms: int


def read_message(viewer: Account, key: ConversationKey, seq: int) -> tuple[Envelope, dict[str, Any], Envelope | None]:
    """One entry, what hangs on it, and what it answers.

    Raises:
        Problem: unknown_conversation, unknown_message.
    """
    sight = load_sight(viewer, key)
    message = decode(_load_entry(sight, seq).payload)
    origins = {origin["seq"]: origin for origin in read_origins(sight, message)}
    answered = message.get("reply", message.get("thread"))
    return message, read_marks(sight, [message]).get(str(seq), {}), origins.get(answered)


def _load_entry(sight: Sight, seq: int) -> Entry:
    for entry in read_entries(sight, [seq]):
        return entry
    raise Problem("unknown_message")


def load_versions(viewer: Account, key: ConversationKey, seq: int) -> list[tuple[str, int]]:
    """What the viewer's own message said before: (words, when they were written), the oldest first.

    Raises:
        Problem: unknown_conversation, unknown_message, not_yours.
    """
    sight = load_sight(viewer, key)
    if _load_entry(sight, seq).sender_id != viewer.id:
        raise Problem("not_yours")
    rows = read(
        "SELECT payload, at_ms FROM message_version WHERE conversation_id = ? AND seq = ? ORDER BY version",
        *(sight.conversation_id, seq),
    )
    return [(str(decode(payload).get("body", "")), at_ms) for payload, at_ms in rows]


def read_readers(viewer: Account, key: ConversationKey, seq: int, *, after: int = 0, limit: int = 50) -> Readers:
    """Who has read a message, of those who let others know; nobody where the viewer does not.

    Raises:
        Problem: unknown_conversation, unknown_message; not_owner for a reader of a channel.
    """
    sight = load_sight(viewer, key)
    entry = _load_entry(sight, seq)
    if not sight.inside:
        raise Problem("unknown_conversation")
    if not sight.sees_people:
        raise Problem("not_owner")
    tables, params = _find_circle(sight, entry)
    ((of, count),) = read(f"SELECT COUNT(*), COUNT(r.seq) {tables}", *params)
    if not viewer.read_receipts:
        return Readers([], 0, of)
    most = max(1, min(limit, MAX_READERS))
    rows = read(
        f"""SELECT a.id, a.name, a.display_name, r.at_ms {tables} AND r.seq IS NOT NULL AND a.id > ?
        ORDER BY a.id LIMIT ?""",
        *(*params, min(after, 2**31 - 1), most + 1),
    )
    readers = [Reader(*row) for row in rows[:most]]
    return Readers(readers, count, of, readers[-1].id if len(rows) > most else None)


def _find_circle(sight: Sight, entry: Entry) -> tuple[str, Row]:
    """Those who may read the message, as tables and their parameters."""
    place = (sight.conversation_id, entry.seq)
    if sight.key.kind is ConversationKind.GROUP:
        return _FELLOWS, (*place, sight.group_id, entry.seq, entry.sender_id)
    reader = sight.key.name if entry.sender_id == sight.viewer.id else sight.viewer.name
    return _PEER, (*place, reader, entry.sender_id)


def read_pins(viewer: Account, key: ConversationKey) -> list[Pinned]:
    """What is pinned and to be seen, the newest pin first.

    Raises:
        Problem: unknown_conversation.
    """
    sight = load_sight(viewer, key)
    rows = read(
        f"""SELECT {COLUMNS}, a.name, p.at_ms FROM pin p JOIN account a ON a.id = p.account_id
        JOIN stored_message m ON m.conversation_id = p.conversation_id AND m.seq = p.seq
        WHERE p.conversation_id = ? ORDER BY p.at_ms DESC, p.seq DESC""",  # noqa: S608  # our own words
        sight.conversation_id,
    )
    seen = [row for row in rows if sight.sees(row[0])]
    shown = [decode(entry.payload) for entry in show(sight, [Entry(*row[:4]) for row in seen])]
    pins = (Pinned(message, *row[4:]) for message, row in zip(shown, seen, strict=True))
    return [pin for pin in pins if not pin.message.get("hidden")]


def read_cards(viewer: Account, key: ConversationKey) -> list[Envelope]:
    """The latest values of every device, the newest first; nothing for who is no member any more.

    Raises:
        Problem: unknown_conversation.
    """
    sight = load_sight(viewer, key)
    if not sight.inside:
        return []
    rows = read(
        "SELECT payload FROM card WHERE conversation_id = ? ORDER BY at_ms DESC, account_id, name",
        sight.conversation_id,
    )
    return [decode(payload) for (payload,) in rows]
