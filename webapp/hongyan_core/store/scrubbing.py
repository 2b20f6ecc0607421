"""See to it that no file of the database holds the words of what was erased. A chore, where the exchange is.

On SQLite erased rows are overwritten with zeros (`secure_delete`), and the write-ahead log, which still has the pages
of before, is cut off; the search index does the same with its own file. On PostgreSQL the dead rows are taken out of
the tables, the index's too; docs/messages.md says what its own log and backups keep.

A row of `erasure` is deleted when both have done with it: this chore, and the search index, whose cursor stands in the
index itself.
"""

from __future__ import annotations

from contextlib import closing
from typing import Final

from hongyan_core.search.index import open_index
from hongyan_core.store.database import empty_log, write_transaction
from hongyan_core.store.models import proxy
from hongyan_core.store.sets import is_postgres, read, write

_PAUSE_MS: Final = {True: 600_000, False: 10_000}  # on PostgreSQL, where each table is walked through; on SQLite
_TABLES: Final = (
    *("stored_message", "message_version", "card", "unsent_draft", "scheduled_message", "outbox"),
    *("stored_file", "upload", "search_block"),
)
_STEP: Final = 500


class Scrubber:
    """What has been scrubbed since the start. The first time it looks at all that was erased and is not done with."""

    def __init__(self) -> None:
        self._done = 0  # Erasure.id
        self._done_in_index = 0
        self._not_before_ms = 0

    def scrub(self, at_ms: int) -> bool:
        """Scrub if anything was erased, and forget what both have done; whether there is more to forget.

        What could not be scrubbed is tried again the next time.
        """
        oldest, newest = read("SELECT (SELECT MIN(id) FROM erasure), (SELECT MAX(id) FROM erasure)")[0]
        if newest is None:
            return False
        followed = min(_read_followed(), newest)
        if (newest > self._done or followed > self._done_in_index) and at_ms >= self._not_before_ms and _scrub():
            self._done, self._done_in_index = newest, followed
            self._not_before_ms = at_ms + _PAUSE_MS[is_postgres()]
        upto = min(self._done, self._done_in_index)
        return oldest <= upto and _forget(upto)


def _read_followed() -> int:
    """Up to which erasure the index holds no words any more, whatever crash may come."""
    with closing(open_index()) as index:
        return index.read_erased()


def _scrub() -> bool:
    if not is_postgres():
        return empty_log()
    for table in _TABLES:
        proxy.obj.execute_sql(f"VACUUM {table}")
    return True


def _forget(upto: int) -> bool:
    """One step; whether it was a full one."""
    with write_transaction():
        gone = write(
            "DELETE FROM erasure WHERE id IN (SELECT id FROM erasure WHERE id <= ? ORDER BY id LIMIT ?)", upto, _STEP
        )
    return gone == _STEP
