"""A block: some 64 messages of one conversation, one after the other, and a line of words for each.

A search for a string in a whole block is one call of the database's; what stands in which message is looked at
only where it was found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

MAX_MESSAGES: Final = 64
MAX_CHARS: Final = 4_096  # of lines; a longer message has a block of its own

Columns = tuple[int, int, int, int, int, int, int, str, str]


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A message of a block."""

    seq: int
    position: int
    at_ms: int
    sender_id: int
    kind: str


_decode: Final = msgspec.json.Decoder(Entry).decode
_encode: Final = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Block:
    """Known by its conversation and the seq of its first message, which stays so when that one is gone."""

    conversation_id: int
    first_seq: int
    entries: list[Entry] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @classmethod
    def unpack(cls, conversation_id: int, first_seq: int, entries: str, words: str) -> Block:
        """From the columns of its row."""
        return cls(conversation_id, first_seq, [*map(_decode, entries.split("\n"))], words.split("\n"))

    def pack(self) -> Columns:
        """The columns of its row: conversation, first and last seq, position and time, entries, words."""
        times = [entry.at_ms for entry in self.entries]
        return (
            *(self.conversation_id, self.first_seq, self.entries[-1].seq),
            *(self.entries[0].position, self.entries[-1].position),
            *(
                min(times),
                max(times),
                "\n".join(_encode(entry).decode() for entry in self.entries),
                "\n".join(self.lines),
            ),
        )

    @property
    def is_full(self) -> bool:
        """The next message begins another one."""
        return len(self.entries) >= MAX_MESSAGES or sum(map(len, self.lines)) >= MAX_CHARS

    def add(self, entry: Entry, line: str) -> None:
        """Append the next message of the conversation."""
        self.entries.append(entry)
        self.lines.append(line)

    def change(self, seq: int, line: str | None) -> bool:
        """Give a message other words, or, with None, take it out; False where nothing changes."""
        place = next((place for place, entry in enumerate(self.entries) if entry.seq == seq), None)
        if place is None or self.lines[place] == line:
            return False
        if line is None:
            del self.entries[place], self.lines[place]
        else:
            self.lines[place] = line
        return True


def read_hits(entries: str, words: str, needles: Sequence[str], wanted: Callable[[Entry], bool]) -> Iterator[Entry]:
    """The messages of a block whose lines hold all needles, and that are wanted otherwise; from its columns."""
    lines = words.split("\n")
    places = list(range(len(lines)))
    for needle in needles:
        places = [place for place in places if needle in lines[place]]
    if places:
        packed = entries.split("\n")
        yield from filter(wanted, (_decode(packed[place]) for place in places))
