"""What is waiting for its time: messages that disappear after they were read, and messages for later.

Both tables have an index on `due_ms`, so that to look costs the same however much is waiting.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from hongyan_core.store.sets import Row, read, write_values, write_wanted

PAGE: Final = 500  # messages of each sort at a time


class Expired(msgspec.Struct, frozen=True):
    """A message that has been read long enough ago."""

    key: str  # models.Conversation.key
    sender: str
    seq: int


class Ready(msgspec.Struct, frozen=True):
    """A message whose time to be sent has come."""

    id: int
    account: str
    key: str  # of the conversation, as the account calls it
    message_id: str
    draft: str
    due_ms: int
    repeat: str
    time_zone: str
    times: int


class Outcome(msgspec.Struct, frozen=True):
    """What becomes of it: sent again at `due_ms`; never again (None); refused with a code."""

    id: int
    due_ms: int | None
    draft: str = ""
    refusal: str = ""


def start_clocks(marks: Sequence[tuple[int, int, int, int]]) -> None:
    """Say when disappearing messages are due that somebody else reads now, before the read marks are written.

    Only what lies between the mark of before and the new one is looked at; where nothing that disappears waits to be
    read, which is nearly always so, it is one look into an index.

    Args:
        marks: (account, conversation id, seq, at_ms).
    """
    if not marks or not read("SELECT EXISTS (SELECT 1 FROM fleeting WHERE due_ms IS NULL)")[0][0]:
        return
    write_wanted(
        "account bigint, conversation bigint, seq bigint, at bigint",
        marks,
        """UPDATE fleeting SET due_ms = passed.due_ms FROM (
            SELECT f.conversation_id, f.seq, MIN(wanted.at + f.seconds * 1000) AS due_ms
            FROM wanted CROSS JOIN fleeting f
            JOIN stored_message m ON m.conversation_id = f.conversation_id AND m.seq = f.seq
            LEFT JOIN read_mark r ON r.account_id = wanted.account AND r.conversation_id = wanted.conversation
            WHERE f.conversation_id = wanted.conversation AND f.seq <= wanted.seq AND f.seq > COALESCE(r.seq, 0)
            AND f.due_ms IS NULL AND m.sender_id <> wanted.account
            GROUP BY f.conversation_id, f.seq) AS passed
        WHERE fleeting.conversation_id = passed.conversation_id AND fleeting.seq = passed.seq""",
    )


def find_expired(at_ms: int) -> list[Expired]:
    """Up to PAGE, those of one conversation and sender together."""
    rows = read(
        """SELECT c.key, a.name, f.seq FROM (
            SELECT conversation_id, seq FROM fleeting WHERE due_ms <= ? ORDER BY due_ms LIMIT ?) AS f
        JOIN conversation c ON c.id = f.conversation_id
        JOIN stored_message m ON m.conversation_id = f.conversation_id AND m.seq = f.seq
        JOIN account a ON a.id = m.sender_id ORDER BY c.key, a.name, f.seq""",
        *(at_ms, PAGE),
    )
    return [Expired(*row) for row in rows]


def find_ready(at_ms: int) -> list[Ready]:
    """Up to PAGE, the oldest first."""
    rows: list[Row] = read(
        """SELECT s.id, a.name, s.key, s.message_id, s.draft, s.due_ms, s.repeat, s.time_zone, s.times
        FROM scheduled_message s JOIN account a ON a.id = s.account_id
        WHERE s.due_ms <= ? ORDER BY s.due_ms, s.id LIMIT ?""",
        *(at_ms, PAGE),
    )
    return [Ready(*row) for row in rows]


def settle(outcomes: Sequence[Outcome]) -> None:
    """Write what became of messages, inside a transaction."""
    again = [(one.id, one.due_ms, one.draft) for one in outcomes if one.due_ms is not None]
    over = [one.id for one in outcomes if one.due_ms is None and not one.refusal]
    write_wanted(
        "id bigint", [(id_,) for id_ in over], "DELETE FROM scheduled_message WHERE id IN (SELECT id FROM wanted)"
    )
    write_values(
        """WITH sent(id, due_ms, draft) AS (VALUES (?, ?, ?))
        UPDATE scheduled_message SET due_ms = sent.due_ms, draft = sent.draft, times = times + 1
        FROM sent WHERE scheduled_message.id = sent.id""",
        again,
    )
    write_values(
        """WITH refused(id, refusal) AS (VALUES (?, ?))
        UPDATE scheduled_message SET due_ms = NULL, refusal = refused.refusal
        FROM refused WHERE scheduled_message.id = refused.id""",
        [(one.id, one.refusal) for one in outcomes if one.refusal],
    )
