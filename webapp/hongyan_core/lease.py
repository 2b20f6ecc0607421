"""The lease of the one exchange on a database: taken from the kernel or the server, which take it back on death."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from peewee import Database, PostgresqlDatabase, SqliteDatabase

from hongyan_core.decisions import ExchangeRunning

# "exchange" in ASCII; another key than the one of migrations.
_LOCK_KEY: Final = 0x65786368616E6765


class Lease(Protocol):
    """What makes an exchange the only one on its database."""

    def hold(self) -> bool:
        """Make sure that it is held; True when it was taken just now (others may have written in between).

        Raises:
            ExchangeRunning: Another exchange has it.
            peewee.PeeweeException: The database cannot be asked.
        """

    def release(self) -> None:
        """Give it back."""


def make_lease(database: Database) -> Lease:
    """The lease that fits the database; not held yet."""
    if isinstance(database, PostgresqlDatabase):
        return _PostgresLease(database)
    if isinstance(database, SqliteDatabase):
        return _FileLease(Path(f"{database.database}.lock"))
    raise TypeError(f"neither SQLite nor PostgreSQL: {database!r}")


@dataclass
class _FileLease:
    """flock on a file beside the database; the kernel drops it with the process."""

    path: Path
    _file: int | None = None

    def hold(self) -> bool:
        if self._file is not None:
            return False
        opened = os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(opened)
            raise ExchangeRunning(f"another hongyan serves this database: {self.path}") from None
        self._file = opened
        return True

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)  # the file stays: removing it would let two processes lock two files of one name
            self._file = None


@dataclass
class _PostgresLease:
    """An advisory lock of the very session that writes: who loses the connection loses the lease with it."""

    database: Database
    _session: Any = None

    def hold(self) -> bool:
        if not self.database.is_closed() and not self.database.is_connection_usable():
            self.database.close()
        session = self.database.connection()
        if session is self._session:
            return False
        (taken,) = self.database.execute_sql("SELECT pg_try_advisory_lock(%s)", (_LOCK_KEY,)).fetchone()
        if not taken:
            raise ExchangeRunning("another hongyan serves this database")
        self._session = session
        return True

    def release(self) -> None:
        if self._session is not None and not self.database.is_closed() and self._session is self.database.connection():
            self.database.execute_sql("SELECT pg_advisory_unlock(%s)", (_LOCK_KEY,))
        self._session = None
