"""When each credential was used last, and from where: noted in memory, written by the handful."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any, Final

from peewee import OperationalError

from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import proxy
from hongyan_core.store.sets import write_wanted

_STEP_MS: Final = 60_000  # `last_used_at_ms` is that coarse: not a write for each request
_PAUSE_MS: Final = 1_000  # between two transactions of one process, however many sign in
_MAX_ROWS: Final = 500  # of one transaction: the exchange waits behind it
MAX_ADDRESS_CHARS: Final = 45  # of the column
_MAX_WAITING: Final = 10_000  # more uses at once go unnoted


class Uses:
    """The uses that this process has not written yet: at most those of the last second, until somebody asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._database: Any = None
        self._waiting: dict[int, tuple[int, str]] = {}  # credential → when, from where
        self._written_at_ms = 0

    def note(self, credential_id: int, last_used_at_ms: int | None, at_ms: int, address: str = "") -> int | None:
        """Note that a credential is used now, and write what waits unless that was done within a second.

        Args:
            address: From where; empty where that is not known, and the last one stays.

        Returns:
            When it was used last, as far as that is noted or stored.
        """
        with self._lock:
            if self._database is not proxy.obj:  # another database was opened
                self._database, self._waiting, self._written_at_ms = proxy.obj, {}, 0
            noted, _ = self._waiting.get(credential_id, (last_used_at_ms or 0, ""))
            if at_ms - noted < _STEP_MS or len(self._waiting) >= _MAX_WAITING:
                return last_used_at_ms
            self._waiting[credential_id] = (at_ms, address[:MAX_ADDRESS_CHARS])
            if 0 <= at_ms - self._written_at_ms < _PAUSE_MS:
                return at_ms
            self._written_at_ms = at_ms
        self.write()
        return at_ms

    def write(self) -> None:
        """Write what waits, 500 at most; what cannot be written is forgotten: a full disk must not keep people out."""
        with self._lock:
            if not self._waiting or self._database is not proxy.obj:
                return
            ids = list(self._waiting)[:_MAX_ROWS]
            rows = [(id_, *self._waiting.pop(id_)) for id_ in ids]
        with suppress(OperationalError), write_transaction():
            write_wanted(
                "id bigint, at_ms bigint, address text",
                rows,
                """UPDATE credential SET last_used_at_ms = wanted.at_ms,
                address = CASE wanted.address WHEN '' THEN credential.address ELSE wanted.address END
                FROM wanted WHERE credential.id = wanted.id""",
            )
