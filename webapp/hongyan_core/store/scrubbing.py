"""See to it that no file of the database holds the words of what was erased. A chore, where the exchange is.

On SQLite erased rows are overwritten with zeros (`secure_delete`), and the write-ahead log, which still has the pages
of before, is cut off. On PostgreSQL the dead rows are taken out of the tables; docs/messages.md says what
its own log and backups keep.
"""

from __future__ import annotations

from typing import Final

from hongyan_core.store.database import empty_log
from hongyan_core.store.models import proxy
from hongyan_core.store.sets import is_postgres, read

_PAUSE_MS: Final = {True: 600_000, False: 10_000}  # on PostgreSQL, where each table is walked through; on SQLite
_TABLES: Final = ("stored_message", "message_version", "card", "unsent_draft", "scheduled_message")


class Scrubber:
    """What has been scrubbed since the start. The first time it looks at all that was ever erased."""

    def __init__(self) -> None:
        self._done = 0  # Erasure.id
        self._not_before_ms = 0

    def scrub(self, at_ms: int) -> bool:
        """Scrub if anything was erased; never says that more is waiting: what has to be tried again comes next time."""
        newest = read("SELECT MAX(id) FROM erasure")[0][0] or 0
        if newest <= self._done or at_ms < self._not_before_ms:
            return False
        if _scrub():
            self._done = newest
            self._not_before_ms = at_ms + _PAUSE_MS[is_postgres()]
        return False


def _scrub() -> bool:
    if not is_postgres():
        return empty_log()
    for table in _TABLES:
        proxy.obj.execute_sql(f"VACUUM {table}")
    return True
