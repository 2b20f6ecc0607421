"""Stored entries as one viewer reads them: what they have deleted for themselves is a tombstone, not a hole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from hongyan.kinds import GONE_KIND
from hongyan_core.store.history.sight import Sight
from hongyan_core.store.sets import read, read_wanted

Envelope = dict[str, Any]
COLUMNS: Final = "m.seq, m.sender_id, m.kind, m.payload"
_STAMP: Final = ("id", "from", "to", "seq", "at")
_encode: Final = msgspec.json.Encoder().encode
decode: Final = msgspec.json.Decoder(Envelope).decode


class Entry(NamedTuple):
    """A row of the log; `payload` is the envelope, byte for byte as it was delivered."""

    seq: int
    sender_id: int
    kind: str
    payload: str


def read_entries(sight: Sight, seqs: Iterable[int]) -> list[Entry]:
    """Those of the entries of these seqs that are to be seen, ascending, as the viewer reads them."""
    wanted = [(seq,) for seq in sorted(set(seqs)) if sight.sees(seq)]
    rows = read_wanted(
        "seq bigint",
        wanted,
        f"""SELECT {COLUMNS} FROM wanted CROSS JOIN stored_message m
        WHERE m.conversation_id = ? AND m.seq = wanted.seq ORDER BY m.seq""",  # noqa: S608  # our own words
        sight.conversation_id,
    )
    return show(sight, [Entry(*row) for row in rows])


def show(sight: Sight, entries: Sequence[Entry]) -> list[Entry]:
    """The same, with what the viewer has deleted for themselves as a tombstone."""
    hidden = _find_hidden(sight, entries) if entries else frozenset[int]()
    return [_bury(entry) if entry.seq in hidden else entry for entry in entries]


def _find_hidden(sight: Sight, entries: Sequence[Entry]) -> frozenset[int]:
    seqs = [entry.seq for entry in entries]
    rows = read(
        "SELECT seq FROM hidden_message WHERE account_id = ? AND conversation_id = ? AND seq >= ? AND seq <= ?",
        *(sight.viewer.id, sight.conversation_id, min(seqs), max(seqs)),
    )
    return frozenset(seq for (seq,) in rows)


def bury(envelope: Envelope) -> Envelope:
    """What stands for a message that the viewer has deleted for themselves."""
    return {**{name: envelope[name] for name in _STAMP}, "kind": GONE_KIND, "hidden": True}


def _bury(entry: Entry) -> Entry:
    return Entry(entry.seq, entry.sender_id, GONE_KIND, _encode(bury(decode(entry.payload))).decode())
