"""Write what a batch changes beside the log: what marks do to messages, and what hangs on new ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hongyan_core.store.erasing import erase_entries
from hongyan_core.store.sets import Row, write_values, write_wanted
from hongyan_core.subjects import Place

if TYPE_CHECKING:
    from hongyan_core.content import Content

_ERASED_AT_ONCE: Final = 500


@dataclass(slots=True)
class Scheduled:
    """A message for later."""

    account_id: int
    key: str  # of the conversation, as the account calls it
    message_id: str
    draft: str
    due_ms: int
    repeat: str
    time_zone: str


@dataclass(slots=True)
class Changes:
    """By places (models.Conversation.key, seq); what is None goes. A later change of the batch wins."""

    payloads: dict[int, bytes] = field(default_factory=dict)  # of messages that say something else now, by position
    versions: list[tuple[Place, int, int, str]] = field(default_factory=list)  # place, version, at_ms, payload
    reactions: dict[tuple[Place, int, str], int | None] = field(default_factory=dict)  # place, account, emoji → at_ms
    pins: dict[Place, tuple[int, int] | None] = field(default_factory=dict)  # → account, at_ms
    votes: dict[tuple[Place, int], tuple[frozenset[int], int]] = field(default_factory=dict)  # place, account
    mentions: dict[Place, frozenset[int]] = field(default_factory=dict)  # all accounts that a message names
    threads: list[tuple[str, int, int]] = field(default_factory=list)  # key, root_seq, seq
    attachments: list[tuple[Place, int, str, str]] = field(default_factory=list)  # place, number, file, kind
    fleeting: list[tuple[Place, int]] = field(default_factory=list)  # place, seconds
    cards: dict[tuple[str, int, str], tuple[bytes, int] | None] = field(default_factory=dict)  # key, account, name
    scheduled: list[Scheduled] = field(default_factory=list)
    erased: dict[str, list[Place]] = field(default_factory=dict)  # by whom

    def add_content(self, content: Content, place: Place, kind: str) -> None:
        """What hangs on a new message."""
        if content.mentions:
            self.mentions[place] = content.mentions
        if content.thread is not None:
            self.threads.append((place[0], content.thread, place[1]))
        self.attachments += ((place, number, file_id, kind) for number, file_id in enumerate(content.files))


def record_changes(changes: Changes, ids: Mapping[str, int]) -> None:
    """Write them, after the messages of the batch. `ids` are those of the conversations; erasing comes last."""
    _record_words(changes, ids)
    _record_reactions(changes, ids)
    _record_pins(changes, ids)
    _record_votes(changes, ids)
    _record_what_hangs(changes, ids)
    _record_cards(changes, ids)
    write_values(
        """INSERT INTO scheduled_message (account_id, key, message_id, draft, due_ms, repeat, time_zone, times, refusal)
        VALUES (?, ?, ?, ?, ?, ?, ?, 0, '')""",
        [(s.account_id, s.key, s.message_id, s.draft, s.due_ms, s.repeat, s.time_zone) for s in changes.scheduled],
    )
    for by, places in changes.erased.items():
        entries = [(ids[key], seq) for key, seq in places]
        for at in range(0, len(entries), _ERASED_AT_ONCE):
            erase_entries(entries[at : at + _ERASED_AT_ONCE], by=by)


def _record_words(changes: Changes, ids: Mapping[str, int]) -> None:
    write_values(
        """WITH changed(position, payload) AS (VALUES (?, ?))
        UPDATE stored_message SET payload = changed.payload
        FROM changed WHERE stored_message.position = changed.position""",
        [(position, payload.decode()) for position, payload in changes.payloads.items()],
    )
    write_values(
        "INSERT INTO message_version (conversation_id, seq, version, at_ms, payload) VALUES (?, ?, ?, ?, ?)",
        [(ids[key], seq, *rest) for (key, seq), *rest in changes.versions],
    )


def _record_reactions(changes: Changes, ids: Mapping[str, int]) -> None:
    rows = [((ids[key], seq, account, emoji), at) for ((key, seq), account, emoji), at in changes.reactions.items()]
    _delete("reaction", "conversation_id, seq, account_id, emoji", [row for row, at_ms in rows if at_ms is None])
    write_values(
        """INSERT INTO reaction (conversation_id, seq, account_id, emoji, at_ms) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (conversation_id, seq, account_id, emoji) DO NOTHING""",
        [(*row, at_ms) for row, at_ms in rows if at_ms is not None],
    )


def _record_pins(changes: Changes, ids: Mapping[str, int]) -> None:
    rows = [((ids[key], seq), pin) for (key, seq), pin in changes.pins.items()]
    _delete("pin", "conversation_id, seq", [row for row, _ in rows])
    write_values(
        "INSERT INTO pin (conversation_id, seq, account_id, at_ms) VALUES (?, ?, ?, ?)",
        [(*row, *pin) for row, pin in rows if pin is not None],
    )


def _record_votes(changes: Changes, ids: Mapping[str, int]) -> None:
    rows = [((ids[key], seq, account), vote) for ((key, seq), account), vote in changes.votes.items()]
    _delete("vote", "conversation_id, seq, account_id", [row for row, _ in rows])
    write_values(
        "INSERT INTO vote (conversation_id, seq, account_id, choice, at_ms) VALUES (?, ?, ?, ?, ?)",
        [(*row, choice, at_ms) for row, (choices, at_ms) in rows for choice in sorted(choices)],
    )


def _record_what_hangs(changes: Changes, ids: Mapping[str, int]) -> None:
    named = [((ids[key], seq), accounts) for (key, seq), accounts in changes.mentions.items()]
    _delete("mention", "conversation_id, seq", [row for row, _ in named])
    write_values(
        "INSERT INTO mention (conversation_id, seq, account_id) VALUES (?, ?, ?)",
        [(*row, account) for row, accounts in named for account in sorted(accounts)],
    )
    write_values(
        "INSERT INTO thread_entry (conversation_id, root_seq, seq) VALUES (?, ?, ?)",
        [(ids[key], root, seq) for key, root, seq in changes.threads],
    )
    write_values(
        "INSERT INTO attachment (conversation_id, seq, place, file_id, kind) VALUES (?, ?, ?, ?, ?)",
        [(ids[key], seq, *rest) for (key, seq), *rest in changes.attachments],
    )
    write_values(
        "INSERT INTO fleeting (conversation_id, seq, seconds) VALUES (?, ?, ?)",
        [(ids[key], seq, seconds) for (key, seq), seconds in changes.fleeting],
    )


def _record_cards(changes: Changes, ids: Mapping[str, int]) -> None:
    rows = [((ids[key], account, name), card) for (key, account, name), card in changes.cards.items()]
    _delete("card", "conversation_id, account_id, name", [row for row, card in rows if card is None])
    write_values(
        """INSERT INTO card (conversation_id, account_id, name, payload, at_ms) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (conversation_id, account_id, name) DO UPDATE
        SET payload = excluded.payload, at_ms = excluded.at_ms""",
        [(*row, card[0].decode(), card[1]) for row, card in rows if card is not None],
    )


_TYPES: Final = {"emoji": "text", "name": "text"}


def _delete(table: str, columns: str, rows: Iterable[Row]) -> None:
    """Delete the rows with these values in these columns, the first ones of the table's key."""
    wanted = ", ".join(f"{column} {_TYPES.get(column, 'bigint')}" for column in columns.split(", "))
    write_wanted(
        wanted,
        rows,
        f"DELETE FROM {table} WHERE ({columns}) IN (SELECT {columns} FROM wanted)",  # noqa: S608  # our own words
    )
