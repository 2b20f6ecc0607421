"""Remove what is too old: by the server's setting, and by a conversation's own; the shorter one wins.

Steps of 500 entries, each a transaction, so that nobody waits for long. What is left of them are tombstones, and
`Conversation.first_seq` says where what stands begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Final

from hongyan_core.store.database import hold_exchange_back, write_transaction
from hongyan_core.store.erasing import erase_entries
from hongyan_core.store.models import Meta
from hongyan_core.store.sets import read, write_values

_STEP: Final = 500
_DAY_MS: Final = 86_400_000
_CURSOR: Final = "retention_position"  # Meta: entries up to this position were looked at


class Retention:
    """The chore. `days` is the server's; None: only what conversations say counts."""

    def __init__(self, days: int | None) -> None:
        self._days = days

    def sweep(self, at_ms: int) -> bool:
        """One step of each; whether more is waiting."""
        of_all = self._days is not None and _sweep_all(at_ms - self._days * _DAY_MS)
        return _sweep_one(at_ms) or of_all


def _sweep_all(before_ms: int) -> bool:
    """The oldest entries of the whole log, in the order of their commits: who has looked need not look again."""
    cursor = _read_cursor()
    rows = read(
        "SELECT position, conversation_id, seq, at_ms FROM stored_message WHERE position > ? ORDER BY position LIMIT ?",
        *(cursor, _STEP),
    )
    old = [*takewhile(lambda row: row[3] < before_ms, rows)]
    if not old:
        return False
    with write_transaction():
        _remove([(talk, seq) for _, talk, seq, _ in old])
        Meta.insert(key=_CURSOR, value=old[-1][0]).on_conflict(
            conflict_target=[Meta.key], update={Meta.value: old[-1][0]}
        ).execute()
    return len(old) == _STEP


def _read_cursor() -> int:
    row = Meta.get_or_none(Meta.key == _CURSOR)
    return 0 if row is None else int(row.value)


def _sweep_one(at_ms: int) -> bool:
    """The oldest entries of one conversation that has a time of its own, if any of it is over."""
    found = read(
        """SELECT c.id, c.first_seq, c.retention_days FROM conversation c
        JOIN stored_message m ON m.conversation_id = c.id AND m.seq = c.first_seq
        WHERE c.retention_days IS NOT NULL AND m.at_ms < ? - c.retention_days * CAST(? AS bigint) LIMIT 1""",
        *(at_ms, _DAY_MS),
    )
    for talk, first_seq, days in found:
        rows = read(
            "SELECT seq, at_ms FROM stored_message WHERE conversation_id = ? AND seq >= ? ORDER BY seq LIMIT ?",
            *(talk, first_seq, _STEP),
        )
        old = takewhile(lambda row: row[1] < at_ms - days * _DAY_MS, rows)  # noqa: B023  # used up in this turn
        with write_transaction():
            _remove([(talk, seq) for seq, _ in old])
    return bool(found)


def _remove(entries: Sequence[tuple[int, int]]) -> None:
    """Erase entries, and all of their conversations that came before, which is gone already."""
    hold_exchange_back()
    erase_entries(entries, by=None)
    first = {talk: seq + 1 for talk, seq in sorted(entries)}
    write_values(
        """WITH moved(id, first_seq) AS (VALUES (?, ?))
        UPDATE conversation SET first_seq = moved.first_seq
        FROM moved WHERE conversation.id = moved.id AND conversation.first_seq < moved.first_seq""",
        [*first.items()],
    )
