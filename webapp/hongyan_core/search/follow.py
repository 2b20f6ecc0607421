"""Follow the log: what was said goes into the index, what was edited goes in anew, what is gone goes out.

One step is one transaction, its end is kept in the index itself: a crash repeats a step, and loses none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import Any, Final

import msgspec

from hongyan_core.search.blocks import Block, Entry
from hongyan_core.search.index import Index, open_index
from hongyan_core.search.sayings import NOT_FOUND, make_line
from hongyan_core.store.sets import Row, read, read_wanted

EVERY_S: Final = 0.5
_TURN_S: Final = 1.0  # then other chores may
_STEP: Final = 32  # entries of the log
# It shares Python's lock with the messages. Who works without a break keeps them from it for half a millisecond each
# time: 100 ms in one piece doubled the 99th percentile of 2,000 messages a second. So it rests after every few.
_RUN: Final = 4
_REST_S: Final = 0.0002
Place = tuple[int, int]  # conversation id, seq


def follow_log(at_ms: int = 0, *, clock: Callable[[], float] = time.monotonic) -> bool:
    """Bring the index up to date, for a second; whether there is more to do.

    There must be one of it at a time: it is a chore of the process that holds the exchange.
    """
    del at_ms
    ends_s = clock() + _TURN_S
    with closing(open_index()) as index:
        while (more := take_step(index)) and clock() < ends_s:
            pass
        _shred(index)
    return more


def take_step(index: Index, limit: int = _STEP) -> bool:
    """Take the next entries of the log; whether there were any."""
    state = index.read_state()
    position, last_id = state.get("position", (0, ""))
    if position and _read_id(position) != last_id:  # another database, or an older one: from a backup
        index.clear()
        return True
    erasure, _ = state.get("erasure", (0, ""))
    rows = _read_log(position, limit)
    erasures = read("SELECT id, position FROM erasure WHERE id > ? ORDER BY id LIMIT ?", erasure, limit)
    if not rows and not erasures:
        return False
    said = [(row, _make_line(row, place)) for place, row in enumerate(rows) if row[4] not in NOT_FOUND]
    with index.transaction():
        _append(index, said)
        changed = _refresh(index, {*_find_edited(rows), *_find_places(erased for _, erased in erasures)})
        index.write_state(
            position=(rows[-1][0], rows[-1][6]) if rows else (position, last_id),
            erasure=(erasures[-1][0] if erasures else erasure, ""),
            **({"to_shred": (1, "")} if changed else {}),
        )
    return True


def _shred(index: Index) -> None:
    """What was taken out must not be read from the file any more; tried again when somebody reads just now."""
    to_shred, _ = index.read_state().get("to_shred", (0, ""))
    if to_shred and index.shred():
        with index.transaction():
            index.write_state(to_shred=(0, ""))


def _read_id(position: int) -> str | None:
    rows = read("SELECT message_id FROM stored_message WHERE position = ?", position)
    return rows[0][0] if rows else None


def _read_log(after: int, limit: int) -> list[Row]:
    return read(
        """SELECT position, conversation_id, seq, sender_id, kind, at_ms, message_id, payload FROM stored_message
        WHERE position > ? ORDER BY position LIMIT ?""",
        *(after, limit),
    )


def _make_line(row: Row, place: int) -> str:
    if place % _RUN == 0:
        time.sleep(_REST_S)  # not for luck: for the others, see above
    return make_line(_decode(row[7]))


def _append(index: Index, said: Sequence[tuple[Row, str]]) -> None:
    blocks = index.load_blocks({row[1]: (row[1], row[2]) for row, _ in said}.values())
    tails = {block.conversation_id: block for block in blocks}
    for (position, conversation_id, seq, sender_id, kind, at_ms, _, _), line in said:
        block = tails.get(conversation_id)
        if block is None or block.is_full:
            block = tails[conversation_id] = Block(conversation_id, seq)
            blocks.append(block)
        block.add(Entry(seq, position, at_ms, sender_id, kind), line)
    index.save_blocks(blocks)


def _find_edited(rows: Iterable[Row]) -> list[Place]:
    return [(row[1], _decode(row[7])["of"]) for row in rows if row[4] == "edit"]


def _find_places(positions: Iterable[int]) -> list[Place]:
    return [
        (conversation_id, seq)
        for conversation_id, seq in read_wanted(
            "position bigint",
            [(position,) for position in positions],
            """SELECT m.conversation_id, m.seq FROM wanted CROSS JOIN stored_message m
            WHERE m.position = wanted.position""",
        )
    ]


def _refresh(index: Index, places: set[Place]) -> bool:
    """Write these messages as they are now; whether something was taken out."""
    if not places:
        return False
    lines: dict[Place, str | None] = dict.fromkeys(places)
    for conversation_id, seq, kind, payload in load_messages(places):
        if kind not in NOT_FOUND:
            lines[conversation_id, seq] = make_line(_decode(payload))
    blocks = index.load_blocks(sorted(places))
    changed = [block for block in blocks if _change(block, lines)]
    index.save_blocks(changed)
    return bool(changed)


def _change(block: Block, lines: dict[Place, str | None]) -> bool:
    mine = {seq: line for (conversation_id, seq), line in lines.items() if conversation_id == block.conversation_id}
    changed = [seq for seq, line in mine.items() if block.change(seq, line)]
    return bool(changed)


def load_messages(places: Iterable[Place]) -> list[Row]:
    """(conversation id, seq, kind, payload) of these."""
    return read_wanted(
        "conversation bigint, seq bigint",
        places,
        """SELECT m.conversation_id, m.seq, m.kind, m.payload FROM wanted CROSS JOIN stored_message m
        WHERE m.conversation_id = wanted.conversation AND m.seq = wanted.seq""",
    )


_decode: Final[Callable[[str], dict[str, Any]]] = msgspec.json.Decoder(dict[str, Any]).decode
