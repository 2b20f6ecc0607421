"""Where the blocks are kept: on SQLite in a file of its own beside the database, on PostgreSQL in tables of its own.

A file of its own: writing to it holds no message up, and what is removed is overwritten at once. All of it can be made
again from the log; whoever deletes the file has it back a while later.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

from hongyan_core.search.blocks import Block
from hongyan_core.store import sets
from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import proxy
from hongyan_core.store.sets import Row, make_wanted

_FORMAT: Final = 1  # of the file, of lines and blocks: another one makes everything anew
_BUSY_TIMEOUT_S: Final = 5
_PAGE_BYTES: Final = 8_192  # a block and its row fit into one
# The same in store/steps.py for PostgreSQL. The second index answers what blocks there are without reading any.
_TABLES: Final = (
    """CREATE TABLE search_block (id INTEGER NOT NULL PRIMARY KEY, conversation_id INTEGER NOT NULL,
        first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL, first_position INTEGER NOT NULL,
        last_position INTEGER NOT NULL, first_at_ms INTEGER NOT NULL, last_at_ms INTEGER NOT NULL,
        entries TEXT NOT NULL, words TEXT NOT NULL)""",
    "CREATE UNIQUE INDEX search_block_first_seq ON search_block (conversation_id, first_seq)",
    """CREATE INDEX search_block_outline ON search_block
        (conversation_id, last_position, first_position, first_seq, last_seq, first_at_ms, last_at_ms)""",
    "CREATE TABLE search_state (key TEXT NOT NULL PRIMARY KEY, number INTEGER NOT NULL, word TEXT NOT NULL)",
    f"PRAGMA user_version = {_FORMAT}",
)
_PUT: Final = """INSERT INTO search_block (conversation_id, first_seq, last_seq, first_position, last_position,
    first_at_ms, last_at_ms, entries, words) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (conversation_id, first_seq) DO UPDATE SET last_seq = excluded.last_seq,
    first_position = excluded.first_position, last_position = excluded.last_position,
    first_at_ms = excluded.first_at_ms, last_at_ms = excluded.last_at_ms,
    entries = excluded.entries, words = excluded.words"""
_AT: Final = """SELECT b.conversation_id, b.first_seq, b.entries, b.words FROM wanted CROSS JOIN search_block b
    WHERE b.conversation_id = wanted.conversation AND b.first_seq = (SELECT MAX(s.first_seq) FROM search_block s
        WHERE s.conversation_id = wanted.conversation AND s.first_seq <= wanted.seq)"""


class Connection(Protocol):
    """What an index is asked through."""

    def read(self, sql: str, *params: object) -> list[Row]:
        """Rows of a statement with `?` for its parameters."""

    def write_many(self, sql: str, rows: Sequence[Row]) -> None:
        """A statement once for each row of parameters."""

    def transaction(self) -> AbstractContextManager[None]:
        """All that is written inside, or nothing."""

    def shred(self) -> bool:
        """See to it that nothing removed is left in any file; whether it is so."""

    def close(self) -> None:
        """Give it back."""


class _OwnFile:
    """SQLite. Not through peewee: opened for each search, it takes a tenth of the time."""

    def __init__(self, path: Path) -> None:
        is_new = not path.exists()
        if is_new:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        for pragma in (f"page_size = {_PAGE_BYTES}", "journal_mode = wal") if is_new else ():
            self._connection.execute(f"PRAGMA {pragma}")
        # What a crash of the machine takes is written again from the log.
        for pragma in ("synchronous = normal", "secure_delete = on"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._make_tables()

    def _make_tables(self) -> None:
        if self._has_tables():
            return
        with self.transaction():
            if self._has_tables():  # meanwhile
                return
            for table in ("search_block", "search_state"):
                self._connection.execute(f"DROP TABLE IF EXISTS {table}")
            for statement in _TABLES:
                self._connection.execute(statement)

    def _has_tables(self) -> bool:
        (found,) = self._connection.execute("PRAGMA user_version").fetchone()
        return bool(found == _FORMAT)

    def read(self, sql: str, *params: object) -> list[Row]:
        return self._connection.execute(sql, params).fetchall()

    def write_many(self, sql: str, rows: Sequence[Row]) -> None:
        self._connection.executemany(sql, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def shred(self) -> bool:
        ((busy, _, _),) = self.read("PRAGMA wal_checkpoint(TRUNCATE)")
        return not busy

    def close(self) -> None:
        self._connection.close()


class _OwnTables:
    """PostgreSQL: the connection that the thread has anyway. Vacuuming is left to whoever vacuums the log."""

    read = staticmethod(sets.read)
    write_many = staticmethod(sets.write_many)
    transaction = staticmethod(write_transaction)

    def shred(self) -> bool:
        return True

    def close(self) -> None:
        return


class Index:
    """The blocks of all conversations, and how far the log stands in them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.transaction = connection.transaction
        self.close = connection.close

    def shred(self) -> bool:
        """See to it that nothing removed is left in any file; whether it is so."""
        return self._connection.shred()

    def read_state(self) -> dict[str, tuple[int, str]]:
        """What `write_state` has kept, by key."""
        return {key: (number, word) for key, number, word in self._connection.read("SELECT * FROM search_state")}

    def read_erased(self) -> int:
        """The id of the `Erasure` up to which no file holds what went out; 0 while a step has yet to be shredded.

        To shred is to write to the disk as well: a crash of the machine does not bring the words back after that.
        """
        state = self.read_state()
        to_shred, _ = state.get("to_shred", (0, ""))
        erasure, _ = state.get("erasure", (0, ""))
        return 0 if to_shred else erasure

    def write_state(self, **values: tuple[int, str]) -> None:
        """Keep a number and a word for each key."""
        self._connection.write_many(
            """INSERT INTO search_state (key, number, word) VALUES (?, ?, ?)
            ON CONFLICT (key) DO UPDATE SET number = excluded.number, word = excluded.word""",
            [(key, *value) for key, value in values.items()],
        )

    def clear(self) -> None:
        """Begin anew."""
        with self.transaction():
            self._connection.read("DELETE FROM search_block RETURNING 1")
            self._connection.read("DELETE FROM search_state RETURNING 1")

    def load_blocks(self, places: Iterable[tuple[int, int]]) -> list[Block]:
        """The blocks that hold, or would be followed by, these places: (conversation id, seq)."""
        rows = self._read_wanted("conversation bigint, seq bigint", [*places], _AT)
        return [Block.unpack(*row) for row in {row[:2]: row for row in rows}.values()]

    def save_blocks(self, blocks: Iterable[Block]) -> None:
        """Write blocks; empty ones are removed."""
        full = [block for block in blocks if block.entries]
        empty = [(block.conversation_id, block.first_seq) for block in blocks if not block.entries]
        if full:
            self._connection.write_many(_PUT, [block.pack() for block in full])
        if empty:
            self._connection.write_many("DELETE FROM search_block WHERE conversation_id = ? AND first_seq = ?", empty)

    def read_outline(
        self, ranges: Sequence[tuple[int, int, int]], *, before: int, since_ms: int, until_ms: int, limit: int
    ) -> list[tuple[int, int]]:
        """The newest blocks as (id, position of the last message), without reading any.

        Args:
            ranges: (conversation id, lowest seq, highest seq), one of each conversation.
            before: Some of its messages may have a position below it.
            since_ms: Some of its messages may have been sent so late; `until_ms`: so early.
        """
        if not ranges:
            return []
        rows = self._read_wanted(
            "conversation bigint, low bigint, high bigint",
            ranges,
            """SELECT b.id, b.last_position FROM wanted CROSS JOIN search_block b
            WHERE b.conversation_id = wanted.conversation AND b.last_seq >= wanted.low AND b.first_seq <= wanted.high
            AND b.last_at_ms >= ? AND b.first_at_ms <= ? AND b.first_position < ?
            ORDER BY b.last_position DESC LIMIT ?""",
            *(since_ms, until_ms, before, limit),
        )
        return [(block, position) for block, position in rows]

    def read_matching(self, blocks: Sequence[int], needles: Sequence[str]) -> list[tuple[int, str, str]]:
        """The blocks of these ids that hold all needles somewhere: (conversation id, entries, words)."""
        finder = "AND position(? IN b.words) > 0" if sets.is_postgres() else "AND instr(b.words, ?) > 0"
        sql = f"""SELECT b.conversation_id, b.entries, b.words FROM wanted CROSS JOIN search_block b
            WHERE b.id = wanted.id {" ".join([finder] * len(needles))}"""  # noqa: S608  # our own words only
        return [(c, e, w) for c, e, w in self._read_wanted("id bigint", [(id_,) for id_ in blocks], sql, *needles)]

    def _read_wanted(self, columns: str, rows: Sequence[Row], sql: str, *params: Any) -> list[Row]:
        if not rows:
            return []
        table, bound = make_wanted(columns, [*rows])
        return self._connection.read(f"{table} {sql}", *bound, *params)


def index_path() -> Path:
    """The file of the index where the database is SQLite."""
    return Path(proxy.obj.database).with_suffix(".search.sqlite3")


def open_index() -> Index:
    """The index of the open database; close it in the end."""
    return Index(_OwnTables() if sets.is_postgres() else _OwnFile(index_path()))
