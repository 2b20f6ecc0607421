"""Make messages be gone: of an entry only a tombstone is left, of what hung on it nothing.

Rows are only half of it: `store/scrubbing.py` sees to it that no file of the database holds the words any longer, and
whoever has copied words (the search index, the file store) finds in `Erasure` which entries to forget.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import msgspec

from hongyan.kinds import GONE_KIND
from hongyan_core.store.files import release_files
from hongyan_core.store.sets import Row, is_postgres, read, read_wanted, write_values, write_wanted

_WORDS_OF_EDITS: Final = ("body", "format", "mentions")
_HANGING: Final = ("message_version", "reaction", "vote", "pin", "mention", "fleeting")
_ENTRY: Final = "conversation bigint, seq bigint"
_PAGE: Final = 1_000
_encode: Final = msgspec.json.Encoder().encode


def erase_messages(conversation_id: int, seqs: Sequence[int], *, by: str | None) -> None:
    """Leave tombstones of these entries, inside the caller's transaction. What is one already stays as it is.

    Args:
        seqs: At most 500.
        by: Who took them back; None: their time was over.
    """
    erase_entries([(conversation_id, seq) for seq in sorted(set(seqs))], by=by)


def erase_entries(entries: Sequence[tuple[int, int]], *, by: str | None) -> None:
    """The same for (conversation id, seq) of several conversations."""
    found = _read_entries(entries)
    gone = {position: make_tombstone(payload, by) for position, _, _, payload in found}
    edited = [(talk, seq) for _, talk, seq, payload in found if '"edited":' in payload]
    edits = {position: payload for position, payload in _find_edits(edited) if position not in gone}
    _delete_hanging(entries)
    write_values(
        """WITH erased(position, payload) AS (VALUES (?, ?))
        UPDATE stored_message SET kind = 'gone', payload = erased.payload
        FROM erased WHERE stored_message.position = erased.position""",
        [*gone.items()],
    )
    write_values(
        """WITH erased(position, payload) AS (VALUES (?, ?))
        UPDATE stored_message SET payload = erased.payload
        FROM erased WHERE stored_message.position = erased.position""",
        [*edits.items()],
    )
    write_values("INSERT INTO erasure (position) VALUES (?)", [(position,) for position in (*gone, *edits)])


def make_tombstone(payload: str, by: str | None) -> str:
    """What is left of an entry, from its stamped envelope."""
    fields = json.loads(payload)
    left = {name: fields[name] for name in ("id", "kind", "from", "to", "seq", "at")} | {"kind": GONE_KIND}
    return _encode(left if by is None else left | {"by": by}).decode()


def _read_entries(entries: Sequence[tuple[int, int]]) -> list[Row]:
    """(position, conversation, seq, payload) of those that are not gone, locked until the transaction ends."""
    locked = "ORDER BY m.position FOR UPDATE OF m" if is_postgres() else ""
    return read_wanted(
        _ENTRY,
        entries,
        f"""SELECT m.position, m.conversation_id, m.seq, m.payload FROM wanted CROSS JOIN stored_message m
        WHERE m.conversation_id = wanted.conversation AND m.seq = wanted.seq AND m.kind <> 'gone' {locked}""",  # noqa: S608  # a constant
    )


def _find_edits(edited: Sequence[tuple[int, int]]) -> list[tuple[int, str]]:
    """The `edit` entries of these messages, as (position, payload without words)."""
    left: dict[int, dict[int, int]] = {}  # conversation → seq → how many: as many as there are versions
    for talk, seq, count in read_wanted(
        _ENTRY,
        edited,
        """SELECT v.conversation_id, v.seq, COUNT(*) FROM wanted CROSS JOIN message_version v
        WHERE v.conversation_id = wanted.conversation AND v.seq = wanted.seq GROUP BY v.conversation_id, v.seq""",
    ):
        left.setdefault(talk, {})[seq] = count
    return [found for talk, counts in left.items() for found in _find_edits_in(talk, counts)]


def _find_edits_in(conversation_id: int, left: dict[int, int]) -> list[tuple[int, str]]:
    """Edits have no index: they stand soon after what they edit, and the search ends when all are found."""
    edits: list[tuple[int, str]] = []
    after = min(left)
    while left and (page := _read_page(conversation_id, after)):
        after = page[-1][1]
        for position, _, kind, payload in page:
            fields = json.loads(payload) if kind == "edit" else {}
            of = fields.get("of")
            if of in left and "body" in fields:
                edits.append((position, _strip(fields)))
                left[of] -= 1
        left = {seq: count for seq, count in left.items() if count > 0}
    return edits


def _read_page(conversation_id: int, after: int) -> list[Row]:
    """(position, seq, kind, payload of edits) of the next entries."""
    return read(
        """SELECT position, seq, kind, CASE kind WHEN 'edit' THEN payload END FROM stored_message
        WHERE conversation_id = ? AND seq > ? ORDER BY seq LIMIT ?""",
        *(conversation_id, after, _PAGE),
    )


def _strip(fields: dict[str, Any]) -> str:
    return _encode({name: value for name, value in fields.items() if name not in _WORDS_OF_EDITS}).decode()


def _delete_hanging(entries: Sequence[tuple[int, int]]) -> None:
    """What names these messages. The entries of a thread stay: the messages in it are still there."""
    for table in _HANGING:
        write_wanted(
            _ENTRY,
            entries,
            f"""DELETE FROM {table} WHERE (conversation_id, seq) IN
            (SELECT conversation, seq FROM wanted)""",  # noqa: S608  # our own words
        )
    for conversation_id, group in groupby(sorted(entries), key=itemgetter(0)):
        release_files(conversation_id, [seq for _, seq in group])
